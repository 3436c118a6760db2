using System.Buffers;
using System.IO.Pipelines;

namespace Libp2p.Muxing;

/// <summary>One stream of a multiplexed connection.</summary>
/// <remarks>
/// Completing <see cref="Output"/> closes our direction; resetting or disposing before both directions ended resets the stream.
/// Back-pressure: <see cref="PipeWriter.FlushAsync"/> waits for the other side's window and for the socket.
/// </remarks>
public sealed class MuxedStream : IDuplexPipe, IAsyncDisposable
{
    private readonly MuxerSession _session;
    private readonly Pipe _received;
    private readonly Lock _lock = new();
    private readonly StreamReader _reader;
    private readonly StreamWriter _writer;
    private TaskCompletionSource? _windowOpened;
    private long _sendWindow;
    private int _pendingOpen;
    private int _pendingAck;
    private bool _localClosed;
    private bool _remoteClosed;
    private bool _readerDone;
    private bool _removed;
    private string? _resetReason;

    internal MuxedStream(MuxerSession session, ulong id, bool outbound, long sendWindow, PipeOptions receiveOptions)
    {
        _session = session;
        Id = id;
        IsOutbound = outbound;
        _sendWindow = sendWindow;
        _pendingOpen = outbound ? 1 : 0;
        _pendingAck = outbound ? 0 : 1;
        _received = new Pipe(receiveOptions);
        _reader = new StreamReader(this, _received.Reader);
        _writer = new StreamWriter(this);
    }

    /// <summary>Number on the connection.</summary>
    public ulong Id { get; }

    /// <summary>True when we opened it.</summary>
    public bool IsOutbound { get; }

    /// <summary>The protocol agreed on; empty before that.</summary>
    public string Protocol { get; internal set; } = "";

    /// <inheritdoc/>
    public PipeReader Input => _reader;

    /// <inheritdoc/>
    public PipeWriter Output => _writer;

    /// <summary>Bytes the other side may still send (yamux).</summary>
    internal long ReceiveWindow { get; set; }

    /// <summary>Bytes read by the consumer and not yet given back to the other side's window (yamux).</summary>
    internal long ConsumedUnacknowledged { get; set; }

    /// <summary>Size the receive window is kept at (yamux).</summary>
    internal long ReceiveWindowTarget { get; set; }

    /// <summary>Ends both directions at once.</summary>
    public void Reset() => Reset("reset by us", tellPeer: true);

    /// <summary>Ends the stream: quietly when both directions are done, by a reset otherwise.</summary>
    public async ValueTask DisposeAsync()
    {
        await _writer.CompleteAsync();
        await _reader.CompleteAsync();
    }

    internal void Reset(string reason, bool tellPeer)
    {
        TaskCompletionSource? waiter;
        lock (_lock)
        {
            if (_resetReason is not null || _removed)
            {
                return;
            }

            _resetReason = reason;
            waiter = _windowOpened;
            _received.Writer.Complete(new StreamResetException($"stream {Id} {Protocol}: {reason}"));
        }

        if (tellPeer)
        {
            _session.QueueReset(this);
        }

        waiter?.TrySetResult();
        Remove();
    }

    /// <summary>Takes the mark that this stream has still to be announced; true once.</summary>
    internal bool TakePendingOpen() => Interlocked.Exchange(ref _pendingOpen, 0) == 1;

    /// <summary>Takes the mark that this stream has still to be acknowledged; true once.</summary>
    internal bool TakePendingAck() => Interlocked.Exchange(ref _pendingAck, 0) == 1;

    /// <summary>Whether the other side has heard of this stream.</summary>
    internal bool Announced => Volatile.Read(ref _pendingOpen) == 0;

    internal void AddSendWindow(long delta)
    {
        TaskCompletionSource? waiter;
        lock (_lock)
        {
            _sendWindow += delta;
            if (_sendWindow > uint.MaxValue)
            {
                throw new ProtocolViolationException("yamux: a stream's window overflows");
            }

            waiter = _windowOpened;
            _windowOpened = null;
        }

        waiter?.TrySetResult();
    }

    /// <summary>Hands received bytes to the consumer. The result tells whether the consumer's buffer is full (mplex).</summary>
    internal ValueTask<FlushResult> ReceiveAsync(in ReadOnlySequence<byte> data)
    {
        lock (_lock)
        {
            if (_resetReason is not null || _readerDone)
            {
                return default;
            }

            if (_remoteClosed)
            {
                throw new ProtocolViolationException("data on a stream after its end");
            }

            foreach (ReadOnlyMemory<byte> part in data)
            {
                _received.Writer.Write(part.Span);
            }

            return _received.Writer.FlushAsync();
        }
    }

    internal void ReceiveEnd()
    {
        lock (_lock)
        {
            if (_remoteClosed || _resetReason is not null)
            {
                return;
            }

            _remoteClosed = true;
            _received.Writer.Complete();
        }

        RemoveIfDone();
    }

    private async ValueTask<int> AcquireSendWindowAsync(int wanted, CancellationToken cancellationToken)
    {
        while (true)
        {
            TaskCompletionSource waiter;
            lock (_lock)
            {
                ThrowIfUnusable();
                if (_sendWindow > 0)
                {
                    int granted = (int)Math.Min(wanted, _sendWindow);
                    _sendWindow -= granted;
                    return granted;
                }

                waiter = _windowOpened ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }

            await waiter.Task.WaitAsync(cancellationToken);
        }
    }

    private void ThrowIfUnusable()
    {
        if (_resetReason is not null)
        {
            throw new StreamResetException($"stream {Id} {Protocol}: {_resetReason}");
        }

        if (_localClosed)
        {
            throw new InvalidOperationException("the stream's output is completed");
        }
    }

    private async ValueTask SendAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        while (!data.IsEmpty)
        {
            int count = await AcquireSendWindowAsync(Math.Min(data.Length, MuxerSession.MaxFramePayload), cancellationToken);
            await _session.SendDataAsync(this, data[..count], cancellationToken);
            data = data[count..];
        }
    }

    private void CloseLocal()
    {
        lock (_lock)
        {
            if (_localClosed || _resetReason is not null)
            {
                return;
            }

            _localClosed = true;
        }

        _session.QueueClose(this);
        RemoveIfDone();
    }

    private void ReaderCompleted()
    {
        bool unfinished;
        lock (_lock)
        {
            if (_readerDone)
            {
                return;
            }

            _readerDone = true;
            unfinished = !_remoteClosed && _resetReason is null;
        }

        if (unfinished && _localClosed)
        {
            // Nobody will read what may still come: tell the other side to stop.
            Reset("abandoned", tellPeer: true);
        }
        else
        {
            RemoveIfDone();
        }
    }

    private void RemoveIfDone()
    {
        bool done;
        lock (_lock)
        {
            done = _localClosed && _remoteClosed;
        }

        if (done)
        {
            Remove();
        }
    }

    private void Remove()
    {
        lock (_lock)
        {
            if (_removed)
            {
                return;
            }

            _removed = true;
        }

        _session.Forget(this);
    }

    /// <summary>The consumer's end; counts what was consumed so that the window moves on.</summary>
    private sealed class StreamReader(MuxedStream stream, PipeReader inner) : PipeReader
    {
        private ReadOnlySequence<byte> _buffer;

        public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

        public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
        {
            long count = _buffer.IsEmpty ? 0 : _buffer.Slice(0, consumed).Length;
            _buffer = default;
            inner.AdvanceTo(consumed, examined);
            if (count > 0)
            {
                stream._session.Consumed(stream, count);
            }
        }

        public override void CancelPendingRead() => inner.CancelPendingRead();

        public override void Complete(Exception? exception = null)
        {
            inner.Complete(exception);
            stream.ReaderCompleted();
        }

        public override async ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
        {
            ReadResult result = await inner.ReadAsync(cancellationToken);
            _buffer = result.Buffer;
            return result;
        }

        public override bool TryRead(out ReadResult result)
        {
            bool read = inner.TryRead(out result);
            if (read)
            {
                _buffer = result.Buffer;
            }

            return read;
        }
    }

    /// <summary>The producer's end; gathers bytes until they are flushed as frames.</summary>
    private sealed class StreamWriter(MuxedStream stream) : PipeWriter
    {
        private const int InitialSize = 4096;
        private byte[]? _buffer;
        private int _length;

        public override bool CanGetUnflushedBytes => true;

        public override long UnflushedBytes => _length;

        public override void Advance(int bytes) => _length += bytes;

        public override void CancelPendingFlush()
        {
        }

        public override void Complete(Exception? exception = null)
        {
            Return();
            if (exception is null)
            {
                stream.CloseLocal();
            }
            else
            {
                stream.Reset(exception.Message, tellPeer: true);
            }
        }

        public override async ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
        {
            int length = _length;
            if (length > 0)
            {
                await stream.SendAsync(_buffer.AsMemory(0, length), cancellationToken);
                Return();
            }

            return new FlushResult(isCanceled: false, isCompleted: false);
        }

        /// <summary>Large writes go to the connection without being gathered first.</summary>
        public override async ValueTask<FlushResult> WriteAsync(ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default)
        {
            await FlushAsync(cancellationToken);
            await stream.SendAsync(source, cancellationToken);
            return new FlushResult(isCanceled: false, isCompleted: false);
        }

        public override Memory<byte> GetMemory(int sizeHint = 0)
        {
            Grow(Math.Max(sizeHint, 1));
            return _buffer.AsMemory(_length);
        }

        public override Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

        private void Grow(int needed)
        {
            if (_buffer is not null && _buffer.Length - _length >= needed)
            {
                return;
            }

            byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Max(InitialSize, Math.Max(_length * 2, _length + needed)));
            if (_buffer is not null)
            {
                _buffer.AsSpan(0, _length).CopyTo(larger);
                ArrayPool<byte>.Shared.Return(_buffer);
            }

            _buffer = larger;
        }

        private void Return()
        {
            byte[]? buffer = _buffer;
            _buffer = null;
            _length = 0;
            if (buffer is not null)
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }
    }
}
