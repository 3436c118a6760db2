namespace Beacon.Storage;

/// <summary>What a key belongs to. The number is the first byte of every key on disk, so it never changes its meaning.</summary>
/// <remarks>A retired column keeps its number as a comment here; a golden test pins the numbers.</remarks>
public enum Column : byte
{
    /// <summary>Name (ASCII) → value: format version, genesis, head, finalized checkpoint.</summary>
    Metadata = 1,

    /// <summary>Block root → SignedBeaconBlock (SSZ).</summary>
    Block = 2,

    /// <summary>Block root → the BeaconState after that block (SSZ).</summary>
    State = 3,

    /// <summary>Slot (big-endian) → root of the finalized block of that slot; slots without a block have no entry.</summary>
    CanonicalBlock = 4,

    /// <summary>Block root → what fork choice remembers of the block.</summary>
    ForkChoiceNode = 5,

    /// <summary>Validator index (big-endian) → its latest message (target epoch, block root).</summary>
    Vote = 6,

    /// <summary>State root → root of the block whose post-state it is.</summary>
    StateRoot = 7,

    /// <summary>Validator index (big-endian) → nothing: it equivocated and has no weight in fork choice.</summary>
    Equivocation = 8,

    /// <summary>Name of a key group (UTF-8) → its range of validators and how their duties ended.</summary>
    DutyCounts = 9,
}
