using System.Globalization;
using Beacon.ForkChoice;
using Beacon.SpecTests.Runner;
using Beacon.Ssz;
using Beacon.StateTransition;
using Beacon.StateTransition.Phase0;
using Beacon.Types;
using YamlDotNet.RepresentationModel;

namespace Beacon.SpecTests.ForkChoice;

/// <summary>The <c>fork_choice</c> runner: every handler is a script of ticks, blocks, attestations, slashings and checks.</summary>
public sealed class ForkChoiceHandlers : ISpecHandlers
{
    /// <inheritdoc/>
    public string Runner => "fork_choice";

    /// <inheritdoc/>
    public SpecHandler? Find(string handler) => handler is "get_head" or "on_block" or "ex_ante" or "reorg" or "withholding" or "get_proposer_head"
        ? static specCase => new ForkChoiceScript(specCase).Run()
        : null;
}

/// <summary>One case: the store beside the states that the pure store does not hold.</summary>
internal sealed class ForkChoiceScript
{
    private readonly SpecCase _case;
    private readonly ForkChoiceStore _store;
    private readonly Dictionary<Root, CachedBeaconState> _states = [];
    private readonly ulong _genesisTime;

    public ForkChoiceScript(SpecCase specCase)
    {
        _case = specCase;
        CachedBeaconState anchor = new(specCase.Spec, BeaconState.Deserialize(specCase.ReadSsz("anchor_state"), specCase.Spec));
        BeaconBlock block = BeaconBlock.Deserialize(specCase.ReadSsz("anchor_block"));
        Root root = block.HashTreeRoot();
        Assert.Equal(anchor.HashTreeRoot(), block.StateRoot);
        _states.Add(root, anchor);
        _genesisTime = anchor.State.GenesisTime;
        ChainSpec spec = specCase.Spec;
        _store = new ForkChoiceStore(
            new ForkChoiceConfig(spec.Preset.SlotsPerEpoch, spec.Config.SlotDurationMs, spec.Config.ProposerScoreBoost),
            new ForkChoiceBlock(
                root, block.ParentRoot, block.Slot, block.StateRoot,
                anchor.State.CurrentJustifiedCheckpoint, anchor.State.FinalizedCheckpoint, anchor.State.CurrentJustifiedCheckpoint, anchor.State.FinalizedCheckpoint),
            Accessors.GetCurrentEpoch(anchor),
            anchor.Slot.Value * spec.Config.SlotDurationMs,
            BalancesAt);
    }

    public void Run()
    {
        foreach (YamlMappingNode step in ((YamlSequenceNode)_case.ReadYaml("steps.yaml")).Cast<YamlMappingNode>())
        {
            bool valid = Text(step, "valid") is not "false";
            if (Text(step, "tick") is { } tick)
            {
                Expect(valid, () => _store.OnTick((ulong.Parse(tick, CultureInfo.InvariantCulture) - _genesisTime) * 1000));
            }
            else if (Text(step, "block") is { } block)
            {
                Expect(valid, () => OnBlock(SignedBeaconBlock.Deserialize(_case.ReadSsz(block))));
            }
            else if (Text(step, "attestation") is { } attestation)
            {
                Expect(valid, () => OnAttestation(Attestation.Deserialize(_case.ReadSsz(attestation)), isFromBlock: false));
            }
            else if (Text(step, "attester_slashing") is { } slashing)
            {
                Expect(valid, () => OnAttesterSlashing(AttesterSlashing.Deserialize(_case.ReadSsz(slashing))));
            }
            else if (Child(step, "checks") is YamlMappingNode checks)
            {
                Check(checks);
            }
            else
            {
                Assert.Fail($"A step of an unknown kind: {step}");
            }
        }
    }

    private static void Expect(bool valid, Action step)
    {
        if (valid)
        {
            step();
            return;
        }

        Exception? refused = Record.Exception(step);
        Assert.True(refused is ForkChoiceException or StateTransitionException, $"The step must be refused by a rule, but: {refused?.ToString() ?? "it was accepted"}");
    }

    private void OnBlock(SignedBeaconBlock signed)
    {
        BeaconBlock block = signed.Message;
        _store.ValidateOnBlock(block.Slot, block.ParentRoot);
        CachedBeaconState state = _states[block.ParentRoot].Clone();
        Transition.Apply(state, signed);
        (Checkpoint justified, Checkpoint finalized) = EpochTransition.ComputeUnrealized(state);
        Root root = block.HashTreeRoot();
        _states[root] = state;
        _store.OnBlock(new ForkChoiceBlock(
            root, block.ParentRoot, block.Slot, block.StateRoot, state.State.CurrentJustifiedCheckpoint, state.State.FinalizedCheckpoint, justified, finalized));
        foreach (Attestation attestation in block.Body.Attestations)
        {
            OnAttestation(attestation, isFromBlock: true);
        }

        foreach (AttesterSlashing slashing in block.Body.AttesterSlashings)
        {
            OnAttesterSlashing(slashing);
        }
    }

    private void OnAttestation(Attestation attestation, bool isFromBlock)
    {
        _store.ValidateOnAttestation(attestation.Data, isFromBlock);
        CachedBeaconState target = StateAt(attestation.Data.Target);
        IndexedAttestation indexed = Accessors.GetIndexedAttestation(target, attestation);
        if (!Predicates.IsValidIndexedAttestation(target, indexed))
        {
            throw new ForkChoiceException("the attestation's indices or signature are invalid");
        }

        _store.OnAttestation(attestation.Data, [.. indexed.AttestingIndices.Select(static index => index.Value)], isFromBlock);
    }

    private void OnAttesterSlashing(AttesterSlashing slashing)
    {
        CachedBeaconState state = _states[_store.JustifiedCheckpoint.Root];
        if (!Predicates.IsSlashableAttestationData(slashing.Attestation1.Data, slashing.Attestation2.Data)
            || !Predicates.IsValidIndexedAttestation(state, slashing.Attestation1)
            || !Predicates.IsValidIndexedAttestation(state, slashing.Attestation2))
        {
            throw new ForkChoiceException("the attester slashing is invalid");
        }

        HashSet<ulong> first = [.. slashing.Attestation1.AttestingIndices.Select(static index => index.Value)];
        _store.OnEquivocation([.. slashing.Attestation2.AttestingIndices.Select(static index => index.Value).Where(first.Contains)]);
    }

    private CachedBeaconState StateAt(Checkpoint checkpoint)
    {
        CachedBeaconState state = _states[checkpoint.Root].Clone();
        Slot start = Misc.ComputeStartSlotAtEpoch(_case.Spec, checkpoint.Epoch);
        if (state.Slot.Value < start.Value)
        {
            Transition.ProcessSlots(state, start);
        }

        return state;
    }

    private JustifiedBalances BalancesAt(Checkpoint checkpoint)
    {
        CachedBeaconState state = StateAt(checkpoint);
        Epoch epoch = Accessors.GetCurrentEpoch(state);
        ulong[] balances = [.. state.State.Validators.Select(validator =>
            !validator.Slashed && Predicates.IsActiveValidator(validator, epoch) ? validator.EffectiveBalance.Value : 0)];
        return new JustifiedBalances(balances, Accessors.GetTotalActiveBalance(state).Value);
    }

    private void Check(YamlMappingNode checks)
    {
        foreach ((YamlNode key, YamlNode value) in checks.Children)
        {
            switch (((YamlScalarNode)key).Value)
            {
                case "time":
                    Assert.Equal(Text(value), ((_store.TimeMs / 1000) + _genesisTime).ToString(CultureInfo.InvariantCulture));
                    break;
                case "genesis_time":
                    Assert.Equal(Text(value), _genesisTime.ToString(CultureInfo.InvariantCulture));
                    break;
                case "head":
                    Root head = _store.GetHead();
                    Assert.Equal(Text((YamlMappingNode)value, "root"), head.ToString());
                    Assert.Equal(Text((YamlMappingNode)value, "slot"), _store.Find(head)!.Slot.Value.ToString(CultureInfo.InvariantCulture));
                    break;
                case "justified_checkpoint":
                    AssertCheckpoint(value, _store.JustifiedCheckpoint);
                    break;
                case "finalized_checkpoint":
                    AssertCheckpoint(value, _store.FinalizedCheckpoint);
                    break;
                case "proposer_boost_root":
                    Assert.Equal(Text(value), _store.ProposerBoostRoot.ToString());
                    break;
                case "best_justified_checkpoint":
                    // Of archives older than v1.4: the store no longer has one.
                    SpecCheckNotes.Count("fork_choice: check best_justified_checkpoint skipped");
                    break;
                default:
                    Assert.Fail($"An unknown check: {key}");
                    break;
            }
        }
    }

    private static void AssertCheckpoint(YamlNode expected, Checkpoint actual)
    {
        Assert.Equal(Text((YamlMappingNode)expected, "epoch"), actual.Epoch.Value.ToString(CultureInfo.InvariantCulture));
        Assert.Equal(Text((YamlMappingNode)expected, "root"), actual.Root.ToString());
    }

    private static YamlNode? Child(YamlMappingNode node, string key) => node.Children.TryGetValue(new YamlScalarNode(key), out YamlNode? value) ? value : null;

    private static string? Text(YamlMappingNode node, string key) => Child(node, key) is YamlScalarNode scalar ? scalar.Value : null;

    private static string? Text(YamlNode node) => ((YamlScalarNode)node).Value;
}
