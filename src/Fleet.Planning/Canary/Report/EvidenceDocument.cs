using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace Fleet.Planning.Canary.Report;

/// <summary>A verdict as it is kept. Apart from the judge's own types, so that these may change while what was written stays readable.</summary>
internal sealed record EvidenceDocument(
    int Format,
    string Baseline,
    string Canary,
    JudgeMode Mode,
    DateTimeOffset Start,
    DateTimeOffset End,
    TimeSpan Epoch,
    double Pass,
    double Marginal,
    Dictionary<string, double> GroupWeights,
    ImmutableArray<MetricEvidence> Metrics,
    CanaryOutcome Outcome,
    double? Score,
    string Why,
    ImmutableArray<GroupScore> Groups,
    ImmutableArray<string> Notes)
{
    /// <summary>Number of this shape; another one is not read.</summary>
    private const int CurrentFormat = 1;

    /// <summary>The document of a verdict with at most so many samples of each metric and side.</summary>
    public static EvidenceDocument Of(VerdictReport report, int mostSamples)
    {
        JudgeInput input = report.Input;
        var metrics = ImmutableArray.CreateBuilder<MetricEvidence>(input.Metrics.Length);
        for (int i = 0; i < input.Metrics.Length; i++)
        {
            metrics.Add(MetricEvidence.Of(input.Metrics[i], report.Verdict.Metrics[i], input.Start, mostSamples));
        }

        return new EvidenceDocument(
            CurrentFormat,
            report.Baseline,
            report.Canary,
            input.Mode,
            input.Start,
            input.End,
            input.Epoch,
            input.Pass,
            input.Marginal,
            new Dictionary<string, double>(input.GroupWeights.OrderBy(group => group.Key, StringComparer.Ordinal)),
            metrics.MoveToImmutable(),
            report.Verdict.Outcome,
            report.Verdict.Score,
            report.Verdict.Why,
            report.Verdict.Groups,
            report.Notes);
    }

    /// <summary>The verdict; null if the document cannot be one.</summary>
    /// <exception cref="ArgumentException">A time is beyond all calendars.</exception>
    public VerdictReport? ToReport()
    {
        bool isWhole = Format == CurrentFormat && End > Start
            && Metrics.All(static metric => metric is { Verdict.Blocks.IsWhole: true, Baseline.Samples.IsWhole: true, Canary.Samples.IsWhole: true })
            && Groups.All(static group => group is not null) && Notes.All(static note => note is not null);
        if (!isWhole)
        {
            return null;
        }

        var input = new JudgeInput
        {
            Mode = Mode,
            Start = Start,
            End = End,
            Epoch = Epoch,
            Pass = Pass,
            Marginal = Marginal,
            GroupWeights = GroupWeights.ToImmutableSortedDictionary(StringComparer.Ordinal),
            Metrics = [.. Metrics.Select(metric => metric.ToObservation(Start))],
        };
        ImmutableArray<MetricVerdict> verdicts = [.. Metrics.Select(metric => metric.Verdict.ToVerdict(metric.Definition, Start))];
        return new VerdictReport(Baseline, Canary, input, new CanaryVerdict(Outcome, Score, Groups, verdicts, Why), Notes);
    }
}

/// <summary>A metric with both sides and what became of it.</summary>
internal sealed record MetricEvidence(DefinitionEvidence Definition, SideEvidence Baseline, SideEvidence Canary, PairNoise? Noise, ResultEvidence Verdict)
{
    public static MetricEvidence Of(MetricObservation metric, MetricVerdict verdict, DateTimeOffset start, int mostSamples) => new(
        DefinitionEvidence.Of(metric.Definition),
        SideEvidence.Of(metric.Baseline, start, mostSamples),
        SideEvidence.Of(metric.Canary, start, mostSamples),
        metric.Noise,
        ResultEvidence.Of(verdict, start));

    public MetricObservation ToObservation(DateTimeOffset start) => new(Definition.ToDefinition(), Baseline.ToSide(start), Canary.ToSide(start), Noise);
}

/// <summary>One side of a metric.</summary>
internal sealed record SideEvidence(SampleColumns Samples, long? DutyHits, long? Duties, long? Count, string? Problem)
{
    public static SideEvidence Of(SideData side, DateTimeOffset start, int mostSamples) =>
        new(SampleColumns.Of(side.Samples, start, mostSamples), side.Duties?.Hits, side.Duties?.Of, side.Count, side.Problem);

    public SideData ToSide(DateTimeOffset start) => new()
    {
        Samples = Samples.ToSamples(start),
        Duties = DutyHits is { } hits && Duties is { } of ? new DutyCounts(hits, of) : null,
        Count = Count,
        Problem = Problem,
    };
}

/// <summary>Samples by columns: times as ticks since the one before, the first since the window began. Columns pack to half of what pairs do.</summary>
internal sealed record SampleColumns(ImmutableArray<long> Times, ImmutableArray<double> Values)
{
    [JsonIgnore]
    public bool IsWhole => Times.Length == Values.Length;

    public static SampleColumns Of(ImmutableArray<Sample> samples, DateTimeOffset start, int mostSamples)
    {
        int count = Math.Min(samples.Length, mostSamples);
        var times = ImmutableArray.CreateBuilder<long>(count);
        var values = ImmutableArray.CreateBuilder<double>(count);
        DateTimeOffset before = start;
        for (int i = 0; i < count; i++)
        {
            Sample sample = samples[(int)((long)i * samples.Length / count)];
            times.Add((sample.At - before).Ticks);
            values.Add(sample.Value);
            before = sample.At;
        }

        return new SampleColumns(times.MoveToImmutable(), values.MoveToImmutable());
    }

    public ImmutableArray<Sample> ToSamples(DateTimeOffset start)
    {
        var samples = ImmutableArray.CreateBuilder<Sample>(Times.Length);
        DateTimeOffset at = start;
        for (int i = 0; i < Times.Length; i++)
        {
            at = at.AddTicks(Times[i]);
            samples.Add(new Sample(at, Values[i]));
        }

        return samples.MoveToImmutable();
    }
}

/// <summary>Blocks by columns: when they begin, in ticks since the window did, and how many ticks they are long.</summary>
internal sealed record BlockColumns(ImmutableArray<long> Starts, ImmutableArray<long> Lengths, ImmutableArray<double> Baseline, ImmutableArray<double> Canary)
{
    [JsonIgnore]
    public bool IsWhole => Lengths.Length == Starts.Length && Baseline.Length == Starts.Length && Canary.Length == Starts.Length;

    public static BlockColumns Of(ImmutableArray<Block> blocks, DateTimeOffset start) => new(
        [.. blocks.Select(block => (block.Start - start).Ticks)],
        [.. blocks.Select(static block => block.Length.Ticks)],
        [.. blocks.Select(static block => block.Baseline)],
        [.. blocks.Select(static block => block.Canary)]);

    public ImmutableArray<Block> ToBlocks(DateTimeOffset start)
    {
        var blocks = ImmutableArray.CreateBuilder<Block>(Starts.Length);
        for (int i = 0; i < Starts.Length; i++)
        {
            blocks.Add(new Block(start.AddTicks(Starts[i]), TimeSpan.FromTicks(Lengths[i]), Baseline[i], Canary[i]));
        }

        return blocks.MoveToImmutable();
    }
}

/// <summary>What became of a metric. Its name and group are the definition's.</summary>
internal sealed record ResultEvidence(
    MetricLabel Label,
    bool IsCritical,
    string Why,
    double? Baseline,
    double? Canary,
    double? Effect,
    double? Bound,
    double? Low,
    double? High,
    double? Estimate,
    BlockColumns Blocks,
    long BaselineSamples,
    long CanarySamples,
    double? Ceiling)
{
    public static ResultEvidence Of(MetricVerdict verdict, DateTimeOffset start) => new(
        verdict.Label,
        verdict.IsCritical,
        verdict.Why,
        verdict.Baseline,
        verdict.Canary,
        verdict.Effect,
        verdict.Bound,
        verdict.Low,
        verdict.High,
        verdict.Estimate,
        BlockColumns.Of(verdict.Blocks, start),
        verdict.BaselineSamples,
        verdict.CanarySamples,
        verdict.Ceiling);

    public MetricVerdict ToVerdict(DefinitionEvidence definition, DateTimeOffset start) => new()
    {
        Name = definition.Name,
        Group = definition.Group,
        Label = Label,
        IsCritical = IsCritical,
        Why = Why,
        Baseline = Baseline,
        Canary = Canary,
        Effect = Effect,
        Bound = Bound,
        Low = Low,
        High = High,
        Estimate = Estimate,
        Blocks = Blocks.ToBlocks(start),
        BaselineSamples = BaselineSamples,
        CanarySamples = CanarySamples,
        Ceiling = Ceiling,
    };
}

/// <summary>What was allowed to a metric.</summary>
internal sealed record DefinitionEvidence(
    string Name,
    string Group,
    MetricKind Kind,
    MetricEffect Effect,
    MetricDirection Direction,
    BlockSummary Summary,
    string Unit,
    double? AllowedIncrease,
    double? AllowedDecrease,
    double? AllowedDifference,
    double Floor,
    bool Critical,
    double? CriticalBound,
    bool MustHaveData,
    double? Ceiling,
    SteepCeiling? SteepCeiling,
    bool RemoveOutliers)
{
    public static DefinitionEvidence Of(MetricDefinition metric) => new(
        metric.Name,
        metric.Group,
        metric.Kind,
        metric.Effect,
        metric.Direction,
        metric.Summary,
        metric.Unit,
        metric.AllowedIncrease,
        metric.AllowedDecrease,
        metric.AllowedDifference,
        metric.Floor,
        metric.Critical,
        metric.CriticalBound,
        metric.MustHaveData,
        metric.Ceiling,
        metric.SteepCeiling,
        metric.RemoveOutliers);

    public MetricDefinition ToDefinition() => new()
    {
        Name = Name,
        Group = Group,
        Kind = Kind,
        Effect = Effect,
        Direction = Direction,
        Summary = Summary,
        Unit = Unit,
        AllowedIncrease = AllowedIncrease,
        AllowedDecrease = AllowedDecrease,
        AllowedDifference = AllowedDifference,
        Floor = Floor,
        Critical = Critical,
        CriticalBound = CriticalBound,
        MustHaveData = MustHaveData,
        Ceiling = Ceiling,
        SteepCeiling = SteepCeiling,
        RemoveOutliers = RemoveOutliers,
    };
}

/// <summary>Every property must be there and of its type; numbers that are none are named, for garbage is evidence too.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UseStringEnumConverter = true,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(EvidenceDocument))]
internal sealed partial class EvidenceJson : JsonSerializerContext;
