namespace Fleet.Api;

/// <summary>Reasons of conditions. A reason names the cause; the message says it for people.</summary>
public static class Reasons
{
    /// <summary>Accepted: the spec is valid.</summary>
    public const string Valid = "Valid";

    /// <summary>Accepted: the spec breaks a rule; the message names the field.</summary>
    public const string SpecInvalid = "SpecInvalid";

    /// <summary>Accepted: an older Testnet has the same explicit protocol ID.</summary>
    public const string ProtocolIdConflict = "ProtocolIdConflict";

    /// <summary>Accepted: the scale-down would leave less than three quarters of the stake.</summary>
    public const string StakeTooLow = "StakeTooLow";

    /// <summary>Accepted: another BeaconNode of the testnet holds the same keys.</summary>
    public const string KeysInUse = "KeysInUse";

    /// <summary>Accepted: the testnet, Secret or field that is referred to does not exist or may not be used.</summary>
    public const string ReferenceInvalid = "ReferenceInvalid";

    /// <summary>The reason of everything that follows from a spec that was not accepted.</summary>
    public const string NotAccepted = "NotAccepted";

    /// <summary>GenesisReady: too few pods run for the genesis clock to start.</summary>
    public const string WaitingForPods = "WaitingForPods";

    /// <summary>GenesisReady: too few pods run, for longer than genesis.startTimeout.</summary>
    public const string StartTimeout = "StartTimeout";

    /// <summary>GenesisReady: the genesis time is fixed and the network files are being written.</summary>
    public const string GenesisScheduled = "GenesisScheduled";

    /// <summary>GenesisReady: the files are written; some nodes have not reported their genesis root yet.</summary>
    public const string WaitingForNodes = "WaitingForNodes";

    /// <summary>GenesisReady: a node reports another genesis root.</summary>
    public const string GenesisMismatch = "GenesisMismatch";

    /// <summary>GenesisReady: every node reports the same genesis root.</summary>
    public const string GenesisVerified = "GenesisVerified";

    /// <summary>GenesisReady: the recorded iteration cannot be rebuilt from what is left of its records.</summary>
    public const string GenesisLost = "GenesisLost";

    /// <summary>BootnodesReady, NodesReady: every pod is ready.</summary>
    public const string AllReady = "AllReady";

    /// <summary>BootnodesReady: the testnet runs none.</summary>
    public const string NoBootnodes = "NoBootnodes";

    /// <summary>BootnodesReady, NodesReady: some pods are not ready; the message names the first.</summary>
    public const string PodsNotReady = "PodsNotReady";

    /// <summary>Ready of a BeaconNode: the pod is ready.</summary>
    public const string PodReady = "PodReady";

    /// <summary>Ready of a BeaconNode: its volume is gone and has to be made anew first.</summary>
    public const string VolumeLost = "VolumeLost";

    /// <summary>NodesReady: keys Secrets are gone, and so is what they were derived from.</summary>
    public const string KeysLost = "KeysLost";

    /// <summary>NodesReady: clocks of nodes are a slot or more off.</summary>
    public const string ClockWrong = "ClockWrong";

    /// <summary>NodesReady: a node holds to be final what the others do not.</summary>
    public const string FinalityDisputed = "FinalityDisputed";

    /// <summary>ChainProgressing, Finalizing: the genesis time has not come.</summary>
    public const string BeforeGenesis = "BeforeGenesis";

    /// <summary>ChainProgressing: blocks arrive.</summary>
    public const string HeadAdvances = "HeadAdvances";

    /// <summary>ChainProgressing: no new head for longer than health.noBlockAfter.</summary>
    public const string ChainStalled = "ChainStalled";

    /// <summary>No node answers; nothing is known.</summary>
    public const string NoData = "NoData";

    /// <summary>Finalizing: no epoch is final yet and none is due.</summary>
    public const string BeforeFinality = "BeforeFinality";

    /// <summary>Finalizing: the finalized epoch follows the clock.</summary>
    public const string EpochsFinalize = "EpochsFinalize";

    /// <summary>Finalizing: more than five epochs behind the clock.</summary>
    public const string FinalityLagging = "FinalityLagging";

    /// <summary>Finalizing: at least health.finalityWarnEpochs behind the clock.</summary>
    public const string FinalityWarning = "FinalityWarning";

    /// <summary>Finalizing: more than health.finalityLostEpochs behind the clock.</summary>
    public const string FinalityLost = "FinalityLost";

    /// <summary>UpToDate: every pod is made from the current spec.</summary>
    public const string Current = "Current";

    /// <summary>UpToDate: edits of genesis or network wait for the next iteration.</summary>
    public const string PendingReset = "PendingReset";

    /// <summary>UpToDate: pods are being replaced, a few at a time.</summary>
    public const string RollingOut = "RollingOut";

    /// <summary>UpToDate: what differs waits until the chain finalizes, because only what helps is done before.</summary>
    public const string DoNoHarm = "DoNoHarm";

    /// <summary>ResetRequired: the chain is not beyond repair, as far as is known.</summary>
    public const string ResetNotRequired = "ResetNotRequired";

    /// <summary>Resetting: no reset is carried out.</summary>
    public const string NoReset = "NoReset";

    /// <summary>Resetting: the chain that the latest reset began does not finalize.</summary>
    public const string ResetFailed = "ResetFailed";

    /// <summary>Of everything that a reset interrupts: it is under way, as Resetting says.</summary>
    public const string ResetUnderWay = "ResetUnderWay";

    /// <summary>UpToDate: a new image is on its way, as RolloutProgressing says.</summary>
    public const string RolloutUnderWay = "RolloutUnderWay";

    /// <summary>RolloutProgressing: there is none.</summary>
    public const string NoRollout = "NoRollout";

    /// <summary>RolloutProgressing, UpToDate: the image of the spec was refused; the nodes run another.</summary>
    public const string ImageRejected = "ImageRejected";

    /// <summary>ApprovalRequired: a person is asked.</summary>
    public const string AwaitingApproval = "AwaitingApproval";

    /// <summary>ApprovalRequired: nobody is.</summary>
    public const string NothingToDecide = "NothingToDecide";

    /// <summary>Suspended: spec.suspend is set.</summary>
    public const string SuspendRequested = "SuspendRequested";

    /// <summary>Suspended: it is not.</summary>
    public const string NotSuspended = "NotSuspended";

    /// <summary>Ready: all is well.</summary>
    public const string Healthy = "Healthy";

    /// <summary>Synced: the node has what its peers have.</summary>
    public const string InSync = "InSync";

    /// <summary>Synced: the node is catching up.</summary>
    public const string CatchingUp = "CatchingUp";

    /// <summary>Connected: the node has peers.</summary>
    public const string HasPeers = "HasPeers";

    /// <summary>Connected: the node has no peer although the testnet has other nodes.</summary>
    public const string NoPeers = "NoPeers";

    /// <summary>The node answers but its state is not known yet.</summary>
    public const string NodeSilent = "NodeSilent";

    /// <summary>The node is alone in its testnet, or does not follow the chain, so the condition has no meaning.</summary>
    public const string NotApplicable = "NotApplicable";
}

/// <summary>Reasons of events; one event per transition, after the status is saved.</summary>
public static class EventReasons
{
    /// <summary>The network files of an iteration were written.</summary>
    public const string GenesisGenerated = "GenesisGenerated";

    /// <summary>Every node reports the same genesis.</summary>
    public const string GenesisVerified = "GenesisVerified";

    /// <summary>A node reports another genesis.</summary>
    public const string GenesisMismatch = "GenesisMismatch";

    /// <summary>A BeaconNode was made.</summary>
    public const string NodeCreated = "NodeCreated";

    /// <summary>A node caught up.</summary>
    public const string NodeSynced = "NodeSynced";

    /// <summary>A node stopped answering or its head stands still while others move.</summary>
    public const string NodeStalled = "NodeStalled";

    /// <summary>A node lost all its peers.</summary>
    public const string NodeIsolated = "NodeIsolated";

    /// <summary>The head of the chain stands still.</summary>
    public const string ChainStalled = "ChainStalled";

    /// <summary>The head of the chain moves again.</summary>
    public const string ChainResumed = "ChainResumed";

    /// <summary>Finality is behind.</summary>
    public const string FinalityLagging = "FinalityLagging";

    /// <summary>Finality follows the clock again.</summary>
    public const string FinalityRestored = "FinalityRestored";

    /// <summary>Finality is behind by more than health.finalityLostEpochs.</summary>
    public const string FinalityLost = "FinalityLost";

    /// <summary>The finalized epoch went down, which must never happen.</summary>
    public const string FinalizedEpochDecreased = "FinalizedEpochDecreased";

    /// <summary>An older Testnet has the same protocol ID.</summary>
    public const string ProtocolIdConflict = "ProtocolIdConflict";

    /// <summary>The spec breaks a rule.</summary>
    public const string SpecInvalid = "SpecInvalid";

    /// <summary>A scale-down was refused.</summary>
    public const string StakeTooLow = "StakeTooLow";

    /// <summary>A pod was deleted so that its replacement runs the current template.</summary>
    public const string PodReplaced = "PodReplaced";

    /// <summary>A step to repair a chain without finality was taken for a node.</summary>
    public const string RepairAttempted = "RepairAttempted";

    /// <summary>Something that has to be written is refused, and stays so until a person does something.</summary>
    public const string WriteRefused = "WriteRefused";

    /// <summary>Baseline and canary restart, the canary with the new image.</summary>
    public const string CanaryStarted = "CanaryStarted";

    /// <summary>Both are in sync; their comparison begins.</summary>
    public const string CanaryWarmedUp = "CanaryWarmedUp";

    /// <summary>The verdict is given.</summary>
    public const string CanaryScored = "CanaryScored";

    /// <summary>The score is high enough to go on without a person.</summary>
    public const string CanaryAutoApproved = "CanaryAutoApproved";

    /// <summary>A person is asked.</summary>
    public const string CanaryAwaitingApproval = "CanaryAwaitingApproval";

    /// <summary>A person approved.</summary>
    public const string CanaryApproved = "CanaryApproved";

    /// <summary>A person rejected.</summary>
    public const string CanaryRejected = "CanaryRejected";

    /// <summary>The roll-out ended on the pair.</summary>
    public const string CanaryStopped = "CanaryStopped";

    /// <summary>Something newer was wanted.</summary>
    public const string CanarySuperseded = "CanarySuperseded";

    /// <summary>The nodes of a wave run the new image, and the chain finalizes.</summary>
    public const string WavePromoted = "WavePromoted";

    /// <summary>The image did not last.</summary>
    public const string BakeFailed = "BakeFailed";

    /// <summary>The nodes go back to the image before.</summary>
    public const string RolledBack = "RolledBack";

    /// <summary>The image stays.</summary>
    public const string RolloutSucceeded = "RolloutSucceeded";

    /// <summary>The image of the spec was refused and is not tried again by itself.</summary>
    public const string ImageRejected = "ImageRejected";

    /// <summary>The chain is beyond repair.</summary>
    public const string ResetRequired = "ResetRequired";

    /// <summary>The chain is ended, and another iteration of it will begin.</summary>
    public const string ResetStarted = "ResetStarted";

    /// <summary>The new iteration finalizes.</summary>
    public const string ResetCompleted = "ResetCompleted";

    /// <summary>A reset was not carried out.</summary>
    public const string ResetSuppressed = "ResetSuppressed";

    /// <summary>The new iteration does not finalize.</summary>
    public const string ResetFailed = "ResetFailed";

    /// <summary>The genesis clock could not start in time.</summary>
    public const string StartTimeout = "StartTimeout";

    /// <summary>The testnet was scaled to zero on request.</summary>
    public const string Suspended = "Suspended";

    /// <summary>The testnet runs again.</summary>
    public const string Resumed = "Resumed";
}
