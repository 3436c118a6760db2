using System.Text.Json;
using System.Text.Json.Nodes;
using Fleet.Api;
using Fleet.Api.Manifests;
using Fleet.Api.Validation;
using Fleet.Kubernetes;
using Fleet.Kubernetes.Models;
using TestKit;

namespace Fleet.Contract.Tests.Rules;

/// <summary>What is said of an object.</summary>
/// <param name="IsAccepted">Whether it may be stored.</param>
/// <param name="Why">What is wrong with it, one line each.</param>
/// <param name="Stored">The object as it would be stored; null when it would not.</param>
internal sealed record Verdict(bool IsAccepted, IReadOnlyList<string> Why, JsonNode? Stored = null)
{
    /// <inheritdoc/>
    public override string ToString() => IsAccepted ? "accepted" : "refused: " + string.Join("; ", Why);

    /// <summary>Why the operator cannot read an object; null when it can.</summary>
    public static string? Unreadable(JsonObject value)
    {
        try
        {
            _ = (string?)value["kind"] switch
            {
                "Testnet" => (object?)value.Deserialize(FleetApiJson.Context.Testnet),
                "CanaryRollout" => value.Deserialize(FleetApiJson.Context.CanaryRollout),
                "ChainReset" => value.Deserialize(FleetApiJson.Context.ChainReset),
                _ => value.Deserialize(FleetApiJson.Context.BeaconNode),
            };
            return null;
        }
        catch (JsonException exception)
        {
            return $"the server takes what the operator cannot read: {exception.Message}";
        }
    }

    /// <summary>What the operator and <c>fleet lint</c> say.</summary>
    public static Verdict OfOperator(JsonObject value)
    {
        try
        {
            IReadOnlyList<FieldError> errors = (string?)value["kind"] switch
            {
                "Testnet" => TestnetValidator.Validate(value.Deserialize(FleetApiJson.Context.Testnet)!),
                "CanaryRollout" => CanaryRolloutValidator.Validate(value.Deserialize(FleetApiJson.Context.CanaryRollout)!),
                "ChainReset" => ChainResetValidator.Validate(value.Deserialize(FleetApiJson.Context.ChainReset)!),
                _ => BeaconNodeValidator.Validate(value.Deserialize(FleetApiJson.Context.BeaconNode)!),
            };
            return new Verdict(errors.Count == 0, [.. errors.Select(error => error.ToString())]);
        }
        catch (JsonException exception)
        {
            return new Verdict(false, [exception.Message]);
        }
    }
}

/// <summary>An API server that is asked for its verdict; nothing is stored.</summary>
internal sealed class Judge(KubernetesClient client) : IDisposable
{
    private const string Namespace = "default";

    /// <summary>A server with the definitions of this product.</summary>
    public static async Task<Judge> StartAsync(ContractServers servers, ServerKind kind)
    {
        var client = new KubernetesClient(Kubernetes.Kubeconfig.Load(new KubeconfigOptions { Path = await servers.KubeconfigAsync(kind) }));
        foreach (CustomResourceDefinition definition in CrdManifests.Read())
        {
            try
            {
                await client.CreateAsync(definition, null, TestContext.Current.CancellationToken);
            }
            catch (KubernetesException exception) when (exception.IsAlreadyExists)
            {
                // Another class of this assembly has installed it.
            }
        }

        await Eventually.TrueAsync(
            async () => await IsServedAsync(client, "testnets") && await IsServedAsync(client, "beaconnodes") && await IsServedAsync(client, "canaryrollouts") && await IsServedAsync(client, "chainresets"),
            () => "the custom resources are served",
            TimeSpan.FromSeconds(60),
            TestContext.Current.CancellationToken);
        return new Judge(client);
    }

    /// <summary>Verdict about an object that is to be created.</summary>
    public async Task<Verdict> OfAsync(JsonObject value) => Read(await SendAsync("POST", Path(value) + "?dryRun=All", value));

    /// <summary>Verdict about a change: the first object is stored and removed again.</summary>
    public async Task<Verdict> OfChangeAsync(JsonObject before, JsonObject after)
    {
        Answer created = (await SendAsync("POST", Path(before), before)).Expect(201);
        string one = $"{Path(before)}/{created.Text("metadata.name")}";
        after["metadata"]!["resourceVersion"] = created.Text("metadata.resourceVersion");
        try
        {
            return Read(await SendAsync("PUT", one + "?dryRun=All", after));
        }
        finally
        {
            (await SendAsync("DELETE", one, null)).Expect(200);
        }
    }

    /// <summary>Verdict about a status of a stored object.</summary>
    public async Task<Verdict> OfStatusAsync(JsonObject value) => Read(await SendAsync("PUT", $"{One(value)}/status?dryRun=All", value));

    /// <summary>Stores an object, without its version.</summary>
    public async Task<JsonObject> StoreAsync(JsonObject value)
    {
        JsonObject stored = (await SendAsync("POST", Path(value), value)).Expect(201).Body!.AsObject();
        stored["metadata"]!.AsObject().Remove("managedFields");
        return stored;
    }

    /// <summary>Removes a stored object.</summary>
    public async Task RemoveAsync(JsonObject value) => (await SendAsync("DELETE", One(value), null)).Expect(200);

    public void Dispose() => client.Dispose();

    private static string One(JsonObject value) => $"{Path(value)}/{(string?)value["metadata"]!["name"]}";

    private static Verdict Read(Answer answer) => answer.Status switch
    {
        200 or 201 => new Verdict(true, [], answer.Body),
        400 => new Verdict(false, [answer.Text("message") ?? ""]),
        422 => new Verdict(false, [.. answer["details.causes"]!.AsArray().Select(cause => $"{(string?)cause!["field"]}: {(string?)cause["message"]}")]),
        _ => throw new InvalidOperationException($"{answer.Status}: {answer.Body?.ToJsonString()}"),
    };

    private static string Path(JsonObject value) => $"/apis/{FleetGroup.Name}/{FleetGroup.Version}/namespaces/{Namespace}/{((string)value["kind"]!).ToLowerInvariant()}s";

    private static async Task<bool> IsServedAsync(KubernetesClient client, string plural) =>
        (await ContractTest.SendAsync(client, "GET", $"/apis/{FleetGroup.Name}/{FleetGroup.Version}/{plural}", null, "application/json", "application/json")).Status == 200;

    private Task<Answer> SendAsync(string method, string path, JsonObject? body) =>
        ContractTest.SendAsync(client, method, path, body?.ToJsonString(), "application/json", "application/json");
}
