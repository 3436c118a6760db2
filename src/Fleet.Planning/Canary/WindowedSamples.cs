namespace Fleet.Planning.Canary;

/// <summary>The samples of both sides that lie in the window and are numbers, in the order of time.</summary>
internal readonly ref struct WindowedSamples
{
    /// <summary>Takes what lies in the window.</summary>
    public WindowedSamples(MetricObservation metric, JudgeInput input)
    {
        Baseline = Within(metric.Baseline, input);
        Canary = Within(metric.Canary, input);
    }

    /// <summary>The side with the stable image.</summary>
    public ReadOnlySpan<Sample> Baseline { get; }

    /// <summary>The side with the new image.</summary>
    public ReadOnlySpan<Sample> Canary { get; }

    private static ReadOnlySpan<Sample> Within(SideData side, JudgeInput input)
    {
        ReadOnlySpan<Sample> all = side.Samples.AsSpan();
        int kept = 0;
        bool isSorted = true;
        for (int i = 0; i < all.Length; i++)
        {
            kept += IsWithin(all[i], input) ? 1 : 0;
            isSorted &= i == 0 || all[i - 1].At <= all[i].At;
        }

        if (kept == all.Length && isSorted)
        {
            return all;
        }

        var samples = new Sample[kept];
        int next = 0;
        foreach (Sample sample in all)
        {
            if (IsWithin(sample, input))
            {
                samples[next++] = sample;
            }
        }

        if (!isSorted)
        {
            samples.AsSpan().Sort(static (a, b) => a.At != b.At ? a.At.CompareTo(b.At) : a.Value.CompareTo(b.Value));
        }

        return samples;
    }

    private static bool IsWithin(Sample sample, JudgeInput input) => sample.At >= input.Start && sample.At < input.End && double.IsFinite(sample.Value);
}
