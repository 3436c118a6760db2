using Beacon.Ssz;
using Beacon.Types;

namespace Beacon.Validator.Protection;

/// <summary>An attestation about to be signed.</summary>
public readonly record struct AttestationToSign(BlsPublicKey PublicKey, Epoch Source, Epoch Target, Root SigningRoot);

/// <summary>A block about to be signed.</summary>
public readonly record struct BlockToSign(BlsPublicKey PublicKey, Slot Slot, Root SigningRoot);

/// <summary>Whether a message may be signed; the reasons are those of EIP-3076's conditions.</summary>
public enum ProtectionVerdict
{
    /// <summary>Recorded: sign it.</summary>
    Safe,

    /// <summary>The very same message was signed before: signing it again harms nobody.</summary>
    SameAsBefore,

    /// <summary>Another block was signed for the slot.</summary>
    DoubleBlock,

    /// <summary>The slot is not above the lowest one known.</summary>
    BlockTooOld,

    /// <summary>Another attestation was signed for the target epoch.</summary>
    DoubleVote,

    /// <summary>An attestation that surrounds this one was signed.</summary>
    SurroundedVote,

    /// <summary>An attestation that this one surrounds was signed.</summary>
    SurroundingVote,

    /// <summary>Source or target is not above the lowest one known.</summary>
    AttestationTooOld,

    /// <summary>The source is after the target.</summary>
    SourceAfterTarget,

    /// <summary>A number beyond what the database can hold.</summary>
    OutOfRange,
}

/// <summary>What verdicts mean.</summary>
public static class ProtectionVerdicts
{
    /// <summary>Whether the message may be signed.</summary>
    public static bool MaySign(this ProtectionVerdict verdict) => verdict is ProtectionVerdict.Safe or ProtectionVerdict.SameAsBefore;
}

/// <summary>A slashing-protection database that cannot be used, or an interchange that cannot be imported; the message says why.</summary>
public sealed class SlashingProtectionException(string message, Exception? innerException = null) : Exception(message, innerException);
