using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Beacon.ApiClient.Json;
using Beacon.Ssz;

namespace Beacon.ApiClient.Tests;

/// <summary>A route: how a server writes its answer, and how the client asks for and reads it.</summary>
/// <param name="Name">Name of the golden file.</param>
/// <param name="Answer">The answer as a server writes it; empty where the route answers nothing.</param>
/// <param name="Call">Calls the client and writes what it read as a server would.</param>
internal sealed record RouteCase(string Name, byte[] Answer, Func<BeaconApiClient, CancellationToken, Task<byte[]>> Call)
{
    /// <summary>A route whose data is one of the API's own types.</summary>
    public static RouteCase Of<T>(string name, ApiMetadata metadata, T data, JsonTypeInfo<T> type, Func<BeaconApiClient, CancellationToken, Task<(T, ApiMetadata)>> call) =>
        new(name, Write(output => Envelope.Write(output, metadata, data, type)), async (client, token) =>
        {
            (T read, ApiMetadata said) = await call(client, token);
            return Write(output => Envelope.Write(output, said, read, type));
        });

    /// <summary>A route whose client method returns the bare data.</summary>
    public static RouteCase Bare<T>(string name, ApiMetadata metadata, T data, JsonTypeInfo<T> type, Func<BeaconApiClient, CancellationToken, Task<T>> call) =>
        Of(name, metadata, data, type, async (client, token) => (await call(client, token), metadata));

    /// <summary>A route whose data is a container.</summary>
    public static RouteCase Container<T>(string name, ApiMetadata metadata, T data, Func<BeaconApiClient, CancellationToken, Task<T>> call)
        where T : IBeaconJson<T> =>
        new(name, Write(output => Envelope.Write(output, metadata, data)), async (client, token) =>
        {
            T read = await call(client, token);
            return Write(output => Envelope.Write(output, metadata, read));
        });

    /// <summary>A route whose data is a list of containers.</summary>
    public static RouteCase Containers<T>(string name, ApiMetadata metadata, T item, Func<BeaconApiClient, CancellationToken, Task<IReadOnlyList<T>>> call)
        where T : IBeaconJson<T> =>
        new(name, Write(output => Envelope.WriteList(output, metadata, [item, item])), async (client, token) =>
        {
            IReadOnlyList<T> read = await call(client, token);
            return Write(output => Envelope.WriteList(output, metadata, read));
        });

    /// <summary>A route that takes a body and answers nothing.</summary>
    public static RouteCase Post(string name, Func<BeaconApiClient, CancellationToken, Task> call) =>
        new(name, [], async (client, token) =>
        {
            await call(client, token);
            return [];
        });

    private static byte[] Write(Action<IBufferWriter<byte>> write)
    {
        var output = new ArrayBufferWriter<byte>();
        write(output);
        return output.WrittenSpan.ToArray();
    }
}

/// <summary>One request and its answer, as a golden file holds them.</summary>
internal static class GoldenFile
{
    private static readonly JsonWriterOptions Indented = new() { Indented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Render(string method, string path, byte[] requestBody, byte[] answer)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, Indented))
        {
            writer.WriteStartObject();
            writer.WriteString("request", $"{method} {path}");
            WriteJson(writer, "body", requestBody);
            WriteJson(writer, "answer", answer);
            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan) + "\n";
    }

    public static byte[] AnswerOf(string golden)
    {
        using var document = JsonDocument.Parse(golden);
        return document.RootElement.TryGetProperty("answer", out JsonElement answer) ? Encoding.UTF8.GetBytes(answer.GetRawText()) : [];
    }

    private static void WriteJson(Utf8JsonWriter writer, string name, byte[] json)
    {
        if (json.Length > 0)
        {
            writer.WritePropertyName(name);
            using var document = JsonDocument.Parse(json);
            document.RootElement.WriteTo(writer);
        }
    }
}

/// <summary>Answers every request with the same thing and remembers the last request.</summary>
internal sealed class ScriptedHandler(Func<HttpRequestMessage, HttpResponseMessage> answer) : HttpMessageHandler
{
    public string Method { get; private set; } = "";

    public string PathAndQuery { get; private set; } = "";

    public byte[] Body { get; private set; } = [];

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Method = request.Method.Method;
        PathAndQuery = request.RequestUri!.PathAndQuery;
        Body = request.Content is null ? [] : await request.Content.ReadAsByteArrayAsync(cancellationToken);
        return answer(request);
    }
}
