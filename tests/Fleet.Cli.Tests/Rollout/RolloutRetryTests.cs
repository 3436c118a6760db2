using Fleet.Api;
using Fleet.Cli.Common;
using Fleet.Kubernetes.Models;

namespace Fleet.Cli.Tests;

/// <summary><c>fleet rollout retry</c>.</summary>
public sealed class RolloutRetryTests(ClusterFixture cluster) : RolloutVerbs(cluster)
{
    [Fact]
    public async Task A_retry_changes_the_annotation_eachTime()
    {
        await CreateTestnetAsync(new RejectedImage { Image = RolloutCases.Newer, Rollout = "devnet-r3" });

        Assert.Equal(ExitCodes.Ok, await Session().RetryAsync("devnet", follow: false, Token));
        Assert.Equal("Testnet devnet forgets that it refused beacon:1.5.0-rc1; if spec.image still asks for it, a new roll-out begins.\n", Output.ToString());
        string? first = (await GetTestnetAsync()).Metadata.Annotations?[Annotations.Retry];
        Assert.Equal("2027-01-01T01:30:00.0000000Z", first);

        Time.Advance(TimeSpan.FromMilliseconds(1));
        await Session().RetryAsync("devnet", follow: false, Token);
        Assert.NotEqual(first, (await GetTestnetAsync()).Metadata.Annotations?[Annotations.Retry]);
    }

    [Fact]
    public async Task A_retry_that_is_followed_waits_for_the_new_roll_out()
    {
        await CreateTestnetAsync(new RejectedImage { Image = RolloutCases.Newer, Rollout = "devnet-r3" });
        await CreateAsync("stopped");
        Task<int> following = Session().RetryAsync("devnet", follow: true, Token);
        await SaidAsync("Testnet devnet forgets");
        await CreateAsync("succeeded", number: 4);

        Assert.Equal(ExitCodes.Ok, await following);
        Assert.Contains("devnet-r4 Succeeded", Output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_refused_is_nothing_to_retry()
    {
        await FailsAsync($"There is no testnet devnet in namespace {Namespace}; 'kubectl get testnets -A' lists all.", () => Session().RetryAsync("devnet", follow: false, Token));

        await CreateTestnetAsync();
        await FailsAsync(
            "Testnet devnet refuses no image, so there is nothing to try again; a roll-out begins when its spec.image changes.", () => Session().RetryAsync("devnet", follow: false, Token));
        Assert.Null((await GetTestnetAsync()).Metadata.Annotations?.GetValueOrDefault(Annotations.Retry));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_testnet_that_is_gone_meanwhile_is_not_the_one_that_was_meant(bool replaced)
    {
        await CreateTestnetAsync(new RejectedImage { Image = RolloutCases.Newer, Rollout = "devnet-r3" });
        Cluster.BeforePatch = async () =>
        {
            await Cluster.Client.DeleteAsync<Testnet>(new ObjectKey(Namespace, "devnet"), null, Token);
            if (replaced)
            {
                await CreateTestnetAsync();
            }
        };

        await FailsAsync("Testnet devnet was deleted meanwhile, so nothing is tried again; 'kubectl get testnets -A' lists all.", () => Session().RetryAsync("devnet", follow: false, Token));
        if (replaced)
        {
            Assert.Null((await GetTestnetAsync()).Metadata.Annotations?.GetValueOrDefault(Annotations.Retry));
        }
    }
}
