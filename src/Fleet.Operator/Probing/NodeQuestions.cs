using System.Collections.Immutable;
using System.Globalization;
using Beacon.ApiClient;
using Fleet.Planning;
using Fleet.Planning.Children;

namespace Fleet.Operator.Probing;

/// <summary>What one node is asked in a round, with few requests: what cannot have changed is not asked again.</summary>
internal sealed class NodeQuestions(HttpClient http, string address, TimeProvider time)
{
    /// <summary>Every so many rounds everything is asked.</summary>
    private const int FullRound = 8;

    /// <summary>Longest version and node record in characters, as in the schema of the status.</summary>
    private const int MaxVersion = 256;

    private const int MaxEnr = 1024;

    private const int MaxForeign = 8;

    private readonly BeaconApiClient _api = new(http, new Uri(string.Create(CultureInfo.InvariantCulture, $"http://{Bracketed(address)}:{Ports.Http}")));
    private readonly Uri _metrics = new(string.Create(CultureInfo.InvariantCulture, $"http://{Bracketed(address)}:{Ports.Metrics}/metrics"));
    private readonly ClockSkews _skews = new();
    private int _round = -1;

    /// <summary>What the other nodes of the testnet hold to be justified and final; at most eight are asked for.</summary>
    public IReadOnlyCollection<SeenCheckpoint> Others { get; set; } = [];

    /// <summary>Whether everything is asked in the next round.</summary>
    public bool IsFullRoundNext => (_round + 1) % FullRound == 0;

    /// <summary>The answers; null when the node does not answer at all.</summary>
    public async Task<NodeSnapshot?> AskAsync(NodeSnapshot before, Planning.Steps.ChainClock clock, DateTimeOffset now, CancellationToken cancellationToken)
    {
        _round++;
        NodeSnapshot after = before;
        bool answered = false;
        if (after.Version is null || after.Enr is null)
        {
            string? version = await TryAsync(() => _api.GetVersionAsync(cancellationToken));
            NodeIdentity? identity = await TryAsync(() => _api.GetIdentityAsync(cancellationToken));
            answered = version is not null || identity is not null;
            after = after with { Version = OneLine(version, MaxVersion) ?? after.Version, Enr = OneLine(identity?.Enr, MaxEnr) ?? after.Enr };
        }

        if (after.GenesisRoot is null || _round % (FullRound * 8) == 0)
        {
            string? root = (await TryAsync(() => _api.GetHeaderAsync("0", cancellationToken)))?.Data.Root.ToString();
            answered |= root is not null;
            after = after with { GenesisRoot = root ?? after.GenesisRoot };
        }

        if (after.GenesisRoot is null)
        {
            // A bootnode never has one, and has peers; a node that waits for its genesis has none, which is no news.
            if (await TryAsync(() => _api.GetPeerCountAsync(cancellationToken)) is { } connected)
            {
                int count = checked((int)connected.Connected);
                return count > 0 || after.Peers is not null ? WithPeers(after, count, now) : after;
            }

            return answered || await IsAliveAsync(cancellationToken) ? after : null;
        }

        if (await TryAsync(() => _api.GetSyncingAsync(cancellationToken)) is not { } syncing)
        {
            return answered ? after : null;
        }

        if (syncing.HeadSlot.Value > long.MaxValue || syncing.SyncDistance > long.MaxValue)
        {
            // Nonsense is no answer.
            return null;
        }

        long slot = (long)syncing.HeadSlot.Value;
        bool moved = slot != after.HeadSlot;
        bool newEpoch = after.FinalizedEpoch is null || slot / clock.SlotsPerEpoch != (after.HeadSlot ?? 0) / clock.SlotsPerEpoch;
        after = after with { HeadSlot = slot, IsSyncing = syncing.IsSyncing, SyncDistance = (long)syncing.SyncDistance };
        if (moved || _round % FullRound == 0)
        {
            string? root = (await TryAsync(() => _api.GetHeaderAsync("head", cancellationToken)))?.Data.Root.ToString();
            if (root is not null && root != after.HeadRoot)
            {
                after = after with { HeadRoot = root, HeadChangedAt = now };
            }
        }

        if (newEpoch || _round % 2 == 0)
        {
            if (await TryAsync(() => _api.GetFinalityCheckpointsAsync("head", cancellationToken)) is { } checkpoints
                && checkpoints.CurrentJustified.Epoch.Value <= long.MaxValue
                && checkpoints.Finalized.Epoch.Value <= long.MaxValue)
            {
                after = after with
                {
                    JustifiedEpoch = (long)checkpoints.CurrentJustified.Epoch.Value,
                    JustifiedRoot = checkpoints.CurrentJustified.Root.ToString(),
                    FinalizedEpoch = (long)checkpoints.Finalized.Epoch.Value,
                    FinalizedRoot = checkpoints.Finalized.Root.ToString(),
                };
            }

            if (await TryAsync(() => _api.GetPeerCountAsync(cancellationToken)) is { } peers)
            {
                after = WithPeers(after, (int)Math.Min(peers.Connected, int.MaxValue), now);
            }
        }

        if (newEpoch || _round % FullRound == 0)
        {
            after = await WithMetricsAsync(after, cancellationToken);
        }

        return _round % FullRound == 0 ? after with { Foreign = await ForeignAsync(after, clock, cancellationToken) } : after;
    }

    private static NodeSnapshot WithPeers(NodeSnapshot snapshot, int peers, DateTimeOffset now) =>
        snapshot with { Peers = peers, AloneSince = peers > 0 ? null : snapshot.AloneSince ?? now };

    /// <summary>A text of a node for the status: as long as the status takes, without what would move a terminal's cursor.</summary>
    internal static string? OneLine(string? text, int maxLength) =>
        text is null ? null : string.Concat(text.Take(maxLength).Select(c => c is < ' ' or > '~' ? '?' : c));

    /// <summary>A node without a genesis answers its health with 503: that is an answer.</summary>
    private async Task<bool> IsAliveAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await _api.GetHealthAsync(cancellationToken) > 0;
        }
        catch (BeaconApiException)
        {
            return false;
        }
    }

    /// <summary>Votes, refused peers, the clock and the formats of the database, from the node's own exposition.</summary>
    private async Task<NodeSnapshot> WithMetricsAsync(NodeSnapshot snapshot, CancellationToken cancellationToken)
    {
        DateTimeOffset asked = time.GetUtcNow();
        if (await TryAsync(() => http.GetStringAsync(_metrics, cancellationToken)) is not { } text)
        {
            return snapshot;
        }

        var metrics = NodeMetrics.Of(text);
        if (metrics.Time is { } told)
        {
            _skews.Add(asked, time.GetUtcNow(), told);
        }

        return snapshot with
        {
            Votes = metrics.Votes ?? snapshot.Votes,
            Participation = metrics.Votes is { Active: > 0 } votes ? (double)votes.Target / votes.Active : snapshot.Participation,
            StrayPeers = metrics.StrayPeers ?? snapshot.StrayPeers,
            ClockSkew = _skews.Best ?? snapshot.ClockSkew,
            DatabaseFormat = metrics.DatabaseFormat ?? snapshot.DatabaseFormat,
            NewestDatabaseFormat = metrics.NewestDatabaseFormat ?? snapshot.NewestDatabaseFormat,
        };
    }

    /// <summary>Which of the others' checkpoints this node's chain goes past. A node that is behind says nothing of what it has not come to.</summary>
    private async Task<ImmutableArray<string>> ForeignAsync(NodeSnapshot snapshot, Planning.Steps.ChainClock clock, CancellationToken cancellationToken)
    {
        var foreign = ImmutableArray.CreateBuilder<string>();
        if (snapshot.IsSyncing != false)
        {
            return [];
        }

        foreach (SeenCheckpoint other in Others.Where(other => other.Epoch > 0 && other.Epoch <= snapshot.HeadSlot / clock.SlotsPerEpoch).Take(MaxForeign))
        {
            try
            {
                if (!(await _api.GetHeaderAsync(other.Root, cancellationToken)).Data.Canonical)
                {
                    foreign.Add(other.Root);
                }
            }
            catch (BeaconApiException exception) when (exception.IsNotFound)
            {
                foreign.Add(other.Root);
            }
            catch (Exception exception) when (exception is BeaconApiException or HttpRequestException)
            {
                // No answer says nothing.
            }
        }

        return foreign.ToImmutable();
    }

    private static async Task<T?> TryAsync<T>(Func<Task<T>> question)
        where T : class
    {
        try
        {
            return await question();
        }
        catch (Exception exception) when (exception is BeaconApiException or HttpRequestException or OverflowException)
        {
            return null;
        }
    }

    private static string Bracketed(string address) => address.Contains(':', StringComparison.Ordinal) ? $"[{address}]" : address;
}

/// <summary>A justified or finalized block, as a node names it.</summary>
/// <param name="Epoch">Its epoch.</param>
/// <param name="Root">Its root.</param>
internal readonly record struct SeenCheckpoint(long Epoch, string Root);
