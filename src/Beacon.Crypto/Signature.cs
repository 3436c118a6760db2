using System.Diagnostics.CodeAnalysis;
using Beacon.Crypto.Native;

namespace Beacon.Crypto;

/// <summary>A BLS signature, decompressed and known to lie in the right subgroup of G2 (infinity included).</summary>
/// <remarks>Immutable and thread-safe. Reading one costs about 200 µs.</remarks>
public sealed class Signature : IEquatable<Signature>
{
    /// <summary>Length of the compressed form, in bytes.</summary>
    public const int Length = 96;

    private readonly P2Affine _point;

    internal Signature(in P2Affine point) => _point = point;

    internal ref readonly P2Affine Point => ref _point;

    /// <summary>True for the point at infinity, which no single key produces.</summary>
    public bool IsInfinity => Blst.blst_p2_affine_is_inf(in _point);

    /// <summary>Reads a compressed signature.</summary>
    /// <param name="bytes">96 bytes.</param>
    /// <exception cref="ArgumentException">Wrong length, not a point of the curve, or outside the subgroup.</exception>
    public static Signature FromBytes(ReadOnlySpan<byte> bytes) =>
        TryFromBytes(bytes, out Signature? signature)
            ? signature
            : throw new ArgumentException("These bytes are not a valid BLS signature (96 bytes, a point of the G2 subgroup).", nameof(bytes));

    /// <summary>Reads a compressed signature.</summary>
    /// <param name="bytes">96 bytes.</param>
    /// <param name="signature">The signature, or null.</param>
    public static bool TryFromBytes(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out Signature? signature)
    {
        signature = null;
        if (bytes.Length != Length
            || Blst.blst_p2_uncompress(out P2Affine point, bytes) != BlstError.Success
            || !Blst.blst_p2_affine_in_g2(in point))
        {
            return false;
        }

        signature = new Signature(in point);
        return true;
    }

    /// <summary>Sum of signatures. At least one is needed.</summary>
    /// <exception cref="ArgumentException">No signatures.</exception>
    public static Signature Aggregate(ReadOnlySpan<Signature> signatures)
    {
        if (signatures.IsEmpty)
        {
            throw new ArgumentException("At least one signature is needed for an aggregate.", nameof(signatures));
        }

        Blst.blst_p2_from_affine(out P2 sum, in signatures[0].Point);
        foreach (Signature signature in signatures[1..])
        {
            Blst.blst_p2_add_or_double_affine(ref sum, ref sum, in signature.Point);
        }

        Blst.blst_p2_to_affine(out P2Affine point, in sum);
        return new Signature(in point);
    }

    /// <summary>Writes the compressed form.</summary>
    /// <param name="destination">At least 96 bytes.</param>
    public void CopyTo(Span<byte> destination)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(destination.Length, Length, nameof(destination));
        Blst.blst_p2_affine_compress(destination, in _point);
    }

    /// <summary>The compressed form, 96 bytes.</summary>
    public byte[] ToBytes()
    {
        byte[] bytes = new byte[Length];
        CopyTo(bytes);
        return bytes;
    }

    /// <inheritdoc/>
    public bool Equals(Signature? other) =>
        other is not null && ((ReadOnlySpan<ulong>)_point).SequenceEqual((ReadOnlySpan<ulong>)other._point);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Signature);

    /// <inheritdoc/>
    public override int GetHashCode() => _point[0].GetHashCode();

    /// <summary>0x and 192 hexadecimal digits.</summary>
    public override string ToString() => "0x" + Convert.ToHexStringLower(ToBytes());
}
