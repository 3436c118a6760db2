using System.Collections.Immutable;
using Fleet.Api;

namespace Fleet.Planning.Steps;

/// <summary>Keys that cannot be had back: their Secret is gone, and so is the mnemonic they were derived from.</summary>
internal static class LostKeys
{
    /// <summary>Names of the iteration's nodes whose keys are gone for good, in the order of the assignment; a pod that runs still signs with what it read at its start.</summary>
    public static ImmutableArray<string> Of(PlanContext context)
    {
        TestnetObservation observation = context.Observation;

        // A spec that names another mnemonic for the next iteration says nothing about the one that this iteration's keys come from.
        string named = context.Testnet.Spec.Genesis.MnemonicSecretRef?.Name ?? Names.Mnemonic(observation.Name);
        return context.Iteration is not { } record || named != record.Parameters.MnemonicSecret || observation.Mnemonic.Fingerprint == record.Parameters.MnemonicFingerprint
            ? []
            : [.. record.Assignment.Ranges.Select(range => range.Node).Where(node => !observation.KeysSecrets.Contains(Names.KeysSecret(node, record.Iteration)))];
    }

    /// <summary>What a person has to know; null when no wanted node is concerned.</summary>
    public static string? Sentence(PlanContext context)
    {
        string[] nodes = [.. Of(context).Where(context.Desired.ContainsKey)];
        return nodes.Length == 0
            ? null
            : $"The keys of {string.Join(", ", nodes.Take(4))}{(nodes.Length > 4 ? $" and {nodes.Length - 4} more" : "")} are gone for good: their Secrets are, and Secret {context.Iteration!.Parameters.MnemonicSecret} "
                + "no longer holds the mnemonic they were derived from; restore either of them, or their stake stays away until a new iteration.";
    }
}
