using Fleet.Planning.Steps;

namespace Fleet.Planning.Recovery;

/// <summary>How a node does. The order is that in which the causes are looked for.</summary>
public enum NodeState
{
    /// <summary>A container of it ends by itself, again and again; the others may run and answer.</summary>
    Crashing,

    /// <summary>Its pod is not there yet, or waits, or it has no genesis yet.</summary>
    Starting,

    /// <summary>It runs and does not answer.</summary>
    Down,

    /// <summary>It is on another chain than the one that was begun, or than the other nodes hold to be final.</summary>
    WrongChain,

    /// <summary>Its clock is wrong.</summary>
    Skewed,

    /// <summary>It has had no peer for long.</summary>
    Isolated,

    /// <summary>It catches up.</summary>
    Syncing,

    /// <summary>Its head stands still while others' move.</summary>
    Stalled,

    /// <summary>Nothing is wrong with it.</summary>
    Up,
}

/// <summary>A node and how it does.</summary>
/// <param name="Facts">What is known of it.</param>
/// <param name="State">How it does.</param>
/// <param name="IsOfGenesis">Whether it reports the genesis that was written.</param>
public sealed record NodeHealth(NodeFacts Facts, NodeState State, bool IsOfGenesis)
{
    /// <summary>Name of the BeaconNode.</summary>
    public string Name => Facts.Name;

    /// <summary>Keys it signs with.</summary>
    public int Keys => Facts.Keys;

    /// <summary>What it said last.</summary>
    public NodeSnapshot? Snapshot => Facts.Snapshot;

    /// <summary>Whether it answers, whatever it says.</summary>
    public bool Answers => Facts.Snapshot is { IsReachable: true };

    /// <summary>Whether its answers are about the chain that was begun, and by a right clock.</summary>
    public bool IsWitness => Answers && IsOfGenesis && Snapshot!.FinalizedRoot is not null && State is not (NodeState.Skewed or NodeState.Starting);
}

/// <summary>How a node does, by the first rule that holds.</summary>
internal static class NodeStates
{
    private delegate bool Rule(NodeFacts node, in Surroundings surroundings);

    private static readonly (NodeState State, Rule Holds)[] Rules =
    [
        (NodeState.Crashing, static (node, in _) => node.Process == ProcessState.Crashing),
        (NodeState.Starting, static (node, in _) => node.Process == ProcessState.Waiting || node.Snapshot is null or { LastSeen: null } or { GenesisRoot: null, IsReachable: true }),
        (NodeState.Down, static (node, in _) => !node.Snapshot!.IsReachable),
        (NodeState.WrongChain, static (node, in around) => node.Snapshot!.GenesisRoot != around.GenesisRoot || around.Rejected.Contains(node.Snapshot.FinalizedRoot ?? "")),
        (NodeState.Skewed, static (node, in around) => node.Snapshot!.ClockSkew is { } skew && skew.Duration() >= around.MaxSkew),
        (NodeState.Isolated, static (node, in around) => around.Nodes > 1 && node.Snapshot!.AloneSince is { } since && around.Now - since >= around.Patience),
        (NodeState.Syncing, static (node, in _) => node.Snapshot!.IsSyncing != false),
        (NodeState.Stalled, static (node, in around) => around.Now - (node.Snapshot!.HeadChangedAt ?? around.Now) >= around.Patience && around.Now - around.HeadMovedAt < around.Patience),
    ];

    public static NodeState Of(NodeFacts node, in Surroundings surroundings)
    {
        foreach ((NodeState state, Rule holds) in Rules)
        {
            if (holds(node, surroundings))
            {
                return state;
            }
        }

        return NodeState.Up;
    }
}

/// <summary>What a node's state is told by, besides the node.</summary>
internal readonly struct Surroundings
{
    private static readonly TimeSpan ShortestPatience = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan LeastSkew = TimeSpan.FromSeconds(1);

    public required DateTimeOffset Now { get; init; }

    public required string GenesisRoot { get; init; }

    public required ChainClock Clock { get; init; }

    public required int Nodes { get; init; }

    /// <summary>When the head of any node last changed.</summary>
    public required DateTimeOffset HeadMovedAt { get; init; }

    /// <summary>Finalized blocks that most of the stake's nodes have not in their chains.</summary>
    public required IReadOnlySet<string> Rejected { get; init; }

    /// <summary>How long a node may stand still or be alone.</summary>
    public TimeSpan Patience => Clock.EpochDuration > ShortestPatience ? Clock.EpochDuration : ShortestPatience;

    /// <summary>A clock that is a slot off makes a node vote in the wrong one.</summary>
    public TimeSpan MaxSkew => Clock.SlotDuration > LeastSkew ? Clock.SlotDuration : LeastSkew;
}
