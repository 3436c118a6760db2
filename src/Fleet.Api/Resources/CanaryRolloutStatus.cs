using System.Text.Json.Serialization;
using Fleet.Api.Schema;
using Fleet.Api.Validation;
using Fleet.Kubernetes.Models;

namespace Fleet.Api;

/// <summary>Phases of a roll-out. The last four are ends.</summary>
public static class RolloutPhases
{
    /// <summary>Waits until the chain is well enough.</summary>
    public const string Pending = "Pending";

    /// <summary>The pair restarts and gets in sync.</summary>
    public const string WarmingUp = "WarmingUp";

    /// <summary>The pair is compared.</summary>
    public const string Analyzing = "Analyzing";

    /// <summary>A person is asked.</summary>
    public const string AwaitingApproval = "AwaitingApproval";

    /// <summary>The nodes get the image, wave by wave.</summary>
    public const string Promoting = "Promoting";

    /// <summary>Every node has it, and is watched.</summary>
    public const string Baking = "Baking";

    /// <summary>It stays.</summary>
    public const string Succeeded = "Succeeded";

    /// <summary>Nodes had it and have gone back.</summary>
    public const string RolledBack = "RolledBack";

    /// <summary>Only the canary had it.</summary>
    public const string Stopped = "Stopped";

    /// <summary>Something newer was wanted before it was decided.</summary>
    public const string Superseded = "Superseded";

    /// <summary>All, in the order in which they come.</summary>
    internal const string All = "Pending|WarmingUp|Analyzing|AwaitingApproval|Promoting|Baking|Succeeded|RolledBack|Stopped|Superseded";

    /// <summary>Whether nothing follows.</summary>
    public static bool IsEnd(string? phase) => phase is Succeeded or RolledBack or Stopped or Superseded;

    /// <summary>Whether the image has left the pair.</summary>
    public static bool IsPromoted(string? phase) => phase is Promoting or Baking;

    /// <summary>Whether the pair runs two images.</summary>
    public static bool HasPair(string? phase) => phase is WarmingUp or Analyzing or AwaitingApproval or Promoting or Baking;
}

/// <summary>How far a roll-out has come. Written by the operator only; everything it needs to go on after a restart is here.</summary>
public sealed class CanaryRolloutStatus
{
    /// <summary>Generation of the spec this status is about.</summary>
    public long? ObservedGeneration { get; set; }

    /// <summary>What it is doing, or how it ended.</summary>
    [Schema(Values = RolloutPhases.All)]
    public string? Phase { get; set; }

    /// <summary>Why it is in this phase, for programs.</summary>
    [Schema(MaxLength = 64, Pattern = "^[A-Za-z]*$")]
    public string? Reason { get; set; }

    /// <summary>The same for people, one sentence.</summary>
    [Schema(MaxLength = 1024)]
    public string? Message { get; set; }

    /// <summary>Facts about it.</summary>
    [Schema(MaxItems = 8, MapKey = "type")]
    public List<Condition>? Conditions { get; set; }

    /// <summary>When the pair was restarted.</summary>
    [JsonConverter(typeof(TimeConverter))]
    [Schema(MaxLength = Patterns.MaxTime, Pattern = Patterns.Time)]
    public DateTimeOffset? StartedAt { get; set; }

    /// <summary>When this phase began.</summary>
    [JsonConverter(typeof(TimeConverter))]
    [Schema(MaxLength = Patterns.MaxTime, Pattern = Patterns.Time)]
    public DateTimeOffset? PhaseSince { get; set; }

    /// <summary>When both nodes of the pair were first in sync.</summary>
    [JsonConverter(typeof(TimeConverter))]
    [Schema(MaxLength = Patterns.MaxTime, Pattern = Patterns.Time)]
    public DateTimeOffset? SyncedAt { get; set; }

    /// <summary>When the window began that the verdict is about. It begins anew when the operator or a node of the pair is replaced.</summary>
    [JsonConverter(typeof(TimeConverter))]
    [Schema(MaxLength = Patterns.MaxTime, Pattern = Patterns.Time)]
    public DateTimeOffset? WindowSince { get; set; }

    /// <summary>When it ended.</summary>
    [JsonConverter(typeof(TimeConverter))]
    [Schema(MaxLength = Patterns.MaxTime, Pattern = Patterns.Time)]
    public DateTimeOffset? EndedAt { get; set; }

    /// <summary>How far the waves have come.</summary>
    public WaveStatus? Waves { get; set; }

    /// <summary>Score of the canary, 0 to 100; empty before the verdict.</summary>
    public double? Score { get; set; }

    /// <summary>Metrics of the verdict.</summary>
    [Schema(MaxItems = 64, MapKey = "name")]
    public List<CanaryMetricStatus>? Metrics { get; set; }

    /// <summary>What ended it without a verdict.</summary>
    [Schema(MaxItems = 16, MapKey = "name")]
    public List<GuardStatus>? Guards { get; set; }

    /// <summary>The fleet before the pair was restarted, which it is compared with while it bakes.</summary>
    public FleetPast? Before { get; set; }

    /// <summary>Since when, while it bakes, ten points less of the stake than before the roll-out are seen to vote for the right target; empty: they are not.</summary>
    [JsonConverter(typeof(TimeConverter))]
    [Schema(MaxLength = Patterns.MaxTime, Pattern = Patterns.Time)]
    public DateTimeOffset? ParticipationLowSince { get; set; }

    /// <summary>ConfigMap with everything the verdict was made of.</summary>
    [Schema(MaxLength = 253)]
    public string? Evidence { get; set; }

    /// <summary>The same in an object of its own; what it refers to is shared.</summary>
    public CanaryRolloutStatus Copy() => (CanaryRolloutStatus)MemberwiseClone();
}

/// <summary>How far the waves of a roll-out have come.</summary>
public sealed class WaveStatus
{
    /// <summary>Wave under way, from 1.</summary>
    public int Current { get; set; }

    /// <summary>How many there are.</summary>
    public int Total { get; set; }

    /// <summary>Finalized epoch when the wave began; it has to move.</summary>
    public long FinalizedEpoch { get; set; }

    /// <summary>current/total, for the printer column.</summary>
    [Schema(MaxLength = 8)]
    public string? Summary { get; set; }
}

/// <summary>A guard that ended a roll-out.</summary>
public sealed class GuardStatus
{
    /// <summary>Which.</summary>
    [Schema(Required = true, MaxLength = 64)]
    public string Name { get; set => field = value ?? ""; } = "";

    /// <summary>What it saw, one sentence.</summary>
    [Schema(MaxLength = 1024)]
    public string? Message { get; set; }
}

/// <summary>What the fleet was like before a roll-out.</summary>
public sealed class FleetPast
{
    /// <summary>Share of the stake that voted for the right target, in percent.</summary>
    public double? Participation { get; set; }

    /// <summary>Peers of the node in the middle.</summary>
    public int? Peers { get; set; }
}

/// <summary>One metric of a verdict.</summary>
public sealed class CanaryMetricStatus
{
    /// <summary>Name.</summary>
    [Schema(Required = true, MaxLength = 40)]
    public string Name { get; set => field = value ?? ""; } = "";

    /// <summary>Group.</summary>
    [Schema(MaxLength = 20)]
    public string? Group { get; set; }

    /// <summary>What became of it.</summary>
    [Schema(Values = "Pass|High|Low|Nodata|NodataFail")]
    public string? Label { get; set; }

    /// <summary>Whether it alone stops the roll-out.</summary>
    public bool? Critical { get; set; }

    /// <summary>What stands for the baseline, in the metric's unit.</summary>
    public double? Baseline { get; set; }

    /// <summary>What stands for the canary.</summary>
    public double? Canary { get; set; }

    /// <summary>Effect: a ratio, or a difference in the metric's unit.</summary>
    public double? Effect { get; set; }

    /// <summary>Effect from which it fails.</summary>
    public double? Bound { get; set; }

    /// <summary>Lower end of the interval of the estimate.</summary>
    public double? Low { get; set; }

    /// <summary>Upper end.</summary>
    public double? High { get; set; }

    /// <summary>The estimate: of the log-ratio for ratios, else of the difference.</summary>
    public double? Estimate { get; set; }

    /// <summary>Samples of the baseline.</summary>
    public long? BaselineSamples { get; set; }

    /// <summary>Samples of the canary.</summary>
    public long? CanarySamples { get; set; }

    /// <summary>Blocks that were compared.</summary>
    [Schema(MaxItems = 32)]
    public List<BlockStatus>? Blocks { get; set; }

    /// <summary>Why, one sentence.</summary>
    [Schema(MaxLength = 1024)]
    public string? Reason { get; set; }
}

/// <summary>One stretch of time on both sides.</summary>
public sealed class BlockStatus
{
    /// <summary>What stands for the baseline.</summary>
    public double Baseline { get; set; }

    /// <summary>What stands for the canary.</summary>
    public double Canary { get; set; }
}
