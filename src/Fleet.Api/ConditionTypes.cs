namespace Fleet.Api;

/// <summary>Types of conditions.</summary>
public static class ConditionTypes
{
    /// <summary>The spec is valid and agrees with the other testnets.</summary>
    public const string Accepted = "Accepted";

    /// <summary>Every node reports the genesis that was written for the iteration.</summary>
    public const string GenesisReady = "GenesisReady";

    /// <summary>Every bootnode's pod is ready.</summary>
    public const string BootnodesReady = "BootnodesReady";

    /// <summary>Every node's pod is ready, its clock is right, and none holds to be final what the others do not.</summary>
    public const string NodesReady = "NodesReady";

    /// <summary>The head moves.</summary>
    public const string ChainProgressing = "ChainProgressing";

    /// <summary>Epochs become final as they should.</summary>
    public const string Finalizing = "Finalizing";

    /// <summary>What runs is what the spec says.</summary>
    public const string UpToDate = "UpToDate";

    /// <summary>A new image is on its way to the nodes.</summary>
    public const string RolloutProgressing = "RolloutProgressing";

    /// <summary>A roll-out waits for a person.</summary>
    public const string ApprovalRequired = "ApprovalRequired";

    /// <summary>The chain is beyond repair, and is to be begun anew.</summary>
    public const string ResetRequired = "ResetRequired";

    /// <summary>The chain is being begun anew.</summary>
    public const string Resetting = "Resetting";

    /// <summary>The testnet is scaled to zero on request.</summary>
    public const string Suspended = "Suspended";

    /// <summary>Everything above is as it should be. For consumers; never read to decide.</summary>
    public const string Ready = "Ready";

    /// <summary>BeaconNode: the node has everything its connected peers have.</summary>
    public const string Synced = "Synced";

    /// <summary>BeaconNode: the node is connected to others.</summary>
    public const string Connected = "Connected";

    /// <summary>The conditions of a Testnet, in the order they are written and judged.</summary>
    public static IReadOnlyList<string> OfTestnet { get; } =
        [Accepted, GenesisReady, BootnodesReady, NodesReady, ChainProgressing, Finalizing, UpToDate, RolloutProgressing, ApprovalRequired, ResetRequired, Resetting, Suspended, Ready];

    /// <summary>The conditions of a Testnet that are False while nothing is the matter; all others are True then.</summary>
    public static IReadOnlyList<string> FalseWhenWell { get; } = [RolloutProgressing, ApprovalRequired, ResetRequired, Resetting, Suspended];

    /// <summary>CanaryRollout, ChainReset: it goes on by itself.</summary>
    public const string Progressing = "Progressing";

    /// <summary>CanaryRollout: the image stays. ChainReset: the new chain finalizes. Unknown until it ends.</summary>
    public const string Succeeded = "Succeeded";

    /// <summary>The conditions of a CanaryRollout, in the order they are written.</summary>
    public static IReadOnlyList<string> OfCanaryRollout { get; } = [Progressing, ApprovalRequired, Succeeded];

    /// <summary>The conditions of a ChainReset, in the order they are written.</summary>
    public static IReadOnlyList<string> OfChainReset { get; } = [Progressing, Succeeded];

    /// <summary>The conditions of a BeaconNode, in the order they are written.</summary>
    public static IReadOnlyList<string> OfBeaconNode { get; } = [Accepted, Ready, Synced, Connected];
}
