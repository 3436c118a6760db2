using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;

namespace Beacon.Metrics;

/// <summary>A small HTTP server with <c>/metrics</c> and <c>/healthz</c>, for a process that has no other.</summary>
public sealed class MetricsEndpoint : IAsyncDisposable
{
    private readonly WebApplication _app;

    private MetricsEndpoint(WebApplication app, IPEndPoint endPoint)
    {
        _app = app;
        EndPoint = endPoint;
    }

    /// <summary>Where it listens; the real port where 0 was asked for.</summary>
    public IPEndPoint EndPoint { get; }

    /// <summary>Starts the server.</summary>
    /// <param name="address">Address to listen on.</param>
    /// <param name="port">TCP port; 0 takes a free one.</param>
    /// <param name="registry">What <c>/metrics</c> shows.</param>
    /// <param name="unhealthy">Why the process is not healthy, or null when it is; asked at each <c>/healthz</c>.</param>
    /// <param name="cancellationToken">Cancels starting.</param>
    /// <exception cref="IOException">The port is taken.</exception>
    public static async Task<MetricsEndpoint> StartAsync(
        IPAddress address, int port, MetricsRegistry registry, Func<string?> unhealthy, CancellationToken cancellationToken)
    {
        // The empty builder reads neither settings files nor environment variables: only the arguments say where to listen.
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(options =>
        {
            options.AddServerHeader = false;
            options.Limits.MaxRequestBodySize = 0;
            options.Listen(address, port);
        });
        WebApplication app = builder.Build();
        app.Run(context => AnswerAsync(context, registry, unhealthy));
        try
        {
            await app.StartAsync(cancellationToken);
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }

        string bound = app.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.First();
        return new MetricsEndpoint(app, new IPEndPoint(address, new Uri(bound).Port));
    }

    /// <summary>Answers a scrape; for servers that have routes of their own.</summary>
    public static Task WriteMetricsAsync(HttpContext context, MetricsRegistry registry)
    {
        context.Response.ContentType = PrometheusText.ContentType;
        return context.Response.WriteAsync(registry.Render(), context.RequestAborted);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        // An open scrape must not hold the process back.
        using var now = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
    }

    private static Task AnswerAsync(HttpContext context, MetricsRegistry registry, Func<string?> unhealthy)
    {
        if (!HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method))
        {
            context.Response.StatusCode = StatusCodes.Status405MethodNotAllowed;
            return Task.CompletedTask;
        }

        switch (context.Request.Path.Value)
        {
            case "/metrics":
                return WriteMetricsAsync(context, registry);
            case "/healthz":
                string? reason = unhealthy();
                context.Response.StatusCode = reason is null ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
                context.Response.ContentType = "text/plain; charset=utf-8";
                return context.Response.WriteAsync(reason ?? "ok", context.RequestAborted);
            default:
                context.Response.StatusCode = StatusCodes.Status404NotFound;
                return Task.CompletedTask;
        }
    }
}
