namespace Beacon.StateTransition.Phase0;

/// <summary>The steps of an epoch's end, in the specification's order; each can be run alone.</summary>
[Flags]
public enum EpochSteps
{
    None = 0,
    JustificationAndFinalization = 1 << 0,
    RewardsAndPenalties = 1 << 1,
    RegistryUpdates = 1 << 2,
    Slashings = 1 << 3,
    Eth1DataReset = 1 << 4,
    EffectiveBalanceUpdates = 1 << 5,
    SlashingsReset = 1 << 6,
    RandaoMixesReset = 1 << 7,
    HistoricalRootsUpdate = 1 << 8,
    ParticipationRecordUpdates = 1 << 9,
    All = (1 << 10) - 1,
}
