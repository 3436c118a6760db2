using System.Globalization;
using System.Net;
using System.Text;

namespace Fleet.Planning.Canary.Report;

/// <summary>A verdict as one page that needs nothing else: every metric with both sides drawn over time, and as the blocks that were compared.</summary>
public static class HtmlReport
{
    /// <summary>The page, UTF-8.</summary>
    public static string Write(VerdictReport report)
    {
        var page = new StringBuilder();
        page.Append(CultureInfo.InvariantCulture, $"<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width\">\n<title>{Text(report.Canary)}: {report.Score}</title>\n<style>{Style}</style>\n");
        page.Append(CultureInfo.InvariantCulture, $"<header class=\"{ClassOf(report.Verdict.Outcome)}\"><p class=\"score\">{report.Score}</p><div><h1>{Text(report.Canary)} beside {Text(report.Baseline)}</h1><p>{Text(report.Verdict.Why)}</p><p class=\"quiet\">{report.Input.Start:yyyy-MM-dd HH:mm:ss} UTC, {report.Window}; such a roll-out {report.OutcomeInWords}.</p></div></header>\n");
        page.Append("<p class=\"legend\"><span class=\"baseline\">baseline</span> <span class=\"canary\">canary</span> thin: samples; thick: blocks that were compared</p>\n");
        foreach (GroupScore group in report.Verdict.Groups)
        {
            string score = group.Score is { } value ? value.ToString("0.00", CultureInfo.InvariantCulture) : "not judged";
            page.Append(CultureInfo.InvariantCulture, $"<section><h2>{Text(group.Name)} <span class=\"quiet\">{score}, weight {group.Weight:0.#} %</span></h2>\n");
            foreach ((MetricVerdict metric, MetricObservation data) in report.Of(group))
            {
                Metric(page, metric, data, report.Input);
            }

            page.Append("</section>\n");
        }

        foreach (string note in report.Notes)
        {
            page.Append(CultureInfo.InvariantCulture, $"<p class=\"quiet\">{Text(note)}</p>\n");
        }

        return page.Append("</html>\n").ToString();
    }

    private static void Metric(StringBuilder page, MetricVerdict metric, MetricObservation data, JudgeInput input)
    {
        MetricDefinition definition = data.Definition;
        string state = metric.IsFailure ? "failed" : metric.Label == MetricLabel.Pass ? "passed" : "unknown";
        page.Append(CultureInfo.InvariantCulture, $"<article class=\"{state}\"><h3>{Text(metric.Name)} <span class=\"label\">{VerdictReport.LabelOf(metric)}</span></h3>\n<dl>");
        Fact(page, "baseline", VerdictReport.Level(definition, metric.Baseline));
        Fact(page, "canary", VerdictReport.Level(definition, metric.Canary));
        Fact(page, "effect", VerdictReport.Effect(definition, metric.Effect));
        Fact(page, "bound", VerdictReport.Effect(definition, metric.Bound));
        Fact(page, "samples", string.Create(CultureInfo.InvariantCulture, $"{metric.BaselineSamples} and {metric.CanarySamples}"));
        page.Append(CultureInfo.InvariantCulture, $"</dl>\n<p>{Text(metric.Why)}</p>\n{MetricChart.Draw(metric, data, input)}</article>\n");
    }

    private static void Fact(StringBuilder page, string name, string value) => page.Append(CultureInfo.InvariantCulture, $"<div><dt>{name}</dt><dd>{Text(value)}</dd></div>");

    private static string ClassOf(CanaryOutcome outcome) => outcome switch
    {
        CanaryOutcome.Approve => "passed",
        CanaryOutcome.Stop => "failed",
        _ => "unknown",
    };

    private static string Text(string text) => WebUtility.HtmlEncode(text);

    private const string Style =
        """
        :root{color-scheme:light dark;--text:#1c2430;--quiet:#66707e;--page:#fff;--card:#f6f7f9;--baseline:#5470c6;--canary:#e07b39;--pass:#2e8b57;--fail:#c0392b;--unknown:#9a8b2f}
        @media(prefers-color-scheme:dark){:root{--text:#e6e9ee;--quiet:#98a2b0;--page:#14181f;--card:#1d232c;--baseline:#8aa4f4;--canary:#f2a065;--pass:#58c28a;--fail:#ef7d72;--unknown:#d6c45c}}
        body{font:15px/1.5 system-ui,sans-serif;color:var(--text);background:var(--page);max-width:60rem;margin:2rem auto;padding:0 1rem}
        header{display:flex;gap:1.5rem;align-items:center;border-left:.4rem solid;padding-left:1rem}header.passed,.passed{border-color:var(--pass)}header.failed,.failed{border-color:var(--fail)}header.unknown,.unknown{border-color:var(--unknown)}
        .score{font-size:3rem;font-weight:600;margin:0}h1{font-size:1.4rem;margin:0}h2{font-size:1.15rem;margin:2rem 0 .5rem}h3{font-size:1rem;margin:0}header p{margin:.2rem 0}.quiet{color:var(--quiet);font-weight:400;font-size:.9rem}
        article{background:var(--card);border-left:.25rem solid;border-radius:.3rem;padding:.7rem 1rem;margin:.7rem 0}article p{margin:.4rem 0}
        .label{font-size:.8rem;font-weight:600;margin-left:.5rem}.passed .label{color:var(--pass)}.failed .label{color:var(--fail)}.unknown .label{color:var(--unknown)}
        dl{display:flex;flex-wrap:wrap;gap:.3rem 2rem;margin:.4rem 0}dt{color:var(--quiet);font-size:.8rem}dd{margin:0;font-variant-numeric:tabular-nums}
        .legend span::before{content:"";display:inline-block;width:1.2rem;height:.25rem;margin-right:.3rem;vertical-align:middle}.legend .baseline::before{background:var(--baseline)}.legend .canary::before{background:var(--canary)}
        svg{display:block;width:100%;height:auto}svg text{fill:var(--quiet);font:11px system-ui,sans-serif}svg .frame{stroke:var(--quiet);stroke-opacity:.35;fill:none}
        svg .line{fill:none;stroke-width:1;stroke-opacity:.55}svg .block{stroke-width:3;stroke-linecap:round}svg .baseline{stroke:var(--baseline)}svg .canary{stroke:var(--canary)}
        """;
}
