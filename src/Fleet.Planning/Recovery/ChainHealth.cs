using System.Collections.Immutable;
using Fleet.Planning.Steps;

namespace Fleet.Planning.Recovery;

/// <summary>How a chain does: a pure function of what its nodes say, of the stake and of the time.</summary>
/// <remarks>No data is bad, and proves nothing: what nobody says is null here, and neither well nor evidence.</remarks>
public sealed record ChainHealth
{
    /// <summary>Epochs behind the clock beyond which the inactivity leak runs.</summary>
    public const int LeakLag = 5;

    /// <summary>What it was told from.</summary>
    public required HealthInput Input { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>Epoch by the clock.</summary>
    public required long Epoch { get; init; }

    /// <summary>The nodes, in the order of their names.</summary>
    public required ImmutableArray<NodeHealth> Nodes { get; init; }

    /// <summary>Nodes that agree on what is final, most keys first.</summary>
    public required ImmutableArray<Camp> Camps { get; init; }

    /// <summary>Pairs of final blocks of which neither is the other's ancestor, each with nodes of a third of the stake behind it.</summary>
    public required ImmutableArray<FinalityConflict> Conflicts { get; init; }

    /// <summary>The latest justified block that nodes of a third of the stake report; null: there is none.</summary>
    public required JustifiedBlock? Justified { get; init; }

    /// <summary>Highest slot of a head.</summary>
    public required long? HeadSlot { get; init; }

    /// <summary>When any head last changed.</summary>
    public required DateTimeOffset? HeadMovedAt { get; init; }

    /// <summary>Votes of the last complete epoch in the chain that most keys follow; null: nobody tells.</summary>
    public required VoteFacts? Votes { get; init; }

    /// <summary>Slots and epochs.</summary>
    public ChainClock Clock => Input.Clock;

    /// <summary>Highest finalized epoch of a camp; null: no two nodes agree on one.</summary>
    public long? FinalizedEpoch => Camps.IsEmpty ? null : Camps.Max(camp => camp.FinalizedEpoch);

    /// <summary>Epochs that finality is behind the clock, in the camp that is best off.</summary>
    public long? Lag => FinalizedEpoch is { } finalized ? Math.Max(0, Epoch - finalized) : null;

    /// <summary>Whether the inactivity leak runs, and only what helps is done to the nodes.</summary>
    public bool IsLeaking => Lag > LeakLag;

    /// <summary>Keys of the nodes that the spec wants.</summary>
    public int OwnKeys => Nodes.Sum(node => node.Keys);

    /// <summary>Keys of the iteration whose nodes the spec does not want any more.</summary>
    public int UnwantedKeys => Math.Max(0, Input.Keys - OwnKeys);

    /// <summary>Validators that are active.</summary>
    public int ActiveKeys => Math.Max(1, Votes?.Validators is > 0 and { } told ? told : Input.Keys);

    /// <summary>Active validators whose keys are none of this iteration's.</summary>
    public int OutsideKeys => Math.Max(0, ActiveKeys - Input.Keys);

    /// <summary>Stake that is on its way out; null: nobody tells.</summary>
    public ExitFacts? Exits => Votes?.Exits;

    /// <summary>Active validators that were slashed: their votes do not count any more, whatever they do.</summary>
    public int SlashedKeys => Math.Min(Exits?.Slashed.Validators ?? 0, ActiveKeys);

    /// <summary>Active validators that were not slashed and whose votes the chain does not have; null: nobody tells.</summary>
    /// <remarks>Those who vote have kept their effective balance, so the votes' stake says how many they are, also when the others have lost some of theirs.</remarks>
    public int? SilentKeys =>
        Participation is not { } share ? null
        : Math.Max(0, ActiveKeys - SlashedKeys - (int)Math.Round(!IsStandingStill && Votes is { Validators: > 0 } votes ? votes.Target / (double)StakeOutlook.FullGwei : share * ActiveKeys));

    /// <summary>Whether at least half of those who do not vote cannot, because they were slashed.</summary>
    public bool IsMainlySlashed => SlashedKeys > 0 && SlashedKeys >= SilentKeys;

    /// <summary>Whether every active validator is on its way out.</summary>
    public bool NobodyStays => Exits is { Validators: > 0 } exits && exits.Validators >= ActiveKeys;

    /// <summary>Share of the active stake that the nodes of the spec sign for, 0 to 1.</summary>
    public double OperatorShare => Math.Min(1, (double)OwnKeys / ActiveKeys);

    /// <summary>Whether the chain has gone two epochs without any block; then what it counts of votes is of long ago.</summary>
    public bool IsStandingStill => HeadSlot is { } slot && (slot / Clock.SlotsPerEpoch) + 1 < Epoch;

    /// <summary>Share of the stake whose votes for the right target the chain has, 0 to 1; null: nobody tells.</summary>
    public double? Participation => IsStandingStill ? 0 : Votes is { Active: > 0 } votes ? (double)votes.Target / votes.Active : null;

    /// <summary>Keys of nodes in a state.</summary>
    public int KeysIn(NodeState state) => Nodes.Sum(node => node.State == state ? node.Keys : 0);

    /// <summary>Whether a number of keys is a third of the active stake or more.</summary>
    public bool IsThird(int keys) => keys > 0 && keys * 3L >= ActiveKeys;

    /// <summary>The health of a chain.</summary>
    public static ChainHealth Of(HealthInput input, DateTimeOffset now)
    {
        ImmutableArray<NodeHealth> nodes = Judge(input, now);
        NodeHealth[] witnesses = [.. nodes.Where(node => node.IsWitness)];
        ImmutableArray<Camp> camps = Recovery.Camps.Of(nodes);
        var health = new ChainHealth
        {
            Input = input,
            At = now,
            Epoch = input.Clock.EpochAt(input.Genesis, now),
            Nodes = nodes,
            Camps = camps,
            Conflicts = [],
            Justified = null,
            HeadSlot = witnesses.Max(node => node.Snapshot!.HeadSlot),
            HeadMovedAt = witnesses.Max(node => node.Snapshot!.HeadChangedAt),
            Votes = camps.IsEmpty ? null : VotesOf(witnesses.Where(node => camps[0].Nodes.Contains(node.Name))),
        };
        return health with { Conflicts = FinalityConflicts.Of(health), Justified = JustifiedBlock.Latest(health) };
    }

    private static ImmutableArray<NodeHealth> Judge(HealthInput input, DateTimeOffset now)
    {
        var surroundings = new Surroundings
        {
            Now = now,
            GenesisRoot = input.GenesisRoot,
            Clock = input.Clock,
            Nodes = input.Nodes.Length,
            HeadMovedAt = input.Nodes.Max(node => node.Snapshot is { IsReachable: true } snapshot ? snapshot.HeadChangedAt : null) ?? DateTimeOffset.MinValue,
            Rejected = FinalityConflicts.Rejected(input),
        };
        return
        [
            .. input.Nodes
                .OrderBy(node => node.Name, StringComparer.Ordinal)
                .Select(node => new NodeHealth(node, NodeStates.Of(node, surroundings), node.Snapshot?.GenesisRoot == input.GenesisRoot)),
        ];
    }

    /// <summary>What the node in the middle counts: one that lies decides nothing. Of two, the one that has fewer on their way out; nodes of older images do not tell.</summary>
    private static VoteFacts? VotesOf(IEnumerable<NodeHealth> nodes)
    {
        VoteFacts[] told = [.. nodes.Select(node => node.Snapshot!.Votes).OfType<VoteFacts>().OrderBy(votes => votes.Active == 0 ? 0 : (double)votes.Target / votes.Active)];
        ExitFacts[] exits = [.. told.Select(votes => votes.Exits).OfType<ExitFacts>().OrderBy(exits => exits.Validators)];
        return told.Length == 0 ? null : told[told.Length / 2] with { Exits = exits.Length == 0 ? null : exits[(exits.Length - 1) / 2] };
    }
}
