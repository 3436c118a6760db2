using Beacon.Chain;
using Beacon.Networking.Peers;
using Beacon.Networking.ReqResp;
using Beacon.Ssz;
using Beacon.StateTransition.Phase0;
using Beacon.Types;
using Libp2p;
using Libp2p.Hosting;
using Libp2p.Identify;
using Libp2p.Multiformats;

namespace Beacon.Networking;

/// <content>Peers from connect to disconnect: the Status handshake decides who takes part.</content>
public sealed partial class BeaconNetwork
{
    private const ulong GoodbyeShutdown = 1;
    private const ulong GoodbyeIrrelevant = 2;
    private const ulong GoodbyeScore = 250;
    private static readonly TimeSpan ListenerPatience = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan IdentifyPatience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan ListedRefusal = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan StrangerRefusal = TimeSpan.FromMinutes(5);

    /// <summary>Time between two Status exchanges with a peer: half an epoch within sensible bounds.</summary>
    private TimeSpan StatusInterval
    {
        get
        {
            TimeSpan half = _chain.Spec.Config.SlotDuration * _chain.Spec.Preset.SlotsPerEpoch / 2;
            return half < TimeSpan.FromSeconds(4) ? TimeSpan.FromSeconds(4) : half > TimeSpan.FromSeconds(60) ? TimeSpan.FromSeconds(60) : half;
        }
    }

    private Status OurStatus
    {
        get
        {
            ChainStatus status = _chain.Status;
            return new Status
            {
                ForkDigest = status.ForkDigest,
                FinalizedRoot = status.FinalizedRoot,
                FinalizedEpoch = status.FinalizedEpoch,
                HeadRoot = status.HeadRoot,
                HeadSlot = status.HeadSlot,
            };
        }
    }

    /// <summary>Records an offence and disconnects the peer when it was one too many.</summary>
    internal void Blame(PeerId peer, PeerOffence offence, string why)
    {
        if (_scores.Record(peer, offence) && _sessions.TryGetValue(peer, out PeerSession? session))
        {
            Metrics.CountDisconnect("score");
            _ = DropAsync(session, GoodbyeScore, $"score too low: {why}");
        }
    }

    /// <summary>Asks every peer for its Status now, for instance after sync came to an end.</summary>
    internal Task RefreshStatusesAsync(CancellationToken cancellationToken) =>
        Task.WhenAll(GoodSessions().Select(s => ExchangeStatusAsync(s, cancellationToken)));

    private void OnConnected(PeerConnection connection)
    {
        var session = new PeerSession(connection, IsListed(connection.PeerId));
        _sessions[connection.PeerId] = session;
        _ = Task.Run(() => RunPeerAsync(session, _stop.Token));
    }

    private void OnDisconnected(PeerConnection connection, string reason)
    {
        if (_sessions.TryGetValue(connection.PeerId, out PeerSession? session) && ReferenceEquals(session.Connection, connection))
        {
            _sessions.TryRemove(new KeyValuePair<PeerId, PeerSession>(connection.PeerId, session));
            if (session.IsGood)
            {
                Log.PeerLeft(_logger, connection.PeerId, reason);
            }
        }
    }

    private async Task RunPeerAsync(PeerSession session, CancellationToken cancellationToken)
    {
        try
        {
            if (!session.Connection.IsOutbound)
            {
                await AwaitTheirStatusAsync(session, cancellationToken);
            }

            if (!session.IsGood && !session.Connection.Closed.IsCompleted)
            {
                await ExchangeStatusAsync(session, cancellationToken);
            }

            if (!session.IsGood && !session.IsBootnode)
            {
                // Either refused by now, or silent.
                await DropAsync(session, GoodbyeIrrelevant, "no Status");
                return;
            }

            if (session.IsGood)
            {
                await RequestMetadataAsync(session, cancellationToken);
            }

            await KeepPeerAsync(session, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // We are stopping.
        }
        catch (Exception e) when (e is ProtocolViolationException or SszException)
        {
            if (!session.Connection.Closed.IsCompleted)
            {
                // A connection that ended in the middle of an answer is no offence, and what ended it was judged where it happened.
                Blame(session.PeerId, PeerOffence.Serious, e.Message);
            }

            await DropAsync(session, GoodbyeIrrelevant, e.Message);
        }
    }

    /// <summary>The dialler speaks first; what identify says may settle the matter sooner.</summary>
    private async Task AwaitTheirStatusAsync(PeerSession session, CancellationToken cancellationToken)
    {
        Task patience = Task.Delay(ListenerPatience, _time, cancellationToken);
        Task first = await Task.WhenAny(session.Welcome.Task, session.Connection.Closed, session.Connection.Identified, patience);
        if (first == session.Connection.Identified && await session.Connection.Identified is { } info)
        {
            if (!info.Protocols.Contains(_names.Status))
            {
                return;
            }

            await Task.WhenAny(session.Welcome.Task, session.Connection.Closed, patience);
        }
    }

    private async Task ExchangeStatusAsync(PeerSession session, CancellationToken cancellationToken)
    {
        try
        {
            Evaluate(session, await _client.StatusAsync(session.Connection, OurStatus, cancellationToken));
        }
        catch (NotSupportedException)
        {
            IdentifyInfo? info = await session.Connection.Identified.WaitAsync(IdentifyPatience, _time, cancellationToken)
                .ContinueWith(static t => t.IsCompletedSuccessfully ? t.Result : null, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            bool ourNetwork = !_names.IsStandard && info?.ProtocolVersion == _names.IdentifyVersion;
            if (ourNetwork || (_dialler.Listed.TryGetValue(session.PeerId, out ListedPeer? listed) && listed.IsBootnode))
            {
                session.IsBootnode = true;
                return;
            }

            Refuse(session, RefusalReason.Protocol);
        }
        catch (RequestFailedException e)
        {
            Log.RequestFailed(_logger, session.PeerId, e.Message);
            if (session.IsGood && !session.Connection.Closed.IsCompleted)
            {
                Blame(session.PeerId, PeerOffence.Slight, e.Message);
            }
        }
    }

    /// <summary>Looks at a peer's Status; lets it take part when it is the first good one. False when the peer was refused.</summary>
    private bool Evaluate(PeerSession session, Status status)
    {
        if (Contradiction(status) is { } reason)
        {
            Refuse(session, reason);
            return false;
        }

        session.Status = status;
        if (session.Welcome.TrySetResult())
        {
            Log.PeerWelcome(
                _logger,
                session.PeerId,
                _dialler.Listed.GetValueOrDefault(session.PeerId)?.Name ?? "",
                status.HeadSlot.Value,
                status.FinalizedEpoch.Value);
            _gossip.Admit(session.PeerId);
        }

        _rangeSync.Wake();
        return true;
    }

    private RefusalReason? Contradiction(Status status)
    {
        if (status.ForkDigest != _chain.ForkDigest)
        {
            return RefusalReason.ForkDigest;
        }

        Epoch finalized = _chain.Head.Finalized.Epoch;
        if (status.FinalizedEpoch.Value == 0 || status.FinalizedEpoch.Value > finalized.Value)
        {
            return null;
        }

        Slot slot = Misc.ComputeStartSlotAtEpoch(_chain.Spec, status.FinalizedEpoch);
        return _chain.GetCanonicalRootAtOrBefore(slot) is { } ours && ours != status.FinalizedRoot ? RefusalReason.Chain : null;
    }

    private void Refuse(PeerSession session, RefusalReason reason)
    {
        Metrics.CountRefused(reason);
        Log.PeerRefused(_logger, session.PeerId, NetworkMetrics.Name(reason));
        _scores.KeepAway(session.PeerId, session.IsListed ? ListedRefusal : StrangerRefusal);
        _ = DropAsync(session, GoodbyeIrrelevant, NetworkMetrics.Name(reason));
    }

    private async Task DropAsync(PeerSession session, ulong goodbye, string reason)
    {
        if (session.Connection.Closed.IsCompleted)
        {
            return;
        }

        Log.PeerDropped(_logger, session.PeerId, reason);
        await _client.GoodbyeAsync(session.Connection, goodbye, CancellationToken.None);
        await _host.DisconnectAsync(session.Connection, reason);
    }

    private async Task RequestMetadataAsync(PeerSession session, CancellationToken cancellationToken)
    {
        try
        {
            session.Metadata = await _client.MetadataAsync(session.Connection, cancellationToken);
        }
        catch (Exception e) when (e is RequestFailedException or NotSupportedException)
        {
            Log.RequestFailed(_logger, session.PeerId, e.Message);
        }
    }

    /// <summary>Keeps Status and metadata fresh until the connection ends.</summary>
    private async Task KeepPeerAsync(PeerSession session, CancellationToken cancellationToken)
    {
        while (!session.Connection.Closed.IsCompleted)
        {
            Task next = Task.Delay(StatusInterval, _time, cancellationToken);
            if (await Task.WhenAny(next, session.Connection.Closed) != next)
            {
                return;
            }

            await next;
            if (!session.IsGood)
            {
                continue;
            }

            await ExchangeStatusAsync(session, cancellationToken);
            try
            {
                ulong sequence = await _client.PingAsync(session.Connection, Volatile.Read(ref _metadata).SeqNumber, cancellationToken);
                if (session.Metadata is null || session.Metadata.SeqNumber < sequence)
                {
                    await RequestMetadataAsync(session, cancellationToken);
                }
            }
            catch (Exception e) when (e is RequestFailedException or NotSupportedException)
            {
                Log.RequestFailed(_logger, session.PeerId, e.Message);
            }
        }
    }
}
