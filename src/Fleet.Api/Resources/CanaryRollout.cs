using System.Text.Json.Serialization.Metadata;
using Fleet.Api.Schema;
using Fleet.Api.Validation;
using Fleet.Kubernetes.Models;

namespace Fleet.Api;

/// <summary>One attempt to move a testnet from one image to another. Made by the operator; people answer its question.</summary>
[CustomResource("CanaryRollout", "canaryrollouts", ShortName = "canary", MaxName = Names.MaxRolloutName)]
[PrinterColumn(0, "Testnet", "string", ".spec.testnet")]
[PrinterColumn(1, "To", "string", ".spec.to", Description = "The new image")]
[PrinterColumn(2, "Phase", "string", ".status.phase")]
[PrinterColumn(3, "Wave", "string", ".status.waves.summary", Description = "Wave under way, and how many there are")]
[PrinterColumn(4, "Score", "number", ".status.score", Description = "0 to 100")]
[PrinterColumn(5, "Decision", "string", ".spec.decision", Description = "What a person decided")]
[PrinterColumn(6, "Age", "date", ".metadata.creationTimestamp")]
[PrinterColumn(7, "From", "string", ".spec.from", Wide = true, Description = "The image before")]
[PrinterColumn(8, "Message", "string", ".status.message", Wide = true, Description = "What is going on, or how it ended")]
public sealed class CanaryRollout : KubernetesObject, IKubernetesObject<CanaryRollout>
{
    /// <summary>From which image to which.</summary>
    [Schema(Required = true)]
    public CanaryRolloutSpec Spec { get; set => field = value ?? new(); } = new();

    /// <summary>How far it has come.</summary>
    public CanaryRolloutStatus? Status { get; set; }

    /// <inheritdoc/>
    public static ResourceType Resource { get; } = new(FleetGroup.Name, FleetGroup.Version, "canaryrollouts", nameof(CanaryRollout), Namespaced: true) { ShortNames = ["canary"] };

    /// <inheritdoc/>
    public static JsonTypeInfo<CanaryRollout> JsonType => FleetApiJson.Context.CanaryRollout;

    /// <inheritdoc/>
    public static JsonTypeInfo<KubernetesList<CanaryRollout>> ListJsonType => FleetApiJson.Context.KubernetesListCanaryRollout;
}

/// <summary>From which image to which. Only the decision can be set later, and only once.</summary>
[Rule("!has(oldSelf.decision) || (has(self.decision) && self.decision == oldSelf.decision)", "decision must not change once it is set; annotate the testnet with beaconfleet.dev/retry for another attempt")]
[Rule("(has(self.retry) ? self.retry : '') == (has(oldSelf.retry) ? oldSelf.retry : '')", "retry must not change; annotate the testnet instead")]
public sealed class CanaryRolloutSpec
{
    /// <summary>Testnet of this namespace.</summary>
    [Schema(Required = true, MinLength = 1, MaxLength = Names.MaxTestnetName, Pattern = Patterns.Label)]
    [Rule("self == oldSelf", "must not change; a roll-out belongs to one testnet")]
    public string Testnet { get; set => field = value ?? ""; } = "";

    /// <summary>Image that the nodes ran when it began, and run again if it fails.</summary>
    [Schema(Required = true, MinLength = 1, MaxLength = 512, Pattern = Patterns.Image)]
    [Rule("self == oldSelf", "must not change; set spec.image of the testnet for another roll-out")]
    public string From { get; set => field = value ?? ""; } = "";

    /// <summary>Image that is tried.</summary>
    [Schema(Required = true, MinLength = 1, MaxLength = 512, Pattern = Patterns.Image)]
    [Rule("self == oldSelf", "must not change; set spec.image of the testnet for another roll-out")]
    public string To { get; set => field = value ?? ""; } = "";

    /// <summary>Iteration of the chain it belongs to.</summary>
    [Schema(Required = true, Minimum = 1, Maximum = 1000000)]
    [Rule("self == oldSelf", "must not change; a roll-out ends with its iteration")]
    public int Iteration { get; set; }

    /// <summary>Number of the attempt, counted for the testnet from 1.</summary>
    [Schema(Required = true, Minimum = 1, Maximum = 1000000000)]
    [Rule("self == oldSelf", "must not change; it is part of the name")]
    public int Number { get; set; }

    /// <summary>The testnet's annotation beaconfleet.dev/retry when it was made.</summary>
    [Schema(MaxLength = 128)]
    public string? Retry { get; set; }

    /// <summary>What a person decided. Approve: go on in spite of the score. Reject: do not. Abort: end it, whatever it is doing, and go back.</summary>
    [Schema(Values = "Approve|Reject|Abort")]
    public string? Decision { get; set; }
}

/// <summary>Decisions of people on a roll-out.</summary>
public static class RolloutDecisions
{
    /// <summary>Go on in spite of the score.</summary>
    public const string Approve = "Approve";

    /// <summary>Do not go on.</summary>
    public const string Reject = "Reject";

    /// <summary>End it and go back.</summary>
    public const string Abort = "Abort";
}
