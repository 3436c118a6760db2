using System.Collections.Immutable;
using Fleet.Api;
using Fleet.Kubernetes.Models;
using Fleet.Planning.Recovery;

namespace Fleet.Planning;

/// <summary>Settings of the operator that decisions depend on.</summary>
/// <param name="BeaconImage">Image for testnets that name none; null: there is none.</param>
public sealed record OperatorSettings(string? BeaconImage);

/// <summary>What is known of the mnemonic of a testnet.</summary>
/// <param name="Exists">The Secret exists.</param>
/// <param name="Fingerprint">Hash that tells mnemonics apart without telling them; null when unusable.</param>
/// <param name="Problem">Why it cannot be used, as a sentence; null when it can.</param>
public sealed record MnemonicFacts(bool Exists, string? Fingerprint, string? Problem);

/// <summary>Everything one decision about a testnet is made from.</summary>
/// <remarks>
/// <code>
///   API server ──informers──▶ Testnet, BeaconNodes, StatefulSets, Pods, ConfigMaps, Service, budget ┐
///              ──GET by name─▶ mnemonic, keys Secrets (presence)                                    ├─▶ TestnetObservation ─▶ TestnetPlanner
///   Beacon API ──probe───────▶ NodeSnapshots                                                        ┘
/// </code>
/// </remarks>
public sealed record TestnetObservation
{
    /// <summary>The testnet as it is stored.</summary>
    public required Testnet Testnet { get; init; }

    /// <summary>Settings of the operator.</summary>
    public required OperatorSettings Settings { get; init; }

    /// <summary>The other testnets that are visible, in whatever namespace; none where this one claims no protocol ID, for then they do not matter.</summary>
    public ImmutableArray<Testnet> Others { get; init; } = [];

    /// <summary>BeaconNodes of the testnet's namespace that name it, by name.</summary>
    public ImmutableSortedDictionary<string, BeaconNode> Nodes { get; init; } = ImmutableSortedDictionary<string, BeaconNode>.Empty;

    /// <summary>StatefulSets of the testnet, by name (= node name).</summary>
    public ImmutableSortedDictionary<string, StatefulSet> StatefulSets { get; init; } = ImmutableSortedDictionary<string, StatefulSet>.Empty;

    /// <summary>Pods of the testnet, by name.</summary>
    public ImmutableSortedDictionary<string, Pod> Pods { get; init; } = ImmutableSortedDictionary<string, Pod>.Empty;

    /// <summary>ConfigMaps of the testnet, by name.</summary>
    public ImmutableSortedDictionary<string, ConfigMap> ConfigMaps { get; init; } = ImmutableSortedDictionary<string, ConfigMap>.Empty;

    /// <summary>The headless Service.</summary>
    public Service? Service { get; init; }

    /// <summary>The disruption budget.</summary>
    public PodDisruptionBudget? DisruptionBudget { get; init; }

    /// <summary>Its roll-outs, the latest last.</summary>
    public ImmutableArray<CanaryRollout> Rollouts { get; init; } = [];

    /// <summary>Its resets, of the earliest iteration first.</summary>
    public ImmutableArray<ChainReset> Resets { get; init; } = [];

    /// <summary>Names of keys Secrets known to exist.</summary>
    public ImmutableHashSet<string> KeysSecrets { get; init; } = ImmutableHashSet<string>.Empty;

    /// <summary>The mnemonic.</summary>
    public MnemonicFacts Mnemonic { get; init; } = new(false, null, null);

    /// <summary>Why another Secret that the spec refers to cannot be used, as a sentence; null when all can.</summary>
    public string? SecretProblem { get; init; }

    /// <summary>Why the Prometheus that the spec names is not asked, as a sentence; null: it is, or none is named.</summary>
    public string? SourceProblem { get; init; }

    /// <summary>What the probe knows, by node name.</summary>
    public ImmutableSortedDictionary<string, NodeSnapshot> Snapshots { get; init; } = ImmutableSortedDictionary<string, NodeSnapshot>.Empty;

    /// <summary>What is remembered in memory of an incident; null: nothing, and what is stored counts.</summary>
    public RecoveryHistory? History { get; init; }

    /// <summary>Name of the testnet.</summary>
    public string Name => Testnet.Metadata.Name!;

    /// <summary>Namespace of the testnet.</summary>
    public string Namespace => Testnet.Metadata.Namespace!;
}

/// <summary>Everything one decision about a node is made from.</summary>
public sealed record NodeObservation
{
    /// <summary>The node as it is stored.</summary>
    public required BeaconNode Node { get; init; }

    /// <summary>Settings of the operator.</summary>
    public required OperatorSettings Settings { get; init; }

    /// <summary>The testnet it names; null when there is none.</summary>
    public Testnet? Testnet { get; init; }

    /// <summary>The other BeaconNodes of the testnet.</summary>
    public ImmutableArray<BeaconNode> Siblings { get; init; } = [];

    /// <summary>Its StatefulSet.</summary>
    public StatefulSet? StatefulSet { get; init; }

    /// <summary>Its pod.</summary>
    public Pod? Pod { get; init; }

    /// <summary>Its volume claim.</summary>
    public PersistentVolumeClaim? Claim { get; init; }

    /// <summary>Peer ID of its identity Secret; null when the Secret does not exist yet.</summary>
    public string? PeerId { get; init; }

    /// <summary>Why a Secret that the spec refers to cannot be used, as a sentence; null when it can.</summary>
    public string? SecretProblem { get; init; }

    /// <summary>Number of genesis validators of the iteration, which bounds the genesis shards; 0 when unknown.</summary>
    public int GenesisValidators { get; init; }

    /// <summary>Key ranges of the iteration's pair, whose duties every other node counts.</summary>
    public ImmutableArray<KeyRange> Pair { get; init; } = [];

    /// <summary>When the chain of the node's iteration begins or began; null: that is not fixed yet.</summary>
    public DateTimeOffset? GenesisTime { get; init; }

    /// <summary>Slots and epochs of the iteration; null when unknown.</summary>
    public Steps.ChainClock? Clock { get; init; }

    /// <summary>What the probe knows.</summary>
    public NodeSnapshot? Snapshot { get; init; }

    /// <summary>Name of the node.</summary>
    public string Name => Node.Metadata.Name!;
}
