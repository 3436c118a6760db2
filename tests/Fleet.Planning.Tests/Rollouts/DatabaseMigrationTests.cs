using Fleet.Api;
using Fleet.Kubernetes.Models;

namespace Fleet.Planning.Tests.Rollouts;

/// <summary>When nodes are told to rewrite their databases, and that it costs one restart, in batches.</summary>
public sealed class DatabaseMigrationTests
{
    private const string Node = "canary-eu-0";
    private const string Flag = "--migrate-database=true";

    /// <summary>What is changed in a world in which the first node may migrate, and whether it still may.</summary>
    public static TheoryData<string, bool> Cases => new()
    {
        { "nothing", true },
        { "its format is the newest", false },
        { "its format is not told", false },
        { "the newest format is not told", false },
        { "another pod told it", false },
        { "it does not answer", false },
        { "its pod is gone", false },
        { "its pod has not run as long as the bake", false },
        { "another node runs another image", false },
        { "finality is too far behind", false },
        { "finality is as far behind as it may be", true },
        { "nobody says what is final", false },
        { "a roll-out waits", false },
        { "a roll-out bakes", false },
        { "a roll-out has succeeded", true },
        { "a roll-out was rolled back", true },
        { "the strategy is AllAtOnce", true },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_node_is_told_to_migrate_when_there_is_no_way_back_to_keep(string change, bool mayMigrate)
    {
        PlanWorld world = Behind();
        Change(world, change);

        TestnetPlan plan = TestnetPlanner.Plan(world.Observation, world.Now);

        BeaconNode? applied = plan.Actions.OfType<PlanAction.Apply>().Select(apply => apply.Object).OfType<BeaconNode>().SingleOrDefault(node => node.Spec.MigrateDatabase is not null);
        Assert.Equal(mayMigrate ? Node : null, applied?.Metadata.Name);
    }

    [Fact]
    public void What_is_told_stays_until_the_image_changes_whatever_happens()
    {
        PlanWorld world = Behind();
        world.Pass();
        Assert.True(world.Observation.Nodes[Node].Spec.MigrateDatabase);

        foreach (string change in (string[])["its format is the newest", "it does not answer", "finality is too far behind", "a roll-out waits", "its pod is gone"])
        {
            Change(world, change);
            world.Pass();
            Assert.True(world.Observation.Nodes[Node].Spec.MigrateDatabase, change);
            if (!world.Observation.Pods.ContainsKey(Names.Pod(Node)))
            {
                // A silent node is made anew while finality is lost.
                world.Run(Node);
            }
        }

        world.Observation = world.Observation with { Rollouts = [] };
        world.Testnet.Spec.Rollout.Strategy = RolloutStrategies.AllAtOnce;
        world.Testnet.Spec.Image = "beacon:2";
        world.Pass();
        Assert.Equal(("beacon:2", null), (world.Observation.Nodes[Node].Spec.Image, world.Observation.Nodes[Node].Spec.MigrateDatabase));
    }

    [Fact]
    public void Time_alone_lets_a_node_migrate_and_is_waited_for()
    {
        PlanWorld world = Behind();
        Change(world, "its pod has not run as long as the bake");

        Assert.InRange(TestnetPlanner.Plan(world.Observation, world.Now).LookAgainAfter!.Value, TimeSpan.Zero, TimeSpan.FromMinutes(1));
    }

    /// <summary>From the first image to a second with a newer format, to a third, which knows that format: never before the end of a roll-out, never the pair, never a third of the stake.</summary>
    [Fact]
    public void After_a_roll_out_the_nodes_migrate_in_batches_and_the_pair_does_not()
    {
        var world = new RolloutWorld();
        HashSet<string> migrated = new(StringComparer.Ordinal);
        world.Also = plan =>
        {
            foreach ((string node, NodeSnapshot snapshot) in plan.Observation.Snapshots)
            {
                bool isNew = world.ImageOf(node) != "beacon:1";
                if (isNew && plan.Observation.Pods[Names.Pod(node)].Spec!.Containers[0].Args!.Contains(Flag))
                {
                    Assert.Equal(RolloutPhases.Succeeded, world.Phase);
                    migrated.Add(node);
                }

                plan.Observation = plan.Observation with
                {
                    Snapshots = plan.Observation.Snapshots.SetItem(node, snapshot with { DatabaseFormat = migrated.Contains(node) ? 2 : 1, NewestDatabaseFormat = isNew ? 2 : 1 }),
                };
            }
        };

        world.Want("beacon:2");
        world.UntilEnd();
        Assert.Equal(RolloutPhases.Succeeded, world.Phase);
        Assert.Empty(migrated);

        string[] pools = [.. world.Observation.Nodes.Keys.Where(node => node.Contains("-eu-", StringComparison.Ordinal))];
        world.Until(() => migrated.Count == pools.Length);
        string?[] pods = Uids(world);
        world.Pass(60);
        Assert.Equal(pools, migrated.Order(StringComparer.Ordinal));
        Assert.Equal(pods, Uids(world));
        Assert.InRange(world.MostStakeAway, 1, 64 / 3);
    }

    private static string?[] Uids(RolloutWorld world) => [.. world.Observation.Pods.Values.Select(pod => pod.Metadata.Uid)];

    /// <summary>A chain with a pair, in which the first node's image knows a newer format than its database has, and has run for longer than the bake.</summary>
    private static PlanWorld Behind()
    {
        PlanWorld world = PlanWorld.Healthy("canary.yaml");
        world.Now += world.Testnet.Spec.Rollout.Bake.Value;
        long epoch = (long)((world.Now - world.Testnet.Status!.GenesisTime!.Value) / TimeSpan.FromSeconds(8));
        world.ReportAll(head: epoch * 8, finalized: epoch - 2);
        world.Settle();
        See(world, snapshot => snapshot with { DatabaseFormat = 1, NewestDatabaseFormat = 2 });
        return world;
    }

    private static void Change(PlanWorld world, string change)
    {
        Pod pod = world.Observation.Pods[Names.Pod(Node)];
        long epoch = (long)((world.Now - world.Testnet.Status!.GenesisTime!.Value) / TimeSpan.FromSeconds(8));
        switch (change)
        {
            case "its format is the newest":
                See(world, snapshot => snapshot with { DatabaseFormat = 2 });
                break;
            case "its format is not told":
                See(world, snapshot => snapshot with { DatabaseFormat = null });
                break;
            case "the newest format is not told":
                See(world, snapshot => snapshot with { NewestDatabaseFormat = null });
                break;
            case "another pod told it":
                See(world, snapshot => snapshot with { PodUid = "another" });
                break;
            case "it does not answer":
                See(world, snapshot => snapshot with { IsReachable = false });
                break;
            case "its pod is gone":
                world.Observation = world.Observation with { Pods = world.Observation.Pods.Remove(pod.Metadata.Name!) };
                break;
            case "its pod has not run as long as the bake":
                pod.Metadata.CreationTimestamp = world.Now - world.Testnet.Spec.Rollout.Bake.Value + TimeSpan.FromSeconds(1);
                break;
            case "another node runs another image":
                world.Observation.Pods[Names.Pod("canary-eu-1")].Spec!.Containers[0].Image = "beacon:0";
                break;
            case "finality is too far behind":
                SeeAll(world, snapshot => snapshot with { FinalizedEpoch = epoch - 6 });
                break;
            case "finality is as far behind as it may be":
                SeeAll(world, snapshot => snapshot with { FinalizedEpoch = epoch - 5 });
                break;
            case "nobody says what is final":
                SeeAll(world, snapshot => snapshot with { FinalizedEpoch = null });
                break;
            case "a roll-out waits":
                Rollout(world, RolloutPhases.Pending);
                break;
            case "a roll-out bakes":
                Rollout(world, RolloutPhases.Baking);
                break;
            case "a roll-out has succeeded":
                Rollout(world, RolloutPhases.Succeeded);
                break;
            case "a roll-out was rolled back":
                Rollout(world, RolloutPhases.RolledBack);
                break;
            case "the strategy is AllAtOnce":
                world.Testnet.Spec.Rollout.Strategy = RolloutStrategies.AllAtOnce;
                break;
            default:
                Assert.Equal("nothing", change);
                break;
        }
    }

    /// <summary>A roll-out whose phase the nodes already reflect: they run its new image where it got that far, and its old one elsewhere.</summary>
    private static void Rollout(PlanWorld world, string phase)
    {
        string image = world.Testnet.Status!.Images!.Stable!;
        bool isOut = phase is RolloutPhases.Baking or RolloutPhases.Succeeded;
        CanaryRollout rollout = Children.RolloutBuilder.Build(world.Testnet, 1, 1, isOut ? "beacon:0" : image, isOut ? image : "beacon:9");
        rollout.Status = new CanaryRolloutStatus { Phase = phase };
        world.Testnet.Spec.Image = rollout.Spec.To;
        world.Observation = world.Observation with { Rollouts = [rollout] };
    }

    private static void See(PlanWorld world, Func<NodeSnapshot, NodeSnapshot> change) =>
        world.Observation = world.Observation with { Snapshots = world.Observation.Snapshots.SetItem(Node, change(world.Observation.Snapshots[Node])) };

    private static void SeeAll(PlanWorld world, Func<NodeSnapshot, NodeSnapshot> change)
    {
        foreach ((string node, NodeSnapshot snapshot) in world.Observation.Snapshots)
        {
            world.Observation = world.Observation with { Snapshots = world.Observation.Snapshots.SetItem(node, change(snapshot)) };
        }
    }
}
