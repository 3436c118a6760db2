using System.Collections.Immutable;
using Fleet.Api;
using Fleet.Kubernetes.Models;

namespace Fleet.Planning;

/// <summary>Events for transitions between two statuses, with the text of the condition that changed.</summary>
public static class Transitions
{
    private const string Normal = "Normal";
    private const string Warning = "Warning";

    /// <summary>Entering the reason of a condition causes the event. The order is that of the list.</summary>
    private static readonly ImmutableArray<(string Condition, string Reason, string Type, string Event)> OfTestnet =
    [
        (ConditionTypes.Accepted, Reasons.SpecInvalid, Warning, EventReasons.SpecInvalid),
        (ConditionTypes.Accepted, Reasons.ReferenceInvalid, Warning, EventReasons.SpecInvalid),
        (ConditionTypes.Accepted, Reasons.ProtocolIdConflict, Warning, EventReasons.ProtocolIdConflict),
        (ConditionTypes.Accepted, Reasons.StakeTooLow, Warning, EventReasons.StakeTooLow),
        (ConditionTypes.GenesisReady, Reasons.WaitingForNodes, Normal, EventReasons.GenesisGenerated),
        (ConditionTypes.GenesisReady, Reasons.GenesisVerified, Normal, EventReasons.GenesisVerified),
        (ConditionTypes.GenesisReady, Reasons.GenesisMismatch, Warning, EventReasons.GenesisMismatch),
        (ConditionTypes.GenesisReady, Reasons.StartTimeout, Warning, EventReasons.StartTimeout),
        (ConditionTypes.ChainProgressing, Reasons.ChainStalled, Warning, EventReasons.ChainStalled),
        (ConditionTypes.Finalizing, Reasons.FinalityLagging, Warning, EventReasons.FinalityLagging),
        (ConditionTypes.Finalizing, Reasons.FinalityLost, Warning, EventReasons.FinalityLost),
        (ConditionTypes.ApprovalRequired, Reasons.AwaitingApproval, Warning, EventReasons.CanaryAwaitingApproval),
        (ConditionTypes.RolloutProgressing, Reasons.ImageRejected, Warning, EventReasons.ImageRejected),
        (ConditionTypes.Resetting, Reasons.ResetUnderWay, Warning, EventReasons.ResetStarted),
        (ConditionTypes.Suspended, Reasons.SuspendRequested, Normal, EventReasons.Suspended),
    ];

    /// <summary>Events of a testnet.</summary>
    public static ImmutableArray<PlannedEvent> Of(TestnetStatus? before, TestnetStatus after)
    {
        var events = ImmutableArray.CreateBuilder<PlannedEvent>();
        foreach ((string type, string reason, string severity, string name) in OfTestnet)
        {
            if (Entered(before?.Conditions, after.Conditions, type, reason) is { } condition)
            {
                events.Add(new PlannedEvent(severity, name, condition.Message));
            }
        }

        if (Left(before?.Conditions, after.Conditions, ConditionTypes.ChainProgressing, Reasons.ChainStalled) is { IsTrue: true } resumed)
        {
            events.Add(new PlannedEvent(Normal, EventReasons.ChainResumed, resumed.Message));
        }

        Condition? finality = Find(before?.Conditions, ConditionTypes.Finalizing);
        if (finality?.Reason is Reasons.FinalityLagging or Reasons.FinalityWarning or Reasons.FinalityLost && Find(after.Conditions, ConditionTypes.Finalizing) is { IsTrue: true } restored)
        {
            events.Add(new PlannedEvent(Normal, EventReasons.FinalityRestored, restored.Message));
        }

        if (Find(before?.Conditions, ConditionTypes.ResetRequired) is not { IsTrue: true } && Find(after.Conditions, ConditionTypes.ResetRequired) is { IsTrue: true } beyondRepair)
        {
            events.Add(new PlannedEvent(Warning, EventReasons.ResetRequired, beyondRepair.Message));
        }

        if (Left(before?.Conditions, after.Conditions, ConditionTypes.Suspended, Reasons.SuspendRequested) is { } awake)
        {
            events.Add(new PlannedEvent(Normal, EventReasons.Resumed, awake.Message));
        }

        if (Left(before?.Conditions, after.Conditions, ConditionTypes.Resetting, Reasons.ResetUnderWay) is { } ended)
        {
            events.Add(ended.Reason == Reasons.ResetFailed
                ? new PlannedEvent(Warning, EventReasons.ResetFailed, ended.Message)
                : new PlannedEvent(Normal, EventReasons.ResetCompleted, ended.Message));
        }

        if (before?.Iteration == after.Iteration && before?.FinalizedEpoch is { } was && after.FinalizedEpoch is { } now && now < was)
        {
            events.Add(new PlannedEvent(Warning, EventReasons.FinalizedEpochDecreased, $"The finalized epoch went from {was} down to {now}, which must never happen."));
        }

        return events.ToImmutable();
    }

    /// <summary>Events of a node.</summary>
    public static ImmutableArray<PlannedEvent> Of(BeaconNodeStatus? before, BeaconNodeStatus after)
    {
        var events = ImmutableArray.CreateBuilder<PlannedEvent>();
        if (before is null)
        {
            events.Add(new PlannedEvent(Normal, EventReasons.NodeCreated, "The node's objects are being made."));
        }

        (string Condition, string Reason, string Type, string Event)[] table =
        [
            (ConditionTypes.Accepted, Reasons.SpecInvalid, Warning, EventReasons.SpecInvalid),
            (ConditionTypes.Accepted, Reasons.ReferenceInvalid, Warning, EventReasons.SpecInvalid),
            (ConditionTypes.Accepted, Reasons.KeysInUse, Warning, EventReasons.SpecInvalid),
            (ConditionTypes.Synced, Reasons.InSync, Normal, EventReasons.NodeSynced),
        ];
        foreach ((string type, string reason, string severity, string name) in table)
        {
            if (Entered(before?.Conditions, after.Conditions, type, reason) is { } condition)
            {
                events.Add(new PlannedEvent(severity, name, condition.Message));
            }
        }

        if (Find(before?.Conditions, ConditionTypes.Connected) is { IsTrue: true } && Entered(before?.Conditions, after.Conditions, ConditionTypes.Connected, Reasons.NoPeers) is { } alone)
        {
            events.Add(new PlannedEvent(Warning, EventReasons.NodeIsolated, alone.Message));
        }

        if (Find(before?.Conditions, ConditionTypes.Synced) is { IsTrue: true } && Entered(before?.Conditions, after.Conditions, ConditionTypes.Synced, Reasons.NodeSilent) is { } silent)
        {
            events.Add(new PlannedEvent(Warning, EventReasons.NodeStalled, silent.Message));
        }

        return events.ToImmutable();
    }

    private static Condition? Find(List<Condition>? conditions, string type) => conditions?.Find(condition => condition.Type == type);

    private static Condition? Entered(List<Condition>? before, List<Condition>? after, string type, string reason) =>
        Find(after, type) is { } now && now.Reason == reason && Find(before, type)?.Reason != reason ? now : null;

    private static Condition? Left(List<Condition>? before, List<Condition>? after, string type, string reason) =>
        Find(before, type)?.Reason == reason && Find(after, type) is { } now && now.Reason != reason ? now : null;
}

/// <summary>How much a status differs from the stored one.</summary>
public enum StatusChange
{
    /// <summary>Not at all: nothing is written.</summary>
    None,

    /// <summary>In progress fields and messages only: written now and then.</summary>
    Progress,

    /// <summary>In facts: written at once.</summary>
    Facts,
}

/// <summary>Compares statuses, so that only what matters is written at once.</summary>
public static class StatusComparison
{
    /// <summary>How a testnet's status changed.</summary>
    public static StatusChange Compare(TestnetStatus? stored, TestnetStatus now)
    {
        if (stored is not null && KubernetesJson.DeepEquals(stored, now, FleetApiJson.Context.TestnetStatus))
        {
            return StatusChange.None;
        }

        bool sameFacts = stored is not null
            && SameConditions(stored.Conditions, now.Conditions)
            && stored.ObservedGeneration == now.ObservedGeneration
            && stored.Phase == now.Phase
            && stored.Iteration == now.Iteration
            && stored.ProtocolId == now.ProtocolId
            && stored.GenesisTime == now.GenesisTime
            && stored.GenesisRoot == now.GenesisRoot
            && stored.ConfigHash == now.ConfigHash
            && stored.Nodes?.Summary == now.Nodes?.Summary
            && stored.Nodes?.Updated == now.Nodes?.Updated
            && stored.Images?.Stable == now.Images?.Stable
            && stored.Images?.LastGood == now.Images?.LastGood
            && stored.Images?.Canary == now.Images?.Canary
            && stored.Images?.Rejected?.Count == now.Images?.Rejected?.Count
            && stored.Rollout?.Name == now.Rollout?.Name
            && stored.Rollout?.Phase == now.Rollout?.Phase
            && stored.Rollout?.Score == now.Rollout?.Score
            && stored.ActiveReset == now.ActiveReset
            && stored.LastReset?.Name == now.LastReset?.Name;
        return sameFacts ? StatusChange.Progress : StatusChange.Facts;
    }

    /// <summary>How a node's status changed.</summary>
    public static StatusChange Compare(BeaconNodeStatus? stored, BeaconNodeStatus now)
    {
        if (stored is not null && KubernetesJson.DeepEquals(stored, now, FleetApiJson.Context.BeaconNodeStatus))
        {
            return StatusChange.None;
        }

        bool sameFacts = stored is not null
            && SameConditions(stored.Conditions, now.Conditions)
            && stored.ObservedGeneration == now.ObservedGeneration
            && stored.PodName == now.PodName
            && stored.PeerId == now.PeerId
            && stored.ImageID == now.ImageID
            && stored.Version == now.Version
            && stored.SignFromEpoch == now.SignFromEpoch
            && stored.Restarts == now.Restarts;
        return sameFacts ? StatusChange.Progress : StatusChange.Facts;
    }

    private static bool SameConditions(List<Condition>? left, List<Condition>? right) =>
        (left?.Count ?? 0) == (right?.Count ?? 0)
        && (left ?? []).Zip(right ?? []).All(pair =>
            pair.First.Type == pair.Second.Type
            && pair.First.Status == pair.Second.Status
            && pair.First.Reason == pair.Second.Reason
            && pair.First.ObservedGeneration == pair.Second.ObservedGeneration);
}
