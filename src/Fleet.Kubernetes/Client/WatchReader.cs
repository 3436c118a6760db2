using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Text.Json;
using Fleet.Kubernetes.Models;

namespace Fleet.Kubernetes;

/// <summary>Takes a watch response apart: one JSON object per line.</summary>
internal sealed class WatchReader(Stream stream, Uri server)
{
    /// <summary>Objects are limited to a few MiB by the server; anything longer is no watch.</summary>
    private const int MaxLine = 16 << 20;

    private readonly PipeReader _reader = PipeReader.Create(stream, new StreamPipeReaderOptions(bufferSize: 16384, leaveOpen: true));

    /// <summary>The next line; null at the end of the watch.</summary>
    /// <exception cref="KubernetesConnectionException">The response broke off.</exception>
    public async ValueTask<byte[]?> ReadAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            ReadResult result;
            try
            {
                result = await _reader.ReadAsync(cancellationToken);
            }
            catch (Exception e) when (e is IOException or HttpRequestException)
            {
                throw new KubernetesConnectionException($"The watch of {server} broke off: {e.Message}", e);
            }

            ReadOnlySequence<byte> buffer = result.Buffer;
            if (buffer.PositionOf((byte)'\n') is { } end)
            {
                byte[] line = buffer.Slice(0, end).ToArray();
                _reader.AdvanceTo(buffer.GetPosition(1, end));
                if (line.Length > 0)
                {
                    return line;
                }

                continue;
            }

            if (result.IsCompleted)
            {
                byte[] rest = buffer.ToArray();
                _reader.AdvanceTo(buffer.End);
                return rest.AsSpan().Trim(" \r\n\t"u8).Length == 0 ? null : rest;
            }

            if (buffer.Length > MaxLine)
            {
                throw new KubernetesConnectionException($"The watch of {server} sent an event of more than {MaxLine} bytes.");
            }

            _reader.AdvanceTo(buffer.Start, buffer.End);
        }
    }

    /// <summary>One event.</summary>
    /// <exception cref="KubernetesException">It is an error, see <see cref="Exception"/>.</exception>
    /// <exception cref="KubernetesConnectionException">It is damaged.</exception>
    public static WatchEvent<T> Parse<T>(byte[] line, Uri server)
        where T : class, IKubernetesObject<T>
    {
        try
        {
            string? type = null;
            Range? body = null;
            var reader = new Utf8JsonReader(line);
            Expect(reader.Read() && reader.TokenType == JsonTokenType.StartObject);
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                bool isType = reader.ValueTextEquals("type"u8);
                bool isObject = reader.ValueTextEquals("object"u8);
                Expect(reader.Read());
                if (isType)
                {
                    type = reader.GetString();
                }
                else
                {
                    int start = (int)reader.TokenStartIndex;
                    reader.Skip();
                    body = isObject ? start..(int)reader.BytesConsumed : body;
                }
            }

            Expect(reader.TokenType == JsonTokenType.EndObject && type is not null && body is not null);
            ReadOnlySpan<byte> value = line.AsSpan()[body!.Value];
            if (type == WatchEventTypes.Error)
            {
                throw Exception(JsonSerializer.Deserialize(value, KubernetesJson.Context.Status) ?? new Status { Message = "The watch ended with an error." });
            }

            return new WatchEvent<T>(type!, JsonSerializer.Deserialize(value, T.JsonType) ?? throw new JsonException("the object is null"));
        }
        catch (JsonException e)
        {
            throw new KubernetesConnectionException($"The watch of {server} sent an event that is damaged: {e.Message}", e);
        }
    }

    /// <summary>The exception for a Status: too old a version has its own.</summary>
    public static KubernetesException Exception(Status status) =>
        status.Code == (int)HttpStatusCode.Gone || status.Reason is StatusReasons.Expired or StatusReasons.Gone
            ? new ResourceExpiredException(status)
            : new KubernetesException(status);

    private static void Expect(bool condition)
    {
        if (!condition)
        {
            throw new JsonException("it is no watch event");
        }
    }
}
