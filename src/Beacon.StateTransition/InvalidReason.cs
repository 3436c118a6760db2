namespace Beacon.StateTransition;

/// <summary>The rules of the state transition that can be broken, one value per assertion of the specification.</summary>
public enum InvalidReason
{
    /// <summary>A uint64 overflow or underflow, which the specification calls invalid wherever it happens.</summary>
    ArithmeticOverflow,

    /// <summary><c>process_slots</c>: the target is not ahead of the state.</summary>
    SlotNotAhead,

    /// <summary>A lookup outside the range the state remembers.</summary>
    SlotOutOfRange,

    /// <summary>A sample was asked of an empty set of active validators.</summary>
    NoActiveValidators,

    /// <summary>A validator index beyond the registry.</summary>
    UnknownValidator,

    /// <summary>A list of the state is full.</summary>
    ListFull,

    BlockSlotMismatch,
    BlockNotNewerThanParent,
    BlockWrongProposer,
    BlockParentMismatch,
    BlockProposerSlashed,
    BlockSignature,
    BlockStateRootMismatch,
    BlockTooManyOperations,
    RandaoReveal,

    DepositCountMismatch,
    DepositProof,

    ProposerSlashingSlotsDiffer,
    ProposerSlashingProposersDiffer,
    ProposerSlashingSameHeader,
    ProposerSlashingNotSlashable,
    ProposerSlashingSignature,

    AttesterSlashingNotSlashableData,
    AttesterSlashingNobodySlashed,

    /// <summary>An indexed attestation without indices, or with indices that are not strictly ascending.</summary>
    IndexedAttestationIndices,
    IndexedAttestationSignature,

    AttestationTargetEpoch,
    AttestationTargetSlotMismatch,
    AttestationTooEarly,
    AttestationTooLate,
    AttestationCommitteeIndex,
    AttestationBitsLength,
    AttestationSource,

    ExitNotActive,
    ExitAlreadyInitiated,
    ExitTooEarly,
    ExitTooYoung,
    ExitSignature,

    /// <summary>A batch of signatures failed and no single one of them was found to be the cause.</summary>
    SignatureBatch,
}
