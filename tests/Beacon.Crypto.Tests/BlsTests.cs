using System.Runtime.CompilerServices;
using Beacon.Crypto.Native;

namespace Beacon.Crypto.Tests;

public sealed class BlsTests
{
    private static readonly SecretKey[] Keys = [.. Enumerable.Range(1, 8).Select(i => SecretKey.Generate(Enumerable.Repeat((byte)i, 32).ToArray()))];

    [Fact]
    public void Native_structs_have_the_sizes_of_the_blst_abi()
    {
        Assert.Equal(12 * 8, Unsafe.SizeOf<P1Affine>());
        Assert.Equal(18 * 8, Unsafe.SizeOf<P1>());
        Assert.Equal(24 * 8, Unsafe.SizeOf<P2Affine>());
        Assert.Equal(36 * 8, Unsafe.SizeOf<P2>());
        Assert.Equal(72 * 8, Unsafe.SizeOf<Fp12>());
        Assert.Equal(32, Unsafe.SizeOf<Scalar>());
        Assert.True(Blst.blst_pairing_sizeof() > 1000);
    }

    [Fact]
    public void A_signature_verifies_with_its_key_and_message_only()
    {
        byte[] message = Message(1);
        Signature signature = Keys[0].Sign(message);
        Assert.True(Bls.Verify(Keys[0].ToPublicKey(), message, signature));
        Assert.False(Bls.Verify(Keys[1].ToPublicKey(), message, signature));
        Assert.False(Bls.Verify(Keys[0].ToPublicKey(), Message(2), signature));
        Assert.True(Bls.Verify(Keys[0].ToPublicKey().ToBytes(), message, signature.ToBytes()));
    }

    [Fact]
    public void Malformed_bytes_verify_as_false()
    {
        byte[] message = Message(1);
        byte[] key = Keys[0].ToPublicKey().ToBytes();
        byte[] signature = Keys[0].Sign(message).ToBytes();
        Assert.False(Bls.Verify(key.AsSpan(1), message, signature));
        Assert.False(Bls.Verify(key, message, signature.AsSpan(1)));
        Assert.False(Bls.Verify(new byte[48], message, signature));
        Assert.False(Bls.Verify(key, message, new byte[96]));
        key[0] ^= 0x80;
        Assert.False(Bls.Verify(key, message, signature));
    }

    [Fact]
    public void Infinity_is_a_signature_but_no_public_key()
    {
        byte[] key = new byte[48];
        byte[] signature = new byte[96];
        key[0] = signature[0] = 0xc0;
        Assert.False(PublicKey.TryFromBytes(key, out _));
        Assert.True(PublicKey.IsWellFormed(key));
        Assert.True(Signature.TryFromBytes(signature, out Signature? parsed));
        Assert.True(parsed.IsInfinity);
        Assert.False(Bls.Verify(Keys[0].ToPublicKey(), Message(1), parsed));
    }

    [Fact]
    public void Aggregates_verify_over_one_and_over_several_messages()
    {
        PublicKey[] publicKeys = [.. Keys.Select(k => k.ToPublicKey())];
        byte[] common = Message(9);
        var same = Signature.Aggregate([.. Keys.Select(k => k.Sign(common))]);
        Assert.True(Bls.FastAggregateVerify(publicKeys, common, same));
        Assert.False(Bls.FastAggregateVerify(publicKeys.AsSpan(1), common, same));
        Assert.False(Bls.FastAggregateVerify(ReadOnlySpan<PublicKey>.Empty, common, same));

        ReadOnlyMemory<byte>[] messages = [.. Keys.Select((_, i) => (ReadOnlyMemory<byte>)Message(i))];
        var distinct = Signature.Aggregate([.. Keys.Select((k, i) => k.Sign(messages[i].Span))]);
        Assert.True(Bls.AggregateVerify(publicKeys, messages, distinct));
        messages[3] = Message(77);
        Assert.False(Bls.AggregateVerify(publicKeys, messages, distinct));
    }

    [Fact]
    public void An_aggregate_that_cancels_out_verifies_nothing()
    {
        PublicKey key = Keys[0].ToPublicKey();
        byte[] negated = key.ToBytes();
        negated[0] ^= 0x20;
        var sum = PublicKey.Aggregate([key, PublicKey.FromBytes(negated)]);
        Assert.True(sum.IsInfinity);
        Signature infinity = Signature.FromBytes([0xc0, .. new byte[95]]);
        Assert.False(Bls.Verify(sum, Message(1), infinity));
        Assert.False(Bls.VerifyBatch([new SignatureSet(sum, Message(1), infinity), Set(1, 1)]));
    }

    [Fact]
    public void A_batch_of_valid_sets_is_valid_and_an_empty_one_too()
    {
        SignatureSet[] sets = [.. Enumerable.Range(0, 32).Select(i => Set(i % Keys.Length, i % 5))];
        Assert.True(Bls.VerifyBatch(sets));
        Assert.Empty(Bls.FindInvalid(sets));
        Assert.True(Bls.VerifyBatch([]));
    }

    [Theory]
    [InlineData(new[] { 0 })]
    [InlineData(new[] { 16 })]
    [InlineData(new[] { 3, 4, 15 })]
    [InlineData(new[] { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 })]
    public void Bisection_names_exactly_the_invalid_sets(int[] broken)
    {
        SignatureSet[] sets = [.. Enumerable.Range(0, 17).Select(i => Set(i % Keys.Length, i % 3))];
        foreach (int index in broken)
        {
            sets[index] = new SignatureSet(sets[index].PublicKey, Message(200), sets[index].Signature);
        }

        Assert.False(Bls.VerifyBatch(sets));
        Assert.Equal(broken, Bls.FindInvalid(sets));
    }

    [Fact]
    public void Swapped_signatures_over_one_message_do_not_cancel_out_in_a_batch()
    {
        // The plain sum over both sets is right; only the random weights tell them apart.
        byte[] message = Message(5);
        SignatureSet[] sets =
        [
            new(Keys[0].ToPublicKey(), message, Keys[1].Sign(message)),
            new(Keys[1].ToPublicKey(), message, Keys[0].Sign(message)),
        ];
        Assert.False(Bls.VerifyBatch(sets));
        Assert.Equal([0, 1], Bls.FindInvalid(sets));
    }

    [Fact]
    public void Secret_keys_out_of_range_are_refused_and_disposed_ones_do_not_sign()
    {
        Assert.False(SecretKey.TryFromBytes(new byte[32], out _));
        Assert.False(SecretKey.TryFromBytes(Enumerable.Repeat((byte)0xff, 32).ToArray(), out _));
        Assert.False(SecretKey.TryFromBytes(new byte[31], out _));
        var key = SecretKey.Generate();
        byte[] bytes = key.ToBytes();
        Assert.Equal(key.ToPublicKey(), SecretKey.FromBytes(bytes).ToPublicKey());
        key.Dispose();
        Assert.Throws<ObjectDisposedException>(() => key.Sign(Message(1)));
    }

    [Fact]
    public void The_key_cache_returns_one_object_per_key_and_stays_within_its_capacity()
    {
        var cache = new PublicKeyCache(capacity: 2);
        byte[] first = Keys[0].ToPublicKey().ToBytes();
        Assert.Same(cache.Get(first), cache.Get(first));
        foreach (SecretKey key in Keys)
        {
            Assert.Equal(key.ToPublicKey(), cache.Get(key.ToPublicKey().ToBytes()));
        }

        Assert.Equal(2, cache.Count);
        Assert.False(cache.TryGet(new byte[48], out _));
        Assert.False(cache.TryGet(new byte[47], out _));
        Assert.Equal(2, cache.Count);
    }

    private static byte[] Message(int n) => Sha256.Hash([(byte)n]);

    private static SignatureSet Set(int key, int message) => new(Keys[key].ToPublicKey(), Message(message), Keys[key].Sign(Message(message)));
}
