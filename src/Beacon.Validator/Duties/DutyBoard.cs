using System.Collections.Immutable;
using Beacon.ApiClient;
using Beacon.Ssz;
using Beacon.Types;

namespace Beacon.Validator.Duties;

/// <summary>A duty to attest, with the proof that decides who aggregates.</summary>
/// <param name="Duty">As the node told it.</param>
/// <param name="SelectionProof">The validator's signature over the slot; null while it could not be signed.</param>
/// <param name="IsAggregator">Whether the proof makes it an aggregator.</param>
public sealed record AttesterTask(AttesterDuty Duty, BlsSignature? SelectionProof, bool IsAggregator);

/// <summary>The attester duties of our validators in one epoch.</summary>
/// <param name="Epoch">The epoch.</param>
/// <param name="DependentRoot">Block root the duties depend on.</param>
/// <param name="FetchedIn">Epoch in which they were fetched.</param>
/// <param name="Tasks">Duties by slot.</param>
public sealed record AttesterEpoch(Epoch Epoch, Root? DependentRoot, Epoch FetchedIn, ILookup<Slot, AttesterTask> Tasks);

/// <summary>Our proposer duties in one epoch.</summary>
/// <param name="Epoch">The epoch.</param>
/// <param name="DependentRoot">Block root the duties depend on.</param>
/// <param name="FetchedIn">Epoch in which they were fetched.</param>
/// <param name="Duties">Our proposals by slot.</param>
public sealed record ProposerEpoch(Epoch Epoch, Root? DependentRoot, Epoch FetchedIn, ImmutableDictionary<Slot, ProposerDuty> Duties);

/// <summary>All duties known, at one instant. Immutable.</summary>
public sealed record DutyBoard
{
    /// <summary>Nothing known.</summary>
    public static DutyBoard Empty { get; } = new();

    /// <summary>Attester duties by epoch.</summary>
    public ImmutableDictionary<Epoch, AttesterEpoch> Attesters { get; init; } = ImmutableDictionary<Epoch, AttesterEpoch>.Empty;

    /// <summary>Proposer duties by epoch.</summary>
    public ImmutableDictionary<Epoch, ProposerEpoch> Proposers { get; init; } = ImmutableDictionary<Epoch, ProposerEpoch>.Empty;

    /// <summary>The board without epochs before <paramref name="epoch"/>.</summary>
    public DutyBoard WithoutBefore(Epoch epoch) => this with
    {
        Attesters = Attesters.RemoveRange(Attesters.Keys.Where(key => key < epoch)),
        Proposers = Proposers.RemoveRange(Proposers.Keys.Where(key => key < epoch)),
    };

    /// <summary>The board without duties that a new head makes stale: those computed from another dependent root than the head's.</summary>
    /// <param name="head">The event.</param>
    /// <param name="epoch">Epoch of the head's slot.</param>
    public DutyBoard After(HeadEvent head, Epoch epoch)
    {
        var next = new Epoch(epoch.Value + 1);
        DutyBoard board = this;
        if (Attesters.TryGetValue(epoch, out AttesterEpoch? current) && current.DependentRoot != head.PreviousDutyDependentRoot)
        {
            board = board with { Attesters = board.Attesters.Remove(epoch) };
        }

        if (Attesters.TryGetValue(next, out AttesterEpoch? following) && following.DependentRoot != head.CurrentDutyDependentRoot)
        {
            board = board with { Attesters = board.Attesters.Remove(next) };
        }

        return Proposers.TryGetValue(epoch, out ProposerEpoch? proposers) && proposers.DependentRoot != head.CurrentDutyDependentRoot
            ? board with { Proposers = board.Proposers.Remove(epoch) }
            : board;
    }
}
