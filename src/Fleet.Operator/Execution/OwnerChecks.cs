using Fleet.Api;
using Fleet.Kubernetes;
using Fleet.Kubernetes.Models;

namespace Fleet.Operator.Execution;

/// <summary>Asks the API server itself whether a testnet or node still is what a decision was made from. The local copies come from lists that may lag, each by itself.</summary>
internal sealed class OwnerChecks(IKubernetesClient client, RecentReads reads)
{
    /// <summary>
    /// Nothing is done on the word of an older spec. What is written has its own version as a precondition only: without this a pod could end because its node was
    /// suspended yesterday, and a roll-out because another image was wanted before it.
    /// </summary>
    /// <param name="decidedFrom">A testnet or a node, as it was when something was decided.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="KubernetesException">Conflict: it has changed, or is gone or going.</exception>
    public async Task CheckIsCurrentAsync(IKubernetesObject decidedFrom, CancellationToken cancellationToken)
    {
        if (reads.IsCurrent(decidedFrom))
        {
            return;
        }

        bool isTestnet = decidedFrom is Testnet;
        var key = ObjectKey.Of(decidedFrom);
        IKubernetesObject? live = await FindAsync(isTestnet, key, cancellationToken);
        if (live?.Metadata.Uid != decidedFrom.Metadata.Uid || live?.Metadata.DeletionTimestamp is not null)
        {
            throw Ownership.Gone(isTestnet ? Testnet.Resource.Kind : BeaconNode.Resource.Kind, key);
        }

        if (live?.Metadata.Generation != decidedFrom.Metadata.Generation)
        {
            throw Ownership.LookAgain(live!, "has changed");
        }
    }

    /// <summary>
    /// Nothing is made for an owner that is gone at the server and still in the local copy: a pod would run, with keys, until it is collected.
    /// </summary>
    /// <param name="owner">Reference to a testnet or a node.</param>
    /// <param name="namespace">Where it is.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="KubernetesException">Conflict: the owner is gone or going.</exception>
    public async Task CheckLivesAsync(OwnerReference owner, string @namespace, CancellationToken cancellationToken)
    {
        if (reads.Lives(owner.Uid))
        {
            return;
        }

        var key = new ObjectKey(@namespace, owner.Name);
        IKubernetesObject? live = await FindAsync(owner.Kind == Testnet.Resource.Kind, key, cancellationToken);
        if (live?.Metadata.Uid != owner.Uid || live.Metadata.DeletionTimestamp is not null)
        {
            throw Ownership.Gone(owner.Kind, key);
        }
    }

    private async Task<IKubernetesObject?> FindAsync(bool isTestnet, ObjectKey key, CancellationToken cancellationToken) =>
        isTestnet
            ? await reads.AskAsync(() => client.FindAsync<Testnet>(key, cancellationToken))
            : await reads.AskAsync(() => client.FindAsync<BeaconNode>(key, cancellationToken));
}
