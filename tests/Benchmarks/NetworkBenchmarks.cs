using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Security.Cryptography;
using Beacon.Networking;
using Beacon.Networking.ReqResp;
using BenchmarkDotNet.Attributes;
using Libp2p.Crypto;
using Libp2p.Gossipsub;
using Libp2p.Hosting;
using Libp2p.Muxing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Benchmarks;

/// <summary>snappy of 100 KB that compress to about a half: the block format of gossip and the frames of requests.</summary>
public class SnappyBenchmarks
{
    private const int Size = 100_000;
    private readonly byte[] _plain = new byte[Size];
    private readonly byte[] _block;
    private readonly byte[] _frames;
    private readonly ArrayBufferWriter<byte> _output = new(2 * Size);

    public SnappyBenchmarks()
    {
        new Random(1).NextBytes(_plain.AsSpan(0, Size / 2));
        _block = SnappyBlock.Compress(_plain);
        SnappyFrames.Write(_output, _plain);
        _frames = _output.WrittenSpan.ToArray();
    }

    [Benchmark]
    public byte[] CompressBlock() => SnappyBlock.Compress(_plain);

    [Benchmark]
    public byte[]? DecompressBlock() => SnappyBlock.TryDecompress(_block, Size);

    [Benchmark]
    public int WriteFrames()
    {
        _output.ResetWrittenCount();
        SnappyFrames.Write(_output, _plain);
        return _output.WrittenCount;
    }

    [Benchmark]
    public Task<byte[]> ReadFrames() => SnappyFrames.ReadAsync(PipeReader.Create(new ReadOnlySequence<byte>(_frames)), Size, CancellationToken.None).AsTask();
}

/// <summary>Two hosts over loopback: noise and yamux.</summary>
public class Libp2pBenchmarks
{
    private const string Sink = "/benchmark/sink/1";
    private const int Megabyte = 1 << 20;
    private readonly byte[] _chunk = new byte[64 << 10];
    private Libp2pHost _listener = null!;
    private Libp2pHost _dialler = null!;
    private PeerConnection _connection = null!;

    [GlobalSetup]
    public async Task StartAsync()
    {
        _listener = NewHost();
        _dialler = NewHost();

        // Takes everything, then answers one byte.
        _listener.Handle(Sink, static async (_, stream, cancellationToken) =>
        {
            while (true)
            {
                ReadResult result = await stream.Input.ReadAsync(cancellationToken);
                stream.Input.AdvanceTo(result.Buffer.End);
                if (result.IsCompleted)
                {
                    break;
                }
            }

            await stream.Output.WriteAsync(new byte[] { 1 }, cancellationToken);
            await stream.Output.CompleteAsync();
        });
        _listener.Start();
        _dialler.Start();
        _connection = await _dialler.DialAsync(_listener.ListenAddresses[0], CancellationToken.None);
    }

    [GlobalCleanup]
    public async Task StopAsync()
    {
        await _dialler.DisposeAsync();
        await _listener.DisposeAsync();
    }

    /// <summary>One mebibyte through a stream of an open connection, and the answer.</summary>
    [Benchmark]
    public Task Mebibyte() => SendAsync(_connection, Megabyte);

    /// <summary>A new stream for one byte, and the answer.</summary>
    [Benchmark]
    public Task StreamAndOneByte() => SendAsync(_connection, 1);

    /// <summary>TCP, noise, yamux, a stream, one byte, and the answer.</summary>
    [Benchmark]
    public async Task ConnectAndOneByte()
    {
        await using Libp2pHost fresh = NewHost();
        fresh.Start();
        await SendAsync(await fresh.DialAsync(_listener.ListenAddresses[0], CancellationToken.None), 1);
    }

    internal static Libp2pHost NewHost() => new(
        new Libp2pOptions { Listen = [new IPEndPoint(IPAddress.Loopback, 0)], BindAddress = IPAddress.Loopback, MaxConnections = 10_000, MaxConnectionsPerAddress = 10_000 },
        Identity.New(),
        NullLoggerFactory.Instance,
        TimeProvider.System);

    private async Task SendAsync(PeerConnection connection, int bytes)
    {
        await using MuxedStream stream = await connection.OpenStreamAsync([Sink], CancellationToken.None);
        for (int left = bytes; left > 0; left -= _chunk.Length)
        {
            await stream.Output.WriteAsync(_chunk.AsMemory(0, Math.Min(left, _chunk.Length)));
        }

        await stream.Output.CompleteAsync();
        await stream.Input.ReadAtLeastAsync(1);
    }
}

/// <summary>A message of 100 KB from one of eight nodes to all others.</summary>
public class GossipBenchmarks
{
    private const string Topic = "/eth2/00000000/beacon_block/ssz_snappy";
    private const int Nodes = 8;
    private readonly List<(Libp2pHost Host, GossipsubRouter Router)> _nodes = [];
    private readonly byte[] _message = new byte[100_000];
    private TaskCompletionSource _arrived = new();
    private int _missing;

    [GlobalSetup]
    public async Task StartAsync()
    {
        var options = new GossipsubOptions
        {
            ProtocolIds = ["/meshsub/1.1.0"],
            MessageId = static (_, data) => (SHA256.HashData(data.Span)[..20], null),
            Heartbeat = TimeSpan.FromMilliseconds(100),
        };
        for (int i = 0; i < Nodes; i++)
        {
            Libp2pHost host = Libp2pBenchmarks.NewHost();
            var router = new GossipsubRouter(host, options, NullLoggerFactory.Instance, TimeProvider.System);
            router.Subscribe(Topic, (_, _) =>
            {
                if (Interlocked.Decrement(ref _missing) == 0)
                {
                    _arrived.SetResult();
                }

                return ValueTask.FromResult(ValidationResult.Accept);
            });
            host.Start();
            router.Start();
            _nodes.Add((host, router));
        }

        for (int from = 0; from < Nodes; from++)
        {
            for (int to = from + 1; to < Nodes; to++)
            {
                await _nodes[from].Host.DialAsync(_nodes[to].Host.ListenAddresses[0], CancellationToken.None);
            }
        }

        while (_nodes.Exists(static node => node.Router.MeshPeers(Topic).Count < 4))
        {
            await Task.Yield();
        }
    }

    [GlobalCleanup]
    public async Task StopAsync()
    {
        foreach ((Libp2pHost host, GossipsubRouter router) in _nodes)
        {
            await router.DisposeAsync();
            await host.DisposeAsync();
        }
    }

    /// <summary>From publishing until the last node has it.</summary>
    [Benchmark]
    public Task ToAll()
    {
        RandomNumberGenerator.Fill(_message.AsSpan(0, 32));
        _arrived = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Volatile.Write(ref _missing, Nodes - 1);
        _nodes[0].Router.Publish(Topic, _message.ToArray());
        return _arrived.Task.WaitAsync(TimeSpan.FromSeconds(30));
    }
}
