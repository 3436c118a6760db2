using System.IO.Pipelines;
using System.Text.Json.Nodes;
using Libp2p.Crypto;
using Libp2p.Gossipsub;
using Libp2p.Hosting;
using Libp2p.Multiformats;
using Libp2p.Muxing;
using Microsoft.Extensions.Logging.Abstractions;
using TestKit;

namespace Libp2p.Tests;

/// <summary>Against js-libp2p, the other implementation at hand.</summary>
public sealed class JsInteropTests
{
    private const string Echo = "/test/echo/1";
    private const string Topic = "/eth2/01020304/beacon_block/ssz_snappy";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("yamux", "Ed25519")]
    [InlineData("yamux", "secp256k1")]
    [InlineData("mplex", "Ed25519")]
    public async Task We_dial_js_and_streams_of_mebibytes_echo(string muxer, string key)
    {
        await using JsPeer js = await JsPeer.StartAsync(new { muxer, key });
        await using Libp2pHost host = HostPair.NewHost();
        host.Start();
        PeerConnection connection = await host.DialAsync(Multiaddr.Parse(js.Address), Token);
        Assert.Contains(muxer, connection.Muxer, StringComparison.Ordinal);
        Identify.IdentifyInfo? info = await connection.Identified;
        Assert.Contains("js-libp2p", info!.AgentVersion, StringComparison.Ordinal);
        Assert.Contains(Echo, info.Protocols);
        Assert.True(await host.PingAsync(connection.PeerId, Token) > TimeSpan.Zero);

        byte[] data = new byte[3 << 20];
        new Random(2).NextBytes(data);
        await using MuxedStream stream = await host.OpenStreamAsync(connection.PeerId, [Echo], Token);
        Task sending = Task.Run(async () => await stream.Output.WriteAsync(data, Token), Token);
        byte[] echoed = await ReadAllAsync(stream.Input, data.Length);
        await sending;
        Assert.True(data.AsSpan().SequenceEqual(echoed));
    }

    [Theory]
    [InlineData("yamux", false)]
    [InlineData("yamux", true)]
    [InlineData("mplex", false)]
    public async Task Js_dials_us_and_streams_of_mebibytes_echo(string muxer, bool ed25519)
    {
        await using JsPeer js = await JsPeer.StartAsync(new { muxer });
        await using Libp2pHost host = HostPair.NewHost(
            new Libp2pOptions { AgentVersion = "fleet/1", ProtocolVersion = "/fleet/x/1" },
            ed25519 ? Identity.FromEd25519(new byte[32]) : Identity.New());
        host.Handle(Echo, async (_, stream, ct) =>
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
        host.Start();
        string address = host.ListenAddresses[0].ToString();
        await js.DoAsync("dial", new { address });
        await js.DoAsync("ping", new { address });
        JsonObject echo = await js.DoAsync("echo", new { address, bytes = 3 << 20 });
        Assert.True(echo["equal"]!.GetValue<bool>());
        await Eventually.TrueAsync(
            async () => (await js.DoAsync("known"))["peers"]!.AsArray().Any(p => p!["protocols"]!.AsArray().Any(x => x!.GetValue<string>() == Echo)), () => "js did not identify us", Patience);
        PeerConnection connection = Assert.Single(host.Connections);
        Assert.Equal(js.PeerId, connection.PeerId.ToString());
        await Eventually.TrueAsync(() => connection.Info is not null, () => "we did not identify js", Patience);
    }

    [Theory]
    [InlineData("")]
    [InlineData("/fleet/devnet-7-3f9a1c/2")]
    public async Task Gossip_goes_both_ways(string prefix)
    {
        await using JsPeer js = await JsPeer.StartAsync(new { prefix });
        await using Libp2pHost host = HostPair.NewHost();
        await using var router = new GossipsubRouter(host, GossipsubTests.Options(prefix), NullLoggerFactory.Instance, TimeProvider.System);
        var received = new System.Collections.Concurrent.ConcurrentQueue<byte[]>();
        router.Subscribe(Topic, (message, _) =>
        {
            received.Enqueue(message.Data.ToArray());
            return ValueTask.FromResult(ValidationResult.Accept);
        });
        host.Start();
        router.Start();
        await js.DoAsync("subscribe", new { topic = Topic });
        await host.DialAsync(Multiaddr.Parse(js.Address), Token);
        await Eventually.TrueAsync(
            async () => router.MeshPeers(Topic).Count == 1 && (await js.DoAsync("peers", new { topic = Topic }))["mesh"]!.AsArray().Count == 1,
            () => "no mesh on both sides",
            Patience);

        byte[] big = new byte[300_000];
        new Random(3).NextBytes(big);
        Assert.Equal(1, router.Publish(Topic, big));
        await Eventually.TrueAsync(
            () => js.Events.Any(e => e["event"]!.GetValue<string>() == "message" && e["data"]!.GetValue<string>() == Convert.ToHexStringLower(big)), () => "js got nothing", Patience);
        await js.DoAsync("publish", new { topic = Topic, data = "c0ffee" });
        await Eventually.TrueAsync(() => received.Any(d => Convert.ToHexStringLower(d) == "c0ffee"), () => "we got nothing", Patience);
    }

    private static async Task<byte[]> ReadAllAsync(PipeReader input, int length)
    {
        byte[] data = new byte[length];
        int filled = 0;
        while (filled < length)
        {
            ReadResult result = await input.ReadAsync(Token);
            foreach (ReadOnlyMemory<byte> part in result.Buffer)
            {
                part.CopyTo(data.AsMemory(filled));
                filled += part.Length;
            }

            input.AdvanceTo(result.Buffer.End);
            Assert.False(result.IsCompleted && filled < length, "the stream ended early");
        }

        return data;
    }
}
