using System.Collections.Immutable;
using Fleet.Planning.Steps;

namespace Fleet.Planning.Recovery;

/// <summary>Everything that the health of a chain is told from.</summary>
public sealed record HealthInput
{
    /// <summary>Number of the iteration.</summary>
    public required int Iteration { get; init; }

    /// <summary>Genesis time.</summary>
    public required DateTimeOffset Genesis { get; init; }

    /// <summary>Root of the genesis block that was written.</summary>
    public required string GenesisRoot { get; init; }

    /// <summary>Slots and epochs.</summary>
    public required ChainClock Clock { get; init; }

    /// <summary>Keys of the iteration, whether the spec runs their nodes or not.</summary>
    public required int Keys { get; init; }

    /// <summary>The nodes that are wanted or still there, without bootnodes.</summary>
    public required ImmutableArray<NodeFacts> Nodes { get; init; }
}

/// <summary>What is known of one node.</summary>
/// <param name="Name">The BeaconNode.</param>
/// <param name="Keys">Keys it signs with.</param>
public sealed record NodeFacts(string Name, int Keys)
{
    /// <summary>What its pod does.</summary>
    public ProcessState Process { get; init; }

    /// <summary>Since when its pod exists; null: there is none.</summary>
    public DateTimeOffset? PodSince { get; init; }

    /// <summary>Why its containers do not run, in a few words; null: they do.</summary>
    public string? Problem { get; init; }

    /// <summary>What the probe knows; null: it has not answered since its pod exists.</summary>
    public NodeSnapshot? Snapshot { get; init; }

    /// <summary>Whether its keys are gone for good, or must not sign any more.</summary>
    public bool HasLostKeys { get; init; }
}

/// <summary>What Kubernetes says of a node's pod.</summary>
public enum ProcessState
{
    /// <summary>There is no pod, or its containers have not begun.</summary>
    Waiting,

    /// <summary>Every container runs.</summary>
    Running,

    /// <summary>A container ended by itself, and does not stay up.</summary>
    Crashing,
}
