using Fleet.Api;
using Fleet.Kubernetes.Models;

namespace Fleet.Planning.Tests.Resets;

public sealed class ResetPlannerTests
{
    private static readonly string[] AllPhases = ["Claimed", "CollectingEvidence", "Quiescing", "Archiving", "NewGenesis", "Starting", "Verifying", "Completed"];

    [Fact]
    public void A_reset_ends_the_chain_and_another_iteration_finalizes()
    {
        var world = new ResetWorld();
        TestnetStatus before = world.Testnet.Status!;
        world.Also = world.AssertOneChain;
        world.Ask(1);
        world.UntilEnd();

        Assert.Equal(AllPhases, world.Phases);
        Assert.Equal(AllPhases, world.Reset.Status!.Timings!.Select(timing => timing.Phase));
        TestnetStatus after = world.Testnet.Status!;
        Assert.Equal(2, after.Iteration);
        Assert.NotEqual(before.ProtocolId, after.ProtocolId);
        Assert.NotEqual(before.GenesisRoot, after.GenesisRoot);
        Assert.NotEqual(before.GenesisValidatorsRoot, after.GenesisValidatorsRoot);
        Assert.Equal(before.GenesisRoot, world.Reset.Status.Ended!.GenesisRoot);
        Assert.Equal(after.GenesisRoot, world.Reset.Status.Begun!.GenesisRoot);
        Assert.Equal((2, "devnet-i1", "a try"), (world.Reset.Status.ToIteration, after.LastReset!.Name, after.LastReset.Reason));
    }

    [Fact]
    public void When_it_has_ended_the_testnet_is_healthy_and_nothing_is_left_to_do()
    {
        var world = new ResetWorld();
        world.Ask(1);
        world.UntilEnd();
        world.Pass(40);
        Assert.Empty(world.Plan.Pass().Actions);
        Assert.Null(world.Testnet.Status!.ActiveReset);
        Assert.Equal("Finalizing", world.Testnet.Status.Phase);
        Assert.Equal(ConditionStatuses.True, world.Plan.Condition(ConditionTypes.Ready).Status);
        Assert.Equal(ConditionStatuses.False, world.Plan.Condition(ConditionTypes.Resetting).Status);
        Assert.Equal(["ResetStarted", "ResetStarted", "GenesisGenerated", "ResetCompleted", "ResetCompleted"], world.Events.Where(reason => reason.StartsWith("Reset", StringComparison.Ordinal) || reason == "GenesisGenerated").TakeLast(5));
    }

    [Fact]
    public void Validators_are_fenced_before_the_pods_go_and_stay_so()
    {
        var world = new ResetWorld();
        Assert.StartsWith("fence: []", Peers(world), StringComparison.Ordinal);
        world.Ask(1);
        world.UntilPhase(ResetPhases.Quiescing);
        world.Plan.Pass();
        Assert.StartsWith("fence: [1]", Peers(world), StringComparison.Ordinal);
        Assert.All(world.Observation.Nodes.Values, node => Assert.True(node.Spec.Suspend));
        world.UntilEnd();
        Assert.StartsWith("fence: [1]\n", Peers(world), StringComparison.Ordinal);
        Assert.All(world.Observation.Nodes.Values, node => Assert.False(node.Spec.Suspend));
    }

    [Fact]
    public void One_node_keeps_its_database_and_says_so_before_any_starts_again()
    {
        var world = new ResetWorld();
        world.Ask(1);
        world.UntilPhase(ResetPhases.Archiving);
        ChainArchive archive = Assert.Single(world.Reset.Status!.Archives!);
        Assert.Equal(archive.Directory, Assert.Single(world.Observation.Nodes[archive.Node].Spec.KeepChains!));
        Assert.True(world.Observation.Nodes[archive.Node].Spec.Suspend);
        Assert.StartsWith("1-", archive.Directory, StringComparison.Ordinal);
        world.UntilEnd();
        Assert.Contains($"--keep={archive.Directory}", world.Observation.Pods[Names.Pod(archive.Node)].Spec!.Containers[0].Args!);
    }

    [Fact]
    public void Of_more_chains_than_are_to_be_kept_the_oldest_goes()
    {
        var world = new ResetWorld();
        world.Testnet.Spec.Recovery.Archive.Keep = 2;
        for (int from = 1; from <= 3; from++)
        {
            world.Ask(from);
            world.UntilEnd();
        }

        string[] kept = [.. world.Observation.Nodes.Values.SelectMany(node => node.Spec.KeepChains ?? []).Select(directory => directory[..1]).Order(StringComparer.Ordinal)];
        Assert.Equal(["2", "3"], kept);
        Assert.Equal(4, world.Testnet.Status!.Iteration);
    }

    [Fact]
    public void Nothing_begins_while_a_pod_of_the_old_chain_is_there()
    {
        var world = new ResetWorld();
        world.Stuck.Add("devnet-eu-2-0");
        world.Ask(1);
        world.UntilPhase(ResetPhases.Quiescing);
        world.Pass(90);
        Assert.Equal(ResetPhases.Quiescing, world.Phase);
        Assert.Equal(1, world.Testnet.Status!.Iteration);
        Assert.Equal(
            "1 pod of the old chain is still there: devnet-eu-2-0. If its Kubernetes node cannot be reached, annotate the reset with beaconfleet.dev/force=true: what it signs is worth nothing on the new chain.",
            world.Reset.Status!.Message);
        world.Stuck.Clear();
        world.UntilEnd();
        Assert.Equal(ResetPhases.Completed, world.Phase);
    }

    [Fact]
    public void A_pod_that_only_the_server_knows_of_holds_it_up_as_well()
    {
        var world = new ResetWorld { AtServer = ["devnet-eu-0-0"] };
        world.Ask(1);
        world.UntilPhase(ResetPhases.Quiescing);
        world.Pass(10);
        Assert.Equal(ResetPhases.Quiescing, world.Phase);
        world.AtServer = [];
        world.UntilEnd();
        Assert.Equal(ResetPhases.Completed, world.Phase);
    }

    [Fact]
    public void A_person_may_give_up_a_pod_that_nobody_can_reach()
    {
        var world = new ResetWorld();
        world.Stuck.Add("devnet-eu-2-0");
        world.Ask(1);
        world.UntilPhase(ResetPhases.Quiescing);
        world.Pass(5);
        world.Reset.Metadata.Annotations = new Dictionary<string, string> { [Annotations.Force] = "true" };
        world.UntilPhase(ResetPhases.Starting);
        Assert.Equal(2, world.Testnet.Status!.Iteration ?? 0);
    }

    public static TheoryData<string, int, Action<Testnet, ChainReset>, string, string> NotCarriedOut => new()
    {
        { "another iteration runs", 2, (_, _) => { }, "Stale", "It asks to end iteration 2, and iteration 1 runs; make another if this one is meant." },
        { "never", 1, (testnet, _) => testnet.Spec.Recovery.Mode = RecoveryModes.Never, "ModeNever", "spec.recovery.mode of the testnet is Never; set another mode and make another reset." },
        { "made for an earlier testnet", 1, (_, reset) => reset.Metadata.CreationTimestamp = PlanWorld.Start.AddDays(-1), "Stale", "It was made for an earlier testnet of the name devnet; make another if this one is meant." },
        { "no reason", 1, (_, reset) => reset.Spec.Reason = "", "SpecInvalid", "spec.reason: must say why the chain is to be begun anew." },
    };

    [Theory]
    [MemberData(nameof(NotCarriedOut))]
    public void What_is_not_carried_out_says_why(string why, int from, Action<Testnet, ChainReset> change, string reason, string message)
    {
        var world = new ResetWorld();
        change(world.Testnet, world.Ask(from));
        world.Pass(5);
        Assert.True(world.Phase == ResetPhases.Suppressed, why);
        Assert.Equal((reason, message), (world.Reset.Status!.Reason, world.Reset.Status.Message));
        Assert.Equal(1, world.Testnet.Status!.Iteration);
        Assert.All(world.Observation.Nodes.Values, node => Assert.False(node.Spec.Suspend));
    }

    public static TheoryData<string, Action<Testnet, bool>, string> HeldUp => new()
    {
        { "suspended", (testnet, isOn) => testnet.Spec.Suspend = isOn, "The testnet is suspended; it is taken when it runs again." },
        { "not accepted", (testnet, isOn) => testnet.Spec.ImagePullPolicy = isOn ? "Sometimes" : "Always", "The testnet's spec is not accepted: spec.imagePullPolicy: must be Always or IfNotPresent or Never, not \"Sometimes\"." },
    };

    [Theory]
    [MemberData(nameof(HeldUp))]
    public void What_holds_it_up_is_said_and_when_it_is_gone_the_reset_begins(string what, Action<Testnet, bool> hold, string message)
    {
        var world = new ResetWorld();
        hold(world.Testnet, true);
        world.Pass(3);
        world.Ask(1);
        world.Pass(10);
        Assert.True(world.Phase is null, what);
        Assert.Equal(message, world.Reset.Status!.Message);
        hold(world.Testnet, false);
        world.UntilEnd();
        Assert.Equal(ResetPhases.Completed, world.Phase);
    }

    [Fact]
    public void Two_that_are_asked_for_at_once_make_one_reset()
    {
        var world = new ResetWorld();
        world.Ask(1);
        world.Ask(1, "by-hand");
        world.UntilEnd();
        Assert.Equal(["Completed", "Suppressed"], world.Observation.Resets.Select(reset => reset.Status!.Phase));
        Assert.Equal(2, world.Testnet.Status!.Iteration);
    }

    [Fact]
    public void One_that_is_applied_again_after_it_was_carried_out_does_no_harm()
    {
        var world = new ResetWorld();
        world.Ask(1);
        world.UntilEnd();
        world.Plan.Observation = world.Observation with { Resets = [] };
        world.Ask(1);
        world.UntilEnd();
        Assert.Equal((ResetPhases.Suppressed, 2), (world.Phase, world.Testnet.Status!.Iteration));
    }

    [Fact]
    public void Edits_that_waited_for_it_are_applied()
    {
        var world = new ResetWorld();
        world.Testnet.Spec.Network.Config!["SHARD_COMMITTEE_PERIOD"] = new ConfigValue("8");
        world.Testnet.Metadata.Generation++;
        world.Pass(2);
        Assert.Equal(Reasons.PendingReset, world.Plan.Condition(ConditionTypes.UpToDate).Reason);
        world.Ask(1);
        world.UntilEnd();
        world.Pass(2);
        Assert.Equal(Reasons.Current, world.Plan.Condition(ConditionTypes.UpToDate).Reason);
    }

    [Fact]
    public void Keys_are_derived_for_the_iteration_that_begins_also_when_its_mnemonic_is_another()
    {
        var world = new ResetWorld();
        world.Ask(1);
        world.UntilPhase(ResetPhases.Archiving);
        world.Plan.Observation = world.Observation with { Mnemonic = new MnemonicFacts(true, "fedcba9876543210", null) };
        world.UntilPhase(ResetPhases.Verifying);
        PlanAction.EnsureKeys[] derived = [.. world.Actions.OfType<PlanAction.EnsureKeys>()];
        Assert.NotEmpty(derived);
        Assert.All(derived, keys => Assert.Equal((2, "fedcba9876543210"), (keys.Iteration.Iteration, keys.Iteration.Parameters.MnemonicFingerprint)));
    }

    [Fact]
    public void A_roll_out_ends_with_the_chain_and_the_next_one_begins_with_what_was_good()
    {
        var world = new ResetWorld("canary.yaml");
        string good = world.Testnet.Status!.Images!.Stable!;
        world.Testnet.Spec.Image = "beacon:next";
        world.Testnet.Metadata.Generation++;
        world.Pass(2);
        Assert.Single(world.Observation.Rollouts);
        world.Ask(1);
        world.UntilPhase(ResetPhases.Verifying);
        Assert.All(world.Observation.Nodes.Values, node => Assert.Equal(good, node.Spec.Image));
        Assert.Single(world.Observation.Rollouts);
    }

    [Fact]
    public void A_chain_that_does_not_finalize_fails_the_reset_and_another_may_follow()
    {
        var world = new ResetWorld();
        world.Testnet.Spec.Health.FinalityLostEpochs = 16;
        world.Ask(1);
        world.UntilPhase(ResetPhases.Starting);
        world.Finalizes = false;
        world.UntilEnd(600);
        Assert.Equal((ResetPhases.Failed, "NotFinalized"), (world.Phase, world.Reset.Status!.Reason));
        Assert.Equal(Reasons.ResetFailed, world.Plan.Condition(ConditionTypes.Resetting).Reason);
        world.Finalizes = true;
        world.Ask(2);
        world.UntilEnd();
        Assert.Equal((ResetPhases.Completed, 3), (world.Phase, world.Testnet.Status!.Iteration));
    }

    [Fact]
    public void A_person_may_end_a_new_chain_that_does_not_get_on()
    {
        var world = new ResetWorld();
        world.Ask(1);
        world.UntilPhase(ResetPhases.Starting);
        world.Finalizes = false;
        world.UntilPhase(ResetPhases.Verifying);
        world.Finalizes = true;
        world.Ask(2);
        world.UntilEnd();
        Assert.Equal(["Failed", "Completed"], world.Observation.Resets.Select(reset => reset.Status!.Phase));
        Assert.Equal("Overtaken", world.Observation.Resets[0].Status!.Reason);
    }

    [Fact]
    public void What_the_nodes_said_is_kept_once()
    {
        var world = new ResetWorld();
        world.Ask(1);
        world.UntilEnd();
        Planning.Resets.ResetEvidence evidence = Assert.Single(world.Evidence);
        Assert.Equal(world.Observation.Nodes.Count, evidence.Nodes.Length);
        Assert.All(evidence.Nodes.Where(node => node.Role != NodeRoles.Bootnode), node => Assert.NotNull(node.Snapshot));
        Assert.Equal("devnet-i1-reset-evidence", world.Reset.Status!.Evidence);
    }

    [Fact]
    public void Evidence_fits_into_a_ConfigMap_whatever_the_logs_say()
    {
        var world = new ResetWorld();
        world.Ask(1);
        world.UntilEnd();
        var random = new Random(1);
        Planning.Resets.ResetEvidence large = world.Evidence[0] with
        {
            Logs = System.Collections.Immutable.ImmutableSortedDictionary.CreateRange(
                Enumerable.Range(0, 64).Select(i => KeyValuePair.Create($"pod-{i}/beacon", new string([.. Enumerable.Range(0, 65536).Select(_ => (char)random.Next(33, 126))])))),
        };
        Assert.InRange(large.Write().Length, 1, 900 * 1024);
    }

    private static string Peers(ResetWorld world) => world.Observation.ConfigMaps[Names.Peers("devnet")].Data!["peers.yaml"];
}
