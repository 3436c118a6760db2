using System.Collections.Concurrent;
using Beacon.Chain;
using Beacon.Networking.Peers;
using Beacon.Networking.ReqResp;
using Beacon.Ssz;
using Beacon.Types;
using Libp2p;

namespace Beacon.Networking.Sync;

/// <summary>Fetches blocks by root that others build on or vote for and that we lack.</summary>
internal sealed class ParentFetcher(BeaconChain chain, BeaconNetwork network)
{
    private const int MaxParallel = 8;
    private const int MaxAttempts = 3;
    private readonly ConcurrentDictionary<Root, bool> _active = new();

    /// <summary>Runs until cancelled.</summary>
    public Task RunAsync(CancellationToken cancellationToken) => Parallel.ForEachAsync(
        chain.MissingParents.ReadAllAsync(cancellationToken),
        new ParallelOptions { MaxDegreeOfParallelism = MaxParallel, CancellationToken = cancellationToken },
        async (root, token) =>
        {
            // Range sync brings whole stretches; walking back block by block beside it would only cost.
            if (!network.IsRangeSyncing && !chain.HasBlock(root) && _active.TryAdd(root, true))
            {
                await FetchAsync(root, token);
            }
        });

    private async Task FetchAsync(Root root, CancellationToken cancellationToken)
    {
        try
        {
            PeerSession[] peers = [.. network.GoodSessions()];
            Random.Shared.Shuffle(peers);
            foreach (PeerSession peer in peers.Take(MaxAttempts))
            {
                if (chain.HasBlock(root) || await TryFetchAsync(peer, root, cancellationToken))
                {
                    return;
                }
            }
        }
        finally
        {
            _active.TryRemove(root, out _);
        }
    }

    private async Task<bool> TryFetchAsync(PeerSession peer, Root root, CancellationToken cancellationToken)
    {
        try
        {
            IReadOnlyList<SignedBeaconBlock> blocks = await network.Client.BlocksByRootAsync(peer.Connection, [root], cancellationToken);
            foreach (SignedBeaconBlock block in blocks)
            {
                ImportResult result = await chain.ImportAsync(block, cancellationToken);
                if (result.Outcome == ImportOutcome.Invalid)
                {
                    network.Blame(peer.PeerId, PeerOffence.Notable, $"an invalid block: {result.Reason}");
                }
            }

            return blocks.Count > 0;
        }
        catch (Exception e) when (e is RequestFailedException or ProtocolViolationException or NotSupportedException)
        {
            network.Blame(peer.PeerId, e is ProtocolViolationException ? PeerOffence.Serious : PeerOffence.Slight, e.Message);
            return false;
        }
    }
}
