using System.Buffers;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Beacon.ApiClient.Json;
using Beacon.Ssz;

namespace Beacon.ApiClient;

/// <summary>A typed client of the standard Beacon API of one node.</summary>
/// <remarks>
/// Thread-safe. Every method throws <see cref="BeaconApiException"/> when the node cannot be reached, answers with an error, or answers
/// something that is not what the route promises; and <see cref="OperationCanceledException"/> only when its token was cancelled: time limits are
/// the caller's, by token. State and block identifiers are <c>head</c>, <c>genesis</c>, <c>justified</c>, <c>finalized</c>, a slot or a root.
/// </remarks>
public sealed partial class BeaconApiClient
{
    private const int LongestErrorText = 300;

    private readonly HttpClient _http;
    private readonly Uri _baseUrl;

    /// <summary>Makes a client.</summary>
    /// <param name="http">Sends the requests; not disposed here.</param>
    /// <param name="baseUrl">Like <c>http://127.0.0.1:5052</c>; a path prefix is kept.</param>
    public BeaconApiClient(HttpClient http, Uri baseUrl)
    {
        _http = http;
        string text = baseUrl.AbsoluteUri;
        _baseUrl = text.EndsWith('/') ? baseUrl : new Uri(text + "/");
    }

    /// <summary>The node's address.</summary>
    public Uri BaseUrl => _baseUrl;

    /// <inheritdoc/>
    public override string ToString() => _baseUrl.ToString();

    private static JsonRead<T> Dto<T>(JsonTypeInfo<T> type) =>
        (ref Utf8JsonReader reader) => JsonSerializer.Deserialize(ref reader, type) ?? throw new JsonException("The data is null.");

    private static JsonRead<T> Container<T>()
        where T : IBeaconJson<T> => static (ref Utf8JsonReader reader) => T.ReadJson(ref reader);

    private static JsonRead<IReadOnlyList<T>> Containers<T>()
        where T : IBeaconJson<T> => static (ref Utf8JsonReader reader) => Envelope.ReadArray<T>(ref reader);

    private static byte[] ToJson(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            write(writer);
        }

        return buffer.WrittenSpan.ToArray();
    }

    private async Task<ApiResponse<T>> GetAsync<T>(string path, JsonRead<T> read, CancellationToken cancellationToken)
    {
        byte[] body = await SendAsync(HttpMethod.Get, path, null, null, cancellationToken);
        return Parse(path, body, read);
    }

    private async Task<ApiResponse<T>> PostAsync<T>(string path, byte[] json, JsonRead<T> read, CancellationToken cancellationToken)
    {
        byte[] body = await SendAsync(HttpMethod.Post, path, json, null, cancellationToken);
        return Parse(path, body, read);
    }

    private Task PostAsync(string path, byte[] json, CancellationToken cancellationToken) =>
        SendAsync(HttpMethod.Post, path, json, null, cancellationToken);

    private ApiResponse<T> Parse<T>(string path, byte[] body, JsonRead<T> read)
    {
        try
        {
            return Envelope.Read(body, read);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or FormatException)
        {
            throw new BeaconApiException($"{_baseUrl}{path.TrimStart('/')} answered something unexpected: {exception.Message}", null, null, exception);
        }
    }

    /// <summary>Sends a request and returns the body of a successful answer.</summary>
    private async Task<byte[]> SendAsync(HttpMethod method, string path, byte[]? json, string? accept, CancellationToken cancellationToken)
    {
        using HttpResponseMessage response = await SendForResponseAsync(method, path, json, accept, HttpCompletionOption.ResponseContentRead, cancellationToken);
        return await ReadAsync(path, response, cancellationToken);
    }

    private async Task<byte[]> ReadAsync(string path, HttpResponseMessage response, CancellationToken cancellationToken)
    {
        byte[] body;
        try
        {
            body = await response.Content.ReadAsByteArrayAsync(cancellationToken);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            throw Unreachable(path, exception);
        }

        return response.IsSuccessStatusCode ? body : throw Refused(path, response.StatusCode, body);
    }

    private async Task<HttpResponseMessage> SendForResponseAsync(
        HttpMethod method, string path, byte[]? json, string? accept, HttpCompletionOption completion, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, new Uri(_baseUrl, path.TrimStart('/')));
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue(accept ?? "application/json"));
        if (json is not null)
        {
            request.Content = new ByteArrayContent(json);
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            request.Headers.Add(Routes.ConsensusVersionHeader, Routes.Phase0);
        }

        try
        {
            return await _http.SendAsync(request, completion, cancellationToken);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException
            || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw Unreachable(path, exception);
        }
    }

    private BeaconApiException Unreachable(string path, Exception exception)
    {
        string reason = exception is OperationCanceledException ? "no answer in time" : exception.InnerException?.Message ?? exception.Message;
        return new BeaconApiException($"{_baseUrl}{path.TrimStart('/')} could not be reached: {reason}", null, null, exception);
    }

    private BeaconApiException Refused(string path, HttpStatusCode status, byte[] body)
    {
        ApiError? error = null;
        string text;
        try
        {
            error = JsonSerializer.Deserialize(body, BeaconApiJson.Default.ApiError);
            text = error is null ? "" : error.Message + string.Concat((error.Failures ?? []).Take(3).Select(static failure => $"; item {failure.Index}: {failure.Message}"));
        }
        catch (JsonException)
        {
            text = System.Text.Encoding.UTF8.GetString(body);
        }

        text = text.Length > LongestErrorText ? text[..LongestErrorText] + "…" : text;
        return new BeaconApiException($"{_baseUrl}{path.TrimStart('/')} answered {(int)status}: {text}", status, error, null);
    }

    /// <summary>Fills the parameters of a route, in order.</summary>
    private static string Path(string route, params ReadOnlySpan<string> values)
    {
        var result = new System.Text.StringBuilder(route.Length + 80);
        int value = 0;
        for (int i = 0; i < route.Length; i++)
        {
            if (route[i] == '{')
            {
                result.Append(Uri.EscapeDataString(values[value++]));
                i = route.IndexOf('}', i);
            }
            else
            {
                result.Append(route[i]);
            }
        }

        return result.ToString();
    }

    /// <summary>A list as the API wants it in a query: the parameter repeated.</summary>
    private static (string Name, string? Value)[] Each(string name, IEnumerable<string> values) => [.. values.Select(value => (name, (string?)value))];

    private static string Query(string path, params ReadOnlySpan<(string Name, string? Value)> parameters)
    {
        var result = new System.Text.StringBuilder(path);
        char separator = '?';
        foreach ((string name, string? value) in parameters)
        {
            if (value is not null)
            {
                result.Append(separator).Append(name).Append('=').Append(Uri.EscapeDataString(value));
                separator = '&';
            }
        }

        return result.ToString();
    }
}
