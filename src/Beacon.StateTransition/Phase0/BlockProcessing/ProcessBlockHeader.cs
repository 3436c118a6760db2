using System.Runtime.CompilerServices;
using Beacon.Ssz;
using Beacon.Types;

namespace Beacon.StateTransition.Phase0;

/// <summary>Block processing: the header, then randao, eth1 data and operations. Every method changes the state and throws where the block is invalid.</summary>
public static partial class BlockProcessing
{
    /// <summary>Checks a block's header against the state and makes it the latest one.</summary>
    [Spec("phase0/beacon-chain.md#block-header")]
    public static void ProcessBlockHeader(CachedBeaconState state, BeaconBlock block)
    {
        BeaconState inner = state.State;
        Require(
            block.Slot == inner.Slot, InvalidReason.BlockSlotMismatch, $"The block is of slot {block.Slot.Value}, the state of slot {inner.Slot.Value}.");
        Require(
            block.Slot.Value > inner.LatestBlockHeader.Slot.Value,
            InvalidReason.BlockNotNewerThanParent,
            $"The block is of slot {block.Slot.Value}, the latest block of slot {inner.LatestBlockHeader.Slot.Value}.");
        ValidatorIndex proposer = Accessors.GetBeaconProposerIndex(state);
        Require(
            block.ProposerIndex == proposer,
            InvalidReason.BlockWrongProposer,
            $"The block of slot {block.Slot.Value} is by validator {block.ProposerIndex.Value}; its proposer is {proposer.Value}.");
        Root parent = inner.LatestBlockHeader.HashTreeRoot();
        Require(
            block.ParentRoot == parent, InvalidReason.BlockParentMismatch, $"The block's parent is {block.ParentRoot}; the latest block is {parent}.");
        inner.LatestBlockHeader = block.ToHeader() with { StateRoot = Root.Zero };
        Require(
            !inner.Validators[block.ProposerIndex.Value].Slashed,
            InvalidReason.BlockProposerSlashed,
            $"The proposer of slot {block.Slot.Value}, validator {block.ProposerIndex.Value}, is slashed.");
    }

    private static void Require(bool condition, InvalidReason reason, [InterpolatedStringHandlerArgument(nameof(condition))] ref RequirementMessage message)
    {
        if (!condition)
        {
            throw new StateTransitionException(reason, message.ToStringAndClear());
        }
    }

    /// <summary>A validator that an operation names.</summary>
    private static Validator ValidatorAt(CachedBeaconState state, ValidatorIndex index) => index.Value < (ulong)state.State.Validators.Count
        ? state.State.Validators[index.Value]
        : throw new StateTransitionException(
            InvalidReason.UnknownValidator, $"There is no validator {index.Value}; the registry has {state.State.Validators.Count}.");
}
