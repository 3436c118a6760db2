using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Fleet.Api;
using Fleet.Kubernetes.Models;

namespace Fleet.Planning.Steps;

/// <summary>The status of a testnet from what the steps found out.</summary>
internal static class StatusBuilder
{
    public static TestnetStatus Build(PlanContext context, NodeCounts counts)
    {
        // What is known of another iteration says nothing of this one.
        TestnetStatus? stored = context.Testnet.Status;
        TestnetStatus? same = context.Iteration is { } running && stored?.Iteration != running.Iteration ? null : stored;
        long? generation = context.Testnet.Metadata.Generation;
        var facts = ChainFacts.Of(context);
        var status = new TestnetStatus
        {
            ObservedGeneration = generation,
            Conditions = Conditions(ConditionTypes.OfTestnet, context.Verdicts, stored?.Conditions, generation, context.Now),
            Iteration = context.Iteration?.Iteration ?? stored?.Iteration,
            ProtocolId = context.Iteration?.Parameters.ProtocolId ?? stored?.ProtocolId,
            GenesisTime = context.GenesisTime ?? same?.GenesisTime,
            GenesisRoot = context.Manifest?.GenesisRoot ?? same?.GenesisRoot,
            GenesisValidatorsRoot = context.Manifest?.GenesisValidatorsRoot ?? same?.GenesisValidatorsRoot,
            ForkDigest = context.Manifest?.ForkDigest ?? same?.ForkDigest,
            ConfigHash = ConfigHash(context) ?? same?.ConfigHash,
            Validators = context.Iteration is { } record
                ? new ValidatorCounts { Pools = record.PoolRanges.Sum(range => range.Count), Pair = record.PairRanges.Sum(range => range.Count), Total = record.Parameters.Validators }
                : stored?.Validators,
            Nodes = counts,
            Images = context.Images ?? stored?.Images ?? (context.Image.Length > 0 ? new ImageStatus { Stable = context.Image } : null),
            Rollout = context.Rollout is { } rollout
                ? new RolloutSummary { Name = rollout.Metadata.Name, Phase = rollout.Status?.Phase ?? RolloutPhases.Pending, Score = rollout.Status?.Score }
                : context.Images is null ? stored?.Rollout : null,
            ActiveReset = context.Reset?.Metadata.Name,
            LastReset = ResetStep.Last(context),

            // Nobody answers: what was known stays, with its time.
            HeadSlot = facts.HeadSlot ?? same?.HeadSlot,
            HeadTime = facts.HeadTime ?? same?.HeadTime,
            JustifiedEpoch = facts.JustifiedEpoch ?? same?.JustifiedEpoch,
            FinalizedEpoch = facts.FinalizedEpoch ?? same?.FinalizedEpoch,
            Participation = facts.Participation is { } share ? string.Create(CultureInfo.InvariantCulture, $"{share * 100:F1}%") : same?.Participation,
            OperatorStake = context.Health is { } health ? string.Create(CultureInfo.InvariantCulture, $"{health.OperatorShare * 100:F1}%") : same?.OperatorStake,
            StrayPeersRejected = StrayPeers(context) ?? same?.StrayPeersRejected,
            Peers = facts is { MinPeers: { } min, MedianPeers: { } median } ? new PeerCounts { Min = min, Median = median } : same?.Peers,
        };
        if (context is { GenesisTime: { } genesis, Clock: { } clock } && status.FinalizedEpoch is { } finalized && !context.Testnet.Spec.Suspend)
        {
            status.FinalityLag = Math.Max(0, clock.EpochAt(genesis, context.Now) - finalized);
        }

        status.Phase = Phase(context.Verdicts);
        return status;
    }

    /// <summary>Conditions in a fixed order; the transition time moves only when the status does.</summary>
    internal static List<Condition> Conditions(
        IReadOnlyList<string> types, IReadOnlyDictionary<string, Verdict> verdicts, List<Condition>? stored, long? generation, DateTimeOffset now)
    {
        var conditions = new List<Condition>(types.Count);
        foreach (string type in types)
        {
            Verdict verdict = verdicts[type];
            Condition? before = stored?.Find(condition => condition.Type == type);
            conditions.Add(new Condition
            {
                Type = type,
                Status = verdict.Status,
                Reason = verdict.Reason,
                Message = Shown(verdict.Message),
                ObservedGeneration = generation,
                LastTransitionTime = before is not null && before.Status == verdict.Status && before.LastTransitionTime is { } since
                    ? since
                    : DateTimeOffset.FromUnixTimeSeconds(now.ToUnixTimeSeconds()),
            });
        }

        return conditions;
    }

    /// <summary>Messages hold what pods and users say: cut, and without what would move a terminal's cursor.</summary>
    private static string Shown(string message)
    {
        string cut = message.Length > 1024 ? message[..1023] + "…" : message;
        return cut.Any(char.IsControl) ? string.Concat(cut.Select(c => char.IsControl(c) ? ' ' : c)) : cut;
    }

    private static long? StrayPeers(PlanContext context)
    {
        long[] told = [.. context.Observation.Snapshots.Values.Select(snapshot => snapshot.StrayPeers).OfType<long>()];
        return told.Length == 0 ? null : told.Sum();
    }

    /// <summary>One word for people.</summary>
    private static string Phase(IReadOnlyDictionary<string, Verdict> verdicts)
    {
        Verdict accepted = verdicts[ConditionTypes.Accepted];
        Verdict genesis = verdicts[ConditionTypes.GenesisReady];
        Verdict chain = verdicts[ConditionTypes.ChainProgressing];
        Verdict finality = verdicts[ConditionTypes.Finalizing];
        return !accepted.IsTrue && genesis.Reason == Reasons.NotAccepted ? "Rejected"
            : verdicts[ConditionTypes.Suspended].IsTrue ? "Suspended"
            : verdicts[ConditionTypes.Resetting].IsTrue && (chain.Reason is Reasons.ResetUnderWay || !genesis.IsTrue) ? "Resetting"
            : genesis.Reason is Reasons.WaitingForPods or Reasons.StartTimeout ? "Starting"
            : genesis.Reason is Reasons.GenesisMismatch or Reasons.GenesisLost ? "Broken"
            : chain.Reason == Reasons.BeforeGenesis ? "Genesis"
            : chain.Reason == Reasons.ChainStalled ? "Stalled"
            : chain.Reason == Reasons.NoData ? "Unknown"
            : finality.Reason == Reasons.FinalityLost ? "FinalityLost"
            : finality.Reason is Reasons.FinalityLagging or Reasons.FinalityWarning ? "Lagging"
            : finality.IsTrue ? (verdicts[ConditionTypes.Ready].IsTrue ? "Finalizing" : "Degraded")
            : "Running";
    }

    private static string? ConfigHash(PlanContext context) =>
        context.Manifest is { } manifest
        && context.Observation.ConfigMaps.GetValueOrDefault(Names.Network(context.Observation.Name, manifest.Iteration))?.Data?.GetValueOrDefault("config.yaml") is { } config
            ? Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(config)))[..16]
            : null;
}
