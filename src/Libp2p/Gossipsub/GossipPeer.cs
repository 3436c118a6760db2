using System.Threading.Channels;
using Libp2p.Hosting;
using Libp2p.Multiformats;

namespace Libp2p.Gossipsub;

/// <summary>What the router knows of a connected peer. The router's lock holds for everything but the queue.</summary>
internal sealed class GossipPeer(PeerConnection connection, int maxQueuedRpcs, int maxQueuedBytes)
{
    private readonly Channel<byte[]> _queue = Channel.CreateBounded<byte[]>(
        new BoundedChannelOptions(maxQueuedRpcs) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });

    private long _queuedBytes;

    public PeerConnection Connection { get; } = connection;

    public PeerId Id => Connection.PeerId;

    /// <summary>Ends with true when the peer takes part, with false when it is gone.</summary>
    public TaskCompletionSource<bool> Admission { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public bool Admitted => Admission.Task is { IsCompletedSuccessfully: true, Result: true };

    public HashSet<string> Topics { get; } = [];

    public int IHaveMessages { get; set; }

    public int IHaveIdsAsked { get; set; }

    /// <summary>One name of each IWANT, with the time it was sent: the peer said it has the message.</summary>
    public Dictionary<MessageId, long> Promises { get; } = [];

    public ChannelReader<byte[]> Queue => _queue.Reader;

    /// <summary>Queues a frame; false when the peer is too far behind, and the frame is dropped.</summary>
    public bool Send(byte[] frame)
    {
        if (Interlocked.Add(ref _queuedBytes, frame.Length) <= maxQueuedBytes && _queue.Writer.TryWrite(frame))
        {
            return true;
        }

        Interlocked.Add(ref _queuedBytes, -frame.Length);
        return false;
    }

    public void Sent(byte[] frame) => Interlocked.Add(ref _queuedBytes, -frame.Length);

    public void Close()
    {
        Admission.TrySetResult(false);
        _queue.Writer.TryComplete();
    }
}
