using System.Buffers;
using System.IO.Pipelines;
using Libp2p.Multiformats;
using Libp2p.Muxing;

namespace Libp2p.Mplex;

/// <summary>mplex 6.7, for peers that speak nothing newer: no windows, so a slow stream pauses its connection and is reset in the end.</summary>
public sealed class MplexSession : MuxerSession
{
    /// <summary>Protocol ID in multistream-select.</summary>
    public const string ProtocolId = "/mplex/6.7.0";

    /// <summary>Longest frame payload accepted, in bytes (the protocol's own limit).</summary>
    internal const int MaxMessage = 1 << 20;

    private readonly PipeOptions _receiveOptions;
    private long _nextId = -1;
    private long _remainingPayload;
    private MuxedStream? _payloadStream;

    /// <summary>Takes over <paramref name="transport"/>; call <see cref="MuxerSession.Start"/> after that.</summary>
    public MplexSession(IDuplexPipe transport, bool dialler, MuxerOptions options, TimeProvider time, Func<MuxedStream, Task> onInbound)
        : base(transport, dialler, options, time, onInbound) => _receiveOptions = new PipeOptions(
            pauseWriterThreshold: options.MplexStreamBuffer,
            resumeWriterThreshold: options.MplexStreamBuffer / 2,
            minimumSegmentSize: 8192,
            useSynchronizationContext: false);

    /// <summary>Flags of frames; the even ones after <see cref="NewStream"/> are by the stream's opener.</summary>
    private enum Flag : byte
    {
        NewStream = 0,
        MessageReceiver = 1,
        MessageInitiator = 2,
        CloseReceiver = 3,
        CloseInitiator = 4,
        ResetReceiver = 5,
        ResetInitiator = 6,
    }

    internal override void Consumed(MuxedStream stream, long count)
    {
        // The pipe's threshold does what windows do elsewhere.
    }

    private protected override MuxedStream CreateOutbound() =>
        new(this, (ulong)Interlocked.Increment(ref _nextId), outbound: true, uint.MaxValue / 2, _receiveOptions) { ReceiveWindowTarget = long.MaxValue };

    private protected override ValueTask ProcessAsync(ref ReadOnlySequence<byte> buffer)
    {
        if (_remainingPayload > 0)
        {
            return TakePayload(ref buffer);
        }

        OperationStatus status = Varint.TryRead(buffer, out ulong head, out int headLength);
        if (status == OperationStatus.NeedMoreData)
        {
            return default;
        }

        ulong length = 0;
        int lengthLength = 0;
        if (status == OperationStatus.Done)
        {
            status = Varint.TryRead(buffer.Slice(headLength), out length, out lengthLength);
            if (status == OperationStatus.NeedMoreData)
            {
                return default;
            }
        }

        var flag = (Flag)(head & 7);
        if (status != OperationStatus.Done || length > MaxMessage || flag > Flag.ResetInitiator)
        {
            throw new ProtocolViolationException("mplex: malformed frame header");
        }

        buffer = buffer.Slice(headLength + lengthLength);
        _remainingPayload = (long)length;
        OnFrame(flag, head >> 3);
        return _remainingPayload > 0 ? TakePayload(ref buffer) : default;
    }

    private protected override void WriteData(PipeWriter output, MuxedStream stream, ReadOnlySpan<byte> data)
    {
        Announce(output, stream);
        WriteHeader(output, stream.Id, stream.IsOutbound ? Flag.MessageInitiator : Flag.MessageReceiver, data.Length);
        output.Write(data);

        // No windows: what was taken is given back.
        stream.AddSendWindow(data.Length);
    }

    private protected override void WriteControl(PipeWriter output, ControlFrame frame)
    {
        switch (frame.Kind)
        {
            case ControlKind.Close:
                Announce(output, frame.Stream!);
                WriteHeader(output, frame.StreamId, frame.Outbound ? Flag.CloseInitiator : Flag.CloseReceiver, 0);
                break;
            case ControlKind.Reset:
                WriteHeader(output, frame.StreamId, frame.Outbound ? Flag.ResetInitiator : Flag.ResetReceiver, 0);
                break;
            default:
                // mplex has no pings, windows or go-away.
                break;
        }
    }

    private protected override void WriteGoodbye(PipeWriter output)
    {
        // mplex has no go-away.
    }

    private static void Announce(PipeWriter output, MuxedStream stream)
    {
        if (stream.TakePendingOpen())
        {
            WriteHeader(output, stream.Id, Flag.NewStream, 0);
        }
    }

    private static void WriteHeader(PipeWriter output, ulong id, Flag flag, int length)
    {
        Varint.Write(output, (id << 3) | (ulong)flag);
        Varint.Write(output, (ulong)length);
    }

    private void OnFrame(Flag flag, ulong id)
    {
        _payloadStream = null;
        if (flag == Flag.NewStream)
        {
            if (TryGetStream(outbound: false, id, out _))
            {
                throw new ProtocolViolationException("mplex: a stream is opened twice");
            }

            // The payload is a name nobody uses.
            AcceptInbound(new MuxedStream(this, id, outbound: false, uint.MaxValue / 2, _receiveOptions) { ReceiveWindowTarget = long.MaxValue });
            return;
        }

        // What the initiator sends concerns streams it opened: inbound ones here.
        bool byInitiator = flag is Flag.MessageInitiator or Flag.CloseInitiator or Flag.ResetInitiator;
        TryGetStream(outbound: !byInitiator, id, out MuxedStream? stream);
        switch (flag)
        {
            case Flag.MessageReceiver or Flag.MessageInitiator:
                _payloadStream = stream;
                break;
            case Flag.CloseReceiver or Flag.CloseInitiator:
                stream?.ReceiveEnd();
                break;
            default:
                stream?.Reset("reset by the other side", tellPeer: false);
                break;
        }
    }

    private ValueTask TakePayload(ref ReadOnlySequence<byte> buffer)
    {
        long count = Math.Min(_remainingPayload, buffer.Length);
        if (count == 0)
        {
            return default;
        }

        MuxedStream? stream = _payloadStream;
        ValueTask<FlushResult> flush = stream?.ReceiveAsync(buffer.Slice(0, count)) ?? default;
        buffer = buffer.Slice(count);
        _remainingPayload -= count;
        return flush.IsCompletedSuccessfully ? default : WaitAsync(flush.AsTask(), stream!);
    }

    private async ValueTask WaitAsync(Task<FlushResult> flush, MuxedStream stream)
    {
        try
        {
            await flush.WaitAsync(Options.MplexStallTimeout, Time);
        }
        catch (TimeoutException)
        {
            stream.Reset("the consumer is too slow", tellPeer: true);
        }
    }
}
