namespace Fleet.E2E.Tests;

/// <summary>Alerts from the nodes of a living chain to whom they are for: by Debian's Prometheus and Alertmanager to a webhook. <c>make alerts</c> runs this.</summary>
public sealed class AlertTests
{
    private const string Manifest = """
        apiVersion: beaconfleet.dev/v1alpha1
        kind: Testnet
        metadata: {name: alarmed}
        spec:
          network: {preset: minimal, config: {SLOT_DURATION_MS: 500}}
          genesis: {delay: 5s, validators: 32}
          bootnodes: {replicas: 1}
          rollout: {strategy: AllAtOnce}
          health: {noBlockAfter: 5s, finalityWarnEpochs: 6}
          recovery: {mode: Manual}
          pools:
          - {name: eu, replicas: 4, validators: 32}
        """;

    private static readonly string[] OfSilence = ["NoNewBlock", "FinalityLagging", "ChainMetricsAbsent"];

    [Fact]
    public async Task Alerts_arrive_and_resolve()
    {
        Assert.SkipUnless(Monitoring.WhyNot is null, Monitoring.WhyNot ?? "");
        int port = Monitoring.FreePort();
        await using RunningFleet fleet = await RunningFleet.StartAsync(Manifest, operatorMetricsPort: port);
        await using Monitoring monitoring = await Monitoring.StartAsync(fleet.Kubeconfig, port);
        await monitoring.ScrapesAsync(targets: 10);
        await monitoring.AreAsync("resolved", OfSilence, orNever: true);
        var seen = new List<string>();

        // All nodes at once fall silent, as in the night when the alert resolved for lack of data; they come back with what they had.
        await SignalAsync(fleet, "STOP");
        try
        {
            await monitoring.AreAsync("firing", OfSilence);
        }
        finally
        {
            await SignalAsync(fleet, "CONT");
        }

        await monitoring.AreAsync("resolved", OfSilence);
        seen.AddRange(OfSilence);

        CommandResult reset = await FleetCommand.RunAsync("reset", "alarmed", "--reason", "to see the alert", "--yes", "--data-dir", fleet.DataDir);
        Assert.True(reset.ExitCode == 0, reset.ToString());
        await monitoring.AreAsync("firing", ["ResetStarted"]);
        await monitoring.AreAsync("resolved", ["ResetStarted"]);
        seen.Add("ResetStarted");

        foreach (string told in monitoring.Told)
        {
            TestContext.Current.SendDiagnosticMessage("{0}", told);
        }

        TestContext.Current.SendDiagnosticMessage("alerts: {0} of {1} arrived and resolved", seen.Count, OfSilence.Length + 1);
    }

    /// <summary>Stops or continues every beacon node of the fleet.</summary>
    private static async Task SignalAsync(RunningFleet fleet, string signal)
    {
        IReadOnlyList<int> processes = fleet.NodeProcesses("node");
        Assert.True(processes.Count == 4 || signal == "CONT", $"{processes.Count} nodes run");

        // One that has ended meanwhile needs no signal.
        await FleetCommand.RunProgramAsync("/bin/sh", ["-c", $"for process in {string.Join(' ', processes)}; do kill -{signal} $process 2>/dev/null; done"]);
    }
}
