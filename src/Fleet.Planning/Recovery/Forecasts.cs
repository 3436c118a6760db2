using Beacon.Genesis;
using Beacon.Types;

namespace Fleet.Planning.Recovery;

/// <summary>Forecasts for an iteration by the rules of its own configuration.</summary>
internal static class Forecasts
{
    /// <summary>The forecast of an iteration; its configuration is read when it is first asked.</summary>
    public static StakeForecast Of(IterationRecord record)
    {
        var spec = new Lazy<ChainSpec>(() =>
        {
            IterationParameters parameters = record.Parameters;
            return new ChainSpec(GenesisConfig.Complete(
                parameters.Preset, [.. parameters.Config.Select(value => KeyValuePair.Create(value.Key, value.Value.Text))], parameters.Validators, genesisTime: 0));
        });
        return new StakeForecast(
            outlook => FinalityPredictor.EpochsToTwoThirds(Stake(outlook, spec.Value)),
            outlook => FinalityPredictor.SleepLimit(Stake(outlook, spec.Value)));
    }

    private static StakeObservation Stake(StakeOutlook outlook, ChainSpec spec)
    {
        Gwei full = spec.Preset.MaxEffectiveBalance;
        return new StakeObservation
        {
            Spec = spec,
            Epoch = new Epoch((ulong)Math.Max(outlook.Epoch, 1)),
            FinalizedEpoch = new Epoch((ulong)Math.Max(outlook.FinalizedEpoch, 0)),
            Groups =
            [
                .. new[]
                {
                    new ValidatorGroup { Count = outlook.Present, Balance = full, EffectiveBalance = full, Votes = true },
                    new ValidatorGroup { Count = outlook.Absent, Balance = new Gwei(Math.Min(outlook.AbsentGwei, full.Value)), EffectiveBalance = Effective(outlook, spec), Votes = false },
                }.Where(group => group.Count > 0),
            ],
        };
    }

    /// <summary>Effective balances are whole increments.</summary>
    private static Gwei Effective(StakeOutlook outlook, ChainSpec spec)
    {
        ulong increment = spec.Preset.EffectiveBalanceIncrement.Value;
        return new Gwei(Math.Min(outlook.AbsentGwei / increment * increment, spec.Preset.MaxEffectiveBalance.Value));
    }
}
