using Fleet.Api;
using Fleet.Cli.Common;
using Fleet.Kubernetes.Models;

namespace Fleet.Cli.Tests;

/// <summary><c>-w</c>: what is printed while a roll-out goes on, and how following ends.</summary>
public sealed class RolloutFollowTests(ClusterFixture cluster) : RolloutVerbs(cluster)
{
    [Fact]
    public async Task Following_prints_a_line_per_change_until_it_ends()
    {
        await CreateAsync("analyzing");
        Task<int> following = Session().ShowAsync("devnet", follow: true, Token);
        await SaidAsync("devnet-r3 Analyzing: The pair is compared.");

        await ChangeAsync(RolloutCases.Judged(RolloutPhases.Promoting, status => status.Waves = new WaveStatus { Current = 1, Total = 4, Summary = "1/4" }));
        await SaidAsync("devnet-r3 Promoting, wave 1/4, score 77.00: Score 77.00");
        await ChangeAsync(RolloutCases.Judged(RolloutPhases.Succeeded, status => status.Message = "It stays."));

        Assert.Equal(ExitCodes.Ok, await following);
        string[] lines = Output.ToString().Split('\n');
        Assert.All(lines[..3], line => Assert.StartsWith("01:30:00  devnet-r3 ", line, StringComparison.Ordinal));
        Assert.Equal("01:30:00  devnet-r3 Succeeded, score 77.00: It stays.", lines[2]);
        Assert.StartsWith("devnet-r3: Succeeded since ", lines[3], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Following_outlives_its_watch()
    {
        await CreateAsync("analyzing");
        Task<int> following = Session().ShowAsync("devnet", follow: true, Token);
        await SaidAsync("devnet-r3 Analyzing");
        Cluster.ExpireNextWatch();
        await ChangeAsync(RolloutCases.Judged(RolloutPhases.Baking));
        await SaidAsync("devnet-r3 Baking");
        await ChangeAsync(RolloutCases.Judged(RolloutPhases.Succeeded));

        Assert.Equal(ExitCodes.Ok, await following);
    }

    [Theory]
    [InlineData("awaiting-approval")]
    [InlineData("stopped")]
    public async Task Following_ends_with_a_question_or_an_end_that_is_no_success(string phase)
    {
        await CreateAsync(phase);

        Assert.Equal(ExitCodes.Failed, await Session().ShowAsync("devnet", follow: true, Token));
    }

    [Fact]
    public async Task An_answer_is_followed_beyond_the_question()
    {
        await CreateAsync("awaiting-approval");
        Task<int> following = Session().DecideAsync("devnet", RolloutDecisions.Approve, follow: true, Token);
        await SaidAsync("01:30:00  devnet-r3 AwaitingApproval");
        await ChangeAsync(RolloutCases.Judged(RolloutPhases.Succeeded));

        Assert.Equal(ExitCodes.Ok, await following);
    }

    [Fact]
    public async Task An_abort_that_is_followed_is_done_when_it_is_back()
    {
        await CreateAsync("promoting");
        Task<int> following = Session().DecideAsync("devnet", RolloutDecisions.Abort, follow: true, Token);
        await SaidAsync("01:30:00  devnet-r3 Promoting");
        await ChangeAsync(RolloutCases.Judged(RolloutPhases.RolledBack));

        Assert.Equal(ExitCodes.Ok, await following);
    }

    [Fact]
    public async Task Following_what_is_deleted_fails()
    {
        CanaryRollout rollout = await CreateAsync("analyzing");
        Task<int> following = Session().ShowAsync("devnet", follow: true, Token);
        await SaidAsync("devnet-r3 Analyzing");
        await Cluster.Client.DeleteAsync<CanaryRollout>(ObjectKey.Of(rollout), null, Token);

        await FailsAsync("devnet-r3 was deleted; 'fleet rollout get' lists what there is.", () => following);
    }

    [Fact]
    public async Task Following_lasts_as_long_as_it_may()
    {
        await CreateAsync("analyzing");
        Task<int> following = Session(limit: TimeSpan.FromHours(2)).ShowAsync("devnet", follow: true, Token);
        await SaidAsync("devnet-r3 Analyzing");
        Time.Advance(TimeSpan.FromHours(2));

        CliException late = await Assert.ThrowsAsync<CliException>(() => following);
        Assert.Equal((ExitCodes.TimedOut, "After 2h, devnet-r3 has not ended; give a longer --timeout, or see 'fleet rollout get'."), (late.ExitCode, late.Message));
    }

    [Fact]
    public async Task An_interrupt_is_none_of_its_errors()
    {
        await CreateAsync("analyzing");
        using var interrupt = new CancellationTokenSource();
        Task<int> following = Session(limit: TimeSpan.FromHours(2)).ShowAsync("devnet", follow: true, interrupt.Token);
        await SaidAsync("devnet-r3 Analyzing");
        await interrupt.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => following);
    }
}
