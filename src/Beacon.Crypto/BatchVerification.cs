using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Beacon.Crypto.Native;

namespace Beacon.Crypto;

/// <summary>Verification of many signatures by one pairing product.</summary>
/// <remarks>
/// Each set is weighted with a random 64-bit number r, so that invalid signatures cannot cancel out (chance 2⁻⁶⁴ per batch). Sets that
/// share a message (attestations of one committee) share its hash and Miller loop: Σ r·key is paired with it once. When a batch fails it
/// is halved until the culprits are found, with new random numbers each time.
/// </remarks>
internal static class BatchVerification
{
    private const int CoefficientBits = 64;

    public static bool VerifyAll(ReadOnlySpan<SignatureSet> sets)
    {
        if (sets.Length <= 1)
        {
            return sets.IsEmpty || Bls.Verify(sets[0].PublicKey, sets[0].Message.Span, sets[0].Signature);
        }

        // Sum of weighted keys per distinct message, and of all weighted signatures.
        var messages = new Dictionary<ReadOnlyMemory<byte>, P1>(sets.Length, MemoryComparer.Instance);
        P2 signatures = default;
        Span<byte> coefficient = stackalloc byte[CoefficientBits / 8];
        foreach (ref readonly SignatureSet set in sets)
        {
            if (set.PublicKey.IsInfinity)
            {
                return false;
            }

            FillCoefficient(coefficient);
            Blst.blst_p1_from_affine(out P1 key, in set.PublicKey.Point);
            Blst.blst_p1_mult(out P1 weightedKey, in key, coefficient, CoefficientBits);
            ref P1 sum = ref CollectionsMarshal.GetValueRefOrAddDefault(messages, set.Message, out _);
            Blst.blst_p1_add_or_double(ref sum, ref sum, in weightedKey);

            Blst.blst_p2_from_affine(out P2 signature, in set.Signature.Point);
            Blst.blst_p2_mult(out P2 weightedSignature, in signature, coefficient, CoefficientBits);
            Blst.blst_p2_add_or_double(ref signatures, ref signatures, in weightedSignature);
        }

        using SafePairingHandle pairing = SafePairingHandle.Create();
        foreach ((ReadOnlyMemory<byte> message, P1 keys) in messages)
        {
            Blst.blst_p1_to_affine(out P1Affine affine, in keys);
            if (Blst.blst_pairing_aggregate_pk_in_g1(pairing, in affine, 0, message.Span, (nuint)message.Length, 0, 0) != BlstError.Success)
            {
                return false;
            }
        }

        Blst.blst_pairing_commit(pairing);
        Blst.blst_p2_to_affine(out P2Affine aggregate, in signatures);
        Blst.blst_aggregated_in_g2(out Fp12 target, in aggregate);
        return Blst.blst_pairing_finalverify(pairing, in target);
    }

    public static int[] FindInvalid(ReadOnlySpan<SignatureSet> sets)
    {
        var invalid = new List<int>();
        Bisect(sets, 0, invalid);
        return [.. invalid];
    }

    private static void Bisect(ReadOnlySpan<SignatureSet> sets, int offset, List<int> invalid)
    {
        if (VerifyAll(sets))
        {
            return;
        }

        if (sets.Length == 1)
        {
            invalid.Add(offset);
            return;
        }

        int half = sets.Length / 2;
        Bisect(sets[..half], offset, invalid);
        Bisect(sets[half..], offset + half, invalid);
    }

    /// <summary>A random number that is not zero: zero would switch a signature's check off.</summary>
    private static void FillCoefficient(Span<byte> coefficient)
    {
        do
        {
            RandomNumberGenerator.Fill(coefficient);
        }
        while (coefficient.IndexOfAnyExcept((byte)0) < 0);
    }

    /// <summary>Compares messages by content.</summary>
    private sealed class MemoryComparer : IEqualityComparer<ReadOnlyMemory<byte>>
    {
        public static readonly MemoryComparer Instance = new();

        public bool Equals(ReadOnlyMemory<byte> x, ReadOnlyMemory<byte> y) => x.Span.SequenceEqual(y.Span);

        public int GetHashCode(ReadOnlyMemory<byte> obj)
        {
            var hash = new HashCode();
            hash.AddBytes(obj.Span);
            return hash.ToHashCode();
        }
    }
}
