using Fleet.Api;
using Fleet.Kubernetes;
using Fleet.Kubernetes.Models;
using Fleet.Planning.Canary.Report;

namespace Fleet.Operator.Execution;

/// <summary>Keeps what a verdict was made of, for as long as its roll-out is kept.</summary>
/// <remarks>It lacks the label by which the operator watches: nobody decides from it, and the local copies would be large.</remarks>
/// <param name="client">One whose writes are not waited for: no watch tells of this.</param>
internal sealed class EvidenceWriter(IKubernetesClient client)
{
    private static readonly WriteOptions Write = new() { FieldManager = Labels.ManagedByValue };

    /// <summary>Stores it; what is there already stays.</summary>
    public async Task WriteAsync(CanaryRollout rollout, VerdictReport verdict, CancellationToken cancellationToken)
    {
        var map = new ConfigMap
        {
            Metadata = new ObjectMeta
            {
                Name = Names.RolloutEvidence(rollout.Metadata.Name!),
                Namespace = rollout.Metadata.Namespace,
                OwnerReferences = [OwnerReference.To(rollout)],
                Labels = new Dictionary<string, string>
                {
                    [Labels.AppName] = Labels.AppNameValue,
                    [Labels.AppInstance] = rollout.Spec.Testnet,
                    [Labels.AppComponent] = "rollout",
                    [Labels.Testnet] = rollout.Spec.Testnet,
                    [Labels.Rollout] = rollout.Metadata.Name!,
                },
            },
            Immutable = true,
            BinaryData = new Dictionary<string, byte[]> { [VerdictEvidence.Key] = VerdictEvidence.Write(verdict) },
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
