using Fleet.Api;
using Fleet.Api.Validation;

namespace Fleet.Planning.Steps;

/// <summary>Whether the spec is valid and agrees with the other testnets.</summary>
internal static class AcceptStep
{
    private delegate Verdict? Check(PlanContext context);

    /// <summary>In this order; the first that objects wins.</summary>
    private static readonly Check[] Checks =
    [
        SpecIsValid,
        ProtocolIdIsFree,
        ImageIsKnown,
        MnemonicIsUsable,
        SecretsAreUsable,
        SourceIsAllowed,
    ];

    public static StepOutcome Run(PlanContext context)
    {
        Verdict verdict = Verdict.Yes(Reasons.Valid, "The spec is valid.");
        foreach (Check check in Checks)
        {
            if (check(context) is { } objection)
            {
                verdict = objection;
                break;
            }
        }

        context.Verdicts[ConditionTypes.Accepted] = verdict;
        context.Image = Image(context.Observation) ?? "";
        return verdict.IsTrue ? StepOutcome.Continue : StepOutcome.Stop;
    }

    private static Verdict? SpecIsValid(PlanContext context)
    {
        IReadOnlyList<FieldError> errors = TestnetValidator.Validate(context.Testnet);
        return errors.Count switch
        {
            0 => null,
            1 => Verdict.No(Reasons.SpecInvalid, $"{errors[0]}."),
            _ => Verdict.No(Reasons.SpecInvalid, $"{errors[0]}; and {errors.Count - 1} more."),
        };
    }

    private static Verdict? ProtocolIdIsFree(PlanContext context)
    {
        if (TestnetValidator.ExplicitProtocolId(context.Testnet) is not { } protocolId)
        {
            return null;
        }

        Testnet? older = context.Observation.Others
            .Where(other => TestnetValidator.ExplicitProtocolId(other) == protocolId && Seniority.IsOlder(other, context.Testnet))
            .OrderBy(other => other.Metadata.CreationTimestamp)
            .FirstOrDefault();
        return older is null
            ? null
            : Verdict.No(Reasons.ProtocolIdConflict, $"spec.network.protocolId: {TestnetValidator.ProtocolIdConflict(protocolId, OwnerAsSeenFrom(context.Testnet, older))}.");
    }

    /// <summary>Names of another namespace are nothing a user of this one has to know.</summary>
    private static string OwnerAsSeenFrom(Testnet testnet, Testnet other) =>
        other.Metadata.Namespace == testnet.Metadata.Namespace ? $"testnet {other.Metadata.Name}" : "a testnet of another namespace";

    private static Verdict? ImageIsKnown(PlanContext context) =>
        Image(context.Observation) is null
            ? Verdict.No(Reasons.SpecInvalid, "spec.image: is empty and the operator was started without --beacon-image; give one of them.")
            : null;

    private static Verdict? MnemonicIsUsable(PlanContext context) =>
        context.Observation.Mnemonic.Problem is { } problem ? Verdict.No(Reasons.ReferenceInvalid, problem) : null;

    private static Verdict? SecretsAreUsable(PlanContext context) =>
        context.Observation.SecretProblem is { } problem ? Verdict.No(Reasons.ReferenceInvalid, problem) : null;

    private static Verdict? SourceIsAllowed(PlanContext context) =>
        context.Observation.SourceProblem is { } problem ? Verdict.No(Reasons.ReferenceInvalid, problem) : null;

    private static string? Image(TestnetObservation observation) =>
        observation.Testnet.Spec.Image is { Length: > 0 } own ? own
        : observation.Settings.BeaconImage is { Length: > 0 } general ? general
        : null;
}
