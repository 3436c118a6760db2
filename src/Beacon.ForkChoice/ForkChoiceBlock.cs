using Beacon.Ssz;
using Beacon.Types;

namespace Beacon.ForkChoice;

/// <summary>What fork choice knows of a block.</summary>
/// <param name="Root">Root of the block.</param>
/// <param name="ParentRoot">Root of its parent.</param>
/// <param name="Slot">Its slot.</param>
/// <param name="StateRoot">Root of the state after it.</param>
/// <param name="Justified">The current justified checkpoint of the state after it.</param>
/// <param name="Finalized">The finalized checkpoint of that state.</param>
/// <param name="UnrealizedJustified">The justified checkpoint that state would have if its epoch ended now.</param>
/// <param name="UnrealizedFinalized">The finalized checkpoint it would have then.</param>
public sealed record ForkChoiceBlock(
    Root Root,
    Root ParentRoot,
    Slot Slot,
    Root StateRoot,
    Checkpoint Justified,
    Checkpoint Finalized,
    Checkpoint UnrealizedJustified,
    Checkpoint UnrealizedFinalized);

/// <summary>Effective balances of the justified state, by which votes count.</summary>
/// <param name="EffectiveBalances">Gwei per validator index; 0 where the validator is inactive or slashed.</param>
/// <param name="TotalActiveBalance">The spec's get_total_active_balance of that state, in Gwei.</param>
public sealed record JustifiedBalances(ulong[] EffectiveBalances, ulong TotalActiveBalance);

/// <summary>A validator's latest message.</summary>
/// <param name="Epoch">Target epoch.</param>
/// <param name="Root">The block voted for.</param>
public readonly record struct LatestMessage(Epoch Epoch, Root Root);

/// <summary>An event that the store's rules refuse; the message says which rule.</summary>
public sealed class ForkChoiceException(string message) : Exception(message);
