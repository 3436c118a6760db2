using Fleet.Api;
using Fleet.Kubernetes;
using Fleet.Kubernetes.Models;

namespace Fleet.Operator.Execution;

/// <summary>Writes that are refused for a reason a person has to deal with, such as a quota, a volume that cannot grow, or an object of somebody else in the way.</summary>
internal static class Refusals
{
    /// <summary>Tells of one as an event of the object that could not be finished: who looks at that does not read the operator's log.</summary>
    public static void Tell<T>(IEventRecorder events, T about, Exception? failure)
        where T : class, IKubernetesObject<T>
    {
        if (Sentence(failure) is { } sentence)
        {
            events.Record(about, EventTypes.Warning, EventReasons.WriteRefused, sentence);
        }
    }

    /// <summary>What a person has to know of a failure; null when it passes by itself.</summary>
    internal static string? Sentence(Exception? failure) => failure switch
    {
        OperatorException own => own.Message,
        KubernetesException refused when (refused.IsForbidden || refused.IsInvalid) && !IsEnding(refused) => $"The API server refuses a change: {refused.Message}",
        _ => null,
    };

    /// <summary>A namespace that is being deleted takes nothing more, and its end is what was asked for.</summary>
    private static bool IsEnding(KubernetesException refused) => refused.Status.Details?.Causes?.Exists(cause => cause.Reason == "NamespaceTerminating") == true;
}
