using Fleet.Kubernetes;
using Fleet.Kubernetes.Models;
using Fleet.Planning.Canary.Samples;
using Fleet.Planning.Children;

namespace Fleet.Cli.Compare;

/// <summary>What came of a scrape.</summary>
/// <param name="At">When the answer was there.</param>
/// <param name="Exposition">The answer; null: there was none.</param>
/// <param name="Problem">Why there was none, as a clause.</param>
internal sealed record Scrape(DateTimeOffset At, Exposition? Exposition, string? Problem);

/// <summary>What is asked about a node that is watched.</summary>
internal interface INodeReader
{
    /// <summary>Asks for its metrics once.</summary>
    Task<Scrape> ScrapeAsync(Pod pod, CancellationToken cancellationToken);

    /// <summary>Restarts of its containers; null: not known now.</summary>
    Task<long?> RestartsAsync(Pod pod, CancellationToken cancellationToken);
}

/// <summary>Reads the metrics of nodes through the API server's pod proxy, so that it works wherever kubectl does.</summary>
internal sealed class MetricsScraper(IKubernetesClient client, TimeProvider time) : INodeReader
{
    /// <summary>Longest answer that is read; the metrics of a node are a twentieth of it.</summary>
    private const int MaxBytes = 4 * 1024 * 1024;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    /// <inheritdoc/>
    public async Task<Scrape> ScrapeAsync(Pod pod, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Patience);
        try
        {
            using HttpResponseMessage response = await client.ProxyPodAsync(ObjectKey.Of(pod), Ports.Metrics, HttpMethod.Get, "/metrics", content: null, patience.Token);
            if (!response.IsSuccessStatusCode)
            {
                return Failed($"/metrics answered {(int)response.StatusCode}");
            }

            await using Stream body = await response.Content.ReadAsStreamAsync(patience.Token);
            byte[] text = new byte[MaxBytes];
            int length = await body.ReadAtLeastAsync(text, MaxBytes, throwOnEndOfStream: false, patience.Token);
            return new Scrape(time.GetUtcNow(), PrometheusText.Parse(text.AsSpan(0, length)), null);
        }
        catch (Exception exception) when (exception is KubernetesException or HttpRequestException or IOException)
        {
            return Failed("/metrics could not be read");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return Failed($"/metrics did not answer within {Patience.TotalSeconds:0} s");
        }

        Scrape Failed(string problem) => new(time.GetUtcNow(), null, problem);
    }

    /// <inheritdoc/>
    public async Task<long?> RestartsAsync(Pod pod, CancellationToken cancellationToken)
    {
        try
        {
            return (await client.FindAsync<Pod>(ObjectKey.Of(pod), cancellationToken))?.Status?.ContainerStatuses?.Sum(status => (long)status.RestartCount);
        }
        catch (KubernetesException)
        {
            // Asked again at the next scrape.
            return null;
        }
    }
}
