using System.Globalization;
using Beacon.ApiClient;
using Fleet.Planning;
using Fleet.Planning.Children;

namespace Fleet.Operator.Probing;

/// <summary>What one node is asked in a round, with few requests: what cannot have changed is not asked again.</summary>
internal sealed class NodeQuestions(HttpClient http, string address)
{
    /// <summary>Every so many rounds everything is asked.</summary>
    private const int FullRound = 8;

    /// <summary>Longest version and node record in characters, as in the schema of the status.</summary>
    private const int MaxVersion = 256;

    private const int MaxEnr = 1024;

    private readonly BeaconApiClient _api = new(http, new Uri(string.Create(CultureInfo.InvariantCulture, $"http://{Bracketed(address)}:{Ports.Http}")));
    private readonly Uri _metrics = new(string.Create(CultureInfo.InvariantCulture, $"http://{Bracketed(address)}:{Ports.Metrics}/metrics"));
    private int _round = -1;

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
                return count > 0 || after.Peers is not null ? after with { Peers = count } : after;
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
                    FinalizedEpoch = (long)checkpoints.Finalized.Epoch.Value,
                };
            }

            if (await TryAsync(() => _api.GetPeerCountAsync(cancellationToken)) is { } peers)
            {
                after = after with { Peers = (int)Math.Min(peers.Connected, int.MaxValue) };
            }
        }

        return newEpoch ? await WithMetricsAsync(after, cancellationToken) : after;
    }

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

    /// <summary>Stake that voted for the right target in the previous epoch, and the formats of the database, from the node's exposition.</summary>
    private async Task<NodeSnapshot> WithMetricsAsync(NodeSnapshot snapshot, CancellationToken cancellationToken)
    {
        try
        {
            string text = await http.GetStringAsync(_metrics, cancellationToken);
            double? active = Value(text, "fleet_previous_epoch_active_gwei");
            double? target = Value(text, "fleet_previous_epoch_target_gwei");
            return snapshot with
            {
                Participation = active > 0 && target is not null ? Math.Clamp(target.Value / active.Value, 0, 1) : snapshot.Participation,
                DatabaseFormat = Format(text, "fleet_database_format") ?? snapshot.DatabaseFormat,
                NewestDatabaseFormat = Format(text, "fleet_database_format_newest") ?? snapshot.NewestDatabaseFormat,
            };
        }
        catch (HttpRequestException)
        {
            return snapshot;
        }
    }

    private static int? Format(string text, string name) => Value(text, name) is { } value and >= 1 and <= int.MaxValue ? (int)value : null;

    /// <summary>Value of a metric without labels in Prometheus text; null when it is not there.</summary>
    internal static double? Value(string text, string name)
    {
        foreach (ReadOnlySpan<char> line in text.AsSpan().EnumerateLines())
        {
            if (line.StartsWith(name, StringComparison.Ordinal)
                && line.Length > name.Length
                && line[name.Length] == ' '
                && double.TryParse(line[(name.Length + 1)..], NumberStyles.Float, CultureInfo.InvariantCulture, out double value))
            {
                return value;
            }
        }

        return null;
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
