using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using Libp2p.Multiformats;

namespace Libp2p.Multistream;

/// <summary>multistream-select 1.0: agreeing on the protocol of a connection or stream.</summary>
public static class MultistreamSelect
{
    /// <summary>Protocol ID of multistream-select itself.</summary>
    public const string ProtocolId = "/multistream/1.0.0";

    /// <summary>Longest message accepted, in bytes.</summary>
    public const int MaxMessage = 1024;

    /// <summary>Proposals a listener looks at before it gives up.</summary>
    public const int MaxProposals = 64;

    private const string NotAvailable = "na";
    private const string List = "ls";

    /// <summary>Proposes <paramref name="protocols"/> in order and returns the first the other side speaks; null when it speaks none.</summary>
    /// <exception cref="ProtocolViolationException">The other side does not follow the protocol.</exception>
    public static async ValueTask<string?> DialAsync(IDuplexPipe pipe, IReadOnlyList<string> protocols, CancellationToken cancellationToken)
    {
        // The header and the first proposal go out together: one round trip where the first choice is spoken.
        Write(pipe.Output, ProtocolId);
        Write(pipe.Output, protocols[0]);
        await FlushAsync(pipe.Output, cancellationToken);
        await ExpectHeaderAsync(pipe.Input, cancellationToken);
        for (int i = 0; i < protocols.Count; i++)
        {
            if (i > 0)
            {
                Write(pipe.Output, protocols[i]);
                await FlushAsync(pipe.Output, cancellationToken);
            }

            string answer = await ReadAsync(pipe.Input, cancellationToken);
            if (answer == protocols[i])
            {
                return answer;
            }

            if (answer != NotAvailable)
            {
                throw new ProtocolViolationException("multistream: the answer is neither the proposed protocol nor 'na'");
            }
        }

        return null;
    }

    /// <summary>Answers proposals until one is spoken here; null when the other side gave up.</summary>
    /// <exception cref="ProtocolViolationException">The other side does not follow the protocol.</exception>
    public static async ValueTask<string?> ListenAsync(
        IDuplexPipe pipe, Func<string, bool> speaks, Func<IEnumerable<string>> known, CancellationToken cancellationToken)
    {
        Write(pipe.Output, ProtocolId);
        await FlushAsync(pipe.Output, cancellationToken);
        try
        {
            await ExpectHeaderAsync(pipe.Input, cancellationToken);
            for (int i = 0; i < MaxProposals; i++)
            {
                string proposal = await ReadAsync(pipe.Input, cancellationToken);
                if (proposal == List)
                {
                    WriteList(pipe.Output, known());
                    await FlushAsync(pipe.Output, cancellationToken);
                    continue;
                }

                bool spoken = speaks(proposal);
                Write(pipe.Output, spoken ? proposal : NotAvailable);
                await FlushAsync(pipe.Output, cancellationToken);
                if (spoken)
                {
                    return proposal;
                }
            }
        }
        catch (EndOfStreamException)
        {
            return null;
        }

        throw new ProtocolViolationException($"multistream: more than {MaxProposals} proposals");
    }

    private static async ValueTask ExpectHeaderAsync(PipeReader input, CancellationToken cancellationToken)
    {
        string header = await ReadAsync(input, cancellationToken);
        if (header != ProtocolId)
        {
            throw new ProtocolViolationException("multistream: the other side does not begin with /multistream/1.0.0");
        }
    }

    private static void Write(PipeWriter output, string message)
    {
        int length = Encoding.UTF8.GetByteCount(message);
        Varint.Write(output, (ulong)(length + 1));
        Span<byte> span = output.GetSpan(length + 1);
        Encoding.UTF8.GetBytes(message, span);
        span[length] = (byte)'\n';
        output.Advance(length + 1);
    }

    private static void WriteList(PipeWriter output, IEnumerable<string> protocols)
    {
        var body = new ArrayBufferWriter<byte>();
        foreach (string protocol in protocols)
        {
            byte[] line = Encoding.UTF8.GetBytes(protocol + "\n");
            Varint.Write(body, (ulong)line.Length);
            body.Write(line);
        }

        body.Write("\n"u8);
        Varint.Write(output, (ulong)body.WrittenCount);
        output.Write(body.WrittenSpan);
    }

    private static async ValueTask FlushAsync(PipeWriter output, CancellationToken cancellationToken)
    {
        FlushResult result = await output.FlushAsync(cancellationToken);
        if (result.IsCompleted)
        {
            throw new EndOfStreamException("multistream: the other side closed");
        }
    }

    private static async ValueTask<string> ReadAsync(PipeReader input, CancellationToken cancellationToken)
    {
        while (true)
        {
            ReadResult result = await input.ReadAsync(cancellationToken);
            ReadOnlySequence<byte> buffer = result.Buffer;
            if (TryParse(ref buffer, out string? message))
            {
                input.AdvanceTo(buffer.Start);
                return message!;
            }

            input.AdvanceTo(buffer.Start, buffer.End);
            if (result.IsCompleted || result.IsCanceled)
            {
                throw new EndOfStreamException("multistream: the other side closed");
            }
        }
    }

    private static bool TryParse(ref ReadOnlySequence<byte> buffer, out string? message)
    {
        message = null;
        OperationStatus status = Varint.TryRead(buffer, out ulong length, out int consumed);
        if (status == OperationStatus.NeedMoreData)
        {
            return false;
        }

        if (status != OperationStatus.Done || length is 0 or > MaxMessage)
        {
            throw new ProtocolViolationException("multistream: message length out of range");
        }

        ReadOnlySequence<byte> rest = buffer.Slice(consumed);
        if (rest.Length < (long)length)
        {
            return false;
        }

        ReadOnlySequence<byte> line = rest.Slice(0, (long)length);
        string text = Encoding.UTF8.GetString(line);
        if (text[^1] != '\n')
        {
            throw new ProtocolViolationException("multistream: message without its newline");
        }

        buffer = rest.Slice((long)length);
        message = text[..^1];
        return true;
    }
}
