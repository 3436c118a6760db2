using System.Globalization;
using System.Text.Json.Nodes;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Fleet.Chart.Tests;

/// <summary>What the chart renders for one set of values: the objects of a file in <c>tests/golden</c>, which <c>.ci/chart.sh</c> keeps fresh.</summary>
internal sealed class Rendered
{
    private Rendered(IReadOnlyList<JsonObject> objects) => Objects = objects;

    /// <summary>Names of all sets of values.</summary>
    public static IReadOnlyList<string> Names { get; } =
        [.. Directory.GetFiles(Path.Combine(Repository.Chart, "tests", "golden"), "*.yaml").Select(file => Path.GetFileNameWithoutExtension(file)!).Order(StringComparer.Ordinal)];

    public IReadOnlyList<JsonObject> Objects { get; }

    public static Rendered Read(string name) => new(Parse(Path.Combine(Repository.Chart, "tests", "golden", name + ".yaml")));

    /// <summary>The documents of any file of the chart.</summary>
    public static IReadOnlyList<JsonObject> Parse(string file)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(File.ReadAllText(file)));
        return [.. stream.Documents.Select(document => ToJson(document.RootNode)!.AsObject())];
    }

    /// <summary>All objects of a kind.</summary>
    public IReadOnlyList<JsonObject> Of(string kind) => [.. Objects.Where(item => item.Text("kind") == kind)];

    /// <summary>The only object of a kind whose name ends so.</summary>
    public JsonObject Only(string kind, string suffix = "") => Assert.Single(Of(kind), item => item.Text("metadata.name")!.EndsWith(suffix, StringComparison.Ordinal));

    private static JsonNode? ToJson(YamlNode node) => node switch
    {
        YamlMappingNode map => new JsonObject(map.Children.Select(pair => KeyValuePair.Create(((YamlScalarNode)pair.Key).Value!, ToJson(pair.Value)))),
        YamlSequenceNode list => new JsonArray([.. list.Children.Select(ToJson)]),
        YamlScalarNode { Style: ScalarStyle.Plain } plain => Plain(plain.Value!),
        YamlScalarNode text => JsonValue.Create(text.Value),
        _ => throw new FormatException($"{node.Start}: aliases are not expected here"),
    };

    private static JsonNode? Plain(string text) =>
        text is "" or "~" or "null" ? null
        : bool.TryParse(text, out bool truth) ? JsonValue.Create(truth)
        : long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number) ? JsonValue.Create(number)
        : JsonValue.Create(text);
}

/// <summary>Reading of untyped objects.</summary>
internal static class JsonExtensions
{
    /// <summary>The node at a path of keys joined by dots; null when there is none.</summary>
    public static JsonNode? At(this JsonNode node, string path)
    {
        JsonNode? at = node;
        foreach (string key in path.Split('.'))
        {
            at = (at as JsonObject)?[key];
        }

        return at;
    }

    /// <summary>The text, number or truth at a path, as text.</summary>
    public static string? Text(this JsonNode node, string path) => node.At(path)?.ToString();

    /// <summary>The objects of a list at a path; none when it is missing.</summary>
    public static IEnumerable<JsonObject> Items(this JsonNode node, string path) => (node.At(path) as JsonArray ?? []).Select(item => item!.AsObject());

    /// <summary>The texts of a list at a path; none when it is missing.</summary>
    public static string[] Texts(this JsonNode node, string path) => [.. (node.At(path) as JsonArray ?? []).Select(item => item!.ToString())];

    /// <summary>The entries of a mapping at a path, by key.</summary>
    public static Dictionary<string, string> Entries(this JsonNode node, string path) =>
        (node.At(path) as JsonObject ?? []).ToDictionary(pair => pair.Key, pair => pair.Value!.ToString(), StringComparer.Ordinal);

    /// <summary>Whether labels meet a selector of equalities.</summary>
    public static bool Meets(this IReadOnlyDictionary<string, string> labels, IReadOnlyDictionary<string, string> selector) =>
        selector.All(pair => labels.GetValueOrDefault(pair.Key) == pair.Value);
}
