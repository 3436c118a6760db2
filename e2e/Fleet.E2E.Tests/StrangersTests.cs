using TestKit;

namespace Fleet.E2E.Tests;

/// <summary>Two testnets on one machine, one of which is told to dial the other: they stay strangers, and the refusals are counted.</summary>
public sealed class StrangersTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Two_testnets_side_by_side_finalize_and_never_connect()
    {
        await using RunningFleet fleet = await RunningFleet.StartAsync(Manifest("ash", ""));
        IReadOnlyList<ReportedNode> ash = fleet.ChainNodes;
        string external = string.Join(", ", ash.Select(node => $"\"{node.P2p}\""));
        await fleet.DownAsync();
        await fleet.UpWithAsync(Manifest("oak", external));
        IReadOnlyList<ReportedNode> oak = fleet.ChainNodes;
        Assert.Equal(2, oak.Count);

        using var dialler = new ChainReader(oak[0]);
        using var listener = new ChainReader(ash[0]);
        await Eventually.TrueAsync(
            async () => await RefusalsAsync(dialler) + await RefusalsAsync(listener) > 1, // the side that learns it first counts it
            () => "nobody was refused for its protocol",
            Patience);
        HashSet<string> strangers = [.. ash.Select(node => node.PeerId)];
        Assert.DoesNotContain(await dialler.ConnectedPeersAsync(), strangers.Contains);
        Assert.DoesNotContain(await listener.ConnectedPeersAsync(), oak.Select(node => node.PeerId).Contains);
        Assert.Single(await listener.ConnectedPeersAsync(), peer => strangers.Contains(peer));
    }

    private static Task<double> RefusalsAsync(ChainReader node) => node.MetricAsync("fleet_peers_refused_total", "reason=\"protocol\"");

    private static string Manifest(string name, string external) => $$"""
        apiVersion: beaconfleet.dev/v1alpha1
        kind: Testnet
        metadata: { name: {{name}} }
        spec:
          network: { preset: minimal, config: { SLOT_DURATION_MS: 500 } }
          genesis: {delay: 5s, validators: 32}
          bootnodes: {replicas: 1, external: [ {{external}} ] }
          rollout: {strategy: AllAtOnce}
          pools:
          - {name: eu, replicas: 2, validators: 32}
        """;
}
