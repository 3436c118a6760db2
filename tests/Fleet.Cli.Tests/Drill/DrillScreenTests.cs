using System.Text.RegularExpressions;
using Fleet.Api;
using Fleet.Cli.Drill;
using Fleet.Cli.Observation;
using Fleet.Cli.Status;
using Fleet.Kubernetes.Models;
using Fleet.Planning;
using Fleet.Planning.Recovery;
using Fleet.Planning.Tests.Recovery;
using TestKit;

namespace Fleet.Cli.Tests.Drill;

/// <summary>
/// What <c>fleet status</c> shows some epochs after each drill began, as files: the statuses are the planner's, of a network that is simulated. Epochs last 48 s, and the last one
/// that is final when the harm begins is 6.
/// </summary>
public sealed partial class DrillScreenTests
{
    /// <summary>Epochs before the drill.</summary>
    private const int Well = 8;

    /// <summary>Events that <c>fleet status</c> shows.</summary>
    private const int LastEvents = 5;

    private const string Invented = "0x1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e";

    /// <summary>The drills at the moment at which most is to be said, and those of which there is more to say later.</summary>
    private static readonly Dictionary<string, Func<SimulatedNetwork>> Moments = new(StringComparer.Ordinal)
    {
        ["partition"] = () => Split(new SimulatedNetwork(), epochs: 6),
        ["partition-in-mode-manual"] = () => Split(new SimulatedNetwork(edit: spec => spec.Recovery.Mode = RecoveryModes.Manual), epochs: 6),
        ["stop-stake"] = () => Begun(new SimulatedNetwork(nodes: 10), ..4, Stop, epochs: 5),
        ["stop-stake-after-the-repair"] = () => Begun(new SimulatedNetwork(nodes: 10), ..4, Stop, epochs: 7),
        ["destroy-stake"] = () => Destroyed(epochs: 7),
        ["destroy-stake-decided"] = () => Destroyed(epochs: 11),
        ["clock-skew"] = () => Begun(new SimulatedNetwork(), ..2, node => node.Skew = TimeSpan.FromHours(4), epochs: 6),
        ["clock-skew-of-a-third"] = () => Begun(new SimulatedNetwork(), ..3, node => node.Skew = TimeSpan.FromHours(4), epochs: 6),
        ["kill-all"] = KilledAll,
        ["corrupt-db"] = () => Begun(new SimulatedNetwork(), ..1, node => node.Process = ProcessState.Crashing, epochs: 6),
        ["lying-node"] = () => Begun(
            new SimulatedNetwork(), ..1, node => node.Tells = truth => truth with { FinalizedRoot = Invented, JustifiedRoot = Invented }, epochs: 6),
        ["lying-node-of-the-future"] = () => Begun(new SimulatedNetwork(), ..1, node => node.Tells = OfTheFuture, epochs: 6),
    };

    public static TheoryData<string> Names { get; } = new(Moments.Keys);

    [Fact]
    public void Every_drill_has_a_screen() => Assert.Empty(AllDrills.List.Select(drill => drill.Name).Except(Moments.Keys, StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Names))]
    public void Status_says_the_cause_the_evidence_what_comes_next_and_when(string moment)
    {
        SimulatedNetwork net = Moments[moment]();
        using var output = new StringWriter();
        StatusScreen.Write(View(net), null, Events(net), verbose: false, output);
        string screen = output.ToString();
        GoldenFile.Matches(Path.Combine("tests", "Fleet.Cli.Tests", "Screens", $"drill-{moment}.txt"), screen);

        string conditions = Spaces().Replace(screen[screen.IndexOf("CONDITION", StringComparison.Ordinal)..], " ");
        Assert.Matches(@"devnet-eu-0.* [0-9.]+% of the stake", conditions);
        Assert.Matches("[0-9]{2}:[0-9]{2}:[0-9]{2} UTC|Until then|before anything else|until nodes with two thirds|begins it anew|decided by it", conditions);
    }

    private static SimulatedNetwork Begun(SimulatedNetwork net, Range nodes, Action<SimulatedNode> harm, int epochs)
    {
        net.Epochs(Well);
        net.Do(nodes, harm);
        net.Epochs(epochs);
        return net;
    }

    /// <summary>A process that stands still neither answers nor votes, and its pod goes on.</summary>
    private static void Stop(SimulatedNode node) => (node.Answers, node.Signs, node.IsReady) = (false, false, false);

    private static NodeSnapshot OfTheFuture(NodeSnapshot truth) =>
        truth with { FinalizedEpoch = truth.FinalizedEpoch + 1000, FinalizedRoot = Invented, JustifiedEpoch = truth.JustifiedEpoch + 1000, JustifiedRoot = Invented };

    private static SimulatedNetwork Split(SimulatedNetwork net, int epochs)
    {
        net.Epochs(Well);
        net.Fork("b");
        net.Do(..4, node => node.Branch = "b");
        net.Epochs(epochs);
        return net;
    }

    private static SimulatedNetwork Destroyed(int epochs)
    {
        var net = new SimulatedNetwork();
        net.Epochs(Well);
        net.World.Observation = net.World.Observation with
        {
            Mnemonic = new MnemonicFacts(false, null, null),
            KeysSecrets = net.World.Observation.KeysSecrets.Except(net.Nodes.Take(4).Select(node => Api.Names.KeysSecret(node.Name, 1))),
        };
        net.Do(..4, node => node.Process = ProcessState.Waiting);
        net.Until(() => net.Made.Count > 0, epochs);
        return net;
    }

    private static SimulatedNetwork KilledAll()
    {
        var net = new SimulatedNetwork();
        net.Epochs(Well);
        foreach (BeaconNode bootnode in net.World.Observation.Nodes.Values.Where(node => node.Spec.Role == NodeRoles.Bootnode))
        {
            net.World.Run(bootnode.Metadata.Name!, ready: false);
        }

        net.HasBlocks = false;
        net.Do(.., node => (node.Answers, node.IsReady, node.ExitCode) = (false, false, 137));
        net.Epochs(1);
        return net;
    }

    private static TestnetView View(SimulatedNetwork net) => new(
        net.World.Testnet,
        [
            .. net.World.Observation.Nodes.Values.Select(node => new NodeView(
                node.Metadata.Name!,
                node.Spec.Role!,
                net.World.Observation.Pods.GetValueOrDefault(Api.Names.Pod(node.Metadata.Name!)),
                net.World.Observation.Snapshots.GetValueOrDefault(node.Metadata.Name!) is { IsReachable: true } told
                    ? new LiveNode(told.HeadSlot ?? 0, 0, told.JustifiedEpoch ?? 0, told.FinalizedEpoch ?? 0, told.Peers ?? 0)
                    : null)),
        ]);

    private static CoreEvent[] Events(SimulatedNetwork net) =>
        [.. net.Told.TakeLast(LastEvents).Select(told => new CoreEvent { Reason = told.Event.Reason, Message = told.Event.Message, LastTimestamp = told.At })];

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}
