using System.Threading.Channels;
using Beacon.Chain;
using Beacon.Networking.Peers;
using Beacon.Networking.ReqResp;
using Beacon.StateTransition.Phase0;
using Beacon.Types;
using Libp2p;
using Microsoft.Extensions.Logging;

namespace Beacon.Networking.Sync;

/// <summary>Catches up with peers that are ahead: batches of slots from several peers at once, imported in order.</summary>
internal sealed partial class RangeSync(BeaconChain chain, BeaconNetwork network, ILogger<RangeSync> logger, TimeProvider time, int batchSlots)
{
    /// <summary>A head this close is left to gossip and to fetching by root.</summary>
    private const ulong NearSlots = 2;

    private const int MaxAttempts = 4;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan PeerPause = TimeSpan.FromSeconds(10);
    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private volatile bool _running;
    private ulong _lookBack;

    private enum Outcome
    {
        Done,
        NeedsEarlier,
        Failed,
    }

    /// <summary>Whether blocks are being fetched.</summary>
    public bool IsRunning => _running;

    /// <summary>Looks at the peers soon.</summary>
    public void Wake() => _wake.Writer.TryWrite(true);

    /// <summary>Runs until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            await _wake.Reader.ReadAsync(cancellationToken);
            while (FindTarget() is { } target)
            {
                _running = true;
                try
                {
                    if (!await StepAsync(target, cancellationToken))
                    {
                        break;
                    }
                }
                finally
                {
                    _running = false;
                }
            }
        }
    }

    /// <summary>One attempt to reach a target; false when it is better to wait for news.</summary>
    private async Task<bool> StepAsync(Target target, CancellationToken cancellationToken)
    {
        if (target.Near)
        {
            return await FetchHeadAsync(target, cancellationToken);
        }

        ulong finalized = Misc.ComputeStartSlotAtEpoch(chain.Spec, chain.Head.Finalized.Epoch).Value;
        ulong head = chain.Head.Slot.Value;
        ulong start = Math.Max(finalized, head > _lookBack ? head - _lookBack : 0) + 1;
        Log.Started(logger, start, target.Slot.Value);
        Outcome outcome = await RunBatchesAsync(start, target.Slot.Value, cancellationToken);
        Log.Ended(logger, chain.Head.Slot.Value, target.Slot.Value, outcome.ToString());
        if (outcome == Outcome.NeedsEarlier && start > finalized + 1)
        {
            // Their chain left ours before our head: go further back each time, at last to the finalized slot.
            _lookBack = Math.Max(_lookBack * 4, (ulong)batchSlots);
            return true;
        }

        if (outcome != Outcome.Done || !chain.HasBlock(target.Root))
        {
            Avoid(target.Peers);
        }

        _lookBack = 0;
        await network.RefreshStatusesAsync(cancellationToken);
        if (outcome != Outcome.Done)
        {
            await Task.Delay(Pause, time, cancellationToken);
        }

        return true;
    }

    private async Task<bool> FetchHeadAsync(Target target, CancellationToken cancellationToken)
    {
        PeerSession peer = target.Peers[0];
        try
        {
            foreach (SignedBeaconBlock block in await network.Client.BlocksByRootAsync(peer.Connection, [target.Root], cancellationToken))
            {
                await chain.ImportAsync(block, cancellationToken);
            }
        }
        catch (Exception e) when (e is RequestFailedException or ProtocolViolationException or NotSupportedException)
        {
            network.Blame(peer.PeerId, e is ProtocolViolationException ? PeerOffence.Serious : PeerOffence.Slight, e.Message);
        }

        if (!chain.HasBlock(target.Root))
        {
            // Its parents are fetched one by one meanwhile, or it was not what it seemed.
            Avoid([peer]);
        }

        return true;
    }

    private Target? FindTarget()
    {
        ChainHead head = chain.Head;
        long now = time.GetTimestamp();
        var ahead = new List<PeerSession>();
        foreach (PeerSession session in network.GoodSessions())
        {
            if (session.Status is { } status && now >= session.UnusableUntil)
            {
                bool headAhead = status.HeadSlot.Value > head.Slot.Value && !chain.HasBlock(status.HeadRoot);
                bool finalityAhead = status.FinalizedEpoch.Value > head.Finalized.Epoch.Value && !chain.HasBlock(status.FinalizedRoot);
                if ((headAhead || finalityAhead) && status.HeadSlot.Value <= chain.Clock.CurrentSlot.Value + 1)
                {
                    ahead.Add(session);
                }
            }
        }

        if (ahead.Count == 0)
        {
            return null;
        }

        PeerSession best = ahead.MaxBy(static s => s.Status!.HeadSlot.Value)!;
        Status to = best.Status!;
        PeerSession[] same = [best, .. ahead.Where(s => s != best && s.Status!.HeadRoot == to.HeadRoot)];
        bool near = to.HeadSlot.Value <= head.Slot.Value + NearSlots && to.HeadSlot.Value >= head.Slot.Value;
        return new Target(to.HeadSlot, to.HeadRoot, same, near);
    }

    private async Task<Outcome> RunBatchesAsync(ulong start, ulong last, CancellationToken cancellationToken)
    {
        using var abort = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var pending = new Queue<Task<(PeerSession? Peer, IReadOnlyList<SignedBeaconBlock> Blocks)>>();
        ulong next = start;
        bool anyImported = false;
        try
        {
            while (next <= last || pending.Count > 0)
            {
                int parallel = Math.Clamp(network.GoodSessions().Count() * 2, 2, 6);
                while (pending.Count < parallel && next <= last)
                {
                    ulong count = Math.Min((ulong)batchSlots, last - next + 1);
                    pending.Enqueue(DownloadAsync(new Slot(next), count, last, abort.Token));
                    next += count;
                }

                (PeerSession? peer, IReadOnlyList<SignedBeaconBlock> blocks) = await pending.Dequeue();
                if (peer is null)
                {
                    return Outcome.Failed;
                }

                IReadOnlyList<ImportResult> results = await chain.ImportAsync(blocks, cancellationToken);
                network.Metrics.SyncBlocks.Add(results.Count(static r => r.Outcome == ImportOutcome.Imported));
                anyImported |= results.Any(static r => r.IsInChain);
                if (results.Count > 0 && !results[^1].IsInChain)
                {
                    ImportResult failed = results[^1];
                    if (failed.Outcome == ImportOutcome.Invalid)
                    {
                        Log.Invalid(logger, peer.PeerId.ToString(), failed.Reason);
                        network.Blame(peer.PeerId, PeerOffence.Serious, $"an invalid block: {failed.Reason}");
                        return Outcome.Failed;
                    }

                    return failed.Outcome == ImportOutcome.UnknownParent && !anyImported ? Outcome.NeedsEarlier : Outcome.Failed;
                }
            }

            return Outcome.Done;
        }
        finally
        {
            await abort.CancelAsync();
            await ((Task)Task.WhenAll(pending)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<(PeerSession? Peer, IReadOnlyList<SignedBeaconBlock> Blocks)> DownloadAsync(Slot start, ulong count, ulong last, CancellationToken cancellationToken)
    {
        var tried = new HashSet<PeerSession>();
        for (int attempt = 0; attempt < MaxAttempts; attempt++)
        {
            long now = time.GetTimestamp();
            PeerSession? peer = network.GoodSessions()
                .Where(s => s.Status is { } status && status.HeadSlot.Value >= Math.Min(last, start.Value + count - 1) && now >= s.UnusableUntil)
                .OrderBy(tried.Contains).ThenBy(static s => s.ActiveDownloads).FirstOrDefault();
            if (peer is null)
            {
                break;
            }

            tried.Add(peer);
            peer.BeginDownload();
            try
            {
                return (peer, await network.Client.BlocksByRangeAsync(peer.Connection, start, count, cancellationToken));
            }
            catch (RequestFailedException e) when (e.Code == ResultCode.ResourceUnavailable)
            {
                // We asked more than the peer gives in a while.
                await Task.Delay(Pause * (attempt + 1), time, cancellationToken);
            }
            catch (Exception e) when (e is RequestFailedException or ProtocolViolationException or NotSupportedException)
            {
                Log.DownloadFailed(logger, peer.PeerId.ToString(), start.Value, e.Message);
                network.Blame(peer.PeerId, e is ProtocolViolationException ? PeerOffence.Serious : PeerOffence.Slight, e.Message);
            }
            finally
            {
                peer.EndDownload();
            }
        }

        return (null, []);
    }

    private void Avoid(IReadOnlyList<PeerSession> peers)
    {
        long until = time.GetTimestamp() + (long)(PeerPause.TotalSeconds * time.TimestampFrequency);
        foreach (PeerSession peer in peers)
        {
            peer.UnusableUntil = until;
        }
    }

    private sealed record Target(Slot Slot, Ssz.Root Root, IReadOnlyList<PeerSession> Peers, bool Near);

    private static partial class Log
    {
        [LoggerMessage(5301, LogLevel.Information, "Syncing slots {Start} to {Last}", EventName = "SyncStarted")]
        public static partial void Started(ILogger logger, ulong start, ulong last);

        [LoggerMessage(5302, LogLevel.Information, "Sync stands at slot {Head} of {Last}: {Outcome}", EventName = "SyncEnded")]
        public static partial void Ended(ILogger logger, ulong head, ulong last, string outcome);

        [LoggerMessage(5303, LogLevel.Warning, "Peer {PeerId} served an invalid block: {Reason}", EventName = "SyncInvalid")]
        public static partial void Invalid(ILogger logger, string peerId, string reason);

        [LoggerMessage(5304, LogLevel.Debug, "A batch from {PeerId} at slot {Start} failed: {Cause}", EventName = "SyncDownloadFailed")]
        public static partial void DownloadFailed(ILogger logger, string peerId, ulong start, string cause);
    }
}
