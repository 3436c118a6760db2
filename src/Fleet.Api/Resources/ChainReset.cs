using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Fleet.Api.Schema;
using Fleet.Api.Validation;
using Fleet.Kubernetes.Models;

namespace Fleet.Api;

/// <summary>A request to begin a testnet's chain anew, and the record of how that went. Made by the operator when finality is beyond repair, or by a person.</summary>
[CustomResource("ChainReset", "chainresets", ShortName = "reset", MaxName = Names.MaxResetName)]
[PrinterColumn(0, "Testnet", "string", ".spec.testnet")]
[PrinterColumn(1, "Reason", "string", ".spec.reason")]
[PrinterColumn(2, "Phase", "string", ".status.phase")]
[PrinterColumn(3, "From", "integer", ".spec.fromIteration", Description = "Iteration that ends")]
[PrinterColumn(4, "To", "integer", ".status.toIteration", Description = "Iteration that begins")]
[PrinterColumn(5, "Age", "date", ".metadata.creationTimestamp")]
[PrinterColumn(6, "Criterion", "string", ".spec.criterion", Wide = true, Description = "Why the operator found the chain to be beyond repair")]
[PrinterColumn(7, "Message", "string", ".status.message", Wide = true, Description = "What is going on, or how it ended")]
public sealed class ChainReset : KubernetesObject, IKubernetesObject<ChainReset>
{
    /// <summary>Which chain is to end, and why.</summary>
    [Schema(Required = true)]
    public ChainResetSpec Spec { get; set => field = value ?? new(); } = new();

    /// <summary>How far it has come.</summary>
    public ChainResetStatus? Status { get; set; }

    /// <inheritdoc/>
    public static ResourceType Resource { get; } = new(FleetGroup.Name, FleetGroup.Version, "chainresets", nameof(ChainReset), Namespaced: true) { ShortNames = ["reset"] };

    /// <inheritdoc/>
    public static JsonTypeInfo<ChainReset> JsonType => FleetApiJson.Context.ChainReset;

    /// <inheritdoc/>
    public static JsonTypeInfo<KubernetesList<ChainReset>> ListJsonType => FleetApiJson.Context.KubernetesListChainReset;
}

/// <summary>Which chain is to end, and why. Nothing of it changes later.</summary>
[Rule("self == oldSelf", "must not change; make another reset for what is wanted now")]
public sealed class ChainResetSpec
{
    /// <summary>Testnet of this namespace.</summary>
    [Schema(Required = true, MinLength = 1, MaxLength = Names.MaxTestnetName, Pattern = Patterns.Label)]
    public string Testnet { get; set => field = value ?? ""; } = "";

    /// <summary>Iteration that ends. When another one runs the request is out of date and nothing is done, so that one that is applied again does no harm.</summary>
    [Schema(Required = true, Minimum = 1, Maximum = 999999)]
    public int FromIteration { get; set; }

    /// <summary>Why, for people.</summary>
    [Schema(Required = true, MinLength = 1, MaxLength = 512)]
    public string Reason { get; set => field = value ?? ""; } = "";

    /// <summary>Who asked for it; the operator writes "fleet-operator".</summary>
    [Schema(MaxLength = 253)]
    public string? RequestedBy { get; set; }

    /// <summary>Which criterion of docs/recovery.md the operator found to hold; empty when a person asks.</summary>
    [Schema(Values = "U1|U2|U3|U4|U5|U6")]
    public string? Criterion { get; set; }

    /// <summary>When that criterion became true (RFC 3339).</summary>
    [Schema(MaxLength = Patterns.MaxTime, Pattern = Patterns.Time)]
    public string? CriterionSince { get; set; }
}

/// <summary>Phases of a reset. The last three are ends.</summary>
public static class ResetPhases
{
    /// <summary>The testnet has taken it as the one that is carried out.</summary>
    public const string Claimed = "Claimed";

    /// <summary>What the nodes say is written down.</summary>
    public const string CollectingEvidence = "CollectingEvidence";

    /// <summary>Validators stop signing, and every pod of the old chain goes.</summary>
    public const string Quiescing = "Quiescing";

    /// <summary>A database of the old chain is chosen to be kept.</summary>
    public const string Archiving = "Archiving";

    /// <summary>The next iteration is recorded.</summary>
    public const string NewGenesis = "NewGenesis";

    /// <summary>Its nodes start, and report its genesis.</summary>
    public const string Starting = "Starting";

    /// <summary>Its first epochs have to become final.</summary>
    public const string Verifying = "Verifying";

    /// <summary>The new chain finalizes.</summary>
    public const string Completed = "Completed";

    /// <summary>Nothing was done.</summary>
    public const string Suppressed = "Suppressed";

    /// <summary>The new chain does not finalize.</summary>
    public const string Failed = "Failed";

    /// <summary>All, in the order in which they come.</summary>
    internal const string All = "Claimed|CollectingEvidence|Quiescing|Archiving|NewGenesis|Starting|Verifying|Completed|Suppressed|Failed";

    private static readonly string[] Order = All.Split('|');

    /// <summary>Whether nothing follows.</summary>
    public static bool IsEnd(string? phase) => phase is Completed or Suppressed or Failed;

    /// <summary>Whether a reset that has not ended has come to a phase or beyond it.</summary>
    public static bool HasReached(string? phase, string wanted) =>
        phase is not null && !IsEnd(phase) && Array.IndexOf(Order, phase) >= Array.IndexOf(Order, wanted);
}

/// <summary>How far a reset has come. Written by the operator only; everything it needs to go on after a restart is here.</summary>
public sealed class ChainResetStatus
{
    /// <summary>Generation of the spec this status is about.</summary>
    public long? ObservedGeneration { get; set; }

    /// <summary>What it is doing, or how it ended.</summary>
    [Schema(Values = ResetPhases.All)]
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

    /// <summary>When each phase began, in the order in which they came.</summary>
    [Schema(MaxItems = 16, MapKey = "phase")]
    public List<ResetTiming>? Timings { get; set; }

    /// <summary>Iteration that follows.</summary>
    public int? ToIteration { get; set; }

    /// <summary>ConfigMap with what was known when the chain was ended.</summary>
    [Schema(MaxLength = 253)]
    public string? Evidence { get; set; }

    /// <summary>The chain that ends.</summary>
    public ChainIdentity? Ended { get; set; }

    /// <summary>The chain that begins.</summary>
    public ChainIdentity? Begun { get; set; }

    /// <summary>Databases of the old chain that are kept: one, or one of each side when finality conflicts.</summary>
    [Schema(MaxItems = 4)]
    public List<ChainArchive>? Archives { get; set; }

    /// <summary>The same in an object of its own; what it refers to is shared.</summary>
    public ChainResetStatus Copy() => (ChainResetStatus)MemberwiseClone();
}

/// <summary>When a phase of a reset began.</summary>
public sealed class ResetTiming
{
    /// <summary>The phase.</summary>
    [Schema(Required = true, Values = ResetPhases.All)]
    public string Phase { get; set => field = value ?? ""; } = "";

    /// <summary>When it began.</summary>
    [JsonConverter(typeof(MicroTimeConverter))]
    [Schema(MaxLength = Patterns.MaxTime, Pattern = Patterns.Time)]
    public DateTimeOffset? At { get; set; }
}

/// <summary>What tells a chain from all others.</summary>
public sealed class ChainIdentity
{
    /// <summary>Root of its genesis block.</summary>
    [Schema(MaxLength = 66)]
    public string? GenesisRoot { get; set; }

    /// <summary>Root of its validators at genesis; scope of signatures and of the slashing protection.</summary>
    [Schema(MaxLength = 66)]
    public string? GenesisValidatorsRoot { get; set; }

    /// <summary>Fork digest; part of every gossip topic.</summary>
    [Schema(MaxLength = 10)]
    public string? ForkDigest { get; set; }

    /// <summary>Prefix of its libp2p protocol IDs.</summary>
    [Schema(MaxLength = 128)]
    public string? ProtocolId { get; set; }

    /// <summary>Its genesis time.</summary>
    [JsonConverter(typeof(TimeConverter))]
    [Schema(MaxLength = Patterns.MaxTime, Pattern = Patterns.Time)]
    public DateTimeOffset? GenesisTime { get; set; }
}

/// <summary>A database that is kept when its chain has ended.</summary>
public sealed class ChainArchive
{
    /// <summary>BeaconNode on whose volume it lies.</summary>
    [Schema(Required = true, MaxLength = 253)]
    public string Node { get; set => field = value ?? ""; } = "";

    /// <summary>Volume claim.</summary>
    [Schema(MaxLength = 253)]
    public string? Claim { get; set; }

    /// <summary>Name of the directory below <c>chain/</c>.</summary>
    [Schema(Required = true, MaxLength = 63)]
    public string Directory { get; set => field = value ?? ""; } = "";

    /// <summary>Slot of its head when the chain was ended.</summary>
    public long? HeadSlot { get; set; }

    /// <summary>Root of that head.</summary>
    [Schema(MaxLength = 66)]
    public string? HeadRoot { get; set; }

    /// <summary>Finalized epoch then.</summary>
    public long? FinalizedEpoch { get; set; }

    /// <summary>Root of the finalized block.</summary>
    [Schema(MaxLength = 66)]
    public string? FinalizedRoot { get; set; }
}
