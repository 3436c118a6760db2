using Fleet.Planning.Canary;
using Fleet.Planning.Canary.Samples;
using Fleet.Planning.Rollouts;

namespace Fleet.Operator.Sampling;

/// <summary>Attestations of both sides' keys, epoch by epoch, from the counters of a node outside the pair. Bounded; for one thread at a time.</summary>
internal sealed class DutyLedger(string baseline, string canary)
{
    private const string Epoch = "fleet_duty_epoch";
    private const string Attestations = "fleet_duty_attestation_total";

    /// <summary>Two epochs are what lies between three readings.</summary>
    private const int Readings = 3;

    private readonly Queue<(long Epoch, Totals Baseline, Totals Canary)> _readings = new();

    /// <summary>The last two epochs that are complete; null: not so many are known.</summary>
    public PairDuties? Last { get; private set; }

    /// <summary>Reads a scrape.</summary>
    public void Observe(Exposition exposition)
    {
        if (exposition.Series.FirstOrDefault(series => series.Name == Epoch) is not { Value: >= 0 and < long.MaxValue } counted)
        {
            return;
        }

        long epoch = (long)counted.Value;
        var now = (Epoch: epoch, Baseline: Total(exposition, baseline), Canary: Total(exposition, canary));
        if (_readings.Count > 0 && _readings.Last() is var last)
        {
            bool isOfAnother = epoch < last.Epoch || now.Baseline.Of < last.Baseline.Of || now.Canary.Of < last.Canary.Of;
            if (isOfAnother || epoch > last.Epoch + 1)
            {
                // Another node counts, or the same one after a restart, or epochs went by unseen.
                Restart();
            }
            else if (epoch == last.Epoch)
            {
                return;
            }
        }

        _readings.Enqueue(now);
        if (_readings.Count > Readings)
        {
            _readings.Dequeue();
        }

        if (_readings.Count == Readings)
        {
            var first = _readings.Peek();
            Last = new PairDuties(epoch - 1, now.Baseline.Since(first.Baseline), now.Canary.Since(first.Canary));
        }
    }

    /// <summary>Forgets everything.</summary>
    public void Restart()
    {
        _readings.Clear();
        Last = null;
    }

    private static Totals Total(Exposition exposition, string keyGroup)
    {
        double failed = 0;
        double all = 0;
        foreach (ExposedSeries series in exposition.Series)
        {
            if (series.Name == Attestations && series.Label(SeriesSelector.KeyGroupLabel) == keyGroup && double.IsFinite(series.Value))
            {
                all += series.Value;
                failed += series.Label("result") is "missed" or "wrong_target" ? series.Value : 0;
            }
        }

        return new Totals((long)failed, (long)all);
    }

    private readonly record struct Totals(long Failed, long Of)
    {
        public DutyCounts Since(Totals earlier) => new(Failed - earlier.Failed, Of - earlier.Of);
    }
}
