using Fleet.Api;
using Fleet.Kubernetes;
using Fleet.Kubernetes.Models;
using Fleet.Planning;
using Fleet.Planning.Recovery;

namespace Fleet.Cli.Down;

/// <summary>How long the chains of a fleet can be left without their nodes.</summary>
internal static class SleepTimes
{
    /// <summary>A fleet that hangs is stopped all the same.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    /// <summary>One text per testnet whose chain has begun, <c>devnet for about 2 hours (some 3631 epochs)</c>; empty when the fleet does not answer.</summary>
    /// <param name="client">Client of the fleet that runs.</param>
    /// <param name="time">Clock of the patience.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    public static async Task<IReadOnlyList<string>> ReadAsync(IKubernetesClient client, TimeProvider time, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(Patience, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            List<string> times = [];
            foreach (Testnet testnet in (await client.ListAllAsync<Testnet>(null, options: null, linked.Token)).Items)
            {
                var record = new ObjectKey(testnet.Metadata.Namespace!, Names.Assignment(testnet.Metadata.Name!, testnet.Status?.Iteration ?? 0));
                if (IterationRecord.FromData((await client.FindAsync<ConfigMap>(record, linked.Token))?.Data) is { } iteration)
                {
                    times.Add($"{testnet.Metadata.Name} for about {SleepTime.Of(iteration)}");
                }
            }

            return times;
        }
        catch (Exception exception) when (exception is KubernetesException or KubernetesConnectionException || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return [];
        }
    }
}
