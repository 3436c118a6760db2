using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using System.Numerics;
using Libp2p;
using Snappier;

namespace Beacon.Networking.ReqResp;

/// <summary>snappy's frame format with masked CRC-32C, as requests and responses carry it.</summary>
public static class SnappyFrames
{
    private const int MaxBlock = 65_536;
    private const int MaxChunk = 4 + 32 + MaxBlock + (MaxBlock / 6);
    private const byte CompressedChunk = 0x00;
    private const byte PlainChunk = 0x01;
    private const byte FirstSkippable = 0x80;
    private const byte StreamIdentifier = 0xff;
    private const int MaxSkipped = 8;

    private static ReadOnlySpan<byte> Header => [StreamIdentifier, 6, 0, 0, (byte)'s', (byte)'N', (byte)'a', (byte)'P', (byte)'p', (byte)'Y'];

    /// <summary>Writes <paramref name="data"/> as one stream of frames.</summary>
    public static void Write(IBufferWriter<byte> output, ReadOnlySpan<byte> data)
    {
        output.Write(Header);
        while (!data.IsEmpty)
        {
            ReadOnlySpan<byte> block = data[..Math.Min(data.Length, MaxBlock)];
            data = data[block.Length..];
            Span<byte> span = output.GetSpan(8 + Snappy.GetMaxCompressedLength(block.Length));
            int length = Snappy.Compress(block, span[8..]);
            bool compressed = length < block.Length;
            if (!compressed)
            {
                block.CopyTo(span[8..]);
                length = block.Length;
            }

            WriteLength(span, compressed ? CompressedChunk : PlainChunk, length + 4);
            BinaryPrimitives.WriteUInt32LittleEndian(span[4..], Checksum(block));
            output.Advance(8 + length);
        }
    }

    /// <summary>Reads frames until <paramref name="length"/> bytes are there.</summary>
    /// <exception cref="ProtocolViolationException">Malformed, or more bytes than announced.</exception>
    public static async ValueTask<byte[]> ReadAsync(PipeReader input, int length, CancellationToken cancellationToken)
    {
        // The announced length was checked against the type's bounds; memory still grows only with what comes.
        var data = new ArrayBufferWriter<byte>(Math.Clamp(length, 1, MaxBlock));
        bool identified = false;
        int skipped = 0;
        while (data.WrittenCount < length || !identified)
        {
            ReadResult head = await input.ReadAtLeastAsync(4, cancellationToken);
            if (head.Buffer.Length < 4)
            {
                input.AdvanceTo(head.Buffer.End);
                throw new ProtocolViolationException("snappy: the stream ended before the announced length");
            }

            (byte type, int chunkLength) = ReadHeader(head.Buffer);
            input.AdvanceTo(head.Buffer.Start);
            if (chunkLength > MaxChunk || (type is > PlainChunk and < FirstSkippable) || (type != StreamIdentifier && !identified))
            {
                throw new ProtocolViolationException("snappy: malformed frame");
            }

            ReadResult body = await input.ReadAtLeastAsync(4 + chunkLength, cancellationToken);
            if (body.Buffer.Length < 4 + chunkLength)
            {
                input.AdvanceTo(body.Buffer.End);
                throw new ProtocolViolationException("snappy: the stream ended within a frame");
            }

            ReadOnlySequence<byte> chunk = body.Buffer.Slice(4, chunkLength);
            if (type == StreamIdentifier)
            {
                identified = true;
            }
            else if (type >= FirstSkippable)
            {
                if (++skipped > MaxSkipped)
                {
                    throw new ProtocolViolationException("snappy: too much padding");
                }
            }
            else
            {
                Take(type, chunk, data, length - data.WrittenCount);
            }

            input.AdvanceTo(chunk.End);
        }

        return data.WrittenSpan.ToArray();
    }

    private static void Take(byte type, in ReadOnlySequence<byte> chunk, ArrayBufferWriter<byte> data, int left)
    {
        if (chunk.Length < 4)
        {
            throw new ProtocolViolationException("snappy: a frame is too short");
        }

        byte[] bytes = ArrayPool<byte>.Shared.Rent((int)chunk.Length);
        try
        {
            chunk.CopyTo(bytes);
            ReadOnlySpan<byte> payload = bytes.AsSpan(4, (int)chunk.Length - 4);
            uint expected = BinaryPrimitives.ReadUInt32LittleEndian(bytes);
            byte[]? plain = type == CompressedChunk ? SnappyBlock.TryDecompress(payload, Math.Min(left, MaxBlock)) : payload.Length <= Math.Min(left, MaxBlock) ? payload.ToArray() : null;
            if (plain is null || plain.Length == 0 || Checksum(plain) != expected)
            {
                throw new ProtocolViolationException("snappy: a frame is malformed, damaged or longer than announced");
            }

            data.Write(plain);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    private static (byte Type, int Length) ReadHeader(in ReadOnlySequence<byte> buffer)
    {
        Span<byte> head = stackalloc byte[4];
        buffer.Slice(0, 4).CopyTo(head);
        return (head[0], head[1] | (head[2] << 8) | (head[3] << 16));
    }

    private static void WriteLength(Span<byte> span, byte type, int length)
    {
        span[0] = type;
        span[1] = (byte)length;
        span[2] = (byte)(length >> 8);
        span[3] = (byte)(length >> 16);
    }

    private static uint Checksum(ReadOnlySpan<byte> data)
    {
        uint crc = uint.MaxValue;
        while (data.Length >= 8)
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(data));
            data = data[8..];
        }

        foreach (byte b in data)
        {
            crc = BitOperations.Crc32C(crc, b);
        }

        crc = ~crc;
        return ((crc >> 15) | (crc << 17)) + 0xa282ead8;
    }
}
