using Beacon.SpecTests.Runner;
using Beacon.StateTransition.Phase0;

namespace Beacon.SpecTests.StateTransition;

/// <summary>One step of an epoch's end.</summary>
public sealed class EpochProcessingHandlers : ISpecHandlers
{
    /// <inheritdoc/>
    public string Runner => "epoch_processing";

    /// <inheritdoc/>
    public SpecHandler? Find(string handler) => handler switch
    {
        "justification_and_finalization" => Step(EpochSteps.JustificationAndFinalization),
        "rewards_and_penalties" => Step(EpochSteps.RewardsAndPenalties),
        "registry_updates" => Step(EpochSteps.RegistryUpdates),
        "slashings" => Step(EpochSteps.Slashings),
        "eth1_data_reset" => Step(EpochSteps.Eth1DataReset),
        "effective_balance_updates" => Step(EpochSteps.EffectiveBalanceUpdates),
        "slashings_reset" => Step(EpochSteps.SlashingsReset),
        "randao_mixes_reset" => Step(EpochSteps.RandaoMixesReset),
        "historical_roots_update" => Step(EpochSteps.HistoricalRootsUpdate),
        "participation_record_updates" => Step(EpochSteps.ParticipationRecordUpdates),
        _ => null,
    };

    private static SpecHandler Step(EpochSteps step) => specCase => StateCases.Run(specCase, (state, _) => Transition.ProcessEpoch(state, step));
}
