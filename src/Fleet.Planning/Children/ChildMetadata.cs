using System.Globalization;
using Fleet.Api;
using Fleet.Kubernetes.Models;

namespace Fleet.Planning.Children;

/// <summary>Metadata that all children share.</summary>
internal static class ChildMetadata
{
    public static ObjectMeta Of(Testnet testnet, string name, string component, int? iteration = null, bool owned = true)
    {
        var labels = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            [Labels.AppName] = Labels.AppNameValue,
            [Labels.AppInstance] = testnet.Metadata.Name!,
            [Labels.AppComponent] = component,
            [Labels.AppManagedBy] = Labels.ManagedByValue,
            [Labels.Testnet] = testnet.Metadata.Name!,
        };
        if (iteration is { } number)
        {
            labels[Labels.Iteration] = number.ToString(CultureInfo.InvariantCulture);
        }

        return new ObjectMeta
        {
            Name = name,
            Namespace = testnet.Metadata.Namespace,
            Labels = labels,
            OwnerReferences = owned ? [OwnerReference.To(testnet)] : null,
        };
    }

    /// <summary>Labels of everything that belongs to one node.</summary>
    public static Dictionary<string, string> NodeLabels(BeaconNode node, int? iteration)
    {
        var labels = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            [Labels.AppName] = Labels.AppNameValue,
            [Labels.AppInstance] = node.Spec.Testnet,
            [Labels.AppComponent] = node.Spec.Role == NodeRoles.Bootnode ? "bootnode" : "node",
            [Labels.AppManagedBy] = Labels.ManagedByValue,
            [Labels.Testnet] = node.Spec.Testnet,
            [Labels.Node] = node.Metadata.Name!,
            [Labels.Role] = node.Spec.Role,
        };
        if (node.Metadata.Labels?.GetValueOrDefault(Labels.Pool) is { } pool)
        {
            labels[Labels.Pool] = pool;
        }

        if (iteration is { } number)
        {
            labels[Labels.Iteration] = number.ToString(CultureInfo.InvariantCulture);
        }

        return labels;
    }
}
