using Beacon.Metrics;
using Fleet.Api;
using Fleet.Kubernetes.Models;
using Fleet.Operator.Measuring;
using Microsoft.Extensions.Time.Testing;

namespace Fleet.Operator.Tests.Measuring;

/// <summary>The gauges as they are scraped.</summary>
public sealed class FleetMetricsTests : IDisposable
{
    private readonly MeasuredTestnet _net = new();
    private readonly FakeTimeProvider _time = new();
    private readonly MetricsScope _scope = new();
    private readonly MetricsRegistry _registry;
    private List<TestnetCopies> _copies;
    private bool _isWorking = true;

    public FleetMetricsTests()
    {
        _time.SetUtcNow(_net.Now);
        _registry = new MetricsRegistry(_scope, processMetrics: false);
        _copies = [_net.Copies];
        _ = new FleetMetrics(_scope, () => _copies, () => _isWorking, _time);
    }

    public void Dispose()
    {
        _registry.Dispose();
        _scope.Dispose();
    }

    [Fact]
    public void A_testnet_that_runs_is_told_whole()
    {
        _net.See("net-eu-0", head: 804, finalized: 98, headAge: 1);
        _net.See("net-eu-1", head: 700, finalized: 98, headAge: 100, reachable: false, genesis: "0xother");
        _net.AddNode("net-boot-0", NodeRoles.Bootnode);
        _net.Testnet.Status!.Conditions = [new Condition { Type = ConditionTypes.Finalizing, Status = "True" }];
        _net.Testnet.Status.Nodes = new NodeCounts { Desired = 3, Ready = 2 };
        _net.Testnet.Status.OperatorStake = "75.0%";
        _net.AddRollout("net-r1", 1, RolloutPhases.Succeeded, 99);
        _net.AddRollout("net-r2", 2, RolloutPhases.AwaitingApproval, 81.5);
        _net.AddReset("net-i1", phase: null, TimeSpan.FromSeconds(1), criterion: "U2");

        Assert.Equal(
            """
            fleet_node_up{namespace="nets",node="net-boot-0",role="bootnode",testnet="net"} 0
            fleet_node_up{namespace="nets",node="net-eu-0",role="node",testnet="net"} 1
            fleet_node_up{namespace="nets",node="net-eu-1",role="node",testnet="net"} 0
            fleet_node_wrong_genesis{namespace="nets",node="net-eu-0",role="node",testnet="net"} 0
            fleet_node_wrong_genesis{namespace="nets",node="net-eu-1",role="node",testnet="net"} 1
            fleet_operator_working 1
            fleet_reset_phase{namespace="nets",phase="Pending",reset="net-i1",testnet="net"} 1
            fleet_rollout_phase{namespace="nets",phase="AwaitingApproval",rollout="net-r2",testnet="net"} 1
            fleet_rollout_score{namespace="nets",rollout="net-r2",testnet="net"} 81.5
            fleet_testnet_awake_epochs{namespace="nets",testnet="net"} 100
            fleet_testnet_condition{condition="Finalizing",namespace="nets",status="false",testnet="net"} 0
            fleet_testnet_condition{condition="Finalizing",namespace="nets",status="true",testnet="net"} 1
            fleet_testnet_condition{condition="Finalizing",namespace="nets",status="unknown",testnet="net"} 0
            fleet_testnet_finality_lag_epochs{namespace="nets",testnet="net"} 2
            fleet_testnet_finality_lost_epochs{namespace="nets",testnet="net"} 100
            fleet_testnet_finality_warn_epochs{namespace="nets",testnet="net"} 10
            fleet_testnet_finalized_epoch{namespace="nets",testnet="net"} 98
            fleet_testnet_head_age_seconds{namespace="nets",testnet="net"} 1
            fleet_testnet_head_slot{namespace="nets",testnet="net"} 804
            fleet_testnet_image_rejected{namespace="nets",testnet="net"} 0
            fleet_testnet_info{iteration="1",namespace="nets",protocol_id="/fleet/net-1/1",testnet="net"} 1
            fleet_testnet_iteration{namespace="nets",testnet="net"} 1
            fleet_testnet_min_operator_stake_ratio{namespace="nets",testnet="net"} 0.75
            fleet_testnet_no_block_after_seconds{namespace="nets",testnet="net"} 30
            fleet_testnet_nodes{namespace="nets",state="desired",testnet="net"} 3
            fleet_testnet_nodes{namespace="nets",state="ready",testnet="net"} 2
            fleet_testnet_operator_stake_ratio{namespace="nets",testnet="net"} 0.75
            fleet_testnet_participation_ratio{namespace="nets",testnet="net"} 0.9
            fleet_testnet_resets_last_day{by="operator",namespace="nets",testnet="net"} 1
            fleet_testnet_resets_last_day{by="person",namespace="nets",testnet="net"} 0
            fleet_testnet_running{namespace="nets",testnet="net"} 1
            fleet_metrics_dropped_measurements_total 0

            """,
            Samples());
    }

    [Fact]
    public void Of_one_that_sleeps_nothing_is_told_that_would_alert()
    {
        _net.See("net-eu-0", head: 804, finalized: 98, headAge: 1);
        _net.Testnet.Spec.Suspend = true;

        string samples = Samples();

        Assert.Contains("fleet_testnet_running{namespace=\"nets\",testnet=\"net\"} 0\n", samples, StringComparison.Ordinal);
        foreach (string silent in new[] { "fleet_node_up", "fleet_node_wrong_genesis", "head_age", "finality_lag", "awake", "participation", "stake_ratio{" })
        {
            Assert.DoesNotContain(silent, samples.Replace("min_operator_stake_ratio", "", StringComparison.Ordinal), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void What_is_gone_is_gone_from_the_next_scrape_on_and_ages_grow_between_two()
    {
        _net.See("net-eu-0", head: 804, finalized: 98, headAge: 1);
        Assert.Contains("fleet_testnet_head_age_seconds{namespace=\"nets\",testnet=\"net\"} 1\n", Samples(), StringComparison.Ordinal);

        _time.Advance(TimeSpan.FromSeconds(15));
        Assert.Contains("fleet_testnet_head_age_seconds{namespace=\"nets\",testnet=\"net\"} 16\n", Samples(), StringComparison.Ordinal);

        _time.Advance(TimeSpan.FromSeconds(15));
        _copies = [];
        _isWorking = false;
        Assert.Equal("fleet_operator_working 0\nfleet_metrics_dropped_measurements_total 0\n", Samples());
    }

    private string Samples() => string.Concat(_registry.Render().Split('\n').Where(line => line.Length > 0 && line[0] != '#').Select(line => line + "\n"));
}
