using TestKit;

namespace Fleet.E2E.Tests;

/// <summary>Seven nodes in three pools with a hundred validators, in slots of half a second; then pools grow and shrink while the chain runs.</summary>
public sealed class ThreePoolsTests
{
    /// <summary>Slot at which epoch 2 can be final at the earliest. How much later it is depends on the machine, so that it is told and not tested.</summary>
    private const long ProtocolFloor = 32;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    [Fact]
    public async Task Seven_nodes_finalize_in_short_slots_and_keep_their_keys_apart_while_pools_scale()
    {
        string manifest = (await File.ReadAllTextAsync(FleetCommand.Sample("three-pools.yaml"), TestContext.Current.CancellationToken))
            .Replace("SLOT_DURATION_MS: 1000", "SLOT_DURATION_MS: 500", StringComparison.Ordinal);
        await using RunningFleet fleet = await RunningFleet.StartAsync(manifest);
        Assert.Equal(7, fleet.ChainNodes.Count);
        long head = fleet.Report.GetProperty("testnets")[0].GetProperty("headSlot").GetInt64();
        Assert.True(head >= ProtocolFloor, $"epoch 2 can't be final at slot {head}");
        TestContext.Current.SendDiagnosticMessage("epoch 2 was seen final at slot {0}; the protocol's floor is {1}", head, ProtocolFloor);

        await KeysComeAndGoWithTheirOrdinal(fleet);
        await fleet.FinalizedBeyondAsync("trinet", await fleet.NumberAsync("testnet/trinet", ".status.finalizedEpoch"));
    }

    private static async Task KeysComeAndGoWithTheirOrdinal(RunningFleet fleet)
    {
        string protection = Directory.GetFiles(Path.Combine(fleet.DataDir, "claims", "default", "data-trinet-us-2", "slashing"), "protection.sqlite", SearchOption.AllDirectories).Single();
        string sentinel = Path.Combine(Path.GetDirectoryName(protection)!, "sentinel");
        await File.WriteAllTextAsync(sentinel, "the same directory", TestContext.Current.CancellationToken);
        string finalizedBefore = await fleet.KubectlAsync("get", "testnet", "trinet", "-o", "jsonpath={.status.finalizedEpoch}");

        await ScaleAsync(fleet, 2);
        await Eventually.TrueAsync(
            async () => (await fleet.KubectlAsync("get", "beaconnode", "trinet-us-2", "--ignore-not-found", "-o", "name")).Length == 0
                && fleet.NodeProcesses("validator").Count == 6,
            () => "the node of the removed ordinal is still there",
            Patience);
        Assert.True(File.Exists(protection), "the slashing protection of a key went with its node");

        await ScaleAsync(fleet, 4);
        await Eventually.TrueAsync(
            async () => await ReadyAsync(fleet, "trinet-us-2-0") && await ReadyAsync(fleet, "trinet-us-3-0") && fleet.NodeProcesses("validator").Count == 7,
            () => "the pool did not grow to four nodes",
            Patience);

        Assert.Equal("beacon validator", await ContainersAsync(fleet, "trinet-us-2-0"));
        Assert.Equal("beacon", await ContainersAsync(fleet, "trinet-us-3-0"));
        Assert.True(File.Exists(protection) && File.Exists(sentinel), "the keys came back to another slashing protection");
        Assert.True(await fleet.NumberAsync("testnet/trinet", ".status.finalizedEpoch") >= long.Parse(finalizedBefore));
    }

    private static async Task ScaleAsync(RunningFleet fleet, int replicas)
    {
        string pools = await fleet.KubectlAsync("get", "testnet", "trinet", "-o", "jsonpath={.spec.pools[*].name}");
        int index = Array.IndexOf(pools.Split(' '), "us");
        await fleet.KubectlAsync("patch", "testnet", "trinet", "--type=json", "-p", $$"""[{"op":"replace","path":"/spec/pools/{{index}}/replicas","value":{{replicas}}}]""");
    }

    private static async Task<bool> ReadyAsync(RunningFleet fleet, string pod) =>
        await fleet.KubectlAsync("get", "pod", pod, "--ignore-not-found", "-o", "jsonpath={.status.conditions[?(@.type==\"Ready\")].status}") == "True";

    private static Task<string> ContainersAsync(RunningFleet fleet, string pod) =>
        fleet.KubectlAsync("get", "pod", pod, "-o", "jsonpath={.spec.containers[*].name}");
}
