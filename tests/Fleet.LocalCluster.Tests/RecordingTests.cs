using System.Net;
using System.Net.Sockets;
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
    private const string Manifest = """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","labels":{"app":"x"}},"data":{"one":"1","two":"2"}}""";
    private const string Set = """{"apiVersion":"apps/v1","kind":"StatefulSet","metadata":{"name":"set"},"spec":{"serviceName":"s","replicas":0,"selector":{"matchLabels":{"app":"x"}},"template":{"metadata":{"labels":{"app":"x"}},"spec":{"containers":[{"name":"c","image":"i:1","ports":[{"containerPort":9000}]}]}}}}""";
    private static readonly string[] ByNature =
        ["managedFields", "uid", "resourceVersion", "creationTimestamp", "selfLink", "time", "kubernetes.io/metadata.name", "description", "clusterIP", "clusterIPs", "availableReplicas"];

    private static readonly (string Verb, string Arguments, string? Input)[] Session =
    [
        ("create-namespace", "create ns recorded", null),
        ("apply", "apply -n recorded -f -", Manifest),
        ("apply-again", "apply -n recorded -f -", Manifest.Replace("\"1\"", "\"9\"", StringComparison.Ordinal)),
        ("apply-server-side", "apply --server-side --field-manager=m --force-conflicts -n recorded -f -", Manifest),
        ("diff", "diff -n recorded -f -", Manifest.Replace("\"2\"", "\"8\"", StringComparison.Ordinal)),
        ("get", "get cm -n recorded", null),
        ("get-wide", "get cm a -n recorded -o wide", null),
        ("get-json", "get cm a -n recorded -o json", null),
        ("get-selector", "get cm -n recorded -l app=x -o name", null),
        ("describe", "describe cm a -n recorded", null),
        ("patch-json", "patch cm a -n recorded --type=json -p '[{\"op\":\"add\",\"path\":\"/data/p\",\"value\":\"q\"}]'", null),
        ("patch-merge", "patch cm a -n recorded --type=merge -p '{\"data\":{\"p\":null}}'", null),
        ("patch-strategic", "patch cm a -n recorded -p '{\"data\":{\"p\":\"r\"}}'", null),
        ("label", "label cm a -n recorded app=y --overwrite", null),
        ("annotate", "annotate cm a -n recorded note=n", null),
        ("apply-set", "apply -n recorded -f -", Set),
        ("scale", "scale sts set -n recorded --replicas=2", null),
        ("get-set", "get sts -n recorded -o wide", null),
        ("missing", "get cm nobody -n recorded", null),
        ("invalid", "create cm Bad_Name -n recorded", null),
        ("delete-set", "delete sts set -n recorded --wait=false", null),
        ("delete", "delete cm a -n recorded", null),
    ];

    private static string Folder => Path.Combine(Root(), "tests", "Fleet.LocalCluster.Tests", "Recordings");

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
        using var free = new TcpListener(IPAddress.Loopback, 0);
        free.Start();
        int port = ((IPEndPoint)free.LocalEndpoint).Port;
        free.Stop();
        using var proxy = new RecordingProxy(real.Server, real.Token, port);
        await using TestCluster kubectl = await TestCluster.StartAsync();
        int index = 0;
        Directory.CreateDirectory(Folder);
        foreach ((string verb, string arguments, string? input) in Session)
        {
            _ = await kubectl.TryKubectlAsync($"--server={proxy.Url} {arguments}", input);
            string json = proxy.Take().ToJsonString(new JsonSerializerOptions { WriteIndented = true });
            await File.WriteAllTextAsync(Path.Combine(Folder, $"{index++:00}-{verb}.json"), json + "\n");
        }
    }

    private static async Task<List<string>> ReplayAsync(string server, string token)
    {
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false, SslOptions = { RemoteCertificateValidationCallback = (_, _, _, _) => true } });
        var transcript = new List<string>();
        foreach (string file in Directory.GetFiles(Folder, "*.json").Order(StringComparer.Ordinal))
        {
            foreach (JsonObject recorded in JsonNode.Parse(await File.ReadAllTextAsync(file))!.AsArray().OfType<JsonObject>())
            {
                string path = (string)recorded["path"]!;
                if (!path.Contains("/namespaces", StringComparison.Ordinal) || path.Contains("watch=true", StringComparison.Ordinal))
                {
                    continue; // discovery and OpenAPI differ by what is served; watches by when they end
                }

                using HttpRequestMessage request = Request(recorded, server, token);
                using HttpResponseMessage response = await client.SendAsync(request);
                string text = await response.Content.ReadAsStringAsync();
                JsonNode? body = text.StartsWith('{') ? Normalize(JsonNode.Parse(text)) : null;
                transcript.Add($"{Path.GetFileNameWithoutExtension(file)} {recorded["method"]} {path}\n  {(int)response.StatusCode} {body?.ToJsonString()}");
            }
        }

        return transcript;
    }

    private static HttpRequestMessage Request(JsonObject recorded, string server, string token)
    {
        var request = new HttpRequestMessage(new HttpMethod((string)recorded["method"]!), server + (string)recorded["path"]!);
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

    /// <summary>Keys sorted; nulls, empty values and what differs by nature left out; ages in tables made equal.</summary>
    private static JsonNode? Normalize(JsonNode? node)
    {
        switch (node)
        {
            case JsonObject value:
                var result = new JsonObject();
                foreach ((string key, JsonNode? field) in value.OrderBy(p => p.Key, StringComparer.Ordinal))
                {
                    if (!ByNature.Contains(key) && Normalize(field) is { } kept && kept is not JsonObject { Count: 0 } && kept.ToJsonString() != "\"\"")
                    {
                        result[key] = kept;
                    }
                }

                return result;
            case JsonArray list:
                return new JsonArray([.. list.Select(i => Normalize(WithoutType(i)))]);
            case JsonValue text when text.TryGetValue(out string? s) && Age().IsMatch(s):
                return "AGE";
            default:
                return node?.DeepClone();
        }
    }

    /// <summary>Items of lists of built-in kinds carry no type on a real server, and do here: clients read both.</summary>
    private static JsonNode? WithoutType(JsonNode? item)
    {
        if (item is JsonObject map && map["metadata"] is not null)
        {
            map.Remove("apiVersion");
            map.Remove("kind");
        }

        return item;
    }

    private static string Root()
    {
        string? directory = AppContext.BaseDirectory;
        while (directory is not null && !File.Exists(Path.Combine(directory, "FleetOperator.sln")))
        {
            directory = Path.GetDirectoryName(directory);
        }

        return directory ?? throw new InvalidOperationException("the repository's root is not above the test binaries");
    }

    [GeneratedRegex(@",\{""op"":""replace"",""path"":""/metadata/resourceVersion"",""value"":""\d+""\}|,""resourceVersion"":""\d+""|""resourceVersion"":""\d+"",")]
    private static partial Regex Revision();

    [GeneratedRegex(@"^\d+[smhd]$")]
    private static partial Regex Age();
}
