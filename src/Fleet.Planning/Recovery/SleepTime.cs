using System.Globalization;
using Fleet.Planning.Steps;

namespace Fleet.Planning.Recovery;

/// <summary>How long a chain whose nodes are stopped can stay so, before all its validators have leaked so much stake that they are ejected.</summary>
/// <param name="Epochs">Epochs without any block.</param>
/// <param name="Time">The same in time.</param>
public sealed record SleepTime(int Epochs, TimeSpan Time)
{
    /// <summary>Of a chain that is well when it is stopped; one that lags already has less time, which nobody can tell while no node runs.</summary>
    /// <param name="iteration">The iteration that is stopped.</param>
    public static SleepTime Of(IterationRecord iteration)
    {
        IterationParameters parameters = iteration.Parameters;
        int epochs = FinalityPredictor.SleepLimit(StakeObservation.Healthy(Forecasts.SpecOf(parameters), parameters.Validators));
        return new SleepTime(epochs, ChainClock.Of(parameters.Preset, parameters.Config).EpochDuration * epochs);
    }

    /// <inheritdoc/>
    public override string ToString()
    {
        string time = Time.TotalHours >= 48 ? $"{Time.TotalDays:F0} days" : Time.TotalHours >= 2 ? $"{Time.TotalHours:F0} hours" : $"{Time.TotalMinutes:F0} minutes";
        return string.Create(CultureInfo.InvariantCulture, $"{time} (some {Epochs} epochs)");
    }
}
