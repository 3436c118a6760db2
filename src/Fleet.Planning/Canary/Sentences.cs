using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.CompilerServices;
using Fleet.Api;

namespace Fleet.Planning.Canary;

/// <summary>Says in one sentence why a metric, or a whole canary, got its verdict.</summary>
internal static class Sentences
{
    private const double Kibi = 1024;
    private const double Mebi = 1024 * 1024;

    /// <summary>A continuous metric that was judged.</summary>
    public static string Continuous(MetricDefinition definition, MetricVerdict verdict, ReadOnlySpan<double> differences)
    {
        bool upwards = verdict.Label == MetricLabel.High || (verdict.Label == MetricLabel.Pass && definition.Direction != MetricDirection.Decrease);
        int agreeing = 0;
        foreach (double difference in differences)
        {
            agreeing += upwards ? (difference > 0 ? 1 : 0) : difference < 0 ? 1 : 0;
        }

        string effect = definition.IsRatio
            ? Text($"{Ratio(verdict.Effect!.Value)} times the baseline's")
            : Text($"{Value(definition, Math.Abs(verdict.Effect!.Value))} {(verdict.Effect >= 0 ? "above" : "below")} the baseline's");
        bool isFloored = definition.IsRatio && Math.Min(verdict.Canary!.Value, verdict.Baseline!.Value) < definition.Floor;
        string levels = Pair(definition, verdict.Canary!.Value, verdict.Baseline!.Value) + (isFloored ? $", where less than {Value(definition, definition.Floor)} counts as that" : "");
        string bound = definition.IsRatio ? Text($"{Ratio(verdict.Bound!.Value)} times") : Value(definition, Math.Abs(verdict.Bound!.Value));
        string blocks = differences.Length < 2 ? "" : Text($"{agreeing} of {differences.Length} blocks are {(upwards ? "above" : "below")} their twin");
        return verdict.Label != MetricLabel.Pass ? Text($"{definition.Name} is {effect} ({levels}), beyond the {bound} that is allowed{(blocks.Length > 0 ? ", and " : "")}{blocks}.")
            : Text($"{definition.Name} is {effect} ({levels}); {bound} is allowed{(blocks.Length > 0 ? ", and " : "")}{blocks}.");
    }

    /// <summary>A slope that was judged.</summary>
    public static string Slope(MetricDefinition definition, MetricVerdict verdict)
    {
        string slopes = Text($"{Value(definition, verdict.Canary!.Value)} per second instead of {Value(definition, verdict.Baseline!.Value)}");
        string allowed = Text($"{Value(definition, Math.Abs(verdict.Bound!.Value))} per second {(verdict.Bound < 0 ? "less" : "more")} is allowed");
        return $"{definition.Name}: {slopes}; {allowed}{(verdict.IsFailure ? ", and the two intervals do not meet" : "")}.";
    }

    /// <summary>A share of duties that was judged.</summary>
    public static string Duty(MetricDefinition definition, MetricLabel label, DutyCounts baseline, DutyCounts canary, double allowed, double probability)
    {
        double points = 100 * (((double)canary.Hits / canary.Of) - ((double)baseline.Hits / baseline.Of));
        string shares = Text($"{canary.Hits} of {canary.Of} on the canary, {baseline.Hits} of {baseline.Of} on the baseline, {Math.Abs(points):0.#} points {(points < 0 ? "fewer" : "more")}");
        string limit = Text($"{Math.Abs(100 * allowed):0.#} points {(allowed < 0 ? "fewer" : "more")}");
        string chance = probability < 1e-6 ? "less than once in a million times" : Text($"once in {1 / probability:0} times");
        return label == MetricLabel.Pass
            ? Text($"{definition.Name}: {shares}; from {limit} on it fails, if chance makes that less than once in {1 / DutyTest.Alpha:0} times.")
            : Text($"{definition.Name}: {shares}, where {limit} fail, and chance makes that {chance}.");
    }

    /// <summary>A number of events that was judged.</summary>
    public static string Count(MetricDefinition definition, MetricLabel label, long baseline, long canary, double allowed)
    {
        string number = allowed == 0 ? "none" : Text($"{allowed:0.##}");
        return Text($"{definition.Name}: {canary} on the canary, {baseline} on the baseline; {number} {(label == MetricLabel.Low ? "fewer" : "more")} {(allowed <= 1 ? "is" : "are")} allowed.");
    }

    /// <summary>A metric whose samples say the same for longer than a block lasts.</summary>
    public static string TooSlow(MetricDefinition definition, BlockCut cut, JudgeInput input)
    {
        TimeSpan memory = cut.Dependence.Time * 2;
        return $"{definition.Name} is not judged: its samples depend on each other for {Time(memory)}, longer than a block of {Time(cut.Length)}, "
            + $"and the effect is not so large that this would not matter; a window of {Time(memory * BlockCut.Fewest)} instead of {Time(input.End - input.Start)} would do.";
    }

    /// <summary>A metric judged by Kayenta's rules.</summary>
    public static string Kayenta(MetricDefinition definition, MetricLabel label, Statistics.Interval interval, double ratio, double tolerance)
    {
        string shift = Text($"the shift is between {Value(definition, interval.Low)} and {Value(definition, interval.High)}, the ratio of the means {Ratio(ratio)}");
        return Text($"{definition.Name}: {shift}; {(label == MetricLabel.Pass ? "within" : "beyond")} the tolerance of {tolerance:0.##} times the estimate and the ratio that is allowed.");
    }

    /// <summary>A whole verdict.</summary>
    public static string Verdict(CanaryOutcome outcome, double? score, ImmutableArray<MetricVerdict> metrics, JudgeInput input)
    {
        string[] critical = [.. metrics.Where(static metric => metric.IsCritical).Select(static metric => metric.Name)];
        string[] failed = [.. metrics.Where(static metric => metric.IsFailure).Select(static metric => metric.Name)];
        int unknown = metrics.Count(static metric => metric.Label == MetricLabel.Nodata);
        string what = critical.Length > 0 ? Text($"{Named(critical)} failed critically")
            : failed.Length > 0 ? Text($"{Named(failed)} failed")
            : Text($"{metrics.Length - unknown} of {metrics.Length} metrics passed");
        string lacking = unknown > 0 ? Text($", {unknown} could not be judged") : "";
        return outcome switch
        {
            CanaryOutcome.NoVerdict => Text($"No verdict: {unknown} of {metrics.Length} metrics could not be judged, and half is too many."),
            CanaryOutcome.Approve => Text($"Score {score:0.00}: {what}{lacking}; {input.Pass:0.##} is enough."),
            CanaryOutcome.AwaitApproval => Text($"Score {score:0.00}: {what}{lacking}; below {input.Pass:0.##} a person decides."),
            _ => Text($"Score {score:0.00}: {what}{lacking}; below {input.Marginal:0.##} the roll-out stops."),
        };
    }

    /// <summary>A length of time as in manifests.</summary>
    public static string Time(TimeSpan time) => Duration.From(TimeSpan.FromMilliseconds(
        time.TotalSeconds >= 10 ? 1000 * Math.Round(time.TotalSeconds) : Math.Round(time.TotalMilliseconds))).Text;

    private static string Named(string[] names) => names.Length <= 3 ? string.Join(", ", names) : Text($"{string.Join(", ", names[..3])} and {names.Length - 3} more");

    private static string Ratio(double ratio) => ratio is >= 0.01 and < 1000 ? Text($"{ratio:0.00}") : Text($"{ratio:0.##e0}");

    /// <summary>A value with its unit, as short as it can be read.</summary>
    public static string Value(MetricDefinition definition, double value)
    {
        if (definition.Unit == "bytes")
        {
            double size = Math.Abs(value);
            return size >= Mebi ? Text($"{value / Mebi:0.0} MiB") : size >= Kibi ? Text($"{value / Kibi:0.0} KiB") : Text($"{value:0} bytes");
        }

        return definition.Unit.Length == 0 ? Number(value) : Text($"{Number(value)} {definition.Unit}");
    }

    /// <summary>Two values of one unit; the unit is said once, but for bytes, whose size decides it.</summary>
    private static string Pair(MetricDefinition definition, double canary, double baseline) => Text(
        $"{(definition.Unit == "bytes" ? Value(definition, canary) : Number(canary))} instead of {Value(definition, baseline)}");

    /// <summary>Three significant digits.</summary>
    private static string Number(double value)
    {
        double absolute = Math.Abs(value);
        return absolute is not 0 and (< 0.001 or >= 1e9) ? Text($"{value:0.##e0}")
            : absolute is 0 or >= 1000 ? Text($"{value:0}")
            : Text($"{Math.Round(value, Math.Clamp(2 - (int)Math.Floor(Math.Log10(absolute)), 0, 5)):0.#####}");
    }

    private static string Text(DefaultInterpolatedStringHandler text) => string.Create(CultureInfo.InvariantCulture, ref text);
}
