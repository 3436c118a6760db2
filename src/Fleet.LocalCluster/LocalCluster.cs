using System.Globalization;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Fleet.LocalCluster.Api;
using Fleet.LocalCluster.Resources;
using Fleet.LocalCluster.Security;
using Fleet.LocalCluster.Storage;

namespace Fleet.LocalCluster;

/// <summary>
/// A Kubernetes cluster in one process: the HTTPS API on a store in memory with a log on disk, the controllers, and a runner that runs
/// pods as local processes.
/// </summary>
public sealed class LocalCluster : IAsyncDisposable
{
    private readonly ObjectStore _store;
    private readonly ClusterCredentials _credentials;
    private readonly FileStream _lock;
    private readonly ApiServer _server;
    private readonly IReadOnlyList<IAsyncDisposable> _parts;
    private bool _disposed;

    private LocalCluster(ObjectStore store, ClusterCredentials credentials, FileStream dataLock, ApiServer server, string kubeconfig, IReadOnlyList<IAsyncDisposable> parts)
    {
        _store = store;
        _credentials = credentials;
        _lock = dataLock;
        _server = server;
        _parts = parts;
        KubeconfigPath = kubeconfig;
        CaCertificatePem = credentials.AuthorityPem;
    }

    /// <summary>The kubeconfig that was written into the data directory.</summary>
    public string KubeconfigPath { get; }

    /// <summary>Base address of the API server.</summary>
    public string ApiServerUrl => _server.Url;

    /// <summary>The administrator's bearer token.</summary>
    public string Token => _credentials.Token;

    /// <summary>Certificate of the cluster's CA, PEM.</summary>
    public string CaCertificatePem { get; }

    /// <summary>The newest resourceVersion.</summary>
    public long Revision => _store.Revision;

    /// <summary>Starts a cluster on a data directory; what was there before is there again.</summary>
    /// <exception cref="LocalClusterException">The directory is in use or can't be written, or the port is taken: one sentence that says so.</exception>
    public static async Task<LocalCluster> StartAsync(LocalClusterOptions options, CancellationToken cancellationToken = default)
    {
        FileStream dataLock = TakeLock(options.DataDir);
        var undo = new Stack<IAsyncDisposable>();
        undo.Push(dataLock);
        try
        {
            ClusterCredentials credentials = ClusterCredentials.LoadOrCreate(Path.Combine(options.DataDir, "pki"), options.Address, options.TimeProvider);
            var store = new ObjectStore(Path.Combine(options.DataDir, "store"));
            undo.Push(new Disposer(store));
            if (options.Faults is { } faults)
            {
                store.Committed += faults.OnStored;
            }

            var objects = new ObjectService(store, new ResourceRegistry(store), options.TimeProvider);
            Bootstrap(objects);
            ClusterParts parts = ClusterParts.Prepare(options, objects);
            undo.Push(parts);
            ApiServer server = await ListenAsync(options, objects, credentials, parts.Logs, cancellationToken);
            undo.Push(server);
            string kubeconfig = Path.Combine(options.DataDir, "kubeconfig");
            Kubeconfig.Write(kubeconfig, server.Url, credentials.AuthorityPem, credentials.Token);
            parts.Start();
            return new LocalCluster(store, credentials, dataLock, server, kubeconfig, [parts]);
        }
        catch
        {
            foreach (IAsyncDisposable part in undo)
            {
                await part.DisposeAsync();
            }

            throw;
        }
    }

    /// <summary>Forgets the watch history: every watcher gets 410 Gone and must list again. For tests of clients.</summary>
    public void CompactHistory() => _store.Compact();

    /// <summary>Stops cleanly: pods are terminated (SIGTERM first), watches end, the state is forced to disk.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        foreach (IAsyncDisposable part in _parts)
        {
            await part.DisposeAsync();
        }

        await _server.DisposeAsync();
        _store.Dispose();
        _credentials.Dispose();
        await _lock.DisposeAsync();
    }

    private static FileStream TakeLock(string directory)
    {
        try
        {
            Directory.CreateDirectory(directory);
            return new FileStream(Path.Combine(directory, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new LocalClusterException(
                $"The data directory {directory} can't be used ({error.Message}); stop the fleet that runs on it with `fleet down --data-dir {directory}`, or choose another with --data-dir.", error);
        }
    }

    private static async Task<ApiServer> ListenAsync(LocalClusterOptions options, ObjectService objects, ClusterCredentials credentials, IPodLogs? logs, CancellationToken cancellationToken)
    {
        string portFile = Path.Combine(options.DataDir, "port");
        int remembered = File.Exists(portFile) && int.TryParse(await File.ReadAllTextAsync(portFile, cancellationToken), NumberStyles.None, CultureInfo.InvariantCulture, out int p) ? p : 0;
        int port = options.ApiPort != 0 ? options.ApiPort : remembered;
        ApiServer server;
        try
        {
            server = await StartServerAsync(port);
        }
        catch (Exception error) when (error is IOException or SocketException && options.ApiPort == 0 && port != 0)
        {
            server = await StartServerAsync(0);
        }
        catch (Exception error) when (error is IOException or SocketException)
        {
            // The second is what a socket says that lost the port between its binding and its listening.
            throw new LocalClusterException($"The API server can't listen on {options.Address}:{port} ({error.Message}); choose another port with --api-port, or 0 for a free one.", error);
        }

        await File.WriteAllTextAsync(portFile, new Uri(server.Url).Port.ToString(CultureInfo.InvariantCulture), cancellationToken);
        return server;

        Task<ApiServer> StartServerAsync(int on) =>
            ApiServer.StartAsync(objects, credentials, options.Address, on, logs, options.Faults, options.TimeProvider, options.LoggerFactory, cancellationToken);
    }

    /// <summary>What every cluster has: its first namespaces and its node.</summary>
    private static void Bootstrap(ObjectService objects)
    {
        var context = new WriteContext("fleet");
        foreach (string name in (string[])["default", "kube-system"])
        {
            CreateIfMissing(objects, context, "namespaces", new JsonObject { ["metadata"] = new JsonObject { ["name"] = name } });
        }

        CreateIfMissing(objects, context, "nodes", LocalNode.New());
        _ = objects.Edit(objects.Scope("", "nodes"), LocalNode.Name, context with { Subresource = "status" }, node =>
        {
            node["status"] = LocalNode.Status(node, objects.Now);
            return node;
        });
    }

    private static void CreateIfMissing(ObjectService objects, WriteContext context, string plural, JsonObject value)
    {
        try
        {
            _ = objects.Create(objects.Scope("", plural), value, context);
        }
        catch (ApiException error) when (error.Reason == "AlreadyExists")
        {
            // From an earlier start.
        }
    }

    private sealed class Disposer(IDisposable inner) : IAsyncDisposable
    {
        public ValueTask DisposeAsync()
        {
            inner.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}

/// <summary>The cluster can't start; the message is one sentence for the user, with the next step.</summary>
public sealed class LocalClusterException(string message, Exception inner) : Exception(message, inner);
