using Fleet.Cli.Common;
using Fleet.Kubernetes.Models;
using Fleet.Planning.Canary;
using Fleet.Planning.Canary.Report;
using Fleet.Planning.Canary.Samples;

namespace Fleet.Cli.Compare;

/// <summary>Scrapes both sides of a pair for a while, and judges.</summary>
internal sealed class PairWatcher(INodeReader reader, Pair pair, TimeSpan epoch, TimeProvider time)
{
    /// <summary>Between two scrapes; no side is asked more often, however short the slots.</summary>
    internal static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    /// <summary>Watches, and says what came of it.</summary>
    /// <param name="length">How long.</param>
    /// <param name="progress">Told now and then.</param>
    /// <param name="cancellationToken">Ends it without a verdict.</param>
    /// <exception cref="CliException">A side does not answer at the beginning.</exception>
    public async Task<VerdictReport> WatchAsync(TimeSpan length, CompareProgress progress, CancellationToken cancellationToken)
    {
        bool hasKeyGroups = await HasKeyGroupsAsync(cancellationToken);
        MetricDefinition[] metrics = [.. BuiltInMetrics.All.Where(metric => hasKeyGroups || metric.Source is not { IsFromOutside: true })];
        var samples = new PairSamples(metrics, (pair.BaselineName, pair.CanaryName), epoch, (int)(length / Interval) + 16);
        using var timer = new PeriodicTimer(Interval, time);
        DateTimeOffset start = time.GetUtcNow();
        DateTimeOffset end = start + length;
        do
        {
            await Task.WhenAll(
                ScrapeAsync(PairSide.Baseline, pair.Baseline, samples, cancellationToken),
                ScrapeAsync(PairSide.Canary, pair.Canary, samples, cancellationToken),
                hasKeyGroups ? ScrapeOutsideAsync(samples, cancellationToken) : Task.CompletedTask);
            progress.Tell(time.GetUtcNow() - start, length);
        }
        while (time.GetUtcNow() < end && await timer.WaitForNextTickAsync(cancellationToken));

        progress.End();
        JudgeInput input = samples.Window(start, end);
        return new VerdictReport(pair.BaselineName, pair.CanaryName, input, Judge.Decide(input), [.. Notes(hasKeyGroups)]);
    }

    /// <summary>Whether a third node counts the duties of both nodes.</summary>
    private async Task<bool> HasKeyGroupsAsync(CancellationToken cancellationToken)
    {
        foreach ((string name, Pod pod) in (IEnumerable<(string, Pod)>)[(pair.BaselineName, pair.Baseline), (pair.CanaryName, pair.Canary)])
        {
            Scrape first = await reader.ScrapeAsync(pod, cancellationToken);
            if (first.Exposition is null)
            {
                throw new CliException($"{name} gives no metrics: {first.Problem}. See 'fleet nodes' and 'fleet logs'.");
            }
        }

        if (pair.Outside is null || (await reader.ScrapeAsync(pair.Outside, cancellationToken)).Exposition is not { } exposition)
        {
            return false;
        }

        HashSet<string?> groups = [.. exposition.Series.Select(series => series.Label(SeriesSelector.KeyGroupLabel))];
        return groups.Contains(pair.BaselineName) && groups.Contains(pair.CanaryName);
    }

    private async Task ScrapeAsync(PairSide side, Pod pod, PairSamples samples, CancellationToken cancellationToken)
    {
        Scrape scrape = await reader.ScrapeAsync(pod, cancellationToken);
        long? restarts = await reader.RestartsAsync(pod, cancellationToken);
        lock (samples)
        {
            if (scrape.Exposition is { } exposition)
            {
                samples.Observe(side, scrape.At, exposition);
            }
            else
            {
                samples.Fail(side, scrape.At, scrape.Problem!);
            }

            if (restarts is { } number)
            {
                samples.ObserveRestarts(side, scrape.At, number);
            }
        }
    }

    private async Task ScrapeOutsideAsync(PairSamples samples, CancellationToken cancellationToken)
    {
        Scrape scrape = await reader.ScrapeAsync(pair.Outside!, cancellationToken);
        lock (samples)
        {
            if (scrape.Exposition is { } exposition)
            {
                samples.ObserveOutside(scrape.At, exposition);
            }
        }
    }

    private IEnumerable<string> Notes(bool hasKeyGroups)
    {
        if (!hasKeyGroups)
        {
            yield return $"Duties are not judged: no third node counts those of {pair.BaselineName} and {pair.CanaryName}. Give the nodes of a pool '--duty-group {pair.CanaryName}=FIRST-LAST' in extraArgs to have them counted.";
        }
    }
}
