using System.Collections.Immutable;
using Fleet.Api;
using Fleet.Kubernetes.Models;
using Fleet.Planning.Recovery;

namespace Fleet.Planning;

/// <summary>One write, decided but not done. Carried out in order.</summary>
/// <param name="Why">Why, for logs.</param>
public abstract record PlanAction(string Why)
{
    /// <summary>Whether something goes that does not come back by itself; not done before everything known is fresh.</summary>
    public bool IsDestructive => this is Delete or ReplacePod;

    /// <summary>Makes an object hold exactly what the operator wants: creates it, or applies it over the one that was observed and no other.</summary>
    /// <param name="Object">What is wanted.</param>
    /// <param name="Observed">What the decision was made from, which is the precondition; null: there was none.</param>
    /// <param name="Why">Why, for logs.</param>
    public sealed record Apply(IKubernetesObject Object, IKubernetesObject? Observed, string Why) : PlanAction(Why);

    /// <summary>Creates an immutable object; one that exists already is left alone.</summary>
    public sealed record Create(IKubernetesObject Object, string Why) : PlanAction(Why);

    /// <summary>Deletes exactly the object that was observed (UID and version are preconditions).</summary>
    public sealed record Delete(IKubernetesObject Object, string Why) : PlanAction(Why);

    /// <summary>Generates a mnemonic and stores it, unless the Secret exists.</summary>
    public sealed record EnsureMnemonic(Secret Shell, string Why) : PlanAction(Why);

    /// <summary>Generates a libp2p identity and stores it, unless the Secret exists.</summary>
    public sealed record EnsureIdentity(Secret Shell, string Why) : PlanAction(Why);

    /// <summary>Derives keystores of a range of an iteration and stores them, unless the Secret exists.</summary>
    public sealed record EnsureKeys(Secret Shell, KeyRange Range, IterationRecord Iteration, string Why) : PlanAction(Why);

    /// <summary>Computes the genesis of an iteration and stores its files, the manifest last.</summary>
    public sealed record WriteGenesis(IterationRecord Iteration, DateTimeOffset GenesisTime, string? ExpectedRoot, string Why) : PlanAction(Why);

    /// <summary>Notes on a pod which genesis it should have. Its kubelet then looks at the pod's volumes at once, and otherwise only every minute or two.</summary>
    /// <param name="Pod">The pod that was observed, which is the precondition.</param>
    /// <param name="GenesisRoot">Value of <see cref="Annotations.Network"/>.</param>
    /// <param name="Why">Why, for logs.</param>
    public sealed record RefreshPod(Pod Pod, string GenesisRoot, string Why) : PlanAction(Why);

    /// <summary>Evicts nothing and forces nothing: an ordinary deletion of a pod, so that its replacement has the current template.</summary>
    /// <param name="Pod">Exactly this one (UID and version are preconditions).</param>
    /// <param name="Why">Why, for logs.</param>
    /// <param name="ComparedWith">The StatefulSet whose template the pod was found not to have; null: that is not why.</param>
    public sealed record ReplacePod(Pod Pod, string Why, StatefulSet? ComparedWith = null) : PlanAction(Why);
}

/// <summary>An event to be recorded once the status is saved.</summary>
/// <param name="Type">Normal or Warning.</param>
/// <param name="Reason">See <see cref="EventReasons"/>.</param>
/// <param name="Message">The same text as the condition's.</param>
public sealed record PlannedEvent(string Type, string Reason, string Message);

/// <summary>What to do about a testnet and what to say of it.</summary>
/// <param name="Actions">Writes, in order.</param>
/// <param name="Status">The status that follows from the observation.</param>
/// <param name="Events">Transitions since the stored status.</param>
/// <param name="LookAgainAfter">When time alone changes the decision; null: only when something changes.</param>
public sealed record TestnetPlan(ImmutableArray<PlanAction> Actions, TestnetStatus Status, ImmutableArray<PlannedEvent> Events, TimeSpan? LookAgainAfter)
{
    /// <summary>The roll-out that the images follow from; null: there is none.</summary>
    public CanaryRollout? DecidedFrom { get; init; }

    /// <summary>The reset that is carried out; null: there is none.</summary>
    public ChainReset? Reset { get; init; }

    /// <summary>What the next decision remembers, once the actions are done; null: what it remembered before.</summary>
    public RecoveryHistory? History { get; init; }

    /// <summary>Events of the actions themselves, told once these are done.</summary>
    public ImmutableArray<PlannedEvent> Deeds { get; init; } = [];
}

/// <summary>What to do about a node and what to say of it.</summary>
/// <inheritdoc cref="TestnetPlan"/>
public sealed record NodePlan(ImmutableArray<PlanAction> Actions, BeaconNodeStatus Status, ImmutableArray<PlannedEvent> Events, TimeSpan? LookAgainAfter);

/// <summary>What a check says: the same reason and message go to the condition, the event and the log.</summary>
/// <param name="Status">True, False or Unknown.</param>
/// <param name="Reason">See <see cref="Reasons"/>.</param>
/// <param name="Message">One sentence.</param>
public sealed record Verdict(string Status, string Reason, string Message)
{
    /// <summary>The condition holds.</summary>
    public static Verdict Yes(string reason, string message) => new(ConditionStatuses.True, reason, message);

    /// <summary>It does not.</summary>
    public static Verdict No(string reason, string message) => new(ConditionStatuses.False, reason, message);

    /// <summary>Nobody knows.</summary>
    public static Verdict Unknown(string reason, string message) => new(ConditionStatuses.Unknown, reason, message);

    /// <summary>Whether the condition holds.</summary>
    public bool IsTrue => Status == ConditionStatuses.True;
}
