using Fleet.Cli.Common;

namespace Fleet.Cli.Tests;

public sealed class SafeTextTests
{
    [Theory]
    [InlineData("plain text\twith a tab", "plain text\twith a tab")]
    [InlineData("\u001b[31mred\u001b[0m", "\\x1b[31mred\\x1b[0m")]
    [InlineData("over\rwritten", "over\\x0dwritten")]
    [InlineData("bell\a", "bell\\x07")]
    [InlineData("c1 \u009b2J", "c1 \\x9b2J")]
    [InlineData("", "")]
    public void Control_characters_become_visible(string text, string expected) => Assert.Equal(expected, SafeText.Neutralise(text));
}
