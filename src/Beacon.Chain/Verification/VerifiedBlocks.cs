using Beacon.ForkChoice;
using Beacon.Ssz;
using Beacon.StateTransition.Phase0;
using Beacon.Types;

namespace Beacon.Chain;

// How far a block has been checked is its type; each type can only be made by the check before it:
//
//   SignedBeaconBlock ──gossip checks──▶ GossipVerifiedBlock ──transition, all signatures──▶ SignatureVerifiedBlock ──fork choice, disk──▶ ImportedBlock
//
// The signatures that a block needs come out of its execution, so both are one step; no execution is kept whose signatures fail. A block from
// sync enters at the second step and makes no claim about its proposer signature, which the batch then includes.

/// <summary>A block whose slot, parent, proposer and (on gossip) proposer signature were checked.</summary>
public sealed class GossipVerifiedBlock
{
    internal GossipVerifiedBlock(SignedBeaconBlock block, Root root, CachedBeaconState preState, bool proposerSignatureChecked)
    {
        Block = block;
        Root = root;
        PreState = preState;
        ProposerSignatureChecked = proposerSignatureChecked;
    }

    /// <summary>The block.</summary>
    public SignedBeaconBlock Block { get; }

    /// <summary>Its root.</summary>
    public Root Root { get; }

    /// <summary>The parent's state, moved on to the block's slot; belongs to this block.</summary>
    internal CachedBeaconState PreState { get; }

    internal bool ProposerSignatureChecked { get; }
}

/// <summary>A block that follows the rules: executed, its state root compared, every signature valid.</summary>
public sealed class SignatureVerifiedBlock
{
    internal SignatureVerifiedBlock(SignedBeaconBlock block, Root root, CachedBeaconState postState)
    {
        Block = block;
        Root = root;
        PostState = postState;
    }

    /// <summary>The block.</summary>
    public SignedBeaconBlock Block { get; }

    /// <summary>Its root.</summary>
    public Root Root { get; }

    /// <summary>The state after it; its hash tree root is computed.</summary>
    internal CachedBeaconState PostState { get; }
}

/// <summary>A block that is part of the chain: executed, stored and in fork choice.</summary>
public sealed class ImportedBlock
{
    internal ImportedBlock(SignedBeaconBlock block, ForkChoiceBlock node, CachedBeaconState postState)
    {
        Block = block;
        Node = node;
        PostState = postState;
    }

    /// <summary>The block.</summary>
    public SignedBeaconBlock Block { get; }

    /// <summary>What fork choice knows of it.</summary>
    public ForkChoiceBlock Node { get; }

    internal CachedBeaconState PostState { get; }
}

/// <summary>How an import ended.</summary>
public enum ImportOutcome
{
    /// <summary>The block is now part of the chain.</summary>
    Imported,

    /// <summary>It was part of the chain before.</summary>
    AlreadyKnown,

    /// <summary>Its parent is unknown; the block waits for it.</summary>
    UnknownParent,

    /// <summary>It breaks a rule and will never be imported; whoever sent it is to blame.</summary>
    Invalid,

    /// <summary>It cannot be used now or any more (before the finalized slot, from the future, queue full); nobody is to blame.</summary>
    Ignored,
}

/// <summary>The result of an import.</summary>
/// <param name="Outcome">How it ended.</param>
/// <param name="Root">Root of the block.</param>
/// <param name="Reason">Why, where it was not imported.</param>
public readonly record struct ImportResult(ImportOutcome Outcome, Root Root, string Reason = "")
{
    /// <summary>Whether the block is part of the chain now.</summary>
    public bool IsInChain => Outcome is ImportOutcome.Imported or ImportOutcome.AlreadyKnown;
}
