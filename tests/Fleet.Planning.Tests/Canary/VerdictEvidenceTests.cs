using System.Collections.Immutable;
using System.IO.Compression;
using System.Text;
using Fleet.Planning.Canary;
using Fleet.Planning.Canary.Report;

namespace Fleet.Planning.Tests.Canary;

/// <summary>What is kept of a verdict is read back as it was, and nothing else is read.</summary>
public sealed class VerdictEvidenceTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_verdict_is_read_back_as_it_was(int seed)
    {
        var random = new Random(seed);
        for (int i = 0; i < 50; i++)
        {
            VerdictReport report = Random(random);
            VerdictReport read = VerdictEvidence.Read(VerdictEvidence.Write(report))!;

            Assert.Equal(HtmlReport.Write(report), HtmlReport.Write(read));
            Assert.Equal(MarkdownReport.Write(report), MarkdownReport.Write(read));
            Assert.Equal((report.Input.Mode, report.Input.Start, report.Input.End, report.Input.Epoch), (read.Input.Mode, read.Input.Start, read.Input.End, read.Input.Epoch));
            Assert.Equal(report.Input.GroupWeights, read.Input.GroupWeights);
            Assert.Equal(report.Input.Metrics.Length, read.Input.Metrics.Length);
            for (int m = 0; m < report.Input.Metrics.Length; m++)
            {
                Same(report.Input.Metrics[m], read.Input.Metrics[m]);
                Assert.Equal(report.Verdict.Metrics[m].Blocks.AsEnumerable(), read.Verdict.Metrics[m].Blocks);
                Assert.Equal(report.Verdict.Metrics[m] with { Blocks = [] }, read.Verdict.Metrics[m] with { Blocks = [] });
            }
        }
    }

    [Fact]
    public void What_is_read_back_is_judged_alike()
    {
        VerdictReport report = Random(new Random(7));
        CanaryVerdict again = Judge.Decide(VerdictEvidence.Read(VerdictEvidence.Write(report))!.Input);

        Assert.Equal((report.Verdict.Outcome, report.Verdict.Score, report.Verdict.Why), (again.Outcome, again.Score, again.Why));
    }

    [Fact]
    public void The_same_verdict_gives_the_same_bytes() =>
        Assert.Equal(VerdictEvidence.Write(Random(new Random(5))), VerdictEvidence.Write(Random(new Random(5))));

    [Fact]
    public void Where_samples_came_from_is_not_kept()
    {
        VerdictReport report = Many(metrics: 1, samples: 20);

        Assert.NotNull(report.Input.Metrics[0].Definition.Source);
        Assert.Equal(report.Input.Metrics[0].Definition with { Source = null }, VerdictEvidence.Read(VerdictEvidence.Write(report))!.Input.Metrics[0].Definition);
    }

    [Fact]
    public void A_long_window_is_thinned_evenly_and_its_verdict_is_not()
    {
        VerdictReport report = Many(metrics: 2, samples: 4_321);
        VerdictReport read = VerdictEvidence.Read(VerdictEvidence.Write(report))!;

        ImmutableArray<Sample> all = report.Input.Metrics[0].Baseline.Samples;
        ImmutableArray<Sample> kept = read.Input.Metrics[0].Baseline.Samples;
        Assert.Equal(VerdictEvidence.MostSamples, kept.Length);
        Assert.Equal(all[0], kept[0]);
        Assert.Subset(new HashSet<Sample>(all), new HashSet<Sample>(kept));
        TimeSpan spacing = all[1].At - all[0].At;
        Assert.All(kept.Skip(1).Zip(kept), pair => Assert.InRange((pair.First.At - pair.Second.At) / spacing, 3.9, 5.1));
        Assert.Equal(report.Verdict.Metrics[0].BaselineSamples, read.Verdict.Metrics[0].BaselineSamples);
        Assert.Equal(report.Verdict.Why, read.Verdict.Why);
    }

    [Fact]
    public void The_built_in_metrics_of_a_long_window_fit_as_they_are()
    {
        byte[] data = VerdictEvidence.Write(Many(metrics: 20, samples: VerdictEvidence.MostSamples));

        Assert.InRange(data.Length, 1, VerdictEvidence.MostBytes);
        Assert.Equal(VerdictEvidence.MostSamples, VerdictEvidence.Read(data)!.Input.Metrics[0].Canary.Samples.Length);
    }

    [Fact]
    public void As_many_metrics_as_may_be_asked_for_fit_thinner()
    {
        byte[] data = VerdictEvidence.Write(Many(metrics: 64, samples: 2_000));

        Assert.InRange(data.Length, 1, VerdictEvidence.MostBytes);
        Assert.InRange(VerdictEvidence.Read(data)!.Input.Metrics[0].Canary.Samples.Length, 200, VerdictEvidence.MostSamples - 1);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("{\"format\":2}")]
    [InlineData("{\"format\":1,\"baseline\":\"a\",\"canary\":\"b\"}")]
    public void Other_json_is_no_evidence(string json) => Assert.Null(VerdictEvidence.Read(Gzip(Encoding.UTF8.GetBytes(json))));

    [Theory]
    [InlineData("\"format\":1", "\"format\":2")]
    [InlineData("\"notes\":[", "\"notes\":[null,")]
    [InlineData("\"groups\":[", "\"groups\":[null,")]
    [InlineData("\"metrics\":[", "\"metrics\":[null,")]
    [InlineData("\"times\":[", "\"times\":[9223372036854775807,")]
    [InlineData("\"starts\":[", "\"starts\":[1,")]
    [InlineData("\"end\":\"2027", "\"end\":\"2026")]
    [InlineData("\"mode\":\"Native\"", "\"mode\":\"Gut feeling\"")]
    public void A_verdict_that_does_not_hold_together_is_not_read(string part, string instead)
    {
        string json = Encoding.UTF8.GetString(Gunzip(VerdictEvidence.Write(Many(metrics: 2, samples: 60))));

        Assert.Contains(part, json, StringComparison.Ordinal);
        Assert.Null(VerdictEvidence.Read(Gzip(Encoding.UTF8.GetBytes(json.Replace(part, instead, StringComparison.Ordinal)))));
    }

    [Fact]
    public void What_unpacks_to_too_much_is_not_unpacked()
    {
        byte[] evidence = Gunzip(VerdictEvidence.Write(Many(metrics: 1, samples: 20)));
        byte[] padded = new byte[VerdictEvidence.MostUnpackedBytes + 1];
        padded.AsSpan().Fill((byte)' ');
        evidence.CopyTo(padded, 0);

        Assert.Null(VerdictEvidence.Read(Gzip(padded)));
        Assert.NotNull(VerdictEvidence.Read(Gzip(padded[..VerdictEvidence.MostUnpackedBytes])));
    }

    [Theory]
    [InlineData(11)]
    [InlineData(12)]
    public void Garbage_never_throws_and_what_is_read_can_be_drawn(int seed)
    {
        var random = new Random(seed);
        byte[] data = VerdictEvidence.Write(Random(random));
        byte[] json = Gunzip(data);
        int read = 0;
        for (int i = 0; i < 1_000; i++)
        {
            VerdictReport? report = (i % 3) switch
            {
                0 => VerdictEvidence.Read(Damaged(data, random)),
                1 => VerdictEvidence.Read(Gzip(Damaged(json, random))),
                _ => VerdictEvidence.Read(Noise(random)),
            };
            if (report is not null)
            {
                read++;
                Assert.NotEmpty(HtmlReport.Write(report));
                Assert.NotEmpty(MarkdownReport.Write(report));
                VerdictTree.Write(report, TextWriter.Null);
            }
        }

        // A digit that became another one is no damage that anybody could see.
        Assert.InRange(read, 1, 333);
    }

    private static void Same(MetricObservation expected, MetricObservation actual)
    {
        Assert.Equal(expected.Definition with { Source = null }, actual.Definition);
        Assert.Equal(expected.Noise, actual.Noise);
        foreach ((SideData left, SideData right) in new[] { (expected.Baseline, actual.Baseline), (expected.Canary, actual.Canary) })
        {
            Assert.Equal(left.Samples.AsEnumerable(), right.Samples);
            Assert.Equal((left.Duties, left.Count, left.Problem), (right.Duties, right.Count, right.Problem));
        }
    }

    private static VerdictReport Random(Random random)
    {
        JudgeInput input = CanaryCases.Random(random);
        return new VerdictReport("net-baseline-0", "net-canary-0", input, Judge.Decide(input), random.Next(2) == 0 ? [] : ["Duties are not judged: no third node counts them."]);
    }

    /// <summary>Noise with all its digits: the least that can be packed.</summary>
    private static VerdictReport Many(int metrics, int samples)
    {
        var random = new Random(3);
        TimeSpan window = TimeSpan.FromSeconds(2 * samples);
        MetricDefinition definition = BuiltInMetrics.All.First(metric => metric.Kind == MetricKind.Continuous && metric.Source is not null);
        SideData Side() => CanaryCases.Side(window, Enumerable.Range(0, samples).Select(_ => 1000 * random.NextDouble()));
        var input = new JudgeInput
        {
            Start = CanaryCases.Start,
            End = CanaryCases.Start + window,
            Epoch = TimeSpan.FromSeconds(8),
            Metrics = [.. Enumerable.Range(0, metrics).Select(i => new MetricObservation(definition with { Name = $"m{i}" }, Side(), Side()))],
        };
        return new VerdictReport("net-baseline-0", "net-canary-0", input, Judge.Decide(input), ["One note."]);
    }

    private static byte[] Damaged(byte[] data, Random random)
    {
        byte[] damaged = [.. data];
        int changes = random.Next(1, 4);
        for (int i = 0; i < changes; i++)
        {
            damaged[random.Next(damaged.Length)] = random.Next(2) == 0 ? (byte)random.Next(256) : (byte)('0' + random.Next(10));
        }

        return random.Next(8) == 0 ? damaged[..random.Next(damaged.Length)] : damaged;
    }

    private static byte[] Noise(Random random)
    {
        byte[] noise = new byte[random.Next(200)];
        random.NextBytes(noise);
        return noise;
    }

    private static byte[] Gzip(byte[] data)
    {
        using MemoryStream packed = new();
        using (GZipStream gzip = new(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(data);
        }

        return packed.ToArray();
    }

    private static byte[] Gunzip(byte[] data)
    {
        using MemoryStream packed = new(data);
        using GZipStream gzip = new(packed, CompressionMode.Decompress);
        using MemoryStream unpacked = new();
        gzip.CopyTo(unpacked);
        return unpacked.ToArray();
    }
}
