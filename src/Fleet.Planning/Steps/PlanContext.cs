using System.Collections.Immutable;
using Beacon.Genesis;
using Fleet.Api;
using Fleet.Kubernetes.Models;
using Fleet.Planning.Children;
using Fleet.Planning.Recovery;

namespace Fleet.Planning.Steps;

/// <summary>What the steps of one decision have found out and decided so far.</summary>
internal sealed class PlanContext(TestnetObservation observation, DateTimeOffset now)
{
    private readonly ImmutableArray<PlanAction>.Builder _actions = ImmutableArray.CreateBuilder<PlanAction>();
    private readonly ImmutableArray<PlannedEvent>.Builder _deeds = ImmutableArray.CreateBuilder<PlannedEvent>();
    private TimeSpan? _lookAgainAfter;

    public TestnetObservation Observation { get; } = observation;

    public Testnet Testnet => Observation.Testnet;

    public DateTimeOffset Now { get; } = now;

    /// <summary>Verdicts by condition type.</summary>
    public Dictionary<string, Verdict> Verdicts { get; } = new(StringComparer.Ordinal);

    /// <summary>Image of the nodes: the wanted one at first, then the stable one; empty until accepted.</summary>
    public string Image { get; set; } = "";

    /// <summary>Images in use; null until the roll-outs have been looked at.</summary>
    public ImageStatus? Images { get; set; }

    /// <summary>The latest roll-out, running or ended.</summary>
    public CanaryRollout? Rollout { get; set; }

    /// <summary>The reset that is carried out; null: none.</summary>
    public ChainReset? Reset { get; set; }

    /// <summary>Record of the running iteration; null before it begins.</summary>
    public IterationRecord? Iteration { get; set; }

    /// <summary>Genesis time, once recorded.</summary>
    public DateTimeOffset? GenesisTime { get; set; }

    /// <summary>Manifest, once written.</summary>
    public NetworkManifest? Manifest { get; set; }

    /// <summary>Nodes that should exist, by name.</summary>
    public SortedDictionary<string, BeaconNode> Desired { get; } = new(StringComparer.Ordinal);

    /// <summary>Clock of the chain; null before the iteration begins.</summary>
    public ChainClock? Clock { get; set; }

    /// <summary>How the chain does; null before its genesis.</summary>
    public ChainHealth? Health { get; set; }

    /// <summary>What is remembered of an incident; null: nothing yet.</summary>
    public RecoveryHistory? History { get; set; }

    /// <summary>Whether a person has said why an image is to be changed although finality is lost.</summary>
    public bool IsEmergency => Health?.IsLeaking == true && Testnet.Metadata.Annotations?.GetValueOrDefault(Annotations.Emergency) is { Length: > 0 };

    /// <summary>Whether only what helps is done to the nodes: stake that votes is not to be taken from a chain that lacks it.</summary>
    public bool DoesNoHarm => Health?.IsLeaking == true && !IsEmergency;

    /// <summary>Events of the actions themselves.</summary>
    public ImmutableArray<PlannedEvent> Deeds => _deeds.ToImmutable();

    public ImmutableArray<PlanAction> Actions => _actions.ToImmutable();

    public TimeSpan? LookAgainAfter => _lookAgainAfter;

    public bool IsAccepted => Verdicts.TryGetValue(ConditionTypes.Accepted, out Verdict? verdict) && verdict.IsTrue;

    /// <summary>Whether the running iteration is being ended.</summary>
    public bool IsQuiet => ResetStep.IsQuiet(this);

    public void Do(PlanAction action) => _actions.Add(action);

    /// <summary>Has an event told once the actions are done.</summary>
    public void Tell(string type, string reason, string message) => _deeds.Add(new PlannedEvent(type, reason, message));

    /// <summary>Applies an object where it is missing or differs.</summary>
    public void Apply<T>(T desired, T? observed)
        where T : class, IKubernetesObject<T>
    {
        ObjectDiff.Stamped(desired);
        if (ObjectDiff.FirstDifference(desired, observed) is { } difference)
        {
            Do(new PlanAction.Apply(desired, observed, observed is null ? "it does not exist" : $"{difference} differs"));
        }
    }

    /// <summary>Time alone changes the decision at <paramref name="instant"/>.</summary>
    public void LookAgainAt(DateTimeOffset instant) => LookAgainIn(instant - Now);

    /// <summary>Time alone changes the decision after a while.</summary>
    public void LookAgainIn(TimeSpan delay)
    {
        delay = delay < TimeSpan.FromMilliseconds(20) ? TimeSpan.FromMilliseconds(20) : delay;
        _lookAgainAfter = _lookAgainAfter is { } earlier && earlier < delay ? earlier : delay;
    }

    /// <summary>The stored condition of a type.</summary>
    public Condition? Stored(string type) => Testnet.Status?.Conditions?.Find(condition => condition.Type == type);
}

/// <summary>How a step ended.</summary>
internal enum StepOutcome
{
    /// <summary>The next step may run.</summary>
    Continue,

    /// <summary>Nothing further can be decided before this pass's writes are done or something changes; health is judged all the same.</summary>
    Stop,
}

/// <summary>Slots and epochs of an iteration.</summary>
/// <param name="SlotDuration">Length of a slot.</param>
/// <param name="SlotsPerEpoch">Slots in an epoch.</param>
public sealed record ChainClock(TimeSpan SlotDuration, int SlotsPerEpoch)
{
    /// <summary>Length of an epoch.</summary>
    public TimeSpan EpochDuration => SlotDuration * SlotsPerEpoch;

    /// <summary>Clock of a preset and its configuration values.</summary>
    public static ChainClock Of(string preset, IReadOnlyDictionary<string, ConfigValue>? config)
    {
        bool mainnet = preset == "mainnet";
        double milliseconds = mainnet ? 12_000 : 6_000;
        if (config is not null && config.TryGetValue(Api.Validation.ConfigKeys.SlotDurationMs, out ConfigValue slot) && slot.TryGetUInt64(out ulong exact) && exact > 0)
        {
            milliseconds = exact;
        }
        else if (config is not null && config.TryGetValue(Api.Validation.ConfigKeys.SecondsPerSlot, out ConfigValue seconds) && seconds.TryGetUInt64(out ulong whole) && whole > 0)
        {
            milliseconds = whole * 1000.0;
        }

        return new ChainClock(TimeSpan.FromMilliseconds(milliseconds), mainnet ? 32 : 8);
    }

    /// <summary>Epoch of an instant; 0 before genesis.</summary>
    public long EpochAt(DateTimeOffset genesis, DateTimeOffset now) => now <= genesis ? 0 : (long)((now - genesis) / EpochDuration);
}
