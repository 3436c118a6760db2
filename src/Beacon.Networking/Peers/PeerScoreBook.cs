using Libp2p.Multiformats;

namespace Beacon.Networking.Peers;

/// <summary>What a peer did that costs it score.</summary>
public enum PeerOffence
{
    /// <summary>A small thing that happens to honest peers too, such as a timeout.</summary>
    Slight,

    /// <summary>Something honest peers do rarely.</summary>
    Notable,

    /// <summary>An invalid message or answer.</summary>
    Serious,

    /// <summary>Something only a peer that means harm does.</summary>
    Fatal,
}

/// <summary>Scores of peers that halve every ten minutes: below −20 a peer is disconnected, below −50 it is banned.</summary>
/// <remarks>Thread-safe. Listed peers are never banned; they may return after at most a minute, with a score that lets them stay.</remarks>
public sealed class PeerScoreBook(TimeProvider time, Func<PeerId, bool> isListed)
{
    /// <summary>Score at which a peer is disconnected.</summary>
    public const double DisconnectAt = -20;

    /// <summary>Score at which a peer is banned.</summary>
    public const double BanAt = -50;

    private const double ReturnAt = -10;
    private const int MaxEntries = 4096;
    private static readonly TimeSpan HalfLife = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan ListedAbsence = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan BanTime = TimeSpan.FromHours(12);
    private static readonly TimeSpan Absence = TimeSpan.FromMinutes(10);
    private readonly Lock _lock = new();
    private readonly Dictionary<PeerId, Entry> _entries = [];

    /// <summary>Present score; 0 for peers without offences.</summary>
    public double Score(PeerId peer)
    {
        lock (_lock)
        {
            return _entries.TryGetValue(peer, out Entry? entry) ? Decayed(entry) : 0;
        }
    }

    /// <summary>Records an offence; true when the peer is to be disconnected now.</summary>
    public bool Record(PeerId peer, PeerOffence offence)
    {
        double cost = offence switch { PeerOffence.Slight => 1, PeerOffence.Notable => 5, PeerOffence.Serious => 10, _ => 100 };
        lock (_lock)
        {
            Entry entry = GetOrAdd(peer);
            entry.Score = Decayed(entry) - cost;
            entry.At = time.GetTimestamp();
            if (entry.Score > DisconnectAt)
            {
                return false;
            }

            bool listed = isListed(peer);
            entry.AwayUntil = Later(listed ? ListedAbsence : entry.Score <= BanAt ? BanTime : Absence);
            if (listed)
            {
                entry.Score = ReturnAt;
            }

            return true;
        }
    }

    /// <summary>Keeps a peer away for a time, whatever its score.</summary>
    public void KeepAway(PeerId peer, TimeSpan duration)
    {
        lock (_lock)
        {
            Entry entry = GetOrAdd(peer);
            entry.AwayUntil = Math.Max(entry.AwayUntil, Later(duration));
        }
    }

    /// <summary>Whether a peer is to stay away for now.</summary>
    public bool IsAway(PeerId peer)
    {
        lock (_lock)
        {
            return _entries.TryGetValue(peer, out Entry? entry) && time.GetTimestamp() < entry.AwayUntil;
        }
    }

    private Entry GetOrAdd(PeerId peer)
    {
        if (_entries.TryGetValue(peer, out Entry? entry))
        {
            return entry;
        }

        if (_entries.Count >= MaxEntries)
        {
            // Peers that are away are kept before others, then those that offended last.
            long now = time.GetTimestamp();
            _entries.Remove(_entries.MinBy(e => (e.Value.AwayUntil > now, e.Value.At)).Key);
        }

        return _entries[peer] = new Entry { At = time.GetTimestamp() };
    }

    private double Decayed(Entry entry) => entry.Score * Math.Pow(0.5, time.GetElapsedTime(entry.At) / HalfLife);

    private long Later(TimeSpan duration) => time.GetTimestamp() + (long)(duration.TotalSeconds * time.TimestampFrequency);

    private sealed class Entry
    {
        public double Score { get; set; }

        public long At { get; set; }

        public long AwayUntil { get; set; }
    }
}
