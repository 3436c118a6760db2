using Fleet.Kubernetes;
using Fleet.Kubernetes.Models;
using Fleet.Sweep;

namespace Fleet.Operator.Tests;

/// <summary>Plays the StatefulSet controller, the garbage collector and the kubelet of a cluster that runs none: pods appear, run and go, without processes.</summary>
internal sealed class ScriptedKubelet(IKubernetesClient client, string @namespace)
{
    /// <summary>Names of pods whose containers are kept waiting.</summary>
    public HashSet<string> Held { get; } = new(StringComparer.Ordinal);

    /// <summary>One round over all StatefulSets.</summary>
    public async Task RoundAsync(CancellationToken cancellationToken)
    {
        await CollectGarbageAsync(cancellationToken);
        KubernetesList<StatefulSet> sets = await client.ListAllAsync<StatefulSet>(@namespace, null, cancellationToken);
        KubernetesList<Pod> pods = await client.ListAllAsync<Pod>(@namespace, null, cancellationToken);
        foreach (StatefulSet set in sets.Items)
        {
            Pod? pod = pods.Items.Find(candidate => candidate.Metadata.Name == set.Metadata.Name + "-0");
            if (set.Spec!.Replicas == 0)
            {
                if (pod is not null)
                {
                    await KillAsync(pod, cancellationToken);
                }

                continue;
            }

            pod ??= await client.CreateAsync(Make(set), null, cancellationToken);
            if (pod.Status?.PodIP is null && !Held.Contains(pod.Metadata.Name!))
            {
                await RunAsync(pod, cancellationToken);
            }
        }
    }

    private async Task CollectGarbageAsync(CancellationToken cancellationToken)
    {
        HashSet<string> nodes = [.. (await client.ListAllAsync<Fleet.Api.BeaconNode>(@namespace, null, cancellationToken)).Items.Select(node => node.Metadata.Uid!)];
        foreach (StatefulSet set in (await client.ListAllAsync<StatefulSet>(@namespace, null, cancellationToken)).Items)
        {
            if (set.Metadata.OwnerReferences is [{ } owner] && !nodes.Contains(owner.Uid))
            {
                await client.DeleteAsync<StatefulSet>(ObjectKey.Of(set), null, cancellationToken);
            }
        }

        HashSet<string> sets = [.. (await client.ListAllAsync<StatefulSet>(@namespace, null, cancellationToken)).Items.Select(set => set.Metadata.Uid!)];
        foreach (Pod pod in (await client.ListAllAsync<Pod>(@namespace, null, cancellationToken)).Items)
        {
            if (pod.Metadata.OwnerReferences is [{ } owner] && !sets.Contains(owner.Uid))
            {
                await KillAsync(pod, cancellationToken);
            }
            else if (pod.Metadata.DeletionTimestamp is not null)
            {
                await KillAsync(pod, cancellationToken);
            }
        }
    }

    private Task KillAsync(Pod pod, CancellationToken cancellationToken) =>
        client.DeleteAsync<Pod>(ObjectKey.Of(pod), new DeleteOptions { GracePeriodSeconds = 0 }, cancellationToken);

    private static Pod Make(StatefulSet set)
    {
        PodTemplateSpec template = KubernetesJson.Clone(set.Spec!.Template!, KubernetesJson.Context.PodTemplateSpec);
        return new Pod
        {
            Metadata = new ObjectMeta
            {
                Name = set.Metadata.Name + "-0",
                Namespace = set.Metadata.Namespace,
                Labels = template.Metadata!.Labels,
                Annotations = template.Metadata.Annotations,
                OwnerReferences = [OwnerReference.To(set)],
            },
            Spec = template.Spec,
        };
    }

    private async Task RunAsync(Pod pod, CancellationToken cancellationToken)
    {
        pod.Status = PodStatuses.Running(pod);
        try
        {
            await client.UpdateStatusAsync(pod, null, cancellationToken);
        }
        catch (KubernetesException exception) when (exception.IsConflict || exception.IsNotFound)
        {
            // Changed meanwhile; the next round tries again.
        }
    }
}
