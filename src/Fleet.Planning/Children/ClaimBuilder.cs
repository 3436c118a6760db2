using Fleet.Api;
using Fleet.Kubernetes.Models;

namespace Fleet.Planning.Children;

/// <summary>The volume of a node: chain and slashing protection.</summary>
public static class ClaimBuilder
{
    /// <summary>The claim. Owned by the testnet or, when it is to be retained, by nobody; never by the node, whose ordinal may come back.</summary>
    /// <param name="observed">The claim as it is; its class is kept, and its size where it is larger, because volumes can neither move nor shrink.</param>
    public static PersistentVolumeClaim Build(Testnet testnet, BeaconNode node, PersistentVolumeClaim? observed)
    {
        bool owned = testnet.Spec.DeletionPolicy != "Retain";
        ObjectMeta metadata = ChildMetadata.Of(testnet, Names.DataClaim(node.Metadata.Name!), "data", owned: owned);
        metadata.Labels![Labels.Node] = node.Metadata.Name!;
        Quantity size = node.Spec.Storage.Size;
        if (observed?.Spec?.Resources?.Requests?.GetValueOrDefault("storage") is { } present && (present > size || observed.Status?.Phase == "Pending"))
        {
            // A claim that has no volume yet must not change; it grows when it has one.
            size = present;
        }

        return new PersistentVolumeClaim
        {
            Metadata = metadata,
            Spec = new PersistentVolumeClaimSpec
            {
                AccessModes = ["ReadWriteOnce"],
                Resources = new ResourceRequirements { Requests = new Dictionary<string, Quantity> { ["storage"] = size } },
                StorageClassName = observed?.Spec?.StorageClassName ?? (string.IsNullOrEmpty(node.Spec.Storage.ClassName) ? null : node.Spec.Storage.ClassName),
            },
        };
    }
}
