using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace Fleet.Planning.Canary.Report;

/// <summary>Draws a metric as SVG: both sides' samples over the window as lines, and what stands for their blocks as bars across them.</summary>
internal static class MetricChart
{
    private const double Width = 860;
    private const double Height = 130;
    private const double Left = 118;
    private const double Bottom = 18;

    /// <summary>Points of a line; more cannot be told apart at this width.</summary>
    private const int MostPoints = 430;

    /// <summary>The drawing; empty when there is nothing to draw.</summary>
    public static string Draw(MetricVerdict metric, MetricObservation data, JudgeInput input)
    {
        Sample[] baseline = Thin(Within(data.Baseline.Samples, input));
        Sample[] canary = Thin(Within(data.Canary.Samples, input));
        double[] values = [.. baseline.Concat(canary).Select(sample => sample.Value), .. metric.Blocks.SelectMany(block => new[] { block.Baseline, block.Canary })];
        if (values.Length == 0)
        {
            return "";
        }

        double low = values.Min();
        double high = values.Max();
        if (high <= low)
        {
            // A level that never changes lies in the middle, nothing at all at the bottom.
            double room = low == 0 ? 1 : Math.Abs(low) * 0.1;
            low -= low == 0 ? 0 : room;
            high += room;
        }

        var frame = new Frame(input.Start, input.End - input.Start, low, high);
        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $"<svg viewBox=\"0 0 {Width:0} {Height + Bottom:0}\" role=\"img\" aria-label=\"{System.Net.WebUtility.HtmlEncode(metric.Name)} over time\">");
        svg.Append(CultureInfo.InvariantCulture, $"<rect class=\"frame\" x=\"{Left:0}\" y=\"1\" width=\"{Width - Left - 1:0}\" height=\"{Height - 2:0}\"/>");
        svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{Left - 6:0}\" y=\"12\" text-anchor=\"end\">{Sentences.Value(data.Definition, high)}</text><text x=\"{Left - 6:0}\" y=\"{Height - 3:0}\" text-anchor=\"end\">{Sentences.Value(data.Definition, low)}</text>");
        svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{Left:0}\" y=\"{Height + 14:0}\">0s</text><text x=\"{Width - 1:0}\" y=\"{Height + 14:0}\" text-anchor=\"end\">{Sentences.Time(frame.Length)}</text>");
        Line(svg, baseline, "baseline", frame);
        Line(svg, canary, "canary", frame);
        foreach (Block block in metric.Blocks)
        {
            Bar(svg, block, block.Baseline, "baseline", frame);
            Bar(svg, block, block.Canary, "canary", frame);
        }

        return svg.Append("</svg>\n").ToString();
    }

    private static IEnumerable<Sample> Within(ImmutableArray<Sample> samples, JudgeInput input) =>
        samples.Where(sample => sample.At >= input.Start && sample.At < input.End && double.IsFinite(sample.Value)).OrderBy(sample => sample.At);

    /// <summary>Every n-th sample: what is judged are all of them, this only shows their course.</summary>
    private static Sample[] Thin(IEnumerable<Sample> samples)
    {
        Sample[] all = [.. samples];
        int step = Math.Max(1, (all.Length + MostPoints - 1) / MostPoints);
        return [.. all.Where((_, i) => i % step == 0)];
    }

    private static void Line(StringBuilder svg, Sample[] samples, string side, Frame frame)
    {
        if (samples.Length == 0)
        {
            return;
        }

        svg.Append(CultureInfo.InvariantCulture, $"<polyline class=\"line {side}\" points=\"");
        foreach (Sample sample in samples)
        {
            svg.Append(CultureInfo.InvariantCulture, $"{frame.X(sample.At):0.#},{frame.Y(sample.Value):0.#} ");
        }

        svg.Append("\"/>");
    }

    private static void Bar(StringBuilder svg, Block block, double value, string side, Frame frame) => svg.Append(
        CultureInfo.InvariantCulture,
        $"<line class=\"block {side}\" x1=\"{frame.X(block.Start) + 3:0.#}\" x2=\"{frame.X(block.Start + block.Length) - 3:0.#}\" y1=\"{frame.Y(value):0.#}\" y2=\"{frame.Y(value):0.#}\"/>");

    /// <summary>Where times and values are on the drawing.</summary>
    private readonly record struct Frame(DateTimeOffset Start, TimeSpan Length, double Low, double High)
    {
        private const double Margin = 8;

        public double X(DateTimeOffset at) => Left + ((Width - Left) * ((at - Start) / Length));

        public double Y(double value) => Height - Margin - ((Height - (2 * Margin)) * ((value - Low) / (High - Low)));
    }
}
