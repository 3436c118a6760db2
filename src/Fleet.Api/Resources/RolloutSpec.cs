using Fleet.Api.Schema;
using Fleet.Api.Validation;

namespace Fleet.Api;

/// <summary>How a new image comes to a testnet's nodes.</summary>
[Rule("!has(self.interval) || !has(self.duration) || duration(self.interval) <= duration(self.duration)", "interval must not be longer than duration, or there is nothing to look at before the verdict; shorten it")]
[Rule(
    "!has(self.groupWeights) || size(self.groupWeights) == 0 || self.groupWeights.map(group, self.groupWeights[group]).sum() == 100",
    "groupWeights must sum to 100; correct them, or leave them out for the built-in ones")]
[Rule(
    "!has(self.groupWeights) || size(self.groupWeights) == 0 || (has(self.metrics) && size(self.metrics) > 0"
    + " ? self.metrics.all(metric, has(metric.group) ? metric.group in self.groupWeights : !(metric.name in @groups) || @groups[metric.name] in self.groupWeights)"
    + " : @list.all(group, group in self.groupWeights))",
    "groupWeights must name the group of every metric, the built-in ones being consensus, network, resources and errors; add what is missing, with weight 0 if it should not count",
    List = CanaryMetrics.BuiltInGroupNames)]
[Rule(
    "!has(self.groupWeights) || self.groupWeights.all(group, has(self.metrics) && size(self.metrics) > 0"
    + " ? self.metrics.exists(metric, has(metric.group) ? metric.group == group : metric.name in @groups && @groups[metric.name] == group)"
    + " : group in @list)",
    "groupWeights must name groups of metrics only; correct the name, or add a metric to the group",
    List = CanaryMetrics.BuiltInGroupNames)]
public sealed class RolloutSpec
{
    /// <summary>Canary: tried beside a baseline, judged, then carried out in waves. AllAtOnce: carried out at once, a batch under a third of the stake at a time. OnDelete: a node gets the image when somebody deletes its pod.</summary>
    [Schema(Values = "Canary|AllAtOnce|OnDelete", Default = "\"Canary\"")]
    public string Strategy { get; set => field = value ?? RolloutStrategies.Canary; } = RolloutStrategies.Canary;

    /// <summary>Keys of the baseline and of the canary each, on top of those of the pools; reserved when an iteration begins. Empty: a sixteenth of the pools' keys. 0: no pair, and new images are carried out at once. Together they may be an eighth of the stake at most.</summary>
    [Schema(Minimum = 0, Maximum = 4096)]
    public int? PairValidators { get; set; }

    /// <summary>Time from when both nodes of the pair are in sync until their comparison begins.</summary>
    [Schema(Default = "\"1m\"")]
    [Rule("duration(self) <= duration('24h')", "must be between 0s and 24h")]
    public Duration Warmup { get; set; } = new("1m");

    /// <summary>How long the pair may take to get in sync, and a wave to become ready.</summary>
    [Schema(Default = "\"10m\"")]
    [Rule("duration(self) >= duration('10s') && duration(self) <= duration('24h')", "must be between 10s and 24h")]
    public Duration SyncDeadline { get; set; } = new("10m");

    /// <summary>Length of the intervals of which two in a row beyond a critical bound end a roll-out before its verdict.</summary>
    [Schema(Default = "\"5m\"")]
    [Rule("duration(self) >= duration('1s') && duration(self) <= duration('24h')", "must be between 1s and 24h")]
    public Duration Interval { get; set; } = new("5m");

    /// <summary>How long the pair is watched before the verdict; at least thirteen epochs of the chain, whatever is given.</summary>
    [Schema(Default = "\"30m\"")]
    [Rule("duration(self) >= duration('1s') && duration(self) <= duration('168h')", "must be between 1s and 168h")]
    public Duration Duration { get; set; } = new("30m");

    /// <summary>How many nodes have the new image after each wave: a number, or a share such as 25%. The last is 100%.</summary>
    [Schema(MinItems = 1, MaxItems = 16, ItemMaxLength = 4, ItemPattern = Patterns.Wave, Default = "[\"1\",\"25%\",\"50%\",\"100%\"]")]
    [Rule("self[size(self) - 1] == '100%'", "the last wave must be 100%, so that every node gets the image; append it")]
    public List<string> Waves { get; set => field = value ?? []; } = ["1", "25%", "50%", "100%"];

    /// <summary>How long the fleet is watched after the last wave, until there is no way back.</summary>
    [Schema(Default = "\"1h\"")]
    [Rule("duration(self) <= duration('168h')", "must be between 0s and 168h")]
    public Duration Bake { get; set; } = new("1h");

    /// <summary>What follows from a score.</summary>
    [Schema(Default = "{}")]
    public ThresholdsSpec Thresholds { get; set => field = value ?? new(); } = new();

    /// <summary>What the canary is judged by. Empty: the built-in metrics.</summary>
    [Schema(MaxItems = 64, MapKey = "name")]
    [Rule("self.all(metric, has(metric.series) || metric.name in @list)", "a metric must be one of the built-in ones (see docs/canary.md), or name its series", List = CanaryMetrics.BuiltInNames)]
    public List<CanaryMetricSpec>? Metrics { get; set; }

    /// <summary>Weights of the metrics' groups in percent, 100 together. Empty: 50 consensus, 25 network, 15 resources, 10 errors.</summary>
    [Schema(MaxItems = 16, ItemMinimum = 0, ItemMaximum = 100)]
    public Dictionary<string, int>? GroupWeights { get; set; }

    /// <summary>What happens when nobody answers a question.</summary>
    [Schema(Default = "{}")]
    public ApprovalSpec Approval { get; set => field = value ?? new(); } = new();

    /// <summary>Holds a roll-out where it is. Guards still end it.</summary>
    [Schema(Default = "false")]
    public bool Suspend { get; set; }
}

/// <summary>Ways in which a new image comes to nodes.</summary>
public static class RolloutStrategies
{
    /// <summary>Tried on a pair first.</summary>
    public const string Canary = "Canary";

    /// <summary>Carried out at once, in batches.</summary>
    public const string AllAtOnce = "AllAtOnce";

    /// <summary>Carried out when pods are deleted.</summary>
    public const string OnDelete = "OnDelete";
}

/// <summary>Scores from which something follows.</summary>
[Rule("!has(self.pass) || !has(self.marginal) || self.pass >= self.marginal", "pass must not be less than marginal; raise it, or lower marginal")]
public sealed class ThresholdsSpec
{
    /// <summary>Score from which a roll-out goes on by itself.</summary>
    [Schema(Minimum = 1, Maximum = 100, Default = "90")]
    public int Pass { get; set; } = 90;

    /// <summary>Score from which a person is asked; below it the roll-out stops.</summary>
    [Schema(Minimum = 0, Maximum = 100, Default = "50")]
    public int Marginal { get; set; } = 50;
}

/// <summary>What happens when nobody answers a question.</summary>
public sealed class ApprovalSpec
{
    /// <summary>How long an answer is waited for.</summary>
    [Schema(Default = "\"24h\"")]
    [Rule("duration(self) >= duration('1s') && duration(self) <= duration('720h')", "must be between 1s and 720h")]
    public Duration Timeout { get; set; } = new("24h");

    /// <summary>Then: Abort the roll-out, or Hold it where it is.</summary>
    [Schema(Values = "Abort|Hold", Default = "\"Abort\"")]
    public string OnTimeout { get; set => field = value ?? "Abort"; } = "Abort";
}

/// <summary>A metric that a canary is judged by: a built-in one, perhaps with other bounds, or a series that nodes export.</summary>
[Rule("!has(self.series) || has(self.group)", "group must be given beside series; name one, such as resources")]
public sealed class CanaryMetricSpec
{
    /// <summary>Name of a built-in metric, or a new one for a series.</summary>
    [Schema(Required = true, MinLength = 1, MaxLength = 40, Pattern = Patterns.Label)]
    public string Name { get; set => field = value ?? ""; } = "";

    /// <summary>Group whose weight it shares. Empty: the built-in metric's.</summary>
    [Schema(MinLength = 1, MaxLength = 20, Pattern = Patterns.Label)]
    public string? Group { get; set; }

    /// <summary>Series of /metrics that it is read from, if it is not built in.</summary>
    public MetricSeriesSpec? Series { get; set; }

    /// <summary>Which way is worse. Empty: as built in, and Increase for a series.</summary>
    [Schema(Values = "Increase|Decrease|Either")]
    public string? Direction { get; set; }

    /// <summary>Ratio to the baseline that it may rise to, in percent: 110 is a tenth more.</summary>
    [Schema(Minimum = 100, Maximum = 10000)]
    public int? AllowedIncreasePercent { get; set; }

    /// <summary>Ratio to the baseline that it may fall to, in percent: 90 is a tenth less.</summary>
    [Schema(Minimum = 1, Maximum = 100)]
    public int? AllowedDecreasePercent { get; set; }

    /// <summary>Whether its failure alone stops a roll-out. Empty: as built in.</summary>
    public bool? Critical { get; set; }

    /// <summary>Whether a canary without data fails. Empty: as built in.</summary>
    public bool? MustHaveData { get; set; }
}

/// <summary>A series that nodes export.</summary>
public sealed class MetricSeriesSpec
{
    /// <summary>Name of the series; several with different labels are summed up.</summary>
    [Schema(Required = true, MinLength = 1, MaxLength = 128, Pattern = Patterns.SeriesName)]
    public string Name { get; set => field = value ?? ""; } = "";

    /// <summary>Gauge: its level. Counter: what it gains in a second.</summary>
    [Schema(Values = "Gauge|Counter", Default = "\"Gauge\"")]
    public string Type { get; set => field = value ?? "Gauge"; } = "Gauge";

    /// <summary>Labels it must have.</summary>
    [Schema(MaxItems = 8, ItemMaxLength = 128)]
    [Rule("self.all(name, name.matches('^[A-Za-z_][A-Za-z0-9_]{0,127}$'))", "names of labels are letters, digits and underscores")]
    public Dictionary<string, string>? Labels { get; set; }
}
