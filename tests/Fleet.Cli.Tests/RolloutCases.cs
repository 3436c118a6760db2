using Fleet.Api;
using Fleet.Kubernetes.Models;
using Fleet.Planning.Canary;
using Fleet.Planning.Canary.Report;

namespace Fleet.Cli.Tests;

/// <summary>Roll-outs of a testnet devnet, as the operator leaves them behind in each phase.</summary>
internal static class RolloutCases
{
    public const string Stable = "beacon:1.4.0";
    public const string Newer = "beacon:1.5.0-rc1";
    private const double Mebi = 1 << 20;

    public static DateTimeOffset Start { get; } = new(2027, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>When somebody looks.</summary>
    public static DateTimeOffset Now { get; } = Start.AddMinutes(90);

    /// <summary>A roll-out in each phase, by the name of its golden file.</summary>
    public static Dictionary<string, CanaryRollout> Phases { get; } = new(StringComparer.Ordinal)
    {
        ["unseen"] = Rollout(null),
        ["pending"] = Rollout(Status(RolloutPhases.Pending, "The chain's finality is 7 epochs behind; at most 5 are allowed.")),
        ["warming-up"] = Rollout(Status(RolloutPhases.WarmingUp, "devnet-canary-0 is 12 slots behind.")),
        ["analyzing"] = Rollout(Status(RolloutPhases.Analyzing, "The pair is compared.", status => status.WindowSince = Start.AddMinutes(31))),
        ["awaiting-approval"] = Rollout(Judged(RolloutPhases.AwaitingApproval)),
        ["approved"] = Rollout(Judged(RolloutPhases.AwaitingApproval), RolloutDecisions.Approve),
        ["promoting"] = Rollout(Judged(RolloutPhases.Promoting, status => status.Waves = Wave(2)), RolloutDecisions.Approve),
        ["baking"] = Rollout(Judged(RolloutPhases.Baking, status => status.Waves = Wave(4)), RolloutDecisions.Approve),
        ["succeeded"] = Rollout(Judged(RolloutPhases.Succeeded, status => status.Waves = Wave(4)), RolloutDecisions.Approve),
        ["rolled-back"] = Rollout(Judged(RolloutPhases.RolledBack, status =>
        {
            status.Waves = Wave(3);
            status.Message = "Participation fell to 71.0%, 14 points below what it was before.";
            status.Guards = [new GuardStatus { Name = "participation", Message = "Participation fell to 71.0%, 14 points below what it was before." }];
        })),
        ["stopped"] = Rollout(Status(RolloutPhases.Stopped, "devnet-canary-0 restarted twice.", status => status.Guards = [new GuardStatus { Name = "restarts", Message = "devnet-canary-0 restarted twice since it was in sync.\e[31m" }])),
        ["superseded"] = Rollout(Status(RolloutPhases.Superseded, "spec.image is beacon:1.5.0 now.")),
    };

    public static CanaryRollout Rollout(CanaryRolloutStatus? status, string? decision = null, int number = 3) => new()
    {
        Metadata = new ObjectMeta { Name = Names.Rollout("devnet", number), Namespace = "default", CreationTimestamp = Start.AddMinutes(30) },
        Spec = new CanaryRolloutSpec { Testnet = "devnet", From = Stable, To = Newer, Iteration = 1, Number = number, Decision = decision },
        Status = status,
    };

    public static CanaryRolloutStatus Status(string phase, string message, Action<CanaryRolloutStatus>? change = null)
    {
        var status = new CanaryRolloutStatus { Phase = phase, Message = message, PhaseSince = Start.AddMinutes(60) };
        change?.Invoke(status);
        return status;
    }

    /// <summary>A canary that takes more memory, beside metrics that are well, unknown, and of a testnet's own.</summary>
    public static CanaryRolloutStatus Judged(string phase, Action<CanaryRolloutStatus>? change = null) => Status(
        phase,
        "Score 77.00: resident-memory failed, 1 could not be judged; below 90 a person decides.",
        status =>
        {
            status.Score = 77;
            status.Metrics =
            [
                Metric("attestation-inclusion", "consensus", MetricLabel.Pass, 0.98, 0.975, -0.005, -0.1, ""),
                Metric("peers", "network", MetricLabel.Pass, 12, 12, 1, 0.91, ""),
                Metric("resident-memory", "resources", MetricLabel.High, 80 * Mebi, 130 * Mebi, 1.63, 1.1, "resident-memory is 1.63 times the baseline's (130.0 MiB instead of 80.0 MiB), beyond the 1.10 times that is allowed."),
                Metric("memory-slope", "resources", MetricLabel.Pass, 100, 220, 120, 65536, ""),
                Metric("open-files", "resources", MetricLabel.Pass, 210, 214, 1.02, 1.1, ""),
                Metric("api-errors", "errors", MetricLabel.Nodata, null, null, null, null, "api-errors is not judged: /metrics answered 500."),
            ];
            change?.Invoke(status);
        });

    /// <summary>A verdict as the operator keeps it.</summary>
    public static VerdictReport Verdict()
    {
        var window = TimeSpan.FromMinutes(2);
        MetricDefinition memory = BuiltInMetrics.All.Single(metric => metric.Name == "resident-memory");
        MetricDefinition peers = BuiltInMetrics.All.Single(metric => metric.Name == "peers");
        SideData Side(double level) => new() { Samples = [.. Enumerable.Range(0, 60).Select(i => new Sample(Start.AddSeconds((2 * i) + 1), level * (1 + (0.01 * ((i * 7919) % 11)))))] };
        var input = new JudgeInput
        {
            Start = Start,
            End = Start + window,
            Epoch = TimeSpan.FromSeconds(8),
            GroupWeights = BuiltInMetrics.GroupWeights,
            Metrics = [new(memory, Side(80 * Mebi), Side(130 * Mebi)), new(peers, Side(12), Side(12))],
        };
        return new VerdictReport("devnet-baseline-0", "devnet-canary-0", input, Judge.Decide(input), ["A note."]);
    }

    private static WaveStatus Wave(int current) => new() { Current = current, Total = 4, FinalizedEpoch = 40, Summary = $"{current}/4" };

    private static CanaryMetricStatus Metric(string name, string group, MetricLabel label, double? baseline, double? canary, double? effect, double? bound, string reason) => new()
    {
        Name = name,
        Group = group,
        Label = label.ToString(),
        Baseline = baseline,
        Canary = canary,
        Effect = effect,
        Bound = bound,
        Reason = reason,
    };
}
