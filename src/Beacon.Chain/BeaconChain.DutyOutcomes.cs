using Beacon.Chain.Duties;
using Beacon.Ssz;
using Beacon.StateTransition.Phase0;
using Beacon.Storage;
using Beacon.Types;

namespace Beacon.Chain;

/// <content>What became of the duties of the configured key groups.</content>
/// <remarks>
/// Epoch E is counted when the head is a quarter of an epoch into E + 2: every attestation of E is included by then or never, and a
/// reorganisation at the epoch's boundary has settled. Only blocks move the count, never the clock alone: a node that is behind counts nothing
/// as missed that it has not seen yet, and a chain that stands still is counted when it goes on. A reorganisation that goes back further does not
/// change what was counted.
/// </remarks>
public sealed partial class BeaconChain
{
    /// <summary>Epochs counted at once at most, where a chain goes on after a long gap; older ones are left out.</summary>
    private const ulong MaximumDutyEpochs = 64;

    private readonly DutyOutcomes _duties;

    private static DutyOutcomes OpenDuties(IReadOnlyList<DutyGroup> groups, BeaconDatabase database, IReadOnlyList<StoredNode> nodes, Epoch finalized, ulong slotsPerEpoch)
    {
        // Blocks before the finalized one have no states at hand, so no duties can be read there.
        var newest = new Epoch(nodes[^1].Slot.Value / slotsPerEpoch);
        var duties = new DutyOutcomes(groups, database, oldest: finalized, newest: newest);
        if (duties.NextEpoch is { } next)
        {
            foreach (StoredNode node in nodes.Where(node => node.Slot.Value >= next.Value * slotsPerEpoch))
            {
                if (database.GetBlock(node.Root) is { } block)
                {
                    duties.OnBlock(node.Slot, block.Message.ProposerIndex);
                }
            }
        }

        return duties;
    }

    /// <summary>Counts the epochs that the head has settled. On the import worker.</summary>
    private void CountDuties()
    {
        ChainHead head = Head;
        ulong slotsPerEpoch = Spec.Preset.SlotsPerEpoch;
        ulong margin = slotsPerEpoch / 4;
        if (_duties.NextEpoch is not { } next || head.Slot.Value < StartSlotOf(new Epoch(next.Value + 2)).Value + margin)
        {
            return;
        }

        ulong last = ((head.Slot.Value - margin) / slotsPerEpoch) - 2;
        _duties.SkipTo(new Epoch(SpecMath.SaturatingSub(last + 1, MaximumDutyEpochs)));
        for (ulong epoch = _duties.NextEpoch!.Value.Value; epoch <= last; epoch++)
        {
            CountDuties(new Epoch(epoch), head.Root);
        }
    }

    private void CountDuties(Epoch epoch, Root chain)
    {
        Slot start = StartSlotOf(epoch);
        Slot next = StartSlotOf(new Epoch(epoch.Value + 1));
        CachedBeaconState end = StateOnChain(chain, new Slot(StartSlotOf(new Epoch(epoch.Value + 2)).Value - 1));
        EpochSummary votes = EpochSummary.Gather(end, EpochSteps.RewardsAndPenalties);
        var counts = _duties.Lacking(epoch).ToDictionary(static group => group.Index, static _ => new DutyOutcomes.EpochCounts());
        foreach ((int index, DutyGroup range) in _duties.Lacking(epoch))
        {
            CountAttestations(epoch, range, end, votes, counts[index]);
        }

        // Proposers follow from balances and randomness of their own epoch, so a state of that epoch names them.
        CachedBeaconState within = StateWithin(chain, start, next);
        for (ulong slot = Math.Max(start.Value, 1); slot < next.Value; slot++)
        {
            ValidatorIndex proposer = Accessors.GetBeaconProposerIndex(within, new Slot(slot));
            foreach ((int index, DutyGroup range) in _duties.Lacking(epoch))
            {
                if (range.First <= proposer.Value && proposer.Value <= range.Last)
                {
                    counts[index].Count(ProposalResult(end, new Slot(slot), proposer));
                }
            }
        }

        _duties.Add(epoch, counts, next, _database);
    }

    private void CountAttestations(Epoch epoch, DutyGroup range, CachedBeaconState end, EpochSummary votes, DutyOutcomes.EpochCounts counts)
    {
        ulong timely = SpecMath.IntegerSquareRoot(Spec.Preset.SlotsPerEpoch);
        for (ulong validator = range.First; validator <= range.Last && validator < (ulong)end.State.Validators.Count; validator++)
        {
            if (!Predicates.IsActiveValidator(end.State.Validators[validator], epoch))
            {
                continue;
            }

            ValidatorFlags flags = votes.FlagsOf((int)validator);
            ulong delay = votes.InclusionDelayOf((int)validator);
            counts.CountDelay(delay);
            counts.Count(
                (flags & ValidatorFlags.PreviousSource) == 0 ? DutyResult.MissedAttestation
                : (flags & ValidatorFlags.PreviousTarget) == 0 ? DutyResult.WrongTarget
                : (flags & ValidatorFlags.PreviousHead) == 0 ? DutyResult.WrongHead
                : delay > timely ? DutyResult.Late
                : DutyResult.Included);
        }
    }

    private DutyResult ProposalResult(CachedBeaconState end, Slot slot, ValidatorIndex proposer)
    {
        // A slot without a block repeats the root of the one before.
        bool isEmpty = Accessors.GetBlockRootAtSlot(end, slot) == Accessors.GetBlockRootAtSlot(end, new Slot(slot.Value - 1));
        return !isEmpty ? DutyResult.Proposed
            : _duties.HasBlock(slot, proposer) ? DutyResult.Orphaned
            : DutyResult.MissedProposal;
    }

    /// <summary>A chain's state at a slot.</summary>
    private CachedBeaconState StateOnChain(Root chain, Slot slot)
    {
        Root root;
        lock (_forkChoiceLock)
        {
            root = BlockRootOn(chain, slot) ?? GenesisBlockRoot;
        }

        CachedBeaconState state = _states.Get(root);
        if (state.Slot.Value >= slot.Value)
        {
            return state;
        }

        // Kept, so that over a gap of many epochs each goes on from the one before.
        CachedBeaconState advanced = _states.GetAdvanced(root, slot);
        advanced.HashTreeRoot();
        _states.AddAdvanced(root, advanced);
        return advanced;
    }

    /// <summary>Some state of a chain between two slots: after a block where there is one, which is cheap.</summary>
    private CachedBeaconState StateWithin(Root chain, Slot start, Slot end)
    {
        Root root;
        lock (_forkChoiceLock)
        {
            root = BlockRootOn(chain, new Slot(end.Value - 1)) ?? GenesisBlockRoot;
        }

        CachedBeaconState state = _states.Get(root);
        return state.Slot.Value >= start.Value ? state : StateOnChain(chain, start);
    }
}
