using System.Net;
using System.Text;
using System.Text.Json.Nodes;

namespace Fleet.LocalCluster.Tests.Support;

/// <summary>A reverse proxy in front of an API server that writes down what kubectl asks.</summary>
public sealed class RecordingProxy : IDisposable
{
    private readonly HttpListener _listener = new();
    private readonly HttpClient _client;
    private readonly Uri _target;
    private readonly string _token;
    private readonly List<JsonObject> _requests = [];

    public RecordingProxy(Uri target, string token, int port)
    {
        _target = target;
        _token = token;
        Url = $"http://127.0.0.1:{port}";
        _client = new HttpClient(new SocketsHttpHandler { UseProxy = false, SslOptions = { RemoteCertificateValidationCallback = (_, _, _, _) => true } }) { Timeout = TimeSpan.FromMinutes(2) };
        _listener.Prefixes.Add(Url + "/");
        _listener.Start();
        _ = AcceptAsync();
    }

    public string Url { get; }

    /// <summary>The requests since the last call.</summary>
    public JsonArray Take()
    {
        lock (_requests)
        {
            var all = new JsonArray([.. _requests]);
            _requests.Clear();
            return all;
        }
    }

    public void Dispose()
    {
        _listener.Close();
        _client.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _ = ForwardAsync(await _listener.GetContextAsync());
            }
        }
        catch (Exception error) when (error is HttpListenerException or ObjectDisposedException)
        {
            // Closed.
        }
    }

    private async Task ForwardAsync(HttpListenerContext context)
    {
        try
        {
            using var body = new MemoryStream();
            await context.Request.InputStream.CopyToAsync(body);
            string path = context.Request.RawUrl ?? "/";
            var record = new JsonObject { ["method"] = context.Request.HttpMethod, ["path"] = path };
            using var request = new HttpRequestMessage(new HttpMethod(context.Request.HttpMethod), new Uri(_target, path));
            if (context.Request.Headers["Accept"] is string accept)
            {
                record["accept"] = accept;
                request.Headers.TryAddWithoutValidation("Accept", accept);
            }

            if (body.Length > 0)
            {
                record["type"] = context.Request.ContentType;
                record["body"] = context.Request.ContentType?.Contains("protobuf", StringComparison.Ordinal) == true
                    ? Convert.ToBase64String(body.ToArray()) : Encoding.UTF8.GetString(body.ToArray());
                request.Content = new ByteArrayContent(body.ToArray());
                request.Content.Headers.TryAddWithoutValidation("Content-Type", context.Request.ContentType);
            }

            lock (_requests)
            {
                _requests.Add(record);
            }

            request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {_token}");
            using HttpResponseMessage response = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
            context.Response.StatusCode = (int)response.StatusCode;
            context.Response.ContentType = response.Content.Headers.ContentType?.ToString();
            context.Response.SendChunked = true;
            await using Stream stream = await response.Content.ReadAsStreamAsync();
            byte[] chunk = new byte[16384];
            int read;
            while ((read = await stream.ReadAsync(chunk)) > 0)
            {
                await context.Response.OutputStream.WriteAsync(chunk.AsMemory(0, read));
                await context.Response.OutputStream.FlushAsync();
            }

            context.Response.Close();
        }
        catch (Exception error) when (error is HttpRequestException or HttpListenerException or IOException or ObjectDisposedException or OperationCanceledException)
        {
            context.Response.Abort();
        }
    }
}
