using System.Text.Json.Nodes;
using Fleet.Kubernetes;
using Fleet.Kubernetes.Models;
using TestKit;

namespace Fleet.Contract.Tests;

/// <summary>Watches: where they begin, what they tell, how they end.</summary>
public abstract class WatchContract(ContractServers servers, ServerKind kind) : ContractTest(servers, kind)
{
    [Fact]
    public async Task From_a_version_on_every_change_comes_once_and_in_order()
    {
        Answer created = await MapAsync("a", """{"k":"1"}""");
        await PatchAsync(Maps + "/a", "application/merge-patch+json", """{"data":{"k":"2"}}""");
        await MapAsync("b");
        await DeleteAsync(Maps + "/a");

        List<(string Type, JsonNode Object)> events = await WatchAsync(Maps + "?resourceVersion=" + created.Text("metadata.resourceVersion"), 30, 3);

        Assert.Equal(["MODIFIED a", "ADDED b", "DELETED a"], events.Select(item => item.Type + " " + (string?)item.Object["metadata"]!["name"]));
        Assert.Equal("2", (string?)events[0].Object["data"]!["k"]);
        Assert.Equal("ConfigMap", (string?)events[0].Object["kind"]);
        ulong[] versions = [.. events.Select(item => ulong.Parse((string)item.Object["metadata"]!["resourceVersion"]!, System.Globalization.CultureInfo.InvariantCulture))];
        Assert.True(versions[0] < versions[1] && versions[1] < versions[2]);
    }

    [Fact]
    public async Task Without_a_version_what_exists_comes_first()
    {
        await MapAsync("a", labels: """{"w":"x"}""");
        await MapAsync("b", labels: """{"w":"x"}""");

        List<(string Type, JsonNode Object)> events = await WatchAsync(Maps + "?labelSelector=w", 30, 2);

        Assert.Equal(["ADDED a", "ADDED b"], events.Select(item => item.Type + " " + (string?)item.Object["metadata"]!["name"]).Order());
    }

    [Fact]
    public async Task An_object_that_leaves_or_enters_a_selection_is_deleted_or_added()
    {
        Answer created = await MapAsync("a", labels: """{"in":"yes"}""");
        await PatchAsync(Maps + "/a", "application/merge-patch+json", """{"metadata":{"labels":{"in":"no"}}}""");
        await PatchAsync(Maps + "/a", "application/merge-patch+json", """{"data":{"unseen":"1"}}""");
        await PatchAsync(Maps + "/a", "application/merge-patch+json", """{"metadata":{"labels":{"in":"yes"}}}""");

        List<(string Type, JsonNode Object)> events = await WatchAsync(Maps + "?labelSelector=in%3Dyes&resourceVersion=" + created.Text("metadata.resourceVersion"), 30, 2);

        Assert.Equal(["DELETED", "ADDED"], events.Select(item => item.Type));
    }

    [Fact]
    public async Task One_object_can_be_watched_by_its_name()
    {
        Answer created = await MapAsync("a");
        await MapAsync("b");
        await PatchAsync(Maps + "/a", "application/merge-patch+json", """{"data":{"k":"1"}}""");

        List<(string Type, JsonNode Object)> events = await WatchAsync(Maps + "?fieldSelector=metadata.name%3Da&resourceVersion=" + created.Text("metadata.resourceVersion"), 30, 1);

        Assert.Equal(("MODIFIED", "a"), (events[0].Type, (string?)events[0].Object["metadata"]!["name"]));
    }

    [Fact]
    public async Task A_watch_ends_when_its_time_is_over()
    {
        Answer created = await MapAsync("a");

        List<(string Type, JsonNode Object)> events = await WatchAsync(Maps + "?fieldSelector=metadata.name%3Dnone&resourceVersion=" + created.Text("metadata.resourceVersion"), 1);

        Assert.DoesNotContain(events, item => item.Type != "BOOKMARK");
    }

    [Fact]
    public async Task Bookmarks_name_their_kind_and_a_version_and_one_comes_before_the_end()
    {
        Answer created = await MapAsync("a");

        List<(string Type, JsonNode Object)> events = await WatchAsync(
            Maps + "?allowWatchBookmarks=true&fieldSelector=metadata.name%3Dnone&resourceVersion=" + created.Text("metadata.resourceVersion"), 5);

        // The real one promises none in particular, the embedded one sends one before the end.
        Assert.True(Kind is ServerKind.Real or ServerKind.Newer || events.Count > 0);
        Assert.All(events, item =>
        {
            Assert.Equal(("BOOKMARK", "ConfigMap"), (item.Type, (string?)item.Object["kind"]));
            Assert.True(ulong.Parse((string)item.Object["metadata"]!["resourceVersion"]!, System.Globalization.CultureInfo.InvariantCulture)
                >= ulong.Parse(created.Text("metadata.resourceVersion")!, System.Globalization.CultureInfo.InvariantCulture));
        });
    }

    [Fact]
    public async Task Too_old_a_version_is_gone()
    {
        string leases = $"/apis/coordination.k8s.io/v1/namespaces/{Namespace}/leases";
        Answer first = (await PostAsync(leases, """{"metadata":{"name":"a"}}""")).Expect(201);
        (await PostAsync(leases, """{"metadata":{"name":"b"}}""")).Expect(201);
        Answer last = (await PostAsync(leases, """{"metadata":{"name":"c"}}""")).Expect(201);
        await Servers.ForgetHistoryAsync(Kind, last.Text("metadata.resourceVersion")!);

        await Assert.ThrowsAsync<ResourceExpiredException>(async () =>
        {
            var options = new WatchOptions { ResourceVersion = first.Text("metadata.resourceVersion"), Timeout = TimeSpan.FromSeconds(20) };
            await foreach (WatchEvent<Lease> item in Client.WatchAsync<Lease>(Namespace, options, Token))
            {
                Assert.Fail("got " + item.Type);
            }
        });
    }

    [Fact]
    public async Task An_informer_follows_the_server()
    {
        using var metrics = new KubernetesMetrics();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var informer = new Informer<ConfigMap>(Client, new InformerOptions { Namespace = Namespace, LabelSelector = "i" }, metrics);
        await MapAsync("a", labels: """{"i":"1"}""");
        Task run = informer.RunAsync(stop.Token);
        await informer.WaitForSyncAsync(Token);
        Assert.Equal(1, informer.Store.Count);

        await MapAsync("b", labels: """{"i":"1"}""");
        await DeleteAsync(Maps + "/a");
        await Eventually.TrueAsync(() => informer.Store.Count == 1 && informer.Store.Get(new ObjectKey(Namespace, "b")) is not null, () => "b alone in the store", Patience, Token);

        await stop.CancelAsync();
        await run;
    }
}

public sealed class WatchOnLocalCluster(ContractServers servers) : WatchContract(servers, ServerKind.Local);

public sealed class WatchOnRealServer(ContractServers servers) : WatchContract(servers, ServerKind.Real);

public sealed class WatchOnNewerServer(ContractServers servers) : WatchContract(servers, ServerKind.Newer);
