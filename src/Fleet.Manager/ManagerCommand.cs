using Fleet.Kubernetes;
using Fleet.Operator;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Fleet.Manager;

/// <summary>Command line of the manager.</summary>
/// <param name="Kubeconfig">File; null: environment or service account.</param>
/// <param name="Namespaces">Namespaces to look after; empty: all.</param>
/// <param name="BeaconImage">Image for testnets that name none.</param>
/// <param name="MetricsPort">Port of health and metrics; 0: none.</param>
internal sealed record ManagerSettings(string? Kubeconfig, IReadOnlyList<string> Namespaces, string? BeaconImage, int MetricsPort);

/// <summary>Hosts the operator in a process of its own.</summary>
internal static class ManagerCommand
{
    public static async Task<int> RunAsync(ManagerSettings settings, CancellationToken cancellationToken)
    {
        KubernetesClientConfig config = Kubeconfig.Load(new KubeconfigOptions { Path = settings.Kubeconfig });
        using ILoggerFactory loggers = LoggerFactory.Create(logging => logging.AddJsonConsole(json => json.TimestampFormat = "O"));
        using var client = new KubernetesClient(config, logger: loggers.CreateLogger<KubernetesClient>());
        OperatorHost? host = null;
        await using WebApplication? health = settings.MetricsPort > 0 ? Health(settings.MetricsPort, () => host) : null;
        if (health is not null)
        {
            await health.StartAsync(cancellationToken);
        }

        var options = new OperatorOptions { BeaconImage = settings.BeaconImage, Namespaces = settings.Namespaces, LoggerFactory = loggers };
        await OperatorHost.RunAsync(client, options, started => host = started, cancellationToken);
        return 0;
    }

    private static WebApplication Health(int port, Func<OperatorHost?> host)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddRouting();
        WebApplication app = builder.Build();
        app.Urls.Add($"http://*:{port}");
        var metrics = new MetricsText();
        app.MapGet("/healthz", context => context.Response.WriteAsync("ok\n"));
        app.MapGet("/readyz", context =>
        {
            bool ready = host()?.IsReady == true;
            context.Response.StatusCode = ready ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
            return context.Response.WriteAsync(ready ? "ok\n" : "the local copies are not complete yet\n");
        });
        app.MapGet("/metrics", context =>
        {
            context.Response.ContentType = "text/plain; version=0.0.4; charset=utf-8";
            return context.Response.WriteAsync(metrics.Write());
        });
        app.Lifetime.ApplicationStopped.Register(metrics.Dispose);
        return app;
    }
}
