using Beacon.Genesis;
using Beacon.Types;

namespace Fleet.Planning.Recovery;

/// <summary>Forecasts for an iteration by the rules of its own configuration.</summary>
internal static class Forecasts
{
    /// <summary>The forecast of an iteration; its configuration is read when it is first asked.</summary>
    public static StakeForecast Of(IterationRecord record)
    {
        var spec = new Lazy<ChainSpec>(() => SpecOf(record.Parameters));
        return new StakeForecast(
            outlook => FinalityPredictor.EpochsToTwoThirds(Stake(outlook, spec.Value)),
            outlook => FinalityPredictor.SleepLimit(Stake(outlook, spec.Value)));
    }

    /// <summary>Preset and configuration of an iteration, as its nodes have them; but for the genesis time, which no forecast asks for.</summary>
    internal static ChainSpec SpecOf(IterationParameters parameters) => new(GenesisConfig.Complete(
        parameters.Preset, [.. parameters.Config.Select(value => KeyValuePair.Create(value.Key, value.Value.Text))], parameters.Validators, genesisTime: 0));

    /// <summary>The groups that an outlook stands for.</summary>
    internal static StakeObservation Stake(StakeOutlook outlook, ChainSpec spec)
    {
        Gwei full = spec.Preset.MaxEffectiveBalance;
        ExitingFacts exiting = outlook.Exits?.Unslashed ?? default;
        int leaving = Math.Clamp(exiting.Validators - outlook.AbsentExiting, 0, outlook.Present);
        var present = new ValidatorGroup { Count = outlook.Present - leaving, Balance = full, EffectiveBalance = full, Votes = true };
        ValidatorGroup absent = Holding(new Gwei(outlook.AbsentGwei), outlook.Absent - outlook.AbsentExiting, spec);
        ValidatorGroup ejected = Holding(EachOf(exiting, spec), outlook.AbsentExiting, spec);
        IEnumerable<ValidatorGroup> groups =
        [
            present,
            absent,
            .. ExitSchedule.Spread(present with { Count = leaving }, exiting),
            .. ExitSchedule.Spread(ejected, exiting),
            .. outlook.Exits is { } exits ? ExitSchedule.Slashed(Holding(EachOf(exits.Slashed, spec), outlook.Slashed, spec), exits, spec) : [],
        ];
        return new StakeObservation
        {
            Spec = spec,
            Epoch = new Epoch((ulong)Math.Max(outlook.Epoch, 1)),
            FinalizedEpoch = new Epoch((ulong)Math.Max(outlook.FinalizedEpoch, 0)),
            Slashing = outlook.Exits is { Slashed.Validators: > 0 } told ? ExitSchedule.Slashing(told, outlook.Epoch, spec) : null,
            Groups = [.. groups.Where(group => group.Count > 0)],
        };
    }

    /// <summary>Validators that do not vote. Effective balances are whole increments.</summary>
    private static ValidatorGroup Holding(Gwei each, int count, ChainSpec spec)
    {
        ulong increment = spec.Preset.EffectiveBalanceIncrement.Value;
        ulong balance = Math.Min(each.Value, spec.Preset.MaxEffectiveBalance.Value);
        return new ValidatorGroup { Count = count, Balance = new Gwei(balance), EffectiveBalance = new Gwei(balance / increment * increment), Votes = false };
    }

    private static Gwei EachOf(ExitingFacts part, ChainSpec spec) => part.Validators == 0 ? spec.Preset.MaxEffectiveBalance : new Gwei((ulong)(part.Gwei / part.Validators));
}
