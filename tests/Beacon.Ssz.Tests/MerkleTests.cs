namespace Beacon.Ssz.Tests;

public sealed class MerkleTests
{
    [Fact]
    public void Any_number_of_chunks_under_any_limit_merkleizes_as_the_specification_says()
    {
        for (int count = 0; count <= 40; count++)
        {
            List<byte[]> chunks = Chunks(count);
            foreach (ulong limit in new ulong[] { 1, 2, 3, 5, 8, 31, 32, 33, 64, 1000, 1UL << 40 })
            {
                if ((ulong)count <= limit)
                {
                    byte[] buffer = [.. chunks.SelectMany(chunk => chunk)];
                    Assert.Equal(Naive.Merkleize(chunks, limit), Merkle.Merkleize(buffer, Merkle.DepthOf(limit)).ToArray());
                }
            }
        }
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 0)]
    [InlineData(2, 1)]
    [InlineData(3, 2)]
    [InlineData(4, 2)]
    [InlineData(5, 3)]
    [InlineData(1UL << 40, 40)]
    [InlineData((1UL << 40) + 1, 41)]
    [InlineData(ulong.MaxValue, 64)]
    public void The_depth_is_that_of_the_smallest_tree_with_room(ulong chunks, int depth) => Assert.Equal(depth, Merkle.DepthOf(chunks));

    [Fact]
    public void A_zero_hash_is_the_root_of_zero_chunks()
    {
        for (int depth = 0; depth < 20; depth++)
        {
            Assert.Equal(Naive.Merkleize([], 1UL << depth), Merkle.ZeroHash(depth).ToArray());
        }
    }

    [Fact]
    public void The_length_is_mixed_in_behind_the_root()
    {
        Root root = new(Chunks(1)[0]);
        Assert.Equal(Naive.MixInLength(root.ToArray(), 12345), Merkle.MixInLength(root, 12345).ToArray());
    }

    [Fact]
    public void Extending_a_root_puts_zero_trees_to_its_right()
    {
        List<byte[]> chunks = Chunks(4);
        Root small = Merkle.Merkleize(chunks.SelectMany(chunk => chunk).ToArray(), 2);
        Assert.Equal(Naive.Merkleize(chunks, 1UL << 12), Merkle.Extend(small, 2, 12).ToArray());
    }

    [Fact]
    public void Every_leaf_has_a_branch_that_proves_it_and_nothing_else()
    {
        const int depth = 6;
        foreach (int count in new[] { 1, 2, 3, 7, 8, 33, 64 })
        {
            Root[] leaves = [.. Chunks(count).Select(chunk => new Root(chunk))];
            Root root = new(Naive.Merkleize([.. leaves.Select(leaf => leaf.ToArray())], 1UL << depth));
            for (int i = 0; i < count; i++)
            {
                Root[] branch = Merkle.Branch(leaves, (ulong)i, depth);
                Assert.True(Merkle.IsValidMerkleBranch(leaves[i], branch, depth, (ulong)i, root));
                Assert.False(Merkle.IsValidMerkleBranch(leaves[i], branch, depth, (ulong)i ^ 1, root));
                Assert.False(Merkle.IsValidMerkleBranch(root, branch, depth, (ulong)i, root));
                Assert.False(Merkle.IsValidMerkleBranch(leaves[i], branch.AsSpan(1), depth, (ulong)i, root));
            }
        }
    }

    private static List<byte[]> Chunks(int count)
    {
        Random random = new(count);
        List<byte[]> chunks = [];
        for (int i = 0; i < count; i++)
        {
            byte[] chunk = new byte[32];
            random.NextBytes(chunk);
            chunks.Add(chunk);
        }

        return chunks;
    }
}
