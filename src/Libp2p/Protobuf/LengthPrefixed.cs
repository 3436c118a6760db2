using System.Buffers;
using System.IO.Pipelines;
using Libp2p.Multiformats;

namespace Libp2p.Protobuf;

/// <summary>Messages with a varint length before them, as libp2p's protobuf protocols send them.</summary>
public static class LengthPrefixed
{
    private const int FirstAllocation = 64 * 1024;

    /// <summary>Reads one message; null at a clean end of the stream.</summary>
    /// <remarks>Bytes are taken as they come, so that a message may be larger than the stream's window, and memory grows with what has come.</remarks>
    /// <exception cref="ProtocolViolationException">Longer than <paramref name="maxLength"/>, or the stream ends within it.</exception>
    public static async ValueTask<byte[]?> ReadAsync(PipeReader input, int maxLength, CancellationToken cancellationToken)
    {
        if (await ReadLengthAsync(input, maxLength, cancellationToken) is not { } length)
        {
            return null;
        }

        byte[] message = new byte[Math.Min(length, FirstAllocation)];
        int filled = 0;
        while (filled < length)
        {
            ReadResult result = await input.ReadAsync(cancellationToken);
            int count = (int)Math.Min(result.Buffer.Length, length - filled);
            if (filled + count > message.Length)
            {
                Array.Resize(ref message, Math.Min(length, Math.Max(message.Length * 2, filled + count)));
            }

            ReadOnlySequence<byte> part = result.Buffer.Slice(0, count);
            part.CopyTo(message.AsSpan(filled));
            filled += count;
            input.AdvanceTo(part.End);
            if (filled < length && (result.IsCompleted || result.IsCanceled))
            {
                throw new ProtocolViolationException("the stream ended within a message");
            }
        }

        return message;
    }

    /// <summary>Writes one message and flushes it.</summary>
    public static async ValueTask WriteAsync(PipeWriter output, ReadOnlyMemory<byte> message, CancellationToken cancellationToken)
    {
        Varint.Write(output, (ulong)message.Length);
        output.Write(message.Span);
        await output.FlushAsync(cancellationToken);
    }

    private static async ValueTask<int?> ReadLengthAsync(PipeReader input, int maxLength, CancellationToken cancellationToken)
    {
        while (true)
        {
            ReadResult result = await input.ReadAsync(cancellationToken);
            OperationStatus status = Varint.TryRead(result.Buffer, out ulong value, out int consumed);
            if (status == OperationStatus.InvalidData || (status == OperationStatus.Done && value > (ulong)maxLength))
            {
                throw new ProtocolViolationException($"a message is longer than {maxLength} bytes");
            }

            if (status == OperationStatus.Done)
            {
                input.AdvanceTo(result.Buffer.GetPosition(consumed));
                return (int)value;
            }

            bool empty = result.Buffer.IsEmpty;
            input.AdvanceTo(result.Buffer.Start, result.Buffer.End);
            if (result.IsCompleted || result.IsCanceled)
            {
                return empty ? null : throw new ProtocolViolationException("the stream ended within a message");
            }
        }
    }
}
