using Beacon.ApiClient;
using Beacon.Types;

namespace Fleet.E2E.Tests;

/// <summary>What one node says of its chain, by the Beacon API.</summary>
internal sealed class ChainReader(Uri apiUrl, HttpMessageHandler handler) : IDisposable
{
    private readonly HttpClient _http = new(handler) { Timeout = TimeSpan.FromSeconds(5) };
    private readonly SortedDictionary<ulong, ulong> _proposers = [];

    /// <summary>A node of a fleet on this machine, asked directly.</summary>
    public ChainReader(ReportedNode node)
        : this(node.ApiUrl, new SocketsHttpHandler())
    {
    }

    private BeaconApiClient Api => new(_http, apiUrl);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _http.Dispose();

    /// <summary>Slot of the head; null while the node does not answer.</summary>
    public async Task<ulong?> HeadSlotAsync() => (await TryAsync(() => Api.GetHeaderAsync("head", Token)))?.Data.Header.Message.Slot.Value;

    /// <summary>Epoch that is final by the state of the head; null while the node does not answer.</summary>
    public async Task<ulong?> FinalizedEpochAsync() => (await TryAsync(() => Api.GetFinalityCheckpointsAsync("head", Token)))?.Finalized.Epoch.Value;

    /// <summary>Root of the genesis block in hexadecimal; null while the node does not answer.</summary>
    public async Task<string?> GenesisRootAsync() => (await TryAsync(() => Api.GetHeaderAsync("0", Token)))?.Data.Root.ToString();

    /// <summary>Whether the node answers, has the right genesis, and lacks nothing its peers have.</summary>
    public async Task<bool> IsSyncedAsync() => await TryAsync(() => Api.GetSyncingAsync(Token)) is { IsSyncing: false };

    /// <summary>Whether the probes of the node and of its validator would succeed.</summary>
    public async Task<bool> IsUpAsync() => await TryAsync(async () => (object)await Api.GetHealthAsync(Token)) is 200 or 206 && await ValidatorIsUpAsync();

    /// <summary>Milliseconds since the genesis, on this machine's clock.</summary>
    public async Task<double> MillisecondsSinceGenesisAsync() =>
        TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds() - ((await Api.GetGenesisAsync(Token)).GenesisTime * 1000.0);

    /// <summary>Peers that are connected, by their peer IDs.</summary>
    public async Task<IReadOnlyList<string>> ConnectedPeersAsync() => [.. (await Api.GetPeersAsync(PeerState.Connected, Token)).Select(peer => peer.PeerId)];

    /// <summary>Remembers who proposes in the epoch of the head: nodes tell that of the current epoch only.</summary>
    public async Task NoteProposersAsync(ulong slotsPerEpoch)
    {
        if (await HeadSlotAsync() is { } head && await TryAsync(() => Api.GetProposerDutiesAsync(new Epoch(head / slotsPerEpoch), Token)) is { } duties)
        {
            foreach (ProposerDuty duty in duties.Data)
            {
                _proposers[duty.Slot.Value] = duty.ValidatorIndex.Value;
            }
        }
    }

    /// <summary>The longest run of slots without a block among those whose noted proposer counts.</summary>
    public async Task<int> LongestGapAsync(ulong first, ulong last, Predicate<ulong> counts)
    {
        int longest = 0, run = 0, looked = 0;
        for (ulong slot = first; slot <= last; slot++)
        {
            if (_proposers.TryGetValue(slot, out ulong proposer) && counts(proposer))
            {
                run = await HasBlockAsync(slot) ? 0 : run + 1;
                longest = Math.Max(longest, run);
                looked++;
            }
        }

        Assert.True(looked > 0, $"no proposer of slots {first} to {last} is known");
        return longest;
    }

    /// <summary>The first canonical block after a slot, or null.</summary>
    public async Task<ulong?> FirstBlockAfterAsync(ulong slot)
    {
        ulong? head = await HeadSlotAsync();
        for (ulong next = slot + 1; next <= head; next++)
        {
            if (await HasBlockAsync(next))
            {
                return next;
            }
        }

        return null;
    }

    /// <summary>The value of a metric with a label; 0 while it is not there.</summary>
    public async Task<double> MetricAsync(string name, string label)
    {
        string text = await _http.GetStringAsync(At(8008, "/metrics"), Token);
        return text.Split('\n')
            .Where(line => line.StartsWith(name, StringComparison.Ordinal) && line[name.Length..] is ['{' or ' ', ..] && line.Contains(label, StringComparison.Ordinal))
            .Sum(line => double.Parse(line[(line.LastIndexOf(' ') + 1)..], System.Globalization.CultureInfo.InvariantCulture));
    }

    private async Task<bool> ValidatorIsUpAsync()
    {
        try
        {
            using HttpResponseMessage answer = await _http.GetAsync(At(8009, "/healthz"), Token);
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private Uri At(int port, string path) => new UriBuilder(apiUrl) { Port = port, Path = path }.Uri;

    private async Task<bool> HasBlockAsync(ulong slot) => (await Api.GetHeadersAsync(new Slot(slot), parentRoot: null, Token)).Any(header => header.Canonical);

    private static async Task<T?> TryAsync<T>(Func<Task<T>> ask)
        where T : class
    {
        try
        {
            return await ask();
        }
        catch (BeaconApiException)
        {
            return null;
        }
    }
}
