using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Text;
using Beacon.Types;

namespace Beacon.Storage;

/// <summary>How the duties of a range of validators ended, over all epochs that were counted.</summary>
/// <param name="Group">Name of the range.</param>
/// <param name="First">First validator.</param>
/// <param name="Last">Last validator, inclusive.</param>
/// <param name="Next">The first epoch that is not counted yet.</param>
/// <param name="Counts">Counts in the order of the writer's results; new ones are appended, so a shorter list lacks the last.</param>
public sealed record StoredDutyCounts(string Group, ulong First, ulong Last, Epoch Next, ImmutableArray<ulong> Counts)
{
    private const int HeaderSize = 3 * sizeof(ulong);

    internal byte[] Encode()
    {
        var bytes = new byte[HeaderSize + (Counts.Length * sizeof(ulong))];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, First);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(8), Last);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(16), Next.Value);
        for (int i = 0; i < Counts.Length; i++)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(HeaderSize + (i * sizeof(ulong))), Counts[i]);
        }

        return bytes;
    }

    internal static StoredDutyCounts Decode(byte[] key, byte[] bytes)
    {
        if (bytes.Length < HeaderSize || bytes.Length % sizeof(ulong) != 0)
        {
            throw new DatabaseDamagedException($"The database holds duty counts of {bytes.Length} bytes; remove the chain directory to start the chain anew.");
        }

        ImmutableArray<ulong>.Builder counts = ImmutableArray.CreateBuilder<ulong>((bytes.Length - HeaderSize) / sizeof(ulong));
        for (int at = HeaderSize; at < bytes.Length; at += sizeof(ulong))
        {
            counts.Add(BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(at)));
        }

        return new StoredDutyCounts(
            Encoding.UTF8.GetString(key),
            BinaryPrimitives.ReadUInt64LittleEndian(bytes),
            BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(8)),
            new Epoch(BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(16))),
            counts.MoveToImmutable());
    }
}
