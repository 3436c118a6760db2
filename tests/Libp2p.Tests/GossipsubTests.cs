using System.Buffers;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using Libp2p.Gossipsub;
using Libp2p.Hosting;
using Libp2p.Muxing;
using Libp2p.Protobuf;
using Microsoft.Extensions.Logging.Abstractions;
using TestKit;

namespace Libp2p.Tests;

public sealed class GossipsubTests
{
    private const string Topic = "/eth2/00000000/beacon_block/ssz_snappy";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    internal static GossipsubOptions Options(string prefix = "") => new()
    {
        ProtocolIds = [$"{prefix}/meshsub/1.1.0", $"{prefix}/meshsub/1.0.0"],
        MessageId = static (_, data) => (SHA256.HashData(data.Span)[..20], null),
        Heartbeat = TimeSpan.FromMilliseconds(100),
    };

    [Fact]
    public async Task A_message_reaches_every_node_of_a_line_once()
    {
        await using var net = new Net(5, Options());
        for (int i = 0; i < 4; i++)
        {
            await net.ConnectAsync(i, i + 1);
        }

        await Eventually.TrueAsync(
            () => Enumerable.Range(0, 4).All(i => net.Routers[i].MeshPeers(Topic).Contains(net.Hosts[i + 1].LocalPeerId)), () => "no mesh", Patience);
        byte[] data = RandomNumberGenerator.GetBytes(100_000);
        Assert.Equal(1, net.Routers[0].Publish(Topic, data));
        await Eventually.TrueAsync(() => net.Received.Skip(1).All(r => r.Count == 1), () => string.Join(',', net.Received.Select(r => r.Count)), Patience);
        Assert.All(net.Received.Skip(1), r => Assert.Equal(data, r.Single()));
        Assert.Empty(net.Received[0]);
        Assert.Equal(0, net.Routers[0].Publish(Topic, data));
    }

    [Fact]
    public async Task What_a_validator_refuses_goes_no_further_and_costs_its_sender()
    {
        GossipsubOptions options = Options() with { Score = new PeerScoreOptions { Topic = static _ => new TopicScoreOptions() } };
        await using var net = new Net(3, options);
        await net.ConnectAsync(0, 1);
        await net.ConnectAsync(1, 2);
        net.Verdict = data => data.Span[0] switch { 0 => ValidationResult.Reject, 1 => ValidationResult.Ignore, _ => ValidationResult.Accept };
        await net.MeshAsync(0, 1);
        await net.MeshAsync(1, 2);

        net.Routers[0].Publish(Topic, new byte[] { 1, 1 });
        await Eventually.TrueAsync(() => net.Received[1].Count == 1, () => "nothing arrived", Patience);
        Assert.True(net.Routers[1].Score(net.Hosts[0].LocalPeerId) >= 0);
        net.Routers[0].Publish(Topic, new byte[] { 0, 1 });
        await Eventually.TrueAsync(() => net.Routers[1].Score(net.Hosts[0].LocalPeerId) < 0, () => "no score was lost", Patience);
        await Eventually.TrueAsync(() => net.Routers[1].MeshPeers(Topic).Count == 1, () => "the bad peer is still in the mesh", Patience);
        Assert.Empty(net.Received[2]);
    }

    [Fact]
    public async Task Peers_outside_the_mesh_get_messages_by_asking_for_them()
    {
        // A mesh of at most one peer: the other two hear of messages by IHAVE only.
        GossipsubOptions options = Options() with { D = 1, DLow = 1, DHigh = 1, DScore = 1, DOut = 0, FloodPublish = false };
        await using var net = new Net(4, options);
        for (int i = 1; i < 4; i++)
        {
            await net.ConnectAsync(0, i);
        }

        await Eventually.TrueAsync(() => net.Routers[0].TopicPeers(Topic).Count == 3 && net.Routers[0].MeshPeers(Topic).Count > 0, () => "not connected", Patience);
        net.Routers[0].Publish(Topic, new byte[] { 2, 9 });
        await Eventually.TrueAsync(() => net.Received.Skip(1).All(r => r.Count == 1), () => string.Join(',', net.Received.Select(r => r.Count)), Patience);
    }

    [Fact]
    public async Task A_large_mesh_shrinks_and_pruned_peers_wait_for_their_backoff()
    {
        await using var net = new Net(8, Options() with { D = 3, DLow = 2, DHigh = 4, DScore = 2, DOut = 1 });
        for (int i = 1; i < 8; i++)
        {
            await net.ConnectAsync(i, 0);
        }

        await Eventually.TrueAsync(() => net.Routers[0].TopicPeers(Topic).Count == 7, () => "not connected", Patience);
        await Eventually.TrueAsync(() => net.Routers[0].MeshPeers(Topic).Count is >= 2 and <= 4, () => $"{net.Routers[0].MeshPeers(Topic).Count}", Patience);
        net.Routers[3].Publish(Topic, new byte[] { 7 });
        await Eventually.TrueAsync(() => net.Received.Where((_, i) => i != 3).All(r => r.Count == 1), () => string.Join(',', net.Received.Select(r => r.Count)), Patience);
    }

    [Fact]
    public async Task Nothing_is_exchanged_before_a_peer_is_admitted()
    {
        await using var net = new Net(2, Options() with { RequireAdmission = true });
        await net.ConnectAsync(0, 1);
        net.Routers[0].Admit(net.Hosts[1].LocalPeerId);
        net.Routers[0].Publish(Topic, new byte[] { 3 });
        Assert.Empty(net.Routers[0].TopicPeers(Topic));
        await Eventually.TrueAsync(() => net.Hosts[1].Find(net.Hosts[0].LocalPeerId)?.Info is not null, () => "not identified", Patience);
        Assert.Empty(net.Routers[1].TopicPeers(Topic));

        net.Routers[1].Admit(net.Hosts[0].LocalPeerId);
        await net.MeshAsync(0, 1);
        net.Routers[0].Publish(Topic, new byte[] { 4 });
        await Eventually.TrueAsync(() => net.Received[1].Any(d => d[0] == 4), () => "nothing arrived", Patience);
    }

    [Fact]
    public async Task Unsubscribing_leaves_the_mesh_and_subscribing_again_returns_to_it()
    {
        await using var net = new Net(2, Options() with { UnsubscribeBackoff = TimeSpan.FromSeconds(1), PruneBackoff = TimeSpan.FromSeconds(3) });
        await net.ConnectAsync(0, 1);
        await net.MeshAsync(0, 1);
        net.Routers[1].Unsubscribe(Topic);
        await Eventually.TrueAsync(() => net.Routers[0].TopicPeers(Topic).Count == 0 && net.Routers[0].MeshPeers(Topic).Count == 0, () => "still there", Patience);
        net.SubscribeAgain(1);
        await net.MeshAsync(0, 1);
    }

    [Theory]
    [InlineData("0a02ffff")]
    [InlineData("1a0412ffffff")]
    [InlineData("ffffffffffffffffffffff")]
    public async Task A_malformed_rpc_ends_the_connection(string hex)
    {
        await using var net = new Net(2, Options());
        await net.ConnectAsync(0, 1);
        await using MuxedStream stream = await net.Hosts[0].OpenStreamAsync(net.Hosts[1].LocalPeerId, ["/meshsub/1.1.0"], Token);
        await LengthPrefixed.WriteAsync(stream.Output, Convert.FromHexString(hex), Token);
        await Eventually.TrueAsync(() => net.Hosts[1].Connections.Count == 0, () => "still connected", Patience);
    }

    [Fact]
    public async Task A_signed_message_is_not_taken()
    {
        GossipsubOptions options = Options() with { Score = new PeerScoreOptions { Topic = static _ => new TopicScoreOptions() } };
        await using var net = new Net(2, options);
        await net.ConnectAsync(0, 1);
        await net.MeshAsync(0, 1);
        await using MuxedStream stream = await net.Hosts[0].OpenStreamAsync(net.Hosts[1].LocalPeerId, ["/meshsub/1.1.0"], Token);
        var message = new ArrayBufferWriter<byte>();
        var writer = new ProtoWriter(message);
        writer.WriteBytes(1, net.Hosts[0].LocalPeerId.Bytes.Span);
        writer.WriteBytes(2, [9]);
        writer.WriteString(4, Topic);
        var rpc = new ArrayBufferWriter<byte>();
        new ProtoWriter(rpc).WriteBytes(2, message.WrittenSpan);
        await LengthPrefixed.WriteAsync(stream.Output, rpc.WrittenMemory, Token);
        await Eventually.TrueAsync(() => net.Routers[1].Score(net.Hosts[0].LocalPeerId) < 0, () => "no score was lost", Patience);
        Assert.Empty(net.Received[1]);
    }

    /// <summary>Some hosts with routers, all subscribed to one topic.</summary>
    private sealed class Net : IAsyncDisposable
    {
        public Net(int count, GossipsubOptions options)
        {
            for (int i = 0; i < count; i++)
            {
                Libp2pHost host = HostPair.NewHost();
                var router = new GossipsubRouter(host, options, NullLoggerFactory.Instance, TimeProvider.System);
                Hosts.Add(host);
                Routers.Add(router);
                Received.Add([]);
                SubscribeAgain(i);
                host.Start();
                router.Start();
            }
        }

        public List<Libp2pHost> Hosts { get; } = [];

        public List<GossipsubRouter> Routers { get; } = [];

        public List<ConcurrentQueue<byte[]>> Received { get; } = [];

        public Func<ReadOnlyMemory<byte>, ValidationResult> Verdict { get; set; } = static _ => ValidationResult.Accept;

        public void SubscribeAgain(int index) => Routers[index].Subscribe(Topic, (message, _) =>
        {
            Received[index].Enqueue(message.Data.ToArray());
            return ValueTask.FromResult(Verdict(message.Data));
        });

        public async Task ConnectAsync(int from, int to) => await Hosts[from].DialAsync(Hosts[to].ListenAddresses[0], Token);

        public Task MeshAsync(int a, int b) => Eventually.TrueAsync(
            () => Routers[a].MeshPeers(Topic).Contains(Hosts[b].LocalPeerId) && Routers[b].MeshPeers(Topic).Contains(Hosts[a].LocalPeerId),
            () => $"{a} and {b} are not in each other's mesh",
            Patience);

        public async ValueTask DisposeAsync()
        {
            foreach (GossipsubRouter router in Routers)
            {
                await router.DisposeAsync();
            }

            foreach (Libp2pHost host in Hosts)
            {
                await host.DisposeAsync();
            }
        }
    }
}
