using Libp2p.Hosting;
using Libp2p.Multiformats;

namespace Beacon.Networking.Peers;

/// <summary>Keeps dialling every listed peer that is not connected.</summary>
/// <remarks>Of two nodes that list each other the one with the smaller peer ID dials at once and the other one a little later, so that
/// both rarely dial at the same time; the back-off ends at a few seconds, because a listed peer is expected to come back.</remarks>
internal sealed class Dialler(Libp2pHost host, IPeerSource source, Func<PeerId, bool> isAway, TimeProvider time)
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan FirstBackoff = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LastBackoff = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Deference = TimeSpan.FromMilliseconds(600);
    private readonly Dictionary<PeerId, Target> _targets = [];
    private IReadOnlyDictionary<PeerId, ListedPeer> _listed = new Dictionary<PeerId, ListedPeer>();

    /// <summary>Peers listed at the moment, without ourselves.</summary>
    public IReadOnlyDictionary<PeerId, ListedPeer> Listed => Volatile.Read(ref _listed);

    /// <summary>Reads the list once.</summary>
    public void Refresh()
    {
        IReadOnlyList<ListedPeer> peers = source.GetPeers();
        if (peers.Count == Listed.Count + (peers.Any(p => p.PeerId == host.LocalPeerId) ? 1 : 0) && peers.All(p => p.PeerId == host.LocalPeerId || (Listed.TryGetValue(p.PeerId, out ListedPeer? known) && ReferenceEquals(known, p))))
        {
            return;
        }

        Volatile.Write(ref _listed, peers.Where(p => p.PeerId != host.LocalPeerId).ToDictionary(static p => p.PeerId));
    }

    /// <summary>Runs until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Tick, time);
        do
        {
            Refresh();
            foreach (PeerId gone in _targets.Keys.Where(id => !Listed.ContainsKey(id)).ToList())
            {
                _targets.Remove(gone);
            }

            foreach (ListedPeer peer in Listed.Values)
            {
                Consider(peer, cancellationToken);
            }
        }
        while (await timer.WaitForNextTickAsync(cancellationToken));
    }

    private void Consider(ListedPeer peer, CancellationToken cancellationToken)
    {
        long now = time.GetTimestamp();
        if (!_targets.TryGetValue(peer.PeerId, out Target? target))
        {
            _targets[peer.PeerId] = target = new Target { NotBefore = now + Ticks(DeferenceTo(peer)) };
        }

        if (host.Find(peer.PeerId) is not null)
        {
            target.Failures = 0;
            target.NotBefore = now + Ticks(FirstBackoff + DeferenceTo(peer));
        }
        else if (now >= target.NotBefore && target.Dialling.IsCompleted && !isAway(peer.PeerId))
        {
            target.Dialling = DialAsync(peer, target, cancellationToken);
        }
    }

    private async Task DialAsync(ListedPeer peer, Target target, CancellationToken cancellationToken)
    {
        Multiaddr address = peer.Addresses[target.Failures % peer.Addresses.Count];
        try
        {
            await host.DialAsync(address, cancellationToken);
        }
        catch (Exception e) when (e is IOException or FormatException or OperationCanceledException)
        {
            TimeSpan wait = FirstBackoff * Math.Pow(1.6, Math.Min(target.Failures, 10));
            wait = wait < LastBackoff ? wait : LastBackoff;
            target.Failures++;
            target.NotBefore = time.GetTimestamp() + Ticks(wait * (0.75 + (Random.Shared.NextDouble() / 2)));
        }
    }

    private TimeSpan DeferenceTo(ListedPeer peer) => host.LocalPeerId.CompareTo(peer.PeerId) < 0 || peer.IsBootnode ? TimeSpan.Zero : Deference;

    private long Ticks(TimeSpan span) => (long)(span.TotalSeconds * time.TimestampFrequency);

    private sealed class Target
    {
        public int Failures { get; set; }

        public long NotBefore { get; set; }

        public Task Dialling { get; set; } = Task.CompletedTask;
    }
}
