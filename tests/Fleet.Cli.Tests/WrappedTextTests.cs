using Fleet.Cli.Common;

namespace Fleet.Cli.Tests;

public sealed class WrappedTextTests
{
    [Theory]
    [InlineData("", 10, "")]
    [InlineData("one two", 7, "one two")]
    [InlineData("one two three", 7, "one two|three")]
    [InlineData("one two three", 8, "one two|three")]
    [InlineData("averylongword and more", 5, "averylongword|and|more")]
    [InlineData("a averylongword", 5, "a|averylongword")]
    public void Text_is_broken_at_spaces(string text, int width, string lines) => Assert.Equal(lines, string.Join('|', WrappedText.Lines(text, width)));

    [Fact]
    public void The_last_column_goes_on_below_itself()
    {
        var table = new TextTable("A", "MESSAGE");
        table.Add("x", "one two three");
        table.Add("yy", "four");
        using var output = new StringWriter { NewLine = "\n" };
        table.WriteTo(output, widest: 7);
        Assert.Equal("A    MESSAGE\nx    one two\n     three\nyy   four\n", output.ToString());
    }
}
