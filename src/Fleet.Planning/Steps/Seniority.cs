using Fleet.Api;
using Fleet.Kubernetes.Models;

namespace Fleet.Planning.Steps;

/// <summary>Which of two objects that claim the same thing keeps it.</summary>
internal static class Seniority
{
    /// <summary>
    /// The older one. Creation times have whole seconds, so of two of one second the one that is accepted already keeps what it has, and
    /// otherwise the UID decides, so that both sides decide alike.
    /// </summary>
    public static bool IsOlder(Testnet other, Testnet self) => IsOlder(other, other.Status?.Conditions, self, self.Status?.Conditions);

    /// <inheritdoc cref="IsOlder(Testnet, Testnet)"/>
    public static bool IsOlder(BeaconNode other, BeaconNode self) => IsOlder(other, other.Status?.Conditions, self, self.Status?.Conditions);

    private static bool IsOlder(IKubernetesObject other, List<Condition>? othersConditions, IKubernetesObject self, List<Condition>? ownConditions)
    {
        int order = Nullable.Compare(other.Metadata.CreationTimestamp, self.Metadata.CreationTimestamp);
        if (order == 0)
        {
            order = IsAccepted(ownConditions).CompareTo(IsAccepted(othersConditions));
        }

        return order != 0 ? order < 0 : string.CompareOrdinal(other.Metadata.Uid, self.Metadata.Uid) < 0;
    }

    private static bool IsAccepted(List<Condition>? conditions) =>
        conditions?.Exists(condition => condition.Type == ConditionTypes.Accepted && condition.Status == "True") ?? false;
}
