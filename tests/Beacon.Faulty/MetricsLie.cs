using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace Beacon.Faulty;

/// <summary>What stands at the metrics port instead of the node.</summary>
internal static class MetricsLie
{
    private const string Garbage =
        """
        # TYPE beacon_head_slot gauge
        beacon_head_slot banana
        beacon_finalized_epoch{ 3
        process_cpu_seconds_total -1
        process_resident_memory_bytes NaN
        fleet_block_arrival_delay_seconds_bucket{le="x"} 1e999
        libp2p_peers 5 libp2p_peers 6
        {} {} {}
        <html>

        """;

    /// <summary>Starts a server that lives as long as the process.</summary>
    public static void Start(IPAddress address, int port, bool silent)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(options => options.Listen(address, port));
        WebApplication app = builder.Build();
        app.Run(context =>
        {
            context.Response.StatusCode = silent ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status200OK;
            context.Response.ContentType = "text/plain; version=0.0.4; charset=utf-8";
            return silent ? Task.CompletedTask : context.Response.WriteAsync(Garbage, context.RequestAborted);
        });
        _ = app.RunAsync();
    }
}
