using Beacon.Crypto;
using Beacon.Ssz;
using Beacon.StateTransition;
using Beacon.StateTransition.Phase0;
using Beacon.Types;

namespace Beacon.Chain;

/// <summary>A finalized block and its state that cannot be started from; the message says why.</summary>
/// <param name="message">One sentence.</param>
/// <param name="otherChain">Whether it belongs to another chain.</param>
public sealed class CheckpointException(string message, bool otherChain = false) : Exception(message)
{
    /// <summary>Whether the checkpoint belongs to another chain.</summary>
    public bool IsOtherChain { get; } = otherChain;
}

/// <summary>A finalized block of a trusted node with the state after it: where a chain begins that does not begin with genesis.</summary>
/// <remarks>
/// What can be checked is checked: that all three are of one piece and of our chain. That the block is finalized is the trusted node's word:
/// nothing in a state proves it, which is why a node starts this way from its own network's nodes only (specs: weak subjectivity).
/// </remarks>
public sealed class CheckpointAnchor
{
    private CheckpointAnchor(Checkpoint checkpoint, SignedBeaconBlock block, BeaconState state, Slot headSlot)
    {
        Checkpoint = checkpoint;
        Block = block;
        State = state;
        HeadSlot = headSlot;
    }

    /// <summary>The finalized checkpoint.</summary>
    public Checkpoint Checkpoint { get; }

    /// <summary>Its block.</summary>
    public SignedBeaconBlock Block { get; }

    /// <summary>The state after the block, at the block's slot.</summary>
    public BeaconState State { get; }

    /// <summary>Slot of the trusted node's head: until a peer says otherwise, a chain that is behind it is not in sync.</summary>
    public Slot HeadSlot { get; }

    /// <summary>Checks a checkpoint.</summary>
    /// <param name="spec">Preset and configuration of our chain.</param>
    /// <param name="genesis">Our genesis state.</param>
    /// <param name="checkpoint">The finalized checkpoint that the trusted node names.</param>
    /// <param name="block">Its block.</param>
    /// <param name="state">The state after it.</param>
    /// <param name="headSlot">Slot of the trusted node's head.</param>
    /// <param name="currentSlot">Slot of our clock.</param>
    /// <exception cref="CheckpointException">They do not belong together or not to our chain.</exception>
    public static CheckpointAnchor Verify(
        ChainSpec spec, BeaconState genesis, Checkpoint checkpoint, SignedBeaconBlock block, BeaconState state, Slot headSlot, Slot currentSlot)
    {
        Require(
            state.GenesisValidatorsRoot == genesis.GenesisValidatorsRoot && state.GenesisTime == genesis.GenesisTime && state.Fork.CurrentVersion == genesis.Fork.CurrentVersion,
            $"the state is of the chain with genesis validators root {state.GenesisValidatorsRoot}, genesis time {state.GenesisTime} and fork version {state.Fork.CurrentVersion}, ours has {genesis.GenesisValidatorsRoot}, {genesis.GenesisTime} and {genesis.Fork.CurrentVersion}",
            otherChain: true);
        BeaconBlock message = block.Message;
        Root root = message.HashTreeRoot();
        Require(root == checkpoint.Root, $"the block is {root}, but the finalized checkpoint is {checkpoint.Root}");
        ulong boundary = Misc.ComputeStartSlotAtEpoch(spec, checkpoint.Epoch).Value;
        Require(message.Slot.Value <= boundary, $"block {root} of slot {message.Slot.Value} lies behind the start of the finalized epoch {checkpoint.Epoch.Value}");
        Require(boundary <= currentSlot.Value, $"epoch {checkpoint.Epoch.Value} has not begun by this machine's clock, which is at slot {currentSlot.Value}");
        Root stateRoot = state.HashTreeRoot();
        Require(state.Slot == message.Slot && stateRoot == message.StateRoot, $"the state {stateRoot} of slot {state.Slot.Value} is not the state {message.StateRoot} after block {root} of slot {message.Slot.Value}");
        RequireSignature(spec, block, state);
        return new CheckpointAnchor(checkpoint, block, state, headSlot);
    }

    /// <summary>The signature is not part of the block's root, and peers that are served the block check it.</summary>
    private static void RequireSignature(ChainSpec spec, SignedBeaconBlock block, BeaconState state)
    {
        bool isValid;
        try
        {
            var cached = new CachedBeaconState(spec, state, new ValidatorKeys());
            isValid = SignatureSets.Block(cached, block) is { } signature && Bls.Verify(signature.PublicKey, signature.Message.Span, signature.Signature);
        }
        catch (StateTransitionException exception)
        {
            throw new CheckpointException($"the state cannot be worked with: {exception.Message}");
        }

        Require(isValid, $"the signature of the block of slot {block.Message.Slot.Value} is wrong");
    }

    private static void Require(bool condition, string otherwise, bool otherChain = false)
    {
        if (!condition)
        {
            throw new CheckpointException(otherwise, otherChain);
        }
    }
}
