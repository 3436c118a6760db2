using Beacon.Ssz;
using Beacon.StateTransition.Phase0;
using Beacon.Types;

namespace Beacon.Chain;

/// <summary>A validator's attestation duty.</summary>
public sealed record AttesterDuty(
    BlsPublicKey Pubkey, ValidatorIndex Validator, CommitteeIndex Committee, ulong CommitteeLength, ulong CommitteesAtSlot, ulong Position, Slot Slot);

/// <summary>A validator's proposal duty.</summary>
public sealed record ProposerDuty(BlsPublicKey Pubkey, ValidatorIndex Validator, Slot Slot);

/// <summary>Duties and the block they depend on: when that block changes, they have to be asked for again.</summary>
public sealed record Duties<T>(Root DependentRoot, IReadOnlyList<T> Items);

/// <summary>The request cannot be answered; the message says why.</summary>
public sealed class ChainQueryException(string message) : Exception(message);

/// <content>Committees, proposers and duties.</content>
public sealed partial class BeaconChain
{
    private readonly Lock _shufflingLock = new();
    private readonly LruMap<(ulong Epoch, Root Decision), CommitteeShuffling> _shufflings = new(24);

    /// <summary>Attester duties of some validators in an epoch, at most one epoch ahead.</summary>
    /// <exception cref="ChainQueryException">The epoch is too far away.</exception>
    public Duties<AttesterDuty> GetAttesterDuties(Epoch epoch, IReadOnlyCollection<ValidatorIndex> validators)
    {
        ChainHead head = Head;
        CheckNear(epoch, head);
        CommitteeShuffling shuffling = ShufflingOn(head.Root, epoch);
        var duties = new List<AttesterDuty>(validators.Count);
        foreach (ValidatorIndex validator in validators)
        {
            if (shuffling.TryGetAssignment(validator, out CommitteeAssignment assignment))
            {
                BlsPublicKey pubkey = head.State.State.Validators[validator.Value].Pubkey;
                duties.Add(new AttesterDuty(
                    pubkey, validator, assignment.Committee, (ulong)assignment.CommitteeLength, shuffling.CommitteesPerSlot, (ulong)assignment.Position, assignment.Slot));
            }
        }

        lock (_forkChoiceLock)
        {
            return new Duties<AttesterDuty>(DutyDependentRoot(head.Root, epoch), duties);
        }
    }

    /// <summary>All proposers of an epoch, at most one epoch ahead.</summary>
    /// <exception cref="ChainQueryException">The epoch is too far away.</exception>
    public Duties<ProposerDuty> GetProposerDuties(Epoch epoch)
    {
        ChainHead head = Head;
        CheckNear(epoch, head);
        CachedBeaconState state = StateOn(head, epoch);
        ulong start = StartSlotOf(epoch).Value;
        var duties = new List<ProposerDuty>();
        for (ulong slot = start; slot < start + Spec.Preset.SlotsPerEpoch; slot++)
        {
            ValidatorIndex proposer = Accessors.GetBeaconProposerIndex(state, new Slot(slot));
            if (slot > 0)
            {
                duties.Add(new ProposerDuty(state.State.Validators[proposer.Value].Pubkey, proposer, new Slot(slot)));
            }
        }

        lock (_forkChoiceLock)
        {
            Root dependent = start == 0 ? GenesisBlockRoot : BlockRootOn(head.Root, new Slot(start - 1)) ?? GenesisBlockRoot;
            return new Duties<ProposerDuty>(dependent, duties);
        }
    }

    /// <summary>The committees of an epoch on a block's chain.</summary>
    internal CommitteeShuffling ShufflingOn(Root block, Epoch epoch)
    {
        Root decision;
        lock (_forkChoiceLock)
        {
            // The last block before the epoch before; a pruned one is the same for every block that is left.
            decision = epoch.Value <= 1 ? GenesisBlockRoot : _forkChoice.GetAncestor(block, new Slot(StartSlotOf(new Epoch(epoch.Value - 1)).Value - 1)) ?? Root.Zero;
        }

        lock (_shufflingLock)
        {
            if (_shufflings.Get((epoch.Value, decision)) is { } known)
            {
                return known;
            }
        }

        CachedBeaconState state = _states.Get(block);
        ulong stateEpoch = EpochOf(state.Slot).Value;
        if (stateEpoch + 1 < epoch.Value)
        {
            state = _states.GetCheckpointState(new Checkpoint { Epoch = new Epoch(epoch.Value - 1), Root = block });
        }
        else if (stateEpoch > epoch.Value + 1)
        {
            throw new ChainQueryException($"Epoch {epoch.Value} is too far back.");
        }

        CommitteeShuffling shuffling = Accessors.GetShuffling(state, epoch);
        lock (_shufflingLock)
        {
            _shufflings.Set((epoch.Value, decision), shuffling);
        }

        return shuffling;
    }

    /// <summary>The head's state, moved on to an epoch's start where the head is older. Shared; not to be changed.</summary>
    internal CachedBeaconState HeadStateAt(Epoch epoch) => StateOn(Head, epoch);

    private CachedBeaconState StateOn(ChainHead head, Epoch epoch)
    {
        Epoch headEpoch = EpochOf(head.Slot);
        if (headEpoch == epoch)
        {
            return head.State;
        }

        if (headEpoch.Value < epoch.Value)
        {
            return _states.GetCheckpointState(new Checkpoint { Epoch = epoch, Root = head.Root });
        }

        // A past epoch: the state at its start on the head's chain.
        Root root;
        lock (_forkChoiceLock)
        {
            root = BlockRootOn(head.Root, StartSlotOf(epoch)) ?? throw new ChainQueryException($"Epoch {epoch.Value} is not known.");
        }

        return _states.GetCheckpointState(new Checkpoint { Epoch = epoch, Root = root });
    }

    private void CheckNear(Epoch epoch, ChainHead head)
    {
        ulong current = EpochOf(Clock.CurrentSlot).Value;
        if (epoch.Value > current + 1)
        {
            throw new ChainQueryException($"Epoch {epoch.Value} is more than one epoch ahead of the current epoch {current}.");
        }

        if (epoch.Value + 1 < EpochOf(head.Slot).Value)
        {
            throw new ChainQueryException($"Epoch {epoch.Value} is before the previous epoch.");
        }
    }
}
