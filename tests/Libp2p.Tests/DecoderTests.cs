using System.Buffers;
using System.IO.Pipelines;
using Libp2p.Crypto;
using Libp2p.Gossipsub;
using Libp2p.Identify;
using Libp2p.Mplex;
using Libp2p.Multiformats;
using Libp2p.Multistream;
using Libp2p.Muxing;
using Libp2p.Noise;
using Libp2p.Protobuf;
using Libp2p.Yamux;

namespace Libp2p.Tests;

/// <summary>Decoders against round trips, and against what never should have been sent. Inputs come from fixed seeds, so a failure repeats.</summary>
public sealed class DecoderTests
{
    private const int Inputs = 3000;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public void Varints_round_trip_and_refuse_long_or_padded_forms()
    {
        Span<byte> buffer = stackalloc byte[Varint.MaxLength];
        foreach (ulong value in new ulong[] { 0, 1, 127, 128, 300, 16_383, 16_384, uint.MaxValue, ulong.MaxValue })
        {
            int length = Varint.Write(buffer, value);
            Assert.Equal(length, Varint.Length(value));
            Assert.Equal(OperationStatus.Done, Varint.TryRead(buffer[..length], out ulong read, out int consumed));
            Assert.Equal((value, length), (read, consumed));
            Assert.Equal(OperationStatus.NeedMoreData, Varint.TryRead(buffer[..(length - 1)], out _, out _));
        }

        Assert.Equal(OperationStatus.InvalidData, Varint.TryRead([0x80, 0x00], out _, out _));
        Assert.Equal(OperationStatus.InvalidData, Varint.TryRead([.. Enumerable.Repeat((byte)0xff, 10)], out _, out _));
        Assert.Equal(OperationStatus.InvalidData, Varint.TryRead([.. Enumerable.Repeat((byte)0xff, 9), 2], out _, out _));
    }

    [Theory]
    [InlineData("/ip4/127.0.0.1/tcp/9000")]
    [InlineData("/ip6/::1/tcp/1/p2p/16Uiu2HAkuWD6rPyxgV9iHW87jGghQKQSXxCxQDQKFyLVTcrF4oLf")]
    [InlineData("/dns4/devnet-boot-0-0.devnet.default.svc/tcp/9000/p2p/12D3KooWRm8J3iL796zPFi2EtGGtUJn58AG67gcRzMFCvxLNVvnh")]
    [InlineData("/dns/example.org/udp/30303")]
    public void Addresses_round_trip(string text)
    {
        var address = Multiaddr.Parse(text);
        Assert.Equal(text, address.ToString());
        Assert.True(Multiaddr.TryDecode(address.Encode(), out Multiaddr? decoded));
        Assert.Equal(address, decoded);
    }

    [Theory]
    [InlineData("")]
    [InlineData("/")]
    [InlineData("ip4/1.2.3.4")]
    [InlineData("/ip4/1.2.3.4/tcp")]
    [InlineData("/ip4/::1/tcp/1")]
    [InlineData("/ip4/1.2.3.4/tcp/65536")]
    [InlineData("/ip4/1.2.3.4/tcp/-1")]
    [InlineData("/dns4/a b/tcp/1")]
    [InlineData("/quic/1")]
    [InlineData("/p2p/0OIl")]
    public void What_is_no_address_is_refused(string text) => Assert.False(Multiaddr.TryParse(text, out _));

    [Fact]
    public void Mutated_bytes_never_make_a_decoder_fail_in_another_way_than_it_may()
    {
        var identity = Identity.New();
        byte[] identify = new IdentifyInfo
        {
            AgentVersion = "a/1",
            ProtocolVersion = "/x/1",
            PublicKey = identity.PublicKey,
            ListenAddresses = [Multiaddr.Parse("/ip4/127.0.0.1/tcp/9000").WithPeerId(identity.PeerId)],
            Protocols = new HashSet<string> { "/a/1", "/b/1" },
        }.Encode();
        GossipsubOptions options = GossipsubTests.Options();
        byte[] message = RpcWriter.Message("/eth2/00000000/beacon_block/ssz_snappy", new byte[64]);
        byte[] control = RpcWriter.IHave([("t", [new MessageId(new byte[20]), new MessageId([1])])]);
        byte[] mesh = RpcWriter.MeshChanges(["a", "b"], [("c", TimeSpan.FromSeconds(60))]);
        byte[] address = Multiaddr.Parse("/dns4/a.b/tcp/9000").WithPeerId(identity.PeerId).Encode();
        Fuzz(identify, static b => IdentifyInfo.Decode(b));
        Fuzz(identity.PublicKey.Encoded, static b => PublicKey.Decode(b));
        Fuzz(message[1..], b => Rpc.Decode(b, options));
        Fuzz(control[1..], b => Rpc.Decode(b, options));
        Fuzz(mesh[1..], b => Rpc.Decode(b, options));
        Fuzz(address, static b => Multiaddr.TryDecode(b, out _));
        Fuzz(identity.PeerId.Bytes.ToArray(), static b => PeerId.TryFromBytes(b, out _));
        Fuzz(identity.Sign([1]), b => identity.PublicKey.Verify([1], b));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_muxer_fed_with_mutated_frames_ends_its_connection_and_nothing_else(bool mplex)
    {
        byte[] valid = mplex
            ? [0x00, 0x01, (byte)'x', 0x02, 0x03, 1, 2, 3, 0x04, 0x00, 0x08, 0x00, 0x0e, 0x00]
            : [0, 1, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2, 7, 7, 0, 2, 0, 1, 0, 0, 0, 0, 0, 0, 0, 9, 0, 1, 0, 4, 0, 0, 0, 1, 0, 0, 0, 0];
        var random = new Random(mplex ? 11 : 12);
        for (int i = 0; i < 500; i++)
        {
            var incoming = new Pipe();
            var outgoing = new Pipe();
            var transport = new DuplexPipe(incoming.Reader, outgoing.Writer);
            Task Handle(MuxedStream stream) => DrainAsync(stream);
            MuxerSession session = mplex
                ? new MplexSession(transport, dialler: false, new MuxerOptions(), TimeProvider.System, Handle)
                : new YamuxSession(transport, dialler: false, new MuxerOptions(), TimeProvider.System, Handle);
            session.Start();
            await incoming.Writer.WriteAsync(Mutate(valid, random));
            await incoming.Writer.CompleteAsync();
            Assert.NotEmpty(await session.Closed.WaitAsync(Patience));
            await session.DisposeAsync();
        }
    }

    [Theory]
    [InlineData("000000040000000100000000", "never opened")]
    [InlineData("0100000000000000000000", "closed")]
    [InlineData("000000000000000300000001ff", "never opened")]
    [InlineData("000000010000000000000000", "stream 0")]
    [InlineData("000000010000000200000000", "in use or ours")]
    [InlineData("000000010000000100100000", "window")]
    [InlineData("000300000000000000000000", "goodbye")]
    [InlineData("000100010000000100000000000100000000000100000000ffffffff", "malformed|overflows|closed")]
    public async Task A_yamux_frame_that_breaks_a_rule_ends_the_connection_with_the_reason(string hex, string reasons)
    {
        var incoming = new Pipe();
        var session = new YamuxSession(
            new DuplexPipe(incoming.Reader, new Pipe().Writer), dialler: false, new MuxerOptions(), TimeProvider.System, DrainAsync);
        session.Start();
        await incoming.Writer.WriteAsync(Convert.FromHexString(hex));
        await incoming.Writer.CompleteAsync();
        string reason = await session.Closed.WaitAsync(Patience);
        Assert.Contains(reasons.Split('|'), r => reason.Contains(r, StringComparison.Ordinal));
        await session.DisposeAsync();
    }

    [Fact]
    public async Task More_streams_than_permitted_are_reset_and_the_connection_lives()
    {
        var incoming = new Pipe();
        var outgoing = new Pipe();
        var session = new YamuxSession(
            new DuplexPipe(incoming.Reader, outgoing.Writer),
            dialler: false,
            new MuxerOptions { MaxInboundStreams = 2 },
            TimeProvider.System,
            static _ => new TaskCompletionSource().Task);
        session.Start();
        for (byte id = 1; id <= 5; id += 2)
        {
            await incoming.Writer.WriteAsync(new byte[] { 0, 1, 0, 1, 0, 0, 0, id, 0, 0, 0, 0 });
        }

        byte[] answer = new byte[36];
        ReadResult result = await outgoing.Reader.ReadAtLeastAsync(answer.Length);
        result.Buffer.Slice(0, answer.Length).CopyTo(answer);
        Assert.Equal(2, session.StreamCount);
        Assert.Equal([0, 1, 0, 8, 0, 0, 0, 5, 0, 0, 0, 0], answer[24..]);
        Assert.False(session.Closed.IsCompleted);
        await session.DisposeAsync();
    }

    [Fact]
    public async Task A_noise_handshake_of_garbage_fails_on_both_sides()
    {
        var random = new Random(13);
        var identity = Identity.New();
        for (int i = 0; i < 100; i++)
        {
            byte[] body = new byte[random.Next(0, 300)];
            random.NextBytes(body);
            byte[] garbage = [(byte)(body.Length >> 8), (byte)body.Length, .. body];
            foreach (bool dial in new[] { true, false })
            {
                var incoming = new Pipe();
                var transport = new DuplexPipe(incoming.Reader, new Pipe().Writer);
                await incoming.Writer.WriteAsync(garbage);
                await incoming.Writer.WriteAsync(garbage);
                await incoming.Writer.CompleteAsync();
                Task handshake = dial
                    ? NoiseHandshake.DialAsync(transport, identity, null, CancellationToken.None)
                    : NoiseHandshake.ListenAsync(transport, identity, CancellationToken.None);
                Exception failure = (await Record.ExceptionAsync(() => handshake.WaitAsync(Patience)))!;
                Assert.True(failure is ProtocolViolationException or EndOfStreamException, $"{failure}");
            }
        }
    }

    [Fact]
    public async Task A_changed_byte_in_a_noise_frame_ends_the_channel()
    {
        var a = new Pipe();
        var b = new Pipe();
        Task<NoiseChannel> dialling = NoiseHandshake.DialAsync(new DuplexPipe(b.Reader, a.Writer), Identity.New(), null, CancellationToken.None);
        NoiseChannel listener = await NoiseHandshake.ListenAsync(new DuplexPipe(a.Reader, b.Writer), Identity.New(), CancellationToken.None);
        await dialling;
        await a.Writer.WriteAsync(new byte[] { 0, 20, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20 });
        await Assert.ThrowsAsync<ProtocolViolationException>(async () => await listener.Input.ReadAsync());
    }

    [Theory]
    [InlineData("05ffffffffff")]
    [InlineData("132f6d756c746973747265616d2f312e302e30")]
    [InlineData("00")]
    [InlineData("ffffffff0f")]
    public async Task A_multistream_header_that_is_none_is_refused(string hex)
    {
        var incoming = new Pipe();
        await incoming.Writer.WriteAsync(Convert.FromHexString(hex));
        await incoming.Writer.CompleteAsync();
        Exception? failure = await Record.ExceptionAsync(async () => Assert.Null(await MultistreamSelect.ListenAsync(
            new DuplexPipe(incoming.Reader, new Pipe().Writer), static _ => false, static () => [], CancellationToken.None)));
        Assert.True(failure is null or ProtocolViolationException, $"{failure}");
    }

    [Fact]
    public async Task A_length_prefix_over_the_bound_is_refused_before_anything_is_read()
    {
        var pipe = new Pipe();
        await pipe.Writer.WriteAsync(new byte[] { 0xff, 0xff, 0xff, 0x7f, 1 });
        await Assert.ThrowsAsync<ProtocolViolationException>(async () => await LengthPrefixed.ReadAsync(pipe.Reader, 1000, CancellationToken.None));
    }

    private static async Task DrainAsync(MuxedStream stream)
    {
        try
        {
            while (true)
            {
                ReadResult result = await stream.Input.ReadAsync();
                stream.Input.AdvanceTo(result.Buffer.End);
                if (result.IsCompleted)
                {
                    break;
                }
            }

            await stream.DisposeAsync();
        }
        catch (IOException)
        {
            // Reset, as it may be.
        }
    }

    private static void Fuzz(byte[] valid, Action<byte[]> decode)
    {
        decode(valid);
        var random = new Random(valid.Length);
        for (int i = 0; i < Inputs; i++)
        {
            byte[] input = Mutate(valid, random);
            try
            {
                decode(input);
            }
            catch (ProtocolViolationException)
            {
                // The one way to refuse.
            }
            catch (Exception e)
            {
                Assert.Fail($"{Convert.ToHexStringLower(input)}: {e}");
            }
        }
    }

    private static byte[] Mutate(byte[] valid, Random random)
    {
        byte[] copy = [.. valid];
        switch (random.Next(4))
        {
            case 0:
                random.NextBytes(copy);
                break;
            case 1:
                return copy[..random.Next(copy.Length)];
            case 2:
                return [.. copy[..random.Next(copy.Length)], (byte)random.Next(256), .. copy[random.Next(copy.Length)..]];
            default:
                for (int i = random.Next(1, 4); i > 0; i--)
                {
                    copy[random.Next(copy.Length)] = (byte)random.Next(256);
                }

                break;
        }

        return copy;
    }

    private sealed record DuplexPipe(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
