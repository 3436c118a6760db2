using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Nodes;

namespace Fleet.Cli.Drill;

/// <summary>Answers about finality that are not true. Pure.</summary>
internal static class FinalityLie
{
    /// <summary>The same epoch with another root.</summary>
    public const string Other = "other";

    /// <summary>Nothing but the genesis.</summary>
    public const string Ancient = "ancient";

    /// <summary>A checkpoint a thousand epochs ahead.</summary>
    public const string Future = "future";

    private const long Ahead = 1000;
    private const string NoRoot = "0x0000000000000000000000000000000000000000000000000000000000000000";
    private const string Invented = "0x1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e";

    /// <summary>All of them.</summary>
    public static ImmutableArray<string> Kinds { get; } = [Other, Ancient, Future];

    /// <summary>Whether the answer to a request is about finality.</summary>
    public static bool IsAsked(string path) => path.EndsWith("/finality_checkpoints", StringComparison.Ordinal);

    /// <summary>The answer with the lie in it; one that is no answer about checkpoints stays what it is.</summary>
    /// <param name="answer">Body of the node's answer.</param>
    /// <param name="kind">One of <see cref="Kinds"/>.</param>
    public static JsonNode Tell(JsonNode answer, string kind)
    {
        JsonNode told = answer.DeepClone();
        foreach (string name in (ReadOnlySpan<string>)["previous_justified", "current_justified", "finalized"])
        {
            if (((told as JsonObject)?["data"] as JsonObject)?[name] is JsonObject checkpoint && long.TryParse((string?)checkpoint["epoch"], NumberStyles.None, CultureInfo.InvariantCulture, out long epoch))
            {
                checkpoint["epoch"] = (kind switch { Ancient => 0, Future => epoch + Ahead, _ => epoch }).ToString(CultureInfo.InvariantCulture);
                checkpoint["root"] = kind == Ancient ? NoRoot : Invented;
            }
        }

        return told;
    }
}
