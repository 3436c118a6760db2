using Fleet.Api;
using Fleet.Cli.Observation;
using Fleet.Cli.Peers;
using Fleet.Cli.Status;
using Fleet.Kubernetes.Models;
using TestKit;

namespace Fleet.Cli.Tests;

/// <summary>What people see in the situations they look in, as files.</summary>
public sealed class ScreenTests
{
    private static readonly DateTimeOffset Genesis = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    /// <summary>Situations by the name of their golden file.</summary>
    private static readonly Dictionary<string, (TestnetView View, CoreEvent[] Events)> Situations = new(StringComparer.Ordinal)
    {
        ["healthy"] = (
            View(Running("True"), Node("eu-0", 41), Node("eu-1", 41), Node("boot-0", null, NodeRoles.Bootnode)),
            [Event("GenesisVerified", "Every node reports the genesis root 0x5a5a.")]),
        ["before-the-operator"] = (View(null), []),
        ["refused"] = (
            View(new TestnetStatus
            {
                Phase = "Refused",
                Conditions = [Condition(ConditionTypes.Accepted, "False", Reasons.SpecInvalid, "spec.pools[0].validators: the pools' keys (63) are not genesis.validators (64).")],
            }),
            [Event("SpecInvalid", "spec.pools[0].validators: the pools' keys (63) are not genesis.validators (64).")]),
        ["a-node-is-down"] = (
            View(
                Running("False", Condition(ConditionTypes.NodesReady, "False", Reasons.PodsNotReady, "eu-1: container beacon waits, CrashLoopBackOff (exit code 4).")),
                Node("eu-0", 41),
                Node("eu-1", null, ready: false, restarts: 7)),
            []),
        ["finality-lags"] = (
            View(Running("True", Condition(ConditionTypes.Finalizing, "False", Reasons.FinalityLagging, "Finality is more than 5 epochs behind the clock; validators that do not vote lose stake.")), Node("eu-0", 90)),
            [Event("FinalityLagging", "Finality is more than 5 epochs behind the clock; validators that do not vote lose stake.")]),
        ["catching-up"] = (
            View(Running("True"), Node("eu-0", 1600)) with { At = Genesis + TimeSpan.FromSeconds(6 * 1604) },
            []),
        ["resetting"] = (
            View(
                new TestnetStatus
                {
                    Phase = "Resetting",
                    Iteration = 1,
                    ActiveReset = "devnet-i1",
                    Conditions =
                    [
                        Condition(ConditionTypes.Finalizing, "Unknown", Reasons.ResetUnderWay, "Iteration 1 is being ended."),
                        Condition(ConditionTypes.ResetRequired, "True", "U1", "Half of the stake is gone for good. devnet-i1 begins it anew."),
                        Condition(ConditionTypes.Resetting, "True", Reasons.ResetUnderWay, "devnet-i1: 2 pods of the old chain are still there, the first is devnet-eu-0-0."),
                    ],
                },
                Node("eu-0", null, ready: false)),
            [Event("ResetStarted", "devnet-i1: it has been taken.")]),
        ["after-a-reset"] = (
            View(
                new TestnetStatus
                {
                    Phase = "Finalizing",
                    Iteration = 2,
                    LastReset = new ResetSummary { Name = "devnet-i1", Time = Genesis, Reason = "Half of the stake is gone for good." },
                    Conditions = [Condition(ConditionTypes.Ready, "True", Reasons.Healthy, "Everything is as it should be."), Condition(ConditionTypes.Resetting, "False", Reasons.NoReset, "devnet-i1: Iteration 2 finalizes.")],
                },
                Node("eu-0", 41)),
            []),
        ["suspended"] = (
            View(Running("False", Condition(ConditionTypes.Suspended, "True", Reasons.SuspendRequested, "Scaled to zero; the data is kept. The chain can be resumed for about 10 hours (some 4300 epochs)."))),
            []),
        ["terminal-escapes"] = (
            View(Running("True", Condition(ConditionTypes.Ready, "False", "Odd", "a message with \e[31mcolour\e[0m and a\nsecond line")), Node("eu-0", 1)),
            [Event("Odd", "\e]0;title\a")]),
    };

    public static TheoryData<string> Names { get; } = new(Situations.Keys);

    [Theory]
    [MemberData(nameof(Names))]
    public void Status_shows_what_stands_out(string situation)
    {
        (TestnetView view, CoreEvent[] events) = Situations[situation];
        using var output = new StringWriter();
        StatusScreen.Write(view, null, events, verbose: false, output);
        GoldenFile.Matches(Path.Combine("tests", "Fleet.Cli.Tests", "Screens", $"status-{situation}.txt"), output.ToString());
        Assert.DoesNotContain('\e', output.ToString());
    }

    [Fact]
    public void The_peer_matrix_lets_an_isolated_node_stand_out()
    {
        var matrix = new PeerMatrix(
        [
            new PeerRow("devnet-boot-0", ["devnet-eu-0"], 1),
            new PeerRow("devnet-eu-0", ["devnet-boot-0"], 0),
            new PeerRow("devnet-eu-1", [], 0),
            new PeerRow("devnet-eu-2", null, null),
        ]);
        using var output = new StringWriter();
        matrix.WriteTo(output);
        GoldenFile.Matches(Path.Combine("tests", "Fleet.Cli.Tests", "Screens", "peers.txt"), output.ToString());
    }

    private static TestnetView View(TestnetStatus? status, params NodeView[] nodes) => new(
        new Testnet
        {
            Metadata = new ObjectMeta { Name = "devnet", Namespace = "default" },
            Spec = new TestnetSpec { Pools = [new PoolSpec { Name = "eu", Replicas = 2 }] },
            Status = status,
        },
        [.. nodes]);

    private static TestnetStatus Running(string nodesReady, params Condition[] others) => new()
    {
        Phase = "Finalizing",
        Iteration = 1,
        ProtocolId = "/fleet/devnet-3f9a1c/1",
        ForkDigest = "0x01020304",
        GenesisTime = Genesis,
        GenesisRoot = "0x5a5a",
        HeadSlot = 41,
        JustifiedEpoch = 4,
        FinalizedEpoch = 3,
        FinalityLag = 2,
        Participation = "98.4%",
        Validators = new ValidatorCounts { Pools = 64, Total = 64 },
        Nodes = new NodeCounts { Desired = 3, Ready = 3, Updated = 3, Summary = "3/3" },
        Conditions =
        [
            Condition(ConditionTypes.Accepted, "True", Reasons.Valid, "The spec is valid."),
            .. nodesReady == "True" ? [Condition(ConditionTypes.NodesReady, "True", Reasons.AllReady, "Every node is ready.")] : Array.Empty<Condition>(),
            .. others,
        ],
    };

    private static Condition Condition(string type, string status, string reason, string message) => new() { Type = type, Status = status, Reason = reason, Message = message };

    private static CoreEvent Event(string reason, string message) => new() { Reason = reason, Message = message, LastTimestamp = Genesis.AddMinutes(1) };

    private static NodeView Node(string name, long? head, string role = NodeRoles.Node, bool ready = true, int restarts = 0) => new(
        $"devnet-{name}",
        role,
        new Pod
        {
            Status = new PodStatus
            {
                PodIP = "127.55.0.2",
                Conditions = [new PodCondition { Type = "Ready", Status = ready ? "True" : "False" }],
                ContainerStatuses = [new ContainerStatus { Name = "beacon", RestartCount = restarts }],
            },
        },
        head is { } slot ? new LiveNode(slot, 0, 4, 3, 2) : null);
}
