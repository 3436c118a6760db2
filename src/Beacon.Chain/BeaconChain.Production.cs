using System.Collections.Immutable;
using Beacon.Ssz;
using Beacon.StateTransition;
using Beacon.StateTransition.Phase0;
using Beacon.Types;

namespace Beacon.Chain;

/// <content>What validators ask to sign.</content>
public sealed partial class BeaconChain
{
    /// <summary>Makes a block on the head.</summary>
    /// <param name="slot">Slot of the block, after the head's and at most one ahead of the clock.</param>
    /// <param name="randaoReveal">The proposer's reveal of the slot's epoch.</param>
    /// <param name="graffiti">32 bytes of the proposer.</param>
    /// <returns>An unsigned block whose state root is right.</returns>
    /// <exception cref="ChainQueryException">The slot is not possible.</exception>
    public BeaconBlock ProduceBlock(Slot slot, BlsSignature randaoReveal, Root graffiti)
    {
        ChainHead head = Head;
        if (slot.Value <= head.Slot.Value || slot.Value > Clock.CurrentSlot.Value + 1)
        {
            throw new ChainQueryException($"A block of slot {slot.Value} cannot follow the head of slot {head.Slot.Value} at slot {Clock.CurrentSlot.Value}.");
        }

        CachedBeaconState state = _states.GetAdvanced(head.Root, slot);
        ValidatorIndex proposer = Accessors.GetBeaconProposerIndex(state);
        (ImmutableArray<ProposerSlashing> proposerSlashings, ImmutableArray<AttesterSlashing> attesterSlashings, ImmutableArray<SignedVoluntaryExit> exits) = SelectOperations(state);
        var body = new BeaconBlockBody
        {
            RandaoReveal = randaoReveal,
            Eth1Data = state.State.Eth1Data,
            Graffiti = graffiti,
            ProposerSlashings = proposerSlashings,
            AttesterSlashings = attesterSlashings,
            Attestations = AttestationPacking.Select(state, Candidates(state, head), (int)Spec.Preset.MaxAttestations),
            Deposits = [],
            VoluntaryExits = exits,
        };
        var block = new BeaconBlock { Slot = slot, ProposerIndex = proposer, ParentRoot = head.Root, StateRoot = Root.Zero, Body = body };

        // The randao reveal is not verified: what the proposer signs with a wrong one fails at its import.
        Transition.ProcessBlock(state, block, new SignatureVerifier(SignatureVerification.None));
        return block with { StateRoot = state.HashTreeRoot() };
    }

    /// <summary>What a committee's members attest in a slot.</summary>
    /// <exception cref="ChainQueryException">The slot is not possible or has no such committee.</exception>
    public AttestationData GetAttestationData(Slot slot, CommitteeIndex index)
    {
        ChainHead head = Head;
        if (slot.Value > Clock.CurrentSlot.Value + 1 || slot.Value + Spec.Preset.SlotsPerEpoch < Clock.CurrentSlot.Value)
        {
            throw new ChainQueryException($"Slot {slot.Value} is not near the current slot {Clock.CurrentSlot.Value}.");
        }

        Epoch epoch = EpochOf(slot);
        Slot start = StartSlotOf(epoch);
        Root root = head.Root;
        Root target;
        lock (_forkChoiceLock)
        {
            root = head.Slot.Value <= slot.Value ? head.Root : BlockRootOn(head.Root, slot) ?? head.Root;
            target = BlockRootOn(root, start) ?? throw new ChainQueryException($"The block at the start of epoch {epoch.Value} is not known.");
        }

        if (index.Value >= ShufflingOn(root, epoch).CommitteesPerSlot)
        {
            throw new ChainQueryException($"Slot {slot.Value} has no committee {index.Value}.");
        }

        CachedBeaconState state = root == head.Root ? StateOn(head, epoch) : _states.GetCheckpointState(new Checkpoint { Epoch = epoch, Root = root });
        return new AttestationData
        {
            Slot = slot,
            Index = index,
            BeaconBlockRoot = root,
            Source = state.State.CurrentJustifiedCheckpoint,
            Target = new Checkpoint { Epoch = epoch, Root = target },
        };
    }

    /// <summary>The aggregate with the most attesters, or null.</summary>
    public Attestation? GetAggregate(Slot slot, Root attestationDataRoot) => AttestationPool.GetAggregate(slot, attestationDataRoot);

    /// <summary>Attestations of the pool whose committees are those of the head's chain and that may be included in a block of the state's slot.</summary>
    private List<Attestation> Candidates(CachedBeaconState state, ChainHead head)
    {
        ulong slot = state.Slot.Value;
        ulong first = slot > Spec.Preset.SlotsPerEpoch ? slot - Spec.Preset.SlotsPerEpoch : 0;
        if (slot < Spec.Preset.MinAttestationInclusionDelay)
        {
            return [];
        }

        var candidates = new List<Attestation>();
        foreach (Attestation attestation in AttestationPool.GetAggregates(new Slot(first), new Slot(slot - Spec.Preset.MinAttestationInclusionDelay)))
        {
            AttestationData data = attestation.Data;
            Epoch current = Accessors.GetCurrentEpoch(state);
            Checkpoint source = data.Target.Epoch == current ? state.State.CurrentJustifiedCheckpoint : state.State.PreviousJustifiedCheckpoint;
            if (data.Source == source && data.Target.Epoch.Value + 1 >= current.Value && HasSameCommittees(data.Target, head.Root))
            {
                candidates.Add(attestation);
            }
        }

        return candidates;
    }

    /// <summary>Whether an attestation's committees are those of the chain it would be included in: else its signature would not fit there.</summary>
    private bool HasSameCommittees(Checkpoint target, Root chain)
    {
        if (target.Epoch.Value <= 1)
        {
            return true;
        }

        var decision = new Slot(StartSlotOf(new Epoch(target.Epoch.Value - 1)).Value - 1);
        lock (_forkChoiceLock)
        {
            return _forkChoice.Contains(target.Root) && _forkChoice.GetAncestor(target.Root, decision) == _forkChoice.GetAncestor(chain, decision);
        }
    }

    private (ImmutableArray<ProposerSlashing> ProposerSlashings, ImmutableArray<AttesterSlashing> AttesterSlashings, ImmutableArray<SignedVoluntaryExit> Exits) SelectOperations(CachedBeaconState state)
    {
        // One operation can make another impossible (a slashed validator cannot exit), so each is tried on top of those before it.
        CachedBeaconState trial = state.Clone();
        var unverified = new SignatureVerifier(SignatureVerification.None);
        return (
            Select(ref trial, OperationPool.ProposerSlashings, Spec.Preset.MaxProposerSlashings, (on, slashing) => BlockProcessing.ProcessProposerSlashing(on, slashing, unverified)),
            Select(ref trial, OperationPool.AttesterSlashings, Spec.Preset.MaxAttesterSlashings, (on, slashing) => BlockProcessing.ProcessAttesterSlashing(on, slashing, unverified)),
            Select(ref trial, OperationPool.Exits, Spec.Preset.MaxVoluntaryExits, (on, exit) => BlockProcessing.ProcessVoluntaryExit(on, exit, unverified)));
    }

    private static ImmutableArray<T> Select<T>(ref CachedBeaconState state, IReadOnlyList<T> candidates, ulong limit, Action<CachedBeaconState, T> process)
    {
        ImmutableArray<T>.Builder selected = ImmutableArray.CreateBuilder<T>();
        foreach (T candidate in candidates)
        {
            if ((ulong)selected.Count >= limit)
            {
                break;
            }

            CachedBeaconState next = state.Clone();
            try
            {
                process(next, candidate);
            }
            catch (StateTransitionException)
            {
                continue;
            }

            selected.Add(candidate);
            state = next;
        }

        return selected.DrainToImmutable();
    }
}
