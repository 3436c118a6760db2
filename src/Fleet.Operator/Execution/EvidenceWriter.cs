using Fleet.Api;
using Fleet.Kubernetes;
using Fleet.Kubernetes.Models;
using Fleet.Planning.Canary.Report;
using Fleet.Planning.Resets;

namespace Fleet.Operator.Execution;

/// <summary>Keeps what a decision was made of, for as long as the record of the decision is kept.</summary>
/// <remarks>It lacks the label by which the operator watches: nobody decides from it, and the local copies would be large.</remarks>
/// <param name="client">One whose writes are not waited for: no watch tells of this.</param>
internal sealed class EvidenceWriter(IKubernetesClient client)
{
    private static readonly WriteOptions Write = new() { FieldManager = Labels.ManagedByValue };

    /// <summary>Stores what a roll-out's verdict was made of; what is there already stays.</summary>
    public Task WriteAsync(CanaryRollout rollout, VerdictReport verdict, CancellationToken cancellationToken) =>
        StoreAsync(rollout, rollout.Spec.Testnet, "rollout", Labels.Rollout, Names.RolloutEvidence(rollout.Metadata.Name!), VerdictEvidence.Key, VerdictEvidence.Write(verdict), cancellationToken);

    /// <summary>Stores what was known when a reset ended a chain; what is there already stays.</summary>
    public Task WriteAsync(ChainReset reset, ResetEvidence evidence, CancellationToken cancellationToken) =>
        StoreAsync(reset, reset.Spec.Testnet, "reset", Labels.Reset, Names.ResetEvidence(reset.Metadata.Name!), ResetEvidence.Key, evidence.Write(), cancellationToken);

    private async Task StoreAsync<T>(
        T owner, string testnet, string component, string label, string name, string key, byte[] data, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<T>
    {
        var map = new ConfigMap
        {
            Metadata = new ObjectMeta
            {
                Name = name,
                Namespace = owner.Metadata.Namespace,
                OwnerReferences = [OwnerReference.To(owner)],
                Labels = new Dictionary<string, string>
                {
                    [Labels.AppName] = Labels.AppNameValue,
                    [Labels.AppInstance] = testnet,
                    [Labels.AppComponent] = component,
                    [Labels.Testnet] = testnet,
                    [label] = owner.Metadata.Name!,
                },
            },
            Immutable = true,
            BinaryData = new Dictionary<string, byte[]> { [key] = data },
        };
        try
        {
            _ = await client.CreateAsync(map, Write, cancellationToken);
        }
        catch (KubernetesException exception) when (exception.IsAlreadyExists)
        {
            // Written just before the operator ended; the status is written now.
        }
    }
}
