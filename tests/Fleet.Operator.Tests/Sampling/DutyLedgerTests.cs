using System.Globalization;
using System.Text;
using Fleet.Operator.Sampling;
using Fleet.Planning.Canary;
using Fleet.Planning.Canary.Samples;
using Fleet.Planning.Rollouts;

namespace Fleet.Operator.Tests.Sampling;

/// <summary>What is known of the last two epochs' attestations, from the counters of one node.</summary>
public sealed class DutyLedgerTests
{
    private readonly DutyLedger _ledger = new("base", "can");

    [Fact]
    public void Two_epochs_are_what_lies_between_three_readings()
    {
        Observe(10, (40, 0), (36, 4));
        Observe(11, (44, 0), (37, 7));
        Assert.Null(_ledger.Last);

        Observe(12, (47, 1), (37, 11));
        Assert.Equal(new PairDuties(11, new DutyCounts(1, 8), new DutyCounts(7, 8)), _ledger.Last);

        Observe(13, (51, 1), (41, 11));
        Assert.Equal(new PairDuties(12, new DutyCounts(1, 8), new DutyCounts(4, 8)), _ledger.Last);
    }

    [Fact]
    public void An_epoch_that_is_read_again_is_no_other_one()
    {
        foreach (int epoch in (int[])[5, 5, 6, 6, 6, 7, 7])
        {
            Observe(epoch, (4 * epoch, 0), (0, 4 * epoch));
        }

        Assert.Equal(new PairDuties(6, new DutyCounts(0, 8), new DutyCounts(8, 8)), _ledger.Last);
    }

    [Fact]
    public void Only_missed_ones_and_those_for_another_target_have_failed_and_keys_of_others_do_not_count()
    {
        for (int epoch = 1; epoch <= 3; epoch++)
        {
            Read($$"""
                fleet_duty_epoch {{epoch}}
                fleet_duty_attestation_total{key_group="can",result="included"} {{epoch}}
                fleet_duty_attestation_total{key_group="can",result="late"} {{2 * epoch}}
                fleet_duty_attestation_total{key_group="can",result="wrong_head"} {{3 * epoch}}
                fleet_duty_attestation_total{key_group="can",result="wrong_target"} {{4 * epoch}}
                fleet_duty_attestation_total{key_group="can",result="missed"} {{5 * epoch}}
                fleet_duty_attestation_total{key_group="other",result="missed"} {{100 * epoch}}

                """);
        }

        Assert.Equal(new PairDuties(2, new DutyCounts(0, 0), new DutyCounts(18, 30)), _ledger.Last);
    }

    [Fact]
    public void After_an_epoch_that_nobody_saw_three_readings_are_needed_again()
    {
        Fill();
        Observe(5, (20, 0), (20, 0));
        Assert.Null(_ledger.Last);
        Observe(6, (24, 0), (24, 0));
        Assert.Null(_ledger.Last);
        Observe(7, (28, 0), (24, 4));
        Assert.Equal(new PairDuties(6, new DutyCounts(0, 8), new DutyCounts(4, 8)), _ledger.Last);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(1)]
    public void A_node_that_counts_anew_is_another_one(int epoch)
    {
        Fill();
        Observe(epoch, (4, 0), (4, 0));
        Assert.Null(_ledger.Last);
        Observe(epoch + 1, (8, 0), (8, 0));
        Observe(epoch + 2, (12, 0), (12, 0));
        Assert.Equal(new PairDuties(epoch + 1, new DutyCounts(0, 8), new DutyCounts(0, 8)), _ledger.Last);
    }

    [Theory]
    [InlineData("fleet_duty_epoch NaN\n")]
    [InlineData("fleet_duty_epoch -1\n")]
    [InlineData("fleet_duty_epoch +Inf\n")]
    [InlineData("process_cpu_seconds_total 3\n")]
    public void A_scrape_without_an_epoch_says_nothing(string text)
    {
        Fill();
        PairDuties? known = _ledger.Last;
        Read(text);
        Assert.NotNull(known);
        Assert.Equal(known, _ledger.Last);
    }

    [Fact]
    public void What_was_forgotten_does_not_come_back()
    {
        Fill();
        _ledger.Restart();
        Assert.Null(_ledger.Last);
        Observe(4, (16, 0), (16, 0));
        Assert.Null(_ledger.Last);
    }

    /// <summary>Epochs 1, 2 and 3.</summary>
    private void Fill()
    {
        for (int epoch = 1; epoch <= 3; epoch++)
        {
            Observe(epoch, (4 * epoch, 0), (4 * epoch, 0));
        }

        Assert.NotNull(_ledger.Last);
    }

    private void Observe(int epoch, (int Included, int Missed) baseline, (int Included, int Missed) canary) => Read(string.Create(CultureInfo.InvariantCulture, $$"""
        fleet_duty_epoch {{epoch}}
        fleet_duty_attestation_total{key_group="base",result="included"} {{baseline.Included}}
        fleet_duty_attestation_total{key_group="base",result="missed"} {{baseline.Missed}}
        fleet_duty_attestation_total{key_group="can",result="included"} {{canary.Included}}
        fleet_duty_attestation_total{key_group="can",result="missed"} {{canary.Missed}}

        """));

    private void Read(string text) => _ledger.Observe(PrometheusText.Parse(Encoding.UTF8.GetBytes(text)));
}
