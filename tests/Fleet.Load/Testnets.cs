using System.Globalization;
using Fleet.Api;
using Fleet.Api.Manifests;
using Fleet.Kubernetes;
using Fleet.Kubernetes.Models;
using TestKit;

namespace Fleet.Load;

/// <summary>What is declared: small testnets of one node.</summary>
internal static class Testnets
{
    /// <summary>Some that come first and are not measured: an operator, a server and a sender that have run for a while are what is compared.</summary>
    public const int WarmUp = 30;

    /// <summary>Where the operator makes their children.</summary>
    public const string OfOperator = "default";

    /// <summary>Where somebody else makes them, whom the operator does not watch.</summary>
    public const string OfSomebody = "bare";

    /// <summary>Waits until the server knows the definitions, and makes room for the second set of testnets.</summary>
    public static async Task DefineAsync(KubernetesClient user, CancellationToken cancellationToken)
    {
        foreach (CustomResourceDefinition definition in CrdManifests.Read())
        {
            await user.CreateAsync(definition, null, cancellationToken);
        }

        await user.CreateAsync(new Namespace { Metadata = new ObjectMeta { Name = OfSomebody } }, null, cancellationToken);
        await Eventually.TrueAsync(async () => await IsServedAsync(user, cancellationToken), () => "testnets are served", TimeSpan.FromSeconds(60));
    }

    /// <summary>Name of one of them.</summary>
    public static string Name(int number) => string.Create(CultureInfo.InvariantCulture, $"load-{number}");

    /// <summary>Declares them as a user does.</summary>
    public static async Task DeclareAsync(KubernetesClient user, string @namespace, int first, int count, CancellationToken cancellationToken)
    {
        for (int i = first; i < first + count; i++)
        {
            string manifest = $$"""
                apiVersion: beaconfleet.dev/v1alpha1
                kind: Testnet
                metadata: {name: {{Name(i)}}, namespace: {{@namespace}}}
                spec:
                  network: {preset: minimal}
                  genesis: {validators: 8}
                  bootnodes: {replicas: 0}
                  rollout: {strategy: AllAtOnce}
                  pools:
                  - {name: eu, replicas: 1, validators: 8}
                """;
            await user.CreateAsync((Testnet)ManifestReader.Read(manifest, "load.yaml")[0].Object, null, cancellationToken);
        }
    }

    private static async Task<bool> IsServedAsync(KubernetesClient user, CancellationToken cancellationToken)
    {
        try
        {
            _ = await user.ListAsync<Testnet>(OfOperator, null, cancellationToken);
            _ = await user.ListAsync<BeaconNode>(OfOperator, null, cancellationToken);
            return true;
        }
        catch (KubernetesException exception) when (exception.IsNotFound)
        {
            return false;
        }
    }
}
