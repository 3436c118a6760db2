using Beacon.Ssz;
using Beacon.StateTransition.Phase0;
using Beacon.Types;

namespace Beacon.StateTransition.Tests;

/// <summary>States for tests: regular ones, and random ones at an epoch's last slot in which everything an epoch's end looks at occurs.</summary>
internal static class RandomStates
{
    /// <summary>A state at slot 0 whose validators are all active. Their keys are no points; nothing here verifies signatures.</summary>
    public static BeaconState Genesis(ChainSpec spec, int validators)
    {
        BeaconState state = BeaconState.CreateDefault(spec);
        Validator[] registry = new Validator[validators];
        Gwei[] balances = new Gwei[validators];
        for (int i = 0; i < validators; i++)
        {
            registry[i] = NewValidator(spec, i);
            balances[i] = spec.Preset.MaxEffectiveBalance;
        }

        state.Validators.Replace(registry);
        state.Balances.Replace(balances);
        state.GenesisValidatorsRoot = state.Validators.HashTreeRoot();
        state.LatestBlockHeader = state.LatestBlockHeader with { BodyRoot = BeaconBlockBody.CreateDefault().HashTreeRoot() };
        state.RandaoMixes.Replace([.. Enumerable.Range(0, state.RandaoMixes.Count).Select(static i => Hasher.Hash(BitConverter.GetBytes(i)))]);
        return state;
    }

    /// <summary>A random state at the last slot of an epoch.</summary>
    public static BeaconState AtEpochEnd(ChainSpec spec, int seed, int validators, ulong epoch, double participation)
    {
        Random random = new(seed);
        BeaconState state = Genesis(spec, validators);
        state.Slot = new Slot(((epoch + 1) * spec.Preset.SlotsPerEpoch) - 1);
        for (int i = 0; i < state.BlockRoots.Count; i++)
        {
            state.BlockRoots[i] = RandomRoot(random);
            state.StateRoots[i] = RandomRoot(random);
        }

        for (int i = 0; i < state.Slashings.Count; i++)
        {
            state.Slashings[i] = new Gwei((ulong)random.Next(0, 3) * 16_000_000_000);
        }

        for (int i = 0; i < validators; i++)
        {
            state.Validators[i] = RandomValidator(spec, random, state.Validators[i], epoch);
            state.Balances[i] = new Gwei((ulong)random.NextInt64(0, 34_000_000_000));
        }

        ulong finalized = epoch < 3 ? 0 : epoch - (ulong)random.Next(2, (int)Math.Min(9, epoch));
        state.FinalizedCheckpoint = new Checkpoint { Epoch = new Epoch(finalized), Root = RandomRoot(random) };
        state.PreviousJustifiedCheckpoint = new Checkpoint { Epoch = new Epoch(Math.Max(finalized, SpecMath.SaturatingSub(epoch, (ulong)random.Next(1, 4)))), Root = RandomRoot(random) };
        state.CurrentJustifiedCheckpoint = new Checkpoint { Epoch = new Epoch(Math.Max(state.PreviousJustifiedCheckpoint.Epoch.Value, SpecMath.SaturatingSub(epoch, (ulong)random.Next(1, 3)))), Root = RandomRoot(random) };
        state.JustificationBits = Bitvector.Of(random.Next(2) == 0, random.Next(2) == 0, random.Next(2) == 0, random.Next(2) == 0);
        state.Eth1DataVotes.Add(state.Eth1Data);
        AddAttestations(spec, random, state, epoch, participation);
        return state;
    }

    private static void AddAttestations(ChainSpec spec, Random random, BeaconState state, ulong epoch, double participation)
    {
        CachedBeaconState cached = new(spec, state);
        for (ulong target = epoch == 0 ? 0 : epoch - 1; target <= epoch; target++)
        {
            CommitteeShuffling shuffling = Accessors.GetShuffling(cached, new Epoch(target));
            for (ulong slot = target * spec.Preset.SlotsPerEpoch; slot < Math.Min((target + 1) * spec.Preset.SlotsPerEpoch, state.Slot.Value); slot++)
            {
                for (ulong index = 0; index < shuffling.CommitteesPerSlot; index++)
                {
                    for (int copies = random.Next(0, 4); copies > 0; copies--)
                    {
                        int length = shuffling.GetCommittee(new Slot(slot), new CommitteeIndex(index)).Length;
                        PendingAttestation attestation = new()
                        {
                            AggregationBits = Bitlist.Of([.. Enumerable.Range(0, length).Select(_ => random.NextDouble() < participation)]),
                            Data = new AttestationData
                            {
                                Slot = new Slot(slot),
                                Index = new CommitteeIndex(index),
                                BeaconBlockRoot = random.Next(5) == 0 ? RandomRoot(random) : state.BlockRoots[(int)(slot % spec.Preset.SlotsPerHistoricalRoot)],
                                Source = state.CurrentJustifiedCheckpoint,
                                Target = new Checkpoint
                                {
                                    Epoch = new Epoch(target),
                                    Root = random.Next(6) == 0 ? RandomRoot(random) : state.BlockRoots[(int)(target * spec.Preset.SlotsPerEpoch % spec.Preset.SlotsPerHistoricalRoot)],
                                },
                            },
                            InclusionDelay = new Slot((ulong)random.Next(1, (int)spec.Preset.SlotsPerEpoch)),
                            ProposerIndex = new ValidatorIndex((ulong)random.Next(state.Validators.Count)),
                        };
                        (target == epoch ? state.CurrentEpochAttestations : state.PreviousEpochAttestations).Add(attestation);
                    }
                }
            }
        }
    }

    private static Validator RandomValidator(ChainSpec spec, Random random, Validator validator, ulong epoch)
    {
        validator = validator with { EffectiveBalance = new Gwei((ulong)(random.Next(4) == 0 ? random.Next(10, 32) : 32) * 1_000_000_000) };
        return random.Next(12) switch
        {
            0 => validator with { ActivationEligibilityEpoch = Epoch.FarFuture, ActivationEpoch = Epoch.FarFuture },
            1 => validator with { ActivationEligibilityEpoch = new Epoch((ulong)random.Next(0, (int)epoch + 2)), ActivationEpoch = Epoch.FarFuture },
            2 => validator with { ActivationEpoch = new Epoch(epoch + (ulong)random.Next(0, 4)) },
            3 => validator with { ExitEpoch = new Epoch(epoch + (ulong)random.Next(0, 8)), WithdrawableEpoch = new Epoch(epoch + 300) },
            4 => validator with { ExitEpoch = new Epoch(epoch / 2), WithdrawableEpoch = new Epoch(epoch) },
            5 => validator with
            {
                Slashed = true,
                ExitEpoch = new Epoch(epoch + 1),
                WithdrawableEpoch = new Epoch(epoch + (spec.Preset.EpochsPerSlashingsVector / 2) + (ulong)random.Next(0, 2)),
            },
            6 => validator with { EffectiveBalance = spec.Config.EjectionBalance },
            _ => validator,
        };
    }

    private static Validator NewValidator(ChainSpec spec, int index)
    {
        byte[] key = new byte[BlsPublicKey.Size];
        BitConverter.TryWriteBytes(key, index + 1);
        return new Validator
        {
            Pubkey = new BlsPublicKey(key),
            WithdrawalCredentials = default,
            EffectiveBalance = spec.Preset.MaxEffectiveBalance,
            Slashed = false,
            ActivationEligibilityEpoch = new Epoch(0),
            ActivationEpoch = new Epoch(0),
            ExitEpoch = Epoch.FarFuture,
            WithdrawableEpoch = Epoch.FarFuture,
        };
    }

    private static Root RandomRoot(Random random)
    {
        byte[] bytes = new byte[Root.Size];
        random.NextBytes(bytes);
        return new Root(bytes);
    }
}
