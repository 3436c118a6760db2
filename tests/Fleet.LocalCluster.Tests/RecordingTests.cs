using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Fleet.LocalCluster.Tests.Support;
using TestKit;

namespace Fleet.LocalCluster.Tests;

/// <summary>
/// What each kubectl verb sends to a real kube-apiserver was recorded (<c>Recordings/</c>); the same requests have the same answers here and there,
/// apart from what is different by nature. Recorded again with <c>FLEET_RECORD=1</c>.
/// </summary>
public sealed partial class RecordingTests
{
    private const string Testnets = "/apis/beaconfleet.dev/v1alpha1/testnets";

    /// <summary>
    /// What differs by nature; accounts are given to pods by a plugin that the real server here runs without, and what is
    /// written by a sub-resource is told apart (and by <c>scale</c>, noted at all) by newer servers only.
    /// </summary>
    private static readonly string[] ByNature =
    [
        "uid", "resourceVersion", "creationTimestamp", "deletionTimestamp", "selfLink", "time", "kubernetes.io/metadata.name", "description", "clusterIP", "clusterIPs", "subresource",
        "serviceAccount", "serviceAccountName", "f:replicas",
    ];

    private static string Folder => Path.Combine(Repository.Root, "tests", "Fleet.LocalCluster.Tests", "Recordings");

    private static IEnumerable<KubectlStep> Session => [.. KubectlSession.BuiltinKinds, .. KubectlSession.Defining, .. KubectlSession.OwnKinds];

    [Fact]
    public async Task What_kubectl_sends_has_the_same_answers_from_a_real_server_and_from_this_one()
    {
        Assert.SkipUnless(RealApiServer.WhyNot is null, RealApiServer.WhyNot ?? "");
        if (Environment.GetEnvironmentVariable("FLEET_RECORD") == "1")
        {
            await RecordAsync();
        }

        await using RealApiServer real = await RealApiServer.StartAsync();
        await using TestCluster local = await TestCluster.StartAsync(c => c.Alive = false);
        List<string> there = await ReplayAsync(real.Server.ToString().TrimEnd('/'), real.Token);
        List<string> here = await ReplayAsync(local.Cluster.ApiServerUrl, local.Cluster.Token);
        if (Environment.GetEnvironmentVariable("FLEET_TRANSCRIPTS") is { Length: > 0 } folder)
        {
            await File.WriteAllLinesAsync(Path.Combine(folder, "real.txt"), there);
            await File.WriteAllLinesAsync(Path.Combine(folder, "local.txt"), here);
        }

        Assert.NotEmpty(there);
        Assert.Equal(string.Join('\n', there), string.Join('\n', here));
    }

    private static async Task RecordAsync()
    {
        await using RealApiServer real = await RealApiServer.StartAsync();
        await using RecordingProxy proxy = await RecordingProxy.StartAsync(real.Server, real.Token);
        await using TestCluster kubectl = await TestCluster.StartAsync();
        int index = 0;
        Directory.CreateDirectory(Folder);
        foreach (string old in Directory.GetFiles(Folder, "*.json"))
        {
            File.Delete(old);
        }

        foreach (KubectlStep step in Session)
        {
            _ = await kubectl.TryKubectlAsync($"--server={proxy.Url} {step.Arguments}", step.Input, step.Editor);
            JsonArray sent = proxy.Take();
            foreach (JsonObject discovery in sent.OfType<JsonObject>().Where(r => !IsAboutObjects((string)r["path"]!)).ToArray())
            {
                sent.Remove(discovery);
            }

            await File.WriteAllTextAsync(Path.Combine(Folder, $"{index++:00}-{step.Verb}.json"), sent.ToJsonString(new JsonSerializerOptions { WriteIndented = true }) + "\n");
            if (step.Verb == "wait-definition")
            {
                using HttpClient client = Client();
                await ServedAsync(client, real.Server.ToString().TrimEnd('/'), real.Token);
            }
        }
    }

    private static async Task<List<string>> ReplayAsync(string server, string token)
    {
        using HttpClient client = Client();
        var transcript = new List<string>();
        Dictionary<string, bool> wording = Session.ToDictionary(s => s.Verb, s => s.Wording, StringComparer.Ordinal);
        foreach (string file in Directory.GetFiles(Folder, "*.json").Order(StringComparer.Ordinal))
        {
            string name = Path.GetFileNameWithoutExtension(file);
            foreach (JsonObject recorded in JsonNode.Parse(await File.ReadAllTextAsync(file))!.AsArray().OfType<JsonObject>())
            {
                string path = (string)recorded["path"]!;
                bool isWatch = path.Contains("watch=true", StringComparison.Ordinal);
                if (NotServed().IsMatch(path) || (isWatch && path.Contains("customresourcedefinitions", StringComparison.Ordinal)))
                {
                    continue; // when a definition is established is the server's own time
                }

                using HttpRequestMessage request = Request(recorded, server, token);
                using HttpResponseMessage response = await client.SendAsync(request);
                string text = await response.Content.ReadAsStringAsync();
                string body = !wording[name[(name.IndexOf('-', StringComparison.Ordinal) + 1)..]] ? ""
                    : isWatch ? string.Join(' ', text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => Normalize(JsonNode.Parse(line))!.ToJsonString()).Order(StringComparer.Ordinal))
                    : text.StartsWith('{') ? Normalize(JsonNode.Parse(text))!.ToJsonString() : text.Trim();
                transcript.Add($"{name} {recorded["method"]} {path}\n  {(int)response.StatusCode} {body}");
            }

            if (name.EndsWith("wait-definition", StringComparison.Ordinal))
            {
                await ServedAsync(client, server, token);
            }
        }

        return transcript;
    }

    private static HttpClient Client() => new(new SocketsHttpHandler { UseProxy = false, SslOptions = { RemoteCertificateValidationCallback = (_, _, _, _) => true } });

    /// <summary>Discovery and OpenAPI differ by what is served.</summary>
    private static bool IsAboutObjects(string path)
    {
        string[] parts = path.Split('?')[0].Split('/');
        return (parts[1] == "api" && parts.Length > 3) || (parts[1] == "apis" && parts.Length > 4);
    }

    /// <summary>A definition is established a moment before its paths answer.</summary>
    private static async Task ServedAsync(HttpClient client, string server, string token) => await Eventually.TrueAsync(
        async () =>
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, server + Testnets);
            request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {token}");
            using HttpResponseMessage response = await client.SendAsync(request);
            return response.IsSuccessStatusCode;
        },
        () => "testnets are served",
        TimeSpan.FromSeconds(60));

    private static HttpRequestMessage Request(JsonObject recorded, string server, string token)
    {
        string path = (string)recorded["path"]!;
        if (path.Contains("watch=true", StringComparison.Ordinal))
        {
            // From the beginning, as versions are another server's; and for a moment only.
            path = WatchLimits().Replace(path, "") + "&timeoutSeconds=1";
        }

        var request = new HttpRequestMessage(new HttpMethod((string)recorded["method"]!), server + path);
        request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {token}");
        string accept = ((string?)recorded["accept"] ?? "application/json").Replace("application/vnd.kubernetes.protobuf,", "", StringComparison.Ordinal);
        request.Headers.TryAddWithoutValidation("Accept", accept);
        if ((string?)recorded["body"] is string body)
        {
            body = Revision().Replace(body, ""); // the revision of another server
            string type = (string?)recorded["type"] ?? "application/json";
            request.Content = new ByteArrayContent(type.Contains("protobuf", StringComparison.Ordinal) ? Convert.FromBase64String(body) : Encoding.UTF8.GetBytes(body));
            request.Content.Headers.TryAddWithoutValidation("Content-Type", type);
        }

        return request;
    }

    /// <summary>Keys sorted; nulls, empty values and what differs by nature left out; ages in tables made equal, list indexes in paths left out.</summary>
    private static JsonNode? Normalize(JsonNode? node)
    {
        switch (node)
        {
            case JsonObject value:
                if (value["metadata"] is JsonObject metadata && (metadata["name"] as JsonValue)?.ToString() is "testnets.beaconfleet.dev" or "recorded")
                {
                    value.Remove("status"); // how far a definition or a namespace is, and what the server itself writes there, is its own time
                    metadata.Remove("managedFields");
                    metadata.Remove("finalizers");
                }

                if (value["name"] is JsonValue column && column.TryGetValue(out string? header) && header == "Restarts")
                {
                    value.Remove("type"); // a number once, now text that can say when
                }

                var result = new JsonObject();
                foreach ((string key, JsonNode? field) in value.OrderBy(p => p.Key, StringComparer.Ordinal))
                {
                    if (key == "fieldsV1")
                    {
                        result[key] = string.Join(' ', Fields(field!, ""));
                    }
                    else if (key == "managedFields")
                    {
                        // Ordered by their times, whole seconds: what fell into one second is another matter on each server.
                        result[key] = new JsonArray([.. Normalize(field)!.AsArray().Select(entry => entry!.DeepClone()).OrderBy(entry => entry.ToJsonString(), StringComparer.Ordinal)]);
                    }
                    else if (!ByNature.Contains(key) && Normalize(field) is { } kept && kept is not JsonObject { Count: 0 } && kept.ToJsonString() != "\"\"")
                    {
                        result[key] = kept;
                    }
                }

                return result;
            case JsonArray list:
                return new JsonArray([.. list.Where(i => i is not JsonObject map || (string?)(map["subresource"] as JsonValue) != "scale").Select(Normalize)]);
            case JsonValue text when text.TryGetValue(out string? s):
                return Age().IsMatch(s) ? "AGE" : ListIndex().Replace(s, "");
            default:
                return node?.DeepClone();
        }
    }

    /// <summary>The paths of a set of fields, but for those that differ by nature.</summary>
    private static IEnumerable<string> Fields(JsonNode fields, string prefix) => fields.AsObject().Where(f => !ByNature.Contains(f.Key)).OrderBy(f => f.Key, StringComparer.Ordinal)
        .SelectMany(f => f.Value!.AsObject().Count == 0 ? [prefix + f.Key] : Fields(f.Value, prefix + f.Key + "/"));

    [GeneratedRegex(@",\{""op"":""replace"",""path"":""/metadata/resourceVersion"",""value"":""\d+""\}|,""resourceVersion"":""\d+""|""resourceVersion"":""\d+"",?")]
    private static partial Regex Revision();

    /// <summary>Kinds that <c>kubectl get all</c> asks a whole cluster for.</summary>
    [GeneratedRegex("/(replicationcontrollers|daemonsets|deployments|replicasets|horizontalpodautoscalers|jobs|cronjobs)\\?")]
    private static partial Regex NotServed();

    [GeneratedRegex(@"&?\b(resourceVersion|timeout|timeoutSeconds)=[^&]*")]
    private static partial Regex WatchLimits();

    [GeneratedRegex(@"(?<=[a-z])\[\d+\](?=\.)")]
    private static partial Regex ListIndex();

    [GeneratedRegex(@"^\d+[smhd]$")]
    private static partial Regex Age();
}
