using System.Globalization;
using Beacon.ApiClient;
using Beacon.Crypto;
using Beacon.Metrics;
using Beacon.Types;
using Beacon.Validator.Duties;
using Beacon.Validator.Keys;
using Beacon.Validator.Nodes;
using Beacon.Validator.Protection;
using Microsoft.Extensions.Logging;

namespace Beacon.Validator;

/// <summary>The validator client, <c>beacon validator</c>.</summary>
public static partial class ValidatorClient
{
    /// <summary>Epochs of signed messages that are kept before the newest of each key.</summary>
    private const ulong EpochsKept = 4096;

    private static readonly TimeSpan WaitForFiles = TimeSpan.FromMilliseconds(200);

    /// <summary>Runs until cancelled: waits for the network directory, loads keys, takes the slashing database, then does duties.</summary>
    /// <param name="options">What the command line says.</param>
    /// <param name="loggerFactory">Makes the loggers.</param>
    /// <param name="time">The clock.</param>
    /// <param name="error">Where the one sentence goes that says why the process ends.</param>
    /// <param name="cancellationToken">SIGTERM: nothing is signed from then on.</param>
    /// <returns>An exit code from <see cref="ExitCodes"/>.</returns>
    public static async Task<int> RunAsync(ValidatorOptions options, ILoggerFactory loggerFactory, TimeProvider time, TextWriter error, CancellationToken cancellationToken)
    {
        ILogger logger = loggerFactory.CreateLogger("Beacon.Validator");
        try
        {
            using var scope = new MetricsScope();
            using var registry = new MetricsRegistry(scope);
            loggerFactory.AddProvider(new LogCounter(scope));
            var metrics = new ValidatorMetrics(scope);
            await using MetricsEndpoint endpoint = await StartMetricsAsync(options, registry, cancellationToken);
            Log.Started(logger, options.Iteration, endpoint.EndPoint);

            NetworkManifest manifest = await WaitForManifestAsync(options, time, logger, cancellationToken);
            await RunChainAsync(options, manifest, metrics, loggerFactory, time, cancellationToken);
            return ExitCodes.Clean;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            Log.Stopped(logger);
            return ExitCodes.Clean;
        }
        catch (ValidatorStopException exception)
        {
            Log.Refused(logger, exception.Message);
            await SayAsync(error, exception);
            return exception.ExitCode;
        }
        catch (SlashingProtectionException exception)
        {
            Log.Refused(logger, exception.Message);
            await SayAsync(error, exception);
            return ExitCodes.KeysRefused;
        }
        catch (Exception exception)
        {
            Log.Failed(logger, exception);
            await SayAsync(error, exception);
            return ExitCodes.Internal;
        }
    }

    private static Task SayAsync(TextWriter error, Exception exception) => error.WriteLineAsync("beacon: " + exception.Message);

    private static async Task RunChainAsync(
        ValidatorOptions options, NetworkManifest manifest, ValidatorMetrics metrics, ILoggerFactory loggerFactory, TimeProvider time, CancellationToken cancellationToken)
    {
        ILogger logger = loggerFactory.CreateLogger("Beacon.Validator");
        ChainSpec spec = NetworkManifest.ReadConfig(options.NetworkDirectory);
        var clock = new SlotClock(time, manifest.GenesisTime, spec);

        // The database first: whoever holds it may read the keys.
        string directory = Path.Combine(options.DataDirectory, "slashing", manifest.GenesisValidatorsRoot.ToString());
        var protection = SlashingProtectionDatabase.Open(directory, manifest.GenesisValidatorsRoot);
        IReadOnlyDictionary<BlsPublicKey, SecretKey> keys;
        try
        {
            keys = KeyDirectory.Read(options.KeysDirectory, manifest.GenesisValidatorsRoot);
            protection.BeginAt(keys.Keys, options.SignFromEpoch, (int)spec.Preset.SlotsPerEpoch);
            protection.Prune(EpochsKept * spec.Preset.SlotsPerEpoch, EpochsKept);
        }
        catch
        {
            protection.Dispose();
            throw;
        }

        metrics.KeyCount = keys.Count;
        Log.KeysLoaded(logger, keys.Count, directory);
        var gate = new SigningGate(options, loggerFactory.CreateLogger("Beacon.Validator.SigningGate"), cancellationToken);
        using var signer = new Signer(keys, protection, gate, metrics);
        using HttpClient http = BeaconNodes.CreateHttpClient(options.ListenAddress, options.HttpHandler);
        TimeSpan timeout = TimeSpan.FromTicks(Math.Clamp(clock.SlotDuration.Ticks, TimeSpan.TicksPerSecond * 2, TimeSpan.TicksPerSecond * 12));
        var nodes = new BeaconNodes(
            [.. options.BeaconNodes.Select(url => new BeaconApiClient(http, url))], manifest, timeout, time, metrics, loggerFactory.CreateLogger("Beacon.Validator.Nodes"));
        await WaitForNodeAsync(nodes, clock, time, cancellationToken);

        using var keeper = new DutyKeeper(nodes, signer, clock, spec, manifest, metrics, loggerFactory.CreateLogger("Beacon.Validator.Duties"));
        var duties = new SlotDuties(nodes, keeper, signer, clock, options.Graffiti, metrics, loggerFactory.CreateLogger("Beacon.Validator.Duties"));
        var loop = new SlotLoop(nodes, keeper, duties, signer, clock, options.SignFromEpoch, metrics, time, loggerFactory.CreateLogger("Beacon.Validator.Slots"));
        using var gone = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
#pragma warning disable CA2025 // Both tasks are awaited below, before anything they use is disposed.
        Task running = loop.RunAsync(gone.Token);
        Task watching = WatchChainAsync(gate, protection, spec, clock, time, gone.Token);
#pragma warning restore CA2025
        try
        {
            await await Task.WhenAny(running, watching);
        }
        finally
        {
            await gone.CancelAsync();
            await Task.WhenAll(running, watching).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static async Task<MetricsEndpoint> StartMetricsAsync(ValidatorOptions options, MetricsRegistry registry, CancellationToken cancellationToken)
    {
        try
        {
            return await MetricsEndpoint.StartAsync(options.ListenAddress, options.MetricsPort, registry, static () => null, cancellationToken);
        }
        catch (IOException exception)
        {
            throw new ValidatorStopException(
                ExitCodes.BadConfiguration,
                $"Metrics cannot be served on {options.ListenAddress}:{options.MetricsPort}: {exception.Message} Choose another --metrics-port or stop what uses it.",
                exception);
        }
    }

    private static async Task<NetworkManifest> WaitForManifestAsync(ValidatorOptions options, TimeProvider time, ILogger logger, CancellationToken cancellationToken)
    {
        bool told = false;
        while (true)
        {
            if (NetworkManifest.TryRead(options.NetworkDirectory) is { } manifest)
            {
                return manifest.Iteration == options.Iteration
                    ? manifest
                    : throw new ValidatorStopException(
                        ExitCodes.WrongChain,
                        string.Create(
                            CultureInfo.InvariantCulture,
                            $"The network directory {options.NetworkDirectory} is of iteration {manifest.Iteration}, but this process was made for iteration {options.Iteration}."));
            }

            if (!told)
            {
                Log.Waiting(logger, options.NetworkDirectory);
                told = true;
            }

            await Task.Delay(WaitForFiles, time, cancellationToken);
        }
    }

    /// <summary>Waits until a beacon node answers and is of our chain. Syncing is waited for later, slot by slot.</summary>
    private static async Task WaitForNodeAsync(BeaconNodes nodes, SlotClock clock, TimeProvider time, CancellationToken cancellationToken)
    {
        TimeSpan pause = clock.SlotDuration < TimeSpan.FromSeconds(1) ? clock.SlotDuration : TimeSpan.FromSeconds(1);
        while (true)
        {
            await nodes.CheckAsync(cancellationToken);
            if (nodes.Problem is null)
            {
                return;
            }

            if (nodes.AllOnOtherChains)
            {
                throw new ValidatorStopException(ExitCodes.WrongChain, $"No beacon node is on the chain of the network directory: {nodes.Problem}.");
            }

            await Task.Delay(pause, time, cancellationToken);
        }
    }

    /// <summary>Ends the process when its iteration is over, and keeps the slashing database small.</summary>
    private static async Task WatchChainAsync(
        SigningGate gate, SlashingProtectionDatabase protection, ChainSpec spec, SlotClock clock, TimeProvider time, CancellationToken cancellationToken)
    {
        TimeSpan pause = TimeSpan.FromSeconds(1);
        TimeSpan betweenPrunes = clock.SlotDuration * spec.Preset.SlotsPerEpoch * 256;
        long pruned = time.GetTimestamp();
        while (true)
        {
            await Task.Delay(pause, time, cancellationToken);
            string? refusal = gate.Refusal();
            if (gate.ChainIsGone)
            {
                throw new ValidatorStopException(ExitCodes.WrongChain, $"This iteration is over: {refusal}.");
            }

            if (time.GetElapsedTime(pruned) > betweenPrunes)
            {
                protection.Prune(EpochsKept * spec.Preset.SlotsPerEpoch, EpochsKept);
                pruned = time.GetTimestamp();
            }
        }
    }
}
