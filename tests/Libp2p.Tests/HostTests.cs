using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using Libp2p.Crypto;
using Libp2p.Hosting;
using Libp2p.Mplex;
using Libp2p.Muxing;
using Libp2p.Protobuf;
using Libp2p.Yamux;
using TestKit;

namespace Libp2p.Tests;

public sealed class HostTests
{
    private const string Echo = "/test/echo/1";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(YamuxSession.ProtocolId)]
    [InlineData(MplexSession.ProtocolId)]
    public async Task A_message_goes_through_a_stream_and_back(string muxer)
    {
        await using var pair = HostPair.Start(new Libp2pOptions { Muxers = [muxer] }, AddEcho);
        PeerConnection connection = await pair.ConnectAsync();
        Assert.Equal(muxer, connection.Muxer);

        await using MuxedStream stream = await pair.A.OpenStreamAsync(pair.B.LocalPeerId, ["/test/unknown", Echo], Token);
        Assert.Equal(Echo, stream.Protocol);
        await LengthPrefixed.WriteAsync(stream.Output, "hello"u8.ToArray(), Token);
        byte[]? answer = await LengthPrefixed.ReadAsync(stream.Input, 100, Token);
        Assert.Equal("hello"u8.ToArray(), answer);
    }

    [Theory]
    [InlineData(YamuxSession.ProtocolId)]
    [InlineData(MplexSession.ProtocolId)]
    public async Task Ten_mebibytes_come_back_unchanged_while_other_streams_go_on(string muxer)
    {
        await using var pair = HostPair.Start(new Libp2pOptions { Muxers = [muxer] }, AddEcho);
        await pair.ConnectAsync();
        byte[] data = new byte[10 << 20];
        new Random(1).NextBytes(data);

        Task<byte[]>[] big = [EchoAllAsync(pair, data), EchoAllAsync(pair, data.AsMemory(0, 5 << 20).ToArray())];
        for (int i = 0; i < 20; i++)
        {
            byte[] small = await EchoAllAsync(pair, data.AsMemory(i, 100).ToArray());
            Assert.Equal(data.AsMemory(i, 100).ToArray(), small);
        }

        byte[][] answers = await Task.WhenAll(big);
        Assert.True(data.AsSpan().SequenceEqual(answers[0]));
        Assert.True(data.AsSpan(0, 5 << 20).SequenceEqual(answers[1]));
        Assert.Equal(0, pair.A.Connections[0].StreamCount);
        await Eventually.TrueAsync(() => pair.B.Connections[0].StreamCount == 0, () => $"{pair.B.Connections[0].StreamCount} streams left", Patience);
    }

    [Fact]
    public async Task Both_sides_learn_who_the_other_is()
    {
        await using var pair = HostPair.Start(new Libp2pOptions { AgentVersion = "tester/1", ProtocolVersion = "/fleet/x/1" }, AddEcho);
        PeerConnection connection = await pair.ConnectAsync();
        Identify.IdentifyInfo? info = await connection.Identified;
        Assert.NotNull(info);
        Assert.Equal("tester/1", info.AgentVersion);
        Assert.Equal("/fleet/x/1", info.ProtocolVersion);
        Assert.Contains(Echo, info.Protocols);
        Assert.Equal(pair.B.ListenAddresses, info.ListenAddresses);
        await Eventually.TrueAsync(() => pair.B.Find(pair.A.LocalPeerId)?.Info is not null, () => "B never identified A", Patience);

        pair.B.Handle("/late/1", (_, _, _) => Task.CompletedTask);
        await Eventually.TrueAsync(() => connection.Info!.Protocols.Contains("/late/1"), () => "no push arrived", Patience);
    }

    [Fact]
    public async Task A_ping_comes_back()
    {
        await using var pair = HostPair.Start();
        await pair.ConnectAsync();
        Assert.True(await pair.A.PingAsync(pair.B.LocalPeerId, Token) > TimeSpan.Zero);
        await Eventually.TrueAsync(() => pair.B.Find(pair.A.LocalPeerId) is not null, () => "B is not connected", Patience);
        Assert.True(await pair.B.PingAsync(pair.A.LocalPeerId, Token) > TimeSpan.Zero);
    }

    [Fact]
    public async Task Another_peer_than_the_one_dialled_is_refused()
    {
        await using var pair = HostPair.Start();
        IOException failure = await Assert.ThrowsAsync<IOException>(
            () => pair.A.DialAsync(pair.B.ListenAddresses[0].WithPeerId(Identity.New().PeerId), Token));
        Assert.Contains("answered", failure.Message, StringComparison.Ordinal);
        Assert.Empty(pair.A.Connections);
    }

    [Fact]
    public async Task Dialling_each_other_at_once_leaves_one_connection()
    {
        for (int round = 0; round < 10; round++)
        {
            await using var pair = HostPair.Start(configure: AddEcho);
            await Task.WhenAll(Dial(pair.A, pair.B), Dial(pair.B, pair.A));
            await Eventually.TrueAsync(
                () => pair.A.Connections is [{ } a] && pair.B.Connections is [{ } b] && a.IsOutbound != b.IsOutbound
                    && a.LocalEndPoint.Equals(b.RemoteEndPoint) && a.RemoteEndPoint.Equals(b.LocalEndPoint),
                () => $"A has {pair.A.Connections.Count}, B has {pair.B.Connections.Count} connections, or not the same one",
                Patience);
            Assert.Equal(64, (await EchoAllAsync(pair, new byte[64])).Length);
        }

        static async Task Dial(Libp2pHost from, Libp2pHost to)
        {
            try
            {
                await from.DialAsync(to.ListenAddresses[0], Token);
            }
            catch (IOException)
            {
                // The other side's connection won before ours was entered.
            }
        }
    }

    [Fact]
    public async Task A_disconnected_peer_is_reported_on_both_sides_with_its_streams_reset()
    {
        await using var pair = HostPair.Start(configure: AddEcho);
        var gone = new TaskCompletionSource<string>();
        pair.B.PeerDisconnected += (_, reason) => gone.TrySetResult(reason);
        await pair.ConnectAsync();
        await using MuxedStream stream = await pair.A.OpenStreamAsync(pair.B.LocalPeerId, [Echo], Token);
        await pair.A.DisconnectAsync(pair.B.LocalPeerId, "because");
        Assert.NotEmpty(await gone.Task.WaitAsync(Patience));
        await Assert.ThrowsAsync<StreamResetException>(async () => await stream.Input.ReadAsync(Token));
        Assert.Empty(pair.A.Connections);
    }

    [Fact]
    public async Task A_peer_that_restarted_replaces_its_dead_connection()
    {
        var identity = Identity.New();
        await using Libp2pHost server = HostPair.NewHost();
        server.Start();
        Libp2pHost first = HostPair.NewHost(identity: identity);
        first.Start();
        await first.DialAsync(server.ListenAddresses[0], Token);
        await using Libp2pHost second = HostPair.NewHost(identity: identity);
        second.Start();
        await second.DialAsync(server.ListenAddresses[0], Token);
        await Eventually.TrueAsync(() => first.Connections.Count == 0, () => "the old connection is still there", Patience);
        Assert.Single(server.Connections);
        await first.DisposeAsync();
    }

    [Fact]
    public async Task A_gate_and_a_connection_limit_refuse_peers()
    {
        await using Libp2pHost closed = HostPair.NewHost(new Libp2pOptions { Gate = _ => false });
        closed.Start();
        await using Libp2pHost full = HostPair.NewHost(new Libp2pOptions { MaxConnections = 0 });
        full.Start();
        await using Libp2pHost client = HostPair.NewHost();
        client.Start();
        await Assert.ThrowsAsync<IOException>(() => client.DialAsync(full.ListenAddresses[0], Token));
        PeerConnection connection = await client.DialAsync(closed.ListenAddresses[0], Token);
        await connection.Closed.WaitAsync(Patience);
        Assert.Empty(closed.Connections);
    }

    [Fact]
    public async Task A_name_is_resolved_by_the_hosts_file_which_is_read_again()
    {
        string file = Path.GetTempFileName();
        await using Libp2pHost server = HostPair.NewHost(new Libp2pOptions { Listen = [new IPEndPoint(IPAddress.Parse("127.0.0.9"), 0)] });
        server.Start();
        await using Libp2pHost client = HostPair.NewHost(
            new Libp2pOptions { Resolver = new Transport.HostsFileResolver(file), BindAddress = IPAddress.Parse("127.0.0.8") });
        client.Start();
        var address = Multiformats.Multiaddr.Parse(
            $"/dns4/node-0.devnet.default.svc/tcp/{server.ListenAddresses[0].TcpPort}/p2p/{server.LocalPeerId}");
        await Assert.ThrowsAsync<IOException>(() => client.DialAsync(address, Token));
        await File.WriteAllTextAsync(file, "# pods\n127.0.0.9 node-0 node-0.devnet.default.svc\n", Token);
        PeerConnection connection = await client.DialAsync(address, Token);
        Assert.Equal("127.0.0.8", connection.LocalEndPoint.Address.ToString());
        File.Delete(file);
    }

    [Fact]
    public async Task A_taken_port_is_an_error_at_start()
    {
        await using Libp2pHost first = HostPair.NewHost();
        first.Start();
        int port = first.ListenAddresses[0].TcpPort!.Value;
        await using Libp2pHost second = HostPair.NewHost(new Libp2pOptions { Listen = [new IPEndPoint(IPAddress.Loopback, port)] });
        Assert.Throws<System.Net.Sockets.SocketException>(second.Start);
    }

    private static void AddEcho(Libp2pHost host) => host.Handle(Echo, async (_, stream, ct) =>
    {
        while (true)
        {
            ReadResult result = await stream.Input.ReadAsync(ct);
            foreach (ReadOnlyMemory<byte> part in result.Buffer)
            {
                await stream.Output.WriteAsync(part, ct);
            }

            stream.Input.AdvanceTo(result.Buffer.End);
            if (result.IsCompleted)
            {
                return;
            }
        }
    });

    private static async Task<byte[]> EchoAllAsync(HostPair pair, byte[] data)
    {
        await using MuxedStream stream = await pair.A.OpenStreamAsync(pair.B.LocalPeerId, [Echo], Token);
        Task sending = Task.Run(async () =>
        {
            await stream.Output.WriteAsync(data, Token);
            await stream.Output.CompleteAsync();
        });
        var received = new ArrayBufferWriter<byte>();
        while (true)
        {
            ReadResult result = await stream.Input.ReadAsync(Token);
            foreach (ReadOnlyMemory<byte> part in result.Buffer)
            {
                received.Write(part.Span);
            }

            stream.Input.AdvanceTo(result.Buffer.End);
            if (result.IsCompleted)
            {
                break;
            }
        }

        await sending;
        return received.WrittenSpan.ToArray();
    }
}
