using System.Buffers;

namespace Beacon.Ssz;

/// <summary>A pooled buffer of an exact length for the duration of one method.</summary>
internal readonly ref struct RentedBytes(int length)
{
    private readonly byte[] _array = ArrayPool<byte>.Shared.Rent(length);

    /// <summary>The buffer. Its content is undefined at first.</summary>
    public Span<byte> Span => _array.AsSpan(0, length);

    /// <summary>Gives the buffer back.</summary>
    public void Dispose() => ArrayPool<byte>.Shared.Return(_array);
}
