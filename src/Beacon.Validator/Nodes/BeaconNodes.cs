using System.Net;
using System.Net.Sockets;
using Beacon.ApiClient;
using Beacon.Ssz;
using Microsoft.Extensions.Logging;

namespace Beacon.Validator.Nodes;

/// <summary>The beacon nodes to work with, in order of preference, and which of them can be used now.</summary>
/// <remarks>
/// A node can be used while it is reachable, its genesis is that of the manifest, and it is synced. Each is looked at twice per slot; one
/// that failed is looked at before it is used again. Thread-safe.
/// </remarks>
public sealed partial class BeaconNodes
{
    private readonly Node[] _nodes;
    private readonly NetworkManifest _manifest;
    private readonly TimeProvider _time;
    private readonly TimeSpan _timeout;
    private readonly ValidatorMetrics _metrics;
    private readonly ILogger _logger;

    /// <summary>Makes the list; no node is used before <see cref="CheckAsync"/> approved it.</summary>
    /// <param name="clients">In order of preference.</param>
    /// <param name="manifest">Which chain they must be on.</param>
    /// <param name="timeout">Longest wait for an answer.</param>
    /// <param name="time">The clock.</param>
    /// <param name="metrics">Counts ready nodes.</param>
    /// <param name="logger">Hears when a node becomes usable or stops being so.</param>
    public BeaconNodes(
        IReadOnlyList<BeaconApiClient> clients, NetworkManifest manifest, TimeSpan timeout, TimeProvider time, ValidatorMetrics metrics, ILogger logger)
    {
        _nodes = [.. clients.Select(static client => new Node(client))];
        _manifest = manifest;
        _timeout = timeout;
        _time = time;
        _metrics = metrics;
        _logger = logger;
    }

    /// <summary>Clients of the nodes that can be used, in order of preference.</summary>
    public IReadOnlyList<BeaconApiClient> Ready => [.. _nodes.Where(static node => node.Problem is null).Select(static node => node.Client)];

    /// <summary>Whether every node that answered is on another chain, and at least one did.</summary>
    public bool AllOnOtherChains => _nodes.All(static node => node.OtherChain);

    /// <summary>Why no node can be used, one clause per node; null when one can.</summary>
    public string? Problem =>
        _nodes.Any(static node => node.Problem is null) ? null : string.Join("; ", _nodes.Select(static node => $"{node.Client}: {node.Problem}"));

    /// <summary>An HTTP client whose sockets come from a given address, for connections between pods of one machine.</summary>
    public static HttpClient CreateHttpClient(IPAddress localAddress, Func<HttpMessageHandler, HttpMessageHandler> decorate)
    {
        var handler = new SocketsHttpHandler
        {
            PooledConnectionIdleTimeout = TimeSpan.FromMinutes(1),
            ConnectTimeout = TimeSpan.FromSeconds(2),
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
        };
        if (!localAddress.Equals(IPAddress.Any) && !localAddress.Equals(IPAddress.IPv6Any))
        {
            handler.ConnectCallback = async (context, cancellationToken) =>
            {
                var socket = new Socket(localAddress.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                try
                {
                    socket.Bind(new IPEndPoint(localAddress, 0));
                    await socket.ConnectAsync(context.DnsEndPoint, cancellationToken);
                    return new NetworkStream(socket, ownsSocket: true);
                }
                catch
                {
                    socket.Dispose();
                    throw;
                }
            };
        }

        // Time limits are per request, by token.
        return new HttpClient(decorate(handler)) { Timeout = Timeout.InfiniteTimeSpan };
    }

    /// <summary>Looks at every node.</summary>
    public async Task CheckAsync(CancellationToken cancellationToken)
    {
        await Task.WhenAll(_nodes.Select(node => CheckNodeAsync(node, cancellationToken)));
        _metrics.ReadyNodeCount = _nodes.Count(static node => node.Problem is null);
    }

    /// <summary>Asks the first usable node, and the next ones if it fails.</summary>
    /// <exception cref="BeaconApiException">All failed; the last one's reason.</exception>
    /// <exception cref="NoBeaconNodeException">None can be used.</exception>
    public async Task<T> UseAsync<T>(Func<BeaconApiClient, CancellationToken, Task<T>> request, CancellationToken cancellationToken)
    {
        BeaconApiException? last = null;
        foreach (Node node in _nodes.Where(static node => node.Problem is null))
        {
            using var limited = new LimitedToken(_timeout, _time, cancellationToken);
            try
            {
                return await request(node.Client, limited.Token);
            }
            catch (BeaconApiException exception)
            {
                last = exception;
                if (exception.StatusCode is null)
                {
                    Report(node, exception.Message);
                }
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                last = new BeaconApiException($"{node.Client} did not answer within {_timeout.TotalSeconds:0.#} s", null, null, null);
                Report(node, last.Message);
            }
        }

        throw last ?? (Exception)new NoBeaconNodeException(Problem ?? "no beacon node is usable");
    }

    /// <inheritdoc cref="UseAsync{T}"/>
    public Task UseAsync(Func<BeaconApiClient, CancellationToken, Task> request, CancellationToken cancellationToken) =>
        UseAsync<object?>(
            async (client, token) =>
            {
                await request(client, token);
                return null;
            },
            cancellationToken);

    private async Task CheckNodeAsync(Node node, CancellationToken cancellationToken)
    {
        using var limited = new LimitedToken(_timeout, _time, cancellationToken);
        try
        {
            if (!node.GenesisChecked)
            {
                GenesisInfo genesis = await node.Client.GetGenesisAsync(limited.Token);
                Root genesisRoot = (await node.Client.GetHeaderAsync("0", limited.Token)).Data.Root;
                node.OtherChain = genesis.GenesisValidatorsRoot != _manifest.GenesisValidatorsRoot || genesisRoot != _manifest.GenesisRoot;
                if (node.OtherChain)
                {
                    Report(
                        node,
                        $"it is on another chain (genesis block {genesisRoot}, validators {genesis.GenesisValidatorsRoot}; expected {_manifest.GenesisRoot}, {_manifest.GenesisValidatorsRoot})");
                    return;
                }

                node.GenesisChecked = true;
            }

            SyncingStatus syncing = await node.Client.GetSyncingAsync(limited.Token);
            Report(node, syncing.IsSyncing ? $"it is syncing, {syncing.SyncDistance} slots behind" : null);
        }
        catch (BeaconApiException exception)
        {
            Report(node, exception.Message);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            Report(node, $"no answer within {_timeout.TotalSeconds:0.#} s");
        }
    }

    private void Report(Node node, string? problem)
    {
        // What did not answer may come back as another node: its genesis is asked again.
        if (problem is not null)
        {
            node.GenesisChecked = false;
        }

        string? before = node.Problem;
        node.Problem = problem;
        if (problem is null && before is not null)
        {
            Log.NodeReady(_logger, node.Client.BaseUrl);
        }
        else if (problem is not null && (before is null || !node.Reported))
        {
            Log.NodeNotReady(_logger, node.Client.BaseUrl, problem);
            node.Reported = true;
        }
    }

    private sealed class Node(BeaconApiClient client)
    {
        private volatile string? _problem = "not asked yet";

        public BeaconApiClient Client { get; } = client;

        public string? Problem
        {
            get => _problem;
            set => _problem = value;
        }

        public bool GenesisChecked { get; set; }

        public bool OtherChain { get; set; }

        public bool Reported { get; set; }
    }
}

/// <summary>No beacon node can be used; the message says why.</summary>
public sealed class NoBeaconNodeException(string message) : Exception(message);

/// <summary>A token that is cancelled with another one or after a time.</summary>
internal sealed class LimitedToken : IDisposable
{
    private readonly CancellationTokenSource _timer;
    private readonly CancellationTokenSource _linked;

    public LimitedToken(TimeSpan limit, TimeProvider time, CancellationToken cancellationToken)
    {
        _timer = new CancellationTokenSource(limit, time);
        _linked = CancellationTokenSource.CreateLinkedTokenSource(_timer.Token, cancellationToken);
    }

    public CancellationToken Token => _linked.Token;

    public void Dispose()
    {
        _linked.Dispose();
        _timer.Dispose();
    }
}
