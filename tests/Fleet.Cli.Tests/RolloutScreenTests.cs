using Fleet.Api;
using Fleet.Cli.Observation;
using Fleet.Cli.Rollout;
using Fleet.Cli.Status;
using Fleet.Kubernetes.Models;
using TestKit;

namespace Fleet.Cli.Tests;

/// <summary>What people read of a roll-out in each of its phases, as files.</summary>
public sealed class RolloutScreenTests
{
    public static TheoryData<string> Names { get; } = new(RolloutCases.Phases.Keys);

    [Fact]
    public void Every_phase_has_a_screen() => Assert.Equal(
        typeof(RolloutPhases).GetFields().Where(field => field.IsLiteral).Select(field => (string)field.GetValue(null)!).Order(StringComparer.Ordinal),
        RolloutCases.Phases.Values.Select(rollout => rollout.Status?.Phase).OfType<string>().Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Names))]
    public void A_tree_tells_what_it_does_and_what_comes_next(string phase) => Matches($"rollout-{phase}.txt", Tree(new RolloutView(RolloutCases.Phases[phase], new RolloutSpec(), null, [])));

    [Fact]
    public void A_tree_of_a_testnet_lists_earlier_roll_outs_and_takes_levels_from_the_evidence() => Matches(
        "rollout-with-evidence.txt",
        Tree(new RolloutView(
            RolloutCases.Phases["awaiting-approval"],
            null,
            RolloutCases.Verdict(),
            [RolloutCases.Rollout(RolloutCases.Status(RolloutPhases.Succeeded, "done"), number: 2), RolloutCases.Rollout(RolloutCases.Status(RolloutPhases.Stopped, "no"), number: 1)])));

    [Fact]
    public void A_tree_says_that_a_roll_out_is_held()
    {
        string tree = Tree(new RolloutView(RolloutCases.Phases["analyzing"], new RolloutSpec { Suspend = true }, null, []));

        Assert.Contains("spec.rollout.suspend holds it where it is; set it to false to go on.", tree, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Status_tells_of_it(string phase)
    {
        CanaryRollout rollout = RolloutCases.Phases[phase];
        using var output = new StringWriter();
        StatusScreen.Write(View(rollout), rollout, [], verbose: false, output);
        Matches($"status-rollout-{phase}.txt", output.ToString());
    }

    [Fact]
    public void Status_falls_back_to_what_the_testnet_says()
    {
        using var output = new StringWriter();
        StatusScreen.Write(View(RolloutCases.Phases["promoting"]), null, [], verbose: false, output);

        Assert.Contains("  Rollout    devnet-r3 Promoting, score 77.00\n", output.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("next:", output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Images_are_shown_where_nodes_run_different_ones()
    {
        using var output = new StringWriter();
        Cli.Nodes.NodeTable.Write([View(RolloutCases.Phases["analyzing"], Node("baseline-0", NodeRoles.Baseline, RolloutCases.Stable), Node("canary-0", NodeRoles.Canary, RolloutCases.Newer), Node("eu-0", NodeRoles.Node, RolloutCases.Stable))], output);
        Matches("nodes-of-a-roll-out.txt", output.ToString());

        using var alike = new StringWriter();
        Cli.Nodes.NodeTable.Write([View(RolloutCases.Phases["analyzing"], Node("canary-0", NodeRoles.Canary, RolloutCases.Stable), Node("eu-0", NodeRoles.Node, RolloutCases.Stable))], alike);
        Assert.DoesNotContain("IMAGE", alike.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_pair_counts_among_the_pods_that_are_wanted()
    {
        TestnetView view = View(RolloutCases.Phases["pending"]);
        int without = view.DesiredPods;
        view.Testnet.Status!.Validators = new ValidatorCounts { Pools = 64, Pair = 8, Total = 72 };

        Assert.Equal(without + 2, view.DesiredPods);
    }

    private static string Tree(RolloutView view)
    {
        using var output = new StringWriter();
        RolloutTree.Write(view, RolloutCases.Now, output);
        Assert.DoesNotContain('\e', output.ToString());
        return output.ToString();
    }

    private static void Matches(string file, string text) => GoldenFile.Matches(Path.Combine("tests", "Fleet.Cli.Tests", "Screens", file), text);

    private static TestnetView View(CanaryRollout rollout, params NodeView[] nodes) => new(
        new Testnet
        {
            Metadata = new ObjectMeta { Name = "devnet", Namespace = "default" },
            Spec = new TestnetSpec { Image = RolloutCases.Newer, Pools = [new PoolSpec { Name = "eu", Replicas = 2 }] },
            Status = new TestnetStatus
            {
                Phase = "Finalizing",
                Iteration = 1,
                Conditions = [],
                Images = Images(rollout),
                Rollout = new RolloutSummary { Name = rollout.Metadata.Name, Phase = rollout.Status?.Phase, Score = rollout.Status?.Score },
            },
        },
        [.. nodes]);

    private static ImageStatus Images(CanaryRollout rollout) => RolloutPhases.IsEnd(rollout.Status?.Phase)
        ? new ImageStatus { Stable = rollout.Status!.Phase == RolloutPhases.Succeeded ? RolloutCases.Newer : RolloutCases.Stable, Rejected = rollout.Status.Phase is RolloutPhases.Stopped or RolloutPhases.RolledBack ? [new RejectedImage { Image = RolloutCases.Newer }] : null }
        : new ImageStatus { Stable = RolloutCases.Stable, Canary = RolloutCases.Newer };

    private static NodeView Node(string name, string role, string image) => new(
        $"devnet-{name}",
        role,
        new Pod { Spec = new PodSpec { Containers = [new Container { Name = "beacon", Image = image }] }, Status = new PodStatus { PodIP = "127.55.0.2" } },
        new LiveNode(41, 0, 4, 3, 2));
}
