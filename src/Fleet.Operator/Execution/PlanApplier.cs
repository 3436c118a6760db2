using Fleet.Api;
using Fleet.Kubernetes;
using Fleet.Kubernetes.Models;
using Fleet.Planning;
using Microsoft.Extensions.Logging;

namespace Fleet.Operator.Execution;

/// <summary>Carries out the writes of a plan, in order.</summary>
internal sealed partial class PlanApplier(
    IKubernetesClient client, SecretKeeper secrets, IterationWriter iterations, OwnerChecks owners, RecentReads reads, Func<bool> isFresh, ILogger logger)
{
    private readonly ChildWriter _children = new(client);

    /// <summary>Carries out the actions of a plan, in order, up to the first destructive one that would act on stale knowledge.</summary>
    /// <inheritdoc cref="RunAsync" path="/param"/>
    /// <param name="actions">What to do; something.</param>
    /// <param name="decidedFrom">The testnet or node, as it was when this was decided.</param>
    /// <param name="rollout">The roll-out that the images follow from; null: there is none.</param>
    /// <param name="reset">The reset that is carried out; null: there is none.</param>
    /// <returns>Whether all was done.</returns>
    /// <exception cref="KubernetesException">Conflict: what this was decided from has changed, or is gone.</exception>
    public async Task<bool> RunAllAsync(
        IEnumerable<PlanAction> actions,
        IKubernetesObject decidedFrom,
        Testnet testnet,
        CanaryRollout? rollout,
        ChainReset? reset,
        CancellationToken cancellationToken)
    {
        await owners.CheckIsCurrentAsync(decidedFrom, cancellationToken);
        if (rollout is not null)
        {
            await CheckIsCurrentAsync(rollout, cancellationToken);
        }

        if (reset is not null)
        {
            await CheckIsCurrentAsync(reset, cancellationToken);
        }

        foreach (PlanAction action in actions)
        {
            if (action.IsDestructive && !isFresh())
            {
                LogPostponed(logger, ObjectKey.Of(testnet), action.Why);
                return false;
            }

            if (Born(action) is { } child)
            {
                OwnerReference owner = child.Metadata.OwnerReferences?.Find(reference => reference.Controller == true) ?? OwnerReference.To(testnet);
                if (owner.Uid != decidedFrom.Metadata.Uid)
                {
                    await owners.CheckLivesAsync(owner, child.Metadata.Namespace!, cancellationToken);
                }
            }

            await RunAsync(action, testnet, cancellationToken);
        }

        return true;
    }

    /// <summary>
    /// A genesis that a status names binds for ever: from then on no other is begun. The local copies may be of a server that was set back since, so before a
    /// genesis is told for the first time its files are read from the server.
    /// </summary>
    /// <exception cref="KubernetesException">Conflict: the server does not hold the files of that genesis.</exception>
    public async Task CheckGenesisAsync(Testnet testnet, TestnetStatus status, CancellationToken cancellationToken)
    {
        bool isTold = testnet.Status?.Iteration == status.Iteration && testnet.Status?.GenesisRoot == status.GenesisRoot;
        if (status is not { GenesisRoot: { Length: > 0 } root, Iteration: { } iteration } || isTold)
        {
            return;
        }

        var key = new ObjectKey(testnet.Metadata.Namespace!, Names.Network(testnet.Metadata.Name!, iteration));
        ConfigMap? live = await client.FindAsync<ConfigMap>(key, cancellationToken);
        if (NetworkManifests.Read(live?.Data)?.GenesisRoot != root)
        {
            throw Ownership.Gone(ConfigMap.Resource.Kind, key);
        }
    }

    /// <summary>Carries out one action.</summary>
    /// <param name="action">What to do.</param>
    /// <param name="testnet">The testnet it belongs to.</param>
    /// <param name="cancellationToken">Stops between requests.</param>
    public async Task RunAsync(PlanAction action, Testnet testnet, CancellationToken cancellationToken)
    {
        switch (action)
        {
            case PlanAction.Apply apply:
                LogApply(logger, apply.Object.Kind ?? apply.Object.GetType().Name, ObjectKey.Of(apply.Object), apply.Why);
                await ApplyAsync(apply, testnet, cancellationToken);
                break;
            case PlanAction.Create create:
                LogCreate(logger, create.Object.Kind ?? create.Object.GetType().Name, ObjectKey.Of(create.Object), create.Why);
                await CreateAsync(create.Object, cancellationToken);
                break;
            case PlanAction.Delete delete:
                LogDelete(logger, delete.Object.Kind ?? delete.Object.GetType().Name, ObjectKey.Of(delete.Object), delete.Why);
                await DeleteAsync(delete.Object, cancellationToken);
                break;
            case PlanAction.RefreshPod refresh:
                LogApply(logger, nameof(Pod), ObjectKey.Of(refresh.Pod), refresh.Why);
                await _children.AnnotateAsync(refresh.Pod, Annotations.Network, refresh.GenesisRoot, cancellationToken);
                break;
            case PlanAction.ReplacePod replace:
                if (replace.ComparedWith is { } set)
                {
                    await CheckIsCurrentAsync(set, cancellationToken);
                }

                LogDelete(logger, nameof(Pod), ObjectKey.Of(replace.Pod), replace.Why);
                await client.DeleteAsync(replace.Pod, sameVersion: true, propagationPolicy: null, cancellationToken);
                break;
            case PlanAction.EnsureMnemonic mnemonic:
                LogCreate(logger, nameof(Secret), ObjectKey.Of(mnemonic.Shell), mnemonic.Why);
                await secrets.EnsureMnemonicAsync(mnemonic.Shell, cancellationToken);
                break;
            case PlanAction.EnsureIdentity identity:
                LogCreate(logger, nameof(Secret), ObjectKey.Of(identity.Shell), identity.Why);
                await secrets.EnsureIdentityAsync(identity.Shell, cancellationToken);
                break;
            case PlanAction.EnsureKeys keys:
                LogCreate(logger, nameof(Secret), ObjectKey.Of(keys.Shell), keys.Why);
                await iterations.WriteKeysAsync(keys, cancellationToken);
                break;
            case PlanAction.WriteGenesis genesis:
                LogGenesis(logger, ObjectKey.Of(testnet), genesis.Iteration.Iteration, genesis.GenesisTime, genesis.Why);
                await iterations.WriteGenesisAsync(genesis, testnet, cancellationToken);
                break;
            default:
                throw new InvalidOperationException($"unknown action {action.GetType().Name}");
        }
    }

    /// <summary>A wave is not begun on the word of a roll-out that was stopped since.</summary>
    private async Task CheckIsCurrentAsync(CanaryRollout local, CancellationToken cancellationToken)
    {
        CanaryRollout? live = await client.FindAsync<CanaryRollout>(ObjectKey.Of(local), cancellationToken);
        if (live?.Metadata.Uid != local.Metadata.Uid)
        {
            throw Ownership.Gone(CanaryRollout.Resource.Kind, ObjectKey.Of(local));
        }

        if (live!.Status?.Phase != local.Status?.Phase || live.Status?.Waves?.Current != local.Status?.Waves?.Current)
        {
            throw Ownership.LookAgain(live, "has changed");
        }
    }

    /// <summary>No chain is ended, and none begun, on the word of a reset that has gone on since.</summary>
    private async Task CheckIsCurrentAsync(ChainReset local, CancellationToken cancellationToken)
    {
        ChainReset? live = await client.FindAsync<ChainReset>(ObjectKey.Of(local), cancellationToken);
        if (live?.Metadata.Uid != local.Metadata.Uid)
        {
            throw Ownership.Gone(ChainReset.Resource.Kind, ObjectKey.Of(local));
        }

        if (live!.Status?.Phase != local.Status?.Phase)
        {
            throw Ownership.LookAgain(live, "has changed");
        }
    }

    /// <summary>A pod may be known before the template that it was made from, and is not the outdated one of the two.</summary>
    private async Task CheckIsCurrentAsync(StatefulSet local, CancellationToken cancellationToken)
    {
        StatefulSet? live = await client.FindAsync<StatefulSet>(ObjectKey.Of(local), cancellationToken);
        if (live?.Metadata.Uid != local.Metadata.Uid)
        {
            throw Ownership.Gone(StatefulSet.Resource.Kind, ObjectKey.Of(local));
        }

        if (live!.Metadata.Generation != local.Metadata.Generation)
        {
            throw Ownership.LookAgain(live, "has changed");
        }
    }

    /// <summary>What an action makes that is not there yet; null where it changes or removes.</summary>
    private static IKubernetesObject? Born(PlanAction action) => action switch
    {
        PlanAction.Apply { Observed: null } apply => apply.Object,
        PlanAction.Create create => create.Object,
        PlanAction.EnsureMnemonic mnemonic => mnemonic.Shell,
        PlanAction.EnsureIdentity identity => identity.Shell,
        PlanAction.EnsureKeys keys => keys.Shell,
        _ => null,
    };

    private Task ApplyAsync(PlanAction.Apply apply, Testnet testnet, CancellationToken cancellationToken)
    {
        return apply.Object switch
        {
            BeaconNode node => reads.AskAsync(() => WriteAsync(node)),
            StatefulSet set => WriteAsync(set),
            PersistentVolumeClaim claim => WriteAsync(claim),
            Service service => WriteAsync(service),
            ConfigMap map => WriteAsync(map),
            PodDisruptionBudget budget => WriteAsync(budget),
            _ => throw new InvalidOperationException($"{apply.Object.GetType().Name} is not applied by the operator"),
        };

        Task<T> WriteAsync<T>(T desired)
            where T : class, IKubernetesObject<T> => _children.WriteAsync(desired, (T?)apply.Observed, testnet, cancellationToken);
    }

    private Task CreateAsync(IKubernetesObject value, CancellationToken cancellationToken) => value switch
    {
        ConfigMap map => _children.CreateAsync(map, cancellationToken),
        CanaryRollout rollout => _children.CreateAsync(rollout, cancellationToken),
        ChainReset reset => _children.CreateAsync(reset, cancellationToken),
        _ => throw new InvalidOperationException($"{value.GetType().Name} is not created by the operator"),
    };

    private Task DeleteAsync(BeaconNode node, CancellationToken cancellationToken)
    {
        reads.Forget(node.Metadata.Uid!);
        return client.DeleteAsync(node, sameVersion: true, PropagationPolicies.Background, cancellationToken);
    }

    private Task DeleteAsync(IKubernetesObject value, CancellationToken cancellationToken) => value switch
    {
        BeaconNode node => DeleteAsync(node, cancellationToken),
        ConfigMap map => client.DeleteAsync(map, sameVersion: true, PropagationPolicies.Background, cancellationToken),
        CanaryRollout rollout => client.DeleteAsync(rollout, sameVersion: true, PropagationPolicies.Background, cancellationToken),
        ChainReset reset => client.DeleteAsync(reset, sameVersion: true, PropagationPolicies.Background, cancellationToken),
        _ => throw new InvalidOperationException($"{value.GetType().Name} is not deleted by the operator"),
    };
}
