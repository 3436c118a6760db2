using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Fleet.LocalCluster.Resources;
using Fleet.LocalCluster.Security;
using Fleet.LocalCluster.Tables;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Fleet.LocalCluster.Api;

/// <summary>The HTTPS front of the cluster: authentication, discovery, OpenAPI, health, resources.</summary>
internal sealed partial class ApiServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ObjectService _objects;
    private readonly ClusterCredentials _credentials;
    private readonly OpenApiDocuments _openApi;
    private readonly PodSubresources _pods;
    private readonly FaultGate? _faults;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stopping = new();
    private readonly byte[] _authorization;
    private readonly ResourceHandler _resources;
    private Discovery? _discovery;

    private ApiServer(ObjectService objects, ClusterCredentials credentials, IPAddress address, int port, IPodLogs? logs, IFaultInjector? faults, TimeProvider time, ILoggerFactory loggers)
    {
        _objects = objects;
        _credentials = credentials;
        _faults = faults is null ? null : new FaultGate(faults);
        _logger = loggers.CreateLogger<ApiServer>();
        _authorization = Encoding.ASCII.GetBytes("Bearer " + credentials.Token);
        _openApi = new OpenApiDocuments(objects.Registry);
        _pods = new PodSubresources(objects, logs, time, _stopping.Token);
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton(loggers);
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(k =>
        {
            k.AddServerHeader = false;
            k.Limits.MaxRequestBodySize = null;
            k.Limits.MinResponseDataRate = null;
            k.Limits.Http2.MaxStreamsPerConnection = 1000;
            k.Listen(address, port, l =>
            {
                l.Protocols = HttpProtocols.Http1AndHttp2;
                l.UseHttps(new HttpsConnectionAdapterOptions
                {
                    ServerCertificate = credentials.Serving,
                    ClientCertificateMode = ClientCertificateMode.AllowCertificate,
                    ClientCertificateValidation = (_, _, _) => true, // decided per request, as 401
                });
            });
        });
        _app = builder.Build();
        _app.Run(HandleAsync);
        var tables = new TableBuilder(time);
        _resources = new ResourceHandler(objects, new ListHandler(objects.Store, tables), new WatchHandler(objects.Store, tables, time, faults, _stopping.Token), tables, _pods);
    }

    /// <summary>Base address, e.g. <c>https://127.0.0.1:40123</c>.</summary>
    public string Url { get; private set; } = "";

    /// <summary>Starts listening.</summary>
    /// <exception cref="IOException">The port is taken.</exception>
    public static async Task<ApiServer> StartAsync(
        ObjectService objects, ClusterCredentials credentials, IPAddress address, int port, IPodLogs? logs, IFaultInjector? faults,
        TimeProvider time, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        var server = new ApiServer(objects, credentials, address, port, logs, faults, time, loggers);
        try
        {
            await server._app.StartAsync(cancellationToken);
        }
        catch
        {
            await server._app.DisposeAsync();
            throw;
        }

        string listening = server._app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        server.Url = listening.TrimEnd('/');
        server._discovery = new Discovery(objects.Registry, server.Url["https://".Length..]);
        return server;
    }

    /// <summary>Ends all watches and stops listening.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        using (var limit = new CancellationTokenSource(TimeSpan.FromSeconds(5)))
        {
            await _app.StopAsync(limit.Token);
        }

        await _app.DisposeAsync();
        _pods.Dispose();
        _stopping.Dispose();
    }

    private async Task HandleAsync(HttpContext http)
    {
        try
        {
            await RouteAsync(http);
        }
        catch (ApiException error) when (!http.Response.HasStarted)
        {
            await http.WriteErrorAsync(error);
        }
        catch (Exception) when (http.RequestAborted.IsCancellationRequested || _stopping.IsCancellationRequested)
        {
            // Nobody listens any more.
        }
        catch (Exception error) when (!http.Response.HasStarted)
        {
            LogFailure(error, http.Request.Method, http.Request.Path);
            await http.WriteErrorAsync(new ApiException(500, "InternalError", $"Internal error occurred: {error.Message}"));
        }
    }

    private async Task RouteAsync(HttpContext http)
    {
        string path = http.Request.Path.Value ?? "/";
        if (path is "/healthz" or "/livez" or "/readyz" or "/healthz/ping" or "/livez/ping" or "/readyz/ping")
        {
            await http.WriteBytesAsync("ok"u8.ToArray(), "text/plain");
            return;
        }

        // Every authenticated user is an administrator: it is the user's own machine.
        string user = Authenticate(http) ?? throw ApiException.Unauthorized();
        RequestInfo? info = RequestInfo.Parse(path);
        if (info is { Group: Reviews.Authorization or Reviews.Authentication })
        {
            await Reviews.AnswerAsync(http, info, user);
        }
        else if (info is not null)
        {
            await ServeAsync(http, info);
        }
        else if (http.Request.Method is not ("GET" or "HEAD"))
        {
            throw ApiException.MethodNotAllowed();
        }
        else if (path == "/openapi/v2")
        {
            await WriteOpenApiAsync(http);
        }
        else if (path.StartsWith("/openapi/v3", StringComparison.Ordinal))
        {
            await http.WriteJsonAsync(_openApi.V3(path["/openapi/v3".Length..].Trim('/')) ?? throw ApiException.NoRoute());
        }
        else if (path == "/")
        {
            await http.WriteJsonAsync(new JsonObject { ["paths"] = new JsonArray("/api", "/apis", "/healthz", "/livez", "/openapi/v2", "/openapi/v3", "/readyz", "/version") });
        }
        else
        {
            await http.WriteJsonAsync(_discovery?.Find(path) ?? throw ApiException.NoRoute());
        }
    }

    private string? Authenticate(HttpContext http)
    {
        byte[] sent = Encoding.ASCII.GetBytes(http.Request.Headers.Authorization.ToString());
        if (sent.Length > 0)
        {
            return CryptographicOperations.FixedTimeEquals(sent, _authorization) ? "fleet-admin" : null;
        }

        X509Certificate2? certificate = http.Connection.ClientCertificate;
        return _credentials.UserOf(certificate);
    }

    private Task ServeAsync(HttpContext http, RequestInfo info)
    {
        var request = new ApiRequest(ResourceHandler.VerbOf(http, info), info.Group, info.Plural, info.Namespace, info.Name, info.Subresource, http.Request.Headers.UserAgent.ToString());
        return _faults is null ? _resources.HandleAsync(http, info, request) : _faults.PassAsync(http, info, request, _resources.HandleAsync);
    }

    private async Task WriteOpenApiAsync(HttpContext http)
    {
        string accept = http.Request.Headers.Accept.ToString();
        if (accept.Contains("application/com.github.proto-openapi.spec.v2@v1.0+protobuf", StringComparison.Ordinal) && !accept.Contains("json", StringComparison.Ordinal))
        {
            await http.WriteBytesAsync(_openApi.V2().Protobuf, "application/com.github.proto-openapi.spec.v2.v1.0+protobuf");
            return;
        }

        await http.WriteBytesAsync(_openApi.V2().Json, "application/json");
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "{Method} {Path} failed")]
    private partial void LogFailure(Exception error, string method, string path);
}
