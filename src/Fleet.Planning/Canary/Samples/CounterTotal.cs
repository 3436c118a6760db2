namespace Fleet.Planning.Canary.Samples;

/// <summary>Adds up what counters gained, over restarts of the process that counts.</summary>
/// <remarks>
/// Every series has its own memory, so that one that disappears takes nothing away. A value below the last one means that counting began anew at zero.
/// A series that was not there in the first scrape began at zero since.
/// </remarks>
public sealed class CounterTotal
{
    /// <summary>Most series followed; more would be a fault of the target, and further ones are not counted.</summary>
    private const int MaximumSeries = 1_000;

    private readonly Dictionary<string, double> _last = new(StringComparer.Ordinal);
    private bool _hasBegun;

    /// <summary>What all series gained since the first scrape.</summary>
    public double Total { get; private set; }

    /// <summary>Another process counts from the next scrape on: what it has counted until then is no gain.</summary>
    public void Restart()
    {
        _last.Clear();
        _hasBegun = false;
    }

    /// <summary>Takes one scrape's values; keys tell series apart.</summary>
    public void Observe(IEnumerable<KeyValuePair<string, double>> series)
    {
        foreach ((string key, double value) in series)
        {
            if (!double.IsFinite(value) || value < 0)
            {
                continue;
            }

            if (_last.TryGetValue(key, out double last))
            {
                Total += value >= last ? value - last : value;
            }
            else if (_last.Count >= MaximumSeries)
            {
                continue;
            }
            else if (_hasBegun)
            {
                Total += value;
            }

            _last[key] = value;
        }

        _hasBegun = true;
    }
}
