using System.Net;
using Beacon.ApiClient;
using Beacon.Chain;
using Beacon.Ssz;
using Beacon.StateTransition.Phase0;
using Beacon.Types;

namespace Beacon.Node;

/// <summary>Limits of a start from a trusted node.</summary>
public sealed record CheckpointSyncLimits
{
    /// <summary>Attempts where the node cannot be reached, breaks off or answers 5xx; other failures do not pass by themselves. <value>10 by default.</value></summary>
    public int Attempts { get; init; } = 10;

    /// <summary>Pause between attempts. <value>1 s by default.</value></summary>
    public TimeSpan Pause { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Time for one request, its answer's body included. <value>2 min by default.</value></summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Largest state that is read, in bytes. <value>512 MiB by default: three million validators.</value></summary>
    public long MaximumState { get; init; } = 512 << 20;

    /// <summary>Largest block that is read, in bytes. <value>16 MiB by default.</value></summary>
    public long MaximumBlock { get; init; } = 16 << 20;
}

/// <summary>A request to the trusted node that did not give what is needed.</summary>
/// <param name="message">One sentence without its period.</param>
/// <param name="mayPass">Whether nobody answered, or not now; else the answer itself is unfit.</param>
public sealed class CheckpointSyncException(string message, bool mayPass) : Exception(message)
{
    /// <summary>Whether another attempt may succeed.</summary>
    public bool MayPass { get; } = mayPass;
}

/// <summary>Starts a chain from a trusted node's finalized block and state, by the standard Beacon API.</summary>
/// <remarks>
/// Genesis and configuration are compared before anything large is fetched. The state is fetched as <c>finalized</c>; where that is already moved on
/// over empty slots to the epoch's start, the state right after the block is fetched by its root, because only that one can be checked against the block.
/// </remarks>
/// <param name="url">Beacon API of the trusted node.</param>
/// <param name="spec">Preset and configuration of our chain.</param>
/// <param name="genesis">Our genesis state.</param>
/// <param name="localAddress">Where connections come from.</param>
/// <param name="limits">Limits.</param>
/// <param name="time">Time.</param>
/// <param name="logger">Log.</param>
public sealed partial class CheckpointSync(
    Uri url, ChainSpec spec, BeaconState genesis, IPAddress localAddress, CheckpointSyncLimits limits, TimeProvider time, ILogger<CheckpointSync> logger)
{
    /// <summary>Largest answer in JSON; the longest is the configuration.</summary>
    private const int MaximumJson = 1 << 20;

    /// <summary>Fetches and checks the anchor; null where the trusted node has finalized nothing but genesis.</summary>
    /// <exception cref="NodeException">It cannot be had; the sentence names the next step.</exception>
    public async Task<CheckpointAnchor?> FetchAsync(CancellationToken cancellationToken)
    {
        using HttpClient http = LocalHttp.CreateClient(localAddress);
        http.MaxResponseContentBufferSize = MaximumJson;
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                return await FetchAsync(http, cancellationToken);
            }
            catch (CheckpointSyncException exception) when (exception.MayPass && attempt < limits.Attempts)
            {
                Log.Retrying(logger, exception.Message, attempt, limits.Attempts);
                await Task.Delay(limits.Pause, time, cancellationToken);
            }
            catch (CheckpointSyncException exception) when (exception.MayPass)
            {
                throw new NodeException(
                    ExitCodes.Internal, $"Checkpoint sync failed {limits.Attempts} times: {exception.Message}; see whether that node runs, or name another by --checkpoint-sync-url.", exception);
            }
            catch (CheckpointSyncException exception)
            {
                throw Unfit(exception.Message, exception);
            }
            catch (CheckpointException exception) when (exception.IsOtherChain)
            {
                throw OtherChain(exception.Message, exception);
            }
            catch (CheckpointException exception)
            {
                throw Unfit(exception.Message, exception);
            }
        }
    }

    private async Task<CheckpointAnchor?> FetchAsync(HttpClient http, CancellationToken cancellationToken)
    {
        var client = new BeaconApiClient(http, url);
        await CompareChainAsync(client, cancellationToken);
        Checkpoint finalized = (await AskAsync(token => client.GetFinalityCheckpointsAsync("head", token), cancellationToken)).Finalized;
        if (finalized.Epoch.Value == 0 || finalized.Root == BeaconChain.MakeGenesisBlock(genesis).Message.HashTreeRoot())
        {
            Log.NothingFinalized(logger, url);
            return null;
        }

        Slot head = (await AskAsync(token => client.GetHeaderAsync("head", token), cancellationToken)).Data.Header.Message.Slot;
        SignedBeaconBlock block = await GetAsync(http, $"eth/v2/beacon/blocks/{finalized.Root}", limits.MaximumBlock, SignedBeaconBlock.Deserialize, cancellationToken);
        BeaconState state = await GetStateAsync(http, "finalized", cancellationToken);
        if (state.Slot != block.Message.Slot)
        {
            state = await GetStateAsync(http, block.Message.StateRoot.ToString(), cancellationToken);
        }

        Slot now = new SlotClock(time, checked(genesis.GenesisTime * 1000), spec.Config.SlotDurationMs).CurrentSlot;
        CheckpointAnchor anchor = CheckpointAnchor.Verify(spec, genesis, finalized, block, state, head, now);
        Log.Anchored(logger, url, finalized.Epoch.Value, finalized.Root, block.Message.Slot.Value, head.Value);
        WarnOfAge(anchor, now);
        return anchor;
    }

    /// <summary>Compares what tells chains apart, before anything large is fetched.</summary>
    private async Task CompareChainAsync(BeaconApiClient client, CancellationToken cancellationToken)
    {
        GenesisInfo theirs = await AskAsync(client.GetGenesisAsync, cancellationToken);
        if (theirs.GenesisValidatorsRoot != genesis.GenesisValidatorsRoot || theirs.GenesisTime != genesis.GenesisTime || theirs.GenesisForkVersion != genesis.Fork.CurrentVersion)
        {
            throw OtherChain(
                $"its genesis validators root is {theirs.GenesisValidatorsRoot}, genesis time {theirs.GenesisTime} and fork version {theirs.GenesisForkVersion}, ours are {genesis.GenesisValidatorsRoot}, {genesis.GenesisTime} and {genesis.Fork.CurrentVersion}");
        }

        IReadOnlyDictionary<string, string> values = await AskAsync(client.GetSpecAsync, cancellationToken);
        foreach ((string key, string ours) in spec.Config.Values)
        {
            if (values.TryGetValue(key, out string? value) && !value.Equals(ours, StringComparison.OrdinalIgnoreCase))
            {
                throw OtherChain($"its configuration has {key} {Api.Request.Shorten(value)}, ours has {ours}");
            }
        }
    }

    /// <summary>A note, not a refusal: the node is one of our own network, and a chain that has not finalized for long needs a start most of all.</summary>
    private void WarnOfAge(CheckpointAnchor anchor, Slot now)
    {
        ulong period = WeakSubjectivity.ComputePeriod(new CachedBeaconState(spec, anchor.State, new ValidatorKeys()));
        ulong age = SpecMath.SaturatingSub(Misc.ComputeEpochAtSlot(spec, now).Value, anchor.Checkpoint.Epoch.Value);
        if (age > period)
        {
            Log.BeyondWeakSubjectivity(logger, age, period);
        }
    }

    private Task<BeaconState> GetStateAsync(HttpClient http, string id, CancellationToken cancellationToken) =>
        GetAsync(http, $"eth/v2/debug/beacon/states/{id}", limits.MaximumState, bytes => BeaconState.Deserialize(bytes, spec), cancellationToken);

    private async Task<T> AskAsync<T>(Func<CancellationToken, Task<T>> ask, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(limits.Patience, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            return await ask(linked.Token);
        }
        catch (BeaconApiException exception)
        {
            // Without a status there was no answer, or none that could be read as what the route promises.
            bool mayPass = exception.StatusCode is null ? exception.InnerException is HttpRequestException or IOException : (int)exception.StatusCode >= 500;
            throw new CheckpointSyncException(exception.Message.TrimEnd('.'), mayPass);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new CheckpointSyncException($"{url} gave no complete answer within {limits.Patience.TotalSeconds:0} s", mayPass: true);
        }
    }

    /// <summary>Reads an answer in SSZ, never more than a limit.</summary>
    private async Task<T> GetAsync<T>(HttpClient http, string path, long maximum, Deserializer<T> read, CancellationToken cancellationToken)
    {
        var address = new Uri(url.AbsoluteUri.EndsWith('/') ? url : new Uri(url.AbsoluteUri + "/"), path);
        using var limit = new CancellationTokenSource(limits.Patience, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, address);
            request.Headers.Accept.ParseAdd(Routes.SszContentType);
            using HttpResponseMessage response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, linked.Token);
            if (!response.IsSuccessStatusCode)
            {
                throw new CheckpointSyncException($"{address} answered {(int)response.StatusCode}", mayPass: (int)response.StatusCode >= 500);
            }

            if (response.Content.Headers.ContentType?.MediaType is { } type && type != Routes.SszContentType)
            {
                throw new CheckpointSyncException($"{address} answered {Api.Request.Shorten(type)} instead of {Routes.SszContentType}", mayPass: false);
            }

            byte[] body = await ReadAsync(address, response.Content, maximum, linked.Token);
            return read(body);
        }
        catch (SszException exception)
        {
            throw new CheckpointSyncException($"{address} answered something that cannot be decoded: {exception.Message.TrimEnd('.')}", mayPass: false);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            throw new CheckpointSyncException($"{address} could not be read: {(exception.InnerException?.Message ?? exception.Message).TrimEnd('.')}", mayPass: true);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new CheckpointSyncException($"{address} gave no complete answer within {limits.Patience.TotalSeconds:0} s", mayPass: true);
        }
    }

    private static async Task<byte[]> ReadAsync(Uri address, HttpContent content, long maximum, CancellationToken cancellationToken)
    {
        if (content.Headers.ContentLength > maximum)
        {
            throw TooLong();
        }

        await using Stream stream = await content.ReadAsStreamAsync(cancellationToken);
        using var body = new MemoryStream(checked((int)(content.Headers.ContentLength ?? 0)));
        var buffer = new byte[64 << 10];
        int read;
        while ((read = await stream.ReadAsync(buffer, cancellationToken)) > 0)
        {
            if (body.Length + read > maximum)
            {
                throw TooLong();
            }

            body.Write(buffer, 0, read);
        }

        return body.ToArray();

        CheckpointSyncException TooLong() => new($"{address} answers more than {maximum} bytes", mayPass: false);
    }

    private NodeException OtherChain(string reason, Exception? inner = null) => new(
        ExitCodes.WrongGenesis, $"The node at {url} is on another chain: {reason}; name a node of this network by --checkpoint-sync-url.", inner);

    private NodeException Unfit(string reason, Exception inner) => new(
        ExitCodes.BadConfiguration, $"The node at {url} cannot be started from: {reason}; name another node of this network by --checkpoint-sync-url, or leave it out to start from genesis.", inner);

    private delegate T Deserializer<T>(ReadOnlySpan<byte> bytes);

    private static partial class Log
    {
        [LoggerMessage(4120, LogLevel.Warning, "Checkpoint sync: {Reason} (attempt {Attempt} of {Attempts})")]
        public static partial void Retrying(ILogger logger, string reason, int attempt, int attempts);

        [LoggerMessage(4121, LogLevel.Information, "Checkpoint sync: {Url} has finalized nothing yet; starting from genesis")]
        public static partial void NothingFinalized(ILogger logger, Uri url);

        [LoggerMessage(4122, LogLevel.Information, "Checkpoint sync from {Url}: finalized epoch {Epoch}, block {Root} of slot {Slot}; its head is at slot {Head}")]
        public static partial void Anchored(ILogger logger, Uri url, ulong epoch, Root root, ulong slot, ulong head);

        [LoggerMessage(4123, LogLevel.Warning, "The finalized checkpoint is {Age} epochs old, beyond the weak subjectivity period of {Period}: only the trusted node vouches for this chain")]
        public static partial void BeyondWeakSubjectivity(ILogger logger, ulong age, ulong period);
    }
}
