using Fleet.Api;
using Fleet.Kubernetes;
using Fleet.Kubernetes.Models;
using Fleet.Planning;
using Microsoft.Extensions.Logging;

namespace Fleet.Operator.Execution;

/// <summary>Carries out the writes of a plan, in order.</summary>
internal sealed partial class PlanApplier(IKubernetesClient client, SecretKeeper secrets, IterationWriter iterations, ILogger logger)
{
    private static readonly WriteOptions Apply = new() { FieldManager = Labels.ManagedByValue, Force = true };
    private static readonly WriteOptions Create = new() { FieldManager = Labels.ManagedByValue };

    /// <summary>Carries out one action.</summary>
    /// <param name="action">What to do.</param>
    /// <param name="testnet">The testnet it belongs to.</param>
    /// <param name="record">Record of the iteration, where there is one.</param>
    /// <param name="cancellationToken">Stops between requests.</param>
    public async Task RunAsync(PlanAction action, Testnet testnet, IterationRecord? record, CancellationToken cancellationToken)
    {
        switch (action)
        {
            case PlanAction.Apply apply:
                LogApply(logger, apply.Object.Kind ?? apply.Object.GetType().Name, ObjectKey.Of(apply.Object), apply.Why);
                await ApplyAsync(apply.Object, cancellationToken);
                break;
            case PlanAction.Create create:
                LogCreate(logger, create.Object.Kind ?? create.Object.GetType().Name, ObjectKey.Of(create.Object), create.Why);
                await CreateAsync(create.Object, cancellationToken);
                break;
            case PlanAction.Delete delete:
                LogDelete(logger, delete.Object.Kind ?? delete.Object.GetType().Name, ObjectKey.Of(delete.Object), delete.Why);
                await DeleteAsync(delete.Object, cancellationToken);
                break;
            case PlanAction.ReplacePod replace:
                LogDelete(logger, nameof(Pod), ObjectKey.Of(replace.Pod), replace.Why);
                await client.DeleteAsync(replace.Pod, sameVersion: false, propagationPolicy: null, cancellationToken);
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
                string mnemonicSecret = record?.Parameters.MnemonicSecret ?? testnet.Spec.Genesis.MnemonicSecretRef?.Name ?? Names.Mnemonic(testnet.Metadata.Name!);
                await iterations.WriteKeysAsync(keys, record, mnemonicSecret, cancellationToken);
                break;
            case PlanAction.WriteGenesis genesis:
                LogGenesis(logger, ObjectKey.Of(testnet), genesis.Iteration.Iteration, genesis.GenesisTime, genesis.Why);
                await iterations.WriteGenesisAsync(genesis, testnet, cancellationToken);
                break;
            default:
                throw new InvalidOperationException($"unknown action {action.GetType().Name}");
        }
    }

    private Task ApplyAsync(IKubernetesObject value, CancellationToken cancellationToken) => value switch
    {
        BeaconNode node => client.ApplyAsync(node, Apply, cancellationToken),
        StatefulSet set => client.ApplyAsync(set, Apply, cancellationToken),
        PersistentVolumeClaim claim => client.ApplyAsync(claim, Apply, cancellationToken),
        Service service => client.ApplyAsync(service, Apply, cancellationToken),
        ConfigMap map => client.ApplyAsync(map, Apply, cancellationToken),
        PodDisruptionBudget budget => client.ApplyAsync(budget, Apply, cancellationToken),
        _ => throw new InvalidOperationException($"{value.GetType().Name} is not applied by the operator"),
    };

    private async Task CreateAsync(IKubernetesObject value, CancellationToken cancellationToken)
    {
        try
        {
            _ = value switch
            {
                ConfigMap map => await client.CreateAsync(map, Create, cancellationToken),
                _ => throw new InvalidOperationException($"{value.GetType().Name} is not created by the operator"),
            };
        }
        catch (KubernetesException exception) when (exception.IsAlreadyExists)
        {
            // Immutable records: the one that exists is the record, and the store will show it in a moment.
        }
    }

    private Task DeleteAsync(IKubernetesObject value, CancellationToken cancellationToken) => value switch
    {
        BeaconNode node => client.DeleteAsync(node, sameVersion: false, PropagationPolicies.Background, cancellationToken),
        ConfigMap map => client.DeleteAsync(map, sameVersion: true, PropagationPolicies.Background, cancellationToken),
        _ => throw new InvalidOperationException($"{value.GetType().Name} is not deleted by the operator"),
    };
}
