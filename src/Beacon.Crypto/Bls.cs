using Beacon.Crypto.Native;

namespace Beacon.Crypto;

/// <summary>BLS signatures of the beacon chain (IETF draft v4, proof-of-possession ciphersuite, public keys in G1).</summary>
/// <remarks>
/// Thread-safe. Names follow the draft. The overloads that take bytes return false for malformed input, as the consensus specification
/// wants; those that take objects have nothing left to refuse but the point at infinity as a public key.
/// </remarks>
public static class Bls
{
    /// <summary>Loads the native library now instead of at the first call.</summary>
    /// <exception cref="DllNotFoundException">It is missing; the message says what to do.</exception>
    public static void EnsureAvailable() => NativeLibraries.EnsureLoaded(NativeLibraries.Blst);

    /// <summary><c>Verify</c>.</summary>
    public static bool Verify(PublicKey publicKey, ReadOnlySpan<byte> message, Signature signature) =>
        Blst.blst_core_verify_pk_in_g1(
            in publicKey.Point, in signature.Point, hashNotEncode: true, message, (nuint)message.Length,
            Ciphersuite.Tag, (nuint)Ciphersuite.Tag.Length, 0, 0) == BlstError.Success;

    /// <summary><c>Verify</c> on bytes.</summary>
    /// <param name="publicKey">48 bytes.</param>
    /// <param name="message">What was signed.</param>
    /// <param name="signature">96 bytes.</param>
    public static bool Verify(ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature) =>
        PublicKey.TryFromBytes(publicKey, out PublicKey? key)
        && Signature.TryFromBytes(signature, out Signature? parsed)
        && Verify(key, message, parsed);

    /// <summary><c>FastAggregateVerify</c>: all keys signed the same message. False without keys.</summary>
    public static bool FastAggregateVerify(ReadOnlySpan<PublicKey> publicKeys, ReadOnlySpan<byte> message, Signature signature) =>
        !publicKeys.IsEmpty && Verify(PublicKey.Aggregate(publicKeys), message, signature);

    /// <summary><c>FastAggregateVerify</c> on bytes.</summary>
    public static bool FastAggregateVerify(IReadOnlyList<ReadOnlyMemory<byte>> publicKeys, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature) =>
        TryReadKeys(publicKeys, out PublicKey[] keys)
        && Signature.TryFromBytes(signature, out Signature? parsed)
        && FastAggregateVerify(keys, message, parsed);

    /// <summary><c>AggregateVerify</c>: key i signed message i. False without keys or when the counts differ.</summary>
    public static bool AggregateVerify(ReadOnlySpan<PublicKey> publicKeys, IReadOnlyList<ReadOnlyMemory<byte>> messages, Signature signature)
    {
        if (publicKeys.IsEmpty || publicKeys.Length != messages.Count)
        {
            return false;
        }

        using SafePairingHandle pairing = SafePairingHandle.Create();
        for (int i = 0; i < publicKeys.Length; i++)
        {
            ReadOnlySpan<byte> message = messages[i].Span;
            if (Blst.blst_pairing_aggregate_pk_in_g1(pairing, in publicKeys[i].Point, 0, message, (nuint)message.Length, 0, 0) != BlstError.Success)
            {
                return false;
            }
        }

        Blst.blst_pairing_commit(pairing);
        Blst.blst_aggregated_in_g2(out Fp12 target, in signature.Point);
        return Blst.blst_pairing_finalverify(pairing, in target);
    }

    /// <summary><c>AggregateVerify</c> on bytes.</summary>
    public static bool AggregateVerify(
        IReadOnlyList<ReadOnlyMemory<byte>> publicKeys, IReadOnlyList<ReadOnlyMemory<byte>> messages, ReadOnlySpan<byte> signature) =>
        TryReadKeys(publicKeys, out PublicKey[] keys)
        && Signature.TryFromBytes(signature, out Signature? parsed)
        && AggregateVerify(keys, messages, parsed);

    /// <summary><c>Aggregate</c> on bytes: the sum of signatures, or null when there is none or one of them is malformed.</summary>
    /// <param name="signatures">96 bytes each.</param>
    public static byte[]? Aggregate(IReadOnlyList<ReadOnlyMemory<byte>> signatures)
    {
        if (signatures.Count == 0)
        {
            return null;
        }

        var parsed = new Signature[signatures.Count];
        for (int i = 0; i < parsed.Length; i++)
        {
            if (!Signature.TryFromBytes(signatures[i].Span, out Signature? signature))
            {
                return null;
            }

            parsed[i] = signature;
        }

        return Signature.Aggregate(parsed).ToBytes();
    }

    /// <summary>Sum of public keys on bytes (<c>eth_aggregate_pubkeys</c>), or null when there is none or one of them is invalid.</summary>
    /// <param name="publicKeys">48 bytes each.</param>
    public static byte[]? AggregatePublicKeys(IReadOnlyList<ReadOnlyMemory<byte>> publicKeys) =>
        publicKeys.Count > 0 && TryReadKeys(publicKeys, out PublicKey[] keys) ? PublicKey.Aggregate(keys).ToBytes() : null;

    /// <summary>Checks all sets at once; true when every one is valid. An empty batch is valid.</summary>
    /// <remarks>See <see cref="BatchVerification"/> for how, and for finding the invalid ones.</remarks>
    public static bool VerifyBatch(ReadOnlySpan<SignatureSet> sets) => BatchVerification.VerifyAll(sets);

    /// <summary>Checks sets in batches and tells which are invalid.</summary>
    /// <returns>Indices of invalid sets in ascending order; empty when all are valid.</returns>
    public static int[] FindInvalid(ReadOnlySpan<SignatureSet> sets) => BatchVerification.FindInvalid(sets);

    /// <summary>Hashes a message to G2 with a domain separation tag of the caller's (RFC 9380), uncompressed.</summary>
    /// <param name="message">The message.</param>
    /// <param name="domainSeparationTag">At most 255 bytes.</param>
    /// <returns>192 bytes: x then y, each as its imaginary then its real part, 48 bytes big-endian.</returns>
    public static byte[] HashToG2(ReadOnlySpan<byte> message, ReadOnlySpan<byte> domainSeparationTag)
    {
        Blst.blst_hash_to_g2(out P2 hash, message, (nuint)message.Length, domainSeparationTag, (nuint)domainSeparationTag.Length, 0, 0);
        Blst.blst_p2_to_affine(out P2Affine affine, in hash);
        byte[] bytes = new byte[192];
        Blst.blst_p2_affine_serialize(bytes, in affine);
        return bytes;
    }

    private static bool TryReadKeys(IReadOnlyList<ReadOnlyMemory<byte>> bytes, out PublicKey[] keys)
    {
        keys = new PublicKey[bytes.Count];
        for (int i = 0; i < keys.Length; i++)
        {
            if (!PublicKey.TryFromBytes(bytes[i].Span, out PublicKey? key))
            {
                return false;
            }

            keys[i] = key;
        }

        return true;
    }
}
