using Fleet.Kubernetes.Models;

namespace Fleet.Kubernetes.Tests;

public sealed class QuantityTests
{
    [Theory]
    [InlineData("5Gi", 5L << 30, null)]
    [InlineData("1e3", 1000, null)]
    [InlineData("1E3", 1000, null)]
    [InlineData("1E", 1_000_000_000_000_000_000, null)]
    [InlineData("250m", 1, 250L)]
    [InlineData("1.5", 2, 1500L)]
    [InlineData("0.1", 1, 100L)]
    [InlineData("100u", 1, 1L)]
    [InlineData("-2", -2, -2000L)]
    [InlineData("+3k", 3000, 3_000_000L)]
    [InlineData("0", 0, 0L)]
    public void Text_has_the_value_the_server_gives_it(string text, long value, long? milli)
    {
        Quantity quantity = Quantity.Parse(text);

        Assert.Equal(value, quantity.Value);
        Assert.Equal(text, quantity.ToString());
        if (milli is { } expected)
        {
            Assert.Equal(expected, quantity.MilliValue);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("Gi")]
    [InlineData("5 Gi")]
    [InlineData("5GB")]
    [InlineData("1e")]
    [InlineData("1.2.3")]
    [InlineData("--1")]
    [InlineData("1e99")]
    public void What_is_no_quantity_is_refused(string text)
    {
        Assert.False(Quantity.TryParse(text, out _));
        Assert.Throws<FormatException>(() => Quantity.Parse(text));
    }

    [Fact]
    public void Equal_values_are_equal_however_they_are_written()
    {
        Assert.Equal(Quantity.Parse("1Gi"), Quantity.Parse("1024Mi"));
        Assert.True(Quantity.Parse("1000m") == "1");
        Assert.True(Quantity.Parse("999m") < "1");
        Assert.Equal(Quantity.Parse("1Ki").GetHashCode(), Quantity.Parse("1024").GetHashCode());
    }

    [Theory]
    [InlineData("25%", 10, true, 3)]
    [InlineData("25%", 10, false, 2)]
    [InlineData("100%", 7, true, 7)]
    [InlineData("0%", 7, true, 0)]
    public void Percentages_are_rounded_as_asked(string text, int total, bool up, int expected) =>
        Assert.Equal(expected, ((IntOrString)text).Scale(total, up));

    [Fact]
    public void A_number_is_itself_and_a_name_has_no_scale()
    {
        Assert.Equal(4, ((IntOrString)4).Scale(100, true));
        Assert.Throws<FormatException>(() => ((IntOrString)"http").Scale(3, true));
    }
}
