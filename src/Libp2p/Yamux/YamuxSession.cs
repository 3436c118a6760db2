using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using Libp2p.Muxing;

namespace Libp2p.Yamux;

/// <summary>Types of yamux frames.</summary>
internal enum YamuxType : byte
{
    Data = 0,
    WindowUpdate = 1,
    Ping = 2,
    GoAway = 3,
}

/// <summary>Flags of yamux frames.</summary>
[Flags]
internal enum YamuxFlags : ushort
{
    None = 0,
    Syn = 1,
    Ack = 2,
    Fin = 4,
    Rst = 8,
}

/// <summary>Header of a yamux frame, 12 bytes on the wire.</summary>
internal readonly record struct YamuxHeader(YamuxType Type, YamuxFlags Flags, uint StreamId, uint Length)
{
    internal const int Size = 12;

    /// <summary>Reads a header.</summary>
    /// <exception cref="ProtocolViolationException">Unknown version, type or flags.</exception>
    internal static YamuxHeader Read(ReadOnlySpan<byte> source)
    {
        var header = new YamuxHeader(
            (YamuxType)source[1],
            (YamuxFlags)BinaryPrimitives.ReadUInt16BigEndian(source[2..]),
            BinaryPrimitives.ReadUInt32BigEndian(source[4..]),
            BinaryPrimitives.ReadUInt32BigEndian(source[8..]));
        if (source[0] != 0 || header.Type > YamuxType.GoAway || (ushort)header.Flags > 15)
        {
            throw new ProtocolViolationException("yamux: malformed frame header");
        }

        return header;
    }

    internal void Write(Span<byte> destination)
    {
        destination[0] = 0;
        destination[1] = (byte)Type;
        BinaryPrimitives.WriteUInt16BigEndian(destination[2..], (ushort)Flags);
        BinaryPrimitives.WriteUInt32BigEndian(destination[4..], StreamId);
        BinaryPrimitives.WriteUInt32BigEndian(destination[8..], Length);
    }
}

/// <summary>yamux 1.0: streams with windows, keep-alive by pings, go-away.</summary>
public sealed class YamuxSession : MuxerSession
{
    /// <summary>Protocol ID in multistream-select.</summary>
    public const string ProtocolId = "/yamux/1.0.0";

    /// <summary>Window every stream begins with, in bytes.</summary>
    internal const uint InitialWindow = 256 * 1024;

    private static readonly PipeOptions ReceiveOptions = new(
        pauseWriterThreshold: 0, resumeWriterThreshold: 0, minimumSegmentSize: 8192, useSynchronizationContext: false);

    private readonly Lock _windowLock = new();
    private uint _nextId;
    private uint _lastInbound;
    private uint _remainingPayload;
    private MuxedStream? _payloadStream;
    private bool _payloadFin;
    private uint _pingValue;
    private long _pingSent;

    /// <summary>Takes over <paramref name="transport"/>; call <see cref="MuxerSession.Start"/> after that.</summary>
    public YamuxSession(IDuplexPipe transport, bool dialler, MuxerOptions options, TimeProvider time, Func<MuxedStream, Task> onInbound)
        : base(transport, dialler, options, time, onInbound) => _nextId = dialler ? 1u : 2u;

    internal override void Consumed(MuxedStream stream, long count)
    {
        uint delta = 0;
        lock (_windowLock)
        {
            stream.ConsumedUnacknowledged += count;
            if (stream.ConsumedUnacknowledged * 2 >= stream.ReceiveWindowTarget)
            {
                // A stream that moves this much deserves a larger window; small ones never cost more than the initial one.
                delta = (uint)(stream.ConsumedUnacknowledged + Math.Max(0, Options.MaxStreamWindow - stream.ReceiveWindowTarget));
                stream.ReceiveWindowTarget = Math.Max(stream.ReceiveWindowTarget, Options.MaxStreamWindow);
                stream.ReceiveWindow += delta;
                stream.ConsumedUnacknowledged = 0;
            }
        }

        if (delta > 0)
        {
            QueueControl(new ControlFrame(ControlKind.WindowUpdate, stream.Id, stream.IsOutbound, delta, stream));
        }
    }

    private protected override MuxedStream CreateOutbound()
    {
        uint id = Interlocked.Add(ref _nextId, 2) - 2;
        return NewStream(id, outbound: true);
    }

    private protected override ValueTask ProcessAsync(ref ReadOnlySequence<byte> buffer)
    {
        if (_remainingPayload > 0)
        {
            TakePayload(ref buffer);
            return default;
        }

        if (buffer.Length < YamuxHeader.Size)
        {
            return default;
        }

        Span<byte> raw = stackalloc byte[YamuxHeader.Size];
        buffer.Slice(0, YamuxHeader.Size).CopyTo(raw);
        var header = YamuxHeader.Read(raw);
        buffer = buffer.Slice(YamuxHeader.Size);
        switch (header.Type)
        {
            case YamuxType.Data:
            case YamuxType.WindowUpdate:
                OnStreamFrame(header);
                if (_remainingPayload > 0)
                {
                    TakePayload(ref buffer);
                }

                break;
            case YamuxType.Ping:
                OnPing(header);
                break;
            default:
                throw new ProtocolViolationException(header.Length == 0 ? "the other side said goodbye" : $"the other side went away with code {header.Length}");
        }

        return default;
    }

    private protected override void WriteData(PipeWriter output, MuxedStream stream, ReadOnlySpan<byte> data)
    {
        new YamuxHeader(YamuxType.Data, PendingFlags(stream), (uint)stream.Id, (uint)data.Length).Write(output.GetSpan(YamuxHeader.Size));
        output.Advance(YamuxHeader.Size);
        output.Write(data);
    }

    private protected override void WriteControl(PipeWriter output, ControlFrame frame)
    {
        YamuxFlags pending = frame.Stream is null || frame.Kind == ControlKind.Reset ? YamuxFlags.None : PendingFlags(frame.Stream);
        YamuxHeader header = frame.Kind switch
        {
            ControlKind.WindowUpdate => new(YamuxType.WindowUpdate, pending, (uint)frame.StreamId, frame.Value),
            ControlKind.Close => new(YamuxType.WindowUpdate, pending | YamuxFlags.Fin, (uint)frame.StreamId, 0),
            ControlKind.Reset => new(YamuxType.WindowUpdate, YamuxFlags.Rst, (uint)frame.StreamId, 0),
            ControlKind.Ping => new(YamuxType.Ping, YamuxFlags.Syn, 0, frame.Value),
            ControlKind.Pong => new(YamuxType.Ping, YamuxFlags.Ack, 0, frame.Value),
            _ => new(YamuxType.GoAway, YamuxFlags.None, 0, frame.Value),
        };
        header.Write(output.GetSpan(YamuxHeader.Size));
        output.Advance(YamuxHeader.Size);
    }

    private protected override void WriteGoodbye(PipeWriter output) => WriteControl(output, new ControlFrame(ControlKind.GoAway, 0, false, 0, null));

    private protected override void KeepAlive()
    {
        long sent = Volatile.Read(ref _pingSent);
        if (sent == 0)
        {
            Volatile.Write(ref _pingSent, Time.GetTimestamp());
            QueueControl(new ControlFrame(ControlKind.Ping, 0, false, ++_pingValue, null));
        }
        else if (Time.GetElapsedTime(sent) > Options.KeepAliveTimeout)
        {
            Fail("the other side does not answer pings");
        }
    }

    private static YamuxFlags PendingFlags(MuxedStream stream) =>
        (stream.TakePendingOpen() ? YamuxFlags.Syn : YamuxFlags.None) | (stream.TakePendingAck() ? YamuxFlags.Ack : YamuxFlags.None);

    private MuxedStream NewStream(uint id, bool outbound) =>
        new(this, id, outbound, InitialWindow, ReceiveOptions) { ReceiveWindow = InitialWindow, ReceiveWindowTarget = InitialWindow };

    private void OnPing(YamuxHeader header)
    {
        if (header.Flags.HasFlag(YamuxFlags.Syn))
        {
            QueueControl(new ControlFrame(ControlKind.Pong, 0, false, header.Length, null));
        }
        else
        {
            Volatile.Write(ref _pingSent, 0);
        }
    }

    private void OnStreamFrame(YamuxHeader header)
    {
        if (header.StreamId == 0)
        {
            throw new ProtocolViolationException("yamux: a data or window frame for stream 0");
        }

        bool outbound = header.StreamId % 2 == (IsDialler ? 1u : 0u);
        MuxedStream? stream;
        if (header.Flags.HasFlag(YamuxFlags.Syn))
        {
            stream = OnSyn(header, outbound);
        }
        else if (!TryGetStream(outbound, header.StreamId, out stream) && !WasKnown(header.StreamId, outbound))
        {
            throw new ProtocolViolationException("yamux: a frame for a stream that was never opened");
        }

        bool fin = header.Flags.HasFlag(YamuxFlags.Fin);
        if (header.Type == YamuxType.Data && header.Length > 0)
        {
            // Of a stream that is over here the payload is still to be skipped.
            ChargeWindow(stream, header.Length);
            _remainingPayload = header.Length;
            _payloadStream = stream;
            _payloadFin = fin;
            fin = false;
        }
        else if (header.Type == YamuxType.WindowUpdate)
        {
            stream?.AddSendWindow(header.Length);
        }

        if (header.Flags.HasFlag(YamuxFlags.Rst))
        {
            stream?.Reset("reset by the other side", tellPeer: false);
        }
        else if (fin)
        {
            stream?.ReceiveEnd();
        }
    }

    private MuxedStream? OnSyn(YamuxHeader header, bool outbound)
    {
        // Not necessarily in order: a peer may number streams when it opens them and announce them when it first writes.
        if (outbound || TryGetStream(outbound: false, header.StreamId, out _))
        {
            throw new ProtocolViolationException("yamux: a stream is opened with a number that is in use or ours");
        }

        _lastInbound = Math.Max(_lastInbound, header.StreamId);
        MuxedStream stream = NewStream(header.StreamId, outbound: false);
        if (!AcceptInbound(stream))
        {
            return null;
        }

        QueueControl(new ControlFrame(ControlKind.WindowUpdate, stream.Id, false, 0, stream));
        return stream;
    }

    private bool WasKnown(uint id, bool outbound) => outbound ? id < Volatile.Read(ref _nextId) : id <= _lastInbound;

    private void ChargeWindow(MuxedStream? stream, uint length)
    {
        if (stream is null)
        {
            if (length > Options.MaxStreamWindow)
            {
                throw new ProtocolViolationException("yamux: more data than any window permits");
            }

            return;
        }

        lock (_windowLock)
        {
            stream.ReceiveWindow -= length;
            if (stream.ReceiveWindow < 0)
            {
                throw new ProtocolViolationException("yamux: more data than the stream's window permits");
            }
        }
    }

    private void TakePayload(ref ReadOnlySequence<byte> buffer)
    {
        long count = Math.Min(_remainingPayload, buffer.Length);
        if (count > 0)
        {
            // The pipe has no threshold of its own (the window is the bound), so this never waits.
            ValueTask<FlushResult> flush = _payloadStream?.ReceiveAsync(buffer.Slice(0, count)) ?? default;
            _ = flush.IsCompleted ? flush.GetAwaiter().GetResult() : default;
            buffer = buffer.Slice(count);
            _remainingPayload -= (uint)count;
        }

        if (_remainingPayload == 0)
        {
            MuxedStream? stream = _payloadStream;
            _payloadStream = null;
            if (_payloadFin)
            {
                stream?.ReceiveEnd();
            }
        }
    }
}
