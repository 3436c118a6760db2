using Fleet.Api;
using Fleet.Kubernetes.Models;
using Fleet.Planning.Canary.Report;
using Fleet.Planning.Steps;

namespace Fleet.Planning.Rollouts;

/// <summary>What one decision about a roll-out is made from and has come to.</summary>
internal sealed class RolloutContext
{
    private readonly PlanContext _chain;
    private readonly CanaryRolloutStatus _stored;
    private TimeSpan? _lookAgainAfter;

    public RolloutContext(RolloutObservation observation, DateTimeOffset now)
    {
        Observation = observation;
        Now = now;
        _chain = new PlanContext(observation.World, now);
        IterationStep.Run(_chain);
        _stored = observation.Rollout.Status ?? new CanaryRolloutStatus();
        Status = _stored.Copy();
        Status.ObservedGeneration = observation.Rollout.Metadata.Generation;
        Status.Phase ??= RolloutPhases.Pending;
        Facts = ChainFacts.Of(_chain, outsidePair: true);
        Timing = RolloutTiming.Of(Testnet.Spec.Rollout, Clock);
    }

    public RolloutObservation Observation { get; }

    public DateTimeOffset Now { get; }

    public CanaryRollout Rollout => Observation.Rollout;

    public TestnetObservation World => Observation.World;

    public Testnet Testnet => World.Testnet;

    public RolloutSpec Spec => Testnet.Spec.Rollout;

    public PairFacts? Pair => Observation.Pair;

    /// <summary>The status as it becomes.</summary>
    public CanaryRolloutStatus Status { get; }

    /// <summary>Phase before this decision.</summary>
    public string Phase => _stored.Phase ?? RolloutPhases.Pending;

    public ChainClock Clock => _chain.Clock ?? ChainClock.Of(Testnet.Spec.Network.Preset, Testnet.Spec.Network.Config);

    public RolloutTiming Timing { get; }

    /// <summary>What the nodes outside the pair say of the chain.</summary>
    public ChainFacts Facts { get; }

    /// <summary>The running iteration; null when its record is gone.</summary>
    public IterationRecord? Iteration => _chain.Iteration;

    public string? GenesisRoot => _chain.Manifest?.GenesisRoot;

    /// <summary>Epochs that finality is behind the clock, as the nodes outside the pair see it; null: nobody says.</summary>
    public long? FinalityLag => _chain.GenesisTime is { } genesis && Facts.FinalizedEpoch is { } finalized ? Math.Max(0, Clock.EpochAt(genesis, Now) - finalized) : null;

    /// <summary>Whether a person has said why an image is to be changed although finality is lost.</summary>
    public bool IsEmergency => FinalityLag > HealthStep.LeakLag && Testnet.Metadata.Annotations?.GetValueOrDefault(Annotations.Emergency) is { Length: > 0 };

    /// <summary>The image that the testnet wants now.</summary>
    public string? Wanted => Testnet.Spec.Image is { Length: > 0 } own ? own : World.Settings.BeaconImage;

    public string Baseline => Names.PairNode(World.Name, NodeRoles.Baseline);

    public string Canary => Names.PairNode(World.Name, NodeRoles.Canary);

    /// <summary>What a verdict of this pass was made of.</summary>
    public VerdictReport? Evidence { get; set; }

    public TimeSpan? LookAgainAfter => _lookAgainAfter;

    public Pod? PodOf(string node) => World.Pods.GetValueOrDefault(Names.Pod(node));

    /// <summary>The nodes of the current wave, or of all waves.</summary>
    public IEnumerable<string> Promoted() => Waves.Nodes(Testnet, Phase == RolloutPhases.Promoting ? Status.Waves?.Current ?? 1 : int.MaxValue);

    public void LookAgainIn(TimeSpan delay)
    {
        delay = delay < TimeSpan.FromMilliseconds(20) ? TimeSpan.FromMilliseconds(20) : delay;
        _lookAgainAfter = _lookAgainAfter is { } earlier && earlier < delay ? earlier : delay;
    }

    /// <summary>Goes over to a phase, or says something else of the same one.</summary>
    public void Become(Move move)
    {
        if (move.Phase != Phase)
        {
            Status.PhaseSince = Seconds(Now);
            Status.EndedAt = RolloutPhases.IsEnd(move.Phase) ? Seconds(Now) : null;
        }

        Status.Phase = move.Phase;
        Status.Reason = move.Reason;
        Status.Message = move.Message.Length > 1024 ? move.Message[..1023] + "…" : move.Message;
    }

    /// <summary>Stored times have whole seconds; what is stored is what is decided by.</summary>
    public static DateTimeOffset Seconds(DateTimeOffset time) => DateTimeOffset.FromUnixTimeSeconds(time.ToUnixTimeSeconds());
}
