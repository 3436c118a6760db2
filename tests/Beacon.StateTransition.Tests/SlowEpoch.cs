using Beacon.Ssz;
using Beacon.StateTransition.Phase0;
using Beacon.Types;

namespace Beacon.StateTransition.Tests;

/// <summary>The epoch's end written down as the specification has it, line by line and as slow: no caches, no summary, nothing shared with the product but types.</summary>
internal sealed class SlowEpoch(ChainSpec spec, BeaconState state)
{
    private const ulong FarFuture = ulong.MaxValue;

    private Preset Preset => spec.Preset;

    private ulong CurrentEpoch => state.Slot.Value / Preset.SlotsPerEpoch;

    private ulong PreviousEpoch => CurrentEpoch == 0 ? 0 : CurrentEpoch - 1;

    private IEnumerable<int> All => Enumerable.Range(0, state.Validators.Count);

    public void Run(EpochSteps steps)
    {
        (EpochSteps Step, Action Run)[] all =
        [
            (EpochSteps.JustificationAndFinalization, JustificationAndFinalization),
            (EpochSteps.RewardsAndPenalties, RewardsAndPenalties),
            (EpochSteps.RegistryUpdates, RegistryUpdates),
            (EpochSteps.Slashings, Slashings),
            (EpochSteps.Eth1DataReset, Eth1DataReset),
            (EpochSteps.EffectiveBalanceUpdates, EffectiveBalanceUpdates),
            (EpochSteps.SlashingsReset, SlashingsReset),
            (EpochSteps.RandaoMixesReset, RandaoMixesReset),
            (EpochSteps.HistoricalRootsUpdate, HistoricalRootsUpdate),
            (EpochSteps.ParticipationRecordUpdates, ParticipationRecordUpdates),
        ];
        foreach ((EpochSteps step, Action run) in all)
        {
            if (steps.HasFlag(step))
            {
                run();
            }
        }
    }

    private static bool IsActive(Validator validator, ulong epoch) => validator.ActivationEpoch.Value <= epoch && epoch < validator.ExitEpoch.Value;

    private List<ulong> ActiveIndices(ulong epoch) => [.. All.Where(i => IsActive(state.Validators[i], epoch)).Select(static i => (ulong)i)];

    private ulong TotalBalance(IEnumerable<ulong> indices) => Math.Max(
        Preset.EffectiveBalanceIncrement.Value, indices.Aggregate(0UL, (sum, i) => sum + state.Validators[(int)i].EffectiveBalance.Value));

    private ulong TotalActiveBalance() => TotalBalance(ActiveIndices(CurrentEpoch));

    private Root BlockRootAtSlot(ulong slot) => state.BlockRoots[(int)(slot % Preset.SlotsPerHistoricalRoot)];

    private Root BlockRoot(ulong epoch) => BlockRootAtSlot(epoch * Preset.SlotsPerEpoch);

    private ulong CommitteesPerSlot(ulong epoch) =>
        Math.Max(1, Math.Min(Preset.MaxCommitteesPerSlot, (ulong)ActiveIndices(epoch).Count / Preset.SlotsPerEpoch / Preset.TargetCommitteeSize));

    private List<ulong> Committee(ulong slot, ulong index)
    {
        ulong epoch = slot / Preset.SlotsPerEpoch;
        List<ulong> active = ActiveIndices(epoch);
        ulong perSlot = CommitteesPerSlot(epoch);
        ulong number = (slot % Preset.SlotsPerEpoch * perSlot) + index;
        ulong count = perSlot * Preset.SlotsPerEpoch;
        byte[] mix = state.RandaoMixes[(int)((epoch + Preset.EpochsPerHistoricalVector - Preset.MinSeedLookahead - 1) % Preset.EpochsPerHistoricalVector)].ToArray();
        byte[] seed = System.Security.Cryptography.SHA256.HashData([1, 0, 0, 0, .. BitConverter.GetBytes(epoch), .. mix]);
        int start = (int)((ulong)active.Count * number / count);
        int end = (int)((ulong)active.Count * (number + 1) / count);
        return [.. Enumerable.Range(start, end - start).Select(i => active[(int)Shuffling.ComputeShuffledIndex((ulong)i, (ulong)active.Count, seed, Preset.ShuffleRoundCount)])];
    }

    private HashSet<ulong> AttestingIndices(PendingAttestation attestation) =>
        [.. Committee(attestation.Data.Slot.Value, attestation.Data.Index.Value).Where((_, i) => attestation.AggregationBits[i])];

    private List<PendingAttestation> MatchingSource(ulong epoch) => [.. epoch == CurrentEpoch ? state.CurrentEpochAttestations : state.PreviousEpochAttestations];

    private List<PendingAttestation> MatchingTarget(ulong epoch) => [.. MatchingSource(epoch).Where(a => a.Data.Target.Root == BlockRoot(epoch))];

    private List<PendingAttestation> MatchingHead(ulong epoch) => [.. MatchingTarget(epoch).Where(a => a.Data.BeaconBlockRoot == BlockRootAtSlot(a.Data.Slot.Value))];

    private HashSet<ulong> UnslashedAttesting(List<PendingAttestation> attestations) =>
        [.. attestations.SelectMany(AttestingIndices).Where(i => !state.Validators[(int)i].Slashed)];

    private void JustificationAndFinalization()
    {
        if (CurrentEpoch <= 1)
        {
            return;
        }

        ulong total = TotalActiveBalance();
        ulong previousTarget = TotalBalance(UnslashedAttesting(MatchingTarget(PreviousEpoch)));
        ulong currentTarget = TotalBalance(UnslashedAttesting(MatchingTarget(CurrentEpoch)));
        Checkpoint oldPrevious = state.PreviousJustifiedCheckpoint;
        Checkpoint oldCurrent = state.CurrentJustifiedCheckpoint;
        state.PreviousJustifiedCheckpoint = state.CurrentJustifiedCheckpoint;
        bool[] bits = [false, state.JustificationBits[0], state.JustificationBits[1], state.JustificationBits[2]];
        if (previousTarget * 3 >= total * 2)
        {
            state.CurrentJustifiedCheckpoint = new Checkpoint { Epoch = new Epoch(PreviousEpoch), Root = BlockRoot(PreviousEpoch) };
            bits[1] = true;
        }

        if (currentTarget * 3 >= total * 2)
        {
            state.CurrentJustifiedCheckpoint = new Checkpoint { Epoch = new Epoch(CurrentEpoch), Root = BlockRoot(CurrentEpoch) };
            bits[0] = true;
        }

        state.JustificationBits = Bitvector.Of(bits);
        if (bits[1..4].All(static b => b) && oldPrevious.Epoch.Value + 3 == CurrentEpoch)
        {
            state.FinalizedCheckpoint = oldPrevious;
        }

        if (bits[1..3].All(static b => b) && oldPrevious.Epoch.Value + 2 == CurrentEpoch)
        {
            state.FinalizedCheckpoint = oldPrevious;
        }

        if (bits[0..3].All(static b => b) && oldCurrent.Epoch.Value + 2 == CurrentEpoch)
        {
            state.FinalizedCheckpoint = oldCurrent;
        }

        if (bits[0..2].All(static b => b) && oldCurrent.Epoch.Value + 1 == CurrentEpoch)
        {
            state.FinalizedCheckpoint = oldCurrent;
        }
    }

    private static ulong SquareRoot(ulong n)
    {
        ulong x = n;
        ulong y = (x + 1) / 2;
        while (y < x)
        {
            x = y;
            y = (x + (n / x)) / 2;
        }

        return x;
    }

    private void RewardsAndPenalties()
    {
        if (CurrentEpoch == 0)
        {
            return;
        }

        ulong total = TotalActiveBalance();
        ulong root = SquareRoot(total);
        ulong increment = Preset.EffectiveBalanceIncrement.Value;
        ulong finalityDelay = PreviousEpoch - state.FinalizedCheckpoint.Epoch.Value;
        bool leak = finalityDelay > Preset.MinEpochsToInactivityPenalty;
        ulong[] rewards = new ulong[state.Validators.Count];
        ulong[] penalties = new ulong[state.Validators.Count];
        int[] eligible =
        [
            .. All.Where(i => IsActive(state.Validators[i], PreviousEpoch)
                || (state.Validators[i].Slashed && PreviousEpoch + 1 < state.Validators[i].WithdrawableEpoch.Value)),
        ];

        foreach (List<PendingAttestation> attestations in (List<PendingAttestation>[])[MatchingSource(PreviousEpoch), MatchingTarget(PreviousEpoch), MatchingHead(PreviousEpoch)])
        {
            HashSet<ulong> attesters = UnslashedAttesting(attestations);
            ulong attesting = TotalBalance(attesters);
            foreach (int i in eligible)
            {
                if (!attesters.Contains((ulong)i))
                {
                    penalties[i] += BaseReward(i);
                }
                else
                {
                    rewards[i] += leak ? BaseReward(i) : BaseReward(i) * (attesting / increment) / (total / increment);
                }
            }
        }

        List<PendingAttestation> source = MatchingSource(PreviousEpoch);
        foreach (ulong i in UnslashedAttesting(source))
        {
            PendingAttestation earliest = source.Where(a => AttestingIndices(a).Contains(i)).MinBy(static a => a.InclusionDelay.Value)!;
            ulong proposerReward = BaseReward((int)i) / Preset.ProposerRewardQuotient;
            rewards[earliest.ProposerIndex.Value] += proposerReward;
            rewards[i] += (BaseReward((int)i) - proposerReward) / earliest.InclusionDelay.Value;
        }

        if (leak)
        {
            HashSet<ulong> target = UnslashedAttesting(MatchingTarget(PreviousEpoch));
            foreach (int i in eligible)
            {
                penalties[i] += (4 * BaseReward(i)) - (BaseReward(i) / Preset.ProposerRewardQuotient);
                if (!target.Contains((ulong)i))
                {
                    penalties[i] += state.Validators[i].EffectiveBalance.Value * finalityDelay / Preset.InactivityPenaltyQuotient;
                }
            }
        }

        foreach (int i in All)
        {
            ulong balance = state.Balances[i].Value + rewards[i];
            state.Balances[i] = new Gwei(penalties[i] > balance ? 0 : balance - penalties[i]);
        }

        ulong BaseReward(int i) => state.Validators[i].EffectiveBalance.Value * Preset.BaseRewardFactor / root / 4;
    }

    private ulong ChurnLimit() => Math.Max(spec.Config.MinPerEpochChurnLimit, (ulong)ActiveIndices(CurrentEpoch).Count / spec.Config.ChurnLimitQuotient);

    private void InitiateExit(int index)
    {
        if (state.Validators[index].ExitEpoch.Value != FarFuture)
        {
            return;
        }

        ulong queue = state.Validators.Select(static v => v.ExitEpoch.Value).Where(static e => e != FarFuture).Append(CurrentEpoch + 1 + Preset.MaxSeedLookahead).Max();
        if ((ulong)state.Validators.Count(v => v.ExitEpoch.Value == queue) >= ChurnLimit())
        {
            queue++;
        }

        state.Validators[index] = state.Validators[index] with
        {
            ExitEpoch = new Epoch(queue),
            WithdrawableEpoch = new Epoch(queue + spec.Config.MinValidatorWithdrawabilityDelay),
        };
    }

    private void RegistryUpdates()
    {
        foreach (int i in All)
        {
            Validator validator = state.Validators[i];
            if (validator.ActivationEligibilityEpoch.Value == FarFuture && validator.EffectiveBalance == Preset.MaxEffectiveBalance)
            {
                state.Validators[i] = validator with { ActivationEligibilityEpoch = new Epoch(CurrentEpoch + 1) };
            }

            if (IsActive(validator, CurrentEpoch) && validator.EffectiveBalance.Value <= spec.Config.EjectionBalance.Value)
            {
                InitiateExit(i);
            }
        }

        IEnumerable<int> queue = All
            .Where(i => state.Validators[i].ActivationEligibilityEpoch.Value <= state.FinalizedCheckpoint.Epoch.Value && state.Validators[i].ActivationEpoch.Value == FarFuture)
            .OrderBy(i => state.Validators[i].ActivationEligibilityEpoch.Value).ThenBy(static i => i).ToList();
        foreach (int i in queue.Take((int)ChurnLimit()))
        {
            state.Validators[i] = state.Validators[i] with { ActivationEpoch = new Epoch(CurrentEpoch + 1 + Preset.MaxSeedLookahead) };
        }
    }

    private void Slashings()
    {
        ulong total = TotalActiveBalance();
        ulong sum = state.Slashings.Aggregate(0UL, static (sum, amount) => sum + amount.Value);
        ulong adjusted = Math.Min(sum * Preset.ProportionalSlashingMultiplier, total);
        ulong increment = Preset.EffectiveBalanceIncrement.Value;
        foreach (int i in All)
        {
            Validator validator = state.Validators[i];
            if (validator.Slashed && CurrentEpoch + (Preset.EpochsPerSlashingsVector / 2) == validator.WithdrawableEpoch.Value)
            {
                ulong penalty = validator.EffectiveBalance.Value / increment * adjusted / total * increment;
                state.Balances[i] = new Gwei(penalty > state.Balances[i].Value ? 0 : state.Balances[i].Value - penalty);
            }
        }
    }

    private void Eth1DataReset()
    {
        if ((CurrentEpoch + 1) % Preset.EpochsPerEth1VotingPeriod == 0)
        {
            state.Eth1DataVotes.Clear();
        }
    }

    private void EffectiveBalanceUpdates()
    {
        ulong increment = Preset.EffectiveBalanceIncrement.Value;
        ulong hysteresis = increment / Preset.HysteresisQuotient;
        foreach (int i in All)
        {
            ulong balance = state.Balances[i].Value;
            ulong effective = state.Validators[i].EffectiveBalance.Value;
            if (balance + (hysteresis * Preset.HysteresisDownwardMultiplier) < effective || effective + (hysteresis * Preset.HysteresisUpwardMultiplier) < balance)
            {
                state.Validators[i] = state.Validators[i] with { EffectiveBalance = new Gwei(Math.Min(balance - (balance % increment), Preset.MaxEffectiveBalance.Value)) };
            }
        }
    }

    private void SlashingsReset() => state.Slashings[(int)((CurrentEpoch + 1) % Preset.EpochsPerSlashingsVector)] = new Gwei(0);

    private void RandaoMixesReset() => state.RandaoMixes[(int)((CurrentEpoch + 1) % Preset.EpochsPerHistoricalVector)] =
        state.RandaoMixes[(int)(CurrentEpoch % Preset.EpochsPerHistoricalVector)];

    private void HistoricalRootsUpdate()
    {
        if ((CurrentEpoch + 1) % (Preset.SlotsPerHistoricalRoot / Preset.SlotsPerEpoch) == 0)
        {
            state.HistoricalRoots.Add(new HistoricalBatch { BlockRoots = state.BlockRoots, StateRoots = state.StateRoots }.HashTreeRoot());
        }
    }

    private void ParticipationRecordUpdates()
    {
        PendingAttestation[] current = state.CurrentEpochAttestations.ToArray();
        state.PreviousEpochAttestations.Replace(current);
        state.CurrentEpochAttestations.Clear();
    }
}
