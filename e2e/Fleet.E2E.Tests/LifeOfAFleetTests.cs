using System.Text.Json;
using TestKit;

namespace Fleet.E2E.Tests;

/// <summary>One fleet through its life: it finalizes, loses processes, loses its host, and is deleted.</summary>
public sealed class LifeOfAFleetTests
{
    private const string Manifest = """
        apiVersion: beaconfleet.dev/v1alpha1
        kind: Testnet
        metadata: {name: life}
        spec:
          network: {preset: minimal, config: {SLOT_DURATION_MS: 1000}}
          genesis: {delay: 5s, validators: 64}
          bootnodes: {replicas: 1}
          rollout: {strategy: AllAtOnce}
          pools:
          - {name: eu, replicas: 4, validators: 64}
        """;

    private const ulong SlotsPerEpoch = 8;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task A_fleet_finalizes_survives_kill_9_of_everything_and_leaves_nothing_behind()
    {
        await using RunningFleet fleet = await RunningFleet.StartAsync(Manifest);
        ReportIsComplete(fleet.Report);
        await fleet.KubectlAsync("wait", "--for=condition=Finalizing", "testnet/life", "--timeout=60s");

        await AKilledProcessComesBack(fleet, "beacon", "node");
        await AKilledProcessComesBack(fleet, "validator", "validator");
        await fleet.FinalizedBeyondAsync("life", await fleet.NumberAsync("testnet/life", ".status.finalizedEpoch"));

        await AKilledFleetGoesOn(fleet);
        await ADeletedTestnetLeavesNothing(fleet);
    }

    private static void ReportIsComplete(JsonElement report)
    {
        JsonElement testnet = Assert.Single(report.GetProperty("testnets").EnumerateArray());
        Assert.Equal("life", testnet.GetProperty("name").GetString());
        Assert.Equal(1, testnet.GetProperty("iteration").GetInt32());
        Assert.True(testnet.GetProperty("finalizedEpoch").GetInt64() >= 2);
        Assert.StartsWith("/fleet/life-", testnet.GetProperty("protocolId").GetString());
        Assert.Equal(5, testnet.GetProperty("nodes").GetArrayLength());
        foreach (string duration in new[] { "appliedToPodsCreated", "appliedToPeered", "genesisToFirstBlock", "genesisToFinalized", "protocolFloor" })
        {
            Assert.True(testnet.GetProperty("seconds").GetProperty(duration).GetDouble() > 0, duration);
        }

        foreach (JsonElement node in testnet.GetProperty("nodes").EnumerateArray())
        {
            Assert.True(node.GetProperty("pid").GetInt32() > 0);
            Assert.StartsWith("http://127.", node.GetProperty("apiUrl").GetString());
            Assert.Contains("/p2p/", node.GetProperty("p2p").GetString());
        }
    }

    /// <summary>A process killed hard comes back; meanwhile the other nodes go on proposing, and within two epochs the node is in sync.</summary>
    private static async Task AKilledProcessComesBack(RunningFleet fleet, string container, string verb)
    {
        const string Victim = "life-eu-1";
        const string Pod = Victim + "-0";
        Predicate<ulong> othersKey = Not(await fleet.KeysOfAsync("life", Victim));
        using var witness = new ChainReader(fleet.Node("life-eu-0"));
        using var victim = new ChainReader(fleet.Node(Victim));
        ulong killedAt = (await witness.HeadSlotAsync())!.Value;
        int before = await fleet.ProcessOfAsync(Pod, container);
        RunningFleet.Kill(before);

        await Eventually.TrueAsync(
            async () => fleet.NodeProcesses(verb).Count == 4
                && await fleet.ProcessOfAsync(Pod, container) is not 0 and int now && now != before
                && await fleet.NumberAsync($"pod/{Pod}", $".status.containerStatuses[?(@.name==\"{container}\")].restartCount") >= 1
                && await fleet.KubectlAsync("get", "pod", Pod, "-o", "jsonpath={.status.conditions[?(@.type==\"Ready\")].status}") == "True",
            () => $"{Pod}/{container} did not come back",
            Patience);
        ulong? syncedAt = null;
        await Eventually.TrueAsync(
            async () =>
            {
                await witness.NoteProposersAsync(SlotsPerEpoch);
                ulong? head = await witness.HeadSlotAsync();
                if (await victim.IsSyncedAsync() && await victim.HeadSlotAsync() >= head)
                {
                    syncedAt ??= head;
                }

                return syncedAt is not null && head >= killedAt + (2 * SlotsPerEpoch);
            },
            () => $"{Victim} is not in sync and two epochs on",
            Patience);

        TestContext.Current.SendDiagnosticMessage("{0} killed after slot {1}, in sync at slot {2}", container, killedAt, syncedAt);
        Assert.True(syncedAt <= killedAt + (2 * SlotsPerEpoch), $"in sync at slot {syncedAt} only, killed at {killedAt}");
        int gap = await witness.LongestGapAsync(killedAt + 1, killedAt + (2 * SlotsPerEpoch), othersKey);
        Assert.True(gap <= 2, $"{gap} proposals of the other nodes in a row are missing");
    }

    private static Predicate<ulong> Not((ulong First, ulong Count) keys) => validator => validator < keys.First || validator >= keys.First + keys.Count;

    private static async Task AKilledFleetGoesOn(RunningFleet fleet)
    {
        string genesisRoot = await fleet.KubectlAsync("get", "testnet", "life", "-o", "jsonpath={.status.genesisRoot}");
        long finalized = await fleet.NumberAsync("testnet/life", ".status.finalizedEpoch");
        using (JsonDocument record = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(fleet.DataDir, "fleet.json"))))
        {
            RunningFleet.Kill(record.RootElement.GetProperty("pid").GetInt32());
        }

        await Eventually.TrueAsync(
            () => fleet.NodeProcesses("node").Count == 0 && fleet.NodeProcesses("validator").Count == 0,
            () => "node processes outlived the fleet",
            Patience);

        await fleet.UpAsync();
        Assert.Equal(genesisRoot, await fleet.KubectlAsync("get", "testnet", "life", "-o", "jsonpath={.status.genesisRoot}"));
        Assert.Equal(4, fleet.NodeProcesses("node").Count);
        Assert.Equal(4, fleet.NodeProcesses("validator").Count);
        await fleet.FinalizedBeyondAsync("life", finalized);
    }

    private static async Task ADeletedTestnetLeavesNothing(RunningFleet fleet)
    {
        await fleet.KubectlAsync("delete", "testnet", "life", "--timeout=60s");
        await Eventually.TrueAsync(
            async () => fleet.NodeProcesses("node").Count + fleet.NodeProcesses("validator").Count + fleet.NodeProcesses("bootnode").Count == 0
                && (await fleet.KubectlAsync("get", "beaconnodes,statefulsets,pods,pvc,secrets,services,configmaps", "-l", "beaconfleet.dev/testnet=life", "-o", "name")).Trim().Length == 0,
            () => "something of the deleted testnet is left",
            Patience);
        string claims = Path.Combine(fleet.DataDir, "claims", "default");
        Assert.Empty(Directory.Exists(claims) ? Directory.GetFileSystemEntries(claims) : []);
    }
}
