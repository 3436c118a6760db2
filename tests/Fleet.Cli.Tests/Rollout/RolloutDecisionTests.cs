using Fleet.Api;
using Fleet.Cli.Common;
using Fleet.Kubernetes.Models;

namespace Fleet.Cli.Tests;

/// <summary><c>fleet rollout approve</c>, <c>reject</c> and <c>abort</c>: what is set, when, and what is said of it.</summary>
public sealed class RolloutDecisionTests(ClusterFixture cluster) : RolloutVerbs(cluster)
{
    [Theory]
    [InlineData(RolloutDecisions.Approve, "devnet-r3 goes on with beacon:1.5.0-rc1 in spite of its score.\n")]
    [InlineData(RolloutDecisions.Reject, "devnet-r3 ends: the pair goes back to beacon:1.4.0.\n")]
    [InlineData(RolloutDecisions.Abort, "devnet-r3 ends: the pair goes back to beacon:1.4.0.\n")]
    public async Task A_decision_is_set_once_and_the_same_again_is_no_change(string decision, string sentence)
    {
        await CreateAsync("awaiting-approval");

        Assert.Equal(ExitCodes.Ok, await Session().DecideAsync("devnet", decision, follow: false, Token));
        Assert.Equal(sentence, Output.ToString());
        CanaryRollout decided = await GetAsync();
        Assert.Equal(decision, decided.Spec.Decision);

        Assert.Equal(ExitCodes.Ok, await Session().DecideAsync("devnet-r3", decision, follow: false, Token));
        Assert.EndsWith($"devnet-r3 has that decision already ({decision}); it is AwaitingApproval.\n", Output.ToString(), StringComparison.Ordinal);
        Assert.Equal(decided.Metadata.ResourceVersion, (await GetAsync()).Metadata.ResourceVersion);

        string other = decision == RolloutDecisions.Abort ? RolloutDecisions.Approve : RolloutDecisions.Abort;
        await FailsAsync(
            $"devnet-r3 was decided already ({decision}), and a decision cannot be changed; set spec.image of testnet devnet to beacon:1.4.0 or to beacon:1.5.0-rc1 to have it otherwise.",
            () => Session().DecideAsync("devnet-r3", other, follow: false, Token));
    }

    [Fact]
    public async Task An_approval_before_the_question_says_when_it_counts()
    {
        await CreateAsync("analyzing");

        Assert.Equal(ExitCodes.Ok, await Session().DecideAsync("devnet", RolloutDecisions.Approve, follow: false, Token));
        Assert.Equal("devnet-r3 is Analyzing and asks nobody yet; the approval counts as soon as it does, and cannot be taken back.\n", Output.ToString());
        Assert.Equal(RolloutDecisions.Approve, (await GetAsync()).Spec.Decision);
    }

    [Fact]
    public async Task An_approval_of_what_nobody_is_asked_does_not_spend_the_decision()
    {
        CanaryRollout rollout = await CreateAsync("promoting");

        await FailsAsync(
            "devnet-r3 is Promoting, where nobody is asked, so there is nothing to approve; 'fleet rollout abort devnet-r3' would end it.",
            () => Session().DecideAsync("devnet", RolloutDecisions.Approve, follow: false, Token));
        Assert.Equal(rollout.Metadata.ResourceVersion, (await GetAsync()).Metadata.ResourceVersion);

        await Session().DecideAsync("devnet", RolloutDecisions.Abort, follow: false, Token);
        Assert.Equal("devnet-r3 ends: every node goes back to beacon:1.4.0.\n", Output.ToString());
    }

    [Fact]
    public async Task What_has_ended_is_not_decided()
    {
        await CreateAsync("stopped");

        await FailsAsync("Testnet devnet has no active roll-out; the last, devnet-r3, ended as Stopped.", () => Session().DecideAsync("devnet", RolloutDecisions.Approve, follow: false, Token));
        await FailsAsync(
            "devnet-r3 has ended as Stopped and cannot be decided any more; 'fleet rollout get devnet' shows the latest roll-out.",
            () => Session().DecideAsync("devnet-r3", RolloutDecisions.Approve, follow: false, Token));
        Assert.Null((await GetAsync()).Spec.Decision);
    }

    [Fact]
    public async Task Progress_of_the_operator_meanwhile_is_looked_at_again()
    {
        await CreateAsync("analyzing");
        Cluster.BeforePatch = () => ChangeAsync(RolloutCases.Judged(RolloutPhases.AwaitingApproval));

        Assert.Equal(ExitCodes.Ok, await Session().DecideAsync("devnet", RolloutDecisions.Approve, follow: false, Token));
        Assert.Equal("devnet-r3 goes on with beacon:1.5.0-rc1 in spite of its score.\n", Output.ToString());
    }

    [Fact]
    public async Task A_roll_out_that_ends_meanwhile_is_not_decided()
    {
        await CreateAsync("analyzing");
        Cluster.BeforePatch = () => ChangeAsync(RolloutCases.Status(RolloutPhases.Stopped, "devnet-canary-0 restarted twice."));

        await FailsAsync(
            "devnet-r3 has ended as Stopped and cannot be decided any more; 'fleet rollout get devnet' shows the latest roll-out.",
            () => Session().DecideAsync("devnet", RolloutDecisions.Approve, follow: false, Token));
    }

    [Fact]
    public async Task A_roll_out_of_the_same_name_is_another_one()
    {
        CanaryRollout rollout = await CreateAsync("analyzing");
        Cluster.BeforePatch = async () =>
        {
            await Cluster.Client.DeleteAsync<CanaryRollout>(ObjectKey.Of(rollout), null, Token);
            await CreateAsync("analyzing");
        };

        await FailsAsync("devnet-r3 was deleted; 'fleet rollout get' lists what there is.", () => Session().DecideAsync("devnet", RolloutDecisions.Abort, follow: false, Token));
        Assert.Null((await GetAsync()).Spec.Decision);
    }
}
