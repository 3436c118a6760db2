using Fleet.Api;
using Fleet.Operator.Measuring;

namespace Fleet.Operator.Tests.Measuring;

/// <summary>What is said of a testnet: from the probe where it knows, from the status where it does not, and growing in silence.</summary>
public sealed class TestnetFactsTests
{
    private readonly MeasuredTestnet _net = new();

    [Fact]
    public void What_moves_is_read_from_the_probe_and_not_from_the_status_that_lags()
    {
        _net.See("eu-0", head: 803, finalized: 98, headAge: 1);
        _net.See("eu-1", head: 805, finalized: 98, headAge: 3);
        _net.See("eu-2", head: 700, finalized: 85, headAge: 600);
        _net.Testnet.Status!.HeadSlot = 640;
        _net.Testnet.Status.FinalizedEpoch = 78;

        TestnetFacts facts = _net.Facts();

        Assert.True(facts.IsRunning);
        Assert.Equal((805, 98, 2), (facts.HeadSlot, facts.FinalizedEpoch, facts.FinalityLag));
        Assert.Equal(TimeSpan.FromSeconds(1), facts.HeadAge);
        Assert.Equal(100, facts.AwakeEpochs);
    }

    [Fact]
    public void What_silent_nodes_said_ages()
    {
        _net.See("eu-0", head: 803, finalized: 98, headAge: 1, reachable: false);
        _net.Later(TimeSpan.FromMinutes(10));

        TestnetFacts facts = _net.Facts();

        Assert.Equal(TimeSpan.FromSeconds(601), facts.HeadAge);
        Assert.Equal(2 + 75, facts.FinalityLag);
        Assert.Null(facts.Participation);
    }

    [Fact]
    public void An_operator_that_has_just_begun_goes_by_the_status()
    {
        _net.AddNode("eu-0");
        _net.Testnet.Status!.HeadTime = _net.Now - TimeSpan.FromMinutes(2);
        _net.Testnet.Status.FinalizedEpoch = 60;
        _net.Testnet.Status.OperatorStake = "98.4%";

        TestnetFacts facts = _net.Facts();

        Assert.Equal(TimeSpan.FromMinutes(2), facts.HeadAge);
        Assert.Equal(40, facts.FinalityLag);
        Assert.Equal(0.984, facts.OperatorStake!.Value, 6);
    }

    [Fact]
    public void A_node_of_another_chain_says_nothing_about_this_one()
    {
        _net.See("eu-0", head: 803, finalized: 98, headAge: 5);
        _net.See("eu-1", head: 9_999, finalized: 1_000, headAge: 0, genesis: "0xother");

        TestnetFacts facts = _net.Facts();

        Assert.Equal((803, 98), (facts.HeadSlot, facts.FinalizedEpoch));
        Assert.Equal(TimeSpan.FromSeconds(5), facts.HeadAge);
    }

    [Fact]
    public void Neither_before_genesis_nor_while_it_is_suspended_should_the_chain_move()
    {
        _net.Testnet.Status!.GenesisTime = _net.Now + TimeSpan.FromSeconds(1);
        AssertNothingIsExpected();

        _net.Testnet.Status.GenesisTime = _net.Genesis;
        _net.Testnet.Spec.Suspend = true;
        AssertNothingIsExpected();

        // Resumed, but nothing of it has been done yet.
        _net.Testnet.Spec.Suspend = false;
        _net.Suspended("True", _net.Now);
        AssertNothingIsExpected();

        void AssertNothingIsExpected()
        {
            TestnetFacts facts = _net.Facts();
            Assert.False(facts.IsRunning);
            Assert.Equal((null, null, null), (facts.HeadAge, facts.FinalityLag, facts.AwakeEpochs));
        }
    }

    [Fact]
    public void A_chain_that_slept_is_given_time_from_when_it_was_resumed()
    {
        _net.See("eu-0", head: 10, finalized: 1, headAge: 780);
        _net.Suspended("False", _net.Now - TimeSpan.FromSeconds(20));

        TestnetFacts facts = _net.Facts();

        Assert.Equal(TimeSpan.FromSeconds(20), facts.HeadAge);
        Assert.Equal(2, facts.AwakeEpochs);
        Assert.Equal(99, facts.FinalityLag);
    }

    [Theory]
    [InlineData(null, true)]
    [InlineData(ResetPhases.Claimed, false)]
    [InlineData(ResetPhases.Starting, false)]
    [InlineData(ResetPhases.Verifying, true)]
    [InlineData(ResetPhases.Completed, true)]
    [InlineData(ResetPhases.Suppressed, true)]
    [InlineData(ResetPhases.Failed, true)]
    public void While_a_reset_has_taken_the_pods_away_nothing_should_move(string? phase, bool isRunning)
    {
        _net.AddReset("net-i1", phase, TimeSpan.FromMinutes(1), criterion: null);

        Assert.Equal(isRunning, _net.Facts().IsRunning);
    }

    [Fact]
    public void Resets_are_counted_for_a_day_by_who_made_them_and_shown_while_they_matter()
    {
        _net.AddReset("net-i1", ResetPhases.Completed, TimeSpan.FromHours(25), criterion: "U1");
        _net.AddReset("net-i2", ResetPhases.Completed, TimeSpan.FromHours(23), criterion: "U2");
        _net.AddReset("net-i3", ResetPhases.Suppressed, TimeSpan.FromHours(3), criterion: "U2");
        _net.AddReset("net-by-hand", ResetPhases.Verifying, TimeSpan.FromHours(2), criterion: null);
        _net.AddReset("net-late", ResetPhases.Suppressed, TimeSpan.FromHours(1), criterion: null);

        TestnetFacts facts = _net.Facts();

        Assert.Equal((1, 1), (facts.ResetsByOperator, facts.ResetsByPeople));
        Assert.Equal(["net-by-hand", "net-late"], facts.Resets.Select(reset => reset.Metadata.Name));
    }

    [Fact]
    public void The_head_may_always_stand_still_for_two_and_a_half_slots()
    {
        Assert.Equal(TimeSpan.FromSeconds(30), _net.Facts().NoBlockAfter);

        _net.Testnet.Spec.Health.NoBlockAfter = new Duration("100ms");
        Assert.Equal(TimeSpan.FromSeconds(2.5), _net.Facts().NoBlockAfter);
    }

    [Fact]
    public void An_image_is_refused_as_long_as_the_spec_names_it()
    {
        _net.Testnet.Status!.Images = new ImageStatus { Rejected = [new RejectedImage { Image = "beacon:2" }] };
        _net.Testnet.Spec.Image = "beacon:2";
        Assert.True(_net.Facts().IsImageRejected);

        _net.Testnet.Spec.Image = "beacon:3";
        Assert.False(_net.Facts().IsImageRejected);
    }

    [Theory]
    [InlineData("98.4%", 0.984)]
    [InlineData("100.0%", 1.0)]
    [InlineData("0%", 0.0)]
    [InlineData("", null)]
    [InlineData("98.4", null)]
    [InlineData("x%", null)]
    [InlineData(null, null)]
    public void A_share_is_read_as_the_status_writes_it(string? text, double? share) => Assert.Equal(share, TestnetFacts.Share(text));
}
