using System.Collections.Immutable;
using Beacon.Ssz;
using Beacon.StateTransition.Phase0;
using Beacon.Types;
using Fleet.Planning.Recovery;

namespace Fleet.Planning.Tests.Recovery;

/// <summary>A chain that our own state transition carries on: epoch by epoch, with the attestations that those who vote would get into blocks. Nothing is signed.</summary>
/// <remarks>
/// Slots whose proposer does not vote have no block, so an attestation is included by the first proposer after it that does, if there is one within an epoch,
/// and that proposer is paid. Blocks themselves are left out; the roots of all are zero, so every vote has the right target and head.
/// </remarks>
internal sealed class ReferenceChain
{
    private readonly ChainSpec _spec;
    private readonly CachedBeaconState _state;
    private readonly bool[] _votes;
    private readonly List<PendingAttestation> _waiting = [];

    public ReferenceChain(ChainSpec spec, int validators)
    {
        _spec = spec;
        BeaconState state = BeaconState.CreateDefault(spec);
        state.Validators.Replace([.. Enumerable.Range(0, validators).Select(index => NewValidator(spec, index))]);
        state.Balances.Replace([.. Enumerable.Repeat(spec.Preset.MaxEffectiveBalance, validators)]);
        state.RandaoMixes.Replace([.. Enumerable.Range(0, state.RandaoMixes.Count).Select(static i => Hasher.Hash(BitConverter.GetBytes(i)))]);
        _state = new CachedBeaconState(spec, state);
        _votes = [.. Enumerable.Repeat(true, validators)];
    }

    /// <summary>The epoch the chain is at the beginning of.</summary>
    public ulong Epoch => Accessors.GetCurrentEpoch(_state).Value;

    /// <summary>Latest justified epoch.</summary>
    public ulong JustifiedEpoch => _state.State.CurrentJustifiedCheckpoint.Epoch.Value;

    /// <summary>Whether everybody is on the way out, or out.</summary>
    public bool AllExit => _state.State.Validators.All(static validator => validator.ExitEpoch != Beacon.Types.Epoch.FarFuture);

    /// <summary>What a node's counters say at the beginning of the epoch: of the state in which the last one ended.</summary>
    public VoteFacts Told { get; private set; } = new(0, 0, 0, null);

    /// <summary>Makes every so-manieth validator absent until as many are as asked for.</summary>
    public void Leave(int absent)
    {
        foreach (int index in Spread(absent))
        {
            _votes[index] = false;
        }
    }

    /// <summary>Slashes so many validators, spread over the registry, in the running epoch.</summary>
    public void Slash(int slashed)
    {
        foreach (int index in Spread(slashed))
        {
            Mutators.SlashValidator(_state, new ValidatorIndex((ulong)index));
        }
    }

    /// <summary>So many validators exit by their own will, spread over the registry; those who were slashed exit anyway.</summary>
    public void Exit(int exiting)
    {
        foreach (int index in Spread(exiting))
        {
            Mutators.InitiateValidatorExit(_state, new ValidatorIndex((ulong)index));
        }
    }

    /// <summary>What the predictor is told.</summary>
    public StakeObservation Observe() => new()
    {
        Spec = _spec,
        Epoch = new Epoch(Epoch),
        FinalizedEpoch = _state.State.FinalizedCheckpoint.Epoch,
        Groups =
        [
            .. _state.State.Validators.Zip(_state.State.Balances).Select((one, index) => new ValidatorGroup
            {
                Count = 1,
                Balance = one.Second,
                EffectiveBalance = one.First.EffectiveBalance,
                Votes = _votes[index],
                IsSlashed = one.First.Slashed,
                ExitEpoch = one.First.ExitEpoch,
                WithdrawableEpoch = one.First.WithdrawableEpoch,
            }),
        ],
    };

    /// <summary>Goes on to the beginning of the next epoch.</summary>
    /// <returns>Whether an epoch was justified.</returns>
    public bool EndEpoch()
    {
        ulong justified = JustifiedEpoch;
        ulong first = Epoch * _spec.Preset.SlotsPerEpoch;
        ulong last = first + _spec.Preset.SlotsPerEpoch - 1;
        ulong?[] proposers = [.. Enumerable.Range(0, (int)_spec.Preset.SlotsPerEpoch).Select(offset => Proposer(new Slot(first + (ulong)offset)))];
        foreach (PendingAttestation late in _waiting)
        {
            Include(late, proposers, first, last, _state.State.PreviousEpochAttestations);
        }

        _waiting.Clear();
        for (ulong slot = first; slot <= last; slot++)
        {
            foreach (PendingAttestation attestation in Attest(new Slot(slot)))
            {
                if (!Include(attestation, proposers, slot + 1, last, _state.State.CurrentEpochAttestations))
                {
                    _waiting.Add(attestation);
                }
            }
        }

        _state.State.Slot = new Slot(last);
        VoteFacts told = Tell();
        Transition.ProcessEpoch(_state);
        _state.State.Slot = new Slot(last + 1);
        Told = told with { Validators = _state.Epoch.Current.ActiveIndices.Length };
        return JustifiedEpoch > justified;
    }

    /// <summary>Goes on over empty epochs, as a node does that finds no block: slot by slot.</summary>
    public void Sleep(int epochs) => Transition.ProcessSlots(_state, new Slot((Epoch + (ulong)epochs) * _spec.Preset.SlotsPerEpoch));

    private VoteFacts Tell()
    {
        EpochSummary summary = EpochSummary.Gather(_state);
        var exiting = ExitingStake.Gather(_state, new Epoch(Epoch + 1));
        return new VoteFacts((long)summary.TotalActiveBalance.Value, (long)summary.PreviousTargetBalance.Value, (long)summary.PreviousHeadBalance.Value, null)
        {
            Exits = new ExitFacts(
                Facts(exiting.Slashed), Facts(exiting.Unslashed), (long)exiting.FirstWithdrawable.Value, (long)exiting.LastWithdrawable.Value, (long)exiting.Slashings.Value),
        };
    }

    private static ExitingFacts Facts(ExitingValidators part) => new((int)part.Count, (long)part.Stake.Value, (long)part.FirstExit.Value, (long)part.LastExit.Value);

    private IEnumerable<int> Spread(int count) => Enumerable.Range(0, count).Select(i => (int)((long)i * _votes.Length / count));

    private ulong? Proposer(Slot slot)
    {
        ValidatorIndex proposer = Accessors.GetBeaconProposerIndex(_state, slot);
        return Counts(proposer) ? proposer.Value : null;
    }

    private bool Counts(ValidatorIndex index) => _votes[index.Value] && !_state.State.Validators[index.Value].Slashed;

    private IEnumerable<PendingAttestation> Attest(Slot slot)
    {
        for (ulong index = 0; index < Accessors.GetCommitteeCountPerSlot(_state, new Epoch(Epoch)); index++)
        {
            ImmutableArray<ValidatorIndex> committee = [.. Accessors.GetBeaconCommittee(_state, slot, new CommitteeIndex(index))];
            yield return new PendingAttestation
            {
                AggregationBits = Bitlist.Of([.. committee.Select(Counts)]),
                Data = new AttestationData
                {
                    Slot = slot,
                    Index = new CommitteeIndex(index),
                    BeaconBlockRoot = Root.Zero,
                    Source = _state.State.CurrentJustifiedCheckpoint,
                    Target = new Checkpoint { Epoch = new Epoch(Epoch), Root = Root.Zero },
                },
                InclusionDelay = default,
                ProposerIndex = default,
            };
        }
    }

    /// <summary>Includes an attestation in the first block from a slot on that can have it.</summary>
    private bool Include(PendingAttestation attestation, ulong?[] proposers, ulong from, ulong to, PersistentList<PendingAttestation> list)
    {
        ulong latest = Math.Min(to, attestation.Data.Slot.Value + _spec.Preset.SlotsPerEpoch);
        for (ulong slot = from; slot <= latest; slot++)
        {
            if (proposers[slot % _spec.Preset.SlotsPerEpoch] is { } proposer)
            {
                list.Add(attestation with { InclusionDelay = new Slot(slot - attestation.Data.Slot.Value), ProposerIndex = new ValidatorIndex(proposer) });
                return true;
            }
        }

        return false;
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
            ExitEpoch = Beacon.Types.Epoch.FarFuture,
            WithdrawableEpoch = Beacon.Types.Epoch.FarFuture,
        };
    }
}
