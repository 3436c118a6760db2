using Fleet.LocalCluster.Api;
using Fleet.LocalCluster.Resources;

namespace Fleet.LocalCluster;

/// <summary>What runs beside the API server: controllers and the pod runner.</summary>
internal sealed class ClusterParts : IAsyncDisposable
{
    public IPodLogs? Logs { get; private init; }

    public static Task<ClusterParts> PrepareAsync(LocalClusterOptions options, ObjectService objects, CancellationToken cancellationToken)
    {
        return Task.FromResult(new ClusterParts());
    }

    public void Start()
    {
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
