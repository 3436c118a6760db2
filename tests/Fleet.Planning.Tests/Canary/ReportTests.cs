using System.Xml.Linq;
using Fleet.Planning.Canary;
using Fleet.Planning.Canary.Report;
using TestKit;

namespace Fleet.Planning.Tests.Canary;

/// <summary>What people read of a verdict, as files.</summary>
public sealed class ReportTests
{
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(2);

    /// <summary>A canary that takes more memory, whose errors nobody counts, and whose name tries to be markup.</summary>
    private static readonly VerdictReport Report = Make("net-eu-1<script>");

    [Fact]
    public void As_a_tree()
    {
        using var output = new StringWriter { NewLine = "\n" };
        VerdictTree.Write(Make("net-eu-1"), output);
        GoldenFile.Matches(Golden("tree.txt"), output.ToString());
    }

    [Fact]
    public void As_markdown() => GoldenFile.Matches(Golden("report.md"), MarkdownReport.Write(Report));

    [Fact]
    public void As_a_page() => GoldenFile.Matches(Golden("report.html"), HtmlReport.Write(Report));

    [Fact]
    public void Names_are_no_markup()
    {
        Assert.DoesNotContain("<script>", HtmlReport.Write(Report), StringComparison.Ordinal);
        Assert.Contains("\\<script\\>", MarkdownReport.Write(Report), StringComparison.Ordinal);
    }

    [Fact]
    public void A_page_needs_nothing_else()
    {
        string page = HtmlReport.Write(Report);

        Assert.DoesNotContain("http", page, StringComparison.Ordinal);
        Assert.DoesNotContain("src=", page, StringComparison.Ordinal);
        Assert.DoesNotContain("url(", page, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_drawn_is_well_formed_and_stays_within_its_frame()
    {
        string page = HtmlReport.Write(Report);
        XElement[] drawings = [.. Drawings(page).Select(XElement.Parse)];

        Assert.Equal(2, drawings.Length);
        foreach (XElement line in drawings.SelectMany(drawing => drawing.Elements("polyline")))
        {
            foreach (string point in ((string)line.Attribute("points")!).Split(' ', StringSplitOptions.RemoveEmptyEntries))
            {
                double[] xy = [.. point.Split(',').Select(number => double.Parse(number, System.Globalization.CultureInfo.InvariantCulture))];
                Assert.InRange(xy[0], 118, 860);
                Assert.InRange(xy[1], 0, 130);
            }
        }

        Assert.Equal(2 * 2 * 15, drawings.Sum(drawing => drawing.Elements("line").Count()));
    }

    private static string Golden(string name) => Path.Combine("tests", "Fleet.Planning.Tests", "Canary", "Reports", name);

    private static IEnumerable<string> Drawings(string page)
    {
        for (int start = page.IndexOf("<svg", StringComparison.Ordinal); start >= 0; start = page.IndexOf("<svg", start + 1, StringComparison.Ordinal))
        {
            yield return page[start..(page.IndexOf("</svg>", start, StringComparison.Ordinal) + "</svg>".Length)];
        }
    }

    private static VerdictReport Make(string canary)
    {
        const double Mebi = 1 << 20;
        MetricDefinition memory = BuiltInMetrics.All.Single(metric => metric.Name == "resident-memory");
        MetricDefinition peers = BuiltInMetrics.All.Single(metric => metric.Name == "peers");
        MetricDefinition errors = BuiltInMetrics.All.Single(metric => metric.Name == "api-errors");
        var input = new JudgeInput
        {
            Start = CanaryCases.Start,
            End = CanaryCases.Start + Window,
            Epoch = TimeSpan.FromSeconds(8),
            GroupWeights = BuiltInMetrics.GroupWeights,
            Metrics =
            [
                new(memory, CanaryCases.Side(Window, CanaryCases.Jitter(60, 80 * Mebi)), CanaryCases.Side(Window, CanaryCases.Jitter(60, 130 * Mebi))),
                new(peers, CanaryCases.Side(Window, CanaryCases.Jitter(60, 12)), CanaryCases.Side(Window, CanaryCases.Jitter(60, 12))),
                new(errors, new SideData(), new SideData { Problem = "/metrics answered 500" }),
            ],
        };
        return new VerdictReport("net-eu-0", canary, input, Judge.Decide(input), ["Duties are not judged: no third node counts them."]);
    }
}
