using System.Text.Json.Nodes;
using Fleet.LocalCluster.Json;
using Fleet.LocalCluster.Resources;

namespace Fleet.LocalCluster.Pods;

internal sealed partial class PodWorker
{
    private const string Normal = "Normal";
    private const string Warning = "Warning";
    private EventBudget _events = new(runner.Time);

    /// <summary>Notes what happened to the pod, or to one of its containers, as the kubelet words it.</summary>
    private void Note(string type, string reason, string message, ContainerState? container = null)
    {
        string path = container is null ? "" : $"spec.{(IsInit(container) ? "initContainers" : "containers")}{{{container.Name}}}";
        Note(new Occurrence("kubelet", type, reason, message, path));
    }

    private void Note(Occurrence what)
    {
        if (_pod is not null && _events.TryTake())
        {
            runner.Events.Record(_pod, what);
        }
    }

    /// <summary>Says why a container doesn't start; once, as the worker looks again twice a second.</summary>
    private void NoteWait(ContainerState container, string reason, string message)
    {
        if (container.WaitReason == reason && container.WaitMessage == message)
        {
            return;
        }

        (container.WaitReason, container.WaitMessage) = (reason, message);
        if (reason == "ErrImageNeverPull")
        {
            Note(Warning, reason, message, container);
            Note(Warning, "Failed", $"Error: {reason}", container);
        }
        else
        {
            Note(Warning, "Failed", $"Error: {message}", container);
        }
    }

    /// <summary>Says that the pod found no node; once, until the reason changes.</summary>
    private void NoteUnschedulable(string why)
    {
        string uid = Uid;
        bool isNew = false;
        ResourceScope scope = runner.Objects.Scope("", "pods", ns);
        _pod = runner.Objects.Edit(scope, name, PodRunner.Scheduler with { Subresource = "status" }, pod =>
        {
            if (pod.Str("metadata", "uid") != uid || pod.Items("status", "conditions").Any(c => c.Str("type") == "PodScheduled" && c.Str("message") == why))
            {
                return null;
            }

            isNew = true;
            pod.Need("status")["conditions"] = new JsonArray(Condition(pod, "PodScheduled", false, "Unschedulable", why, runner.Objects.Now));
            return pod;
        });
        if (isNew)
        {
            Note(new Occurrence("default-scheduler", Warning, "FailedScheduling", why));
        }
    }
}
