using Beacon.Networking.Peers;
using Beacon.Networking.ReqResp;
using Beacon.Ssz;
using Beacon.Types;
using Libp2p;
using Libp2p.Hosting;
using Libp2p.Muxing;

namespace Beacon.Networking;

/// <content>Answering requests, each within its quota.</content>
public sealed partial class BeaconNetwork
{
    private const int ListedFactor = 16;
    private static readonly TimeSpan RequestPatience = TimeSpan.FromSeconds(10);

    private delegate Task Responder(PeerSession session, byte[] request, MuxedStream stream, CancellationToken cancellationToken);

    private void HandleRequests()
    {
        Serve("status", _names.Status, 84, 84, 5, 15, OnStatusAsync);
        Serve("goodbye", _names.Goodbye, 8, 8, 1, 10, OnGoodbyeAsync);
        Serve("ping", _names.Ping, 8, 8, 4, 10, OnPingAsync);
        Serve("metadata", _names.Metadata, 0, 0, 2, 5, OnMetadataAsync);
        int maxRoots = checked((int)_chain.Spec.Config.MaxRequestBlocks) * 32;
        Serve("beacon_blocks_by_range", _names.BlocksByRange, 24, 24, 64, 10, (s, r, t, c) => OnBlocksByRangeAsync(s, r, t, withContext: false, c));
        Serve("beacon_blocks_by_root", _names.BlocksByRoot, 0, maxRoots, 128, 10, (s, r, t, c) => OnBlocksByRootAsync(s, r, t, withContext: false, c));
        Serve("beacon_blocks_by_range", _names.BlocksByRangeV2, 24, 24, 64, 10, (s, r, t, c) => OnBlocksByRangeAsync(s, r, t, withContext: true, c));
        Serve("beacon_blocks_by_root", _names.BlocksByRootV2, 0, maxRoots, 128, 10, (s, r, t, c) => OnBlocksByRootAsync(s, r, t, withContext: true, c));
    }

    private void Serve(string name, string protocol, int minSize, int maxSize, int quota, int seconds, Responder respond) =>
        _host.Handle(protocol, (connection, stream, ct) => ServeAsync(name, connection, stream, (minSize, maxSize), (quota, TimeSpan.FromSeconds(seconds)), respond, ct));

    private async Task ServeAsync(
        string name, PeerConnection connection, MuxedStream stream, (int Min, int Max) size, (int Count, TimeSpan Period) quota, Responder respond, CancellationToken cancellationToken)
    {
        if (!_sessions.TryGetValue(connection.PeerId, out PeerSession? session) || !ReferenceEquals(session.Connection, connection))
        {
            return;
        }

        using var limit = new CancellationTokenSource(RequestPatience, _time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        byte[] request = size.Max == 0 ? [] : await Messages.ReadPayloadAsync(stream.Input, size.Min, size.Max, linked.Token);

        // Only Status (and goodbye) are open to a peer that has not shown that it is on our chain.
        bool open = name is "status" or "goodbye" || session.IsGood;
        double factor = session.IsListed ? ListedFactor : 1;
        if (!open || !_limiter.TryTake(connection.PeerId, name, quota.Count * factor, quota.Period, 1))
        {
            await RefuseRequestAsync(name, stream, open ? "rate limited" : "Status first", cancellationToken);
            return;
        }

        try
        {
            await respond(session, request, stream, cancellationToken);
            Metrics.CountRequest(name, "in", "ok");
        }
        catch (SszException e)
        {
            Metrics.CountRequest(name, "in", "invalid");
            throw new ProtocolViolationException($"{name}: {e.Message}", e);
        }
        catch (IOException)
        {
            Metrics.CountRequest(name, "in", "broken");
            throw;
        }
    }

    private async Task RefuseRequestAsync(string name, MuxedStream stream, string why, CancellationToken cancellationToken)
    {
        Metrics.CountRateLimited(name);
        Metrics.CountRequest(name, "in", "refused");
        Messages.WriteError(stream.Output, ResultCode.ResourceUnavailable, why);
        await stream.Output.FlushAsync(cancellationToken);
    }

    private async Task OnStatusAsync(PeerSession session, byte[] request, MuxedStream stream, CancellationToken cancellationToken)
    {
        var status = Status.Deserialize(request);
        Messages.WriteChunk(stream.Output, [], Encode(OurStatus));
        await stream.Output.FlushAsync(cancellationToken);
        await stream.Output.CompleteAsync();
        Evaluate(session, status);
    }

    private async Task OnGoodbyeAsync(PeerSession session, byte[] request, MuxedStream stream, CancellationToken cancellationToken)
    {
        await stream.Output.CompleteAsync();
        ulong reason = BitConverter.ToUInt64(request);
        if (reason == GoodbyeIrrelevant)
        {
            // The other side says we are strangers; it will say so again for a while.
            _scores.KeepAway(session.PeerId, ListedRefusal);
        }

        await _host.DisconnectAsync(session.Connection, $"the peer said goodbye with reason {reason}");
    }

    private async Task OnPingAsync(PeerSession session, byte[] request, MuxedStream stream, CancellationToken cancellationToken)
    {
        Messages.WriteChunk(stream.Output, [], BitConverter.GetBytes(Volatile.Read(ref _metadata).SeqNumber));
        await stream.Output.FlushAsync(cancellationToken);
        await stream.Output.CompleteAsync();
        if (session.Metadata is null || session.Metadata.SeqNumber < BitConverter.ToUInt64(request))
        {
            await RequestMetadataAsync(session, cancellationToken);
        }
    }

    private async Task OnMetadataAsync(PeerSession session, byte[] request, MuxedStream stream, CancellationToken cancellationToken)
    {
        Messages.WriteChunk(stream.Output, [], Encode(Volatile.Read(ref _metadata)));
        await stream.Output.FlushAsync(cancellationToken);
    }

    private async Task OnBlocksByRangeAsync(PeerSession session, byte[] request, MuxedStream stream, bool withContext, CancellationToken cancellationToken)
    {
        var range = BeaconBlocksByRangeRequest.Deserialize(request);
        ulong count = Math.Min(range.Count, _chain.Spec.Config.MaxRequestBlocks);
        if (range.Count == 0 || range.Step == 0)
        {
            Messages.WriteError(stream.Output, ResultCode.InvalidRequest, "count and step must be positive");
            await stream.Output.FlushAsync(cancellationToken);
            return;
        }

        if (range.StartSlot.Value < _chain.OldestBlockSlot.Value)
        {
            // A part of it would look like a chain with a hole.
            Messages.WriteError(stream.Output, ResultCode.ResourceUnavailable, $"blocks before slot {_chain.OldestBlockSlot.Value} are not kept here");
            await stream.Output.FlushAsync(cancellationToken);
            return;
        }

        double quota = _chain.Spec.Config.MaxRequestBlocks * (session.IsListed ? ListedFactor : 1.0);
        if (!_limiter.TryTake(session.PeerId, "range_blocks", quota, TimeSpan.FromSeconds(10), count))
        {
            await RefuseRequestAsync("beacon_blocks_by_range", stream, "rate limited", cancellationToken);
            return;
        }

        byte[] context = withContext ? _chain.ForkDigest.AsSpan().ToArray() : [];
        foreach ((Slot _, Root root) in _chain.GetCanonicalRoots(range.StartSlot, count))
        {
            if (_chain.GetBlockBytes(root) is { } block)
            {
                Messages.WriteChunk(stream.Output, context, block);
                await stream.Output.FlushAsync(cancellationToken);
            }
        }
    }

    private async Task OnBlocksByRootAsync(PeerSession session, byte[] request, MuxedStream stream, bool withContext, CancellationToken cancellationToken)
    {
        if (request.Length % 32 != 0)
        {
            throw new ProtocolViolationException("beacon_blocks_by_root: not a list of roots");
        }

        byte[] context = withContext ? _chain.ForkDigest.AsSpan().ToArray() : [];
        for (int i = 0; i < request.Length; i += 32)
        {
            if (_chain.GetBlockBytes(Root.Deserialize(request.AsSpan(i, 32))) is { } block)
            {
                Messages.WriteChunk(stream.Output, context, block);
                await stream.Output.FlushAsync(cancellationToken);
            }
        }
    }

    private static byte[] Encode<T>(T value)
        where T : ISszSerializable<T>
    {
        byte[] bytes = new byte[value.SszSize];
        value.Serialize(bytes);
        return bytes;
    }
}
