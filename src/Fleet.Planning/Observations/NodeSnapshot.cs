using System.Collections.Immutable;

namespace Fleet.Planning;

/// <summary>What the probe last saw of one node through its Beacon API. Immutable.</summary>
/// <remarks>Missing data counts as bad news, never as no news: a node that does not answer keeps only what it said before.</remarks>
public sealed record NodeSnapshot
{
    /// <summary>Name of the BeaconNode.</summary>
    public required string Node { get; init; }

    /// <summary>UID of the pod that was asked.</summary>
    public required string PodUid { get; init; }

    /// <summary>When the node was last asked.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>When the node last answered; null: never since the pod exists.</summary>
    public DateTimeOffset? LastSeen { get; init; }

    /// <summary>Whether the node answered recently enough to be believed.</summary>
    public bool IsReachable { get; init; }

    /// <summary>Root of the genesis block; null before the node has a genesis.</summary>
    public string? GenesisRoot { get; init; }

    /// <summary>Slot of the head.</summary>
    public long? HeadSlot { get; init; }

    /// <summary>Root of the head block.</summary>
    public string? HeadRoot { get; init; }

    /// <summary>When the head root was first seen to be another than before.</summary>
    public DateTimeOffset? HeadChangedAt { get; init; }

    /// <summary>Justified epoch.</summary>
    public long? JustifiedEpoch { get; init; }

    /// <summary>Root of the justified block.</summary>
    public string? JustifiedRoot { get; init; }

    /// <summary>Finalized epoch.</summary>
    public long? FinalizedEpoch { get; init; }

    /// <summary>Root of the finalized block.</summary>
    public string? FinalizedRoot { get; init; }

    /// <summary>Justified and finalized blocks of other nodes, up to the slot of this node's head, that are not in its chain. At most eight.</summary>
    public ImmutableArray<string> Foreign { get; init; } = [];

    /// <summary>Connected peers.</summary>
    public int? Peers { get; init; }

    /// <summary>Since when the node has had no peer; null: it has some, or does not tell.</summary>
    public DateTimeOffset? AloneSince { get; init; }

    /// <summary>Peers of other networks that were refused since the process began.</summary>
    public long? StrayPeers { get; init; }

    /// <summary>Whether the node says it is catching up.</summary>
    public bool? IsSyncing { get; init; }

    /// <summary>Slots the node is behind.</summary>
    public long? SyncDistance { get; init; }

    /// <summary>Version text.</summary>
    public string? Version { get; init; }

    /// <summary>Ethereum node record.</summary>
    public string? Enr { get; init; }

    /// <summary>Share of the stake that voted for the right target in the previous epoch, from the node's own counters; 0 to 1.</summary>
    public double? Participation { get; init; }

    /// <summary>Format of the node's database.</summary>
    public int? DatabaseFormat { get; init; }

    /// <summary>Newest format that the node's image knows.</summary>
    public int? NewestDatabaseFormat { get; init; }

    /// <summary>Votes of the previous epoch; null before the node has told of one.</summary>
    public VoteFacts? Votes { get; init; }

    /// <summary>The node's clock less ours; null: not known.</summary>
    public TimeSpan? ClockSkew { get; init; }
}

/// <summary>Votes of a complete epoch, as a node counts them in its own chain.</summary>
/// <param name="Active">Active stake in Gwei.</param>
/// <param name="Target">Of it, stake that voted for the right target.</param>
/// <param name="Head">Of it, stake that voted for the right heads.</param>
/// <param name="Validators">Validators that are active in the epoch of the head; null: not told.</param>
public sealed record VoteFacts(long Active, long Target, long Head, int? Validators)
{
    /// <summary>Stake that is on its way out; null: not told.</summary>
    public ExitFacts? Exits { get; init; }
}

/// <summary>Stake that is on its way out in the clock's epoch, as a node finds it in its own chain.</summary>
/// <param name="Slashed">Active validators that were slashed; their votes do not count.</param>
/// <param name="Unslashed">Active validators whose exit is set although they were not: by their own will, or because they were ejected.</param>
/// <param name="FirstWithdrawable">First epoch in which one of the active slashed may withdraw; 0 without any.</param>
/// <param name="LastWithdrawable">First epoch in which all of them may.</param>
/// <param name="Slashings">Gwei that were slashed within the last slashings period, also of those who have left.</param>
public sealed record ExitFacts(ExitingFacts Slashed, ExitingFacts Unslashed, long FirstWithdrawable, long LastWithdrawable, long Slashings)
{
    /// <summary>How many are on their way out.</summary>
    public int Validators => (int)Math.Min(int.MaxValue, (long)Slashed.Validators + Unslashed.Validators);
}

/// <summary>Active validators whose exit is set.</summary>
/// <param name="Validators">How many.</param>
/// <param name="Gwei">Their effective balance.</param>
/// <param name="FirstExit">First epoch in which one of them is not active any more; 0 without any.</param>
/// <param name="LastExit">First epoch in which none of them is.</param>
public readonly record struct ExitingFacts(int Validators, long Gwei, long FirstExit, long LastExit);
