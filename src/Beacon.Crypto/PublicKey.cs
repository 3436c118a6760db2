using System.Diagnostics.CodeAnalysis;
using Beacon.Crypto.Native;

namespace Beacon.Crypto;

/// <summary>A BLS public key, decompressed and known to lie in the right subgroup of G1.</summary>
/// <remarks>
/// Immutable and thread-safe. A key read from bytes is never the point at infinity (<c>KeyValidate</c>); an aggregate of keys may be,
/// and then verifies nothing. Decompression and the subgroup check cost about 100 µs: keep the object, see <see cref="PublicKeyCache"/>.
/// </remarks>
public sealed class PublicKey : IEquatable<PublicKey>
{
    /// <summary>Length of the compressed form, in bytes.</summary>
    public const int Length = 48;

    private readonly P1Affine _point;

    internal PublicKey(in P1Affine point) => _point = point;

    internal ref readonly P1Affine Point => ref _point;

    /// <summary>True for the point at infinity, which only an aggregate can be.</summary>
    public bool IsInfinity => Blst.blst_p1_affine_is_inf(in _point);

    /// <summary>Reads a compressed key.</summary>
    /// <param name="bytes">48 bytes.</param>
    /// <exception cref="ArgumentException">Wrong length, not a point of the curve, outside the subgroup, or infinity.</exception>
    public static PublicKey FromBytes(ReadOnlySpan<byte> bytes) =>
        TryFromBytes(bytes, out PublicKey? key)
            ? key
            : throw new ArgumentException("These bytes are not a valid BLS public key (48 bytes, a non-zero point of the G1 subgroup).", nameof(bytes));

    /// <summary>Reads a compressed key; false for everything that <c>KeyValidate</c> refuses.</summary>
    /// <param name="bytes">48 bytes.</param>
    /// <param name="key">The key, or null.</param>
    public static bool TryFromBytes(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out PublicKey? key)
    {
        key = null;
        if (bytes.Length != Length
            || Blst.blst_p1_uncompress(out P1Affine point, bytes) != BlstError.Success
            || Blst.blst_p1_affine_is_inf(in point)
            || !Blst.blst_p1_affine_in_g1(in point))
        {
            return false;
        }

        key = new PublicKey(in point);
        return true;
    }

    /// <summary>Whether the bytes encode any point of the G1 subgroup, infinity included (the rule of plain deserialization).</summary>
    /// <param name="bytes">48 bytes.</param>
    public static bool IsWellFormed(ReadOnlySpan<byte> bytes) =>
        bytes.Length == Length
        && Blst.blst_p1_uncompress(out P1Affine point, bytes) == BlstError.Success
        && Blst.blst_p1_affine_in_g1(in point);

    /// <summary>Sum of keys. At least one is needed.</summary>
    /// <exception cref="ArgumentException">No keys.</exception>
    public static PublicKey Aggregate(ReadOnlySpan<PublicKey> keys)
    {
        if (keys.IsEmpty)
        {
            throw new ArgumentException("At least one public key is needed for an aggregate.", nameof(keys));
        }

        if (keys.Length == 1)
        {
            return keys[0];
        }

        Blst.blst_p1_from_affine(out P1 sum, in keys[0].Point);
        foreach (PublicKey key in keys[1..])
        {
            Blst.blst_p1_add_or_double_affine(ref sum, ref sum, in key.Point);
        }

        Blst.blst_p1_to_affine(out P1Affine point, in sum);
        return new PublicKey(in point);
    }

    /// <summary>Writes the compressed form.</summary>
    /// <param name="destination">At least 48 bytes.</param>
    public void CopyTo(Span<byte> destination)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(destination.Length, Length, nameof(destination));
        Blst.blst_p1_affine_compress(destination, in _point);
    }

    /// <summary>The compressed form, 48 bytes.</summary>
    public byte[] ToBytes()
    {
        byte[] bytes = new byte[Length];
        CopyTo(bytes);
        return bytes;
    }

    /// <inheritdoc/>
    public bool Equals(PublicKey? other) =>
        other is not null && ((ReadOnlySpan<ulong>)_point).SequenceEqual((ReadOnlySpan<ulong>)other._point);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as PublicKey);

    /// <inheritdoc/>
    public override int GetHashCode() => _point[0].GetHashCode();

    /// <summary>0x and 96 hexadecimal digits.</summary>
    public override string ToString() => "0x" + Convert.ToHexStringLower(ToBytes());
}
