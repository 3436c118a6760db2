using System.Globalization;
using Fleet.Planning;

namespace Fleet.Operator.Probing;

/// <summary>What a decision needs of a node's exposition.</summary>
/// <param name="Votes">Votes of the last complete epoch; null: not told, or nonsense.</param>
/// <param name="StrayPeers">Peers of other networks refused since the process began.</param>
/// <param name="Time">The node's clock; null: not told, or nonsense.</param>
/// <param name="DatabaseFormat">Format of the node's database.</param>
/// <param name="NewestDatabaseFormat">Newest format that the node's image knows.</param>
internal sealed record NodeMetrics(VoteFacts? Votes, long? StrayPeers, DateTimeOffset? Time, int? DatabaseFormat, int? NewestDatabaseFormat)
{
    /// <summary>More Gwei than there is ether, and more seconds than a calendar has.</summary>
    private const double MaxGwei = 1e18;

    private const double MaxUnixTime = 1e11;

    /// <summary>More epochs than the shortest ones have in the life of a chain.</summary>
    private const double MaxEpoch = 1e12;

    /// <summary>Reads an exposition.</summary>
    public static NodeMetrics Of(string text)
    {
        double? active = Value(text, "fleet_previous_epoch_active_gwei");
        double? target = Value(text, "fleet_previous_epoch_target_gwei");
        double? head = Value(text, "fleet_previous_epoch_head_gwei");
        double? validators = Value(text, "beacon_current_active_validators");
        double? seconds = Value(text, "fleet_node_time_seconds");
        bool isSensible = active is >= 0 and < MaxGwei && target >= 0 && target <= active && (head is null || (head >= 0 && head <= active));
        return new NodeMetrics(
            isSensible ? new VoteFacts((long)active!.Value, (long)target!.Value, (long)(head ?? 0), validators is >= 0 and <= int.MaxValue ? (int)validators.Value : null) { Exits = Exits(text, active.Value) } : null,
            Sum(text, "fleet_peers_refused_total") is { } refused and >= 0 and < MaxGwei ? (long)refused : null,
            seconds is >= 0 and < MaxUnixTime ? DateTimeOffset.UnixEpoch.AddTicks((long)(seconds.Value * TimeSpan.TicksPerSecond)) : null,
            Format(text, "fleet_database_format"),
            Format(text, "fleet_database_format_newest"));
    }

    /// <summary>Value of a metric without labels, or of one with exactly those in the name; null when it is not there.</summary>
    internal static double? Value(string text, string name)
    {
        foreach (ReadOnlySpan<char> line in text.AsSpan().EnumerateLines())
        {
            if (line.StartsWith(name, StringComparison.Ordinal) && line.Length > name.Length && line[name.Length] == ' ' && Number(line[(name.Length + 1)..]) is { } value)
            {
                return value;
            }
        }

        return null;
    }

    /// <summary>Sum of a metric over all its labels; null when it is not there.</summary>
    internal static double? Sum(string text, string name)
    {
        double? sum = null;
        foreach (ReadOnlySpan<char> line in text.AsSpan().EnumerateLines())
        {
            if (line.StartsWith(name, StringComparison.Ordinal)
                && line.Length > name.Length
                && line[name.Length] is ' ' or '{'
                && Number(line[(line.LastIndexOf(' ') + 1)..]) is { } value)
            {
                sum = (sum ?? 0) + value;
            }
        }

        return sum;
    }

    /// <summary>Stake that is on its way out; null where a part is missing, as with older images, or cannot be.</summary>
    private static ExitFacts? Exits(string text, double active) =>
        Exiting(text, "true", active) is { } slashed
        && Exiting(text, "false", active - slashed.Gwei) is { } unslashed
        && Range(text, "fleet_slashed_first_withdrawable_epoch", "fleet_slashed_last_withdrawable_epoch") is { } withdrawable
        && Value(text, "fleet_slashings_gwei") is { } slashings and >= 0 and < MaxGwei
            ? new ExitFacts(slashed, unslashed, withdrawable.First, withdrawable.Last, (long)slashings)
            : null;

    private static ExitingFacts? Exiting(string text, string slashed, double active)
    {
        string labels = $"{{slashed=\"{slashed}\"}}";
        return Value(text, "fleet_exiting_validators" + labels) is { } validators and >= 0 and <= int.MaxValue
            && Value(text, "fleet_exiting_gwei" + labels) is { } gwei and >= 0 && gwei <= active
            && Range(text, "fleet_exiting_first_epoch" + labels, "fleet_exiting_last_epoch" + labels) is { } exits
                ? new ExitingFacts((int)validators, (long)gwei, exits.First, exits.Last)
                : null;
    }

    private static (long First, long Last)? Range(string text, string first, string last) =>
        Value(text, first) is { } from and >= 0 && Value(text, last) is { } to and < MaxEpoch && from <= to ? ((long)from, (long)to) : null;

    private static int? Format(string text, string name) => Value(text, name) is { } value and >= 1 and <= int.MaxValue ? (int)value : null;

    private static double? Number(ReadOnlySpan<char> text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && double.IsFinite(value) ? value : null;
}
