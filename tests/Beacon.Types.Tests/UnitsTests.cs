namespace Beacon.Types.Tests;

public sealed class UnitsTests
{
    [Fact]
    public void Overflow_and_underflow_throw()
    {
        Assert.Throws<OverflowException>(() => new Slot(ulong.MaxValue) + 1);
        Assert.Throws<OverflowException>(() => new Slot(0) - 1);
        Assert.Throws<OverflowException>(() => new Slot(1) - new Slot(2));
        Assert.Throws<OverflowException>(() => Epoch.FarFuture + 1);
        Assert.Throws<OverflowException>(() => new Gwei(1) - new Gwei(2));
        Assert.Throws<OverflowException>(() => new Gwei(ulong.MaxValue) + new Gwei(1));
        Assert.Throws<OverflowException>(() => new Gwei(ulong.MaxValue) * 2);
        Assert.Throws<OverflowException>(() => new ValidatorIndex(1UL << 31).ToInt32());
        Slot last = new(ulong.MaxValue);
        Assert.Throws<OverflowException>(() => ++last);
    }

    [Fact]
    public void Numbers_are_computed_with_and_compared()
    {
        Slot slot = new(10);
        slot++;
        Assert.Equal(new Slot(11), slot);
        Assert.Equal(4UL, slot - new Slot(7));
        Assert.True(new Epoch(1) < new Epoch(2));
        Assert.True(new Epoch(2) >= new Epoch(2));
        Assert.Equal(new Epoch(2), Epoch.Max(new(1), new(2)));
        Assert.Equal(new Gwei(3), new Gwei(10) / 3);
        Assert.Equal(3UL, new Gwei(10) / new Gwei(3));
        Assert.Equal(new Gwei(1), new Gwei(10) % new Gwei(3));
        Assert.Equal(new Gwei(0), new Gwei(1).SaturatingSubtract(new(2)));
        Assert.Equal(new Gwei(1), new Gwei(3).SaturatingSubtract(new(2)));
        Assert.Equal("18446744073709551615", Epoch.FarFuture.ToString());
    }

    [Fact]
    public void Byte_types_compare_by_content_and_print_as_hexadecimal()
    {
        ForkVersion version = ForkVersion.Parse("0x01020304");
        Assert.Equal("0x01020304", version.ToString());
        Assert.Equal(version, new ForkVersion([1, 2, 3, 4]));
        Assert.NotEqual(version, new ForkVersion([1, 2, 3, 5]));
        Assert.True(version < new ForkVersion([2, 0, 0, 0]));
        Assert.True(default(BlsSignature).IsZero);
        Assert.False(BlsSignature.Infinity.IsZero);
        Assert.StartsWith("0xc000", BlsSignature.Infinity.ToString(), StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => new BlsPublicKey(new byte[47]));
        Assert.False(BlsPublicKey.TryParse("0x00", out _));
        Assert.Equal("0x05000000", DomainType.SelectionProof.ToString());
    }
}
