using System.Diagnostics.Metrics;
using System.Globalization;
using Fleet.Api;

namespace Fleet.Operator.Measuring;

/// <summary>Gauges about testnets, their nodes, roll-outs and resets, for alerts and dashboards.</summary>
/// <remarks>
/// All of them are read from the local copies when somebody scrapes: what is gone is gone from the next scrape on, and a standby says the same as the leader. Labels are names of
/// objects and the fixed words of their phases and conditions. The alerts that rest on them are in the chart's <c>files/alerts.yaml</c>.
/// </remarks>
internal sealed class FleetMetrics
{
    /// <summary>Name of the meter.</summary>
    public const string MeterName = "Fleet.Operator";

    /// <summary>How long what was read serves: one scrape reads each instrument by itself, and all of them should tell of the same instant.</summary>
    private static readonly TimeSpan OneScrape = TimeSpan.FromMilliseconds(100);

    private readonly Meter _meter;
    private readonly Func<IEnumerable<TestnetCopies>> _read;
    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private IReadOnlyList<TestnetFacts> _facts = [];
    private long? _readAt;

    /// <param name="factory">Whose meter it is.</param>
    /// <param name="read">The local copies of every testnet.</param>
    /// <param name="isWorking">Whether this instance leads and nothing of it is stuck.</param>
    /// <param name="time">The clock.</param>
    public FleetMetrics(IMeterFactory factory, Func<IEnumerable<TestnetCopies>> read, Func<bool> isWorking, TimeProvider time)
    {
        _meter = factory.Create(new MeterOptions(MeterName));
        _read = read;
        _time = time;
        _meter.CreateObservableGauge("fleet_operator_working", () => isWorking() ? 1 : 0, null, "1 while this instance leads and none of its loops is stuck, else 0.");
        AddTestnets();
        AddChains();
        AddLimits();
        AddNodes();
        AddRollouts();
        AddResets();
    }

    private void AddTestnets()
    {
        PerTestnet("fleet_testnet_info", "1, with the running iteration and the prefix of its protocol IDs.", facts =>
            [One(facts, ("iteration", Number(facts.Copies.Testnet.Status?.Iteration)), ("protocol_id", facts.Copies.Testnet.Status?.ProtocolId ?? ""))]);
        PerTestnet("fleet_testnet_iteration", "Number of the running iteration; it rises with every reset.", facts => Maybe(facts, facts.Copies.Testnet.Status?.Iteration));
        PerTestnet("fleet_testnet_running", "1 while the chain should move: it has begun, is not suspended, and no reset has taken its pods away; else 0.", facts => [Of(facts, facts.IsRunning ? 1 : 0)]);
        PerTestnet("fleet_testnet_condition", "Conditions by status (true, false, unknown): 1 for the status that the condition has, 0 for the others.", Conditions);
        PerTestnet("fleet_testnet_nodes", "Nodes by state: desired, and ready.", facts => facts.Copies.Testnet.Status?.Nodes is { } nodes
            ? [Of(facts, nodes.Desired, ("state", "desired")), Of(facts, nodes.Ready, ("state", "ready"))]
            : []);
        PerTestnet("fleet_testnet_image_rejected", "1 while the image of the spec is one that was refused, else 0.", facts => [Of(facts, facts.IsImageRejected ? 1 : 0)]);
    }

    private void AddChains()
    {
        PerTestnet("fleet_testnet_head_slot", "Highest head slot that any node reports.", facts => Maybe(facts, facts.HeadSlot));
        PerTestnet("fleet_testnet_head_age_seconds", "Time since any node had a new head, or since the chain began or was resumed; only while it should move.", facts => Maybe(facts, facts.HeadAge?.TotalSeconds));
        PerTestnet("fleet_testnet_finalized_epoch", "Finalized epoch that at least half of the nodes have reached.", facts => Maybe(facts, facts.FinalizedEpoch));
        PerTestnet("fleet_testnet_finality_lag_epochs", "Epoch of the clock less the finalized one, 2 or 3 when all is well; only while the chain should move.", facts => Maybe(facts, facts.FinalityLag));
        PerTestnet("fleet_testnet_awake_epochs", "Epochs since the chain began or was last resumed; only while it should move.", facts => Maybe(facts, facts.AwakeEpochs));
        PerTestnet("fleet_testnet_participation_ratio", "Share of the active stake that voted for the right target in the last complete epoch; only while the chain should move and a node says so.", facts =>
            Maybe(facts, facts.IsRunning ? facts.Participation : null));
        PerTestnet("fleet_testnet_operator_stake_ratio", "Share of the active stake that the testnet's own nodes sign for; only while the chain should move and it is known.", facts =>
            Maybe(facts, facts.IsRunning ? facts.OperatorStake : null));
    }

    private void AddLimits()
    {
        PerTestnet("fleet_testnet_no_block_after_seconds", "Longest time the head may stand still: spec.health.noBlockAfter, 2.5 slots at least.", facts => [Of(facts, facts.NoBlockAfter.TotalSeconds)]);
        PerTestnet("fleet_testnet_finality_warn_epochs", "spec.health.finalityWarnEpochs.", facts => [Of(facts, facts.Copies.Testnet.Spec.Health.FinalityWarnEpochs)]);
        PerTestnet("fleet_testnet_finality_lost_epochs", "spec.health.finalityLostEpochs.", facts => [Of(facts, facts.Copies.Testnet.Spec.Health.FinalityLostEpochs)]);
        PerTestnet("fleet_testnet_min_operator_stake_ratio", "spec.health.minOperatorStake, as a share.", facts => [Of(facts, facts.Copies.Testnet.Spec.Health.MinOperatorStake / 100.0)]);
    }

    private void AddNodes()
    {
        PerTestnet("fleet_node_up", "Whether a node that should run answers the operator: 1 or 0; only while the chain should move.", facts =>
            facts.Copies.Nodes.Where(node => facts.IsRunning && !node.Node.Spec.Suspend).Select(node =>
                Of(facts, node.Seen?.IsReachable == true ? 1 : 0, ("node", node.Node.Metadata.Name!), ("role", node.Node.Spec.Role))));
        PerTestnet("fleet_node_wrong_genesis", "1 for a node whose genesis block is not that of the running iteration, else 0; only while the chain should move and both are known.", facts =>
            facts.Copies.Nodes.Where(node => facts.IsRunning && node.Seen?.GenesisRoot is not null && facts.Copies.Testnet.Status?.GenesisRoot is not null).Select(node =>
                Of(facts, node.Seen!.GenesisRoot == facts.Copies.Testnet.Status!.GenesisRoot ? 0 : 1, ("node", node.Node.Metadata.Name!), ("role", node.Node.Spec.Role))));
    }

    private void AddRollouts()
    {
        PerTestnet("fleet_rollout_phase", "1 for the phase that the latest roll-out of a testnet is in.", facts => facts.Rollout is { } rollout
            ? [Of(facts, 1, ("rollout", rollout.Metadata.Name!), ("phase", rollout.Status?.Phase ?? RolloutPhases.Pending))]
            : []);
        PerTestnet("fleet_rollout_score", "Score of the latest roll-out, 0 to 100; none before the verdict.", facts => facts.Rollout?.Status?.Score is { } score
            ? [Of(facts, score, ("rollout", facts.Rollout.Metadata.Name!))]
            : []);
    }

    private void AddResets()
    {
        PerTestnet("fleet_reset_phase", "1 for the phase that a reset is in (Pending before it is looked at): of those that have not ended, and of the latest.", facts =>
            facts.Resets.Select(reset => Of(facts, 1, ("reset", reset.Metadata.Name!), ("phase", reset.Status?.Phase ?? "Pending"))));
        PerTestnet("fleet_testnet_resets_last_day", "Resets that were asked for within the last 24 hours and not suppressed, by whom: operator, or person.", facts =>
            [Of(facts, facts.ResetsByOperator, ("by", "operator")), Of(facts, facts.ResetsByPeople, ("by", "person"))]);
    }

    private static IEnumerable<Measurement<double>> Conditions(TestnetFacts facts) =>
        from condition in facts.Copies.Testnet.Status?.Conditions ?? []
        where ConditionTypes.OfTestnet.Contains(condition.Type)
        from status in (string[])["True", "False", "Unknown"]
        select Of(facts, condition.Status == status ? 1 : 0, ("condition", condition.Type), ("status", status.ToLowerInvariant()));

    private static Measurement<double> One(TestnetFacts facts, params ReadOnlySpan<(string Name, string Value)> labels) => Of(facts, 1, labels);

    private static IEnumerable<Measurement<double>> Maybe(TestnetFacts facts, double? value) => value is { } known ? [Of(facts, known)] : [];

    private static Measurement<double> Of(TestnetFacts facts, double value, params ReadOnlySpan<(string Name, string Value)> labels)
    {
        var tags = new KeyValuePair<string, object?>[2 + labels.Length];
        tags[0] = new("namespace", facts.Copies.Testnet.Metadata.Namespace);
        tags[1] = new("testnet", facts.Copies.Testnet.Metadata.Name);
        for (int i = 0; i < labels.Length; i++)
        {
            tags[2 + i] = new(labels[i].Name, labels[i].Value);
        }

        return new Measurement<double>(value, tags);
    }

    private static string Number(int? value) => value?.ToString(CultureInfo.InvariantCulture) ?? "";

    private void PerTestnet(string name, string description, Func<TestnetFacts, IEnumerable<Measurement<double>>> values) =>
        _meter.CreateObservableGauge(name, () => Facts().SelectMany(values), null, description);

    private IReadOnlyList<TestnetFacts> Facts()
    {
        lock (_lock)
        {
            if (_readAt is not { } at || _time.GetElapsedTime(at) > OneScrape)
            {
                DateTimeOffset now = _time.GetUtcNow();
                _facts = [.. _read().Select(copies => TestnetFacts.Of(copies, now))];
                _readAt = _time.GetTimestamp();
            }

            return _facts;
        }
    }
}
