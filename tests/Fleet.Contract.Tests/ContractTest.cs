using System.Text;
using System.Text.Json.Nodes;
using Fleet.Kubernetes;
using Fleet.Kubernetes.Models;
using TestKit;

namespace Fleet.Contract.Tests;

/// <summary>What a server answered.</summary>
public sealed record Answer(int Status, JsonNode? Body)
{
    /// <summary>A value of the body by its path, for example <c>metadata.name</c> or <c>items.0.kind</c>.</summary>
    public JsonNode? this[string path]
    {
        get
        {
            JsonNode? node = Body;
            foreach (string part in path.Split('.'))
            {
                node = node switch
                {
                    JsonArray array => array[int.Parse(part, System.Globalization.CultureInfo.InvariantCulture)],
                    JsonObject value => value[part],
                    _ => null,
                };
            }

            return node;
        }
    }

    /// <summary>A text of the body.</summary>
    public string? Text(string path) => this[path]?.GetValue<string>();

    /// <summary>Fails unless the status is the expected one.</summary>
    public Answer Expect(int status)
    {
        Assert.True(Status == status, $"expected {status}, got {Status}: {Body?.ToJsonString()}");
        return this;
    }

    /// <summary>Fails unless this is a Status object with such a code and reason.</summary>
    public Answer ExpectFailure(int status, string reason)
    {
        Expect(status);
        Assert.Equal(("Status", "v1", "Failure", reason, status), (Text("kind"), Text("apiVersion"), Text("status"), Text("reason"), (int?)this["code"]));
        return this;
    }
}

/// <summary>Base of the suite: one namespace per test, requests as plain as they go over the wire.</summary>
public abstract class ContractTest(ContractServers servers, ServerKind kind) : IAsyncLifetime
{
    protected static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private KubernetesClient? _client;

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    protected KubernetesClient Client => _client!;

    protected ServerKind Kind => kind;

    protected ContractServers Servers => servers;

    protected string Namespace { get; } = "t-" + Guid.NewGuid().ToString("n")[..12];

    protected string Maps => $"/api/v1/namespaces/{Namespace}/configmaps";

    public virtual async ValueTask InitializeAsync()
    {
        _client = new KubernetesClient(Kubernetes.Kubeconfig.Load(new KubeconfigOptions { Path = await servers.KubeconfigAsync(kind) }));
        await _client.CreateAsync(new Namespace { Metadata = new ObjectMeta { Name = Namespace } }, null, Token);
    }

    public virtual async ValueTask DisposeAsync()
    {
        if (_client is not null)
        {
            await _client.DeleteAsync<Namespace>(new ObjectKey("", Namespace), null, CancellationToken.None);
            _client.Dispose();
        }

        GC.SuppressFinalize(this);
    }

    /// <summary>Sends a request and returns whatever comes back.</summary>
    protected Task<Answer> SendAsync(string method, string path, string? body = null, string contentType = "application/json", string accept = "application/json") =>
        SendAsync(Client, method, path, body, contentType, accept);

    internal static async Task<Answer> SendAsync(KubernetesClient client, string method, string path, string? body, string contentType, string accept)
    {
        var request = new RawRequest(new HttpMethod(method), path) { Body = body is null ? null : Encoding.UTF8.GetBytes(body), ContentType = contentType, Accept = accept };
        try
        {
            using HttpResponseMessage response = await client.SendRawAsync(request, Token);
            string text = await response.Content.ReadAsStringAsync(Token);
            return new Answer((int)response.StatusCode, Parse(text));
        }
        catch (KubernetesException e) when (e.Code > 0)
        {
            return new Answer(e.Code, System.Text.Json.JsonSerializer.SerializeToNode(e.Status, KubernetesJson.Context.Status));
        }
    }

    protected Task<Answer> GetAsync(string path) => SendAsync("GET", path);

    protected Task<Answer> PostAsync(string path, string body) => SendAsync("POST", path, body);

    protected Task<Answer> PutAsync(string path, JsonNode body) => SendAsync("PUT", path, body.ToJsonString());

    protected Task<Answer> DeleteAsync(string path, string? body = null) => SendAsync("DELETE", path, body);

    protected Task<Answer> PatchAsync(string path, string contentType, string body) => SendAsync("PATCH", path, body, contentType);

    /// <summary>A ConfigMap that exists.</summary>
    protected async Task<Answer> MapAsync(string name, string data = "{}", string labels = "{}") =>
        (await PostAsync(Maps, MapJson(name, data, labels))).Expect(201);

    protected static string MapJson(string name, string data = "{}", string labels = "{}") =>
        """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"@name","labels":@labels},"data":@data}"""
            .Replace("@name", name, StringComparison.Ordinal)
            .Replace("@labels", labels, StringComparison.Ordinal)
            .Replace("@data", data, StringComparison.Ordinal);

    /// <summary>Collects watch events until the watch ends; at most for the seconds given.</summary>
    protected async Task<List<(string Type, JsonNode Object)>> WatchAsync(string path, int seconds, int stopAfter = int.MaxValue)
    {
        var events = new List<(string, JsonNode)>();
        string query = path + (path.Contains('?', StringComparison.Ordinal) ? "&" : "?") + "watch=1&timeoutSeconds=" + seconds.ToString(System.Globalization.CultureInfo.InvariantCulture);
        using HttpResponseMessage response = await Client.SendRawAsync(new RawRequest(HttpMethod.Get, query) { Streaming = true }, Token);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(Token));
        while (events.Count < stopAfter && await reader.ReadLineAsync(Token) is { } line)
        {
            JsonNode node = JsonNode.Parse(line)!;
            events.Add(((string)node["type"]!, node["object"]!));
        }

        return events;
    }

    /// <summary>Waits until a request is answered as wanted.</summary>
    protected async Task<Answer> UntilAsync(string path, Func<Answer, bool> condition)
    {
        Answer answer = null!;
        await Eventually.TrueAsync(
            async () => condition(answer = await GetAsync(path)), () => $"{path}; last {answer.Status}: {answer.Body?.ToJsonString()}", Patience, Token);
        return answer;
    }

    private static JsonNode? Parse(string text)
    {
        try
        {
            return JsonNode.Parse(text);
        }
        catch (System.Text.Json.JsonException)
        {
            return JsonValue.Create(text);
        }
    }
}
