namespace Fleet.Api.Validation;

/// <summary>Every rule of a BeaconNode that needs nothing but the object.</summary>
public static class BeaconNodeValidator
{
    /// <summary>Longest name in characters.</summary>
    public const int MaxName = 45;

    /// <summary>Broken rules, in the order of the fields; empty when the node is valid.</summary>
    public static IReadOnlyList<FieldError> Validate(BeaconNode node)
    {
        var errors = new ErrorList();
        if (!Names.IsDns1035Label(node.Metadata.Name, MaxName))
        {
            errors.Add("metadata.name", $"must be at most {MaxName} lower-case letters, digits and hyphens, beginning with a letter, not \"{ErrorList.Shown(node.Metadata.Name)}\"");
        }

        BeaconNodeSpec spec = node.Spec;
        if (!Names.IsDns1035Label(spec.Testnet, Names.MaxTestnetName))
        {
            errors.Add("spec.testnet", $"must be the name of a Testnet of this namespace, not \"{ErrorList.Shown(spec.Testnet)}\"");
        }

        errors.OneOf("spec.role", spec.Role, NodeRoles.Bootnode, NodeRoles.Node, NodeRoles.Archive);
        PodKnobsValidator.Image("spec.image", spec.Image, errors);
        errors.OneOf("spec.imagePullPolicy", spec.ImagePullPolicy, "Always", "IfNotPresent", "Never");
        PodKnobsValidator.Secrets("spec.imagePullSecrets", spec.ImagePullSecrets, errors);
        if (spec.Iteration is { } iteration)
        {
            errors.Range("spec.iteration", iteration, 1, 1_000_000);
        }

        if (spec.ChainDirectory is { Length: > 0 } suffix
            && (suffix.Length > 32 || !suffix.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-') || suffix[0] == '-' || suffix[^1] == '-'))
        {
            errors.Add("spec.chainDirectory", $"must be at most 32 lower-case letters, digits and hyphens, not \"{ErrorList.Shown(suffix)}\"");
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
