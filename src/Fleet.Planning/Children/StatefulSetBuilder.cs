using Fleet.Api;
using Fleet.Kubernetes.Models;

namespace Fleet.Planning.Children;

/// <summary>The StatefulSet of a node: one replica at most, so at most one pod per identity; only the operator decides when a pod is replaced.</summary>
public static class StatefulSetBuilder
{
    /// <summary>The StatefulSet.</summary>
    public static StatefulSet Build(PodParameters parameters)
    {
        BeaconNode node = parameters.Node;
        return new StatefulSet
        {
            Metadata = new ObjectMeta
            {
                Name = node.Metadata.Name,
                Namespace = node.Metadata.Namespace,
                Labels = ChildMetadata.NodeLabels(node, parameters.Iteration),
                OwnerReferences = [OwnerReference.To(node)],
            },
            Spec = new StatefulSetSpec
            {
                Replicas = node.Spec.Suspend || parameters.IsHeld ? 0 : 1,
                ServiceName = Names.Service(node.Spec.Testnet),
                PodManagementPolicy = "Parallel",
                UpdateStrategy = new StatefulSetUpdateStrategy { Type = "OnDelete" },
                RevisionHistoryLimit = 2,
                Selector = new LabelSelector { MatchLabels = new Dictionary<string, string> { [Labels.Node] = node.Metadata.Name! } },
                Template = PodTemplateBuilder.Build(parameters),
            },
        };
    }

    /// <summary>The Secret of a node's libp2p key, still empty.</summary>
    public static Secret IdentityShell(Testnet testnet, BeaconNode node)
    {
        bool byOperator = node.Metadata.OwnerReferences?.Any(owner => owner.Uid == testnet.Metadata.Uid) == true;
        ObjectMeta metadata = ChildMetadata.Of(testnet, Names.IdentitySecret(node.Metadata.Name!), "identity", owned: byOperator);
        metadata.Labels![Labels.Node] = node.Metadata.Name!;
        if (!byOperator)
        {
            metadata.OwnerReferences = [OwnerReference.To(node)];
        }

        return new Secret { Metadata = metadata, Type = "Opaque" };
    }
}
