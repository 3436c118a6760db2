using Fleet.Api;
using Fleet.Kubernetes.Models;

namespace Fleet.Planning.Tests;

public sealed class TestnetPlannerTests
{
    private static IEnumerable<string> Summary(TestnetPlan plan) => plan.Actions.Select(action => action switch
    {
        PlanAction.Apply apply => $"apply {apply.Object.GetType().Name} {apply.Object.Metadata.Name}",
        PlanAction.Create create => $"create {create.Object.GetType().Name} {create.Object.Metadata.Name}",
        PlanAction.Delete delete => $"delete {delete.Object.GetType().Name} {delete.Object.Metadata.Name}",
        PlanAction.EnsureKeys keys => $"keys {keys.Range} {keys.Shell.Metadata.Name}",
        PlanAction.RefreshPod refresh => $"refresh {refresh.Pod.Metadata.Name}",
        PlanAction.ReplacePod replace => $"replace {replace.Pod.Metadata.Name}",
        PlanAction.WriteGenesis genesis => $"genesis i{genesis.Iteration.Iteration} at {genesis.GenesisTime.ToUnixTimeSeconds()}",
        _ => action.GetType().Name,
    });

    [Fact]
    public void A_new_testnet_gets_a_mnemonic_then_its_record_then_nodes_and_last_their_keys()
    {
        var world = new PlanWorld();
        Assert.Equal(["EnsureMnemonic"], Summary(world.Pass()));
        string[] second =
        [
            "create ConfigMap devnet-i1-keys",
            "apply BeaconNode devnet-boot-0", "apply BeaconNode devnet-eu-0", "apply BeaconNode devnet-eu-1", "apply BeaconNode devnet-eu-2", "apply BeaconNode devnet-eu-3",
            "apply Service devnet", "apply PodDisruptionBudget devnet",
            "keys 0-15 devnet-eu-0-keys-i1", "keys 16-31 devnet-eu-1-keys-i1", "keys 32-47 devnet-eu-2-keys-i1", "keys 48-63 devnet-eu-3-keys-i1",
        ];
        Assert.Equal(second, Summary(world.Pass()));
        Assert.Equal(["apply ConfigMap devnet-peers"], Summary(world.Pass()));
        Assert.Empty(world.Pass().Actions);
        Assert.Equal(Reasons.WaitingForPods, world.Condition(ConditionTypes.GenesisReady).Reason);
        Assert.Equal("Starting", world.Testnet.Status!.Phase);
    }

    /// <summary>An etcd that was restored from a backup may hold a record and not the Secret it was written for.</summary>
    [Fact]
    public void A_record_for_a_mnemonic_that_is_gone_is_written_anew_as_long_as_nothing_came_of_it()
    {
        var world = new PlanWorld();
        world.Pass();
        world.Pass();
        var other = new MnemonicFacts(true, "fedcba9876543210", null);
        world.Observation = world.Observation with { Mnemonic = other };
        Assert.Empty(world.Pass().Actions.OfType<PlanAction.Delete>());

        world.Observation = world.Observation with { KeysSecrets = [] };
        Assert.Equal(["delete ConfigMap devnet-i1-keys"], Summary(world.Pass()));
        Assert.Equal("create ConfigMap devnet-i1-keys", Summary(world.Pass()).First());
        Assert.Equal(other.Fingerprint, IterationRecord.FromData(world.Observation.ConfigMaps["devnet-i1-keys"].Data)!.Parameters.MnemonicFingerprint);
    }

    [Fact]
    public void The_genesis_clock_starts_when_pods_with_three_quarters_of_the_stake_run()
    {
        var world = new PlanWorld();
        world.Settle();
        world.Run("devnet-eu-0", ready: false);
        world.Run("devnet-eu-1", ready: false);
        Assert.Empty(world.Pass().Actions);
        world.Run("devnet-eu-2", ready: false);
        world.Now += TimeSpan.FromMilliseconds(300);
        Assert.Equal(["create ConfigMap devnet-i1-time"], Summary(world.Pass()));
        Assert.Equal(["genesis i1 at 1700000006"], Summary(world.Pass()));
        Assert.Equal(["refresh devnet-eu-0-0", "refresh devnet-eu-1-0", "refresh devnet-eu-2-0"], Summary(world.Pass()));
        Assert.Empty(world.Pass().Actions);
        Assert.Equal(Reasons.WaitingForNodes, world.Condition(ConditionTypes.GenesisReady).Reason);
        Assert.Equal(DateTimeOffset.FromUnixTimeSeconds(1_700_000_006), world.Testnet.Status!.GenesisTime);
    }

    [Fact]
    public void A_genesis_time_that_passed_before_its_files_were_written_is_chosen_anew()
    {
        var world = new PlanWorld();
        world.Settle();
        foreach (string node in world.Observation.Nodes.Keys)
        {
            world.Run(node);
        }

        Assert.Equal(["create ConfigMap devnet-i1-time"], Summary(world.Pass()));
        world.Now += TimeSpan.FromMinutes(1);
        Assert.Equal(["delete ConfigMap devnet-i1-time"], Summary(world.Pass()));
        Assert.Equal(["create ConfigMap devnet-i1-time"], Summary(world.Pass()));
        Assert.Equal(["genesis i1 at 1700000065"], Summary(world.Pass()));
    }

    [Fact]
    public void A_healthy_testnet_is_ready_and_a_second_pass_changes_nothing()
    {
        PlanWorld world = PlanWorld.Healthy();
        TestnetStatus? before = world.Testnet.Status;
        TestnetPlan plan = TestnetPlanner.Plan(world.Observation, world.Now);
        Assert.Empty(plan.Actions);
        Assert.Empty(plan.Events);
        Assert.Equal(StatusChange.None, StatusComparison.Compare(before, plan.Status));
        Assert.All(ConditionTypes.OfTestnet.Except(ConditionTypes.FalseWhenWell), type => Assert.True(world.Condition(type).IsTrue, $"{type}: {world.Condition(type).Message}"));
        Assert.Equal("Finalizing", world.Testnet.Status!.Phase);
        Assert.Equal(2, world.Testnet.Status.FinalityLag);
    }

    [Fact]
    public void A_node_with_another_genesis_is_named()
    {
        PlanWorld world = PlanWorld.Healthy();
        world.Report("devnet-eu-2", genesisRoot: "0xcc");
        TestnetPlan plan = world.Pass();
        Assert.Equal(Reasons.GenesisMismatch, world.Condition(ConditionTypes.GenesisReady).Reason);
        Assert.StartsWith("devnet-eu-2 reports", world.Condition(ConditionTypes.GenesisReady).Message);
        Assert.Contains(plan.Events, planned => planned.Reason == EventReasons.GenesisMismatch && planned.Type == "Warning");
    }

    [Theory]
    [InlineData(5, Reasons.EpochsFinalize, "True")]
    [InlineData(6, Reasons.FinalityLagging, "False")]
    [InlineData(10, Reasons.FinalityWarning, "False")]
    [InlineData(100, Reasons.FinalityWarning, "False")]
    [InlineData(101, Reasons.FinalityLost, "False")]
    public void Finality_is_judged_by_how_far_it_is_behind_the_clock(int lag, string reason, string status)
    {
        PlanWorld world = PlanWorld.Healthy();
        world.Now = world.Testnet.Status!.GenesisTime!.Value + TimeSpan.FromSeconds(8 * (8 + lag));
        world.ReportAll(head: 90, finalized: 8);
        world.Pass();
        Assert.Equal((reason, status), (world.Condition(ConditionTypes.Finalizing).Reason, world.Condition(ConditionTypes.Finalizing).Status));
    }

    [Fact]
    public void A_head_that_stands_still_is_a_stall_and_one_that_moves_again_is_told()
    {
        PlanWorld world = PlanWorld.Healthy();
        DateTimeOffset stopped = world.Now;
        world.Now += TimeSpan.FromSeconds(29);
        world.ReportAll(head: 80, finalized: 8, headChangedAt: stopped);
        TestnetPlan plan = world.Pass();
        Assert.True(world.Condition(ConditionTypes.ChainProgressing).IsTrue);
        Assert.True(plan.LookAgainAfter <= TimeSpan.FromSeconds(1));
        world.Now += TimeSpan.FromSeconds(1);
        Assert.Contains(world.Pass().Events, planned => planned.Reason == EventReasons.ChainStalled);
        world.ReportAll(head: 81, finalized: 8);
        Assert.Contains(world.Pass().Events, planned => planned.Reason == EventReasons.ChainResumed);
    }

    [Fact]
    public void Silence_is_never_healthy()
    {
        PlanWorld world = PlanWorld.Healthy();
        foreach (string node in world.Observation.Snapshots.Keys)
        {
            world.Report(node, reachable: false);
        }

        world.Pass();
        Assert.Equal(("Unknown", Reasons.NoData), (world.Condition(ConditionTypes.ChainProgressing).Status, world.Condition(ConditionTypes.ChainProgressing).Reason));
        Assert.Equal("Unknown", world.Condition(ConditionTypes.Finalizing).Status);
        Assert.False(world.Condition(ConditionTypes.Ready).IsTrue);
        Assert.True(world.Condition(ConditionTypes.GenesisReady).IsTrue);
    }

    [Fact]
    public void A_scale_down_takes_nodes_away_and_leaves_keys_where_they_were()
    {
        PlanWorld world = PlanWorld.Healthy();
        world.Testnet.Spec.Pools[0].Replicas = 3;
        Assert.Equal(["delete BeaconNode devnet-eu-3"], Summary(world.Pass()).Where(line => line.StartsWith("delete", StringComparison.Ordinal)));
        world.Testnet.Spec.Pools[0].Replicas = 5;
        TestnetPlan plan = world.Pass();
        Assert.Contains("apply BeaconNode devnet-eu-3", Summary(plan));
        Assert.DoesNotContain(plan.Actions, action => action is PlanAction.EnsureKeys);
        Assert.Equal("devnet-eu-3-keys-i1", world.Observation.Nodes["devnet-eu-3"].Spec.KeysSecretRef?.Name);
        Assert.Null(world.Observation.Nodes["devnet-eu-4"].Spec.KeysSecretRef);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_scale_down_below_three_quarters_of_the_stake_needs_force(bool forced)
    {
        PlanWorld world = PlanWorld.Healthy();
        world.Testnet.Spec.Pools[0].Replicas = 2;
        world.Testnet.Metadata.Annotations = forced ? new Dictionary<string, string> { [Annotations.Force] = "true" } : null;
        TestnetPlan plan = world.Pass();
        Assert.Equal(forced ? 2 : 0, plan.Actions.Count(action => action is PlanAction.Delete));
        Assert.Equal(forced ? Reasons.Valid : Reasons.StakeTooLow, world.Condition(ConditionTypes.Accepted).Reason);
    }

    [Fact]
    public void Edits_of_the_network_wait_for_the_next_iteration_and_are_named()
    {
        PlanWorld world = PlanWorld.Healthy();
        string protocolId = world.Testnet.Status!.ProtocolId!;
        world.Testnet.Spec.Network.Config!["SLOT_DURATION_MS"] = 2000;
        world.Testnet.Spec.Network.ProtocolId = "/fleet/other";
        Assert.Empty(world.Pass().Actions);
        Condition condition = world.Condition(ConditionTypes.UpToDate);
        Assert.Equal(Reasons.PendingReset, condition.Reason);
        Assert.Contains("spec.network.protocolId, spec.network.config.SLOT_DURATION_MS", condition.Message);
        Assert.Equal(protocolId, world.Testnet.Status.ProtocolId);
    }

    [Fact]
    public void Pods_of_an_older_template_are_replaced_while_less_than_a_third_of_the_stake_is_away()
    {
        PlanWorld world = PlanWorld.Healthy();
        foreach (StatefulSet set in world.Observation.StatefulSets.Values)
        {
            set.Spec!.Template = KubernetesJson.Clone(set.Spec.Template!, KubernetesJson.Context.PodTemplateSpec);
            set.Spec.Template.Metadata!.Annotations![Annotations.TemplateHash] = "changed";
        }

        Assert.Equal(["replace devnet-boot-0-0"], Summary(world.Pass()).Take(1));
        world.Run("devnet-boot-0");
        string[] next = [.. Summary(world.Pass())];
        Assert.True(next.Length <= 1, string.Join(", ", next));
        Assert.Equal(Reasons.RollingOut, world.Condition(ConditionTypes.UpToDate).Reason);
    }

    [Fact]
    public void An_invalid_spec_freezes_everything_and_health_is_still_told()
    {
        PlanWorld world = PlanWorld.Healthy();
        world.Testnet.Spec.Pools[0].Replicas = 0;
        TestnetPlan plan = world.Pass();
        Assert.Empty(plan.Actions);
        Assert.Equal(Reasons.SpecInvalid, world.Condition(ConditionTypes.Accepted).Reason);
        Assert.StartsWith("spec.pools[0].replicas: must be between 1 and 250, not 0", world.Condition(ConditionTypes.Accepted).Message);
        Assert.True(world.Condition(ConditionTypes.ChainProgressing).IsTrue);
    }

    [Fact]
    public void Records_that_are_gone_altogether_are_said_and_not_invented()
    {
        PlanWorld world = PlanWorld.Healthy();
        world.Observation = world.Observation with { ConfigMaps = world.Observation.ConfigMaps.Clear() };
        Assert.Empty(world.Pass().Actions);
        Assert.Equal(Reasons.GenesisLost, world.Condition(ConditionTypes.GenesisReady).Reason);
        Assert.Equal("Broken", world.Testnet.Status!.Phase);
    }
}
