using System.Collections.Concurrent;
using Fleet.Api;
using Fleet.Planning.Canary.Samples;

namespace Fleet.Operator.Sampling;

/// <summary>What is news of a node's metrics.</summary>
/// <param name="Answered">Whether the node itself answered.</param>
/// <param name="Samples">Scrapes that were not read before, oldest first.</param>
/// <param name="Problem">Why there are none, as a clause; null: there are, or none was due.</param>
internal sealed record Reading(bool Answered, IReadOnlyList<(DateTimeOffset At, Exposition Exposition)> Samples, string? Problem);

/// <summary>Reads the metrics of nodes: from themselves, or from a Prometheus that scrapes them. Every scrape is given once.</summary>
/// <param name="nodes">Asks nodes.</param>
/// <param name="prometheus">Asks a Prometheus; null: the nodes are asked.</param>
/// <param name="namespace">Namespace of the nodes.</param>
/// <param name="sampling">Between two looks.</param>
/// <param name="time">The clock.</param>
internal sealed class SampleReader(NodeReader nodes, PrometheusReader? prometheus, string @namespace, TimeSpan sampling, TimeProvider time)
{
    /// <summary>A Prometheus scrapes once a minute at worst.</summary>
    private static readonly TimeSpan ShortestWindow = TimeSpan.FromMinutes(2);

    private readonly ConcurrentDictionary<string, DateTimeOffset> _read = new(StringComparer.Ordinal);

    /// <summary>What is news of a node.</summary>
    /// <param name="node">Its name.</param>
    /// <param name="address">Address of its pod.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<Reading> ReadAsync(string node, string address, CancellationToken cancellationToken)
    {
        if (prometheus is null)
        {
            Scrape scrape = await nodes.ScrapeAsync(address, cancellationToken);
            return new Reading(scrape.Answered, scrape.Exposition is { } exposition ? [(time.GetUtcNow(), exposition)] : [], scrape.Problem);
        }

        try
        {
            TimeSpan window = sampling * 4 < ShortestWindow ? ShortestWindow : sampling * 4;
            DateTimeOffset last = _read.GetValueOrDefault(node);
            (DateTimeOffset At, Exposition Exposition)[] samples = [.. (await prometheus.ReadAsync(@namespace, Names.Pod(node), window, cancellationToken)).Where(sample => sample.At > last)];
            _read[node] = samples.Length > 0 ? samples[^1].At : last;
            return new Reading(false, samples, null);
        }
        catch (PrometheusException exception)
        {
            return new Reading(false, [], exception.Message.TrimEnd('.'));
        }
    }

    /// <summary>What was scraped until now is about other pods.</summary>
    public void Restart(params ReadOnlySpan<string> restarted)
    {
        foreach (string node in restarted)
        {
            _read[node] = time.GetUtcNow();
        }
    }
}
