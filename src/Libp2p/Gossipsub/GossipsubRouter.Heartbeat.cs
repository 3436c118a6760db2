using Libp2p.Multiformats;

namespace Libp2p.Gossipsub;

public sealed partial class GossipsubRouter
{
    /// <summary>Heartbeats that we wait beyond a backoff before we graft: the other side began to count later, by the time its PRUNE took.</summary>
    private const int BackoffSlack = 2;

    private long _ticks;
    private long _lastDecay;

    private async Task HeartbeatLoopAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(_options.Heartbeat, _time);
        _lastDecay = _time.GetTimestamp();
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            try
            {
                lock (_lock)
                {
                    Beat();
                }
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                Log.HeartbeatFailed(_logger, e);
            }
        }
    }

    private void Beat()
    {
        _ticks++;
        CheckPromises();
        while (_time.GetElapsedTime(_lastDecay) >= _options.Score.DecayInterval)
        {
            _lastDecay += (long)(_options.Score.DecayInterval.TotalSeconds * _time.TimestampFrequency);
            _scores.Decay();
        }

        long now = _time.GetTimestamp();
        long slack = (long)(BackoffSlack * _options.Heartbeat.TotalSeconds * _time.TimestampFrequency);
        foreach ((PeerId, string) key in _backoff.Where(b => b.Value + slack < now).Select(static b => b.Key).ToList())
        {
            _backoff.Remove(key);
        }

        var changes = new MeshChanges();
        foreach ((string topic, HashSet<PeerId> members) in _mesh)
        {
            KeepMesh(topic, members, changes);
        }

        Send(changes);
        foreach ((string topic, Fanout fanout) in _fanout.ToList())
        {
            if (_time.GetElapsedTime(fanout.LastPublished) > _options.FanoutTtl)
            {
                _fanout.Remove(topic);
            }
            else
            {
                FillFanout(topic, fanout);
            }
        }

        EmitGossip();
        _cache.Shift();
    }

    /// <summary>Peers that told of a message and did not deliver it when asked misbehave.</summary>
    private void CheckPromises()
    {
        foreach (GossipPeer peer in _peers.Values)
        {
            peer.IHaveMessages = 0;
            peer.IHaveIdsAsked = 0;
            foreach ((MessageId id, long at) in peer.Promises)
            {
                if (_seen.Contains(id))
                {
                    peer.Promises.Remove(id);
                }
                else if (_time.GetElapsedTime(at) > _options.IWantFollowUp)
                {
                    peer.Promises.Remove(id);
                    _scores.Misbehaved(peer.Id, 1);
                }
            }
        }
    }

    private void KeepMesh(string topic, HashSet<PeerId> members, MeshChanges changes)
    {
        foreach (PeerId id in members.Where(id => !_peers.ContainsKey(id) || _scores.Score(id) < 0).ToList())
        {
            members.Remove(id);
            if (_peers.TryGetValue(id, out GossipPeer? peer))
            {
                _scores.Pruned(id, topic);
                Prune(peer, topic, changes);
            }
        }

        if (members.Count < _options.DLow)
        {
            foreach (GossipPeer peer in Candidates(topic).Take(_options.D - members.Count).ToList())
            {
                Graft(peer, topic, changes);
            }
        }
        else if (members.Count > _options.DHigh)
        {
            Shrink(topic, members, changes);
        }

        int outbound = members.Count(IsOutbound);
        if (members.Count >= _options.DLow && outbound < _options.DOut)
        {
            foreach (GossipPeer peer in Candidates(topic).Where(static p => p.Connection.IsOutbound).Take(_options.DOut - outbound).ToList())
            {
                Graft(peer, topic, changes);
            }
        }

        if (_ticks % _options.OpportunisticGraftTicks == 0 && members.Count > 1)
        {
            double[] scores = [.. members.Select(_scores.Score).Order()];
            double median = scores[scores.Length / 2];
            if (median < _options.Score.OpportunisticGraftThreshold)
            {
                foreach (GossipPeer peer in Candidates(topic).Where(p => _scores.Score(p.Id) > median).Take(2).ToList())
                {
                    Graft(peer, topic, changes);
                }
            }
        }
    }

    /// <summary>Keeps the best, then random ones, and enough that we dialled.</summary>
    private void Shrink(string topic, HashSet<PeerId> members, MeshChanges changes)
    {
        PeerId[] shuffled = [.. members];
        Random.Shared.Shuffle(shuffled);
        PeerId[] ordered = [.. shuffled.OrderByDescending(_scores.Score)];
        PeerId[] rest = ordered[_options.DScore..];
        Random.Shared.Shuffle(rest);
        var kept = new List<PeerId>([.. ordered[.._options.DScore], .. rest[..(_options.D - _options.DScore)]]);
        int missing = _options.DOut - kept.Count(IsOutbound);
        foreach (PeerId id in rest.Where(id => IsOutbound(id) && !kept.Contains(id)).Take(Math.Max(0, missing)).ToList())
        {
            int replace = kept.FindLastIndex(k => !IsOutbound(k));
            if (replace >= 0)
            {
                kept[replace] = id;
            }
        }

        foreach (PeerId id in members.Except(kept).ToList())
        {
            members.Remove(id);
            _scores.Pruned(id, topic);
            if (_peers.TryGetValue(id, out GossipPeer? peer))
            {
                Prune(peer, topic, changes);
            }
        }
    }

    private bool IsOutbound(PeerId id) => _peers.TryGetValue(id, out GossipPeer? peer) && peer.Connection.IsOutbound;

    private bool CanGraft(GossipPeer peer, string topic) =>
        peer.Admitted
        && peer.Topics.Contains(topic)
        && !(_mesh.TryGetValue(topic, out HashSet<PeerId>? members) && members.Contains(peer.Id))
        && !_backoff.ContainsKey((peer.Id, topic))
        && _scores.Score(peer.Id) >= 0;

    /// <summary>Peers that could join a topic's mesh, in random order.</summary>
    private GossipPeer[] Candidates(string topic)
    {
        GossipPeer[] candidates = [.. _peers.Values.Where(p => CanGraft(p, topic))];
        Random.Shared.Shuffle(candidates);
        return candidates;
    }

    private void Graft(GossipPeer peer, string topic, MeshChanges changes)
    {
        if (_mesh[topic].Add(peer.Id))
        {
            _scores.Grafted(peer.Id, topic);
            changes.Of(peer).Grafts.Add(topic);
        }
    }

    private void Prune(GossipPeer peer, string topic, MeshChanges changes)
    {
        SetBackoff(peer.Id, topic, _options.PruneBackoff);
        changes.Of(peer).Prunes.Add((topic, _options.PruneBackoff));
    }

    private void SetBackoff(PeerId peer, string topic, TimeSpan duration)
    {
        long until = _time.GetTimestamp() + (long)(duration.TotalSeconds * _time.TimestampFrequency);
        _backoff[(peer, topic)] = Math.Max(until, _backoff.GetValueOrDefault((peer, topic)));
    }

    private void FillFanout(string topic, Fanout fanout)
    {
        fanout.Peers.RemoveWhere(id => !_peers.TryGetValue(id, out GossipPeer? p) || !p.Topics.Contains(topic) || _scores.Score(id) < _options.Score.PublishThreshold);
        foreach (GossipPeer peer in _peers.Values)
        {
            if (fanout.Peers.Count >= _options.D)
            {
                break;
            }

            if (peer.Admitted && peer.Topics.Contains(topic) && _scores.Score(peer.Id) >= _options.Score.PublishThreshold)
            {
                fanout.Peers.Add(peer.Id);
            }
        }
    }

    private void EmitGossip()
    {
        var outgoing = new Dictionary<GossipPeer, List<(string Topic, IReadOnlyList<MessageId> Ids)>>();
        foreach ((string topic, HashSet<PeerId> members) in _mesh)
        {
            List<MessageId> ids = _cache.GossipIds(topic);
            if (ids.Count == 0)
            {
                continue;
            }

            GossipPeer[] others = [.. _peers.Values.Where(
                p => p.Admitted && p.Topics.Contains(topic) && !members.Contains(p.Id) && _scores.Score(p.Id) >= _options.Score.GossipThreshold)];
            Random.Shared.Shuffle(others);
            int count = Math.Max(_options.DLazy, (int)(others.Length * _options.GossipFactor));
            foreach (GossipPeer peer in others.Take(count))
            {
                if (!outgoing.TryGetValue(peer, out List<(string, IReadOnlyList<MessageId>)>? list))
                {
                    outgoing[peer] = list = [];
                }

                list.Add((topic, ids.Count <= _options.MaxIHaveIds ? ids : ids.GetRange(0, _options.MaxIHaveIds)));
            }
        }

        foreach ((GossipPeer peer, List<(string, IReadOnlyList<MessageId>)> list) in outgoing)
        {
            peer.Send(RpcWriter.IHave(list));
        }
    }

    private static void Send(MeshChanges changes)
    {
        foreach ((GossipPeer peer, (List<string> grafts, List<(string, TimeSpan)> prunes)) in changes.Peers)
        {
            peer.Send(RpcWriter.MeshChanges(grafts, prunes));
        }
    }

    /// <summary>GRAFTs and PRUNEs gathered so that a peer gets one RPC.</summary>
    private sealed class MeshChanges
    {
        public Dictionary<GossipPeer, (List<string> Grafts, List<(string Topic, TimeSpan Backoff)> Prunes)> Peers { get; } = [];

        public (List<string> Grafts, List<(string Topic, TimeSpan Backoff)> Prunes) Of(GossipPeer peer)
        {
            if (!Peers.TryGetValue(peer, out (List<string>, List<(string, TimeSpan)>) entry))
            {
                Peers[peer] = entry = ([], []);
            }

            return entry;
        }
    }
}
