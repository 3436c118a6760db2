using System.Text.Json.Nodes;
using Fleet.Kubernetes;
using Fleet.Kubernetes.Models;

namespace Fleet.Contract.Tests;

/// <summary>The same requests to both servers have the same answers, apart from what is different by nature (identities, versions, times, wording).</summary>
/// <remarks>Who owns which field is compared by <see cref="PatchContract"/>; accounts are given to pods by a plugin that the real server here runs without.</remarks>
public sealed class SameAnswersTests(ContractServers servers)
{
    private const string Merge = "application/merge-patch+json";
    private const string Apply = "application/apply-patch+yaml";

    private static readonly string[] ByNature = ["managedFields", "uid", "resourceVersion", "creationTimestamp", "deletionTimestamp", "time", "selfLink", "message", "description", "serviceAccount", "serviceAccountName", "remainingItemCount", "storageVersionHash"];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Scripts: one request per line, <c>METHOD path [content type] [body]</c>.</summary>
    public static TheoryData<string> Scripts { get; } = new(Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "Scripts"), "*.txt").Select(file => Path.GetFileNameWithoutExtension(file)!).Order());

    [Theory]
    [MemberData(nameof(Scripts))]
    public async Task Both_servers_answer_the_same(string script)
    {
        string[] lines = [.. (await File.ReadAllLinesAsync(Path.Combine(AppContext.BaseDirectory, "Scripts", script + ".txt"), Token)).Where(line => line.Length > 0 && line[0] != '#')];
        string real = await RunAsync(ServerKind.Real, lines);
        string local = await RunAsync(ServerKind.Local, lines);

        if (Environment.GetEnvironmentVariable("FLEET_TRANSCRIPTS") is { Length: > 0 } folder)
        {
            await File.WriteAllTextAsync(Path.Combine(folder, script + ".real.txt"), real, Token);
            await File.WriteAllTextAsync(Path.Combine(folder, script + ".local.txt"), local, Token);
        }

        Assert.Equal(real, local);
    }

    private async Task<string> RunAsync(ServerKind kind, string[] lines)
    {
        using var client = new KubernetesClient(Kubernetes.Kubeconfig.Load(new KubeconfigOptions { Path = await servers.KubeconfigAsync(kind) }));
        string name = "s-" + Guid.NewGuid().ToString("n")[..12];
        await client.CreateAsync(new Namespace { Metadata = new ObjectMeta { Name = name } }, null, Token);
        var transcript = new List<string>();
        foreach (string line in lines)
        {
            string[] parts = line.Split(' ', 3);
            string rest = parts.Length > 2 ? parts[2] : "";
            string type = rest.StartsWith("merge ", StringComparison.Ordinal) ? Merge : rest.StartsWith("apply ", StringComparison.Ordinal) ? Apply : "application/json";
            string? body = rest.Length == 0 ? null : (type == "application/json" ? rest : rest[6..]).Replace("\"NS\"", "\"" + name + "\"", StringComparison.Ordinal);
            string accept = parts[1].Contains("as=Table", StringComparison.Ordinal) ? "application/json;as=Table;v=v1;g=meta.k8s.io" : "application/json";
            string path = parts[1].Replace("?as=Table", "", StringComparison.Ordinal).Replace("NS", name, StringComparison.Ordinal);
            Answer answer = await ContractTest.SendAsync(client, parts[0], path, body, type, accept);
            JsonNode? normal = Normalize(JsonNode.Parse((answer.Body?.ToJsonString() ?? "null").Replace(name, "NS", StringComparison.Ordinal)));
            transcript.Add($"{line}\n  {answer.Status} {normal?.ToJsonString()}");
        }

        await client.DeleteAsync<Namespace>(new ObjectKey("", name), null, Token);
        return string.Join('\n', transcript);
    }

    /// <summary>Without what differs by nature; keys sorted; null, empty text and empty objects mean the same as nothing; ages are of no interest.</summary>
    private static JsonNode? Normalize(JsonNode? node)
    {
        switch (node)
        {
            case JsonObject fields:
                var result = new JsonObject();
                foreach ((string key, JsonNode? field) in fields.OrderBy(pair => pair.Key, StringComparer.Ordinal))
                {
                    if (!ByNature.Contains(key) && Normalize(field) is { } kept)
                    {
                        result[key] = kept;
                    }
                }

                return result.Count > 0 ? result : null;
            case JsonArray list:
                return new JsonArray([.. list.Select(Normalize)]);
            case JsonValue text when text.TryGetValue(out string? value) && (value.Length == 0 || IsAge(value)):
                return value.Length == 0 ? null : JsonValue.Create("AGE");
            default:
                return node?.DeepClone();
        }
    }

    private static bool IsAge(string text) => text.Length <= 4 && text[^1] == 's' && text[..^1].All(char.IsAsciiDigit);
}
