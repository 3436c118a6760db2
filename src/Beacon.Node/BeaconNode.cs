using System.Diagnostics.Metrics;
using System.Net.Sockets;
using System.Reflection;
using Beacon.Chain;
using Beacon.Genesis;
using Beacon.Metrics;
using Beacon.Node.Api;
using Beacon.Ssz;
using Beacon.Storage;
using Beacon.Storage.RocksDb;
using Beacon.Types;
using Libp2p.Crypto;

namespace Beacon.Node;

/// <summary>The beacon node's process: waits for its network, opens its chain, joins its peers, and ends with an exit code.</summary>
public sealed partial class BeaconNode
{
    private static readonly TimeSpan WaitInterval = TimeSpan.FromMilliseconds(100);

    private readonly NodeOptions _options;
    private readonly TimeProvider _time;
    private readonly ILoggerFactory _loggers;
    private readonly ILogger<BeaconNode> _logger;

    private BeaconNode(NodeOptions options, TimeProvider time, ILoggerFactory loggers)
    {
        _options = options;
        _time = time;
        _loggers = loggers;
        _logger = loggers.CreateLogger<BeaconNode>();
    }

    /// <summary>Product and version, as peers and the Beacon API see it.</summary>
    public static string Version { get; } = "FleetOperator-beacon/" + (typeof(BeaconNode).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown");

    /// <summary>Runs a node until it is told to stop.</summary>
    /// <param name="options">What it was started with.</param>
    /// <param name="time">Time.</param>
    /// <param name="loggers">Logs.</param>
    /// <param name="error">Where the one sentence goes that says why the process ends.</param>
    /// <param name="stop">Cancelled by SIGTERM.</param>
    /// <returns>One of <see cref="ExitCodes"/>.</returns>
    public static async Task<int> RunAsync(NodeOptions options, TimeProvider time, ILoggerFactory loggers, TextWriter error, CancellationToken stop)
    {
        var node = new BeaconNode(options, time, loggers);
        try
        {
            await node.RunAsync(stop);
            return ExitCodes.Clean;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return ExitCodes.Clean;
        }
        catch (Exception exception)
        {
            int code = CodeOf(exception);
            if (code == ExitCodes.Internal)
            {
                Log.Failed(node._logger, exception);
            }
            else
            {
                Log.Ended(node._logger, code, exception.Message);
            }

            await error.WriteLineAsync("beacon: " + exception.Message);
            return code;
        }
    }

    private static int CodeOf(Exception exception) => exception switch
    {
        NodeException known => known.ExitCode,
        ChainConfigException => ExitCodes.BadConfiguration,
        GenesisException or GenesisMismatchException => ExitCodes.WrongGenesis,
        DatabaseFormatException => ExitCodes.BadConfiguration,
        DatabaseDamagedException => ExitCodes.DatabaseDamaged,
        _ => ExitCodes.Internal,
    };

    private async Task RunAsync(CancellationToken stop)
    {
        Identity identity = ReadIdentity(_options.IdentityFile);
        using var meters = new MetricsScope();
        using var registry = new MetricsRegistry(meters);
        _loggers.AddProvider(new LogCounter(meters));
        if (!_options.Bootnode)
        {
            // A library that is missing is said at once, and not in the middle of the first block.
            Crypto.Bls.EnsureAvailable();
        }

        var network = new NodeNetwork(identity, _options, _loggers.CreateLogger<NodeNetwork>());
        var api = new ApiContext(network, registry, _time, Version);
        Observe(meters);
        await using ApiServer server = await ListenAsync(api, stop);
        Log.Listening(_logger, _options.ListenAddress.ToString(), server.HttpPort, server.MetricsPort, identity.PeerId.ToString());

        Network files = await WaitForNetworkAsync(stop);
        if (_options.Bootnode)
        {
            await RunBootnodeAsync(files, network, api, meters, stop);
            return;
        }

        (string path, IReadOnlyList<string> removed) = ChainDirectories.Prepare(
            _options.DataDirectory, ChainDirectories.NameOf(_options.Iteration, Root.Parse(files.Manifest.GenesisRoot), _options.ChainDirectorySuffix), [.. _options.Keep]);
        foreach (string name in removed)
        {
            Log.RemovedChain(_logger, name);
        }

        BeaconDatabase database = DatabaseDirectory.Open(path, _options.Parts.DatabaseFormats, _options.MigrateDatabase, (from, to) => Log.Migrating(_logger, from, to));
        BeaconChain chain;
        try
        {
            var options = new ChainOptions { DutyGroups = _options.DutyGroups, Anchor = await FindAnchorAsync(files, database, stop) };
            chain = BeaconChain.Open(files.Spec, files.GenesisState!, database, new ChainServices(_time, _loggers.CreateLogger<BeaconChain>(), meters), options);
        }
        catch
        {
            database.Dispose();
            throw;
        }

        await using (chain)
        {
            await RunChainAsync(chain, files, network, api, meters, stop);
        }
    }

    /// <summary>Where an empty database starts, if not from genesis.</summary>
    private async Task<CheckpointAnchor?> FindAnchorAsync(Network files, BeaconDatabase database, CancellationToken stop)
    {
        if (_options.CheckpointSyncUrl is not { } url)
        {
            return null;
        }

        if (database.Genesis is not null)
        {
            Log.CheckpointIgnored(_logger, url);
            return null;
        }

        var sync = new CheckpointSync(
            url, files.Spec, files.GenesisState!, _options.ListenAddress, _options.CheckpointSyncLimits, _time, _loggers.CreateLogger<CheckpointSync>());
        return await sync.FetchAsync(stop);
    }

    private async Task RunChainAsync(BeaconChain chain, Network files, NodeNetwork network, ApiContext api, IMeterFactory meters, CancellationToken stop)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stop);
        Task running = chain.RunAsync(ending.Token);
        try
        {
            await using Joined joined = network.Join(chain, files, _time, _loggers, meters);
            api.Chain = chain;
            api.IsReady = true;
            Log.Started(_logger, files.Manifest.ProtocolId, files.Manifest.GenesisRoot);
            await await Task.WhenAny(running, joined.Running);
        }
        finally
        {
            api.IsReady = false;
            api.Chain = null;
            await ending.CancelAsync();
            await running.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        }
    }

    private async Task RunBootnodeAsync(Network files, NodeNetwork network, ApiContext api, IMeterFactory meters, CancellationToken stop)
    {
        await using Joined joined = network.JoinAsBootnode(files, _time, _loggers, meters);
        api.IsReady = true;
        Log.Started(_logger, files.Manifest.ProtocolId, files.Manifest.GenesisRoot);
        await joined.Running.WaitAsync(stop);
    }

    private async Task<ApiServer> ListenAsync(ApiContext api, CancellationToken stop)
    {
        try
        {
            return await ApiServer.StartAsync(_options.ListenAddress, _options.HttpPort, _options.MetricsPort, api, _loggers.CreateLogger<ApiServer>(), stop);
        }
        catch (Exception exception) when (exception is IOException or SocketException)
        {
            throw new NodeException(
                ExitCodes.BadConfiguration,
                $"Ports {_options.HttpPort} and {_options.MetricsPort} cannot be opened on {_options.ListenAddress} ({exception.Message}); choose others by --http-port and --metrics-port, or an address of this machine by --listen-address.",
                exception);
        }
    }

    /// <summary>Waits for the network directory and checks that it is the one this process was made for.</summary>
    private async Task<Network> WaitForNetworkAsync(CancellationToken stop)
    {
        bool waiting = false;
        while (!NetworkDirectory.IsComplete(_options.NetworkDirectory))
        {
            if (!waiting)
            {
                Log.Waiting(_logger, _options.NetworkDirectory);
                waiting = true;
            }

            await Task.Delay(WaitInterval, _time, stop);
        }

        Network files = await NetworkDirectory.ReadAsync(_options.NetworkDirectory, withGenesisState: !_options.Bootnode, stop);
        if (files.Manifest.Iteration != _options.Iteration)
        {
            throw new NodeException(
                ExitCodes.WrongGenesis, $"The network directory is of iteration {files.Manifest.Iteration}, but this process was made for iteration {_options.Iteration}.");
        }

        if (files.Manifest.ProtocolId == "standard" && files.Spec.Config.SlotDurationMs % 1000 != 0)
        {
            throw new NodeException(
                ExitCodes.BadConfiguration,
                $"Slots of {files.Spec.Config.SlotDurationMs} ms need a protocol ID of their own: no other client can follow slots that are not whole seconds.");
        }

        return files;
    }

    private static Identity ReadIdentity(string path)
    {
        try
        {
            return Identity.FromHex(File.ReadAllText(path));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or FormatException or System.Security.Cryptography.CryptographicException)
        {
            throw new NodeException(ExitCodes.BadConfiguration, $"The identity file {path} cannot be used ({exception.Message}); 'beacon keys identity' makes one.", exception);
        }
    }

    private void Observe(IMeterFactory meters)
    {
        Meter meter = meters.Create(new MeterOptions("Beacon.Node"));
        meter.CreateObservableGauge("fleet_node_time_seconds", () => _time.GetUtcNow().ToUnixTimeMilliseconds() / 1000.0, "s", "The node's clock, as Unix time.");
        meter.CreateObservableGauge("fleet_node_info", () => new Measurement<int>(1, new KeyValuePair<string, object?>("version", Version)), description: "The running version.");
        meter.CreateObservableGauge("fleet_data_directory_free_bytes", () => Volume(static volume => volume.AvailableFreeSpace), "By", "Bytes that are free where the data directory lies.");
        meter.CreateObservableGauge("fleet_data_directory_size_bytes", () => Volume(static volume => volume.TotalSize), "By", "Bytes of the volume that the data directory lies on.");
    }

    /// <summary>A fact about the volume; none while it cannot be asked.</summary>
    private IEnumerable<Measurement<long>> Volume(Func<DriveInfo, long> read)
    {
        try
        {
            return [new Measurement<long>(read(new DriveInfo(_options.DataDirectory)))];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static partial class Log
    {
        [LoggerMessage(4100, LogLevel.Information, "Listening on {Address}: Beacon API on port {HttpPort}, metrics on port {MetricsPort}, peer ID {PeerId}")]
        public static partial void Listening(ILogger logger, string address, int httpPort, int metricsPort, string peerId);

        [LoggerMessage(4101, LogLevel.Information, "Waiting for the network directory {Path}")]
        public static partial void Waiting(ILogger logger, string path);

        [LoggerMessage(4102, LogLevel.Information, "Running on {ProtocolId}, genesis {GenesisRoot}")]
        public static partial void Started(ILogger logger, string protocolId, string genesisRoot);

        [LoggerMessage(4103, LogLevel.Information, "Removed chain directory {Name}")]
        public static partial void RemovedChain(ILogger logger, string name);

        [LoggerMessage(4104, LogLevel.Critical, "The node ends with exit code {Code}: {Reason}")]
        public static partial void Ended(ILogger logger, int code, string reason);

        [LoggerMessage(4106, LogLevel.Information, "The database has a chain already; checkpoint sync from {Url} is not needed and left out")]
        public static partial void CheckpointIgnored(ILogger logger, Uri url);

        [LoggerMessage(4107, LogLevel.Information, "Migrating the database from format {From} to format {To}: writing a copy that takes its place when it is complete")]
        public static partial void Migrating(ILogger logger, uint from, uint to);

        [LoggerMessage(4105, LogLevel.Critical, "The node failed")]
        public static partial void Failed(ILogger logger, Exception exception);
    }
}
