using Beacon.Ssz;
using Beacon.Types;

namespace Beacon.StateTransition.Phase0;

/// <summary>The state transition: slots, then a block. Synchronous and pure but for the state it is given; threads are the caller's business.</summary>
public static class Transition
{
    /// <summary>Applies a block to a state before its slot.</summary>
    /// <param name="state">The pre-state, changed into the post-state. Throw it away when this throws.</param>
    /// <param name="signedBlock">The block.</param>
    /// <param name="signatures">How to verify signatures, the block's own included.</param>
    /// <param name="verifyStateRoot">Whether the block's state root is compared; false only while a block is being made.</param>
    /// <exception cref="StateTransitionException">The block is invalid.</exception>
    [Spec("phase0/beacon-chain.md#beacon-chain-state-transition-function")]
    public static void Apply(
        CachedBeaconState state, SignedBeaconBlock signedBlock, SignatureVerification signatures = SignatureVerification.Batch, bool verifyStateRoot = true)
    {
        ProcessSlots(state, signedBlock.Message.Slot);
        ApplyAtSlot(state, signedBlock, new SignatureVerifier(signatures), verifyStateRoot);
    }

    /// <summary>Applies a block to a state that is already at its slot.</summary>
    /// <exception cref="StateTransitionException">The block is invalid.</exception>
    public static void ApplyAtSlot(CachedBeaconState state, SignedBeaconBlock signedBlock, SignatureVerifier verifier, bool verifyStateRoot = true)
    {
        verifier.Require(InvalidReason.BlockSignature, (state, signedBlock), static block => SignatureSets.Block(block.state, block.signedBlock));
        ProcessBlock(state, signedBlock.Message, verifier);
        verifier.VerifyCollected();
        if (verifyStateRoot)
        {
            Root root = state.HashTreeRoot();
            if (root != signedBlock.Message.StateRoot)
            {
                throw new StateTransitionException(
                    InvalidReason.BlockStateRootMismatch, $"The block of slot {signedBlock.Message.Slot.Value} says its state root is {signedBlock.Message.StateRoot}; it is {root}.");
            }
        }
    }

    /// <summary>Advances a state to a later slot, over epoch ends where there are some.</summary>
    /// <exception cref="StateTransitionException">The slot is not ahead of the state's.</exception>
    [Spec("phase0/beacon-chain.md#beacon-chain-state-transition-function")]
    public static void ProcessSlots(CachedBeaconState state, Slot slot)
    {
        if (slot.Value <= state.Slot.Value)
        {
            throw new StateTransitionException(InvalidReason.SlotNotAhead, $"A state at slot {state.Slot.Value} cannot be advanced to slot {slot.Value}.");
        }

        Checked(state, slot, static (state, slot) =>
        {
            while (state.Slot.Value < slot.Value)
            {
                ProcessSlot(state);
                var next = new Slot(state.Slot.Value + 1);
                if (next.Value % state.Spec.Preset.SlotsPerEpoch == 0)
                {
                    EpochCache cache = state.Epoch;
                    EpochTransition.Outcome outcome = EpochTransition.Run(state, EpochSteps.All);
                    state.State.Slot = next;
                    state.Epoch = cache.Advance(state.State, outcome.NextTotalActiveBalance, outcome.ActiveInTwoEpochs);
                }
                else
                {
                    state.State.Slot = next;
                }
            }
        });
    }

    /// <summary>Applies a block to a state at its slot, without its own signature and without the comparison of state roots.</summary>
    /// <exception cref="StateTransitionException">The block is invalid.</exception>
    [Spec("phase0/beacon-chain.md#block-processing")]
    public static void ProcessBlock(CachedBeaconState state, BeaconBlock block, SignatureVerifier verifier) => Checked(state, (block, verifier), static (state, input) =>
    {
        BlockProcessing.ProcessBlockHeader(state, input.block);
        BlockProcessing.ProcessRandao(state, input.block.Body, input.verifier);
        BlockProcessing.ProcessEth1Data(state, input.block.Body);
        BlockProcessing.ProcessOperations(state, input.block.Body, input.verifier);
    });

    /// <summary>Runs the epoch's end alone, on a state at an epoch's last slot.</summary>
    /// <exception cref="StateTransitionException">A sum does not fit 64 bits.</exception>
    [Spec("phase0/beacon-chain.md#epoch-processing")]
    public static void ProcessEpoch(CachedBeaconState state, EpochSteps steps = EpochSteps.All) =>
        Checked(state, steps, static (state, steps) => EpochTransition.Run(state, steps));

    /// <summary>Turns a uint64 overflow anywhere in a piece of the transition into what the specification calls it: invalid.</summary>
    internal static void Checked<T>(CachedBeaconState state, T input, Action<CachedBeaconState, T> run)
    {
        try
        {
            run(state, input);
        }
        catch (ArithmeticException exception)
        {
            throw new StateTransitionException(InvalidReason.ArithmeticOverflow, "A number of the state transition does not fit 64 bits.", exception);
        }
    }

    /// <summary>Remembers the roots of the state and of its latest block.</summary>
    private static void ProcessSlot(CachedBeaconState state)
    {
        BeaconState inner = state.State;
        ulong ring = inner.Slot.Value % state.Spec.Preset.SlotsPerHistoricalRoot;
        Root stateRoot = inner.HashTreeRoot();
        inner.StateRoots[ring] = stateRoot;
        if (inner.LatestBlockHeader.StateRoot.IsZero)
        {
            inner.LatestBlockHeader = inner.LatestBlockHeader with { StateRoot = stateRoot };
        }

        inner.BlockRoots[ring] = inner.LatestBlockHeader.HashTreeRoot();
    }
}
