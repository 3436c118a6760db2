using System.Collections.Immutable;

namespace Fleet.Planning.Canary.Samples;

/// <summary>The latest samples of a series, at most a fixed number: a new one takes the place of the oldest. For one writer and no reader beside it.</summary>
/// <param name="capacity">Most samples kept.</param>
public sealed class SampleRing(int capacity)
{
    private readonly Sample[] _samples = new Sample[capacity > 0 ? capacity : throw new ArgumentOutOfRangeException(nameof(capacity), capacity, "A ring holds at least one sample.")];
    private int _first;

    /// <summary>Samples held.</summary>
    public int Count { get; private set; }

    /// <summary>The oldest that is held is number 0.</summary>
    public Sample this[int index] => index >= 0 && index < Count
        ? _samples[(_first + index) % _samples.Length]
        : throw new ArgumentOutOfRangeException(nameof(index), index, $"The ring holds {Count} samples.");

    /// <summary>Adds a sample. One that is not newer than the last is left out: time does not go back, and a scrape counts once.</summary>
    public bool Add(DateTimeOffset at, double value)
    {
        if (Count > 0 && this[Count - 1].At >= at)
        {
            return false;
        }

        if (Count < _samples.Length)
        {
            _samples[(_first + Count++) % _samples.Length] = new Sample(at, value);
        }
        else
        {
            _samples[_first] = new Sample(at, value);
            _first = (_first + 1) % _samples.Length;
        }

        return true;
    }

    /// <summary>Forgets everything.</summary>
    public void Clear() => (_first, Count) = (0, 0);

    /// <summary>Samples from a time on, up to another, exclusive.</summary>
    public ImmutableArray<Sample> Between(DateTimeOffset start, DateTimeOffset end)
    {
        int from = FirstAtOrAfter(start);
        int to = FirstAtOrAfter(end);
        var samples = ImmutableArray.CreateBuilder<Sample>(Math.Max(0, to - from));
        for (int i = from; i < to; i++)
        {
            samples.Add(this[i]);
        }

        return samples.MoveToImmutable();
    }

    /// <summary>Number of the last sample that is not newer, where a count over a window begins; 0 if there is none.</summary>
    public int LastAtOrBefore(DateTimeOffset time) => Math.Max(0, FirstAtOrAfter(time.AddTicks(1)) - 1);

    /// <summary>Number of the first sample that is not older; <see cref="Count"/> if there is none.</summary>
    public int FirstAtOrAfter(DateTimeOffset time)
    {
        int low = 0;
        int high = Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            (low, high) = this[middle].At < time ? (middle + 1, high) : (low, middle);
        }

        return low;
    }
}
