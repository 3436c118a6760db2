using System.Diagnostics.Metrics;

namespace Beacon.Metrics;

/// <summary>The meters of one process, or of one of several nodes within a test process.</summary>
/// <remarks>
/// Every meter carries this object as its scope, and a <see cref="MetricsRegistry"/> made for it sees only those. Thread-safe. Disposing
/// it disposes the meters.
/// </remarks>
public sealed class MetricsScope : IMeterFactory
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Meter> _meters = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public Meter Create(MeterOptions options)
    {
        lock (_lock)
        {
            if (!_meters.TryGetValue(options.Name, out Meter? meter))
            {
                meter = new Meter(new MeterOptions(options.Name) { Version = options.Version, Tags = options.Tags, Scope = this });
                _meters.Add(options.Name, meter);
            }

            return meter;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
        {
            foreach (Meter meter in _meters.Values)
            {
                meter.Dispose();
            }

            _meters.Clear();
        }
    }
}
