using System.Collections.Immutable;
using System.Text.Json.Serialization.Metadata;
using Fleet.Api;
using Fleet.Kubernetes;
using Fleet.Kubernetes.Models;
using Fleet.Operator.Controllers;
using Fleet.Planning;

namespace Fleet.Operator.Execution;

/// <summary>Saves what phase a roll-out or a reset is in, and tells of it. Whoever acts on the phase is another controller, after it was saved.</summary>
internal sealed class PhaseWriter(OwnerChecks owners, TermFence fence, StatusWriter statuses, IEventRecorder events)
{
    /// <summary>Makes sure that the testnet has the spec that was decided from, and marks it with this term, before anything of it is written.</summary>
    /// <exception cref="KubernetesException">Conflict: the testnet has changed, or is gone.</exception>
    /// <exception cref="LeadershipLostException">A later term has begun.</exception>
    public async Task ClaimAsync(Testnet testnet, CancellationToken cancellationToken)
    {
        await owners.CheckIsCurrentAsync(testnet, cancellationToken);
        await fence.ClaimAsync(testnet, cancellationToken);
    }

    /// <summary>Writes the status at once when anything of it is news, and records the events once it is saved.</summary>
    /// <param name="about">The object as it was observed, which is the precondition.</param>
    /// <param name="testnet">Its testnet.</param>
    /// <param name="stored">The status that was observed; null: none yet.</param>
    /// <param name="status">The status that follows.</param>
    /// <param name="type">How it is written.</param>
    /// <param name="planned">Events of the change.</param>
    /// <param name="lookAgainAfter">When time alone changes the decision; null: only when something changes.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="KubernetesException">Conflict: the object or its testnet has changed since it was observed.</exception>
    public async Task<ReconcileResult> WriteAsync<T, TStatus>(
        T about, Testnet testnet, TStatus? stored, TStatus status, JsonTypeInfo<TStatus> type, ImmutableArray<PlannedEvent> planned, TimeSpan? lookAgainAfter, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<T>
        where TStatus : class
    {
        bool isNews = stored is null || !KubernetesJson.DeepEquals(stored, status, type);
        (bool written, TimeSpan? due) = await statuses.WriteAsync(
            about, ClaimedAsync, status, type, isNews ? StatusChange.Facts : StatusChange.None, TimeSpan.Zero, cancellationToken);
        if (written)
        {
            foreach (PlannedEvent item in planned)
            {
                events.Record(about, item.Type, item.Reason, item.Message);
            }
        }

        return Requeue.After(lookAgainAfter, due, complete: true);

        async Task<T> ClaimedAsync()
        {
            await ClaimAsync(testnet, cancellationToken);
            return about;
        }
    }
}
