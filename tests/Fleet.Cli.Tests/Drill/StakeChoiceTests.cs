using Fleet.Cli.Common;
using Fleet.Cli.Drill;

namespace Fleet.Cli.Tests.Drill;

public sealed class StakeChoiceTests
{
    [Theory]
    [InlineData("40%", 0.4)]
    [InlineData("40", 0.4)]
    [InlineData("33.4%", 0.334)]
    [InlineData("100%", 1.0)]
    public void A_share_is_a_percentage(string text, double share) => Assert.Equal(share, StakeChoice.ParseShare(text), 1e-9);

    [Theory]
    [InlineData("0%")]
    [InlineData("-5%")]
    [InlineData("101%")]
    [InlineData("half")]
    [InlineData("%")]
    [InlineData("1e1")]
    [InlineData("NaN")]
    public void Anything_else_is_refused_with_an_example(string text)
    {
        CliException error = Assert.Throws<CliException>(() => StakeChoice.ParseShare(text));
        Assert.Equal(ExitCodes.BadInput, error.ExitCode);
        Assert.Contains("such as 40%", error.Message);
    }

    [Theory]
    [InlineData("a=16 b=16 c=16 d=16", 0.4, "a b")]
    [InlineData("a=16 b=16 c=16 d=16", 0.5, "a b")]
    [InlineData("a=16 b=16 c=16 d=16", 0.51, "a b c")]
    [InlineData("a=16 b=16 c=16 d=16", 1.0, "a b c d")]
    [InlineData("a=16 b=16 c=16 d=16", 0.001, "a")]
    [InlineData("boot-0 a=50 b=30 c=20", 0.5, "a")]
    [InlineData("boot-0 a=50 b=30 c=20", 0.3, "b")]
    [InlineData("boot-0 a=60 b=25 c=15", 0.4, "b c")]
    [InlineData("a=7 b=7 c=7 d=3 e=3 f=3", 0.3, "d e f")]
    [InlineData("a=9 b=3 c=3 d=3 e=3", 0.4, "a")]
    public void As_little_as_possible_above_the_share_is_chosen_with_as_few_nodes_as_possible(string nodes, double share, string chosen) =>
        Assert.Equal(chosen.Split(' '), StakeChoice.AtLeast(DrillTargets.Parse(nodes), share).Select(node => node.Name));

    [Fact]
    public void Without_keys_there_is_no_share() =>
        Assert.Contains("has keys", Assert.Throws<CliException>(() => StakeChoice.AtLeast(DrillTargets.Parse("boot-0 a"), 0.5)).Message);

    [Theory]
    [InlineData("boot-0 a=16 b=16 c=16 d=16", "a")]
    [InlineData("a=10 b=10 c=10 d=10 e=10 f=10 g=10", "a b")]
    [InlineData("a=10 b=10 c=10 d=10 e=10 f=10", "a")]
    [InlineData("a=90 b=5 c=5 d=5 e=5 f=5", "b c")]
    [InlineData("a=64", "a")]
    public void A_third_of_the_nodes_is_less_than_a_third_of_the_stake_where_it_can_be(string nodes, string chosen) =>
        Assert.Equal(chosen.Split(' '), StakeChoice.Third(DrillTargets.Parse(nodes)).Select(node => node.Name));
}
