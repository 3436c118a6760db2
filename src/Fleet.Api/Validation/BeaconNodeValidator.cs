namespace Fleet.Api.Validation;

/// <summary>Every rule of a BeaconNode that needs nothing but the object.</summary>
public static class BeaconNodeValidator
{
    /// <summary>Broken rules, in the order of the fields; empty when the node is valid.</summary>
    public static IReadOnlyList<FieldError> Validate(BeaconNode node)
    {
        var errors = new ErrorList();
        if (!Names.IsDns1035Label(node.Metadata.Name, Names.MaxNodeName))
        {
            errors.Add("metadata.name", $"must be at most {Names.MaxNodeName} lower-case letters, digits and hyphens, beginning with a letter, not \"{ErrorList.Shown(node.Metadata.Name)}\"");
        }

        BeaconNodeSpec spec = node.Spec;
        if (!Names.IsDns1035Label(spec.Testnet, Names.MaxTestnetName))
        {
            errors.Add("spec.testnet", $"must be the name of a Testnet of this namespace, not \"{ErrorList.Shown(spec.Testnet)}\"");
        }

        errors.OneOf("spec.role", spec.Role, NodeRoles.Bootnode, NodeRoles.Node, NodeRoles.Archive, NodeRoles.Baseline, NodeRoles.Canary);
        PodKnobsValidator.Image("spec.image", spec.Image, errors);
        errors.OneOf("spec.imagePullPolicy", spec.ImagePullPolicy, "Always", "IfNotPresent", "Never");
        PodKnobsValidator.Secrets("spec.imagePullSecrets", spec.ImagePullSecrets, errors);
        if (spec.Iteration is { } iteration)
        {
            errors.Range("spec.iteration", iteration, 1, 1_000_000);
        }

        if (spec.SignFromEpoch is < 0)
        {
            errors.Add("spec.signFromEpoch", "must not be negative");
        }

        errors.MaxLength("spec.chainDirectory", spec.ChainDirectory, 32);
        errors.Form("spec.chainDirectory", spec.ChainDirectory, Patterns.DirectorySuffixRegex(), "lower-case letters, digits and hyphens");

        errors.Items("spec.keepChains", spec.KeepChains, 16, (item, directory) =>
        {
            errors.MaxLength(item, directory, 63);
            errors.Form(item, directory, Patterns.ChainDirectoryRegex(), "a chain directory such as 1-3f9a1c77");
        });

        if (spec.CheckpointSyncURL is { } url)
        {
            errors.MaxLength("spec.checkpointSyncURL", url, 256);
            errors.Form("spec.checkpointSyncURL", url, Patterns.BeaconUrlRegex(), "the root of a Beacon API such as http://devnet-eu-0-0.devnet:5052");
            if (spec.Role == NodeRoles.Bootnode)
            {
                errors.Add("spec.checkpointSyncURL", "must not be set on a bootnode, which follows no chain");
            }
        }

        if (spec.IdentitySecretRef is { } identity)
        {
            PodKnobsValidator.Secret("spec.identitySecretRef", identity, errors);
        }

        if (spec.KeysSecretRef is { } keys)
        {
            PodKnobsValidator.Secret("spec.keysSecretRef", keys, errors);
            if (spec.Role == NodeRoles.Bootnode)
            {
                errors.Add("spec.keysSecretRef", "must not be set on a bootnode, which follows no chain");
            }
        }

        PodKnobsValidator.Validate("spec", spec, errors);
        return errors.Errors;
    }
}
