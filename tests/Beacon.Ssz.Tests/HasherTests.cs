using System.Security.Cryptography;

namespace Beacon.Ssz.Tests;

public sealed class HasherTests
{
    public static TheoryData<int> BlockCounts => [.. Enumerable.Range(0, 41), 64, 100, 257];

    [Theory]
    [MemberData(nameof(BlockCounts))]
    public void Many_blocks_hash_like_one_after_another(int count)
    {
        byte[] blocks = RandomBytes(count * Hasher.BlockSize, count);
        byte[] digests = new byte[count * Root.Size];
        Hasher.HashBlocks(blocks, digests);
        Assert.Equal(Expected(blocks), digests);
    }

    [Theory]
    [MemberData(nameof(BlockCounts))]
    public void Digests_may_overwrite_the_blocks(int count)
    {
        byte[] blocks = RandomBytes(count * Hasher.BlockSize, count);
        byte[] expected = Expected(blocks);
        Hasher.HashBlocks(blocks, blocks);
        Assert.Equal(expected, blocks[..expected.Length]);
    }

    [Fact]
    public void Eight_lanes_agree_with_the_platform()
    {
        Assert.SkipUnless(Sha256Lanes256.IsSupported, "not here: the processor has no AVX2");
        byte[] blocks = RandomBytes(Sha256Lanes256.Lanes * Hasher.BlockSize, 1);
        byte[] digests = new byte[Sha256Lanes256.Lanes * Root.Size];
        Sha256Lanes256.Hash(ref blocks[0], ref digests[0]);
        Assert.Equal(Expected(blocks), digests);
    }

    [Fact]
    public void Sixteen_lanes_agree_with_the_platform()
    {
        Assert.SkipUnless(Sha256Lanes256.IsSupported, "not here: the processor has no AVX2");
        byte[] blocks = RandomBytes(Sha256Lanes512.Lanes * Hasher.BlockSize, 2);
        byte[] digests = new byte[Sha256Lanes512.Lanes * Root.Size];
        Sha256Lanes512.Hash(ref blocks[0], ref digests[0]);
        Assert.Equal(Expected(blocks), digests);
    }

    [Fact]
    public void A_message_of_any_length_has_its_SHA_256()
    {
        for (int length = 0; length < 300; length++)
        {
            byte[] message = RandomBytes(length, length);
            Assert.Equal(SHA256.HashData(message), Hasher.Hash(message).ToArray());
        }
    }

    [Fact]
    public void Two_roots_are_combined_left_before_right()
    {
        Root left = new(RandomBytes(32, 3));
        Root right = new(RandomBytes(32, 4));
        Assert.Equal(SHA256.HashData([.. left.ToArray(), .. right.ToArray()]), Hasher.Combine(left, right).ToArray());
    }

    [Fact]
    public void Too_little_room_for_digests_is_an_error() =>
        Assert.Throws<ArgumentException>(() => Hasher.HashBlocks(new byte[128], new byte[63]));

    private static byte[] Expected(byte[] blocks) =>
        [.. blocks.Chunk(Hasher.BlockSize).SelectMany(SHA256.HashData)];

    private static byte[] RandomBytes(int length, int seed)
    {
        byte[] bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }
}
