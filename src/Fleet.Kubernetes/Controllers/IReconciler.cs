using Fleet.Kubernetes.Models;

namespace Fleet.Kubernetes;

/// <summary>Brings one object nearer to its declared state. Gets a name, not an event; the same pass twice must do no harm.</summary>
public interface IReconciler
{
    /// <summary>One pass.</summary>
    Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellationToken);
}

/// <summary>How a pass ended, short of an exception.</summary>
public abstract record ReconcileResult
{
    private ReconcileResult()
    {
    }

    /// <summary>Nothing is left to do until something changes.</summary>
    public static ReconcileResult Done { get; } = new Success();

    /// <summary>Something has to happen first, and nobody will tell: look again after a while.</summary>
    public static ReconcileResult WaitFor(string reason, TimeSpan after) => new Waiting(reason, after);

    /// <summary>The declared state makes no sense: trying again is of no use until it changes.</summary>
    public static ReconcileResult Invalid(string reason) => new Rejected(reason);

    /// <inheritdoc cref="Done"/>
    public sealed record Success : ReconcileResult;

    /// <inheritdoc cref="WaitFor"/>
    public sealed record Waiting(string Reason, TimeSpan After) : ReconcileResult;

    /// <inheritdoc cref="Invalid"/>
    public sealed record Rejected(string Reason) : ReconcileResult;
}

/// <summary>When a key comes again.</summary>
/// <param name="Outcome">For logs and tests: success, waiting, invalid, conflict, deposed, throttled, unreachable or error.</param>
/// <param name="After">After this time; null: per-key exponential backoff, or never when <paramref name="IsFailure"/> is false.</param>
/// <param name="IsFailure">Whether it counts as a failure of the key.</param>
public readonly record struct RequeueDecision(string Outcome, TimeSpan? After, bool IsFailure)
{
    /// <summary>The result as controller-runtime's metrics name it.</summary>
    public string Result => Outcome switch
    {
        "success" => "success",
        "waiting" => "requeue_after",
        "conflict" or "deposed" => "requeue",
        _ => "error",
    };
}

/// <summary>The one place that turns outcomes into requeues.</summary>
public static class RequeuePolicy
{
    /// <summary>A conflict is no error: the store will hold the newer object in a moment.</summary>
    public static readonly TimeSpan ConflictDelay = TimeSpan.FromMilliseconds(200);

    /// <summary>Nothing may be written any more; the controller is about to be stopped, or the lease will be confirmed in a moment.</summary>
    public static readonly TimeSpan DeposedDelay = TimeSpan.FromSeconds(1);

    /// <summary>What follows a pass that returned.</summary>
    /// <param name="safetyResync">After this time a steady object is looked at again in any case.</param>
    public static RequeueDecision After(ReconcileResult result, TimeSpan safetyResync) => result switch
    {
        ReconcileResult.Waiting waiting => new RequeueDecision("waiting", waiting.After, false),
        ReconcileResult.Rejected => new RequeueDecision("invalid", null, false),
        _ => new RequeueDecision("success", safetyResync > TimeSpan.Zero ? safetyResync : null, false),
    };

    /// <summary>What follows a pass that threw.</summary>
    public static RequeueDecision After(Exception exception) => exception switch
    {
        LeadershipLostException => new RequeueDecision("deposed", DeposedDelay, false),
        KubernetesConnectionException => new RequeueDecision("unreachable", null, true),
        KubernetesException { IsConflict: true } => new RequeueDecision("conflict", ConflictDelay, false),
        KubernetesException { Code: 429 } => new RequeueDecision("throttled", null, true),
        _ => new RequeueDecision("error", null, true),
    };
}
