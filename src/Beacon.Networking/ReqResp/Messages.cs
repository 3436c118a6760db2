using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using Libp2p;
using Libp2p.Multiformats;

namespace Beacon.Networking.ReqResp;

/// <summary>Result codes of response chunks.</summary>
public enum ResultCode : byte
{
    /// <summary>A payload follows.</summary>
    Success = 0,

    /// <summary>The request is malformed or asks for what it may not.</summary>
    InvalidRequest = 1,

    /// <summary>The responder failed.</summary>
    ServerError = 2,

    /// <summary>Not available here, or too much is asked.</summary>
    ResourceUnavailable = 3,
}

/// <summary>A peer answered with an error, or not in time.</summary>
public sealed class RequestFailedException(string message, ResultCode? code = null, Exception? innerException = null) : Exception(message, innerException)
{
    /// <summary>The peer's result code; null when it gave none.</summary>
    public ResultCode? Code { get; } = code;
}

/// <summary>Payloads of requests and response chunks: a length, then snappy frames.</summary>
internal static class Messages
{
    /// <summary>Most bytes of an error message by the specification.</summary>
    internal const int MaxErrorMessage = 256;

    internal static void WritePayload(PipeWriter output, ReadOnlySpan<byte> ssz)
    {
        Varint.Write(output, (ulong)ssz.Length);
        SnappyFrames.Write(output, ssz);
    }

    internal static void WriteChunk(PipeWriter output, ReadOnlySpan<byte> context, ReadOnlySpan<byte> ssz)
    {
        output.Write([(byte)ResultCode.Success]);
        output.Write(context);
        WritePayload(output, ssz);
    }

    internal static void WriteError(PipeWriter output, ResultCode code, string message)
    {
        byte[] text = Encoding.UTF8.GetBytes(message);
        output.Write([(byte)code]);
        WritePayload(output, text.AsSpan(0, Math.Min(text.Length, MaxErrorMessage)));
    }

    internal static async ValueTask<byte[]> ReadPayloadAsync(PipeReader input, int minLength, int maxLength, CancellationToken cancellationToken)
    {
        while (true)
        {
            ReadResult result = await input.ReadAsync(cancellationToken);
            OperationStatus status = Varint.TryRead(result.Buffer, out ulong length, out int consumed);
            if (status == OperationStatus.InvalidData || (status == OperationStatus.Done && (length < (ulong)minLength || length > (ulong)maxLength)))
            {
                throw new ProtocolViolationException($"request/response: a payload of {length} bytes where {minLength} to {maxLength} are possible");
            }

            if (status == OperationStatus.Done)
            {
                input.AdvanceTo(result.Buffer.GetPosition(consumed));
                return length == 0 && minLength == 0 ? [] : await SnappyFrames.ReadAsync(input, (int)length, cancellationToken);
            }

            input.AdvanceTo(result.Buffer.Start, result.Buffer.End);
            if (result.IsCompleted)
            {
                throw new ProtocolViolationException("request/response: the stream ended before a payload");
            }
        }
    }

    /// <summary>Reads the result byte of the next chunk; null at the end of the stream.</summary>
    internal static async ValueTask<ResultCode?> ReadResultAsync(PipeReader input, CancellationToken cancellationToken)
    {
        ReadResult result = await input.ReadAtLeastAsync(1, cancellationToken);
        if (result.Buffer.IsEmpty)
        {
            input.AdvanceTo(result.Buffer.End);
            return null;
        }

        byte code = result.Buffer.FirstSpan[0];
        input.AdvanceTo(result.Buffer.GetPosition(1));
        return (ResultCode)code;
    }

    /// <summary>Reads the four context bytes of protocols of version 2.</summary>
    internal static async ValueTask<byte[]> ReadContextAsync(PipeReader input, CancellationToken cancellationToken)
    {
        ReadResult result = await input.ReadAtLeastAsync(4, cancellationToken);
        if (result.Buffer.Length < 4)
        {
            input.AdvanceTo(result.Buffer.End);
            throw new ProtocolViolationException("request/response: the stream ended within a chunk");
        }

        byte[] context = result.Buffer.Slice(0, 4).ToArray();
        input.AdvanceTo(result.Buffer.GetPosition(4));
        return context;
    }
}
