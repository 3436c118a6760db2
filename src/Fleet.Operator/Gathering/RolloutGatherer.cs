using Fleet.Api;
using Fleet.Kubernetes.Models;
using Fleet.Operator.Sampling;
using Fleet.Planning.Rollouts;

namespace Fleet.Operator.Gathering;

/// <summary>Puts together what a decision about a roll-out is made from, and has its pair watched while that is of use; see <see cref="RolloutObservation"/>.</summary>
internal sealed class RolloutGatherer(Informers informers, TestnetGatherer testnets, PairSampler sampler, PairTargets targets, PairNoiseMeter noise)
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
            sampler.Watch(key, targets.Of(world));
        }
        else
        {
            sampler.Release(key);
        }

        return new RolloutObservation { Rollout = rollout, World = world, Pair = sampler.Find(key) is { } facts ? noise.WithNoise(new ObjectKey(key.Namespace, world.Name), facts) : null };
    }
}
