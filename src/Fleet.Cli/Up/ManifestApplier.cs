using Fleet.Api;
using Fleet.Api.Manifests;
using Fleet.Cli.Common;
using Fleet.Kubernetes;
using Fleet.Kubernetes.Models;

namespace Fleet.Cli.Up;

/// <summary>Applies manifests as <c>kubectl apply --server-side</c> would.</summary>
internal static class ManifestApplier
{
    private static readonly WriteOptions AsCli = new() { FieldManager = "fleet", Force = true };

    /// <summary>Applies the objects, and returns the testnets to follow.</summary>
    /// <param name="client">Server of the fleet.</param>
    /// <param name="manifests">Null: the user named none; then the testnets that are there go on, or else the sample is applied.</param>
    public static async Task<IReadOnlyList<ObjectKey>> ApplyAsync(
        IKubernetesClient client, IReadOnlyList<ManifestObject>? manifests, CancellationToken cancellationToken)
    {
        if (manifests is null)
        {
            KubernetesList<Testnet> existing = await client.ListAllAsync<Testnet>(@namespace: null, options: null, cancellationToken);
            if (existing.Items.Count > 0)
            {
                return [.. existing.Items.Select(ObjectKey.Of)];
            }

            manifests = ManifestFiles.Read([]);
        }

        var testnets = new List<ObjectKey>();
        foreach (ManifestObject item in manifests)
        {
            try
            {
                await ApplyAsync(client, item.Object, cancellationToken);
            }
            catch (KubernetesException e) when (e.IsInvalid || e.Code == 400)
            {
                throw new CliException($"{item.File}: {e.Message}", ExitCodes.BadInput, e);
            }

            if (item.Object is Testnet testnet)
            {
                testnets.Add(ObjectKey.Of(testnet));
            }
        }

        return testnets;
    }

    private static Task ApplyAsync(IKubernetesClient client, IKubernetesObject item, CancellationToken cancellationToken)
    {
        if (item is not Namespace && string.IsNullOrEmpty(item.Metadata.Namespace))
        {
            item.Metadata.Namespace = client.DefaultNamespace;
        }

        return item switch
        {
            Testnet testnet => client.ApplyAsync(testnet, AsCli, cancellationToken),
            BeaconNode node => client.ApplyAsync(node, AsCli, cancellationToken),
            Secret secret => client.ApplyAsync(secret, AsCli, cancellationToken),
            Namespace space => client.ApplyAsync(space, AsCli, cancellationToken),
            _ => throw new CliException($"{item.Kind} is not a kind that 'fleet up' applies; use kubectl.", ExitCodes.BadInput),
        };
    }
}
