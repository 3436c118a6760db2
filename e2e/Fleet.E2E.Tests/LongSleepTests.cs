using TestKit;

namespace Fleet.E2E.Tests;

/// <summary>A fleet that was stopped for many epochs, in slots of a quarter second: nobody is ahead of anybody, so the chain goes on at once.</summary>
public sealed class LongSleepTests
{
    private const double SlotMilliseconds = 250;
    private const ulong SlotsPerEpoch = 8;

    private const string Manifest = """
        apiVersion: beaconfleet.dev/v1alpha1
        kind: Testnet
        metadata: {name: sleeper}
        spec:
          network: {preset: minimal, config: {SLOT_DURATION_MS: 250}}
          genesis: {delay: 5s, validators: 64}
          bootnodes: {replicas: 1}
          rollout: {strategy: AllAtOnce}
          pools:
          - {name: eu, replicas: 4, validators: 64}
        """;

    [Fact]
    public async Task After_twenty_epochs_of_sleep_the_chain_goes_on_when_all_nodes_are_up()
    {
        await using RunningFleet fleet = await RunningFleet.StartAsync(Manifest);
        List<ChainReader> nodes = [.. fleet.ChainNodes.Select(node => new ChainReader(node))];
        double now = await nodes[0].MillisecondsSinceGenesisAsync();
        double genesis = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds() - now;
        ulong lastSeen = (await nodes[0].HeadSlotAsync())!.Value;
        await fleet.DownAsync();
        ulong asleepAt = SlotAt(genesis);

        await Eventually.TrueAsync(() => SlotAt(genesis) >= asleepAt + (20 * SlotsPerEpoch), () => "20 epochs passed", TimeSpan.FromMinutes(1));
        Task<ulong> allUp = AllUpAsync(nodes, genesis);
        await fleet.UpAsync();
        ulong upAt = await allUp;

        ulong? first = null;
        await Eventually.TrueAsync(
            async () => (first = await nodes[0].FirstBlockAfterAsync(asleepAt)) is not null,
            () => "no block was made after the sleep",
            TimeSpan.FromSeconds(30));
        TestContext.Current.SendDiagnosticMessage("asleep from slot {0} (head {1}), all nodes up in slot {2}, first block in slot {3}", asleepAt, lastSeen, upAt, first);

        // Two slots where the machine has nothing else to do; whoever waits for a peer that is ahead waits for ever.
        Assert.True(first <= upAt + SlotsPerEpoch, $"all nodes were up in slot {upAt}, the first block is of slot {first}");
        await fleet.FinalizedBeyondAsync("sleeper", (long)(upAt / SlotsPerEpoch));
        nodes.ForEach(node => node.Dispose());

        ulong SlotAt(double genesisMilliseconds) => (ulong)((TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds() - genesisMilliseconds) / SlotMilliseconds);
    }

    /// <summary>The slot of the clock when the last node answered as up.</summary>
    private static async Task<ulong> AllUpAsync(List<ChainReader> nodes, double genesis)
    {
        await Eventually.TrueAsync(
            async () =>
            {
                foreach (ChainReader node in nodes)
                {
                    if (!await node.IsUpAsync())
                    {
                        return false;
                    }
                }

                return true;
            },
            () => "all nodes are up",
            TimeSpan.FromMinutes(1));
        return (ulong)((TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds() - genesis) / SlotMilliseconds);
    }
}
