using Fleet.Api;
using Fleet.Kubernetes.Models;
using Fleet.Operator.Execution;

namespace Fleet.Operator.Gathering;

/// <summary>Whether the Secrets that a spec refers to may be used. They end up in pods that run an image of the user's choice, so each has to be meant for that.</summary>
internal static class SecretReferences
{
    /// <summary>What is wrong with the references of a node, a sentence with the next step; null when nothing is.</summary>
    /// <param name="secrets">Reads Secrets.</param>
    /// <param name="node">The node.</param>
    /// <param name="testnet">Its testnet.</param>
    /// <param name="pass">The pass that asks.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public static async Task<string?> ProblemAsync(SecretKeeper secrets, BeaconNode node, Testnet? testnet, SecretPass pass, CancellationToken cancellationToken)
    {
        string name = node.Metadata.Name!;
        string @namespace = node.Metadata.Namespace!;
        if (node.Spec.IdentitySecretRef is { } identity)
        {
            SecretUse use = await secrets.FindUseAsync(new ObjectKey(@namespace, identity.Name), [], pass, cancellationToken);
            if (Problem("spec.identitySecretRef", identity.Name, use) is { } problem)
            {
                return problem;
            }
        }
        else if (!pass.IsFirst)
        {
            // In a first pass the creation tells, and ends the pass before anything is made that would mount it.
            SecretUse use = await secrets.FindUseAsync(new ObjectKey(@namespace, Names.IdentitySecret(name)), [node.Metadata.Uid, testnet?.Metadata.Uid], pass, cancellationToken);
            if (use is { Exists: true, IsOwn: false, IsLabelled: false })
            {
                return $"Secret {Names.IdentitySecret(name)} exists and is not the operator's; delete or rename it, or name the node otherwise.";
            }
        }

        if (node.Spec.KeysSecretRef is { } keys)
        {
            // The operator's own, of this very node, needs no label, and is made a moment after the node. Owner references can be written by users, so they prove nothing.
            bool isOwnName = testnet is not null && node.Spec.Iteration is { } iteration && keys.Name == Names.KeysSecret(name, iteration);
            SecretUse use = await secrets.FindUseAsync(new ObjectKey(@namespace, keys.Name), [testnet?.Metadata.Uid], pass, cancellationToken);
            if (!(isOwnName && (use.IsOwn || !use.Exists)) && Problem("spec.keysSecretRef", keys.Name, use) is { } problem)
            {
                return problem;
            }
        }

        return await ProblemOfPullSecretsAsync(secrets, @namespace, node.Spec.ImagePullSecrets, pass, cancellationToken);
    }

    /// <summary>What is wrong with the Secrets for pulling images.</summary>
    /// <inheritdoc cref="ProblemAsync" path="/param"/>
    /// <param name="namespace">Where they are.</param>
    /// <param name="references">The references.</param>
    public static async Task<string?> ProblemOfPullSecretsAsync(
        SecretKeeper secrets, string @namespace, IReadOnlyList<SecretReference>? references, SecretPass pass, CancellationToken cancellationToken)
    {
        for (int i = 0; i < (references?.Count ?? 0); i++)
        {
            SecretUse use = await secrets.FindUseAsync(new ObjectKey(@namespace, references![i].Name), [], pass, cancellationToken);
            if (Problem($"spec.imagePullSecrets[{i}]", references[i].Name, use) is { } problem)
            {
                return problem;
            }
        }

        return null;
    }

    private static string? Problem(string field, string name, SecretUse use) =>
        !use.Exists ? $"{field}: there is no Secret {name} in this namespace; create it, or correct the name."
        : !use.IsLabelled ? $"{field}: Secret {name} has no label {Labels.Use}=true, so it may not be used; label it if it is meant for testnets."
        : null;
}
