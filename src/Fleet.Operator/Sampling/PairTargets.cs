using System.Collections.Immutable;
using Beacon.Genesis;
using Beacon.Types;
using Fleet.Api;
using Fleet.Operator.Gathering;
using Fleet.Planning;
using Fleet.Planning.Rollouts;
using Fleet.Planning.Steps;

namespace Fleet.Operator.Sampling;

/// <summary>What there is to watch of a testnet's pair.</summary>
internal sealed class PairTargets(PrometheusPrefixes prometheus)
{
    /// <summary>The target of a testnet that has a pair.</summary>
    public PairTarget Of(TestnetObservation world)
    {
        IterationRecord? record = TestnetGatherer.FindRecord(world.ConfigMaps.Values);
        var clock = ChainClock.Of(record?.Parameters.Preset ?? world.Testnet.Spec.Network.Preset, record?.Parameters.Config ?? (IReadOnlyDictionary<string, ConfigValue>?)world.Testnet.Spec.Network.Config);
        return new PairTarget
        {
            Namespace = world.Namespace,
            Baseline = Names.PairNode(world.Name, NodeRoles.Baseline),
            Canary = Names.PairNode(world.Name, NodeRoles.Canary),
            Outside = [.. Waves.Order(world.Testnet).Where(node => world.Nodes.GetValueOrDefault(node)?.Spec.Role is NodeRoles.Node or NodeRoles.Archive)],
            Clock = clock,
            Timing = RolloutTiming.Of(world.Testnet.Spec.Rollout, clock),
            Metrics = MetricChoice.Of(world.Testnet.Spec.Rollout),
            Prometheus = world.Testnet.Spec.Observability.PrometheusURL is { Length: > 0 } url && prometheus.TryAllow(url, out Uri? root, out _) ? root : null,
            Config = Config(world, record?.Iteration ?? 0),
        };
    }

    /// <summary>The chain's configuration by key; empty when its file is not there or not whole.</summary>
    private static ImmutableSortedDictionary<string, string> Config(TestnetObservation world, int iteration)
    {
        string? text = world.ConfigMaps.GetValueOrDefault(Names.Network(world.Name, iteration))?.Data?.GetValueOrDefault(NetworkFiles.ConfigFileName);
        try
        {
            return text is null
                ? ImmutableSortedDictionary<string, string>.Empty
                : ChainConfig.Parse(text).Values.ToImmutableSortedDictionary(pair => pair.Key, pair => pair.Value, StringComparer.Ordinal);
        }
        catch (ChainConfigException)
        {
            return ImmutableSortedDictionary<string, string>.Empty;
        }
    }
}
