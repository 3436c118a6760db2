using TestKit;

namespace Fleet.E2E.Tests;

/// <summary>Every drill that a chain survives, on one fleet, one after the other: it finalizes again, and nobody thinks of resetting it.</summary>
public sealed class DrillTests
{
    private const string Manifest = """
        apiVersion: beaconfleet.dev/v1alpha1
        kind: Testnet
        metadata: {name: drill}
        spec:
          network: {preset: minimal, config: {SLOT_DURATION_MS: 500}}
          genesis: {delay: 5s, validators: 64}
          bootnodes: {replicas: 1}
          rollout: {strategy: AllAtOnce}
          pools:
          - {name: eu, replicas: 4, validators: 64}
        """;

    private const string Corrupt = "drill-eu-3";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    [Fact]
    public async Task A_chain_survives_what_can_be_undone_and_what_the_fleet_repairs()
    {
        await using RunningFleet fleet = await RunningFleet.StartAsync(Manifest);
        await ACutIsHealed(fleet);
        await StoppedStakeGoesOn(fleet);
        await WrongClocksAreTheirOwnTrouble(fleet);
        await ALiarIsNotBelieved(fleet);
        await EverythingKilledComesBack(fleet);
        await ADamagedDatabaseIsMadeAnew(fleet);
        Assert.Equal("", (await fleet.KubectlAsync("get", "chainresets", "-o", "name")).Trim());
        Assert.Equal(1, await fleet.NumberAsync("testnet/drill", ".status.iteration"));
    }

    /// <summary>Two halves: neither finalizes, both see half of their peers only, and both come together again.</summary>
    private static async Task ACutIsHealed(RunningFleet fleet)
    {
        string sentence = await DrillAsync(fleet, "partition");
        Assert.Contains("(32 of 64 keys, 50 % of the stake)", sentence);
        ReportedNode[] nodes = [.. fleet.ChainNodes];
        string[] one = [.. nodes.Where(node => sentence.Contains(node.Name, StringComparison.Ordinal)).Select(node => node.PeerId)];
        Assert.Equal(2, one.Length);
        using var here = new ChainReader(nodes.First(node => one.Contains(node.PeerId)));
        await Eventually.TrueAsync(
            async () => (await here.ConnectedPeersAsync()).All(peer => one.Contains(peer)), () => "a node is still connected to the other half", Patience);
        Assert.Contains("partition", await DrillAsync(fleet, "list"));
        await TwoEpochsPassAsync(here);
        await DrillAsync(fleet, "undo");
        await FinalizesAgainAsync(fleet);
    }

    private static async Task StoppedStakeGoesOn(RunningFleet fleet)
    {
        string sentence = await DrillAsync(fleet, "stop-stake", "40%");
        int[] stopped = [.. fleet.NodeProcesses("node").Where(IsStopped)];
        Assert.Equal(2, stopped.Length);
        Assert.Equal(2, fleet.NodeProcesses("validator").Count(IsStopped));
        Assert.Contains("50 % of the stake", sentence);
        using var running = new ChainReader(fleet.ChainNodes.First(node => !sentence.Contains(node.Name, StringComparison.Ordinal)));
        await TwoEpochsPassAsync(running);
        await DrillAsync(fleet, "undo");
        Assert.DoesNotContain(stopped, IsStopped);
        await FinalizesAgainAsync(fleet);
    }

    private static async Task WrongClocksAreTheirOwnTrouble(RunningFleet fleet)
    {
        await DrillAsync(fleet, "clock-skew", "--offset", "4h");
        await FinalizesAgainAsync(fleet);
        await DrillAsync(fleet, "undo");
        await FinalizesAgainAsync(fleet);
        Assert.Equal("", (await fleet.KubectlAsync("get", "pods", "-o", "jsonpath={..env[?(@.name==\"FLEET_CLOCK_OFFSET\")].value}")).Trim());
    }

    /// <summary>Another finality, an ancient one and one of the future, two epochs each: the others finalize, and nothing is decided by it.</summary>
    private static async Task ALiarIsNotBelieved(RunningFleet fleet)
    {
        foreach (string lie in new[] { "other", "ancient", "future" })
        {
            await DrillAsync(fleet, "lying-node", "drill-eu-1", lie, "--for", "10s");
            await FinalizesAgainAsync(fleet);
        }
    }

    private static async Task EverythingKilledComesBack(RunningFleet fleet)
    {
        int[] before = [.. fleet.NodeProcesses("node"), .. fleet.NodeProcesses("validator")];
        await DrillAsync(fleet, "kill-all");
        await Eventually.TrueAsync(
            () => fleet.NodeProcesses("node").Count == 4 && fleet.NodeProcesses("validator").Count == 4 && !fleet.NodeProcesses("node").Intersect(before).Any(),
            () => "not every process came back",
            Patience);
        await FinalizesAgainAsync(fleet);
    }

    /// <summary>The others finalize without the node; with a new volume it follows the chain, and its keys sign from the epoch after.</summary>
    private static async Task ADamagedDatabaseIsMadeAnew(RunningFleet fleet)
    {
        await DrillAsync(fleet, "corrupt-db", Corrupt);
        await Eventually.TrueAsync(
            async () => await fleet.KubectlAsync("get", "pod", Corrupt + "-0", "--ignore-not-found", "-o", "jsonpath={.status.containerStatuses[?(@.name==\"beacon\")].lastState.terminated.exitCode}") == "4",
            () => "the damage is not noticed",
            Patience);
        await FinalizesAgainAsync(fleet);

        await fleet.KubectlAsync("delete", "pvc", "data-" + Corrupt, "--wait=false");
        await fleet.KubectlAsync("delete", "pod", Corrupt + "-0", "--ignore-not-found", "--wait=false");
        using var node = new ChainReader(fleet.Node(Corrupt));
        using var witness = new ChainReader(fleet.Node("drill-eu-0"));
        await Eventually.TrueAsync(
            async () => await node.IsSyncedAsync() && await node.HeadSlotAsync() >= await witness.HeadSlotAsync(), () => $"{Corrupt} does not follow the chain again", Patience);
        long from = await fleet.NumberAsync("beaconnode/" + Corrupt, ".status.signFromEpoch");
        Assert.True(from > 0, "the keys sign without a bound");
        Assert.Contains(
            $"--sign-from-epoch={from}", await fleet.KubectlAsync("get", "pod", Corrupt + "-0", "--ignore-not-found", "-o", "jsonpath={.spec.containers[?(@.name==\"validator\")].args}"));
        await fleet.FinalizedBeyondAsync("drill", from);
        await Eventually.TrueAsync(
            async () => await fleet.KubectlAsync("get", "testnet", "drill", "-o", "jsonpath={.status.conditions[?(@.type==\"Ready\")].status}") == "True", () => "the testnet is not ready", Patience);
    }

    /// <summary>As long as it takes a chain to miss what it would have finalized.</summary>
    private static async Task TwoEpochsPassAsync(ChainReader node)
    {
        ulong before = await node.HeadSlotAsync() ?? 0;
        await Eventually.TrueAsync(async () => await node.HeadSlotAsync() >= before + 16, () => $"the head does not move beyond slot {before}", Patience);
    }

    /// <summary>Two epochs more than now, as the nodes themselves say: a status tells of progress twice a minute only.</summary>
    private static async Task FinalizesAgainAsync(RunningFleet fleet)
    {
        ChainReader[] nodes = [.. fleet.ChainNodes.Select(node => new ChainReader(node))];
        ulong before = await MostAsync();
        await Eventually.TrueAsync(async () => await MostAsync() > before + 1, () => $"no node finalized beyond epoch {before + 1}", TimeSpan.FromMinutes(2));
        Array.ForEach(nodes, node => node.Dispose());

        async Task<ulong> MostAsync()
        {
            ulong most = 0;
            foreach (ChainReader node in nodes)
            {
                most = Math.Max(most, await node.FinalizedEpochAsync() ?? 0);
            }

            return most;
        }
    }

    private static async Task<string> DrillAsync(RunningFleet fleet, params string[] words)
    {
        CommandResult result = await FleetCommand.RunAsync(["drill", "drill", .. words, "--data-dir", fleet.DataDir]);
        Assert.True(result.ExitCode == 0, result.ToString());
        return result.Output;
    }

    private static bool IsStopped(int process)
    {
        string stat = File.ReadAllText($"/proc/{process}/stat");
        return stat.AsSpan(stat.LastIndexOf(')') + 2).StartsWith("T", StringComparison.Ordinal);
    }
}
