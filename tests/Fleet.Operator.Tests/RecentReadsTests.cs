using Fleet.Api;
using Fleet.Kubernetes.Models;
using Fleet.Operator.Execution;
using Microsoft.Extensions.Time.Testing;

namespace Fleet.Operator.Tests;

public sealed class RecentReadsTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public async Task A_read_is_believed_for_a_second_from_before_it_was_asked_for()
    {
        var reads = new RecentReads(_time);
        Assert.False(reads.Lives("a"));
        await reads.AskAsync(() =>
        {
            _time.Advance(TimeSpan.FromSeconds(0.4));
            return Task.FromResult(Node("a", 1));
        });
        Assert.True(reads.Lives("a"));
        Assert.True(reads.IsCurrent(Node("a", 1)));
        Assert.False(reads.IsCurrent(Node("a", 2)));
        Assert.False(reads.IsCurrent(Node("b", 1)));

        _time.Advance(TimeSpan.FromSeconds(0.6));
        Assert.False(reads.Lives("a"));
        Assert.False(reads.IsCurrent(Node("a", 1)));
    }

    [Fact]
    public async Task What_is_going_or_gone_or_of_an_earlier_state_of_the_server_is_not_believed()
    {
        var reads = new RecentReads(_time);
        await reads.AskAsync(() => Task.FromResult(Node("a", 1)));
        await reads.AskAsync(() => Task.FromResult(Node("a", 1, _time.GetUtcNow())));
        Assert.False(reads.Lives("a"));

        await reads.AskAsync(() => Task.FromResult(Node("a", 1)));
        reads.Forget("a");
        Assert.False(reads.Lives("a"));

        await reads.AskAsync(() => Task.FromResult(Node("a", 1)));
        reads.Clear();
        Assert.False(reads.Lives("a"));

        Assert.Null(await reads.AskAsync(() => Task.FromResult<BeaconNode?>(null)));
        Assert.Equal(0, reads.Count);
    }

    private static BeaconNode Node(string uid, long generation, DateTimeOffset? deleted = null) =>
        new() { Metadata = new ObjectMeta { Name = "devnet-eu-0", Namespace = "default", Uid = uid, Generation = generation, DeletionTimestamp = deleted }, Spec = new BeaconNodeSpec() };
}
