using System.Globalization;
using System.Text.Json;
using Fleet.Planning.Canary.Samples;

namespace Fleet.Operator.Sampling;

/// <summary>Reads the samples of a node that a Prometheus has scraped, as if they had been scraped here: the same memory takes either.</summary>
/// <remarks>
/// The samples of a target's scrape all have its time, so grouping by time gives back what the node answered. Values between the scrapes are not
/// made up: a range of raw samples is asked for, not a graph in steps.
/// </remarks>
/// <param name="http">See <see cref="CreateClient"/>.</param>
/// <param name="root">Its address; allowed by <see cref="PrometheusPrefixes"/>.</param>
/// <param name="time">The clock for deadlines.</param>
internal sealed class PrometheusReader(HttpClient http, Uri root, TimeProvider time)
{
    /// <summary>Longest answer that is read, in bytes.</summary>
    internal const int MaxBytes = 16 * 1024 * 1024;

    /// <summary>Longest text of a failure that is passed on, in characters.</summary>
    private const int MaxReason = 200;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>A client that goes nowhere but where it is sent.</summary>
    public static HttpClient CreateClient() => new(new SocketsHttpHandler
    {
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        ConnectTimeout = TimeSpan.FromSeconds(2),
        UseProxy = false,
        UseCookies = false,
        AllowAutoRedirect = false,
        MaxConnectionsPerServer = 2,
    });

    /// <summary>What a node answered to the scrapes of a stretch of time that ends now, oldest first.</summary>
    /// <param name="namespace">Namespace of its pod, which is the label <c>namespace</c> there.</param>
    /// <param name="pod">Its pod, which is the label <c>pod</c>.</param>
    /// <param name="window">Length of the stretch.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="PrometheusException">There is nothing to be had.</exception>
    public async Task<IReadOnlyList<(DateTimeOffset At, Exposition Exposition)>> ReadAsync(string @namespace, string pod, TimeSpan window, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(window, TimeSpan.FromMilliseconds(1));
        string query = string.Create(
            CultureInfo.InvariantCulture, $"{{namespace=\"{Escaped(@namespace)}\",pod=\"{Escaped(pod)}\"}}[{(long)window.TotalMilliseconds}ms]");
        using var deadline = new CancellationTokenSource(Patience, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            var address = new Uri($"{root.AbsoluteUri.TrimEnd('/')}/api/v1/query?query={Uri.EscapeDataString(query)}");
            using HttpResponseMessage response = await http.GetAsync(address, HttpCompletionOption.ResponseHeadersRead, both.Token);
            ReadOnlyMemory<byte> body = await BodyAsync(response, both.Token);
            if (!response.IsSuccessStatusCode)
            {
                throw Failed($"answered {(int)response.StatusCode}{Reason(body)}");
            }

            using JsonDocument document = JsonDocument.Parse(body);
            return PrometheusAnswer.Read(document.RootElement) is { Count: > 0 } samples
                ? samples
                : throw Failed($"has no {PrometheusAnswer.OfNodes} of pod {@namespace}/{pod} in the last {Fleet.Api.Duration.From(window)}; let it scrape port 8008 of the nodes, with the labels namespace and pod");
        }
        catch (HttpRequestException exception)
        {
            throw Failed($"could not be asked ({exception.Message.TrimEnd('.')})", exception);
        }
        catch (IOException exception)
        {
            throw Failed("broke off its answer", exception);
        }
        catch (Exception exception) when (exception is JsonException or FormatException or KeyNotFoundException or InvalidOperationException)
        {
            throw Failed("answered with something that is no result of a query; give the address that its own pages have", exception);
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw Failed($"did not answer within {Patience.TotalSeconds:0} s", exception);
        }
    }

    /// <summary>A text as it stands in quotes in a query.</summary>
    private static string Escaped(string text) =>
        text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);

    private async Task<ReadOnlyMemory<byte>> BodyAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        await using Stream body = await response.Content.ReadAsStreamAsync(cancellationToken);
        using var text = new MemoryStream();
        byte[] buffer = new byte[64 * 1024];
        for (int read; (read = await body.ReadAsync(buffer, cancellationToken)) > 0;)
        {
            if (text.Length + read > MaxBytes)
            {
                throw Failed($"answered with more than {MaxBytes >> 20} MiB; let it scrape the nodes less often");
            }

            text.Write(buffer, 0, read);
        }

        return text.GetBuffer().AsMemory(0, (int)text.Length);
    }

    /// <summary>What Prometheus says of a failure; nothing where something else answered.</summary>
    private static string Reason(ReadOnlyMemory<byte> body)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(body);
            string said = document.RootElement.GetProperty("error").GetString() ?? "";
            string line = string.Concat(said.Take(MaxReason).Select(c => char.IsControl(c) ? ' ' : c)).TrimEnd('.', ' ');
            return line.Length == 0 ? "" : ": " + line;
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return "";
        }
    }

    private PrometheusException Failed(string what, Exception? inner = null) => new($"Prometheus at {root.AbsoluteUri.TrimEnd('/')} {what}.", inner);
}
