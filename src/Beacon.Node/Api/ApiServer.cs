using System.Net;
using Beacon.Chain;
using Beacon.Metrics;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Beacon.Node.Api;

/// <summary>The node's HTTP server: Beacon API and health on one port, metrics on another.</summary>
public sealed partial class ApiServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly CancellationTokenSource _stopping;

    private ApiServer(WebApplication app, int httpPort, int metricsPort, CancellationTokenSource stopping)
    {
        _app = app;
        _stopping = stopping;
        HttpPort = httpPort;
        MetricsPort = metricsPort;
    }

    /// <summary>Port of the Beacon API.</summary>
    public int HttpPort { get; }

    /// <summary>Port of <c>/metrics</c>.</summary>
    public int MetricsPort { get; }

    /// <summary>Starts the server.</summary>
    /// <param name="address">Address to listen on.</param>
    /// <param name="httpPort">Port of the Beacon API; 0 takes a free one.</param>
    /// <param name="metricsPort">Port of the metrics; 0 takes a free one.</param>
    /// <param name="context">What the routes answer from.</param>
    /// <param name="logger">Log.</param>
    /// <param name="cancellationToken">Cancels starting.</param>
    /// <exception cref="IOException">A port is taken.</exception>
    public static async Task<ApiServer> StartAsync(
        IPAddress address, int httpPort, int metricsPort, ApiContext context, ILogger<ApiServer> logger, CancellationToken cancellationToken)
    {
        // The empty builder reads neither settings files nor environment variables: only the arguments say where to listen.
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddRoutingCore();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(options =>
        {
            options.AddServerHeader = false;
            options.Limits.MaxRequestBodySize = Request.MaxBody;
            options.Limits.MaxConcurrentConnections = 512;
            options.Listen(address, httpPort, static listen => listen.Protocols = HttpProtocols.Http1);
            options.Listen(address, metricsPort, static listen => listen.Protocols = HttpProtocols.Http1);
        });
        WebApplication app = builder.Build();
        var stopping = new CancellationTokenSource();
        var metrics = new ApiMetrics(context.Metrics.Scope);
        app.Use(next => async request =>
        {
            await GuardAsync(request, next, logger);
            metrics.Count(request);
        });
        app.MapGet("/healthz", static request => request.Response.WriteAsync("ok", request.RequestAborted));
        app.MapGet("/metrics", request => MetricsEndpoint.WriteMetricsAsync(request, context.Metrics));
        NodeRoutes.Map(app, context);
        BeaconRoutes.Map(app, context);
        StateRoutes.Map(app, context);
        PoolRoutes.Map(app, context);
        ConfigRoutes.Map(app, context);
        ValidatorRoutes.Map(app, context);
        EventRoutes.Map(app, context, stopping.Token);
        try
        {
            await app.StartAsync(cancellationToken);
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }

        int[] ports = [.. app.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.Select(static bound => new Uri(bound).Port)];
        return new ApiServer(app, ports[0], ports[^1], stopping);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();

        // An open event stream or scrape must not hold the process back.
        using var now = new CancellationTokenSource(TimeSpan.FromMilliseconds(500));
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
        _stopping.Dispose();
    }

    /// <summary>Turns what a route throws into the Beacon API's error body.</summary>
    private static async Task GuardAsync(HttpContext context, RequestDelegate next, ILogger logger)
    {
        try
        {
            await next(context);
            if (!context.Response.HasStarted && context.Response.ContentLength is null)
            {
                // What routing itself refuses has no body yet.
                switch (context.Response.StatusCode)
                {
                    case StatusCodes.Status404NotFound:
                        await context.ErrorAsync(404, $"There is no route {Request.Shorten(context.Request.Path)}.");
                        break;
                    case StatusCodes.Status405MethodNotAllowed:
                        await context.ErrorAsync(405, $"This route does not take {context.Request.Method}, only {context.Response.Headers.Allow}.");
                        break;
                    default:
                        break;
                }
            }
        }
        catch (Exception exception) when (!context.Response.HasStarted)
        {
            switch (exception)
            {
                case OperationCanceledException:
                    context.Response.StatusCode = 499;
                    break;
                case ApiException known:
                    await context.ErrorAsync(known.Status, known.Message);
                    break;
                case ChainQueryException query:
                    await context.ErrorAsync(400, query.Message);
                    break;
                case System.Text.Json.JsonException or Ssz.SszException or FormatException:
                    await context.ErrorAsync(400, exception.Message);
                    break;
                case Microsoft.AspNetCore.Http.BadHttpRequestException bad:
                    await context.ErrorAsync(bad.StatusCode, bad.Message);
                    break;
                default:
                    Log.RouteFailed(logger, context.Request.Method, context.Request.Path, exception);
                    await context.ErrorAsync(500, "The request failed inside the node; its log says why.");
                    break;
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(4200, LogLevel.Error, "{Method} {Path} failed")]
        public static partial void RouteFailed(ILogger logger, string method, string path, Exception exception);
    }
}

/// <summary>Shared by the route groups.</summary>
internal static class RouteHelpers
{
    /// <summary>Maps a GET route that needs the chain.</summary>
    public static void Get(this IEndpointRouteBuilder routes, string pattern, ApiContext api, Func<HttpContext, BeaconChain, Task> handler) =>
        routes.MapGet(pattern, context => handler(context, Require(api)));

    /// <summary>Maps a POST route that needs the chain.</summary>
    public static void Post(this IEndpointRouteBuilder routes, string pattern, ApiContext api, Func<HttpContext, BeaconChain, Task> handler) =>
        routes.MapPost(pattern, context => handler(context, Require(api)));

    private static BeaconChain Require(ApiContext api) =>
        api.Chain ?? throw ApiException.Unavailable(api.IsReady ? "A bootnode has no chain; ask a node." : "The node waits for its network directory.");
}
