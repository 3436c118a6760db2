using Fleet.Kubernetes;
using Fleet.Kubernetes.Models;

namespace Fleet.Operator.Execution;

/// <summary>Whose an object is. After a testnet was deleted and applied anew, what belonged to the old one is still there for a while.</summary>
internal static class Ownership
{
    /// <summary>Whether an object is controlled by another than one of <paramref name="owners"/>; what nobody controls is nobody else's.</summary>
    public static bool IsOfAnother(IKubernetesObject value, params IReadOnlyList<string?> owners) =>
        value.Metadata.OwnerReferences?.Find(owner => owner.Controller == true) is { } controller && !owners.Contains(controller.Uid, StringComparer.Ordinal);

    /// <summary>Uids of the owners that an object names.</summary>
    public static IReadOnlyList<string?> OwnersOf(IKubernetesObject value) => [.. (value.Metadata.OwnerReferences ?? []).Select(owner => owner.Uid)];

    /// <summary>The object in the way will be collected, or changed by whoever just wrote it: look again in a moment.</summary>
    public static KubernetesException LookAgain(IKubernetesObject existing, string why, Exception? inner = null) =>
        new(new Status { Code = 409, Reason = StatusReasons.Conflict, Message = $"{existing.Kind ?? existing.GetType().Name} {ObjectKey.Of(existing)} {why}." }, inner);

    /// <summary>What a decision was made from or for was deleted.</summary>
    public static KubernetesException Gone(string kind, ObjectKey about) =>
        new(new Status { Code = 409, Reason = StatusReasons.Conflict, Message = $"{kind} {about} is gone, which the local copy has not heard of yet." });
}
