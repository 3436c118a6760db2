using System.Globalization;
using Fleet.Api;
using Fleet.Kubernetes.Models;
using Fleet.Planning.Children;

namespace Fleet.Planning.Steps;

/// <summary>Finds the record of the running iteration, or begins the first one, or the next one for a reset.</summary>
/// <remarks>The records are immutable ConfigMaps: whoever finds one existing reads it, and never decides again.</remarks>
internal static class IterationStep
{
    public static StepOutcome Run(PlanContext context)
    {
        TestnetObservation observation = context.Observation;
        int number = Number(observation);
        ConfigMap? assignment = observation.ConfigMaps.GetValueOrDefault(Names.Assignment(observation.Name, number));
        ConfigMap? time = observation.ConfigMaps.GetValueOrDefault(Names.GenesisTime(observation.Name, number));
        IterationRecord? record = IterationRecord.FromData(assignment?.Data) ?? IterationRecord.FromData(time?.Data);
        context.Manifest = NetworkManifests.Read(observation.ConfigMaps.GetValueOrDefault(Names.Network(observation.Name, number))?.Data);
        context.GenesisTime = IterationRecords.GenesisTime(time, observation.ConfigMaps.GetValueOrDefault(Names.Network(observation.Name, number)));
        if (record is null)
        {
            return Begin(context, number);
        }

        if (context.IsAccepted && assignment is not null && IsMistaken(context, record))
        {
            context.Do(new PlanAction.Delete(assignment, "it was written for another mnemonic than there is, and nothing was made from it yet"));
            context.Verdicts[ConditionTypes.GenesisReady] = Verdict.No(Reasons.WaitingForPods, "The record of the iteration was written for a mnemonic that is gone; another is begun.");
            return StepOutcome.Stop;
        }

        if (context.IsAccepted && ResetStep.WantsNext(context, number))
        {
            context.Manifest = null;
            context.GenesisTime = null;
            return Record(context, number + 1);
        }

        context.Iteration = record;
        context.Clock = ChainClock.Of(record.Parameters.Preset, record.Parameters.Config);
        if (assignment is null && context.IsAccepted)
        {
            context.Do(new PlanAction.Create(IterationMaps.Assignment(context.Testnet, record), "the record of the iteration was deleted; its copy is kept with the genesis time"));
        }

        return StepOutcome.Continue;
    }

    /// <summary>
    /// Whether a record fits no mnemonic, and no key, no time and no genesis came of it: the server was set back between the two, or the Secret was
    /// exchanged at once. Later it counts, and the mnemonic has to be restored.
    /// </summary>
    private static bool IsMistaken(PlanContext context, IterationRecord record) =>
        context.Observation.Mnemonic.Fingerprint != record.Parameters.MnemonicFingerprint
        && context.GenesisTime is null
        && context.Observation.KeysSecrets.IsEmpty
        && string.IsNullOrEmpty(context.Testnet.Status?.GenesisRoot);

    private static StepOutcome Begin(PlanContext context, int number)
    {
        if (context.Testnet.Status?.GenesisRoot is { Length: > 0 } || context.Manifest is not null)
        {
            context.Verdicts[ConditionTypes.GenesisReady] = Verdict.No(
                Reasons.GenesisLost,
                $"The records {Names.Assignment(context.Observation.Name, number)} and {Names.GenesisTime(context.Observation.Name, number)} of the running iteration are gone; restore one of them, or delete the testnet and apply it anew.");
            return StepOutcome.Stop;
        }

        if (!context.IsAccepted)
        {
            return StepOutcome.Stop;
        }

        return Record(context, number);
    }

    private static StepOutcome Record(PlanContext context, int number)
    {
        MnemonicFacts mnemonic = context.Observation.Mnemonic;
        if (mnemonic.Fingerprint is null)
        {
            context.Do(new PlanAction.EnsureMnemonic(IterationMaps.MnemonicShell(context.Testnet), "the testnet has no mnemonic yet"));
            return StepOutcome.Stop;
        }

        string secret = context.Testnet.Spec.Genesis.MnemonicSecretRef?.Name ?? Names.Mnemonic(context.Observation.Name);
        var record = IterationRecord.Begin(context.Testnet, number, secret, mnemonic.Fingerprint);
        context.Iteration = record;
        context.Clock = ChainClock.Of(record.Parameters.Preset, record.Parameters.Config);
        context.Do(new PlanAction.Create(IterationMaps.Assignment(context.Testnet, record), string.Create(CultureInfo.InvariantCulture, $"iteration {number} begins")));
        return StepOutcome.Continue;
    }

    /// <summary>The highest iteration of which a record exists, else what the status says, else 1.</summary>
    public static int Number(TestnetObservation observation)
    {
        int highest = 0;
        foreach (ConfigMap map in observation.ConfigMaps.Values)
        {
            if (map.Metadata.Labels?.GetValueOrDefault(Labels.Iteration) is { } text
                && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
                && (map.Metadata.Name == Names.Assignment(observation.Name, number) || map.Metadata.Name == Names.GenesisTime(observation.Name, number)))
            {
                highest = Math.Max(highest, number);
            }
        }

        return highest > 0 ? highest : Math.Max(1, observation.Testnet.Status?.Iteration ?? 1);
    }
}
