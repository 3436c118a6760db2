using System.Buffers.Binary;
using Beacon.Ssz;
using Beacon.Types;

namespace Beacon.Storage;

/// <summary>Which chain a database belongs to.</summary>
/// <param name="BlockRoot">Root of the genesis block.</param>
/// <param name="ValidatorsRoot">Root of the validators at genesis.</param>
public sealed record StoredGenesis(Root BlockRoot, Root ValidatorsRoot);

/// <summary>Where a database begins that was not filled from genesis on.</summary>
/// <param name="FirstBlock">Slot of the oldest block besides genesis.</param>
/// <param name="FirstRoot">Slot from which the canonical index is complete; between the two it has roots without blocks.</param>
public sealed record StoredHistory(Slot FirstBlock, Slot FirstRoot);

/// <summary>What fork choice remembers of a block that is not yet finalized (or is the finalized one).</summary>
public sealed record StoredNode(
    Root Root,
    Root ParentRoot,
    Slot Slot,
    Root StateRoot,
    Checkpoint Justified,
    Checkpoint Finalized,
    Checkpoint UnrealizedJustified,
    Checkpoint UnrealizedFinalized)
{
    private const int CheckpointSize = 40;
    private const int Size = 32 + 8 + 32 + (4 * CheckpointSize);

    internal byte[] Encode()
    {
        var bytes = new byte[Size];
        ParentRoot.CopyTo(bytes);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(32), Slot.Value);
        StateRoot.CopyTo(bytes.AsSpan(40));
        WriteCheckpoint(bytes.AsSpan(72), Justified);
        WriteCheckpoint(bytes.AsSpan(72 + CheckpointSize), Finalized);
        WriteCheckpoint(bytes.AsSpan(72 + (2 * CheckpointSize)), UnrealizedJustified);
        WriteCheckpoint(bytes.AsSpan(72 + (3 * CheckpointSize)), UnrealizedFinalized);
        return bytes;
    }

    internal static StoredNode Decode(Root root, ReadOnlySpan<byte> bytes)
    {
        Stored.CheckSize(bytes, Size, "fork choice node");
        return new StoredNode(
            root,
            new Root(bytes[..32]),
            new Slot(BinaryPrimitives.ReadUInt64LittleEndian(bytes[32..])),
            new Root(bytes[40..72]),
            ReadCheckpoint(bytes[72..]),
            ReadCheckpoint(bytes[(72 + CheckpointSize)..]),
            ReadCheckpoint(bytes[(72 + (2 * CheckpointSize))..]),
            ReadCheckpoint(bytes[(72 + (3 * CheckpointSize))..]));
    }

    internal static void WriteCheckpoint(Span<byte> bytes, Checkpoint checkpoint)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, checkpoint.Epoch.Value);
        checkpoint.Root.CopyTo(bytes[8..]);
    }

    internal static Checkpoint ReadCheckpoint(ReadOnlySpan<byte> bytes) =>
        new() { Epoch = new Epoch(BinaryPrimitives.ReadUInt64LittleEndian(bytes)), Root = new Root(bytes.Slice(8, 32)) };
}

/// <summary>A validator's latest message as stored.</summary>
public readonly record struct StoredVote(ulong Validator, Epoch Epoch, Root Root);

/// <summary>Checks and keys that the records share.</summary>
internal static class Stored
{
    public static void CheckSize(ReadOnlySpan<byte> bytes, int size, string what)
    {
        if (bytes.Length != size)
        {
            throw new DatabaseDamagedException($"The database holds a {what} of {bytes.Length} bytes instead of {size}; remove the chain directory to start the chain anew.");
        }
    }

    public static byte[] Key(ulong number)
    {
        var key = new byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(key, number);
        return key;
    }
}
