using Fleet.Api;
using Fleet.Cli.Common;
using Fleet.Cli.Rollout;

namespace Fleet.Cli.Tests;

/// <summary>What every verb of <c>fleet rollout</c> makes of its options.</summary>
public sealed class RolloutUsageTests(ClusterFixture cluster) : RolloutVerbs(cluster)
{
    [Theory]
    [InlineData("--watch follows one roll-out; name it, or its testnet.", "get", "-w")]
    [InlineData("--timeout limits --watch; give -w as well, or leave it out.", "get", "devnet", "--timeout", "2h")]
    [InlineData("--timeout is 'soon', which is no duration such as 90s or 2h.", "approve", "devnet", "-w", "--timeout", "soon")]
    [InlineData("--file: there is no directory /nowhere/at/all; create it, or name another.", "report", "devnet", "--file", "/nowhere/at/all/report.html")]
    public async Task Bad_usage_is_told(string sentence, params string[] words)
    {
        CliException failure = await Assert.ThrowsAsync<CliException>(() => RunAsync(words));

        Assert.Equal((ExitCodes.BadInput, sentence), (failure.ExitCode, failure.Message));
    }

    [Theory]
    [InlineData("-o is 'pdf'; it must be one of html, md, json.", "report", "devnet", "-o", "pdf")]
    [InlineData("--output is '1'; it must be one of text, json, yaml.", "get", "--output", "1")]
    public void A_word_that_is_none_is_refused_with_those_that_are(string sentence, params string[] words) =>
        Assert.Equal([sentence], RolloutCommand.Create().Parse(words).Errors.Select(error => error.Message));

    [Fact]
    public async Task Verbs_find_the_server_and_theNamespace_by_their_options()
    {
        await CreateAsync("awaiting-approval");

        Assert.Equal(ExitCodes.Ok, await RunAsync("reject", "devnet"));
        Assert.Equal(RolloutDecisions.Reject, (await GetAsync()).Spec.Decision);
    }
}
