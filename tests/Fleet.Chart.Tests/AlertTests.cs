using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Fleet.Chart.Tests;

/// <summary>The alerts of <c>files/alerts.yaml</c> as far as their form goes; what they do is tested by promtool, with <c>.ci/alerts-rules.sh</c>.</summary>
public sealed partial class AlertTests
{
    private const string RunbookBase = "https://github.com/beaconfleet/fleet-operator/blob/main/docs/runbooks/";

    /// <summary>Series that others export.</summary>
    private static readonly string[] OfOthers = ["kubelet_volume_stats_available_bytes", "kubelet_volume_stats_capacity_bytes"];

    /// <summary>Words of expressions that name no series: the language's own, and labels.</summary>
    private static readonly string[] Words =
    [
        "max", "min", "sum", "avg", "count", "group", "quantile", "by", "on", "group_left", "group_right", "and", "or", "unless", "offset", "rate", "increase", "delta", "changes", "resets",
        "abs", "absent", "timestamp", "clamp_max", "label_replace", "min_over_time", "namespace", "testnet", "node", "topic", "rollout", "controller", "persistentvolumeclaim",
    ];

    private static IReadOnlyList<JsonObject> Rules { get; } =
        [.. Rendered.Parse(Path.Combine(Repository.Chart, "files", "alerts.yaml")).Single().Items("groups").SelectMany(group => group.Items("rules"))];

    public static TheoryData<string> Names => [.. Rules.Select(rule => rule.Text("alert")!).Distinct().Order(StringComparer.Ordinal)];

    [Fact]
    public void All_that_were_promised_are_there() => Assert.Equal(
        [
            "BakeFailed", "CanaryAwaitingApproval", "CanaryStopped", "ChainMetricsAbsent", "ClockSkew", "FinalityLagging", "FinalityLost", "FinalizedEpochDecreased", "GenesisMismatch",
            "GossipRateDrop", "HighReorgRate", "LowParticipation", "NoNewBlock", "NodeFinalityBehind", "NodeHeadStalled", "NodeIsolated", "OperatorDown", "OperatorStakeLow", "PeersLow",
            "ReconcileErrors", "ResetLoop", "ResetStarted", "StrayPeers", "VolumeAlmostFull",
        ],
        Names.Select(row => row.Data));

    [Theory]
    [MemberData(nameof(Names))]
    public void It_says_how_bad_it_is_which_testnet_what_it_means_and_where_to_read_on(string alert)
    {
        foreach (JsonObject rule in Rules.Where(rule => rule.Text("alert") == alert))
        {
            Assert.Contains(rule.Text("labels.severity"), (string[])["page", "warning", "info"]);
            Assert.True(
                alert is "OperatorDown" or "ReconcileErrors" || rule.Text("annotations.summary")!.StartsWith("{{ $labels.namespace }}/{{ $labels.testnet }}: ", StringComparison.Ordinal),
                $"the summary of {alert} does not name the testnet");
            Assert.EndsWith(".", rule.Text("annotations.description"), StringComparison.Ordinal);
            Assert.Equal(RunbookBase + alert + ".md", rule.Text("annotations.runbook_url"));
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void It_has_a_runbook_that_says_what_to_do(string alert)
    {
        string page = Path.Combine(Repository.Root, "docs", "runbooks", alert + ".md");
        Assert.True(File.Exists(page), $"{alert} has no docs/runbooks/{alert}.md");
        string text = File.ReadAllText(page);
        Assert.StartsWith($"# {alert}\n", text, StringComparison.Ordinal);
        int at = 0;
        foreach (string part in new[] { "## Meaning", "## Impact", "## What the operator does", "## How to look", "## What to do", "## When to wake somebody" })
        {
            int next = text.IndexOf("\n" + part + "\n", at, StringComparison.Ordinal);
            Assert.True(next > 0, $"docs/runbooks/{alert}.md has no part '{part}' in its place");
            at = next;
        }

        string index = File.ReadAllText(Path.Combine(Repository.Root, "docs", "alerts.md"));
        string severities = string.Join(", ", Rules.Where(rule => rule.Text("alert") == alert).Select(rule => rule.Text("labels.severity")));
        Assert.Contains($"| [{alert}](runbooks/{alert}.md) | {severities} |", index, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void It_is_tested_firing_not_firing_and_without_data(string alert)
    {
        JsonObject test = Rendered.Parse(Path.Combine(Repository.Chart, "tests", "alerts", alert + ".yaml")).Single();
        JsonObject[] cases = [.. test.Items("tests")];
        JsonObject[] firing = Cases("firing: "), quiet = Cases("not firing: "), missing = Cases("missing data: ");
        Assert.Equal(cases.Length, firing.Length + quiet.Length + missing.Length);

        // Each fires as it is read by a person, each does not, and when data goes missing something is said: this alert, or the one that stands for what is missing.
        Assert.NotEmpty(firing);
        Assert.All(firing, item => Assert.Contains(item.Items("alert_rule_test"), check => check.Text("alertname") == alert && check.Items("exp_alerts").Any()));
        Assert.NotEmpty(quiet);
        Assert.All(quiet, item => Assert.Contains(item.Items("alert_rule_test"), check => check.Text("alertname") == alert && !check.Items("exp_alerts").Any()));
        Assert.NotEmpty(missing);
        Assert.All(missing, item => Assert.True(
            item.Items("promql_expr_test").Any(check => check.Items("exp_samples").Any()) || item.Items("alert_rule_test").Any(check => check.Items("exp_alerts").Any()),
            $"nothing is said in '{item.Text("name")}' of {alert}"));
        string[] tested = [.. firing.SelectMany(item => item.Items("alert_rule_test")).SelectMany(check => check.Items("exp_alerts")).Select(expected => expected.Text("exp_labels.severity")!).Distinct()];
        Assert.Equal(Rules.Where(rule => rule.Text("alert") == alert).Select(rule => rule.Text("labels.severity")!).Order(StringComparer.Ordinal), tested.Order(StringComparer.Ordinal));

        JsonObject[] Cases(string kind) => [.. cases.Where(item => item.Text("name")!.StartsWith(kind, StringComparison.Ordinal))];
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void What_it_rests_on_is_documented(string alert)
    {
        string pages = File.ReadAllText(Path.Combine(Repository.Root, "docs", "metrics.md")) + File.ReadAllText(Path.Combine(Repository.Root, "docs", "operator.md"));
        foreach (string expression in Rules.Where(rule => rule.Text("alert") == alert).Select(rule => rule.Text("expr")!))
        {
            string[] series = [.. Name().Matches(Text().Replace(expression, "")).Select(match => match.Value).Except(Words, StringComparer.Ordinal).Except(OfOthers, StringComparer.Ordinal)];
            Assert.NotEmpty(series);
            Assert.All(series, name => Assert.True(pages.Contains($"\n| `{name}` | ", StringComparison.Ordinal), $"{alert} reads {name}, which neither docs/metrics.md nor docs/operator.md lists"));
        }
    }

    /// <summary>Quoted text, selectors, and durations.</summary>
    [GeneratedRegex("\"[^\"]*\"|\\{[^}]*\\}|\\[[^\\]]*\\]|offset [0-9]+[smh]")]
    private static partial Regex Text();

    [GeneratedRegex("[a-z_][a-z_0-9]*")]
    private static partial Regex Name();
}
