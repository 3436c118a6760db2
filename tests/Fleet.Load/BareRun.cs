using System.Diagnostics;
using Fleet.Kubernetes;
using TestKit;

namespace Fleet.Load;

/// <summary>The floor: the same objects, posted by as many senders as the operator has workers, and nothing else.</summary>
internal static class BareRun
{
    /// <summary>How long it takes on a server of its own that holds the same testnets.</summary>
    public static async Task<(TimeSpan Duration, TimeSpan ServerTime)> MeasureAsync(OperatorRun run, CancellationToken cancellationToken)
    {
        await using RealApiServer server = await RealApiServer.StartAsync(audit: AuditLevel.Metadata, cores: Cores.OfServer(), cancellationToken: cancellationToken);
        using var user = new KubernetesClient(Kubeconfig.Load(new KubeconfigOptions { Path = server.KubeconfigPath }), new KubernetesClientOptions { UserAgent = "user" });
        await Testnets.DefineAsync(user, cancellationToken);
        await Testnets.DeclareAsync(user, 0, Testnets.WarmUp + run.Testnets, cancellationToken);
        await PostAsync(user, run.WarmUp, cancellationToken);
        TimeSpan before = server.ProcessorTime;
        long started = Stopwatch.GetTimestamp();
        await PostAsync(user, run.Children, cancellationToken);
        return (Stopwatch.GetElapsedTime(started), server.ProcessorTime - before);
    }

    private static Task PostAsync(KubernetesClient user, IEnumerable<Child> children, CancellationToken cancellationToken) =>
        Parallel.ForEachAsync(children, new ParallelOptions { MaxDegreeOfParallelism = OperatorRun.Workers * 2, CancellationToken = cancellationToken }, async (child, token) =>
        {
            using HttpResponseMessage answer = await user.SendRawAsync(new RawRequest(HttpMethod.Post, child.Path) { Body = child.Body, ContentType = "application/json" }, token);
            _ = answer.EnsureSuccessStatusCode();
        });
}
