namespace Fleet.Api.Validation;

/// <summary>Every rule of a CanaryRollout that needs nothing but the object.</summary>
/// <remarks>What may not change once it is there is known to the API server alone.</remarks>
public static class CanaryRolloutValidator
{
    /// <summary>Broken rules, in the order of the fields; empty when the roll-out is valid.</summary>
    public static IReadOnlyList<FieldError> Validate(CanaryRollout rollout)
    {
        var errors = new ErrorList();
        if (!Names.IsDns1035Label(rollout.Metadata.Name, Names.MaxRolloutName))
        {
            errors.Add("metadata.name", $"must be at most {Names.MaxRolloutName} lower-case letters, digits and hyphens, beginning with a letter, not \"{ErrorList.Shown(rollout.Metadata.Name)}\"");
        }

        CanaryRolloutSpec spec = rollout.Spec;
        if (!Names.IsDns1035Label(spec.Testnet, Names.MaxTestnetName))
        {
            errors.Add("spec.testnet", $"must be the name of a Testnet of this namespace, not \"{ErrorList.Shown(spec.Testnet)}\"");
        }

        Image("spec.from", spec.From, errors);
        Image("spec.to", spec.To, errors);
        errors.Range("spec.iteration", spec.Iteration, 1, 1_000_000);
        errors.Range("spec.number", spec.Number, 1, 1_000_000_000);
        errors.MaxLength("spec.retry", spec.Retry, 128);
        if (spec.Decision is { } decision)
        {
            errors.OneOf("spec.decision", decision, RolloutDecisions.Approve, RolloutDecisions.Reject, RolloutDecisions.Abort);
        }

        return errors.Errors;
    }

    private static void Image(string path, string image, ErrorList errors)
    {
        if (image.Length == 0)
        {
            errors.Add(path, "must name an image");
        }

        PodKnobsValidator.Image(path, image, errors);
    }
}
