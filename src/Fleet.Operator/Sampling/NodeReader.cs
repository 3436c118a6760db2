using System.Globalization;
using Beacon.ApiClient;
using Beacon.ApiClient.Json;
using Fleet.Planning.Canary.Samples;
using Fleet.Planning.Children;

namespace Fleet.Operator.Sampling;

/// <summary>What came of a question to a node.</summary>
/// <param name="Answered">Whether anything answered at all.</param>
/// <param name="Exposition">Its metrics; null: they could not be had.</param>
/// <param name="Problem">Why not, as a clause.</param>
internal sealed record Scrape(bool Answered, Exposition? Exposition, string? Problem);

/// <summary>Asks the nodes of a pair, and those outside it, at their pods' addresses.</summary>
internal sealed class NodeReader(HttpClient http, TimeProvider time)
{
    /// <summary>Longest answer that is read; the metrics of a node are a twentieth of it.</summary>
    private const int MaxBytes = 4 * 1024 * 1024;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    /// <summary>Scrapes a node's metrics.</summary>
    public async Task<Scrape> ScrapeAsync(string address, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(Patience, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            using HttpResponseMessage response = await http.GetAsync(At(address, Ports.Metrics, "/metrics"), HttpCompletionOption.ResponseHeadersRead, both.Token);
            if (!response.IsSuccessStatusCode)
            {
                return new Scrape(true, null, $"/metrics answered {(int)response.StatusCode}");
            }

            await using Stream body = await response.Content.ReadAsStreamAsync(both.Token);
            using var text = new MemoryStream();
            byte[] buffer = new byte[32 * 1024];
            for (int read; text.Length < MaxBytes && (read = await body.ReadAsync(buffer, both.Token)) > 0;)
            {
                text.Write(buffer, 0, read);
            }

            return new Scrape(true, PrometheusText.Parse(text.GetBuffer().AsSpan(0, (int)text.Length)), null);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            return new Scrape(false, null, "/metrics could not be read");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new Scrape(false, null, $"/metrics did not answer within {Patience.TotalSeconds:0} s");
        }
    }

    /// <summary>Root of a node's block at a slot; null: it has none there.</summary>
    /// <returns>Answered: false when the node did not say.</returns>
    public async Task<(bool Answered, string? Root)> BlockRootAsync(string address, long slot, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(Patience, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            ApiResponse<BlockHeaderInfo> header = await Api(address).GetHeaderAsync(slot.ToString(CultureInfo.InvariantCulture), both.Token);
            return (true, header.Data.Root.ToString());
        }
        catch (BeaconApiException exception)
        {
            return (exception.IsNotFound, null);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return (false, null);
        }
    }

    /// <summary>Configuration that a node says it runs; null: it does not say.</summary>
    public async Task<IReadOnlyDictionary<string, string>?> ConfigAsync(string address, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(Patience, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            return await Api(address).GetSpecAsync(both.Token);
        }
        catch (BeaconApiException)
        {
            return null;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }

    private BeaconApiClient Api(string address) => new(http, At(address, Ports.Http, ""));

    private static Uri At(string address, int port, string path) =>
        new(string.Create(CultureInfo.InvariantCulture, $"http://{(address.Contains(':', StringComparison.Ordinal) ? $"[{address}]" : address)}:{port}{path}"));
}
