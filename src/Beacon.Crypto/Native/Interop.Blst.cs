using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Beacon.Crypto.Native;

/// <summary>An affine point of G1: two 384-bit coordinates in Montgomery form. All zero is the point at infinity.</summary>
[InlineArray(12)]
internal struct P1Affine
{
    private ulong _limb;
}

/// <summary>A Jacobian point of G1.</summary>
[InlineArray(18)]
internal struct P1
{
    private ulong _limb;
}

/// <summary>An affine point of G2. All zero is the point at infinity.</summary>
[InlineArray(24)]
internal struct P2Affine
{
    private ulong _limb;
}

/// <summary>A Jacobian point of G2.</summary>
[InlineArray(36)]
internal struct P2
{
    private ulong _limb;
}

/// <summary>An element of the target field of the pairing.</summary>
[InlineArray(72)]
internal struct Fp12
{
    private ulong _limb;
}

/// <summary>A scalar, 32 bytes little-endian.</summary>
[InlineArray(32)]
internal struct Scalar
{
    private byte _byte;
}

/// <summary>Result codes of blst (<c>BLST_ERROR</c>).</summary>
internal enum BlstError
{
    Success = 0,
    BadEncoding = 1,
    PointNotOnCurve = 2,
    PointNotInGroup = 3,
    AggregateTypeMismatch = 4,
    VerifyFail = 5,
    PublicKeyIsInfinity = 6,
    BadScalar = 7,
}

/// <summary>The functions of blst used here, names as in <c>blst.h</c>. Sizes of the structs are fixed by its ABI and checked by a test.</summary>
internal static partial class Blst
{
    static Blst() => NativeLibraries.Register();

    [LibraryImport(NativeLibraries.Blst)]
    internal static partial void blst_keygen(out Scalar secretKey, ReadOnlySpan<byte> ikm, nuint ikmLength, ReadOnlySpan<byte> info, nuint infoLength);

    [LibraryImport(NativeLibraries.Blst)]
    internal static partial void blst_scalar_from_bendian(out Scalar result, ReadOnlySpan<byte> bytes32);

    [LibraryImport(NativeLibraries.Blst)]
    internal static partial void blst_bendian_from_scalar(Span<byte> bytes32, in Scalar scalar);

    [LibraryImport(NativeLibraries.Blst)]
    [return: MarshalAs(UnmanagedType.U1)]
    internal static partial bool blst_sk_check(in Scalar secretKey);

    [LibraryImport(NativeLibraries.Blst)]
    internal static partial void blst_derive_master_eip2333(out Scalar secretKey, ReadOnlySpan<byte> seed, nuint seedLength);

    [LibraryImport(NativeLibraries.Blst)]
    internal static partial void blst_derive_child_eip2333(out Scalar secretKey, in Scalar parent, uint index);

    [LibraryImport(NativeLibraries.Blst)]
    internal static partial void blst_sk_to_pk_in_g1(out P1 publicKey, in Scalar secretKey);

    [LibraryImport(NativeLibraries.Blst)]
    internal static partial void blst_sign_pk_in_g1(out P2 signature, in P2 hash, in Scalar secretKey);

    [LibraryImport(NativeLibraries.Blst)]
    internal static partial void blst_hash_to_g2(
        out P2 result, ReadOnlySpan<byte> message, nuint messageLength, ReadOnlySpan<byte> dst, nuint dstLength, nint aug, nuint augLength);

    [LibraryImport(NativeLibraries.Blst)]
    internal static partial BlstError blst_p1_uncompress(out P1Affine result, ReadOnlySpan<byte> bytes48);

    [LibraryImport(NativeLibraries.Blst)]
    internal static partial void blst_p1_affine_compress(Span<byte> bytes48, in P1Affine point);

    [LibraryImport(NativeLibraries.Blst)]
    [return: MarshalAs(UnmanagedType.U1)]
    internal static partial bool blst_p1_affine_in_g1(in P1Affine point);

    [LibraryImport(NativeLibraries.Blst)]
    [return: MarshalAs(UnmanagedType.U1)]
    internal static partial bool blst_p1_affine_is_inf(in P1Affine point);

    [LibraryImport(NativeLibraries.Blst)]
    internal static partial void blst_p1_from_affine(out P1 result, in P1Affine point);

    [LibraryImport(NativeLibraries.Blst)]
    internal static partial void blst_p1_to_affine(out P1Affine result, in P1 point);

    [LibraryImport(NativeLibraries.Blst)]
    internal static partial void blst_p1_add_or_double(ref P1 result, ref P1 a, in P1 b);

    [LibraryImport(NativeLibraries.Blst)]
    internal static partial void blst_p1_add_or_double_affine(ref P1 result, ref P1 a, in P1Affine b);

    [LibraryImport(NativeLibraries.Blst)]
    internal static partial void blst_p1_mult(out P1 result, in P1 point, ReadOnlySpan<byte> scalar, nuint bits);

    [LibraryImport(NativeLibraries.Blst)]
    internal static partial BlstError blst_p2_uncompress(out P2Affine result, ReadOnlySpan<byte> bytes96);

    [LibraryImport(NativeLibraries.Blst)]
    internal static partial void blst_p2_affine_compress(Span<byte> bytes96, in P2Affine point);

    [LibraryImport(NativeLibraries.Blst)]
    internal static partial void blst_p2_affine_serialize(Span<byte> bytes192, in P2Affine point);

    [LibraryImport(NativeLibraries.Blst)]
    [return: MarshalAs(UnmanagedType.U1)]
    internal static partial bool blst_p2_affine_in_g2(in P2Affine point);

    [LibraryImport(NativeLibraries.Blst)]
    [return: MarshalAs(UnmanagedType.U1)]
    internal static partial bool blst_p2_affine_is_inf(in P2Affine point);

    [LibraryImport(NativeLibraries.Blst)]
    internal static partial void blst_p2_from_affine(out P2 result, in P2Affine point);

    [LibraryImport(NativeLibraries.Blst)]
    internal static partial void blst_p2_to_affine(out P2Affine result, in P2 point);

    [LibraryImport(NativeLibraries.Blst)]
    internal static partial void blst_p2_add_or_double(ref P2 result, ref P2 a, in P2 b);

    [LibraryImport(NativeLibraries.Blst)]
    internal static partial void blst_p2_add_or_double_affine(ref P2 result, ref P2 a, in P2Affine b);

    [LibraryImport(NativeLibraries.Blst)]
    internal static partial void blst_p2_mult(out P2 result, in P2 point, ReadOnlySpan<byte> scalar, nuint bits);

    [LibraryImport(NativeLibraries.Blst)]
    internal static partial nuint blst_pairing_sizeof();

    [LibraryImport(NativeLibraries.Blst)]
    internal static partial void blst_pairing_init(SafePairingHandle context, [MarshalAs(UnmanagedType.U1)] bool hashNotEncode, nint dst, nuint dstLength);

    [LibraryImport(NativeLibraries.Blst)]
    internal static partial BlstError blst_pairing_aggregate_pk_in_g1(
        SafePairingHandle context, in P1Affine publicKey, nint signature, ReadOnlySpan<byte> message, nuint messageLength, nint aug, nuint augLength);

    [LibraryImport(NativeLibraries.Blst)]
    internal static partial void blst_pairing_commit(SafePairingHandle context);

    [LibraryImport(NativeLibraries.Blst)]
    [return: MarshalAs(UnmanagedType.U1)]
    internal static partial bool blst_pairing_finalverify(SafePairingHandle context, in Fp12 signature);

    [LibraryImport(NativeLibraries.Blst)]
    internal static partial void blst_aggregated_in_g2(out Fp12 result, in P2Affine signature);

    [LibraryImport(NativeLibraries.Blst)]
    internal static partial BlstError blst_core_verify_pk_in_g1(
        in P1Affine publicKey, in P2Affine signature, [MarshalAs(UnmanagedType.U1)] bool hashNotEncode, ReadOnlySpan<byte> message, nuint messageLength,
        ReadOnlySpan<byte> dst, nuint dstLength, nint aug, nuint augLength);
}
