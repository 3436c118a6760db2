using Fleet.Kubernetes.Models;

namespace Fleet.Sweep;

/// <summary>What a kubelet would say of pods that nobody runs.</summary>
public static class PodStatuses
{
    /// <summary>An address at which nothing listens.</summary>
    private const string NobodysAddress = "127.9.9.9";

    /// <summary>Every container runs and is ready.</summary>
    /// <param name="pod">The pod.</param>
    /// <param name="address">Its address; null: one at which nothing listens.</param>
    public static PodStatus Running(Pod pod, string? address = null) => new()
    {
        Phase = "Running",
        PodIP = address ?? NobodysAddress,
        ContainerStatuses = pod.Spec!.Containers.ConvertAll(container => new ContainerStatus
        {
            Name = container.Name,
            Image = container.Image!,
            ImageID = container.Image + "@local",
            Ready = true,
            State = new ContainerState { Running = new ContainerStateRunning { StartedAt = pod.Metadata.CreationTimestamp } },
        }),
        Conditions = [new PodCondition { Type = "Ready", Status = "True" }],
    };
}
