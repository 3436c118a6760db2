using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using Fleet.Api;
using Fleet.Kubernetes;
using Fleet.Kubernetes.Models;
using Fleet.Planning;

namespace Fleet.Sweep;

/// <summary>Plays the nodes of a testnet on a chain that finalizes: answers what the operator asks pods, by the image that each of them runs.</summary>
/// <remarks>Whoever runs <see cref="Workload.WrongImage"/> votes for another target; all else is alike. Everything follows from the world's time.</remarks>
internal sealed partial class VirtualChain(Func<DateTimeOffset> now) : HttpMessageHandler
{
    /// <summary>Slots of an epoch of the minimal preset.</summary>
    private const int SlotsPerEpoch = 8;

    private static readonly TimeSpan Slot = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<string, (Pod Pod, DateTimeOffset Since)> _pods = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, (long Right, long Wrong)> _duties = new(StringComparer.Ordinal);
    private (string Root, DateTimeOffset Time)? _genesis;
    private IterationRecord? _record;
    private int _iteration;
    private long _counted;
    private int _addresses;

    /// <summary>An address that no other pod has.</summary>
    public string NextAddress()
    {
        int number = Interlocked.Increment(ref _addresses);
        return string.Create(CultureInfo.InvariantCulture, $"10.1.{number / 250}.{(number % 250) + 1}");
    }

    /// <summary>Looks which pods there are, and counts the duties of epochs that are over.</summary>
    public async Task RoundAsync(IKubernetesClient client)
    {
        List<Pod> pods = (await client.ListAllAsync<Pod>(VirtualWorld.Namespace, null, CancellationToken.None)).Items;
        foreach (Pod pod in pods.Where(pod => pod.Status?.PodIP is not null))
        {
            _pods.AddOrUpdate(pod.Status!.PodIP!, _ => (pod, now()), (_, known) => (pod, known.Since));
        }

        foreach (string gone in _pods.Keys.Except(pods.Select(pod => pod.Status?.PodIP ?? ""), StringComparer.Ordinal))
        {
            _pods.TryRemove(gone, out _);
        }

        if (_genesis is null || pods.Exists(pod => IterationOf(pod) > _iteration))
        {
            await FindGenesisAsync(client);
        }

        CountDuties();
    }

    /// <inheritdoc/>
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        Uri uri = request.RequestUri!;
        if (!_pods.TryGetValue(uri.Host, out (Pod Pod, DateTimeOffset Since) asked))
        {
            throw new HttpRequestException("nobody listens there");
        }

        string? body = uri.AbsolutePath == "/metrics" ? Metrics(asked.Pod, asked.Since) : Answer(uri.AbsolutePath, IterationOf(asked.Pod) == _iteration);
        return Task.FromResult(new HttpResponseMessage(body is null ? HttpStatusCode.NotFound : HttpStatusCode.OK)
        {
            Content = new StringContent(body ?? """{"code":404,"message":"not here"}""", Encoding.UTF8, "application/json"),
        });
    }

    private long Head => _genesis is { } genesis && now() > genesis.Time ? (now() - genesis.Time).Ticks / Slot.Ticks : 0;

    private long Epoch => Head / SlotsPerEpoch;

    private static int IterationOf(Pod pod) => int.TryParse(pod.Metadata.Labels?.GetValueOrDefault(Labels.Iteration), NumberStyles.None, CultureInfo.InvariantCulture, out int iteration) ? iteration : 0;

    private string? Answer(string path, bool hasGenesis) => path switch
    {
        "/eth/v1/node/version" => """{"data":{"version":"virtual"}}""",
        "/eth/v1/node/peer_count" => $$$"""{"data":{"disconnected":"0","connecting":"0","connected":"{{{Math.Max(0, _pods.Count - 1)}}}","disconnecting":"0"}}""",
        _ when _genesis is null || !hasGenesis => null,
        "/eth/v1/node/syncing" => $$$"""{"data":{"head_slot":"{{{Head}}}","sync_distance":"0","is_syncing":false,"is_optimistic":false,"el_offline":false}}""",
        "/eth/v1/beacon/states/head/finality_checkpoints" =>
            $$$"""{"execution_optimistic":false,"finalized":false,"data":{"previous_justified":{{{Checkpoint(2)}}},"current_justified":{{{Checkpoint(1)}}},"finalized":{{{Checkpoint(2)}}} } }""",
        _ when HeaderPath().Match(path) is { Success: true } header => Header(header.Groups[1].Value),
        _ => null,
    };

    private string Checkpoint(long before) => $$"""{"epoch":"{{Math.Max(0, Epoch - before)}}","root":"{{Root(Math.Max(0, Epoch - before) * SlotsPerEpoch)}}"}""";

    private string Header(string id)
    {
        long slot = id == "head" ? Head : long.Parse(id, CultureInfo.InvariantCulture);
        string root = slot == 0 ? _genesis!.Value.Root : Root(slot);
        string message = $$"""{"slot":"{{slot}}","proposer_index":"0","parent_root":"{{Root(0)}}","state_root":"{{Root(0)}}","body_root":"{{Root(0)}}"}""";
        string header = $$"""{"message":{{message}},"signature":"0x{{new string('0', 192)}}"}""";
        return $$"""{"execution_optimistic":false,"finalized":false,"data":{"root":"{{root}}","canonical":true,"header":{{header}} } }""";
    }

    private static string Root(long slot) => "0x" + slot.ToString("x64", CultureInfo.InvariantCulture);

    private async Task FindGenesisAsync(IKubernetesClient client)
    {
        List<ConfigMap> maps = (await client.ListAllAsync<ConfigMap>(VirtualWorld.Namespace, null, CancellationToken.None)).Items;
        foreach (string text in maps.Select(map => map.Data?.GetValueOrDefault("manifest.json")).OfType<string>())
        {
            var manifest = Beacon.Genesis.NetworkManifest.Parse(Encoding.UTF8.GetBytes(text));
            if (manifest.Iteration > _iteration)
            {
                _iteration = manifest.Iteration;
                _genesis = (manifest.GenesisRoot, DateTimeOffset.FromUnixTimeSeconds((long)manifest.GenesisTime));
                _record = maps.Select(map => IterationRecord.FromData(map.Data)).First(record => record?.Iteration == manifest.Iteration);
                _counted = 0;
                _duties.Clear();
            }
        }
    }

    private void CountDuties()
    {
        for (; _counted < Epoch - 1; _counted++)
        {
            foreach (KeyRange range in _record!.PairRanges)
            {
                Pod? signer = _pods.Values.Select(known => known.Pod).FirstOrDefault(pod => pod.Metadata.Name == Names.Pod(range.Node));
                bool isRight = signer is not null && signer.Spec!.Containers[0].Image != Workload.WrongImage;
                _duties.AddOrUpdate(range.Node, _ => Add((0, 0)), (_, sum) => Add(sum));

                (long Right, long Wrong) Add((long Right, long Wrong) sum) => isRight ? (sum.Right + range.Count, sum.Wrong) : (sum.Right, sum.Wrong + range.Count);
            }
        }
    }

    private string Metrics(Pod pod, DateTimeOffset since)
    {
        double uptime = (now() - since).TotalSeconds;
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"fleet_previous_epoch_active_gwei 64\nfleet_previous_epoch_target_gwei 64\nbeacon_clock_time_slot {Head}\nbeacon_head_slot {Head}\n");
        text.Append(CultureInfo.InvariantCulture, $"libp2p_peers {_pods.Count - 1}\nprocess_cpu_seconds_total {uptime * 0.1}\nprocess_resident_memory_bytes 1e8\nfleet_resident_memory_after_gc_bytes 9e7\n");
        text.Append(CultureInfo.InvariantCulture, $"dotnet_gc_pause_seconds_total {uptime * 0.003}\nfleet_database_bytes 2e7\nfleet_api_requests_total{{status=\"5xx\"}} 0\nfleet_log_messages_total{{level=\"error\"}} 0\n");
        foreach (string topic in (string[])["beacon_block", "beacon_attestation", "beacon_aggregate_and_proof"])
        {
            text.Append(CultureInfo.InvariantCulture, $"fleet_gossip_received_total{{topic=\"{topic}\",outcome=\"accept\"}} {uptime}\n");
        }

        if (!NodeRoles.IsOfPair(pod.Metadata.Labels?.GetValueOrDefault(Labels.Role)))
        {
            text.Append(CultureInfo.InvariantCulture, $"fleet_duty_epoch {_counted}\n");
            foreach ((string group, (long right, long wrong)) in _duties)
            {
                text.Append(CultureInfo.InvariantCulture, $"fleet_duty_attestation_total{{key_group=\"{group}\",result=\"included\"}} {right}\nfleet_duty_attestation_total{{key_group=\"{group}\",result=\"wrong_target\"}} {wrong}\n");
            }
        }

        return text.ToString();
    }

    [GeneratedRegex("^/eth/v1/beacon/headers/(head|[0-9]{1,18})$")]
    private static partial Regex HeaderPath();
}
