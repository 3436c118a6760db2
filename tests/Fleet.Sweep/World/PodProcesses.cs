using Fleet.Kubernetes;
using Fleet.Kubernetes.Models;

namespace Fleet.Sweep;

/// <summary>Plays the kubelet: pods run a moment after they were made, and end a moment after they were asked to, or after their object has vanished.</summary>
/// <remarks>Knows which processes sign with which keys, and notes every moment at which two do with the same.</remarks>
internal sealed class PodProcesses(IKubernetesClient client, VirtualChain? chain = null)
{
    /// <summary>A process that is asked to end closes its database first; long enough for a pod of the same name to appear, if anything lets it.</summary>
    private const int RoundsToEnd = 10;

    private readonly Dictionary<string, Process> _processes = new(StringComparer.Ordinal);
    private readonly List<string> _doubles = [];

    /// <summary>Moments at which two processes held the same keys.</summary>
    public IReadOnlyList<string> Doubles => _doubles;

    /// <summary>One round over all pods.</summary>
    public async Task RoundAsync(CancellationToken cancellationToken)
    {
        KubernetesList<Pod> pods = await client.ListAllAsync<Pod>(null, null, cancellationToken);
        var byUid = pods.Items.ToDictionary(pod => pod.Metadata.Uid!, StringComparer.Ordinal);
        foreach ((string uid, Process process) in _processes.ToArray())
        {
            if (byUid.TryGetValue(uid, out Pod? pod) && pod.Metadata.DeletionTimestamp is null)
            {
                continue;
            }

            if (process.RoundsLeft > 0)
            {
                _processes[uid] = process with { RoundsLeft = process.RoundsLeft - 1 };
                continue;
            }

            _processes.Remove(uid);
            if (pod is not null)
            {
                await EndAsync(pod, cancellationToken);
            }
        }

        foreach (Pod pod in pods.Items.Where(pod => !_processes.ContainsKey(pod.Metadata.Uid!)))
        {
            if (pod.Metadata.DeletionTimestamp is not null)
            {
                await EndAsync(pod, cancellationToken);
            }
            else if (pod.Status?.PodIP is not null)
            {
                // It ran before this world was copied.
                Note(pod);
            }
            else
            {
                await BeginAsync(pod, cancellationToken);
            }
        }
    }

    private async Task EndAsync(Pod pod, CancellationToken cancellationToken)
    {
        try
        {
            var exactly = new DeleteOptions { GracePeriodSeconds = 0, Preconditions = new Preconditions { Uid = pod.Metadata.Uid } };
            await client.DeleteAsync<Pod>(ObjectKey.Of(pod), exactly, cancellationToken);
        }
        catch (KubernetesException exception) when (exception.IsConflict)
        {
            // Gone, and another of its name is there.
        }
    }

    private async Task BeginAsync(Pod pod, CancellationToken cancellationToken)
    {
        try
        {
            if (pod.Spec!.NodeName is null)
            {
                pod.Spec.NodeName = "local";
                pod = await client.UpdateAsync(pod, null, cancellationToken);
            }

            pod.Status = PodStatuses.Running(pod, chain?.NextAddress());
            await client.UpdateStatusAsync(pod, null, cancellationToken);
        }
        catch (KubernetesException exception) when (exception.IsConflict || exception.IsNotFound)
        {
            // Changed meanwhile; the next round tries again.
            return;
        }

        Note(pod);
    }

    private void Note(Pod pod)
    {
        string? keys = pod.Spec!.Volumes?.Find(volume => volume.Secret is not null && volume.Name == "keys")?.Secret?.SecretName;
        if (keys is not null && _processes.Values.FirstOrDefault(other => other.Keys == keys) is { } other)
        {
            _doubles.Add($"{pod.Metadata.Name} ({pod.Metadata.Uid}) begins to sign with {keys} while {other.Pod} still does");
        }

        _processes[pod.Metadata.Uid!] = new Process($"{pod.Metadata.Name} ({pod.Metadata.Uid})", keys, RoundsToEnd);
    }

    private sealed record Process(string Pod, string? Keys, int RoundsLeft);
}
