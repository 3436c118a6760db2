using System.Text.Json;
using Fleet.Api;
using Fleet.Cli.Common;

namespace Fleet.Cli.Tests;

/// <summary><c>fleet rollout get</c>, once: what is listed and shown.</summary>
public sealed class RolloutGetTests(ClusterFixture cluster) : RolloutVerbs(cluster)
{
    [Fact]
    public async Task All_of_aNamespace_are_listed_the_latest_first()
    {
        await CreateAsync("succeeded", number: 9);
        await CreateAsync("awaiting-approval", number: 10);

        Assert.Equal(ExitCodes.Ok, await Session().ListAsync(Token));
        string[] lines = Output.ToString().TrimEnd().Split('\n');
        Assert.Equal("NAME TESTNET TO PHASE WAVE SCORE DECISION AGE", Words(lines[0]));
        Assert.StartsWith("devnet-r10 devnet beacon:1.5.0-rc1 AwaitingApproval - 77.00 - ", Words(lines[1]), StringComparison.Ordinal);
        Assert.StartsWith("devnet-r9 devnet beacon:1.5.0-rc1 Succeeded 4/4 77.00 Approve ", Words(lines[2]), StringComparison.Ordinal);
        Assert.Equal(3, lines.Length);
    }

    [Fact]
    public async Task None_is_said_and_an_empty_list_as_data()
    {
        Assert.Equal(ExitCodes.Ok, await Session().ListAsync(Token));
        Assert.Equal($"No roll-outs in namespace {Namespace}; one begins when spec.image of a testnet changes.\n", Output.ToString());

        Output.Clear();
        await Session(OutputFormat.Json).ListAsync(Token);
        Assert.Empty(JsonDocument.Parse(Output.ToString()).RootElement.GetProperty("items").EnumerateArray());
    }

    [Fact]
    public async Task A_testnet_means_its_latest_and_lists_those_before()
    {
        await CreateAsync("succeeded", number: 9);
        CanaryRollout latest = await CreateAsync("awaiting-approval", number: 10);
        await KeepEvidenceAsync(latest);

        Assert.Equal(ExitCodes.Ok, await Session().ShowAsync("devnet", follow: false, Token));
        string text = Output.ToString();
        Assert.StartsWith("devnet-r10: AwaitingApproval since ", text, StringComparison.Ordinal);
        Assert.Contains("(weight 62.5 %)", text, StringComparison.Ordinal);
        Assert.Contains("Earlier roll-outs of devnet:\nNAME ", text, StringComparison.Ordinal);
        Assert.Contains("\ndevnet-r9 ", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_roll_out_is_shown_by_its_name_and_as_data()
    {
        await CreateAsync("succeeded", number: 9);
        await CreateAsync("awaiting-approval", number: 10);

        await Session(OutputFormat.Json).ShowAsync("devnet-r9", follow: false, Token);
        JsonElement data = JsonDocument.Parse(Output.ToString()).RootElement;
        Assert.Equal(("CanaryRollout", "devnet-r9"), (data.GetProperty("kind").GetString(), data.GetProperty("metadata").GetProperty("name").GetString()));
        Assert.Equal(77, data.GetProperty("status").GetProperty("score").GetDouble());

        Output.Clear();
        await Session(OutputFormat.Yaml).ShowAsync("devnet", follow: false, Token);
        Assert.Contains("name: devnet-r10", Output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_not_there_is_said()
    {
        await FailsAsync(
            $"There is no roll-out and no testnet devnet in namespace {Namespace}; 'fleet rollout get' lists roll-outs.", () => Session().ShowAsync("devnet", follow: false, Token));

        await CreateTestnetAsync();
        await FailsAsync("Testnet devnet has had no roll-out yet; one begins when its spec.image changes.", () => Session().ShowAsync("devnet", follow: false, Token));
    }
}
