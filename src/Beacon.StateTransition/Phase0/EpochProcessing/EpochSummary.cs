using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Beacon.Ssz;
using Beacon.Types;

namespace Beacon.StateTransition.Phase0;

/// <summary>What one validator is and did, as far as an epoch's end needs it.</summary>
[Flags]
public enum ValidatorFlags : byte
{
    None = 0,

    /// <summary>Slashed.</summary>
    Slashed = 1 << 0,

    /// <summary>Gets rewards or penalties: active in the previous epoch, or slashed and not yet withdrawable.</summary>
    Eligible = 1 << 1,

    /// <summary>Active in the next epoch.</summary>
    ActiveNext = 1 << 2,

    /// <summary>An attestation of the previous epoch with the right source (all that are included have it).</summary>
    PreviousSource = 1 << 3,

    /// <summary>… and the right target.</summary>
    PreviousTarget = 1 << 4,

    /// <summary>… and the right head.</summary>
    PreviousHead = 1 << 5,

    /// <summary>An attestation of the current epoch with the right target.</summary>
    CurrentTarget = 1 << 6,
}

/// <summary>The registry and the pending attestations at an epoch's end, gathered in one pass over each.</summary>
/// <remarks>
/// PERF: one pass over the registry, and one over the set bits of the pending attestations. Arrays are as long as the registry; the lists of
/// indices hold exceptional validators only: usually none, at worst (everybody exits or is slashed) all.
/// </remarks>
public sealed class EpochSummary
{
    private readonly ChainSpec _spec;

    private EpochSummary(CachedBeaconState state)
    {
        _spec = state.Spec;
        CurrentEpoch = Accessors.GetCurrentEpoch(state);
        PreviousEpoch = Accessors.GetPreviousEpoch(state);
        int count = state.State.Validators.Count;
        Flags = new ValidatorFlags[count];
        EffectiveBalances = new ulong[count];
        InclusionDelays = new ulong[count];
        InclusionProposers = new ulong[count];
    }

    /// <summary>Epoch that ends.</summary>
    public Epoch CurrentEpoch { get; }

    /// <summary>The epoch before; at genesis, the same.</summary>
    public Epoch PreviousEpoch { get; }

    /// <summary>Combined effective balance of the active validators.</summary>
    public Gwei TotalActiveBalance { get; private set; }

    /// <summary>Combined effective balance of unslashed attesters of the previous epoch.</summary>
    public Gwei PreviousSourceBalance { get; private set; }

    /// <summary>… with the right target.</summary>
    public Gwei PreviousTargetBalance { get; private set; }

    /// <summary>… with the right target and head.</summary>
    public Gwei PreviousHeadBalance { get; private set; }

    /// <summary>Combined effective balance of unslashed attesters of the current epoch with the right target.</summary>
    public Gwei CurrentTargetBalance { get; private set; }

    /// <summary>Flags by validator.</summary>
    internal ValidatorFlags[] Flags { get; }

    /// <summary>Effective balances by validator, in Gwei; kept up to date by the step that changes them.</summary>
    internal ulong[] EffectiveBalances { get; }

    /// <summary>Slots until the earliest inclusion of a previous-epoch attestation, by validator; 0 where there is none.</summary>
    internal ulong[] InclusionDelays { get; }

    /// <summary>Proposer of that inclusion, by validator.</summary>
    internal ulong[] InclusionProposers { get; }

    /// <summary>Validators that may enter the activation queue, ascending.</summary>
    internal List<int> EligibleForQueue { get; } = [];

    /// <summary>Active validators whose effective balance is at or below the ejection balance, ascending.</summary>
    internal List<int> Ejectable { get; } = [];

    /// <summary>Validators in the activation queue, whether or not their placement is finalized, ascending.</summary>
    internal List<(ulong Eligibility, int Index)> ActivationQueue { get; } = [];

    /// <summary>Slashed validators, ascending.</summary>
    internal List<int> Slashed { get; } = [];

    /// <summary>Validators active in the epoch after the next, ascending.</summary>
    internal ImmutableArray<ValidatorIndex> ActiveInTwoEpochs { get; private set; }

    /// <summary>What a validator is and did.</summary>
    public ValidatorFlags FlagsOf(int index) => Flags[index];

    /// <summary>Slots from a validator's attestation of the previous epoch to its earliest inclusion, 1 at best; 0 where none was included.</summary>
    public ulong InclusionDelayOf(int index) => InclusionDelays[index];

    /// <summary>Whether a validator has a flag and is not slashed.</summary>
    internal bool IsUnslashed(int index, ValidatorFlags flag) => (Flags[index] & (flag | ValidatorFlags.Slashed)) == flag;

    /// <summary>Gathers the summary of a state's epoch.</summary>
    /// <param name="state">The state.</param>
    /// <param name="steps">What the summary is for: votes are looked at only for the two steps that weigh them.</param>
    public static EpochSummary Gather(CachedBeaconState state, EpochSteps steps = EpochSteps.All)
    {
        EpochSummary summary = new(state);
        summary.GatherRegistry(state);
        if ((steps & (EpochSteps.JustificationAndFinalization | EpochSteps.RewardsAndPenalties)) != 0)
        {
            summary.GatherPrevious(state);
            summary.GatherCurrent(state);
        }

        summary.SumBalances(state);
        return summary;
    }

    /// <summary>Combined effective balance of the validators active in the next epoch.</summary>
    internal Gwei NextTotalActiveBalance()
    {
        ulong total = 0;
        for (int i = 0; i < Flags.Length; i++)
        {
            if ((Flags[i] & ValidatorFlags.ActiveNext) != 0)
            {
                total += EffectiveBalances[i];
            }
        }

        return new Gwei(total);
    }

    private void GatherRegistry(CachedBeaconState state)
    {
        Preset preset = _spec.Preset;
        ulong previous = PreviousEpoch.Value;
        ulong current = CurrentEpoch.Value;
        ulong ejection = _spec.Config.EjectionBalance.Value;
        ValidatorIndex[] active = new ValidatorIndex[Flags.Length];
        int actives = 0;
        int index = 0;
        ExitQueue exits = default;
        foreach (Validator validator in state.State.Validators)
        {
            ValidatorFlags flags = ValidatorFlags.None;
            ulong activation = validator.ActivationEpoch.Value;
            ulong exit = validator.ExitEpoch.Value;
            EffectiveBalances[index] = validator.EffectiveBalance.Value;
            exits = exits.With(validator.ExitEpoch);
            if (validator.Slashed)
            {
                flags |= ValidatorFlags.Slashed;
                Slashed.Add(index);
            }

            if ((activation <= previous && previous < exit) || (validator.Slashed && previous + 1 < validator.WithdrawableEpoch.Value))
            {
                flags |= ValidatorFlags.Eligible;
            }

            if (activation <= current && current < exit && validator.EffectiveBalance.Value <= ejection)
            {
                Ejectable.Add(index);
            }

            if (activation <= current + 1 && current + 1 < exit)
            {
                flags |= ValidatorFlags.ActiveNext;
            }

            if (activation <= current + 2 && current + 2 < exit)
            {
                active[actives++] = new ValidatorIndex((ulong)index);
            }

            if (validator.ActivationEligibilityEpoch != Epoch.FarFuture)
            {
                if (activation == Epoch.FarFuture.Value)
                {
                    ActivationQueue.Add((validator.ActivationEligibilityEpoch.Value, index));
                }
            }
            else if (validator.EffectiveBalance == preset.MaxEffectiveBalance)
            {
                EligibleForQueue.Add(index);
            }

            Flags[index++] = flags;
        }

        Array.Resize(ref active, actives);
        ActiveInTwoEpochs = ImmutableCollectionsMarshal.AsImmutableArray(active);
        state.ExitQueue = exits;
    }

    private void GatherPrevious(CachedBeaconState state)
    {
        if (state.State.PreviousEpochAttestations.Count == 0)
        {
            return;
        }

        Root target = Accessors.GetBlockRoot(state, PreviousEpoch);
        foreach (PendingAttestation attestation in state.State.PreviousEpochAttestations)
        {
            ValidatorFlags flags = ValidatorFlags.PreviousSource;
            if (attestation.Data.Target.Root == target)
            {
                flags |= ValidatorFlags.PreviousTarget;
                if (attestation.Data.BeaconBlockRoot == Accessors.GetBlockRootAtSlot(state, attestation.Data.Slot))
                {
                    flags |= ValidatorFlags.PreviousHead;
                }
            }

            ulong delay = attestation.InclusionDelay.Value;
            ulong proposer = attestation.ProposerIndex.Value;
            Bitlist bits = attestation.AggregationBits;
            ReadOnlySpan<ValidatorIndex> committee = CommitteeOf(state, attestation.Data, bits);
            for (int i = 0; i < committee.Length; i++)
            {
                if (!bits[i])
                {
                    continue;
                }

                int index = (int)committee[i].Value;
                bool first = (Flags[index] & ValidatorFlags.PreviousSource) == 0;
                Flags[index] |= flags;

                // Of inclusions with equal delay the one first in the list counts.
                if (first || delay < InclusionDelays[index])
                {
                    InclusionDelays[index] = delay;
                    InclusionProposers[index] = proposer;
                }
            }
        }
    }

    private void GatherCurrent(CachedBeaconState state)
    {
        // At genesis both epochs are the same, and get_matching_* then reads the current list for both.
        if (state.State.CurrentEpochAttestations.Count == 0)
        {
            return;
        }

        Root target = Accessors.GetBlockRoot(state, CurrentEpoch);
        foreach (PendingAttestation attestation in state.State.CurrentEpochAttestations)
        {
            if (attestation.Data.Target.Root != target)
            {
                continue;
            }

            Bitlist bits = attestation.AggregationBits;
            ReadOnlySpan<ValidatorIndex> committee = CommitteeOf(state, attestation.Data, bits);
            for (int i = 0; i < committee.Length; i++)
            {
                if (bits[i])
                {
                    Flags[committee[i].Value] |= ValidatorFlags.CurrentTarget;
                }
            }
        }
    }

    private void SumBalances(CachedBeaconState state)
    {
        ulong previousSource = 0, previousTarget = 0, previousHead = 0, currentTarget = 0;
        for (int i = 0; i < Flags.Length; i++)
        {
            ValidatorFlags flags = Flags[i];
            if ((flags & ValidatorFlags.Slashed) != 0)
            {
                continue;
            }

            ulong balance = EffectiveBalances[i];
            previousSource += (flags & ValidatorFlags.PreviousSource) != 0 ? balance : 0;
            previousTarget += (flags & ValidatorFlags.PreviousTarget) != 0 ? balance : 0;
            previousHead += (flags & ValidatorFlags.PreviousHead) != 0 ? balance : 0;
            currentTarget += (flags & ValidatorFlags.CurrentTarget) != 0 ? balance : 0;
        }

        TotalActiveBalance = Accessors.GetTotalActiveBalance(state);
        PreviousSourceBalance = AtLeastIncrement(previousSource);
        PreviousTargetBalance = AtLeastIncrement(previousTarget);
        PreviousHeadBalance = AtLeastIncrement(previousHead);
        CurrentTargetBalance = AtLeastIncrement(currentTarget);
    }

    private static ReadOnlySpan<ValidatorIndex> CommitteeOf(CachedBeaconState state, AttestationData data, Bitlist bits)
    {
        ReadOnlySpan<ValidatorIndex> committee = Accessors.GetBeaconCommittee(state, data.Slot, data.Index);
        return committee.Length == bits.Length
            ? committee
            : throw new StateTransitionException(
                InvalidReason.AttestationBitsLength, $"A pending attestation of slot {data.Slot.Value} has {bits.Length} bits for a committee of {committee.Length}.");
    }

    private Gwei AtLeastIncrement(ulong total) => new(Math.Max(_spec.Preset.EffectiveBalanceIncrement.Value, total));
}
