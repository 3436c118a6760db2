using System.Net;
using System.Text.Json.Nodes;
using Fleet.Kubernetes.Models;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;
using TestKit;

namespace Fleet.Kubernetes.Tests;

public sealed class KubernetesClientTests
{
    private const string Map = """{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"m","namespace":"n","uid":"u","resourceVersion":"7"}}""";
    private static readonly ObjectKey Key = new("n", "m");
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Writes_go_where_the_API_expects_them()
    {
        await using StubServer server = await StubServer.StartAsync(200, Map);
        using KubernetesClient client = server.CreateClient();
        var map = new ConfigMap { Metadata = new ObjectMeta { Name = "m", Namespace = "n" } };
        var options = new WriteOptions { FieldManager = "me", DryRun = true };

        await client.CreateAsync(map, options, Token);
        await client.UpdateAsync(map, options with { Subresource = "status" }, Token);
        await client.ApplyAsync(map, options with { Force = true, DryRun = false }, Token);
        await client.PatchAsync<ConfigMap>(Key, Patch.Json(Patch.Operation("remove", "/data/a")), null, Token);
        await client.DeleteAsync(await client.GetAsync<ConfigMap>(Key, Token), sameVersion: true, PropagationPolicies.Background, Token);

        SeenRequest[] seen = [.. server.Requests];
        Assert.Equal(
            [
                "POST /api/v1/namespaces/n/configmaps?fieldManager=me&dryRun=All",
                "PUT /api/v1/namespaces/n/configmaps/m/status?fieldManager=me&dryRun=All",
                "PATCH /api/v1/namespaces/n/configmaps/m?fieldManager=me&force=true",
                "PATCH /api/v1/namespaces/n/configmaps/m",
                "GET /api/v1/namespaces/n/configmaps/m",
                "DELETE /api/v1/namespaces/n/configmaps/m",
            ],
            seen.Select(request => request.Method + " " + request.PathAndQuery));
        Assert.Equal(Patch.ApplyPatchType, seen[2].Headers["Content-Type"]);
        Assert.Equal("""[{"op":"remove","path":"/data/a"}]""", seen[3].Body);
        Assert.Equal("""{"uid":"u","resourceVersion":"7"}""", JsonNode.Parse(seen[5].Body)!["preconditions"]!.ToJsonString());
        Assert.Equal("Background", (string?)JsonNode.Parse(seen[5].Body)!["propagationPolicy"]);
    }

    [Fact]
    public async Task A_refusal_carries_what_the_server_said()
    {
        await using StubServer server = await StubServer.StartAsync(
            409, """{"kind":"Status","apiVersion":"v1","status":"Failure","message":"it changed","reason":"Conflict","code":409}""");
        using KubernetesClient client = server.CreateClient();

        KubernetesException e = await Assert.ThrowsAsync<KubernetesException>(() => client.GetAsync<ConfigMap>(Key, Token));

        Assert.Equal((409, StatusReasons.Conflict, "it changed", true), (e.Code, e.Reason, e.Message, e.IsConflict));
    }

    [Fact]
    public async Task A_refusal_in_plain_text_still_has_a_reason()
    {
        await using StubServer server = await StubServer.StartAsync(404, "404 page not found");
        using KubernetesClient client = server.CreateClient();

        KubernetesException e = await Assert.ThrowsAsync<KubernetesException>(() => client.GetAsync<ConfigMap>(Key, Token));

        Assert.True(e.IsNotFound);
        Assert.Contains("404 page not found", e.Message, StringComparison.Ordinal);
        Assert.Null(await client.FindAsync<ConfigMap>(Key, Token));
        Assert.False(await client.DeleteAsync<ConfigMap>(Key, null, Token));
    }

    [Fact]
    public async Task Retry_after_is_waited_out_and_never_cut_short()
    {
        int requests = 0;
        await using StubServer server = await StubServer.StartAsync((context, _) => Interlocked.Increment(ref requests) == 1
            ? StubServer.AnswerAsync(context, 429, "{}", ("Retry-After", "5"))
            : StubServer.AnswerAsync(context, 200, Map));
        var time = new FakeTimeProvider();
        using KubernetesClient client = server.CreateClient(time);

        Task<ConfigMap> get = client.GetAsync<ConfigMap>(Key, Token);
        await Eventually.TrueAsync(() => Volatile.Read(ref requests) == 1, () => "the first request", Patience, Token);
        await Eventually.TrueAsync(
            () =>
            {
                // The clock moves only while the client has not come back, so what it shows then is when it did.
                if (!get.IsCompleted && Volatile.Read(ref requests) == 1)
                {
                    time.Advance(TimeSpan.FromMilliseconds(250));
                }

                return get.IsCompleted;
            },
            () => "the second request",
            Patience,
            Token);

        Assert.Equal("m", (await get).Metadata.Name);
        Assert.True(time.GetUtcNow() - time.Start >= TimeSpan.FromSeconds(5), $"came back after {time.GetUtcNow() - time.Start}");
        Assert.Equal(2, requests);
    }

    [Fact]
    public async Task A_server_that_never_stops_throttling_is_an_error_in_the_end()
    {
        await using StubServer server = await StubServer.StartAsync(429, "{}", ("Retry-After", "0"));
        using KubernetesClient client = server.CreateClient(options: new KubernetesClientOptions { MaxRetries = 3 });

        KubernetesException e = await Assert.ThrowsAsync<KubernetesException>(() => client.GetAsync<ConfigMap>(Key, Token));

        Assert.Equal(429, e.Code);
        Assert.Equal(4, server.Requests.Count);
    }

    [Fact]
    public async Task An_internal_error_is_not_repeated()
    {
        await using StubServer server = await StubServer.StartAsync(500, "{}");
        using KubernetesClient client = server.CreateClient();

        await Assert.ThrowsAsync<KubernetesException>(() => client.GetAsync<ConfigMap>(Key, Token));

        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task A_refused_token_is_read_again_once()
    {
        using var folder = new TemporaryFolder();
        string file = folder.Write("token", "old\n");
        await using StubServer server = await StubServer.StartAsync((context, request) =>
        {
            bool good = request.Headers["Authorization"] == "Bearer new";
            File.WriteAllText(file, "new");
            return StubServer.AnswerAsync(context, good ? 200 : 401, good ? Map : "{}");
        });
        using KubernetesClient client = server.CreateClient(credentials: CredentialSource.TokenFile(file, new FakeTimeProvider()));

        Assert.Equal("m", (await client.GetAsync<ConfigMap>(Key, Token)).Metadata.Name);

        Assert.Equal(["Bearer old", "Bearer new"], server.Requests.Select(request => request.Headers["Authorization"]));
    }

    [Fact]
    public async Task A_token_that_stays_refused_is_an_error_after_two_tries()
    {
        await using StubServer server = await StubServer.StartAsync(401, "{}");
        using KubernetesClient client = server.CreateClient(credentials: CredentialSource.Token("t"));

        KubernetesException e = await Assert.ThrowsAsync<KubernetesException>(() => client.GetAsync<ConfigMap>(Key, Token));

        Assert.Equal(401, e.Code);
        Assert.Equal(2, server.Requests.Count);
    }

    [Fact]
    public async Task Nothing_listening_is_one_clear_sentence()
    {
        StubServer server = await StubServer.StartAsync(200, Map);
        Uri address = server.Address;
        await server.DisposeAsync();
        using var client = new KubernetesClient(new KubernetesClientConfig { Server = address, Origin = "context 'x' of /k" });

        KubernetesConnectionException e = await Assert.ThrowsAsync<KubernetesConnectionException>(() => client.GetAsync<ConfigMap>(Key, Token));

        Assert.Equal($"Nothing listens at {address}: start the cluster, or choose another in context 'x' of /k.", e.Message);
    }

    [Fact]
    public async Task A_server_that_does_not_answer_is_given_up()
    {
        await using StubServer server = await StubServer.StartAsync(async (context, _) =>
        {
            var never = new TaskCompletionSource();
            await never.Task.WaitAsync(context.RequestAborted);
        });
        using KubernetesClient client = server.CreateClient(options: new KubernetesClientOptions { RequestTimeout = TimeSpan.FromMilliseconds(300) });

        KubernetesConnectionException e = await Assert.ThrowsAsync<KubernetesConnectionException>(() => client.GetAsync<ConfigMap>(Key, Token));

        Assert.Contains("did not answer within 0.3 s", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Truncated_JSON_is_a_connection_problem_and_not_an_object()
    {
        await using StubServer server = await StubServer.StartAsync(200, Map[..40]);
        using KubernetesClient client = server.CreateClient();

        KubernetesConnectionException e = await Assert.ThrowsAsync<KubernetesConnectionException>(() => client.GetAsync<ConfigMap>(Key, Token));

        Assert.Contains("damaged", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_list_is_read_page_by_page_and_starts_over_when_its_token_expires()
    {
        int expired = 0;
        await using StubServer server = await StubServer.StartAsync((context, request) =>
        {
            string? token = context.Request.Query["continue"];
            if (token == "second" && Interlocked.Increment(ref expired) == 1)
            {
                return StubServer.AnswerAsync(context, 410, """{"kind":"Status","reason":"Expired","code":410,"message":"too old"}""");
            }

            return StubServer.AnswerAsync(context, 200, token is null
                ? """{"metadata":{"resourceVersion":"9","continue":"second"},"items":[{"metadata":{"name":"a"}}]}"""
                : """{"metadata":{"resourceVersion":"9"},"items":[{"metadata":{"name":"b"}}]}""");
        });
        using KubernetesClient client = server.CreateClient();

        KubernetesList<ConfigMap> list = await client.ListAllAsync<ConfigMap>("n", new ListOptions { Limit = 1, LabelSelector = "a in (b)" }, Token);

        Assert.Equal(["a", "b"], list.Items.Select(item => item.Metadata.Name!));
        Assert.All(list.Items, item => Assert.Equal("ConfigMap", item.Kind));
        Assert.Equal("9", list.Metadata.ResourceVersion);
        Assert.Equal(4, server.Requests.Count);
        Assert.StartsWith("/api/v1/namespaces/n/configmaps?labelSelector=a%20in%20%28b%29&limit=1", server.Requests.First().PathAndQuery, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_older_server_gets_the_version_it_knows()
    {
        await using StubServer server = await StubServer.StartAsync((context, request) => StubServer.AnswerAsync(context, 200, request.PathAndQuery == "/apis/policy"
            ? """{"kind":"APIGroup","name":"policy","versions":[{"groupVersion":"policy/v1beta1","version":"v1beta1"}]}"""
            : """{"apiVersion":"policy/v1beta1","kind":"PodDisruptionBudget","metadata":{"name":"b","namespace":"n"}}"""));
        using KubernetesClient client = server.CreateClient();
        var budget = new PodDisruptionBudget { Metadata = new ObjectMeta { Name = "b", Namespace = "n" } };

        PodDisruptionBudget created = await client.CreateAsync(budget, null, Token);
        await client.UpdateAsync(created, null, Token);

        Assert.Equal("policy/v1", created.ApiVersion);
        Assert.Equal(3, server.Requests.Count);
        Assert.Equal("/apis/policy/v1beta1/namespaces/n/poddisruptionbudgets/b", server.Requests.Last().PathAndQuery);
        Assert.Equal("policy/v1beta1", (string?)JsonNode.Parse(server.Requests.Last().Body)!["apiVersion"]);
    }

    [Fact]
    public async Task A_watch_yields_events_until_the_server_ends_it()
    {
        await using StubServer server = await StubServer.StartAsync(200, """
            {"type":"ADDED","object":{"kind":"ConfigMap","metadata":{"name":"a","resourceVersion":"1"}}}
            {"object":{"kind":"ConfigMap","metadata":{"name":"a","resourceVersion":"2"}},"type":"DELETED"}

            {"type":"BOOKMARK","object":{"kind":"ConfigMap","metadata":{"resourceVersion":"3"}}}
            """);
        using KubernetesClient client = server.CreateClient();
        var events = new List<string>();

        await foreach (WatchEvent<ConfigMap> item in client.WatchAsync<ConfigMap>("n", new WatchOptions { ResourceVersion = "0", Timeout = TimeSpan.FromSeconds(7) }, Token))
        {
            events.Add(item.Type + " " + item.Object.Metadata.Name + " " + item.Object.Metadata.ResourceVersion);
        }

        Assert.Equal(["ADDED a 1", "DELETED a 2", "BOOKMARK  3"], events);
        Assert.Equal("/api/v1/namespaces/n/configmaps?watch=1&resourceVersion=0&allowWatchBookmarks=true&timeoutSeconds=7", server.Requests.Single().PathAndQuery);
    }

    [Theory]
    [InlineData(410, """{"kind":"Status","code":410,"reason":"Gone","message":"too old"}""")]
    [InlineData(200, """{"type":"ERROR","object":{"kind":"Status","code":410,"reason":"Expired","message":"too old"}}""")]
    public async Task Too_old_a_version_has_its_own_exception_as_status_and_as_event(int status, string body)
    {
        await using StubServer server = await StubServer.StartAsync(status, body);
        using KubernetesClient client = server.CreateClient();

        ResourceExpiredException e = await Assert.ThrowsAsync<ResourceExpiredException>(() => DrainAsync(client));

        Assert.Equal("too old", e.Message);
    }

    [Fact]
    public async Task Another_error_event_is_an_exception_with_its_code()
    {
        await using StubServer server = await StubServer.StartAsync(200, """{"type":"ERROR","object":{"kind":"Status","code":500,"message":"no"}}""");
        using KubernetesClient client = server.CreateClient();

        KubernetesException e = await Assert.ThrowsAsync<KubernetesException>(() => DrainAsync(client));

        Assert.Equal(500, e.Code);
    }

    [Fact]
    public async Task A_watch_that_breaks_off_in_an_event_is_a_connection_problem()
    {
        await using StubServer server = await StubServer.StartAsync(200, """{"type":"ADDED","object":{"metadata":{"na""");
        using KubernetesClient client = server.CreateClient();

        await Assert.ThrowsAsync<KubernetesConnectionException>(() => DrainAsync(client));
    }

    [Fact]
    public async Task A_connection_cut_in_a_watch_is_a_connection_problem()
    {
        await using StubServer server = await StubServer.StartAsync(async (context, _) =>
        {
            await context.Response.WriteAsync("""{"type":"ADDED","object":{"metadata":{"name":"a","resourceVersion":"1"}}}""" + "\n");
            await context.Response.Body.FlushAsync();
            context.Abort();
        });
        using KubernetesClient client = server.CreateClient();

        await Assert.ThrowsAsync<KubernetesConnectionException>(() => DrainAsync(client));
    }

    [Fact]
    public async Task Logs_and_pod_proxies_have_their_paths_and_pass_answers_on()
    {
        await using StubServer server = await StubServer.StartAsync((context, request) => StubServer.AnswerAsync(context, request.PathAndQuery.Contains("/proxy/", StringComparison.Ordinal) ? 503 : 200, "line\n"));
        using KubernetesClient client = server.CreateClient();
        var pod = new ObjectKey("n", "p-0");

        using Stream log = await client.ReadLogAsync(pod, new LogOptions { Container = "beacon", TailLines = 5, Follow = true }, Token);
        using var reader = new StreamReader(log);
        using HttpResponseMessage answer = await client.ProxyPodAsync(pod, 5052, HttpMethod.Get, "/eth/v1/node/health?x=1", null, Token);

        Assert.Equal("line\n", await reader.ReadToEndAsync(Token));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Equal(
            ["/api/v1/namespaces/n/pods/p-0/log?container=beacon&follow=true&tailLines=5", "/api/v1/namespaces/n/pods/p-0:5052/proxy/eth/v1/node/health?x=1"],
            server.Requests.Select(request => Uri.UnescapeDataString(request.PathAndQuery)));
    }

    [Fact]
    public async Task Cancelling_is_told_apart_from_timing_out()
    {
        await using StubServer server = await StubServer.StartAsync(async (context, _) => await new TaskCompletionSource().Task.WaitAsync(context.RequestAborted));
        using KubernetesClient client = server.CreateClient();
        using var source = new CancellationTokenSource();

        Task<ConfigMap> get = client.GetAsync<ConfigMap>(Key, source.Token);
        await Eventually.TrueAsync(() => !server.Requests.IsEmpty, () => "the request", Patience, Token);
        await source.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => get);
    }

    private static async Task DrainAsync(KubernetesClient client)
    {
        await foreach (WatchEvent<ConfigMap> item in client.WatchAsync<ConfigMap>("n", null, Token))
        {
            Assert.NotNull(item.Object);
        }
    }
}
