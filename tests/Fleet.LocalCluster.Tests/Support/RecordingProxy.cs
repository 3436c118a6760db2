using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Fleet.LocalCluster.Tests.Support;

/// <summary>A reverse proxy in front of an API server that writes down what kubectl asks.</summary>
public sealed class RecordingProxy : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly HttpClient _client;
    private readonly Uri _target;
    private readonly string _token;
    private readonly List<JsonObject> _requests = [];

    private RecordingProxy(Uri target, string token)
    {
        _target = target;
        _token = token;
        _client = new HttpClient(new SocketsHttpHandler { UseProxy = false, SslOptions = { RemoteCertificateValidationCallback = (_, _, _, _) => true } }) { Timeout = TimeSpan.FromMinutes(2) };
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(k => k.Listen(IPAddress.Loopback, 0));
        _app = builder.Build();
        _app.Run(ForwardAsync);
    }

    public string Url => _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();

    /// <summary>Starts one in front of a server.</summary>
    public static async Task<RecordingProxy> StartAsync(Uri target, string token)
    {
        var proxy = new RecordingProxy(target, token);
        await proxy._app.StartAsync();
        return proxy;
    }

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

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _client.Dispose();
    }

    private async Task ForwardAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        string path = context.Request.Path + context.Request.QueryString.ToString();
        using var request = new HttpRequestMessage(new HttpMethod(context.Request.Method), new Uri(_target, path));
        Record(context, path, request, body.ToArray());
        request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {_token}");
        try
        {
            using HttpResponseMessage response = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, context.RequestAborted);
            context.Response.StatusCode = (int)response.StatusCode;
            context.Response.ContentType = response.Content.Headers.ContentType?.ToString();
            await context.Response.StartAsync(context.RequestAborted); // a watch may have nothing to say for long
            await context.Response.Body.FlushAsync(context.RequestAborted);
            await using Stream stream = await response.Content.ReadAsStreamAsync(context.RequestAborted);
            byte[] chunk = new byte[16384];
            int read;
            while ((read = await stream.ReadAsync(chunk, context.RequestAborted)) > 0)
            {
                await context.Response.Body.WriteAsync(chunk.AsMemory(0, read), context.RequestAborted);
                await context.Response.Body.FlushAsync(context.RequestAborted);
            }
        }
        catch (Exception error) when (error is HttpRequestException or IOException or OperationCanceledException)
        {
            context.Abort();
        }
    }

    private void Record(HttpContext context, string path, HttpRequestMessage request, byte[] body)
    {
        var record = new JsonObject { ["method"] = context.Request.Method, ["path"] = path };
        string accept = context.Request.Headers.Accept.ToString();
        if (accept.Length > 0)
        {
            record["accept"] = accept;
            request.Headers.TryAddWithoutValidation("Accept", accept);
        }

        if (body.Length > 0)
        {
            string type = context.Request.ContentType ?? "application/json";
            record["type"] = type;
            record["body"] = type.Contains("protobuf", StringComparison.Ordinal) ? Convert.ToBase64String(body) : Encoding.UTF8.GetString(body);
            request.Content = new ByteArrayContent(body);
            request.Content.Headers.TryAddWithoutValidation("Content-Type", type);
        }

        lock (_requests)
        {
            _requests.Add(record);
        }
    }
}
