using System.Globalization;
using System.Text;
using Fleet.Planning.Canary.Samples;

namespace Fleet.Planning.Tests.Canary;

public sealed class PrometheusTextTests
{
    [Fact]
    public void Series_labels_values_and_times_are_read()
    {
        Exposition read = Parse(
            """
            # HELP http_requests_total The total.
            # TYPE http_requests_total counter
            http_requests_total{method="post",code="200"} 1027 1395066363000
            http_requests_total{code="400",method="post",} 3 -5

            # A comment.
            metric_without_timestamp_and_labels 12.47
              spaced	{ a = "1" , b="" }	-1e3
            something_weird{problem="division by zero"} +Inf -3982045
            not_a_number nAn
            minus_infinite -inf
            instance:rate5m:sum .5

            """);
        Assert.Equal((0, 8), (read.ProblemCount, read.Series.Length));
        Assert.Equal(("http_requests_total", 1027, 1395066363000), (read.Series[0].Name, read.Series[0].Value, read.Series[0].TimestampMilliseconds));
        Assert.Equal([new SeriesLabel("code", "200"), new SeriesLabel("method", "post")], read.Series[0].Labels);
        Assert.Equal((-5, "post"), (read.Series[1].TimestampMilliseconds, read.Series[1].Label("method")));
        Assert.Equal((12.47, null), (read.Series[2].Value, read.Series[2].TimestampMilliseconds));
        Assert.Equal(("spaced", -1000, "", null), (read.Series[3].Name, read.Series[3].Value, read.Series[3].Label("b"), read.Series[3].Label("c")));
        Assert.Equal(double.PositiveInfinity, read.Series[4].Value);
        Assert.Equal(double.NaN, read.Series[5].Value);
        Assert.Equal(double.NegativeInfinity, read.Series[6].Value);
        Assert.Equal(("instance:rate5m:sum", 0.5), (read.Series[7].Name, read.Series[7].Value));
    }

    [Fact]
    public void Escapes_are_undone()
    {
        Exposition read = Parse("msdos_file_access_time_seconds{path=\"C:\\\\DIR\\\\FILE.TXT\",error=\"Cannot find file:\\n\\\"FILE.TXT\\\"\"} 1\nplain{a=\"{,}= \\x ü €\"} 1\n");
        Assert.Equal("C:\\DIR\\FILE.TXT", read.Series[0].Label("path"));
        Assert.Equal("Cannot find file:\n\"FILE.TXT\"", read.Series[0].Label("error"));
        Assert.Equal("{,}= \\x ü €", read.Series[1].Label("a"));
    }

    [Theory]
    [InlineData("1up 1", "it does not begin with a metric's name")]
    [InlineData("<html>", "it does not begin with a metric's name")]
    [InlineData("up", "it has no value")]
    [InlineData("up-1 1", "what follows the name is neither a label nor a value")]
    [InlineData("up one", "its value is not a number")]
    [InlineData("up 0x10", "its value is not a number")]
    [InlineData("up 1,5", "its value is not a number")]
    [InlineData("up +", "its value is not a number")]
    [InlineData("up ", "it has no value")]
    [InlineData("up{} ", "its value is not a number")]
    [InlineData("up 1 1.5", "its timestamp is not a whole number of milliseconds")]
    [InlineData("up 1 2 3", "its timestamp is not a whole number of milliseconds")]
    [InlineData("up{a=\"1\"", "its labels do not end")]
    [InlineData("up{a=\"1\" b=\"2\"} 1", "its labels do not end")]
    [InlineData("up{a=1} 1", "a label's value is not quoted, or the quotes do not end")]
    [InlineData("up{a=\"1} 1", "a label's value is not quoted, or the quotes do not end")]
    [InlineData("up{a=\"1\\\"} 1", "a label's value is not quoted, or the quotes do not end")]
    [InlineData("up{a} 1", "a label has no value")]
    [InlineData("up{=\"1\"} 1", "a label has no name")]
    [InlineData("up{a:b=\"1\"} 1", "a label has no value")]
    [InlineData("up{a=\"1\",a=\"2\"} 1", "it has a label twice")]
    public void What_is_wrong_is_said_and_the_rest_is_read(string line, string problem)
    {
        Exposition read = Parse($"before 1\n{line}\nafter 2\n");
        Assert.Equal(["before", "after"], read.Series.Select(static series => series.Name));
        Assert.Equal($"line 2: {problem}", Assert.Single(read.Problems).ToString());
        Assert.Equal(1, read.ProblemCount);
    }

    [Fact]
    public void A_last_line_without_a_line_feed_is_not_believed()
    {
        Exposition read = Parse("a 100\nb 10");
        Assert.Equal("a", Assert.Single(read.Series).Name);
        Assert.Equal("line 2: the last line has no line feed, so the text was cut off", read.Problems.Single().ToString());
        Assert.Equal((0, 0), (Parse("").Series.Length, Parse("").ProblemCount));
    }

    [Fact]
    public void More_than_the_limits_is_left_out_and_said()
    {
        var limits = new PrometheusTextLimits(Bytes: 64, Series: 3, Labels: 2);
        Exposition tooLong = PrometheusText.Parse(Encoding.UTF8.GetBytes("a 1\nb{c=\"" + new string('x', 100) + "\"} 2\nc 3\n"), limits);
        Assert.Equal((1, "line 2: the text is longer than 64 bytes; the rest is left out"), (tooLong.Series.Length, tooLong.Problems.Single().ToString()));
        Exposition tooMany = PrometheusText.Parse("a 1\nb 1\nc 1\nd 1\ne 1\n"u8, limits);
        Assert.Equal((3, "line 4: there are more than 3 series; the rest is left out"), (tooMany.Series.Length, tooMany.Problems.Single().ToString()));
        Exposition tooRich = PrometheusText.Parse("a{b=\"\",c=\"\",d=\"\"} 1\ne 1\n"u8, limits);
        Assert.Equal((1, "line 1: it has more than 2 labels"), (tooRich.Series.Length, tooRich.Problems.Single().ToString()));
        Exposition garbage = Parse(string.Concat(Enumerable.Repeat("?\n", 1000)));
        Assert.Equal((1000, 10), (garbage.ProblemCount, garbage.Problems.Length));
    }

    [Fact]
    public void What_is_written_is_read_back()
    {
        var random = new Random(7);
        for (int i = 0; i < 2_000; i++)
        {
            var text = new StringBuilder();
            var expected = new List<ExposedSeries>();
            for (int j = random.Next(6); j > 0; j--)
            {
                SeriesLabel[] labels = [.. Enumerable.Range(0, random.Next(4)).Select(k => new SeriesLabel("l" + k, Text(random)))];
                double value = random.Next(6) switch { 0 => double.NaN, 1 => double.NegativeInfinity, 2 => random.Next(), _ => (random.NextDouble() - 0.5) * Math.Pow(10, random.Next(-300, 300)) };
                long? time = random.Next(2) == 0 ? null : random.NextInt64();
                var series = new ExposedSeries("m" + random.Next(5), [.. labels], value, time);
                expected.Add(series);
                random.Shuffle(labels);
                text.Append(random.Next(3) == 0 ? "# TYPE m0 counter\n\n" : "").Append(series.Name);
                text.Append(labels.Length == 0 ? "" : "{" + string.Join(", ", labels.Select(static label => $"{label.Name}=\"{Escape(label.Value)}\"")) + "}");
                text.Append(' ').Append(value.ToString("R", CultureInfo.InvariantCulture).Replace("Infinity", "Inf", StringComparison.Ordinal)).Append(time is null ? "" : $" {time}").Append('\n');
            }

            Exposition read = Parse(text.ToString());
            Assert.Equal(0, read.ProblemCount);
            Assert.Equal(expected.Select(Shown), read.Series.Select(Shown));
        }

        static string Shown(ExposedSeries series) => $"{series.Name} {string.Join(';', series.Labels)} {series.Value:R} {series.TimestampMilliseconds}";
    }

    /// <summary>Valid text with bytes changed, cut, repeated and removed, and plain noise: nothing is thrown, and everything is bounded.</summary>
    [Fact]
    public void Nothing_that_a_target_answers_makes_it_throw()
    {
        var random = new Random(8);
        byte[] valid = Encoding.UTF8.GetBytes("# TYPE h histogram\nh_bucket{le=\"0.5\"} 3\nh_bucket{le=\"+Inf\"} 4\nh_sum 2.5\nh_count 4\nup{a=\"b\\\\\\n\\\"ü\"} 1 1395066363000\n");
        var limits = new PrometheusTextLimits(Bytes: 4096, Series: 50, Labels: 4);
        for (int i = 0; i < 50_000; i++)
        {
            List<byte> bytes = [.. valid];
            for (int j = random.Next(1, 8); j > 0 && bytes.Count > 0; j--)
            {
                int at = random.Next(bytes.Count);
                switch (random.Next(5))
                {
                    case 0: bytes[at] = (byte)random.Next(256); break;
                    case 1: bytes[at] = (byte)"{}\",=\\\n #+-.eEnI\t\r\0"[random.Next(19)]; break;
                    case 2: bytes.RemoveRange(at, random.Next(bytes.Count - at)); break;
                    case 3: bytes.InsertRange(at, bytes.GetRange(0, at)); break;
                    default: bytes.Insert(at, (byte)random.Next(256)); break;
                }
            }

            Exposition read = PrometheusText.Parse(bytes.ToArray(), limits);
            Assert.InRange(read.Series.Length, 0, 50);
            Assert.InRange(read.Problems.Length, 0, 10);
            Assert.All(read.Series, static series => Assert.True(series.Labels.Length <= 4 && series.Name.Length > 0));
        }

        byte[] huge = new byte[16 << 20];
        random.NextBytes(huge);
        Assert.True(PrometheusText.Parse(huge).ProblemCount > 0);
        Array.Fill(huge, (byte)'{');
        Assert.Equal("line 1: the text is longer than 8388608 bytes; the rest is left out", PrometheusText.Parse(huge).Problems.Single().ToString());
    }

    private static Exposition Parse(string text) => PrometheusText.Parse(Encoding.UTF8.GetBytes(text));

    private static string Text(Random random) => string.Concat(Enumerable.Range(0, random.Next(6)).Select(_ => "ab\\\"\n{},= ü€".EnumerateRunes().ElementAt(random.Next(12)).ToString()));

    private static string Escape(string value) => value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
}
