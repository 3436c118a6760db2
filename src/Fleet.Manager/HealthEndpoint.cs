using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;

namespace Fleet.Manager;

/// <summary><c>/healthz</c> and <c>/readyz</c>, for the kubelet.</summary>
internal sealed class HealthEndpoint : IAsyncDisposable
{
    private readonly WebApplication _app;

    private HealthEndpoint(WebApplication app, IPEndPoint endPoint)
    {
        _app = app;
        EndPoint = endPoint;
    }

    /// <summary>Where it listens; the real port where 0 was asked for.</summary>
    public IPEndPoint EndPoint { get; }

    /// <summary>Starts the server.</summary>
    /// <param name="endPoint">Where to listen.</param>
    /// <param name="unhealthy">Why the process has to be started anew; null: it is well.</param>
    /// <param name="unready">Why it cannot do its work yet; null: it can.</param>
    /// <param name="cancellationToken">Cancels starting.</param>
    /// <exception cref="IOException">The port is taken.</exception>
    public static async Task<HealthEndpoint> StartAsync(IPEndPoint endPoint, Func<string?> unhealthy, Func<string?> unready, CancellationToken cancellationToken)
    {
        // The empty builder reads neither settings files nor environment variables: only the arguments say where to listen.
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(options =>
        {
            options.AddServerHeader = false;
            options.Limits.MaxRequestBodySize = 0;
            options.Listen(endPoint);
        });
        WebApplication app = builder.Build();
        app.Run(context => AnswerAsync(context, unhealthy, unready));
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
        return new HealthEndpoint(app, new IPEndPoint(endPoint.Address, new Uri(bound).Port));
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
    }

    private static Task AnswerAsync(HttpContext context, Func<string?> unhealthy, Func<string?> unready)
    {
        if (!HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method))
        {
            context.Response.StatusCode = StatusCodes.Status405MethodNotAllowed;
            return Task.CompletedTask;
        }

        string? problem;
        switch (context.Request.Path.Value)
        {
            case "/healthz":
                problem = unhealthy();
                break;
            case "/readyz":
                problem = unready();
                break;
            default:
                context.Response.StatusCode = StatusCodes.Status404NotFound;
                return Task.CompletedTask;
        }

        context.Response.StatusCode = problem is null ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        context.Response.ContentType = "text/plain; charset=utf-8";
        return context.Response.WriteAsync((problem ?? "ok") + "\n", context.RequestAborted);
    }
}
