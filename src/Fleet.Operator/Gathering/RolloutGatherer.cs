using System.Collections.Immutable;
using Beacon.Genesis;
using Beacon.Types;
using Fleet.Api;
using Fleet.Kubernetes.Models;
using Fleet.Operator.Sampling;
using Fleet.Planning;
using Fleet.Planning.Rollouts;
using Fleet.Planning.Steps;

namespace Fleet.Operator.Gathering;

/// <summary>Puts together what a decision about a roll-out is made from, and has its pair watched while that is of use; see <see cref="RolloutObservation"/>.</summary>
internal sealed class RolloutGatherer(Informers informers, TestnetGatherer testnets, PairSampler sampler, PrometheusPrefixes prometheus)
{
    /// <summary>The observation; null when there is no such roll-out, or it or its testnet is gone or going.</summary>
    public RolloutObservation? Gather(ObjectKey key)
    {
        if (informers.Rollouts.Store.Get(key) is not { } stored
            || testnets.GatherLocal(new ObjectKey(key.Namespace, stored.Spec.Testnet)) is not { } world
            || world.Rollouts.FirstOrDefault(own => own.Metadata.Uid == stored.Metadata.Uid) is not { } rollout)
        {
            return null;
        }

        if (RolloutPhases.HasPair(rollout.Status?.Phase))
        {
            sampler.Watch(key, Target(world));
        }
        else
        {
            sampler.Release(key);
        }

        return new RolloutObservation { Rollout = rollout, World = world, Pair = sampler.Find(key) };
    }

    private PairTarget Target(TestnetObservation world)
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
