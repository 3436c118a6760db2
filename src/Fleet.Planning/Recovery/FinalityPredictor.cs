namespace Fleet.Planning.Recovery;

/// <summary>Foretells whether and when a chain heals by its own rules, and how long one that is stopped can stay stopped.</summary>
/// <remarks>
/// The inactivity leak takes stake from whoever does not vote until those who do have two thirds, or until the absent are ejected; the slashed leave
/// through the queue of exits. The prediction carries groups of like validators through the ends of epochs (<see cref="StakeSimulation"/>).
/// PERF: milliseconds for groups by the dozen and ten thousand epochs, however many validators they have; a quarter of a second where 26,000 were slashed
/// one by one, which leave in 6,500 epochs and are as many groups.
/// See docs/decisions/0140-predictor.md for how exact it is.
/// </remarks>
public static class FinalityPredictor
{
    /// <summary>Epochs that are looked ahead.</summary>
    public const int Horizon = 1 << 16;

    /// <summary>Epochs from now until two thirds of the active stake vote, if everybody goes on as observed.</summary>
    /// <param name="stake">The stake now.</param>
    /// <returns>0 where the votes of the running epoch suffice; null where nothing brings two thirds within <see cref="Horizon"/>.</returns>
    public static int? EpochsToTwoThirds(StakeObservation stake)
    {
        var simulation = new StakeSimulation(stake, stake.Groups);
        for (int epochs = 0; epochs < Horizon && simulation.HasActive; epochs++)
        {
            if (simulation.HasTwoThirds)
            {
                return epochs;
            }

            simulation.EndEpoch();
        }

        return null;
    }

    /// <summary>Epochs that can go by without any block before every validator is exiting or gone: after that no chain is left to resume.</summary>
    /// <param name="stake">The stake when the chain stops.</param>
    /// <returns>0 where everybody is exiting already, <see cref="Horizon"/> at most.</returns>
    public static int SleepLimit(StakeObservation stake)
    {
        var simulation = new StakeSimulation(stake, stake.Groups.Select(static group => group with { Votes = false }));
        int epochs = 0;
        while (simulation.HasStaying && epochs <= Horizon)
        {
            simulation.EndEpoch();
            epochs++;
        }

        // The end of the last epoch was the one too many.
        return Math.Max(0, epochs - 1);
    }
}
