using Fleet.Api;
using Fleet.Kubernetes;
using Fleet.Operator.Execution;

namespace Fleet.Operator.Tests;

public sealed class TermFenceTests
{
    [Fact]
    public async Task A_testnet_is_marked_once_per_term_and_a_later_mark_only_after_the_lease_was_confirmed()
    {
        // Without an image of its own or of the operator nothing else happens to the testnet.
        await using OperatorFixture fixture = await OperatorFixture.StartAsync(image: null);
        Testnet testnet = await fixture.ApplySampleAsync("devnet.yaml");
        await fixture.UntilAsync("it is refused", async () => await fixture.ReasonAsync("devnet", ConditionTypes.Accepted) == Reasons.SpecInvalid);
        testnet = await fixture.GetAsync("devnet");
        var leadership = new Scripted { Term = 3 };
        var fence = new TermFence(new FencedClient(fixture.Client, leadership), leadership, new RecentReads(TimeProvider.System));

        Testnet marked = await fence.ClaimAsync(testnet, CancellationToken.None);
        Assert.Equal("3", marked.Metadata.Annotations![Annotations.Term]);
        Assert.NotEqual(testnet.Metadata.ResourceVersion, marked.Metadata.ResourceVersion);
        Assert.Same(marked, await fence.ClaimAsync(marked, CancellationToken.None));
        Assert.Equal(0, leadership.Verified);

        // Who read it before the mark is refused.
        KubernetesException late = await Assert.ThrowsAsync<KubernetesException>(() => new TermFence(fixture.Client, new Scripted { Term = 2 }, new RecentReads(TimeProvider.System)).ClaimAsync(testnet, CancellationToken.None));
        Assert.True(late.IsConflict);

        leadership.Term = 1;
        Testnet anew = await fence.ClaimAsync(marked, CancellationToken.None);
        Assert.Equal(("1", 1), (anew.Metadata.Annotations![Annotations.Term], leadership.Verified));

        leadership.Term = 0;
        Assert.Same(anew, await fence.ClaimAsync(anew, CancellationToken.None));

        var deposed = new Scripted { Term = 0, IsDeposed = true };
        anew.Metadata.Annotations[Annotations.Term] = "7";
        deposed.Term = 5;
        await Assert.ThrowsAsync<LeadershipLostException>(() => new TermFence(fixture.Client, deposed, new RecentReads(TimeProvider.System)).ClaimAsync(anew, CancellationToken.None));
        Assert.Equal("1", (await fixture.GetAsync("devnet")).Metadata.Annotations![Annotations.Term]);
    }

    private sealed class Scripted : ILeadership
    {
        public bool IsLeader => true;

        public bool IsDeposed { get; init; }

        public int Verified { get; private set; }

        public long Term { get; set; }

        public Task VerifyAsync(CancellationToken cancellationToken)
        {
            Verified++;
            return IsDeposed ? Task.FromException(new LeadershipLostException("deposed")) : Task.CompletedTask;
        }
    }
}
