using System.Collections.Frozen;

namespace Fleet.Api;

/// <summary>Names of the metrics that canaries are judged by, and of their groups. What they mean is the judge's matter.</summary>
public static class CanaryMetrics
{
    /// <summary>Group: does the node follow and serve the chain.</summary>
    public const string Consensus = "consensus";

    /// <summary>Group: does it hear and pass on what others say.</summary>
    public const string Network = "network";

    /// <summary>Group: what it costs.</summary>
    public const string Resources = "resources";

    /// <summary>Group: what goes wrong inside.</summary>
    public const string Errors = "errors";

    /// <summary>The groups of the built-in metrics, separated by blanks.</summary>
    internal const string BuiltInGroupNames = Consensus + " " + Network + " " + Resources + " " + Errors;

    /// <summary>The groups of the built-in metrics.</summary>
    public static IReadOnlyList<string> BuiltInGroups { get; } = BuiltInGroupNames.Split(' ');

    /// <summary>The built-in metrics, separated by blanks.</summary>
    internal const string BuiltInNames = OfConsensus + " " + OfNetwork + " " + OfResources + " " + OfErrors;

    private const string OfConsensus = "attestation-inclusion wrong-votes inclusion-distance missed-proposals head-lag block-arrival-p95 reorgs";
    private const string OfNetwork = "gossip-blocks gossip-attestations gossip-aggregates peers rejected-messages";
    private const string OfResources = "cpu resident-memory memory-slope gc-pause database-growth";
    private const string OfErrors = "api-errors log-errors restarts";

    /// <summary>Group of each built-in metric.</summary>
    public static IReadOnlyDictionary<string, string> GroupOf { get; } =
        new[] { (Consensus, OfConsensus), (Network, OfNetwork), (Resources, OfResources), (Errors, OfErrors) }
            .SelectMany(group => group.Item2.Split(' ').Select(metric => KeyValuePair.Create(metric, group.Item1)))
            .ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>The built-in metrics, group by group.</summary>
    public static IReadOnlyList<string> BuiltIn { get; } = BuiltInNames.Split(' ');
}
