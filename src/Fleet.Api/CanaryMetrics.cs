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

    /// <summary>The groups of the built-in metrics.</summary>
    public static IReadOnlyList<string> BuiltInGroups { get; } = [Consensus, Network, Resources, Errors];

    /// <summary>The built-in metrics, separated by blanks.</summary>
    internal const string BuiltInNames =
        "attestation-inclusion wrong-votes inclusion-distance missed-proposals head-lag block-arrival-p95 reorgs "
        + "gossip-blocks gossip-attestations gossip-aggregates peers rejected-messages "
        + "cpu resident-memory memory-slope gc-pause database-growth "
        + "api-errors log-errors restarts";

    /// <summary>The built-in metrics, group by group.</summary>
    public static IReadOnlyList<string> BuiltIn { get; } = BuiltInNames.Split(' ');
}
