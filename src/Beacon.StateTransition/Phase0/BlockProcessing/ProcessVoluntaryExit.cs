using Beacon.Types;

namespace Beacon.StateTransition.Phase0;

/// <content>Voluntary exits.</content>
public static partial class BlockProcessing
{
    /// <summary>Puts a validator that asks for it into the queue of exits.</summary>
    [Spec("phase0/beacon-chain.md#voluntary-exits")]
    public static void ProcessVoluntaryExit(CachedBeaconState state, SignedVoluntaryExit signedExit, SignatureVerifier verifier)
    {
        CheckVoluntaryExit(state, signedExit);
        verifier.Require(InvalidReason.ExitSignature, (state, signedExit), static input => SignatureSets.VoluntaryExit(input.state, input.signedExit));
        Mutators.InitiateValidatorExit(state, signedExit.Message.ValidatorIndex);
    }

    /// <summary>All of <c>process_voluntary_exit</c> that neither changes the state nor needs the signature.</summary>
    /// <exception cref="StateTransitionException">The exit is not possible now.</exception>
    [Spec("phase0/beacon-chain.md#voluntary-exits")]
    public static void CheckVoluntaryExit(CachedBeaconState state, SignedVoluntaryExit signedExit)
    {
        VoluntaryExit exit = signedExit.Message;
        Validator validator = ValidatorAt(state, exit.ValidatorIndex);
        Epoch current = Accessors.GetCurrentEpoch(state);
        Require(Predicates.IsActiveValidator(validator, current), InvalidReason.ExitNotActive, $"Validator {exit.ValidatorIndex.Value} is not active.");
        Require(
            validator.ExitEpoch == Epoch.FarFuture, InvalidReason.ExitAlreadyInitiated, $"Validator {exit.ValidatorIndex.Value} exits already.");
        Require(
            current.Value >= exit.Epoch.Value, InvalidReason.ExitTooEarly, $"The exit is valid from epoch {exit.Epoch.Value} on; it is epoch {current.Value}.");
        Require(
            current.Value >= validator.ActivationEpoch.Value + state.Spec.Config.ShardCommitteePeriod,
            InvalidReason.ExitTooYoung,
            $"Validator {exit.ValidatorIndex.Value} may exit from epoch {validator.ActivationEpoch.Value + state.Spec.Config.ShardCommitteePeriod} on.");
    }
}
