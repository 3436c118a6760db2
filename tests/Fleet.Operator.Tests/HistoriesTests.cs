using Fleet.Kubernetes.Models;
using Fleet.Operator.Gathering;
using Fleet.Planning.Recovery;

namespace Fleet.Operator.Tests;

public sealed class HistoriesTests
{
    private static readonly ObjectKey Devnet = new("default", "devnet");
    private static readonly RecoveryHistory Kept = RecoveryHistory.Empty(1, DateTimeOffset.UnixEpoch);

    [Fact]
    public void What_is_remembered_belongs_to_one_object_and_not_to_its_name()
    {
        var histories = new Histories();
        histories.Keep(Devnet, "first", Kept);
        Assert.Same(Kept, histories.Find(Devnet, "first"));
        Assert.Null(histories.Find(Devnet, "second"));

        histories.Keep(Devnet, "second", Kept);
        Assert.Null(histories.Find(Devnet, "first"));
        Assert.Equal(1, histories.Count);
    }

    [Fact]
    public void Nothing_is_remembered_of_what_is_gone_and_by_who_leads_no_more()
    {
        var histories = new Histories();
        histories.Keep(Devnet, "first", Kept);
        histories.Keep(Devnet, "first", null);
        Assert.Equal(0, histories.Count);

        histories.Keep(Devnet, "first", Kept);
        histories.Forget(Devnet);
        Assert.Null(histories.Find(Devnet, "first"));

        histories.Keep(Devnet, "first", Kept);
        histories.Clear();
        Assert.Null(histories.Find(Devnet, "first"));
    }
}
