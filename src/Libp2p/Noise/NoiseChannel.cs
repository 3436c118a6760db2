using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using Libp2p.Crypto;

namespace Libp2p.Noise;

/// <summary>An authenticated, encrypted channel over a connection.</summary>
/// <remarks>One reader and one writer at a time. Frames carry at most 65,519 bytes of plaintext.</remarks>
public sealed class NoiseChannel : IDuplexPipe, IDisposable
{
    private const int ReadBuffer = 64 * 1024;
    private readonly CipherState _send;
    private readonly CipherState _receive;

    internal NoiseChannel(IDuplexPipe pipe, CipherState send, CipherState receive, PublicKey remoteKey)
    {
        _send = send;
        _receive = receive;
        RemoteKey = remoteKey;
        var stream = new NoiseStream(pipe, send, receive);
        Input = PipeReader.Create(stream, new StreamPipeReaderOptions(bufferSize: ReadBuffer, minimumReadSize: 8192, useZeroByteReads: true));
        Output = PipeWriter.Create(stream, new StreamPipeWriterOptions(minimumBufferSize: NoiseStream.MaxPlaintext));
    }

    /// <summary>Verified public key of the other side.</summary>
    public PublicKey RemoteKey { get; }

    /// <inheritdoc/>
    public PipeReader Input { get; }

    /// <inheritdoc/>
    public PipeWriter Output { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        _send.Dispose();
        _receive.Dispose();
    }
}

/// <summary>Frames of an established channel as a byte stream.</summary>
internal sealed class NoiseStream(IDuplexPipe pipe, CipherState send, CipherState receive) : Stream
{
    /// <summary>Most plaintext bytes in one frame.</summary>
    internal const int MaxPlaintext = ushort.MaxValue - CipherState.TagSize;

    private byte[]? _left;
    private int _leftStart;
    private int _leftEnd;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (_leftEnd == _leftStart)
        {
            // Only a whole frame can be opened; the reader holds what has come of it until then.
            ReadResult result = await pipe.Input.ReadAtLeastAsync(2, cancellationToken);
            int frame = result.Buffer.Length >= 2 ? 2 + NoiseHandshake.ReadLength(result.Buffer) : int.MaxValue;
            if (result.Buffer.Length < frame && frame != int.MaxValue && !result.IsCompleted)
            {
                pipe.Input.AdvanceTo(result.Buffer.Start);
                result = await pipe.Input.ReadAtLeastAsync(frame, cancellationToken);
            }

            if (result.Buffer.Length < frame)
            {
                bool clean = result.Buffer.IsEmpty;
                pipe.Input.AdvanceTo(result.Buffer.End);
                return clean ? 0 : throw new ProtocolViolationException("noise: the connection ended within a frame");
            }

            if (buffer.IsEmpty)
            {
                pipe.Input.AdvanceTo(result.Buffer.Start);
                return 0;
            }

            ReadOnlySequence<byte> ciphertext = result.Buffer.Slice(2, frame - 2);
            int length = frame - 2 - CipherState.TagSize;
            if (length < 0)
            {
                throw new ProtocolViolationException("noise: a frame is shorter than its tag");
            }

            bool direct = length <= buffer.Length;
            if (!direct)
            {
                _left ??= ArrayPool<byte>.Shared.Rent(MaxPlaintext);
            }

            Open(ciphertext, direct ? buffer.Span : _left);
            pipe.Input.AdvanceTo(ciphertext.End);
            if (direct && length > 0)
            {
                return length;
            }

            _leftStart = 0;
            _leftEnd = direct ? 0 : length;
        }

        int count = Math.Min(buffer.Length, _leftEnd - _leftStart);
        _left.AsSpan(_leftStart, count).CopyTo(buffer.Span);
        _leftStart += count;
        if (_leftStart == _leftEnd && count > 0)
        {
            ArrayPool<byte>.Shared.Return(_left!);
            _left = null;
            _leftStart = _leftEnd = 0;
        }

        return count;
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        ReadOnlySpan<byte> rest = buffer.Span;
        while (!rest.IsEmpty)
        {
            ReadOnlySpan<byte> chunk = rest[..Math.Min(rest.Length, MaxPlaintext)];
            int frame = chunk.Length + CipherState.TagSize;
            Span<byte> span = pipe.Output.GetSpan(2 + frame);
            BinaryPrimitives.WriteUInt16BigEndian(span, (ushort)frame);
            send.Encrypt(chunk, span.Slice(2, frame));
            pipe.Output.Advance(2 + frame);
            rest = rest[chunk.Length..];
        }

        return ValueTask.CompletedTask;
    }

    public override async Task FlushAsync(CancellationToken cancellationToken) => await pipe.Output.FlushAsync(cancellationToken);

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Flush() => throw new NotSupportedException("asynchronous only");

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("asynchronous only");

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException("asynchronous only");

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    private void Open(in ReadOnlySequence<byte> ciphertext, Span<byte> destination)
    {
        if (ciphertext.IsSingleSegment)
        {
            receive.Decrypt(ciphertext.FirstSpan, destination);
            return;
        }

        int length = (int)ciphertext.Length;
        byte[] whole = ArrayPool<byte>.Shared.Rent(length);
        ciphertext.CopyTo(whole);
        try
        {
            receive.Decrypt(whole.AsSpan(0, length), destination);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(whole);
        }
    }
}
