using Beacon.Chain;
using Beacon.Chain.Tests;
using Beacon.Ssz;
using Beacon.Storage;
using Beacon.Types;
using Libp2p.Crypto;
using Libp2p.Hosting;
using Libp2p.Muxing;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using TestKit;

namespace Beacon.Networking.Tests;

public sealed class BeaconNetworkTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Four_nodes_exchange_blocks_and_attestations_until_the_chain_finalizes()
    {
        FakeTimeProvider time = TestNode.NewTime();
        var peers = new TestPeers();
        TestNode[] nodes = [.. Enumerable.Range(0, 4).Select(_ => TestNode.Start(time, peers))];
        try
        {
            foreach ((int i, TestNode node) in nodes.Index())
            {
                peers.Add($"node-{i}", node.Address);
            }

            await AllPeeredAsync(nodes);
            for (ulong slot = 1; slot <= 33; slot++)
            {
                await RunSlotAsync(nodes, time, slot);
            }

            Assert.All(nodes, n => Assert.True(n.Chain.Head.Finalized.Epoch.Value >= 2, $"finalized {n.Chain.Head.Finalized.Epoch.Value}"));
            Assert.All(nodes, n => Assert.False(n.Chain.SyncStatus.IsSyncing));
            Assert.All(nodes, n => Assert.Equal(new PeerCounts(0, 0, 3, 0), n.Network.CountPeers()));
        }
        finally
        {
            await DisposeAsync(nodes);
        }
    }

    [Fact]
    public async Task A_late_joiner_catches_up_over_200_slots_from_several_peers()
    {
        FakeTimeProvider time = TestNode.NewTime();
        var peers = new TestPeers();
        TestNode[] nodes = [.. Enumerable.Range(0, 2).Select(_ => TestNode.Start(time, peers))];
        TestNode? late = null;
        try
        {
            foreach ((int i, TestNode node) in nodes.Index())
            {
                peers.Add($"node-{i}", node.Address);
            }

            await AllPeeredAsync(nodes);
            for (ulong slot = 1; slot <= 200; slot++)
            {
                // No attestations: the chain does not finalize, and gaps of slots are part of it.
                if (slot % 7 != 0)
                {
                    await ProposeAsync(nodes, time, slot);
                }
            }

            var known = new TestPeers();
            known.Add("node-0", nodes[0].Address);
            known.Add("node-1", nodes[1].Address);
            late = TestNode.Start(time, known);
            await Eventually.TrueAsync(
                () => late.Chain.Head.Root == nodes[0].Chain.Head.Root, () => $"the head is at slot {late.Chain.Head.Slot.Value} of 200", Patience);
            await Eventually.TrueAsync(() => !late.Chain.SyncStatus.IsSyncing, () => "still says it syncs", Patience);

            // It follows by gossip from here on.
            await Eventually.TrueAsync(() => late.Network.BlockMeshSize == 2, () => "not in the mesh", Patience);
            await ProposeAsync([.. nodes, late], time, 201);
        }
        finally
        {
            await DisposeAsync([.. nodes, .. late is null ? Array.Empty<TestNode>() : [late]]);
        }
    }

    [Fact]
    public async Task A_node_from_a_checkpoint_follows_the_chain_and_sends_who_needs_the_past_to_others()
    {
        FakeTimeProvider time = TestNode.NewTime();
        var known = new TestPeers();
        var nodes = new List<TestNode> { TestNode.Start(time, new TestPeers()) };
        try
        {
            BeaconChain full = nodes[0].Chain;
            for (ulong slot = 1; slot <= 34; slot++)
            {
                await RunSlotAsync([nodes[0]], time, slot);
            }

            Checkpoint finalized = full.Head.Finalized;
            var anchor = CheckpointAnchor.Verify(
                nodes[0].Spec, full.GetStateOfBlock(full.GenesisBlockRoot)!.State, finalized, full.GetBlock(finalized.Root)!, full.GetStateOfBlock(finalized.Root)!.State, full.Head.Slot, full.Clock.CurrentSlot);
            var first = new TestPeers();
            first.Add("full", nodes[0].Address);
            nodes.Add(TestNode.Start(time, first, options: new ChainOptions { Anchor = anchor }));
            BeaconChain young = nodes[1].Chain;
            await Eventually.TrueAsync(() => young.Head.Root == full.Head.Root, () => $"the head is at slot {young.Head.Slot.Value}", Patience);
            Assert.True(young.OldestBlockSlot.Value > 0);

            // Whoever starts from genesis gets nothing from it, keeps it as a peer, and has the chain from the other.
            known.Add("young", nodes[1].Address);
            nodes.Add(TestNode.Start(time, known));
            TestNode late = nodes[2];
            await Eventually.TrueAsync(() => late.Network.PeerCount == 1, () => "not connected", Patience);
            known.Add("full", nodes[0].Address);
            await Eventually.TrueAsync(
                () => late.Chain.Head.Root == full.Head.Root && late.Network.PeerCount == 2, () => $"the head is at slot {late.Chain.Head.Slot.Value}, {late.Network.PeerCount} peers", Patience);
            Assert.NotNull(late.Chain.GetBlock(full.GetCanonicalRoot(new Slot(1))!.Value));
        }
        finally
        {
            await DisposeAsync([.. nodes]);
        }
    }

    [Fact]
    public async Task A_restarted_node_is_connected_again_and_catches_up()
    {
        FakeTimeProvider time = TestNode.NewTime();
        var peers = new TestPeers();
        var identity = Identity.New();
        var store = new MemoryKeyValueStore();
        TestNode steady = TestNode.Start(time, peers);
        TestNode first = TestNode.Start(time, peers, identity: identity);
        int port = first.Address.TcpPort!.Value;
        TestNode? second = null;
        try
        {
            peers.Add("steady", steady.Address);
            peers.Add("restarting", first.Address);
            await AllPeeredAsync([steady, first]);
            await ProposeAsync([steady, first], time, 1);
            await first.DisposeAsync();
            await Eventually.TrueAsync(() => steady.Network.PeerCount == 0, () => "still connected", Patience);
            for (ulong slot = 2; slot <= 12; slot++)
            {
                await ProposeAsync([steady], time, slot);
            }

            second = TestNode.Start(time, peers, identity: identity, port: port, store: store);
            await Eventually.TrueAsync(
                () => second.Chain.Head.Root == steady.Chain.Head.Root, () => $"head {second.Chain.Head.Slot.Value}, {second.Network.PeerCount} peers", Patience);
        }
        finally
        {
            await DisposeAsync([steady, first, .. second is null ? Array.Empty<TestNode>() : [second]]);
        }
    }

    [Fact]
    public async Task Nodes_of_two_networks_stay_strangers_and_are_counted_by_reason()
    {
        FakeTimeProvider time = TestNode.NewTime();
        TestNode ours = TestNode.Start(time, new TestPeers());
        var toOurs = new TestPeers();
        toOurs.Add("x", ours.Address);
        TestNode otherProtocol = TestNode.Start(time, toOurs, protocolId: "/fleet/devnet-8-aaaaaa/1", chainNumber: 2);
        TestNode otherChain = TestNode.Start(time, toOurs, chainNumber: 2);
        try
        {
            await Eventually.TrueAsync(
                () => otherProtocol.Network.Metrics.Refused(RefusalReason.Protocol) > 0 || ours.Network.Metrics.Refused(RefusalReason.Protocol) > 0,
                () => "nobody was refused for its protocol",
                Patience);
            await Eventually.TrueAsync(
                () => otherChain.Network.Metrics.Refused(RefusalReason.ForkDigest) + ours.Network.Metrics.Refused(RefusalReason.ForkDigest) > 0,
                () => "nobody was refused for its digest",
                Patience);
            await Eventually.TrueAsync(
                () => ours.Network.ListPeers().Count == 0 && ours.Network.PeerCount == 0, () => "a stranger is still connected", Patience);
            Assert.Equal(0, otherProtocol.Network.PeerCount);
            Assert.Equal(0, otherChain.Network.PeerCount);
        }
        finally
        {
            await DisposeAsync([ours, otherProtocol, otherChain]);
        }
    }

    [Fact]
    public async Task A_peer_that_breaks_a_protocol_is_disconnected_and_its_next_connection_remembers_it()
    {
        TestNode node = TestNode.Start(TestNode.NewTime(), new TestPeers());
        const string StatusProtocol = TestNode.ProtocolId + "/req/status/1/ssz_snappy";
        await using Libp2pHost stranger = Stranger();
        await using Libp2pHost newcomer = Stranger();
        try
        {
            PeerConnection first = await stranger.DialAsync(node.Address, Token);
            await using MuxedStream stream = await first.OpenStreamAsync([StatusProtocol], Token);

            // A Status has 84 bytes; this announces far more.
            await stream.Output.WriteAsync(new byte[] { 0xff, 0xff, 0xff, 0x7f }, Token);
            await first.Closed.WaitAsync(Patience, Token);
            await Eventually.TrueAsync(() => node.Network.ListPeers().Count == 0, () => "still listed", Patience);

            // It comes with its stain, or is kept out when the end of the first connection cost it more.
            PeerConnection second = await stranger.DialAsync(node.Address, Token);
            await Eventually.TrueAsync(
                () => second.Closed.IsCompleted || node.Network.ListPeers() is [{ Score: < -9 }], () => "the second connection starts without a stain", Patience);

            // Another peer at the same time is let in and has none, so it is the offence that is remembered.
            await newcomer.DialAsync(node.Address, Token);
            await Eventually.TrueAsync(
                () => node.Network.ListPeers().Any(peer => peer.PeerId == newcomer.LocalPeerId && peer.Score >= 0), () => "a peer without an offence is not let in", Patience);
        }
        finally
        {
            await node.DisposeAsync();
        }

        static Libp2pHost Stranger()
        {
            var host = new Libp2pHost(
                new Libp2pOptions { Listen = [new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 0)] }, Identity.New(), NullLoggerFactory.Instance, TimeProvider.System);
            host.Handle(StatusProtocol, static (_, _, cancellationToken) => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken));
            host.Start();
            return host;
        }
    }

    [Fact]
    public async Task A_peer_whose_finalized_chain_contradicts_ours_is_refused_as_such()
    {
        FakeTimeProvider time = TestNode.NewTime();
        var peers = new TestPeers();
        TestNode ours = TestNode.Start(time, peers);
        TestNode other = TestNode.Start(time, peers);
        try
        {
            // The same genesis; from slot 1, which only one of them has a block for, two chains that finalize each for itself.
            await RunSlotAsync([ours], time, 1);
            for (ulong slot = 2; slot <= 33; slot++)
            {
                await RunSlotAsync([ours], time, slot);
                await RunSlotAsync([other], time, slot);
            }

            Assert.True(ours.Chain.Head.Finalized.Epoch.Value >= 2 && other.Chain.Head.Finalized.Epoch.Value >= 2);
            Assert.NotEqual(ours.Chain.Head.Finalized.Root, other.Chain.Head.Finalized.Root);
            peers.Add("ours", ours.Address);
            peers.Add("other", other.Address);
            await Eventually.TrueAsync(
                () => ours.Network.Metrics.Refused(RefusalReason.Chain) + other.Network.Metrics.Refused(RefusalReason.Chain) > 0, () => "nobody was refused for its chain", Patience);
            await Eventually.TrueAsync(() => ours.Network.PeerCount == 0 && other.Network.PeerCount == 0, () => "still connected", Patience);
            Assert.Equal(0, ours.Network.Metrics.Refused(RefusalReason.ForkDigest));
        }
        finally
        {
            await DisposeAsync([ours, other]);
        }
    }

    [Fact]
    public async Task A_fleet_that_was_stopped_for_20_epochs_makes_its_first_block_at_once_and_finalizes_again()
    {
        FakeTimeProvider time = TestNode.NewTime();
        var peers = new TestPeers();
        UndisposedStore[] stores = [.. Enumerable.Range(0, 4).Select(static _ => new UndisposedStore())];
        TestNode[] nodes = [.. stores.Select(store => TestNode.Start(time, peers, store: store))];
        try
        {
            foreach ((int i, TestNode node) in nodes.Index())
            {
                peers.Add($"node-{i}", node.Address);
            }

            await AllPeeredAsync(nodes);
            for (ulong slot = 1; slot <= 33; slot++)
            {
                await RunSlotAsync(nodes, time, slot);
            }

            (Root head, ulong finalized) = (nodes[0].Chain.Head.Root, nodes[0].Chain.Head.Finalized.Epoch.Value);
            await DisposeAsync(nodes);
            peers.Clear();
            const ulong Restart = 33 + (20 * 8);
            TestNode.MoveTo(time, Restart, 500);
            nodes = [.. stores.Select(store => TestNode.Start(time, peers, store: store))];
            Assert.All(nodes, node => Assert.Equal(head, node.Chain.Head.Root));
            foreach ((int i, TestNode node) in nodes.Index())
            {
                peers.Add($"node-{i}", node.Address);
            }

            await AllPeeredAsync(nodes);
            for (ulong slot = Restart + 1; slot <= Restart + 34; slot++)
            {
                // This is what every duty asks first.
                Assert.All(nodes, node => Assert.False(node.Chain.SyncStatus.IsSyncing, $"slot {slot}: waits for peers that wait for it"));
                await RunSlotAsync(nodes, time, slot);
            }

            Assert.All(nodes, node => Assert.True(node.Chain.Head.Finalized.Epoch.Value > Restart / 8, $"finalized {node.Chain.Head.Finalized.Epoch.Value}, before the stop {finalized}"));
        }
        finally
        {
            await DisposeAsync(nodes);
        }
    }

    [Fact]
    public async Task A_bootnode_stays_connected_without_a_chain()
    {
        FakeTimeProvider time = TestNode.NewTime();
        var peers = new TestPeers();
        TestNode node = TestNode.Start(time, peers);
        await using var bootnode = new BootnodeNetwork(
            new NetworkOptions { ProtocolId = TestNode.ProtocolId, ListenAddress = System.Net.IPAddress.Loopback, Port = 0 },
            Identity.New(),
            peers,
            Microsoft.Extensions.Logging.Abstractions.NullLoggerFactory.Instance,
            new Beacon.Metrics.MetricsScope(),
            TimeProvider.System);
        bootnode.Start();
        Task running = bootnode.RunAsync(Token);
        try
        {
            peers.Add("boot", bootnode.Addresses[0], bootnode: true);
            peers.Add("node", node.Address);
            await Eventually.TrueAsync(
                () => bootnode.ListPeers() is [{ State: PeerState.Connected }] && node.Network.ListPeers() is [{ State: PeerState.Connected, IsBootnode: true, Name: "boot" }],
                () => "not connected",
                Patience);
            Assert.Equal(0, node.Network.PeerCount);
            Assert.Equal(0, node.Network.Metrics.Refused(RefusalReason.Protocol));
            Assert.False(running.IsCompleted);
        }
        finally
        {
            await node.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_node_that_missed_a_block_fetches_it_when_the_next_one_builds_on_it()
    {
        FakeTimeProvider time = TestNode.NewTime();
        var peers = new TestPeers();
        TestNode a = TestNode.Start(time, peers);
        TestNode b = TestNode.Start(time, peers);
        try
        {
            // Blocks 1 and 2 are made while nobody is connected, so that only block 3 comes by gossip.
            await ProposeAsync([a], time, 1);
            await ProposeAsync([a], time, 2);
            peers.Add("a", a.Address);
            peers.Add("b", b.Address);
            await AllPeeredAsync([a, b]);
            await ProposeAsync([a, b], time, 3);
        }
        finally
        {
            await DisposeAsync([a, b]);
        }
    }

    private static Task AllPeeredAsync(TestNode[] nodes) => Eventually.TrueAsync(
        () => nodes.All(n => n.Network.PeerCount == nodes.Length - 1 && n.Network.BlockMeshSize == nodes.Length - 1),
        () => $"peers: {string.Join(',', nodes.Select(n => n.Network.PeerCount))}, mesh: {string.Join(',', nodes.Select(n => n.Network.BlockMeshSize))}",
        Patience);

    private static async Task ProposeAsync(TestNode[] nodes, FakeTimeProvider time, ulong slot)
    {
        TestNode.MoveTo(time, slot);
        TestNode proposer = nodes[slot % (ulong)nodes.Length];
        SignedBeaconBlock block = proposer.Propose(slot);
        PublishedBlock published = await proposer.Chain.PublishAsync(block, Token);
        Assert.Equal((ImportOutcome.Imported, ""), (published.Import!.Value.Outcome, published.Import.Value.Reason));
        await Eventually.TrueAsync(
            () => nodes.All(n => n.Chain.Head.Root == published.Import.Value.Root),
            () => $"slot {slot}: heads at {string.Join(',', nodes.Select(n => n.Chain.Head.Slot.Value))}",
            Patience);
    }

    private static async Task RunSlotAsync(TestNode[] nodes, FakeTimeProvider time, ulong slot)
    {
        await ProposeAsync(nodes, time, slot);
        TestNode.MoveTo(time, slot, 334);
        foreach ((int index, TestNode node) in nodes.Index())
        {
            foreach (Attestation attestation in node.Attest(slot, v => (int)(v.Value % (ulong)nodes.Length) == index))
            {
                Assert.Equal(GossipVerdict.Accept, await node.Chain.PublishAsync(attestation, Token));
            }
        }

        // Every node heard every vote before time goes on.
        await Eventually.TrueAsync(
            () => nodes.All(n => Votes(n) == TestNode.Validators / 8),
            () => $"slot {slot}: votes {string.Join(',', nodes.Select(Votes))}",
            Patience);

        int Votes(TestNode node) =>
            node.Chain.AttestationPool.GetAggregates(new Slot(slot), new Slot(slot)).Sum(static a => a.AggregationBits.SetCount);
    }

    private static async Task DisposeAsync(IEnumerable<TestNode> nodes)
    {
        foreach (TestNode node in nodes)
        {
            await node.DisposeAsync();
        }
    }
}
