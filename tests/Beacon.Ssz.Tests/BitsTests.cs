namespace Beacon.Ssz.Tests;

public sealed class BitsTests
{
    public static TheoryData<int> Lengths => [0, 1, 2, 7, 8, 9, 15, 16, 17, 31, 255, 256, 257, 511, 512, 513, 2048];

    [Theory]
    [MemberData(nameof(Lengths))]
    public void A_bitlist_survives_encoding_and_JSON(int length)
    {
        Bitlist bits = Bitlist.Of(RandomBits(length));
        Assert.Equal(bits, Bitlist.Deserialize(bits.ToSsz(), 2048));
        Assert.Equal(bits.SszSize, bits.ToSsz().Length);
        System.Text.Json.Utf8JsonReader reader = new(System.Text.Encoding.UTF8.GetBytes($"\"{Hex.Format(bits.ToSsz())}\""));
        reader.Read();
        Assert.Equal(bits, Bitlist.ReadJson(ref reader, 2048));
    }

    [Theory]
    [MemberData(nameof(Lengths))]
    public void A_bitlist_hashes_as_the_specification_says(int length)
    {
        bool[] bits = RandomBits(length);
        byte[] packed = new byte[(length + 7) / 8];
        for (int i = 0; i < length; i++)
        {
            packed[i / 8] |= (byte)(bits[i] ? 1 << (i % 8) : 0);
        }

        byte[] expected = Naive.MixInLength(Naive.Merkleize(Naive.Pack(packed), 8), (ulong)length);
        Assert.Equal(expected, Bitlist.Of(bits).HashTreeRoot(2048).ToArray());
    }

    [Theory]
    [MemberData(nameof(Lengths))]
    public void A_bitvector_survives_encoding_and_knows_its_bits(int length)
    {
        bool[] bits = RandomBits(length);
        Bitvector vector = Bitvector.Of(bits);
        Assert.Equal(vector, Bitvector.Deserialize(vector.ToSsz(), (ulong)length));
        Assert.Equal(bits.Count(bit => bit), vector.SetCount);
        Assert.Equal(bits, Enumerable.Range(0, length).Select(i => vector[i]));
    }

    [Fact]
    public void Changing_a_bit_leaves_the_original_alone()
    {
        Bitlist bits = Bitlist.Create(10);
        Bitlist changed = bits.With(9, true);
        Assert.False(bits[9]);
        Assert.True(changed[9]);
        Assert.Equal([9], changed.SetIndices());
        Assert.Same(changed, changed.With(9, true));
    }

    [Fact]
    public void Overlap_union_and_subset_look_at_every_bit()
    {
        Bitlist first = Bitlist.Single(20, 3).With(17, true);
        Bitlist second = Bitlist.Single(20, 4);
        Assert.False(first.Overlaps(second));
        Bitlist union = first.Or(second);
        Assert.Equal([3, 4, 17], union.SetIndices());
        Assert.True(union.Overlaps(second));
        Assert.True(first.IsSubsetOf(union));
        Assert.False(union.IsSubsetOf(first));
        Assert.True(first.IsSubsetOf(first));
    }

    [Fact]
    public void Bitlists_of_different_lengths_cannot_be_combined()
    {
        Assert.Throws<ArgumentException>(() => Bitlist.Create(3).Or(Bitlist.Create(4)));
        Assert.Throws<ArgumentException>(() => Bitlist.Create(3).Overlaps(Bitlist.Create(4)));
        Assert.Throws<ArgumentException>(() => Bitlist.Create(3).IsSubsetOf(Bitlist.Create(4)));
    }

    [Fact]
    public void A_bit_outside_is_an_error()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => Bitlist.Create(3)[3]);
        Assert.Throws<ArgumentOutOfRangeException>(() => Bitvector.Create(3)[-1]);
    }

    [Theory]
    [InlineData("", "no delimiting bit")]
    [InlineData("00", "no delimiting bit")]
    [InlineData("0100", "no delimiting bit")]
    [InlineData("0001", "above the limit")]
    public void A_malformed_bitlist_is_refused(string hex, string message) =>
        Assert.Contains(message, Assert.Throws<SszException>(() => Bitlist.Deserialize(Convert.FromHexString(hex), 7)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("", 4UL)]
    [InlineData("10", 4UL)]
    [InlineData("0000", 4UL)]
    public void A_malformed_bitvector_is_refused(string hex, ulong length) =>
        Assert.Throws<SszException>(() => Bitvector.Deserialize(Convert.FromHexString(hex), length));

    [Fact]
    public void Shifting_up_moves_every_bit_and_drops_the_last() =>
        Assert.Equal("0110", Bitvector.Of(true, true, false, true).ShiftedUp().ToString());

    private static bool[] RandomBits(int length)
    {
        Random random = new(length);
        return [.. Enumerable.Range(0, length).Select(_ => random.Next(2) == 1)];
    }
}
