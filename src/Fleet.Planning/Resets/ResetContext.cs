using Fleet.Api;
using Fleet.Planning.Steps;

namespace Fleet.Planning.Resets;

/// <summary>What one decision about a reset is made from and has come to.</summary>
internal sealed class ResetContext
{
    private readonly ChainResetStatus _stored;
    private TimeSpan? _lookAgainAfter;

    public ResetContext(ResetObservation observation, DateTimeOffset now)
    {
        Observation = observation;
        Now = now;
        Chain = new PlanContext(observation.World, now);
        IterationStep.Run(Chain);
        Facts = ChainFacts.Of(Chain);
        _stored = observation.Reset.Status ?? new ChainResetStatus();
        Status = _stored.Copy();
        Status.ObservedGeneration = observation.Reset.Metadata.Generation;
    }

    public ResetObservation Observation { get; }

    public DateTimeOffset Now { get; }

    public ChainReset Reset => Observation.Reset;

    public string Name => Reset.Metadata.Name!;

    public TestnetObservation World => Observation.World;

    public Testnet Testnet => World.Testnet;

    /// <summary>The iteration that runs, as far as its records say.</summary>
    public PlanContext Chain { get; }

    public IterationRecord? Iteration => Chain.Iteration;

    /// <summary>What the nodes of that iteration say.</summary>
    public ChainFacts Facts { get; }

    /// <summary>The status as it becomes.</summary>
    public ChainResetStatus Status { get; }

    /// <summary>Phase before this decision; null: not taken yet.</summary>
    public string? Phase => _stored.Phase;

    /// <summary>Whether the testnet carries out this one.</summary>
    public bool IsTaken => Testnet.Status?.ActiveReset == Name;

    /// <summary>What is to be kept before the status says so.</summary>
    public ResetEvidence? Evidence { get; set; }

    public TimeSpan? LookAgainAfter => _lookAgainAfter;

    /// <summary>When a phase began; now, if it did not yet.</summary>
    public DateTimeOffset Since(string phase) => Status.Timings?.Find(timing => timing.Phase == phase)?.At ?? Now;

    public void LookAgainIn(TimeSpan delay) => _lookAgainAfter = _lookAgainAfter is { } earlier && earlier < delay ? earlier : delay;

    /// <summary>Goes over to a phase, or says something else of the same one.</summary>
    public void Become(Move move)
    {
        if (move.Phase != Phase && move.Phase.Length > 0)
        {
            Status.Timings = [.. Status.Timings ?? [], new ResetTiming { Phase = move.Phase, At = Microseconds(Now) }];
        }

        Status.Phase = move.Phase.Length > 0 ? move.Phase : null;
        Status.Reason = move.Reason;
        Status.Message = move.Message.Length > 1024 ? move.Message[..1023] + "…" : move.Message;
    }

    /// <summary>Stored times have microseconds; what is stored is what is decided by.</summary>
    private static DateTimeOffset Microseconds(DateTimeOffset time) => new(time.Ticks - (time.Ticks % TimeSpan.TicksPerMicrosecond), time.Offset);
}
