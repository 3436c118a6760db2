using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Fleet.Planning.Canary;

/// <summary>What becomes of a metric whose data do not suffice.</summary>
/// <remarks>
/// A canary that lacks what it must have, or whose metric errors while the baseline's does not, fails. Where the baseline lacks data, or the window is too
/// short, the canary is not to blame and nothing is known.
/// </remarks>
internal static class Absence
{
    /// <summary>Cuts the window into blocks, or says why there are too few.</summary>
    public static bool TryCut(
        MetricObservation metric, WindowedSamples samples, JudgeInput input, [NotNullWhen(true)] out BlockCut? cut, [NotNullWhen(false)] out MetricVerdict? absent)
    {
        cut = null;
        absent = null;
        if (!BlockCut.IsLongEnough(input))
        {
            absent = Of(metric, false, false, samples, string.Create(
                CultureInfo.InvariantCulture,
                $"the window of {Sentences.Time(input.End - input.Start)} is shorter than {BlockCut.Fewest} epochs of {Sentences.Time(input.Epoch)}; a longer rollout.duration makes it judgeable"));
        }
        else if (samples.Baseline.IsEmpty || samples.Canary.IsEmpty)
        {
            string who = !samples.Baseline.IsEmpty ? "the canary has" : !samples.Canary.IsEmpty ? "the baseline has" : "both sides have";
            absent = Of(metric, samples.Baseline.IsEmpty, samples.Canary.IsEmpty, samples, $"{who} no samples of it in the window");
        }
        else
        {
            cut = BlockCut.Of(samples.Baseline, samples.Canary, input, metric.Definition);
            absent = cut.Blocks.Length >= BlockCut.Fewest ? null : Of(metric, cut.OfBaseline < BlockCut.Fewest, cut.OfCanary < BlockCut.Fewest, samples, string.Create(
                CultureInfo.InvariantCulture,
                $"only {cut.Blocks.Length} blocks of {Sentences.Time(cut.Length)} have samples of both sides, and {BlockCut.Fewest} are needed (baseline {cut.OfBaseline}, canary {cut.OfCanary})"));
        }

        return absent is null && cut is not null;
    }

    /// <summary>Too few duties.</summary>
    public static MetricVerdict OfDuties(MetricObservation metric, DutyCounts baseline, DutyCounts canary) => Of(
        metric, baseline.Of < DutyTest.FewestDuties, canary.Of < DutyTest.FewestDuties, default, string.Create(
            CultureInfo.InvariantCulture,
            $"fewer than {DutyTest.FewestDuties} duties say nothing (baseline {baseline.Of}, canary {canary.Of})")) with
    {
        BaselineSamples = baseline.Of,
        CanarySamples = canary.Of,
    };

    /// <summary>A number that is not known.</summary>
    public static MetricVerdict OfCounts(MetricObservation metric) => Of(
        metric, metric.Baseline.Count is null, metric.Canary.Count is null, default,
        metric.Baseline.Count is not null ? "the canary's number is not known" : metric.Canary.Count is not null ? "the baseline's number is not known" : "neither side's number is known");

    private static MetricVerdict Of(MetricObservation metric, bool baselineLacks, bool canaryLacks, WindowedSamples samples, string why)
    {
        bool fails = canaryLacks && (metric.Definition.MustHaveData || (metric.Canary.Problem is not null && !baselineLacks));
        string? problem = (canaryLacks ? metric.Canary.Problem : null) ?? (baselineLacks ? metric.Baseline.Problem : null);
        string because = problem is null ? "" : $": {problem}";
        return new MetricVerdict
        {
            Name = metric.Definition.Name,
            Group = metric.Definition.Group,
            Label = fails ? MetricLabel.NodataFail : MetricLabel.Nodata,
            Why = $"{metric.Definition.Name} is not judged, {why}{because}.",
            BaselineSamples = samples.Baseline.Length,
            CanarySamples = samples.Canary.Length,
        };
    }
}
