namespace Fleet.Api.Validation;

/// <summary>Every rule of a ChainReset that needs nothing but the object.</summary>
/// <remarks>What may not change once it is there is known to the API server alone.</remarks>
public static class ChainResetValidator
{
    /// <summary>Broken rules, in the order of the fields; empty when the reset is valid.</summary>
    public static IReadOnlyList<FieldError> Validate(ChainReset reset)
    {
        var errors = new ErrorList();
        if (!Names.IsDns1035Label(reset.Metadata.Name, Names.MaxResetName))
        {
            errors.Add("metadata.name", $"must be at most {Names.MaxResetName} lower-case letters, digits and hyphens, beginning with a letter, not \"{ErrorList.Shown(reset.Metadata.Name)}\"");
        }

        ChainResetSpec spec = reset.Spec;
        if (!Names.IsDns1035Label(spec.Testnet, Names.MaxTestnetName))
        {
            errors.Add("spec.testnet", $"must be the name of a Testnet of this namespace, not \"{ErrorList.Shown(spec.Testnet)}\"");
        }

        errors.Range("spec.fromIteration", spec.FromIteration, 1, 999_999);
        if (spec.Reason.Length == 0)
        {
            errors.Add("spec.reason", "must say why the chain is to be begun anew");
        }

        errors.MaxLength("spec.reason", spec.Reason, 512);
        errors.MaxLength("spec.requestedBy", spec.RequestedBy, 253);
        if (spec.Criterion is { } criterion)
        {
            errors.OneOf("spec.criterion", criterion, "U1", "U2", "U3", "U4", "U5", "U6");
        }

        errors.MaxLength("spec.criterionSince", spec.CriterionSince, Patterns.MaxTime);
        errors.Form("spec.criterionSince", spec.CriterionSince, Patterns.TimeRegex(), "a time such as 2026-01-31T12:00:00Z");

        return errors.Errors;
    }
}
