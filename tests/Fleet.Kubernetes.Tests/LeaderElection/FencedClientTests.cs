using System.Text.Json.Nodes;
using Fleet.Kubernetes.Models;

namespace Fleet.Kubernetes.Tests;

public sealed class FencedClientTests
{
    private static readonly ObjectKey Key = new("n", "a");
    private readonly Switch _leadership = new() { IsLeader = true };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_write_without_what_was_read_is_a_mistake_and_not_sent()
    {
        await using StubServer server = await StubServer.StartAsync(200, "{}");
        using KubernetesClient inner = server.CreateClient();
        var client = new FencedClient(inner, _leadership);
        ConfigMap[] inexact = [Map(null, "7"), Map("u", null), Map(null, null)];
        foreach (ConfigMap map in inexact)
        {
            await Assert.ThrowsAsync<InvalidOperationException>(() => client.UpdateAsync(map, null, Token));
            await Assert.ThrowsAsync<InvalidOperationException>(() => client.ApplyAsync(map, new WriteOptions { FieldManager = "m" }, Token));
            await Assert.ThrowsAsync<InvalidOperationException>(() => client.PatchAsync<ConfigMap>(Key, Patch.Merge(KubernetesJson.ToNode(map)), null, Token));
            await Assert.ThrowsAsync<InvalidOperationException>(() => client.DeleteAsync<ConfigMap>(
                Key, new DeleteOptions { Preconditions = new Preconditions { Uid = map.Metadata.Uid, ResourceVersion = map.Metadata.ResourceVersion } }, Token));
        }

        await Assert.ThrowsAsync<InvalidOperationException>(() => client.DeleteAsync<ConfigMap>(Key, null, Token));
        await Assert.ThrowsAsync<InvalidOperationException>(() => client.PatchAsync<ConfigMap>(Key, Patch.Json(Patch.Operation("remove", "/data")), null, Token));
        await Assert.ThrowsAsync<InvalidOperationException>(() => client.CreateAsync(new ConfigMap { Metadata = new ObjectMeta { GenerateName = "a-" } }, null, Token));
        await Assert.ThrowsAsync<InvalidOperationException>(() => client.SendRawAsync(new RawRequest(HttpMethod.Post, "/"), Token));
        Assert.Empty(server.Requests);
    }

    [Fact]
    public async Task Exact_writes_go_through_while_this_process_leads_and_none_does_afterwards()
    {
        await using StubServer server = await StubServer.StartAsync(200, KubernetesJson.ToNode(Map("u", "7")).ToJsonString());
        using KubernetesClient inner = server.CreateClient();
        var client = new FencedClient(inner, _leadership);
        Func<Task>[] writes =
        [
            () => client.CreateAsync(Map(null, null), null, Token),
            () => client.UpdateAsync(Map("u", "7"), null, Token),
            () => client.ApplyAsync(Map("u", "7"), new WriteOptions { FieldManager = "m" }, Token),
            () => client.PatchAsync<ConfigMap>(Key, Patch.Merge(new JsonObject { ["metadata"] = new JsonObject { ["uid"] = "u", ["resourceVersion"] = "7" } }), null, Token),
            () => client.DeleteAsync(Map("u", "7"), sameVersion: true, null, Token),
        ];
        foreach (Func<Task> write in writes)
        {
            await write();
        }

        Assert.Equal(writes.Length, server.Requests.Count);
        _leadership.IsLeader = false;
        foreach (Func<Task> write in writes)
        {
            await Assert.ThrowsAsync<LeadershipLostException>(write);
        }

        await client.GetAsync<ConfigMap>(Key, Token);
        Assert.Equal(writes.Length + 1, server.Requests.Count);
    }

    private static ConfigMap Map(string? uid, string? version) => new() { Metadata = new ObjectMeta { Name = "a", Namespace = "n", Uid = uid, ResourceVersion = version } };

    private sealed class Switch : ILeadership
    {
        public bool IsLeader { get; set; }

        public long Term => 1;

        public Task VerifyAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
