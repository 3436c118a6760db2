using TestKit;

namespace Fleet.Planning.Tests.Recovery;

/// <summary>
/// Whether a chain is begun anew when it must be, and only then. What was said and done in each scenario is in tests/Fleet.Planning.Tests/Golden/Recovery;
/// FLEET_UPDATE_GOLDEN=1 rewrites it.
/// </summary>
public sealed class RecoveryScenarioTests
{
    public static TheoryData<string> Ids => [.. RecoveryScenarios.All.Select(scenario => scenario.Id)];

    [Theory]
    [MemberData(nameof(Ids))]
    public void A_chain_is_begun_anew_once_when_it_must_be_and_never_else(string id)
    {
        RecoveryScenario scenario = RecoveryScenarios.All.Single(scenario => scenario.Id == id);
        SimulatedNetwork net = scenario.Play();
        Assert.Equal(scenario.Criterion is null ? [] : [scenario.Criterion], net.Made.Select(reset => reset.Spec.Criterion!));
        Assert.Equal(scenario.Criterion is not null, net.WasCondemned);
        Assert.Equal(id[0] == 'R', net.IsResetting);
        if (net.Made is [var reset])
        {
            Assert.Equal("devnet-i1", reset.Metadata.Name);
            Assert.Equal(1, reset.Spec.FromIteration);
            Assert.NotNull(reset.Spec.CriterionSince);
        }

        GoldenFile.Matches(Path.Combine("tests", "Fleet.Planning.Tests", "Golden", "Recovery", $"{id}.txt"), $"{scenario.Title}\n\n{net.Log}");
    }

    [Fact]
    public void All_scenarios_are_there() =>
        Assert.Equal(Enumerable.Range(1, 13).SelectMany(number => new[] { $"N{number:D2}", $"R{number:D2}" }).Order(StringComparer.Ordinal), RecoveryScenarios.All.Select(scenario => scenario.Id).Order(StringComparer.Ordinal));

    /// <summary>What was judged from memory is judged alike from what was stored: an operator that dies at any epoch loses no more than that.</summary>
    [Theory]
    [InlineData("R01")]
    [InlineData("R07")]
    [InlineData("R10")]
    public void A_restart_of_the_operator_changes_no_verdict(string id)
    {
        var net = new SimulatedNetwork();
        net.Epochs(8);
        Action<SimulatedNode> harm = id switch
        {
            "R01" => node => node.Process = Planning.Recovery.ProcessState.Waiting,
            "R07" => node => node.Branch = "b",
            _ => node => node.Signs = false,
        };
        net.Fork("b");
        net.Do(..4, harm);
        for (int epoch = 0; epoch < 130 && net.Made.Count == 0; epoch++)
        {
            net.Epochs(1);
            net.RestartOperator();
        }

        Assert.Equal(RecoveryScenarios.All.Single(scenario => scenario.Id == id).Criterion, Assert.Single(net.Made).Spec.Criterion);
    }
}
