using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using TestKit;

namespace Beacon.Cli.Tests;

/// <summary>Nodes of several networks as processes of one machine.</summary>
public sealed partial class StrangersTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);

    private readonly HttpClient _http = new();
    private readonly List<IDisposable> _owned = [];

    public void Dispose()
    {
        // Processes first, then the directories they write to.
        foreach (IDisposable owned in Enumerable.Reverse(_owned))
        {
            owned.Dispose();
        }

        _http.Dispose();
    }

    [Fact]
    public async Task Two_networks_side_by_side_stay_strangers_and_their_metrics_count_the_refusals_by_reason()
    {
        // Two nodes of one network; one of a network with a protocol ID of its own; one with the same protocol ID and another genesis.
        Workspace[] nodes = [.. Enumerable.Range(0, 4).Select(_ => Own(new Workspace()))];
        await nodes[0].MakeNetworkAsync(validators: 8, slotMs: 1000, secondsToGenesis: 600, withKeys: false, protocolId: "/fleet/ours/1");
        await nodes[2].MakeNetworkAsync(validators: 8, slotMs: 1000, secondsToGenesis: 600, withKeys: false, protocolId: "/fleet/theirs/1");
        await nodes[3].MakeNetworkAsync(validators: 8, slotMs: 1000, secondsToGenesis: 600, withKeys: false, protocolId: "/fleet/ours/1");
        foreach (Workspace node in nodes)
        {
            await node.MakeIdentityAsync();
        }

        string peers = "fence: []\npeers:\n" + string.Concat(nodes.Select(static node => node.PeerEntry));
        Workspace[] networks = [nodes[0], nodes[0], nodes[2], nodes[3]];
        foreach ((Workspace node, Workspace network) in nodes.Zip(networks))
        {
            await File.WriteAllTextAsync(network["peers.yaml"], peers);
            Own(BeaconProcess.Start(node.NodeArguments(network: network)));
        }

        await AllReadyAsync(nodes);
        await Eventually.TrueAsync(
            async () => await MetricAsync(nodes[0], "libp2p_peers") == 1 && await MetricAsync(nodes[1], "libp2p_peers") == 1, () => "the two nodes of one network do not find each other", Patience);
        await Eventually.TrueAsync(async () => await RefusedAsync(nodes, "protocol") > 0, () => "nobody was refused for its protocol", Patience);
        await Eventually.TrueAsync(async () => await RefusedAsync(nodes, "fork_digest") > 0, () => "nobody was refused for its fork digest", Patience);

        // Refusals go on, for the strangers stay in the list; nobody of them ever becomes a peer.
        double before = await RefusedAsync(nodes, "protocol");
        await Eventually.TrueAsync(async () => await RefusedAsync(nodes, "protocol") > before, () => "a stranger that came again was not counted", Patience);
        Assert.Equal(0, await MetricAsync(nodes[2], "libp2p_peers"));
        Assert.Equal(0, await MetricAsync(nodes[3], "libp2p_peers"));
        Assert.Equal(1, await MetricAsync(nodes[0], "libp2p_peers"));
        Assert.Equal(0, await RefusedAsync(nodes, "chain"));
        JsonElement connected = await JsonAsync(nodes[0].Url("/eth/v1/node/peers?state=connected"));
        Assert.Equal(nodes[1].PeerId, Assert.Single(connected.GetProperty("data").EnumerateArray()).GetProperty("peer_id").GetString());
        await Eventually.TrueAsync(
            async () => (await JsonAsync(nodes[2].Url("/eth/v1/node/peers?state=connected"))).GetProperty("meta").GetProperty("count").GetInt32() == 0, () => "a stranger is connected", Patience);
    }

    [GeneratedRegex("(?m)^(\\S+) (\\S+)$")]
    private static partial Regex Sample();

    private T Own<T>(T owned)
        where T : IDisposable
    {
        _owned.Add(owned);
        return owned;
    }

    private Task AllReadyAsync(Workspace[] nodes) => Eventually.TrueAsync(
        async () =>
        {
            bool[] ready = await Task.WhenAll(nodes.Select(node => ProcessContractTests.IsAsync(_http, node.Url("/eth/v1/node/health"), HttpStatusCode.OK)));
            return ready.All(static one => one);
        },
        () => "not all nodes are ready\n" + string.Join('\n', _owned.OfType<BeaconProcess>().Select(static process => process.Errors)),
        Patience);

    private async Task<double> RefusedAsync(Workspace[] nodes, string reason)
    {
        double[] counts = await Task.WhenAll(nodes.Select(node => MetricAsync(node, $"fleet_peers_refused_total{{reason=\"{reason}\"}}")));
        return counts.Sum();
    }

    /// <summary>A sample of a node's <c>/metrics</c>, as a scraper reads it.</summary>
    private async Task<double> MetricAsync(Workspace node, string series)
    {
        string text = await _http.GetStringAsync($"http://{node.Address}:8008/metrics");
        Match? sample = Sample().Matches(text).FirstOrDefault(match => match.Groups[1].Value == series);
        Assert.True(sample is not null, $"{series} is not in /metrics");
        return double.Parse(sample.Groups[2].Value, CultureInfo.InvariantCulture);
    }

    private async Task<JsonElement> JsonAsync(string url) => JsonSerializer.Deserialize<JsonElement>(await _http.GetStringAsync(url));
}
