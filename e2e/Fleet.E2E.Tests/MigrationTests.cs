using TestKit;

namespace Fleet.E2E.Tests;

/// <summary>A release with a newer database format: until its bake has ended the release before can take over again, and afterwards the nodes use the new format.</summary>
public sealed class MigrationTests
{
    private const string Manifest = """
        apiVersion: beaconfleet.dev/v1alpha1
        kind: Testnet
        metadata: {name: moved}
        spec:
          image: stable
          network: {preset: minimal, config: {SLOT_DURATION_MS: 500}}
          genesis: {delay: 5s, validators: 32}
          bootnodes: {replicas: 1}
          pools:
          - {name: eu, replicas: 4, validators: 32}
          rollout: {strategy: AllAtOnce, bake: 60s}
        """;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);

    [Fact]
    public async Task A_new_database_format_is_rolled_out_taken_back_and_rolled_out_again()
    {
        string builds = Path.Combine(Repository.Root, "artifacts", "bin", "Beacon.Faulty", "release", "images");
        await using RunningFleet fleet = await RunningFleet.StartAsync(
            Manifest, new Dictionary<string, string> { ["stable"] = Path.Combine(builds, "good"), ["next"] = Path.Combine(builds, "next-format") });
        ChainReader[] nodes = [.. fleet.ChainNodes.Select(node => new ChainReader(node))];
        string? genesis = await nodes[0].GenesisRootAsync();
        double format = await nodes[0].MetricAsync("fleet_database_format", "");
        await AreInFormatAsync(nodes, format, newest: format);

        // Forward, and back before anybody may migrate: no node has to fetch the chain anew.
        await RollAsync(fleet, "next");
        await AreInFormatAsync(nodes, format, newest: format + 1);
        await RollAsync(fleet, "stable");
        await AreInFormatAsync(nodes, format, newest: format);
        await FinalizesOnAsync(fleet);

        // Forward, and past the bake.
        await RollAsync(fleet, "next");
        await AreInFormatAsync(nodes, format + 1, newest: format + 1);
        Assert.Equal("true true true true", await fleet.KubectlAsync("get", "beaconnodes", "-l", "beaconfleet.dev/role=node", "-o", "jsonpath={.items[*].spec.migrateDatabase}"));
        await FinalizesOnAsync(fleet);
        Assert.Equal(genesis, await nodes[0].GenesisRootAsync());
        Assert.Empty(await fleet.KubectlAsync("get", "chainresets", "-o", "name"));
        Array.ForEach(nodes, node => node.Dispose());
    }

    private static async Task RollAsync(RunningFleet fleet, string image)
    {
        await fleet.KubectlAsync("patch", "testnet", "moved", "--type", "merge", "-p", $$$"""{"spec":{"image":"{{{image}}}"}}""");
        await Eventually.TrueAsync(
            async () => (await fleet.KubectlAsync("get", "pods", "-o", "jsonpath={range .items[*]}{.spec.containers[*].image} {.status.conditions[?(@.type==\"Ready\")].status}{\"\\n\"}{end}"))
                .Split('\n', StringSplitOptions.RemoveEmptyEntries) is { Length: 5 } pods
                && pods.All(pod => pod.Split(' ') is [.. var images, "True"] && images.All(one => one == image)),
            () => $"not every pod is ready on {image}",
            Patience);
    }

    /// <summary>Every node says which format its database has, and which its release knows.</summary>
    private static async Task AreInFormatAsync(ChainReader[] nodes, double used, double newest)
    {
        (double Used, double Newest)[] seen = [];
        await Eventually.TrueAsync(
            async () => (seen = await Task.WhenAll(nodes.Select(FormatAsync))).All(node => node == (used, newest)),
            () => $"not every node uses format {used} of {newest}: {string.Join(" ", seen)}",
            Patience);
    }

    private static async Task<(double Used, double Newest)> FormatAsync(ChainReader node)
    {
        try
        {
            return (await node.MetricAsync("fleet_database_format", ""), await node.MetricAsync("fleet_database_format_newest", ""));
        }
        catch (HttpRequestException)
        {
            return default;
        }
    }

    private static async Task FinalizesOnAsync(RunningFleet fleet) => await fleet.FinalizedBeyondAsync("moved", await fleet.NumberAsync("testnet/moved", ".status.finalizedEpoch") + 1);
}
