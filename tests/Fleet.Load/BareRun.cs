using System.Diagnostics;
using Fleet.Kubernetes;
using TestKit;

namespace Fleet.Load;

/// <summary>The floor: the same objects, posted by as many senders as the operator has workers, and nothing else.</summary>
internal static class BareRun
{
    /// <summary>How long it takes on a server of its own that holds the same testnets.</summary>
    public static async Task<TimeSpan> MeasureAsync(OperatorRun run, CancellationToken cancellationToken)
    {
        await using RealApiServer server = await RealApiServer.StartAsync(audit: true, cancellationToken: cancellationToken);
        using var user = new KubernetesClient(Kubeconfig.Load(new KubeconfigOptions { Path = server.KubeconfigPath }), new KubernetesClientOptions { UserAgent = "user" });
        await OperatorRun.DeclareAsync(user, run.Testnets, cancellationToken);
        long started = Stopwatch.GetTimestamp();
        await Parallel.ForEachAsync(run.Children, new ParallelOptions { MaxDegreeOfParallelism = OperatorRun.Workers * 2, CancellationToken = cancellationToken }, async (child, token) =>
        {
            using HttpResponseMessage answer = await user.SendRawAsync(new RawRequest(HttpMethod.Post, child.Path) { Body = child.Body, ContentType = "application/json" }, token);
        });
        return Stopwatch.GetElapsedTime(started);
    }
}
