using System.Collections.Immutable;
using System.Globalization;
using Fleet.Api;
using Fleet.Kubernetes;
using Fleet.Kubernetes.Models;
using Fleet.Planning;
using Fleet.Planning.Resets;

namespace Fleet.Operator.Gathering;

/// <summary>Puts together what a decision about a reset is made from; see <see cref="ResetObservation"/>.</summary>
internal sealed class ResetGatherer(IKubernetesClient client, Informers informers, TestnetGatherer testnets)
{
    /// <summary>The observation; null when there is no such reset, or it or its testnet is gone or going.</summary>
    /// <param name="key">The reset.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<ResetObservation?> GatherAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        if (informers.Resets.Store.Get(key) is not { } stored
            || testnets.GatherLocal(new ObjectKey(key.Namespace, stored.Spec.Testnet)) is not { } world
            || world.Resets.FirstOrDefault(own => own.Metadata.Uid == stored.Metadata.Uid) is not { } reset)
        {
            return null;
        }

        bool mustBeCertain = reset.Status?.Phase == ResetPhases.Quiescing && ResetPlanner.OldPods(world, reset).IsEmpty;
        return new ResetObservation { Reset = reset, World = world, PodsAtServer = mustBeCertain ? await PodsAtServerAsync(world, reset, cancellationToken) : null };
    }

    /// <summary>The local copy may lag; that no old pod is left is asked of the API server itself, as it is now.</summary>
    private async Task<ImmutableArray<string>> PodsAtServerAsync(TestnetObservation world, ChainReset reset, CancellationToken cancellationToken)
    {
        string selector = string.Create(CultureInfo.InvariantCulture, $"{Labels.AppManagedBy}={Labels.ManagedByValue},{Labels.Testnet}={world.Name}");
        KubernetesList<Pod> pods = await client.ListAllAsync<Pod>(world.Namespace, new ListOptions { LabelSelector = selector }, cancellationToken);
        return ResetPlanner.OldPods(world with { Pods = pods.Items.ToImmutableSortedDictionary(pod => pod.Metadata.Name!, pod => pod, StringComparer.Ordinal) }, reset);
    }
}
