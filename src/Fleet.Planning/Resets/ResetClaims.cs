using Fleet.Api;
using Fleet.Api.Validation;

namespace Fleet.Planning.Resets;

/// <summary>Whether a reset may begin. Asked alike by the testnet, which takes one, and by the reset, which says why it is not taken.</summary>
internal static class ResetClaims
{
    /// <summary>Why it will never be carried out; null: nothing speaks against it for good.</summary>
    /// <param name="reset">A reset that no testnet has taken.</param>
    /// <param name="testnet">Its testnet.</param>
    /// <param name="running">Iteration that runs.</param>
    public static Refusal? Refuse(ChainReset reset, Testnet testnet, int running)
    {
        if (ChainResetValidator.Validate(reset) is [{ } first, ..])
        {
            return new Refusal(Reasons.SpecInvalid, $"{first}.");
        }

        return reset.Metadata.CreationTimestamp < testnet.Metadata.CreationTimestamp
                ? new Refusal("Stale", $"It was made for an earlier testnet of the name {testnet.Metadata.Name}; make another if this one is meant.")
            : reset.Spec.FromIteration != running
                ? new Refusal("Stale", $"It asks to end iteration {reset.Spec.FromIteration}, and iteration {running} runs; make another if this one is meant.")
            : testnet.Spec.Recovery.Mode == RecoveryModes.Never
                ? new Refusal("ModeNever", "spec.recovery.mode of the testnet is Never; set another mode and make another reset.")
            : null;
    }

    /// <summary>The reset that a testnet carries out: the one it has taken, else the first that may begin.</summary>
    public static ChainReset? Choose(TestnetObservation world, int running)
    {
        ChainReset? taken = world.Resets.FirstOrDefault(reset => reset.Metadata.Name == world.Testnet.Status?.ActiveReset && !ResetPhases.IsEnd(reset.Status?.Phase));
        return taken is null
            ? world.Resets.FirstOrDefault(reset => !ResetPhases.IsEnd(reset.Status?.Phase) && Refuse(reset, world.Testnet, running) is null)
            : Successor(world, taken, running) ?? taken;
    }

    /// <summary>A person's reset of the chain that another reset has begun, and that does not get on: it ends the other one.</summary>
    public static ChainReset? Successor(TestnetObservation world, ChainReset taken, int running) =>
        ResetPhases.HasReached(taken.Status?.Phase, ResetPhases.Starting)
            ? world.Resets.FirstOrDefault(reset =>
                reset.Spec.FromIteration == taken.Status!.ToIteration && reset.Spec.Criterion is null && !ResetPhases.IsEnd(reset.Status?.Phase) && Refuse(reset, world.Testnet, running) is null)
            : null;
}

/// <summary>Why a reset is not carried out.</summary>
/// <param name="Reason">For programs.</param>
/// <param name="Message">For people, one sentence.</param>
internal sealed record Refusal(string Reason, string Message);
