using Libp2p.Multiformats;

namespace Libp2p.Gossipsub;

public sealed partial class GossipsubRouter
{
    private async ValueTask HandleAsync(GossipPeer peer, Rpc rpc, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            foreach ((bool subscribe, string topic) in rpc.Subscriptions)
            {
                OnSubscription(peer, subscribe, topic);
            }
        }

        foreach (RpcMessage message in rpc.Messages)
        {
            await OnMessageAsync(peer, message, cancellationToken);
        }

        lock (_lock)
        {
            OnIHave(peer, rpc.IHave);
            OnIWant(peer, rpc.IWant);
            OnGraft(peer, rpc.Graft);
            OnPrune(peer, rpc.Prune);
        }
    }

    private void OnSubscription(GossipPeer peer, bool subscribe, string topic)
    {
        if (!subscribe)
        {
            peer.Topics.Remove(topic);
            if (_mesh.TryGetValue(topic, out HashSet<PeerId>? members) && members.Remove(peer.Id))
            {
                _scores.Pruned(peer.Id, topic);
            }

            return;
        }

        if (peer.Topics.Count >= _options.MaxTopicsPerPeer || !peer.Topics.Add(topic))
        {
            return;
        }

        // A young mesh takes peers as they come instead of waiting for the heartbeat.
        if (_mesh.TryGetValue(topic, out HashSet<PeerId>? mesh) && mesh.Count < _options.DLow && CanGraft(peer, topic))
        {
            var changes = new MeshChanges();
            Graft(peer, topic, changes);
            Send(changes);
        }
    }

    private async ValueTask OnMessageAsync(GossipPeer peer, RpcMessage message, CancellationToken cancellationToken)
    {
        GossipValidator? validator;
        lock (_lock)
        {
            if (!_validators.TryGetValue(message.Topic, out validator))
            {
                return;
            }

            if (message.Signed)
            {
                _scores.CountInvalid(peer.Id, message.Topic);
                return;
            }
        }

        (byte[] bytes, object? decoded) = _options.MessageId(message.Topic, message.Data);
        var id = new MessageId(bytes);
        lock (_lock)
        {
            peer.Promises.Remove(id);
            _scores.Received(peer.Id, message.Topic, id);
            if (!_seen.Add(id))
            {
                return;
            }
        }

        await _validations.WaitAsync(cancellationToken);
        _ = ValidateAsync(validator, new GossipMessage(message.Topic, message.Data, id, decoded, peer.Id));
    }

    private async Task ValidateAsync(GossipValidator validator, GossipMessage message)
    {
        ValidationResult result;
        try
        {
            result = await Task.Run(async () => await validator(message, _stop.Token), _stop.Token);
        }
        catch (OperationCanceledException)
        {
            result = ValidationResult.Ignore;
        }
        catch (Exception e)
        {
            // Our own fault, so nobody is blamed.
            Log.ValidatorFailed(_logger, e, message.Topic);
            result = ValidationResult.Ignore;
        }
        finally
        {
            _validations.Release();
        }

        byte[]? frame = result == ValidationResult.Accept ? RpcWriter.Message(message.Topic, message.Data.Span) : null;
        lock (_lock)
        {
            _scores.Validated(message.From, message.Topic, message.Id, result);
            if (frame is not null)
            {
                _cache.Put(message.Id, message.Topic, frame);
                if (_mesh.TryGetValue(message.Topic, out HashSet<PeerId>? members))
                {
                    foreach (PeerId member in members)
                    {
                        if (member != message.From)
                        {
                            _peers.GetValueOrDefault(member)?.Send(frame);
                        }
                    }
                }
            }
        }

        Validated?.Invoke(message, result);
    }

    private IEnumerable<GossipPeer> Recipients(string topic)
    {
        IEnumerable<GossipPeer> interested = _peers.Values.Where(p => p.Admitted && p.Topics.Contains(topic));
        if (_options.FloodPublish)
        {
            return interested.Where(p => _scores.Score(p.Id) >= _options.Score.PublishThreshold);
        }

        if (_mesh.TryGetValue(topic, out HashSet<PeerId>? members))
        {
            return interested.Where(p => members.Contains(p.Id));
        }

        if (!_fanout.TryGetValue(topic, out Fanout? fanout))
        {
            _fanout[topic] = fanout = new Fanout(_time.GetTimestamp());
        }

        fanout.LastPublished = _time.GetTimestamp();
        FillFanout(topic, fanout);
        return interested.Where(p => fanout.Peers.Contains(p.Id));
    }

    private void OnIHave(GossipPeer peer, List<(string Topic, List<MessageId> Ids)> entries)
    {
        if (entries.Count == 0 || _scores.Score(peer.Id) < _options.Score.GossipThreshold
            || ++peer.IHaveMessages > _options.MaxIHaveMessages || peer.IHaveIdsAsked >= _options.MaxIHaveIds)
        {
            return;
        }

        var wanted = new HashSet<MessageId>();
        foreach ((string topic, List<MessageId> ids) in entries)
        {
            if (!_mesh.ContainsKey(topic))
            {
                continue;
            }

            foreach (MessageId id in ids)
            {
                if (peer.IHaveIdsAsked + wanted.Count < _options.MaxIHaveIds && !_seen.Contains(id))
                {
                    wanted.Add(id);
                }
            }
        }

        if (wanted.Count > 0)
        {
            peer.IHaveIdsAsked += wanted.Count;
            MessageId[] list = [.. wanted];
            peer.Promises[list[Random.Shared.Next(list.Length)]] = _time.GetTimestamp();
            peer.Send(RpcWriter.IWant(list));
        }
    }

    private void OnIWant(GossipPeer peer, List<MessageId> ids)
    {
        if (ids.Count == 0 || _scores.Score(peer.Id) < _options.Score.GossipThreshold)
        {
            return;
        }

        foreach (MessageId id in ids.Distinct())
        {
            if (_cache.TryTake(id, peer.Id, _options.MaxRetransmissions) is { } frame)
            {
                peer.Send(frame);
            }
        }
    }

    private void OnGraft(GossipPeer peer, List<string> topics)
    {
        var changes = new MeshChanges();
        foreach (string topic in topics)
        {
            if (!_mesh.TryGetValue(topic, out HashSet<PeerId>? members) || members.Contains(peer.Id))
            {
                // Unknown topics are not answered, so that nobody can make us speak.
                continue;
            }

            if (_backoff.TryGetValue((peer.Id, topic), out long until) && _time.GetTimestamp() < until)
            {
                _scores.Misbehaved(peer.Id, 1);
                Prune(peer, topic, changes);
            }
            else if (_scores.Score(peer.Id) < 0 || (members.Count >= _options.DHigh && !peer.Connection.IsOutbound))
            {
                Prune(peer, topic, changes);
            }
            else
            {
                members.Add(peer.Id);
                _scores.Grafted(peer.Id, topic);
            }
        }

        Send(changes);
    }

    private void OnPrune(GossipPeer peer, List<(string Topic, ulong BackoffSeconds)> entries)
    {
        foreach ((string topic, ulong seconds) in entries)
        {
            if (!_mesh.TryGetValue(topic, out HashSet<PeerId>? members))
            {
                continue;
            }

            if (members.Remove(peer.Id))
            {
                _scores.Pruned(peer.Id, topic);
            }

            SetBackoff(peer.Id, topic, seconds > 0 ? TimeSpan.FromSeconds(Math.Min(seconds, 3600)) : _options.PruneBackoff);
        }
    }
}
