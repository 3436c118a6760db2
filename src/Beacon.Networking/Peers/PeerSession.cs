using Beacon.Types;
using Libp2p.Hosting;
using Libp2p.Multiformats;

namespace Beacon.Networking.Peers;

/// <summary>What is known of one connection's peer.</summary>
internal sealed class PeerSession(PeerConnection connection, bool listed)
{
    private Status? _status;
    private Metadata? _metadata;
    private int _active;

    public PeerConnection Connection { get; } = connection;

    public PeerId PeerId => Connection.PeerId;

    /// <summary>Whether the peer is in the operator's own list.</summary>
    public bool IsListed { get; } = listed;

    /// <summary>Ends when the peer gave a good Status.</summary>
    public TaskCompletionSource Welcome { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Whether the peer shares our chain.</summary>
    public bool IsGood => Welcome.Task.IsCompletedSuccessfully;

    /// <summary>Whether the peer only helps others to meet.</summary>
    public bool IsBootnode { get; set; }

    /// <summary>The peer's last Status.</summary>
    public Status? Status
    {
        get => Volatile.Read(ref _status);
        set => Volatile.Write(ref _status, value);
    }

    /// <summary>The peer's metadata.</summary>
    public Metadata? Metadata
    {
        get => Volatile.Read(ref _metadata);
        set => Volatile.Write(ref _metadata, value);
    }

    /// <summary>Downloads from this peer at the moment.</summary>
    public int ActiveDownloads => Volatile.Read(ref _active);

    /// <summary>Timestamp until which sync does not ask this peer.</summary>
    public long UnusableUntil { get; set; }

    public void BeginDownload() => Interlocked.Increment(ref _active);

    public void EndDownload() => Interlocked.Decrement(ref _active);
}
