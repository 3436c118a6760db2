using System.Buffers;
using System.Collections.Concurrent;
using System.IO.Pipelines;
using System.Threading.Channels;

namespace Libp2p.Muxing;

/// <summary>A connection that carries many streams. Subclasses know the frames.</summary>
/// <remarks>
/// One loop reads frames and never waits for a write; control frames it causes go through a bounded queue with its own writer, data frames
/// are written by whoever sends them, one at a time. So a peer that does not read cannot stop us from reading.
/// </remarks>
public abstract class MuxerSession : IAsyncDisposable
{
    /// <summary>Most payload bytes of a data frame we send: with a header it just fills one noise frame.</summary>
    internal const int MaxFramePayload = 65_519 - 16;

    private readonly IDuplexPipe _transport;
    private readonly Func<MuxedStream, Task> _onInbound;
    private readonly Channel<ControlFrame> _control;
    private readonly SemaphoreSlim _writeLock = new(1, 1);
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource<string> _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ConcurrentDictionary<(bool Outbound, ulong Id), MuxedStream> _streams = new();
    private readonly TimeProvider _time;
    private long _flushStarted;
    private int _inbound;
    private int _outbound;
    private Task _loops = Task.CompletedTask;

    private protected MuxerSession(IDuplexPipe transport, bool dialler, MuxerOptions options, TimeProvider time, Func<MuxedStream, Task> onInbound)
    {
        _transport = transport;
        _onInbound = onInbound;
        _time = time;
        IsDialler = dialler;
        Options = options;
        _control = Channel.CreateBounded<ControlFrame>(new BoundedChannelOptions(options.MaxQueuedControlFrames) { SingleReader = true });
    }

    /// <summary>Ends with the reason when the connection is over.</summary>
    public Task<string> Closed => _closed.Task;

    /// <summary>Open streams.</summary>
    public int StreamCount => _streams.Count;

    /// <summary>Whether we dialled the connection.</summary>
    protected bool IsDialler { get; }

    /// <summary>Bounds in force.</summary>
    protected MuxerOptions Options { get; }

    /// <summary>Clock of keep-alives.</summary>
    private protected TimeProvider Time => _time;

    /// <summary>Starts reading frames.</summary>
    public void Start() => _loops = Task.WhenAll(ReadLoopAsync(), ControlLoopAsync(), WatchAsync(_stop.Token));

    /// <summary>Opens a stream. The other side hears of it with the first bytes written to it.</summary>
    /// <exception cref="IOException">The connection is over or has too many streams.</exception>
    public MuxedStream OpenStream()
    {
        if (Interlocked.Increment(ref _outbound) > Options.MaxOutboundStreams)
        {
            Interlocked.Decrement(ref _outbound);
            throw new IOException($"{Options.MaxOutboundStreams} streams are open on this connection already");
        }

        MuxedStream stream = CreateOutbound();
        _streams[(true, stream.Id)] = stream;
        if (_closed.Task.IsCompleted)
        {
            stream.Reset(_closed.Task.Result, tellPeer: false);
            throw new IOException($"the connection is closed: {_closed.Task.Result}");
        }

        return stream;
    }

    /// <summary>Ends the connection, telling the other side where the protocol has a way to, and waits for the loops.</summary>
    public async ValueTask CloseAsync(string reason)
    {
        if (!_closed.Task.IsCompleted)
        {
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(1), _time);
            try
            {
                if (await _writeLock.WaitAsync(TimeSpan.Zero, CancellationToken.None))
                {
                    try
                    {
                        WriteGoodbye(_transport.Output);
                        await FlushAsync().WaitAsync(limit.Token);
                    }
                    finally
                    {
                        _writeLock.Release();
                    }
                }
            }
            catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException or InvalidOperationException)
            {
                // The goodbye is a courtesy.
            }
        }

        Fail(reason);
        await _loops.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await CloseAsync("closed by us");
        _stop.Dispose();
        GC.SuppressFinalize(this);
    }

    internal async ValueTask SendDataAsync(MuxedStream stream, ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        await _writeLock.WaitAsync(cancellationToken);
        try
        {
            ThrowIfClosed();
            WriteData(_transport.Output, stream, data.Span);

            // Not cancellable: half a frame on the wire would end the connection for every stream. The watch loop bounds it.
            await FlushAsync();
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or InvalidOperationException)
        {
            Fail(e.Message);
            throw new StreamResetException($"stream {stream.Id} {stream.Protocol}: {e.Message}");
        }
        finally
        {
            _writeLock.Release();
        }
    }

    internal void QueueReset(MuxedStream stream)
    {
        if (stream.Announced)
        {
            QueueControl(new ControlFrame(ControlKind.Reset, stream.Id, stream.IsOutbound, 0, stream));
        }
    }

    internal void QueueClose(MuxedStream stream) => QueueControl(new ControlFrame(ControlKind.Close, stream.Id, stream.IsOutbound, 0, stream));

    internal void Forget(MuxedStream stream)
    {
        if (_streams.TryRemove((stream.IsOutbound, stream.Id), out _))
        {
            Interlocked.Decrement(ref stream.IsOutbound ? ref _outbound : ref _inbound);
        }
    }

    /// <summary>The consumer of a stream has taken <paramref name="count"/> bytes.</summary>
    internal abstract void Consumed(MuxedStream stream, long count);

    private protected abstract MuxedStream CreateOutbound();

    /// <summary>Parses whole frames from the start of <paramref name="buffer"/> and moves it past them.</summary>
    /// <returns>What the read loop has to wait for before it reads on; null for nothing.</returns>
    private protected abstract ValueTask ProcessAsync(ref ReadOnlySequence<byte> buffer);

    private protected abstract void WriteData(PipeWriter output, MuxedStream stream, ReadOnlySpan<byte> data);

    private protected abstract void WriteControl(PipeWriter output, ControlFrame frame);

    private protected abstract void WriteGoodbye(PipeWriter output);

    /// <summary>Called now and then; may queue a ping or give the connection up.</summary>
    private protected virtual void KeepAlive()
    {
    }

    private protected bool TryGetStream(bool outbound, ulong id, out MuxedStream? stream) => _streams.TryGetValue((outbound, id), out stream);

    /// <summary>Takes a stream the other side opened; false (and a reset is queued) when it has too many.</summary>
    private protected bool AcceptInbound(MuxedStream stream)
    {
        if (Interlocked.Increment(ref _inbound) > Options.MaxInboundStreams)
        {
            Interlocked.Decrement(ref _inbound);
            QueueControl(new ControlFrame(ControlKind.Reset, stream.Id, false, 0, stream));
            return false;
        }

        _streams[(false, stream.Id)] = stream;
        _ = Task.Run(() => _onInbound(stream));
        return true;
    }

    private protected void QueueControl(ControlFrame frame)
    {
        if (!_control.Writer.TryWrite(frame) && !_closed.Task.IsCompleted)
        {
            Fail("too many control frames are waiting: the other side does not read");
        }
    }

    /// <summary>Ends the connection; the first reason stays.</summary>
    private protected void Fail(string reason)
    {
        if (!_closed.TrySetResult(reason))
        {
            return;
        }

        _stop.Cancel();
        _control.Writer.TryComplete();
        _transport.Input.CancelPendingRead();
        foreach (MuxedStream stream in _streams.Values)
        {
            stream.Reset($"connection closed: {reason}", tellPeer: false);
        }
    }

    private void ThrowIfClosed()
    {
        if (_closed.Task.IsCompleted)
        {
            throw new IOException(_closed.Task.Result);
        }
    }

    private async Task FlushAsync()
    {
        Volatile.Write(ref _flushStarted, _time.GetTimestamp());
        try
        {
            await _transport.Output.FlushAsync(CancellationToken.None);
        }
        finally
        {
            Volatile.Write(ref _flushStarted, 0);
        }
    }

    private async Task ReadLoopAsync()
    {
        string reason = "the other side closed the connection";
        try
        {
            while (!_closed.Task.IsCompleted)
            {
                ReadResult result = await _transport.Input.ReadAsync(CancellationToken.None);
                if (result.IsCanceled)
                {
                    break;
                }

                ReadOnlySequence<byte> buffer = result.Buffer;
                while (true)
                {
                    long before = buffer.Length;
                    await ProcessAsync(ref buffer);
                    if (buffer.Length == before)
                    {
                        break;
                    }
                }

                _transport.Input.AdvanceTo(buffer.Start, buffer.End);
                if (result.IsCompleted)
                {
                    break;
                }
            }
        }
        catch (ProtocolViolationException e)
        {
            reason = e.Message;
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or InvalidOperationException or OperationCanceledException)
        {
            reason = $"the connection broke: {e.Message}";
        }

        Fail(reason);
    }

    private async Task ControlLoopAsync()
    {
        try
        {
            while (await _control.Reader.WaitToReadAsync(CancellationToken.None))
            {
                await _writeLock.WaitAsync(_stop.Token);
                try
                {
                    for (int i = 0; i < 256 && _control.Reader.TryRead(out ControlFrame frame); i++)
                    {
                        WriteControl(_transport.Output, frame);
                    }

                    await FlushAsync();
                }
                finally
                {
                    _writeLock.Release();
                }
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or InvalidOperationException or OperationCanceledException)
        {
            Fail($"the connection broke: {e.Message}");
        }
    }

    private async Task WatchAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Options.KeepAliveInterval, _time);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken))
            {
                long started = Volatile.Read(ref _flushStarted);
                if (started != 0 && _time.GetElapsedTime(started) > Options.KeepAliveTimeout)
                {
                    Fail("a write takes too long: the other side does not read");
                    return;
                }

                KeepAlive();
            }
        }
        catch (OperationCanceledException)
        {
            // The connection ended.
        }
    }
}

/// <summary>What a control frame says.</summary>
internal enum ControlKind : byte
{
    WindowUpdate,
    Close,
    Reset,
    Ping,
    Pong,
    GoAway,
}

/// <summary>A frame without payload that waits to be written.</summary>
internal readonly record struct ControlFrame(ControlKind Kind, ulong StreamId, bool Outbound, uint Value, MuxedStream? Stream);
