using System.Buffers;
using System.IO.Pipelines;
using System.Security.Cryptography;
using Libp2p.Muxing;

namespace Libp2p.Ping;

/// <summary><c>/ipfs/ping/1.0.0</c>: 32 random bytes come back.</summary>
public static class PingProtocol
{
    /// <summary>Protocol ID.</summary>
    public const string ProtocolId = "/ipfs/ping/1.0.0";

    private const int PayloadSize = 32;

    /// <summary>Echoes until the other side closes.</summary>
    internal static async Task HandleAsync(MuxedStream stream, CancellationToken cancellationToken)
    {
        while (true)
        {
            ReadResult result = await stream.Input.ReadAtLeastAsync(PayloadSize, cancellationToken);
            if (result.Buffer.Length < PayloadSize)
            {
                stream.Input.AdvanceTo(result.Buffer.End);
                return;
            }

            ReadOnlySequence<byte> payload = result.Buffer.Slice(0, PayloadSize);
            foreach (ReadOnlyMemory<byte> part in payload)
            {
                stream.Output.Write(part.Span);
            }

            stream.Input.AdvanceTo(payload.End);
            await stream.Output.FlushAsync(cancellationToken);
        }
    }

    /// <summary>Sends one ping and returns the time until its echo.</summary>
    /// <exception cref="ProtocolViolationException">The echo differs.</exception>
    internal static async Task<TimeSpan> PingAsync(MuxedStream stream, TimeProvider time, CancellationToken cancellationToken)
    {
        byte[] payload = RandomNumberGenerator.GetBytes(PayloadSize);
        long start = time.GetTimestamp();
        await stream.Output.WriteAsync(payload, cancellationToken);
        ReadResult result = await stream.Input.ReadAtLeastAsync(PayloadSize, cancellationToken);
        bool same = result.Buffer.Length >= PayloadSize && result.Buffer.Slice(0, PayloadSize).ToArray().AsSpan().SequenceEqual(payload);
        stream.Input.AdvanceTo(result.Buffer.End);
        return same ? time.GetElapsedTime(start) : throw new ProtocolViolationException("ping: the echo differs from what was sent");
    }
}
