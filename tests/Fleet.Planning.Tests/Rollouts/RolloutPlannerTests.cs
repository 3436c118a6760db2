using Fleet.Api;
using Fleet.Kubernetes.Models;
using Fleet.Planning.Canary;

namespace Fleet.Planning.Tests.Rollouts;

public sealed class RolloutPlannerTests
{
    private const string Old = "beacon:1";
    private const string New = "beacon:2";

    /// <summary>What every node says of the share that votes; null: nothing.</summary>
    private static void Vote(PlanWorld plan, double? participation)
    {
        foreach (NodeSnapshot snapshot in plan.Observation.Snapshots.Values)
        {
            plan.Observation = plan.Observation with { Snapshots = plan.Observation.Snapshots.SetItem(snapshot.Node, snapshot with { Participation = participation }) };
        }
    }

    private static void PairIsOnStableImage(RolloutWorld world, string image)
    {
        world.Pass(10);
        Assert.Equal(image, world.ImageOf("devnet-baseline-0"));
        Assert.Equal(image, world.ImageOf("devnet-canary-0"));
        Assert.Equal(image, world.Testnet.Status!.Images!.Stable);
        Assert.Null(world.Testnet.Status.Images.Canary);
    }

    private static void Crash(PlanWorld plan, string image, int restarts)
    {
        foreach (Pod pod in plan.Observation.Pods.Values.Where(pod => pod.Spec!.Containers[0].Image == image))
        {
            pod.Status!.ContainerStatuses!.ForEach(status => status.RestartCount = status.Name == "beacon" ? restarts : 0);
            pod.Status.Conditions = [new PodCondition { Type = "Ready", Status = "False" }];
        }
    }

    [Fact]
    public void The_pair_has_keys_of_its_own_and_serves_like_any_other_node()
    {
        var world = new RolloutWorld();
        Assert.Equal((56, 8, 64), (world.Testnet.Status!.Validators!.Pools, world.Testnet.Status.Validators.Pair, world.Testnet.Status.Validators.Total));
        BeaconNode canary = world.Observation.Nodes["devnet-canary-0"];
        Assert.Equal((NodeRoles.Canary, Old, "60-63"), (canary.Spec.Role, canary.Spec.Image, canary.Metadata.Annotations![Annotations.Keys]));
        Assert.Contains("--duty-group=devnet-canary-0=60-63", world.Observation.Pods["devnet-eu-0-0"].Spec!.Containers[0].Args!);
        Assert.DoesNotContain(world.Observation.Pods["devnet-canary-0-0"].Spec!.Containers[0].Args!, argument => argument.StartsWith("--duty-group", StringComparison.Ordinal));
        Assert.Null(world.Phase);
        Assert.Empty(world.Observation.Rollouts);
    }

    [Fact]
    public void A_good_image_goes_through_every_phase_and_stays()
    {
        var world = new RolloutWorld();
        world.Want(New);
        world.UntilPhase(RolloutPhases.WarmingUp);
        world.UntilPhase(RolloutPhases.Analyzing);
        foreach (string side in (string[])["baseline", "canary"])
        {
            List<string> arguments = world.Observation.Pods[$"devnet-{side}-0-0"].Spec!.Containers[0].Args!;
            Assert.Contains("--chain-directory-suffix=r1", arguments);
            Assert.Contains("--checkpoint-sync-url=http://devnet-eu-0-0.devnet.default.svc:5052", arguments);
        }

        Assert.Equal((Old, New, Old), (world.ImageOf("devnet-baseline-0"), world.ImageOf("devnet-canary-0"), world.ImageOf("devnet-eu-0")));
        world.UntilPhase(RolloutPhases.Promoting);
        Assert.Equal(100, world.Rollout.Status!.Score);
        world.Pass(4);
        Assert.Equal((New, Old, Old), (world.ImageOf("devnet-eu-0"), world.ImageOf("devnet-eu-1"), world.ImageOf("devnet-boot-0")));
        world.UntilEnd();
        PairIsOnStableImage(world, New);
        Assert.All(world.Observation.Pods.Keys, pod => Assert.Equal(New, world.ImageOf(pod[..^2])));
        Assert.Equal(New, world.Testnet.Status!.Images!.LastGood);
        Assert.Equal(["WarmingUp/PairRestarts", "Analyzing/Comparing", "Promoting/AutoApproved", "Baking/Baking", "Succeeded/Baked"], world.Phases);
        Assert.Equal(["CanaryStarted", "CanaryWarmedUp", "CanaryScored", "CanaryAutoApproved", "WavePromoted", "WavePromoted", "RolloutSucceeded"], world.Events);
        Assert.InRange(world.MostStakeAway, 1, 64 / 3);
    }

    [Fact]
    public void In_an_emergency_an_image_goes_out_without_a_canary_and_without_taking_a_third_away()
    {
        var world = new RolloutWorld();
        world.Lag = 9;
        world.Want(New);
        world.Pass(12);
        Assert.Equal((RolloutPhases.Pending, "FinalityLagging"), (world.Phase, world.Rollout.Status!.Reason));

        world.Testnet.Metadata.Annotations = new Dictionary<string, string> { [Annotations.Emergency] = "only 2 mends it" };
        world.UntilEnd();
        Assert.Equal((RolloutPhases.Superseded, "Emergency"), (world.Phase, world.Rollout.Status.Reason));
        world.Until(() => world.Observation.Pods.Keys.All(pod => world.ImageOf(pod[..^2]) == New));
        Assert.Equal((New, Old), (world.Testnet.Status!.Images!.Stable, world.Testnet.Status.Images.LastGood));
        Assert.InRange(world.MostStakeAway, 1, 64 / 3);
        Assert.Single(world.Observation.Rollouts);
    }

    [Fact]
    public void A_leak_waits_for_a_person_whose_word_counts_either_way()
    {
        var rejected = new RolloutWorld();
        rejected.Worse["resident-memory"] = 1.6;
        rejected.Want(New);
        rejected.UntilPhase(RolloutPhases.AwaitingApproval);
        Assert.Equal(77, rejected.Rollout.Status!.Score);
        Assert.Contains("resident-memory", rejected.Rollout.Status.Message, StringComparison.Ordinal);
        Assert.Equal("True", rejected.Testnet.Status!.Conditions!.Single(condition => condition.Type == ConditionTypes.ApprovalRequired).Status);
        rejected.Pass(30);
        Assert.Equal(RolloutPhases.AwaitingApproval, rejected.Phase);
        rejected.Decide(RolloutDecisions.Reject);
        rejected.UntilPhase(RolloutPhases.Stopped);
        PairIsOnStableImage(rejected, Old);
        Assert.Equal(Reasons.ImageRejected, rejected.Testnet.Status.Conditions!.Single(condition => condition.Type == ConditionTypes.UpToDate).Reason);

        var approved = new RolloutWorld();
        approved.Worse["resident-memory"] = 1.6;
        approved.Want(New);
        approved.UntilPhase(RolloutPhases.AwaitingApproval);
        approved.Decide(RolloutDecisions.Approve);
        approved.UntilEnd();
        Assert.Equal(RolloutPhases.Succeeded, approved.Phase);
        PairIsOnStableImage(approved, New);
    }

    [Fact]
    public void A_score_below_the_marginal_one_stops()
    {
        var world = new RolloutWorld();
        foreach (string metric in (string[])["gossip-blocks", "gossip-attestations", "gossip-aggregates", "peers"])
        {
            world.Worse[metric] = 0.3;
        }

        world.Worse["attestation-inclusion"] = 1.5;
        world.Worse["inclusion-distance"] = 2;
        world.Worse["block-arrival-p95"] = 2;
        world.Worse["reorgs"] = 3;
        world.Worse["wrong-votes"] = 1.4;
        world.Worse["missed-proposals"] = 1.4;
        world.Want(New);
        world.UntilEnd();
        Assert.Equal((RolloutPhases.Stopped, "ScoreLow"), (world.Phase, world.Rollout.Status!.Reason));
        Assert.InRange(world.Rollout.Status.Score!.Value, 0, 49.99);
        PairIsOnStableImage(world, Old);
    }

    [Fact]
    public void A_canary_that_restarts_twice_is_stopped_and_not_tried_again_until_somebody_says_so()
    {
        var world = new RolloutWorld();
        world.Want(New);
        world.UntilPhase(RolloutPhases.WarmingUp);
        world.Also = plan => Crash(plan, New, 2);
        world.UntilEnd(minutes: 1);
        Assert.Equal((RolloutPhases.Stopped, "CanaryRestarts"), (world.Phase, world.Rollout.Status!.Reason));
        Assert.Equal("CanaryRestarts", Assert.Single(world.Rollout.Status.Guards!).Name);
        PairIsOnStableImage(world, Old);
        Assert.Contains("--chain-directory-suffix=r1-end", world.Observation.Pods["devnet-canary-0-0"].Spec!.Containers[0].Args!);
        Assert.Single(world.Observation.Rollouts);
        Assert.Equal(New, Assert.Single(world.Testnet.Status!.Images!.Rejected!).Image);

        world.Also = _ => { };
        world.Testnet.Metadata.Annotations = new Dictionary<string, string> { [Annotations.Retry] = "1" };
        world.Pass(2);
        Assert.Equal(2, world.Rollout.Spec.Number);
        world.UntilEnd();
        Assert.Equal(RolloutPhases.Succeeded, world.Phase);
    }

    [Fact]
    public void A_refused_image_is_forgotten_when_another_one_was_wanted_in_between()
    {
        var world = new RolloutWorld();
        world.Want(New);
        world.UntilPhase(RolloutPhases.WarmingUp);
        world.Decide(RolloutDecisions.Abort);
        world.UntilPhase(RolloutPhases.Stopped);
        world.Pass(20);
        Assert.Single(world.Observation.Rollouts);
        world.Want(Old);
        world.Pass(2);
        Assert.Null(world.Testnet.Status!.Images!.Rejected);
        Assert.Single(world.Observation.Rollouts);
        world.Want(New);
        world.Pass(2);
        Assert.Equal(2, world.Observation.Rollouts.Length);
    }

    public static TheoryData<string, string> SeenOfThePair => new()
    {
        { "CanaryForked", "fork" },
        { "CanarySilent", "silence" },
        { "ConfigMismatch", "config" },
        { "DutiesFailed", "duties" },
    };

    [Theory]
    [MemberData(nameof(SeenOfThePair))]
    public void What_is_seen_of_the_canary_stops_it(string guard, string what)
    {
        var world = new RolloutWorld();
        world.Want(New);
        world.UntilPhase(RolloutPhases.Analyzing);
        DateTimeOffset begin = world.Now;
        world.Seen = facts => what switch
        {
            "fork" => facts with { ForkedSince = begin },
            "silence" => facts with { CanarySilentSince = begin },
            "config" => facts with { ConfigMismatch = "SLOT_DURATION_MS is 500, not 1000" },
            _ => facts with { Duties = new PairDutiesAt(begin, world).Failed() },
        };
        world.UntilEnd(minutes: 2);
        Assert.Equal((RolloutPhases.Stopped, guard), (world.Phase, world.Rollout.Status!.Reason));
        PairIsOnStableImage(world, Old);
    }

    [Fact]
    public void What_both_sides_do_is_not_the_images_fault()
    {
        var world = new RolloutWorld();
        world.Want(New);
        world.UntilPhase(RolloutPhases.Analyzing);
        DateTimeOffset begin = world.Now;
        world.Seen = facts => facts with { CanarySilentSince = begin, BaselineSilentSince = begin, Duties = new PairDutiesAt(begin, world).BothFailed() };
        world.Pass(45);
        Assert.Equal(RolloutPhases.Analyzing, world.Phase);
    }

    [Fact]
    public void A_chain_that_is_unwell_is_waited_for()
    {
        var world = new RolloutWorld { Lag = 7 };
        world.Pass(2);
        world.Want(New);
        world.Pass(40);
        Assert.Equal((RolloutPhases.Pending, "FinalityLagging"), (world.Phase, world.Rollout.Status!.Reason));
        world.Lag = 2;
        world.UntilPhase(RolloutPhases.WarmingUp);

        // Epochs of eight seconds: seven are less than a minute, as the restarts of a wave may cost.
        world.Lag = 7;
        world.Pass(3);
        Assert.Equal(RolloutPhases.WarmingUp, world.Phase);
        world.Lag = 8;
        world.UntilEnd(minutes: 1);
        Assert.Equal((RolloutPhases.Stopped, "FinalityLagging"), (world.Phase, world.Rollout.Status!.Reason));
    }

    [Theory]
    [InlineData(RolloutPhases.Promoting)]
    [InlineData(RolloutPhases.Baking)]
    public void A_node_that_crashes_after_the_promotion_takes_everything_back(string phase)
    {
        var world = new RolloutWorld();
        world.Want(New);
        world.UntilPhase(phase);
        world.Pass(3);
        world.Also = plan => plan.Observation.Pods["devnet-eu-0-0"].Status!.ContainerStatuses![0].RestartCount = world.ImageOf("devnet-eu-0") == New ? 2 : 0;
        world.UntilEnd(minutes: 1);
        Assert.Equal((RolloutPhases.RolledBack, "NodeRestarts"), (world.Phase, world.Rollout.Status!.Reason));
        PairIsOnStableImage(world, Old);
        Assert.All(world.Observation.Pods.Keys, pod => Assert.Equal(Old, world.ImageOf(pod[..^2])));
        Assert.All(world.Observation.Pods.Values, pod => Assert.All(pod.Spec!.Containers, container => Assert.Equal(Old, container.Image)));
        Assert.Equal(Old, world.Testnet.Status!.Images!.LastGood);
        Assert.InRange(world.MostStakeAway, 1, 64 / 3);
        Assert.Equal("RolledBack", world.Events[^1]);
    }

    [Fact]
    public void A_score_that_falls_while_it_bakes_takes_everything_back()
    {
        var world = new RolloutWorld();
        world.Testnet.Spec.Rollout.Bake = new Duration("3m");
        world.Want(New);
        world.UntilPhase(RolloutPhases.Baking);
        world.Worse["cpu"] = 2;
        world.UntilEnd();
        Assert.Equal((RolloutPhases.RolledBack, "BakeFailed"), (world.Phase, world.Rollout.Status!.Reason));
        PairIsOnStableImage(world, Old);
    }

    /// <summary>Epochs are eight seconds here, so restarts are over after two of them and half a minute.</summary>
    [Theory]
    [InlineData("the votes of one epoch, once all is quiet", 60, 12, null)]
    [InlineData("restarts that last", 0, 44, null)]
    [InlineData("less, for good", 60, 999, 76)]
    [InlineData("less from the restart on, for good", 0, 999, 46)]
    [InlineData("nine points less, for good", 0, 999, null, 0.90)]
    public void Stake_that_no_longer_votes_takes_everything_back_when_it_lasts(string what, int from, int seconds, int? rolledBackAfter, double participation = 0.85)
    {
        var world = new RolloutWorld();
        world.Testnet.Spec.Rollout.Bake = new Duration("100s");
        world.Want(New);
        world.UntilPhase(RolloutPhases.Baking);
        DateTimeOffset baking = world.Rollout.Status!.PhaseSince!.Value;
        world.Also = plan =>
        {
            double passed = (plan.Now - baking).TotalSeconds;
            if (passed >= from && passed < from + seconds)
            {
                Vote(plan, participation);
            }
        };

        world.UntilEnd();

        Assert.Equal((what, rolledBackAfter is null ? RolloutPhases.Succeeded : RolloutPhases.RolledBack), (what, world.Phase));
        if (rolledBackAfter is { } after)
        {
            Assert.Equal("ParticipationFell", world.Rollout.Status!.Reason);
            Assert.InRange((world.Now - baking).TotalSeconds, after, after + 2);
            Assert.Equal("For 2 epochs more than 10 points less of the stake have voted for the right target than before the roll-out: 85.0% now, 99.0% then.", world.Rollout.Status.Message);
        }
    }

    [Fact]
    public void A_look_that_no_node_answers_neither_begins_nor_ends_a_fall_of_participation()
    {
        var world = new RolloutWorld();
        world.Testnet.Spec.Rollout.Bake = new Duration("100s");
        world.Want(New);
        world.UntilPhase(RolloutPhases.Baking);
        DateTimeOffset baking = world.Rollout.Status!.PhaseSince!.Value;
        world.Also = plan => Vote(plan, (plan.Now - baking).TotalSeconds is (> 60 and < 64) or > 84 ? 0.5 : null);
        world.Pass(31);
        DateTimeOffset? since = world.Rollout.Status.ParticipationLowSince;
        Assert.NotNull(since);
        world.Pass(10);
        Assert.Equal((RolloutPhases.Baking, since), (world.Phase, world.Rollout.Status.ParticipationLowSince));
        world.Pass(2);
        Assert.Equal((RolloutPhases.RolledBack, "ParticipationFell"), (world.Phase, world.Rollout.Status.Reason));
    }

    [Fact]
    public void A_newer_image_takes_the_place_of_one_that_is_undecided()
    {
        var world = new RolloutWorld();
        world.Want(New);
        world.UntilPhase(RolloutPhases.Analyzing);
        world.Want("beacon:3");
        world.Until(() => world.Observation.Rollouts.Length == 2 && world.Phase == RolloutPhases.Analyzing);
        Assert.Equal((RolloutPhases.Superseded, "NewerImage"), (world.Observation.Rollouts[0].Status!.Phase, world.Observation.Rollouts[0].Status!.Reason));
        Assert.Equal((Old, "beacon:3"), (world.Rollout.Spec.From, world.Rollout.Spec.To));
        Assert.Contains("--chain-directory-suffix=r2", world.Observation.Pods["devnet-baseline-0-0"].Spec!.Containers[0].Args!);
    }

    [Fact]
    public void A_newer_image_waits_for_one_that_is_being_promoted()
    {
        var world = new RolloutWorld();
        world.Want(New);
        world.UntilPhase(RolloutPhases.Promoting);
        world.Want("beacon:3");
        world.Until(() => world.Observation.Rollouts.Length == 2);
        Assert.Equal(RolloutPhases.Succeeded, world.Observation.Rollouts[0].Status!.Phase);
        Assert.Equal(New, world.Rollout.Spec.From);
    }

    [Fact]
    public void Naming_the_image_before_again_takes_back_what_was_promoted()
    {
        var world = new RolloutWorld();
        world.Want(New);
        world.UntilPhase(RolloutPhases.Baking);
        world.Want(Old);
        world.UntilEnd(minutes: 1);
        Assert.Equal((RolloutPhases.RolledBack, "Reverted"), (world.Phase, world.Rollout.Status!.Reason));
        PairIsOnStableImage(world, Old);
        Assert.Single(world.Observation.Rollouts);
    }

    [Fact]
    public void A_window_begins_anew_when_the_watcher_does_and_no_verdict_is_given_on_less()
    {
        var world = new RolloutWorld();
        world.Want(New);
        world.UntilPhase(RolloutPhases.Analyzing);
        world.Pass(50);
        DateTimeOffset restart = world.Now;
        world.Seen = facts => facts with { Since = restart };
        world.Pass(55);
        Assert.Equal(RolloutPhases.Analyzing, world.Phase);
        world.UntilPhase(RolloutPhases.Promoting, minutes: 1);
        Assert.True(world.Now - restart >= TimeSpan.FromMinutes(2));
    }

    [Fact]
    public void Without_data_a_person_is_asked_and_nothing_is_promoted()
    {
        var world = new RolloutWorld();
        world.Want(New);
        world.UntilPhase(RolloutPhases.WarmingUp);
        world.Seen = facts => facts with
        {
            Window = (start, end) => new JudgeInput { Start = start, End = end, Epoch = TimeSpan.FromSeconds(8), Metrics = [.. BuiltInMetrics.All.Select(metric => new MetricObservation(metric, new SideData(), new SideData()))] },
        };
        world.UntilPhase(RolloutPhases.AwaitingApproval);
        Assert.Equal("NoVerdict", world.Rollout.Status!.Reason);
        Assert.Null(world.Rollout.Status.Score);
        world.Testnet.Spec.Rollout.Approval.Timeout = new Duration("1m");
        world.UntilEnd(minutes: 3);
        Assert.Equal((RolloutPhases.Stopped, "ApprovalTimeout"), (world.Phase, world.Rollout.Status.Reason));
    }

    [Fact]
    public void What_is_held_stays_where_it_is_and_goes_on_later()
    {
        var world = new RolloutWorld();
        world.Want(New);
        world.UntilPhase(RolloutPhases.Analyzing);
        world.Testnet.Spec.Rollout.Suspend = true;
        world.Pass(120);
        Assert.Equal((RolloutPhases.Analyzing, "Held"), (world.Phase, world.Rollout.Status!.Reason));
        CanaryRolloutStatus held = world.Rollout.Status;
        world.Pass(1);
        Assert.True(KubernetesJson.DeepEquals(held, world.Rollout.Status, FleetApiJson.Context.CanaryRolloutStatus));
        world.Testnet.Spec.Rollout.Suspend = false;
        world.UntilEnd();
        Assert.Equal(RolloutPhases.Succeeded, world.Phase);
    }

    [Fact]
    public void Ten_ended_roll_outs_are_kept()
    {
        var world = new RolloutWorld();
        for (int i = 0; i < 13; i++)
        {
            world.Want($"beacon:{10 + i}");
            world.UntilPhase(RolloutPhases.WarmingUp);
            world.Decide(RolloutDecisions.Abort);
            world.UntilEnd();
            world.Pass(12);
        }

        Assert.Equal(10, world.Observation.Rollouts.Length);
        Assert.Equal(13, world.Rollout.Spec.Number);
    }

    [Fact]
    public void Other_strategies_have_no_roll_outs()
    {
        var world = new RolloutWorld();
        world.Testnet.Spec.Rollout.Strategy = RolloutStrategies.AllAtOnce;
        world.Want(New);
        world.Pass(20);
        Assert.Empty(world.Observation.Rollouts);
        Assert.All(world.Observation.Pods.Keys, pod => Assert.Equal(New, world.ImageOf(pod[..^2])));
        world.Testnet.Spec.Rollout.Strategy = RolloutStrategies.OnDelete;
        world.Want("beacon:3");
        world.Pass(20);
        Assert.All(world.Observation.Pods.Keys, pod => Assert.Equal(New, world.ImageOf(pod[..^2])));
        Assert.Equal("beacon:3", world.Observation.StatefulSets["devnet-eu-0"].Spec!.Template!.Spec!.Containers[0].Image);
    }

    /// <summary>Duties of two epochs after the pair was in sync.</summary>
    private sealed record PairDutiesAt(DateTimeOffset Begin, RolloutWorld World)
    {
        private long Epoch => (long)((Begin - World.Testnet.Status!.GenesisTime!.Value) / TimeSpan.FromSeconds(8));

        public Planning.Rollouts.PairDuties Failed() => new(Epoch, new DutyCounts(0, 8), new DutyCounts(8, 8));

        public Planning.Rollouts.PairDuties BothFailed() => new(Epoch, new DutyCounts(8, 8), new DutyCounts(8, 8));
    }
}
