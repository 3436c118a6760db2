using Fleet.Api;
using Fleet.Kubernetes.Models;
using Fleet.Planning.Steps;

namespace Fleet.Planning.Tests;

/// <summary>Keys that cannot be had back, and those that can.</summary>
public sealed class LostKeysTests
{
    private const string Keys = "devnet-eu-1-keys-i1";

    [Fact]
    public void Missing_keys_are_derived_again_while_there_is_the_mnemonic()
    {
        PlanWorld world = PlanWorld.Healthy();
        world.Observation = world.Observation with { KeysSecrets = world.Observation.KeysSecrets.Remove(Keys) };
        Assert.Equal([Keys], world.Pass().Actions.OfType<PlanAction.EnsureKeys>().Select(action => action.Shell.Metadata.Name));
    }

    [Theory]
    [InlineData(false, null)]
    [InlineData(true, "fedcba9876543210")]
    public void Without_it_nothing_is_attempted_and_the_nodes_are_named(bool exists, string? fingerprint)
    {
        PlanWorld world = PlanWorld.Healthy();
        world.Observation = world.Observation with { KeysSecrets = world.Observation.KeysSecrets.Remove(Keys), Mnemonic = new MnemonicFacts(exists, fingerprint, null) };
        Assert.Empty(world.Pass().Actions);
        Condition condition = world.Condition(ConditionTypes.NodesReady);
        Assert.Equal((ConditionStatuses.False, Reasons.KeysLost), (condition.Status, condition.Reason));
        Assert.StartsWith("The keys of devnet-eu-1 are gone for good: ", condition.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_mnemonic_that_is_gone_harms_no_node_that_has_its_keys()
    {
        PlanWorld world = PlanWorld.Healthy();
        world.Observation = world.Observation with { Mnemonic = new MnemonicFacts(false, null, null) };
        world.Settle();
        Assert.Equal(Reasons.AllReady, world.Condition(ConditionTypes.NodesReady).Reason);
    }

    [Fact]
    public void A_spec_that_names_another_mnemonic_for_later_proves_nothing()
    {
        PlanWorld world = PlanWorld.Healthy();
        world.Testnet.Spec.Genesis.MnemonicSecretRef = new SecretReference { Name = "other" };
        world.Observation = world.Observation with { KeysSecrets = world.Observation.KeysSecrets.Remove(Keys), Mnemonic = new MnemonicFacts(true, "fedcba9876543210", null) };
        Assert.Equal([Keys], world.Pass().Actions.OfType<PlanAction.EnsureKeys>().Select(action => action.Shell.Metadata.Name));
    }

    [Fact]
    public void The_recovery_is_told_the_names()
    {
        PlanWorld world = PlanWorld.Healthy();
        world.Observation = world.Observation with { KeysSecrets = [], Mnemonic = new MnemonicFacts(false, null, null) };
        var context = new PlanContext(world.Observation, world.Now);
        IterationStep.Run(context);
        Assert.Equal(["devnet-eu-0", "devnet-eu-1", "devnet-eu-2", "devnet-eu-3"], LostKeys.Of(context));
    }
}
