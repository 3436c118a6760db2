using System.Diagnostics.Metrics;

namespace Beacon.Node.Api;

/// <summary>Counts what the Beacon API answers.</summary>
internal sealed class ApiMetrics
{
    private readonly Counter<long> _requests;

    public ApiMetrics(IMeterFactory meters)
    {
        _requests = meters.Create(new MeterOptions("Beacon.Api")).CreateCounter<long>(
            "fleet_api_requests_total", description: "Requests to the Beacon API by the class of the answer's status (2xx, 4xx, 5xx), without probes and scrapes.");
        foreach (string status in (string[])["2xx", "4xx", "5xx"])
        {
            _requests.Add(0, new KeyValuePair<string, object?>("status", status));
        }
    }

    /// <summary>Counts an answer. Probes are left out: 503 is what they are told while all is well.</summary>
    public void Count(HttpContext context)
    {
        if (context.Request.Path.Value is not ("/healthz" or "/metrics" or "/eth/v1/node/health"))
        {
            string status = context.Response.StatusCode switch { < 400 => "2xx", < 500 => "4xx", _ => "5xx" };
            _requests.Add(1, new KeyValuePair<string, object?>("status", status));
        }
    }
}
