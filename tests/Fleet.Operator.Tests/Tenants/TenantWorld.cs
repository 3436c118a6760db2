using System.Collections.Concurrent;
using System.Text;
using System.Text.Json.Nodes;
using Fleet.Api;
using Fleet.Api.Manifests;
using Fleet.Kubernetes;
using Fleet.Kubernetes.Models;
using Fleet.LocalCluster;
using Microsoft.Extensions.Logging;
using TestKit;

namespace Fleet.Operator.Tests.Tenants;

/// <summary>One operator over all namespaces, on an API server whose definitions check types and nothing else, so that nothing but the operator itself is in a tenant's way.</summary>
public sealed class TenantWorld : IAsyncLifetime
{
    /// <summary>A namespace that is none of the tenants' business.</summary>
    public const string Vault = "vault";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private readonly string _directory = Directory.CreateTempSubdirectory("fleet-tenants-").FullName;
    private readonly CancellationTokenSource _stop = new();
    private readonly Lines _log = new();
    private Fleet.LocalCluster.LocalCluster? _cluster;
    private KubernetesClient? _client;
    private RecordingClient? _recording;
    private OperatorHost? _host;
    private Task _operator = Task.CompletedTask;

    internal IKubernetesClient Client => _client!;

    /// <summary>What the operator asked for.</summary>
    internal IReadOnlyCollection<Request> Requests => _recording!.Requests;

    /// <summary>What the operator logged.</summary>
    internal string Log => _log.ToString();

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        _cluster = await Fleet.LocalCluster.LocalCluster.StartAsync(new LocalClusterOptions { DataDir = _directory, RunPods = false, RunControllers = false });
        _client = new KubernetesClient(Kubeconfig.Load(new KubeconfigOptions { Path = _cluster.KubeconfigPath }));
        foreach (CustomResourceDefinition definition in CrdManifests.Read())
        {
            JsonObject bare = KubernetesJson.ToNode(definition);
            Strip(bare["spec"]!["versions"]![0]!["schema"]!["openAPIV3Schema"]!.AsObject());
            await _client.CreateAsync(KubernetesJson.Deserialize<CustomResourceDefinition>(Encoding.UTF8.GetBytes(bare.ToJsonString())), null, CancellationToken.None);
        }

        await _client.CreateAsync(new Namespace { Metadata = new ObjectMeta { Name = Vault } }, null, CancellationToken.None);
        await _client.CreateAsync(Plants.Secret(Vault, "crown-jewels", labelled: true), null, CancellationToken.None);
        _recording = new RecordingClient(_client);
        using ILoggerFactory loggers = LoggerFactory.Create(builder => builder.SetMinimumLevel(LogLevel.Trace).AddProvider(_log));
        CancellationToken token = _stop.Token;
        _operator = Task.Run(() => OperatorHost.RunAsync(_recording, new OperatorOptions { BeaconImage = "beacon:dev", LoggerFactory = loggers }, host => _host = host, token), CancellationToken.None);
        await Eventually.TrueAsync(() => _host?.IsReady == true, () => "the operator is ready", Patience, CancellationToken.None);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _operator;
        _client?.Dispose();
        if (_cluster is not null)
        {
            await _cluster.DisposeAsync();
        }

        Directory.Delete(_directory, recursive: true);
        _stop.Dispose();
        _log.Dispose();
    }

    /// <summary>Waits until the operator has judged an object of a tenant.</summary>
    internal async Task JudgedAsync<T>(string @namespace, string name, Func<T, List<Condition>?> conditions)
        where T : class, IKubernetesObject<T>
    {
        string last = "";
        await Eventually.TrueAsync(
            async () =>
            {
                T? value = await Client.FindAsync<T>(new ObjectKey(@namespace, name), CancellationToken.None);
                last = value is null ? "it is gone" : KubernetesJson.ToNode(value)["status"]?.ToJsonString() ?? "no status";
                return value is null || conditions(value)?.Exists(condition => condition.Type == ConditionTypes.Accepted && condition.ObservedGeneration == value.Metadata.Generation) == true;
            },
            () => $"{T.Resource.Kind} {@namespace}/{name} is judged; {last}",
            Patience,
            CancellationToken.None);
        await SettleAsync(@namespace);
    }

    /// <summary>Waits until the operator has nothing left to do in a namespace, or tries the same again and again because something is in the way.</summary>
    internal async Task SettleAsync(string @namespace)
    {
        const int Enough = 60;
        int quiet = 0;
        int looks = 0;
        int before = -1;
        await Eventually.TrueAsync(
            () =>
            {
                int now = Requests.Count(request => request.Namespace == @namespace);
                quiet = now == before ? quiet + 1 : 0;
                before = now;
                return quiet >= 10 || ++looks >= Enough;
            },
            () => $"the operator settles in {@namespace}",
            Patience,
            CancellationToken.None);
    }

    /// <summary>Removes what a tenant wrote, so that the operator does not try for ever what cannot be done.</summary>
    internal async Task ClearAsync(string @namespace)
    {
        await RemoveAsync<Testnet>();
        await RemoveAsync<BeaconNode>();

        async Task RemoveAsync<T>()
            where T : class, IKubernetesObject<T>
        {
            foreach (T item in (await Client.ListAllAsync<T>(@namespace, null, CancellationToken.None)).Items)
            {
                await Client.DeleteAsync<T>(ObjectKey.Of(item), null, CancellationToken.None);
                if (item.Metadata.Finalizers is { Count: > 0 })
                {
                    await Client.PatchAsync<T>(
                        ObjectKey.Of(item), Patch.Merge(new JsonObject { ["metadata"] = new JsonObject { ["finalizers"] = null } }), null, CancellationToken.None);
                }
            }
        }
    }

    /// <summary>Every object of the kinds the operator touches, in a namespace.</summary>
    internal async Task<IReadOnlyList<JsonObject>> ObjectsAsync(string @namespace)
    {
        var all = new List<JsonObject>();
        await AddAsync<Testnet>();
        await AddAsync<BeaconNode>();
        await AddAsync<ConfigMap>();
        await AddAsync<Service>();
        await AddAsync<StatefulSet>();
        await AddAsync<PersistentVolumeClaim>();
        await AddAsync<PodDisruptionBudget>();
        await AddAsync<CoreEvent>();
        await AddAsync<Secret>();
        return all;

        async Task AddAsync<T>()
            where T : class, IKubernetesObject<T>
        {
            foreach (T item in (await Client.ListAllAsync<T>(@namespace, null, CancellationToken.None)).Items)
            {
                item.Kind = T.Resource.Kind;
                all.Add(KubernetesJson.ToNode(item));
            }
        }
    }

    private static void Strip(JsonObject schema)
    {
        string[] checks = ["pattern", "minLength", "maxLength", "enum", "minimum", "maximum", "minItems", "maxItems", "maxProperties", "x-kubernetes-validations", "x-kubernetes-list-type", "x-kubernetes-list-map-keys"];
        foreach (string check in checks)
        {
            schema.Remove(check);
        }

        foreach (JsonNode? child in (schema["properties"]?.AsObject().Select(property => property.Value) ?? []).Append(schema["items"]).Append(schema["additionalProperties"]))
        {
            if (child is JsonObject inner)
            {
                Strip(inner);
            }
        }
    }

    private sealed class Lines : ILoggerProvider, ILogger
    {
        private readonly ConcurrentQueue<string> _lines = new();

        public ILogger CreateLogger(string categoryName) => this;

        public void Dispose()
        {
        }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            _lines.Enqueue(formatter(state, exception) + (exception is null ? "" : "\n" + exception));

        public override string ToString()
        {
            var text = new StringBuilder();
            foreach (string line in _lines)
            {
                text.AppendLine(line);
            }

            return text.ToString();
        }
    }
}
