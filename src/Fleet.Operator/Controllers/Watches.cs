using Fleet.Api;
using Fleet.Api.Validation;
using Fleet.Kubernetes;
using Fleet.Kubernetes.Models;

namespace Fleet.Operator.Controllers;

/// <summary>Which objects a change concerns, and which changes matter. Pure.</summary>
internal static class Watches
{
    /// <summary>The testnet whose label an object carries.</summary>
    public static IEnumerable<ObjectKey> LabelledTestnet<T>(ObjectChange<T> change)
        where T : class, IKubernetesObject<T> => Labelled(change, Labels.Testnet);

    /// <summary>The node whose label an object carries.</summary>
    public static IEnumerable<ObjectKey> LabelledNode<T>(ObjectChange<T> change)
        where T : class, IKubernetesObject<T> => Labelled(change, Labels.Node);

    /// <summary>The testnets that a node names, before and after the change.</summary>
    public static IEnumerable<ObjectKey> TestnetOf(ObjectChange<BeaconNode> change) =>
        new[] { change.Old, change.Current }
            .Where(node => node is not null)
            .Select(node => new ObjectKey(change.Key.Namespace, node!.Spec.Testnet))
            .Distinct();

    /// <summary>A testnet, and those that wait for the protocol ID it gives up or had.</summary>
    public static IEnumerable<ObjectKey> TestnetAndRivals(ObjectChange<Testnet> change, IEnumerable<Testnet> all)
    {
        yield return change.Key;
        bool claimsChanged = change.Old is null || change.Current is null || TestnetValidator.ExplicitProtocolId(change.Old) != TestnetValidator.ExplicitProtocolId(change.Current);
        if (!claimsChanged)
        {
            yield break;
        }

        HashSet<string?> claims = [.. new[] { change.Old, change.Current }.Where(testnet => testnet is not null).Select(testnet => TestnetValidator.ExplicitProtocolId(testnet!))];
        foreach (Testnet other in all)
        {
            if (ObjectKey.Of(other) != change.Key && TestnetValidator.ExplicitProtocolId(other) is { } protocolId && claims.Contains(protocolId))
            {
                yield return ObjectKey.Of(other);
            }
        }
    }

    /// <summary>Whether a change of a testnet concerns its nodes: the spec, the iteration, or the image.</summary>
    public static bool ConcernsNodes(ObjectChange<Testnet> change) =>
        change.Kind != ChangeKind.Updated
        || change.Old?.Metadata.Generation != change.Current?.Metadata.Generation
        || change.Old?.Status?.Iteration != change.Current?.Status?.Iteration
        || change.Old?.Status?.Images?.Stable != change.Current?.Status?.Images?.Stable;

    /// <summary>Whether a change of a node concerns its testnet: everything but progress.</summary>
    public static bool ConcernsTestnet(ObjectChange<BeaconNode> change) =>
        change.Kind != ChangeKind.Updated
        || change.Old?.Metadata.Generation != change.Current?.Metadata.Generation
        || change.Old?.Status?.PeerId != change.Current?.Status?.PeerId
        || change.Old?.Metadata.DeletionTimestamp != change.Current?.Metadata.DeletionTimestamp
        || !SameMap(change.Old?.Metadata.Labels, change.Current?.Metadata.Labels)
        || !SameMap(change.Old?.Metadata.Annotations, change.Current?.Metadata.Annotations);

    private static bool SameMap(Dictionary<string, string>? left, Dictionary<string, string>? right) =>
        (left?.Count ?? 0) == (right?.Count ?? 0) && (left ?? []).All(pair => right!.GetValueOrDefault(pair.Key) == pair.Value);

    private static IEnumerable<ObjectKey> Labelled<T>(ObjectChange<T> change, string label)
        where T : class, IKubernetesObject<T> =>
        new[] { change.Old, change.Current }
            .Select(value => value?.Metadata.Labels?.GetValueOrDefault(label))
            .Where(name => name is not null)
            .Distinct()
            .Select(name => new ObjectKey(change.Key.Namespace, name!));
}
