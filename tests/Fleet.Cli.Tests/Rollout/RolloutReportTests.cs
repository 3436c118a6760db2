using System.Text.Json;
using Fleet.Api;
using Fleet.Cli.Common;
using Fleet.Cli.Compare;
using Fleet.Planning.Canary.Report;

namespace Fleet.Cli.Tests;

/// <summary><c>fleet rollout report</c>.</summary>
public sealed class RolloutReportTests(ClusterFixture cluster) : RolloutVerbs(cluster)
{
    [Theory]
    [InlineData("html")]
    [InlineData("md")]
    [InlineData("json")]
    public async Task A_report_is_written_from_the_evidence(string format)
    {
        await KeepEvidenceAsync(await CreateAsync("awaiting-approval"));
        string file = Path.Combine(Path.GetTempPath(), $"fleet-report-{Guid.NewGuid():N}");
        try
        {
            Assert.Equal(ExitCodes.Ok, await RunAsync("report", "devnet", "-o", format, "--file", file));
            string expected = format switch
            {
                "html" => HtmlReport.Write(RolloutCases.Verdict()),
                "md" => MarkdownReport.Write(RolloutCases.Verdict()),
                _ => JsonSerializer.Serialize(VerdictDocument.Of(RolloutCases.Verdict()), CompareJson.Default.VerdictDocument) + "\n",
            };
            Assert.Equal(expected, await File.ReadAllTextAsync(file, Token));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task No_verdict_is_said()
    {
        await CreateAsync("analyzing");
        await FailsAsync("devnet-r3 has no verdict yet; it is Analyzing: The pair is compared. 'fleet rollout get devnet-r3 -w' follows it.", () => RunAsync("report", "devnet"));

        await ChangeAsync(RolloutCases.Status(RolloutPhases.Stopped, "devnet-canary-0 restarted twice."));
        await FailsAsync("devnet-r3 ended as Stopped without a verdict: devnet-canary-0 restarted twice; 'fleet rollout get devnet-r3' tells what is known.", () => RunAsync("report", "devnet"));

        await ChangeAsync(RolloutCases.Judged(RolloutPhases.AwaitingApproval, status => status.Evidence = "devnet-r3-evidence"));
        await FailsAsync("The evidence of devnet-r3, ConfigMap devnet-r3-evidence, is gone; 'fleet rollout get devnet-r3' has the numbers of its verdict.", () => RunAsync("report", "devnet"));

        await CreateEvidenceAsync([1, 2, 3]);
        await FailsAsync("ConfigMap devnet-r3-evidence holds no verdict that this version reads; use the version of fleet that belongs to the operator.", () => RunAsync("report", "devnet"));

        // Without it the tree still has the numbers of the status.
        await Session().ShowAsync("devnet", follow: false, Token);
        Assert.Contains("✘ resident-memory        80.0 MiB → 130.0 MiB  ×1.63 (bound ×1.10)", Output.ToString(), StringComparison.Ordinal);
    }
}
