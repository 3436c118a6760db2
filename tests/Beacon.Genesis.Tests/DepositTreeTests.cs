using Beacon.Ssz;
using Beacon.Types;

namespace Beacon.Genesis.Tests;

public sealed class DepositTreeTests
{
    [Fact]
    public void Root_and_proofs_are_those_of_the_list_of_deposits_at_every_length()
    {
        DepositTree tree = new();
        List<DepositData> list = [];
        for (int i = 0; i < 70; i++)
        {
            list.Add(DepositData.CreateDefault() with { Amount = new Gwei((ulong)i) });
            Deposit deposit = tree.Append(list[i]);
            Root expected = SszCodec.RootOfList<DepositData>(list.ToArray(), 1UL << 32);
            Assert.Equal(expected, tree.Root);
            Assert.Equal((ulong)list.Count, tree.Count);
            Assert.True(Merkle.IsValidMerkleBranch(list[i].HashTreeRoot(), deposit.Proof.AsSpan(), 33, (ulong)i, expected));
        }
    }

    [Fact]
    public void An_empty_tree_has_the_root_of_an_empty_list() =>
        Assert.Equal(SszCodec.RootOfList<DepositData>([], 1UL << 32), new DepositTree().Root);
}
