using System.Globalization;
using System.Text.Json.Nodes;
using Fleet.Cli.Common;
using Fleet.Cli.Drill;

namespace Fleet.Cli.Tests.Drill;

/// <summary>What each drill would do, and what it refuses.</summary>
public sealed class DrillPlanTests
{
    private const string Nodes = "boot-0 eu-0=16 eu-1=16 eu-2=16 eu-3=16";

    [Theory]
    [InlineData("partition", "", "eu-0 eu-1", 32)]
    [InlineData("partition", "eu-3 boot-0 eu-3", "eu-3 boot-0", 16)]
    [InlineData("stop-stake", "40%", "eu-0 eu-1", 32)]
    [InlineData("destroy-stake", "50%", "eu-0 eu-1", 32)]
    [InlineData("clock-skew", "", "eu-0", 16)]
    [InlineData("clock-skew", "eu-2 eu-1", "eu-2 eu-1", 32)]
    [InlineData("kill-all", "", "boot-0 eu-0 eu-1 eu-2 eu-3", 64)]
    [InlineData("corrupt-db", "eu-2", "eu-2", 16)]
    [InlineData("lying-node", "eu-1 future", "eu-1", 16)]
    public void It_names_whom_it_hits(string drill, string arguments, string nodes, int keys)
    {
        DrillRecord record = Plan(drill, arguments);
        Assert.Equal(nodes.Split(' '), record.Nodes);
        Assert.Equal((7, drill, "devnet", "default", keys, 64), (record.Id, record.Drill, record.Testnet, record.Namespace, record.Keys, record.TotalKeys));
        Assert.EndsWith(string.Create(CultureInfo.InvariantCulture, $" ({keys} of 64 keys, {keys * 100.0 / 64:0.#} % of the stake)"), record.Whom);
    }

    [Theory]
    [InlineData("partition", "eu-9", "has no node eu-9")]
    [InlineData("partition", "boot-0 eu-0 eu-1 eu-2 eu-3", "both sides")]
    [InlineData("stop-stake", "", "fleet drill TESTNET stop-stake SHARE")]
    [InlineData("stop-stake", "40% 50%", "fleet drill TESTNET stop-stake SHARE")]
    [InlineData("destroy-stake", "all", "no share of the stake")]
    [InlineData("clock-skew", "boot-0", "has no node boot-0 that follows the chain")]
    [InlineData("kill-all", "eu-0", "takes no arguments")]
    [InlineData("corrupt-db", "", "the name of a node")]
    [InlineData("corrupt-db", "boot-0", "follows the chain")]
    [InlineData("lying-node", "", "lying-node NODE")]
    [InlineData("lying-node", "eu-0 wildly", "other, ancient or future")]
    public void Arguments_that_do_not_fit_are_refused(string drill, string arguments, string words)
    {
        CliException error = Assert.Throws<CliException>(() => Plan(drill, arguments));
        Assert.Equal(ExitCodes.BadInput, error.ExitCode);
        Assert.Contains(words, error.Message);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(0.0)]
    [InlineData(24.1)]
    [InlineData(-25.0)]
    public void Clocks_are_set_to_another_time_of_the_same_day(double? hours) =>
        Assert.Equal(ExitCodes.BadInput, Assert.Throws<CliException>(() => Plan("clock-skew", "", hours is { } value ? TimeSpan.FromHours(value) : null)).ExitCode);

    [Theory]
    [InlineData(4.0, "14400000ms")]
    [InlineData(-0.025, "-90000ms")]
    public void The_offset_is_told_in_milliseconds(double hours, string offset) => Assert.Equal(offset, Plan("clock-skew", "", TimeSpan.FromHours(hours)).Offset);

    [Fact]
    public void A_mnemonic_of_the_users_own_is_not_destroyed()
    {
        DrillTarget target = DrillTargets.Parse(Nodes) with { OwnMnemonic = "words" };
        CliException error = Assert.Throws<CliException>(() => AllDrills.Of("destroy-stake").Plan(target, DrillTargets.Request("50%")));
        Assert.Contains("your own Secret words", error.Message);
    }

    [Fact]
    public void A_cut_loses_packets_in_both_directions_and_nothing_else()
    {
        DrillRecord record = Plan("partition", "eu-0");
        Assert.Equal("fleet_drill_0a1b2c3d_7", record.Table);
        Assert.Equal(
            ["ip saddr { 127.9.0.2 } ip daddr { 127.9.0.1, 127.9.0.3, 127.9.0.4, 127.9.0.5 } drop", "ip saddr { 127.9.0.1, 127.9.0.3, 127.9.0.4, 127.9.0.5 } ip daddr { 127.9.0.2 } drop"],
            record.Rules!.Split('\n').Select(line => line.Trim()).Where(line => line.EndsWith(" drop", StringComparison.Ordinal)));
        Assert.Equal("table ip fleet_drill_0a1b2c3d_7 { }\ndelete table ip fleet_drill_0a1b2c3d_7\n", Firewall.Remove(record.Table!));
    }

    [Theory]
    [InlineData("other", "12", "13")]
    [InlineData("ancient", "0", "0")]
    [InlineData("future", "1012", "1013")]
    public void A_lie_changes_every_checkpoint_and_keeps_the_rest(string kind, string finalized, string justified)
    {
        const string Truth = """{"execution_optimistic":false,"data":{"previous_justified":{"epoch":"12","root":"0xaa"},"current_justified":{"epoch":"13","root":"0xbb"},"finalized":{"epoch":"12","root":"0xaa"}}}""";
        JsonNode told = FinalityLie.Tell(JsonNode.Parse(Truth)!, kind);
        Assert.Equal((finalized, justified, false), ((string?)told["data"]!["finalized"]!["epoch"], (string?)told["data"]!["current_justified"]!["epoch"], (bool)told["execution_optimistic"]!));
        Assert.NotEqual("0xaa", (string?)told["data"]!["finalized"]!["root"]);
        Assert.Equal(66, ((string?)told["data"]!["finalized"]!["root"])!.Length);
    }

    [Theory]
    [InlineData("""{"code":404,"message":"no"}""")]
    [InlineData("""{"data":[]}""")]
    [InlineData("[]")]
    public void Other_answers_stay_what_they_are(string answer) =>
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(answer), FinalityLie.Tell(JsonNode.Parse(answer)!, FinalityLie.Future)));

    [Fact]
    public void A_drill_that_nobody_knows_is_answered_with_those_there_are()
    {
        CliException error = Assert.Throws<CliException>(() => AllDrills.Of("dance"));
        Assert.Equal(ExitCodes.BadInput, error.ExitCode);
        Assert.All(AllDrills.List, drill => Assert.Contains(drill.Name, error.Message));
    }

    private static DrillRecord Plan(string drill, string arguments) => Plan(drill, arguments, TimeSpan.FromHours(4));

    private static DrillRecord Plan(string drill, string arguments, TimeSpan? offset) => AllDrills.Of(drill).Plan(DrillTargets.Parse(Nodes), DrillTargets.Request(arguments, offset));
}
