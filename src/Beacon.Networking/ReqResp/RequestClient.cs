using System.Text;
using Beacon.Ssz;
using Beacon.Types;
using Libp2p;
using Libp2p.Hosting;
using Libp2p.Muxing;

namespace Beacon.Networking.ReqResp;

/// <summary>Asks peers. Every answer is bounded in size, number and time.</summary>
internal sealed class RequestClient(ProtocolNames names, ChainConfig config, NetworkMetrics metrics, TimeProvider time)
{
    private const int StatusSize = 84;
    private const int MetadataSize = 16;
    private const int RootSize = 32;
    private const int MinBlock = 96 + 4;

    private TimeSpan FirstByteTimeout => TimeSpan.FromSeconds(config.TtfbTimeoutSeconds);

    private TimeSpan ChunkTimeout => TimeSpan.FromSeconds(config.RespTimeoutSeconds);

    /// <summary>Exchanges Status messages.</summary>
    public async Task<Status> StatusAsync(PeerConnection peer, Status ours, CancellationToken cancellationToken) =>
        Status.Deserialize(await OneAsync(peer, "status", names.Status, Ssz(ours), StatusSize, cancellationToken));

    /// <summary>Asks for a peer's metadata.</summary>
    public async Task<Metadata> MetadataAsync(PeerConnection peer, CancellationToken cancellationToken) =>
        Metadata.Deserialize(await OneAsync(peer, "metadata", names.Metadata, [], MetadataSize, cancellationToken));

    /// <summary>Pings with our metadata's sequence number and returns the peer's.</summary>
    public async Task<ulong> PingAsync(PeerConnection peer, ulong sequence, CancellationToken cancellationToken) =>
        BitConverter.ToUInt64(await OneAsync(peer, "ping", names.Ping, BitConverter.GetBytes(sequence), sizeof(ulong), cancellationToken));

    /// <summary>Says goodbye and does not wait for long.</summary>
    public async Task GoodbyeAsync(PeerConnection peer, ulong reason, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(1), time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            await using MuxedStream stream = await peer.OpenStreamAsync([names.Goodbye], linked.Token);
            Messages.WritePayload(stream.Output, BitConverter.GetBytes(reason));
            await stream.Output.FlushAsync(linked.Token);
            await stream.Output.CompleteAsync();
        }
        catch (Exception e) when (e is IOException or NotSupportedException or ProtocolViolationException or OperationCanceledException or InvalidOperationException)
        {
            // A courtesy: the connection ends anyway.
        }
    }

    /// <summary>Asks for the blocks of a range of slots; checked to be in the range, ascending and linked.</summary>
    public async Task<IReadOnlyList<SignedBeaconBlock>> BlocksByRangeAsync(PeerConnection peer, Slot start, ulong count, CancellationToken cancellationToken)
    {
        var request = new BeaconBlocksByRangeRequest { StartSlot = start, Count = count, Step = 1 };
        List<SignedBeaconBlock> blocks = await BlocksAsync(
            peer, "beacon_blocks_by_range", names.BlocksByRange, Ssz(request), (int)Math.Min(count, config.MaxRequestBlocks), cancellationToken);
        for (int i = 0; i < blocks.Count; i++)
        {
            BeaconBlock block = blocks[i].Message;
            bool inRange = block.Slot.Value >= start.Value && block.Slot.Value - start.Value < count;
            bool linked = i == 0 || (block.Slot.Value > blocks[i - 1].Message.Slot.Value && block.ParentRoot == blocks[i - 1].Message.HashTreeRoot());
            if (!inRange || !linked)
            {
                throw new ProtocolViolationException("blocks by range: the answer is out of the range or not a chain");
            }
        }

        return blocks;
    }

    /// <summary>Asks for blocks by their roots; what was not asked for is a violation.</summary>
    public async Task<IReadOnlyList<SignedBeaconBlock>> BlocksByRootAsync(PeerConnection peer, IReadOnlyList<Root> roots, CancellationToken cancellationToken)
    {
        byte[] request = new byte[roots.Count * RootSize];
        for (int i = 0; i < roots.Count; i++)
        {
            roots[i].Serialize(request.AsSpan(i * RootSize, RootSize));
        }

        List<SignedBeaconBlock> blocks = await BlocksAsync(peer, "beacon_blocks_by_root", names.BlocksByRoot, request, roots.Count, cancellationToken);
        return blocks.All(b => roots.Contains(b.Message.HashTreeRoot()))
            ? blocks
            : throw new ProtocolViolationException("blocks by root: a block that was not asked for");
    }

    private static byte[] Ssz<T>(T value)
        where T : ISszSerializable<T>
    {
        byte[] bytes = new byte[value.SszSize];
        value.Serialize(bytes);
        return bytes;
    }

    private async Task<List<SignedBeaconBlock>> BlocksAsync(
        PeerConnection peer, string name, string protocol, byte[] request, int maxBlocks, CancellationToken cancellationToken)
    {
        List<byte[]> chunks = await RequestAsync(peer, name, protocol, request, MinBlock, checked((int)config.MaxPayloadSize), maxBlocks, cancellationToken);
        try
        {
            return chunks.ConvertAll(static c => SignedBeaconBlock.Deserialize(c));
        }
        catch (SszException e)
        {
            throw new ProtocolViolationException($"{name}: a malformed block", e);
        }
    }

    private async Task<byte[]> OneAsync(PeerConnection peer, string name, string protocol, byte[] request, int size, CancellationToken cancellationToken)
    {
        List<byte[]> chunks = await RequestAsync(peer, name, protocol, request, size, size, 1, cancellationToken);
        return chunks.Count == 1 ? chunks[0] : throw new RequestFailedException($"{name}: no answer");
    }

    private async Task<List<byte[]>> RequestAsync(
        PeerConnection peer, string name, string protocol, byte[] request, int minSize, int maxSize, int maxChunks, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(FirstByteTimeout + ChunkTimeout, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        string outcome = "error";
        try
        {
            await using MuxedStream stream = await peer.OpenStreamAsync([protocol], linked.Token);
            if (request.Length > 0)
            {
                Messages.WritePayload(stream.Output, request);
                await stream.Output.FlushAsync(linked.Token);
            }

            await stream.Output.CompleteAsync();
            var chunks = new List<byte[]>();
            while (chunks.Count < maxChunks && await Messages.ReadResultAsync(stream.Input, linked.Token) is { } code)
            {
                if (code != ResultCode.Success)
                {
                    outcome = "refused";
                    throw await ReadErrorAsync(name, stream, code, linked.Token);
                }

                chunks.Add(await Messages.ReadPayloadAsync(stream.Input, minSize, maxSize, linked.Token));
                limit.CancelAfter(ChunkTimeout);
            }

            outcome = "ok";
            return chunks;
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            outcome = "timeout";
            throw new RequestFailedException($"{name}: no answer in time", innerException: e);
        }
        catch (Exception e) when (e is IOException or InvalidOperationException)
        {
            throw new RequestFailedException($"{name}: {e.Message}", innerException: e);
        }
        finally
        {
            metrics.CountRequest(name, "out", outcome);
        }
    }

    private static async Task<RequestFailedException> ReadErrorAsync(string name, MuxedStream stream, ResultCode code, CancellationToken cancellationToken)
    {
        string text = "";
        try
        {
            text = Encoding.UTF8.GetString(await Messages.ReadPayloadAsync(stream.Input, 0, Messages.MaxErrorMessage, cancellationToken));
        }
        catch (ProtocolViolationException)
        {
            // The code says enough.
        }

        return new RequestFailedException($"{name}: the peer answered with code {(byte)code} {text}", code);
    }
}
