using System.Diagnostics;
using Fleet.Kubernetes;
using TestKit;

namespace Fleet.Load;

/// <summary>The floor: the same objects and statuses, written by as many senders as the operator has workers, and nothing else.</summary>
/// <param name="Children">How long the objects take.</param>
/// <param name="Statuses">How long their statuses, and those of the testnets, take after that.</param>
/// <param name="ServerTime">Processor time of kube-apiserver and etcd for both.</param>
internal sealed record BareRun(TimeSpan Children, TimeSpan Statuses, TimeSpan ServerTime)
{
    /// <summary>Measures on a server of its own that holds the same testnets.</summary>
    public static async Task<BareRun> MeasureAsync(OperatorRun run, CancellationToken cancellationToken)
    {
        await using RealApiServer server = await RealApiServer.StartAsync(AuditLevel.Metadata, RealApiServer.Newest, cores: Cores.OfServer(), cancellationToken: cancellationToken);
        using var user = new KubernetesClient(Kubeconfig.Load(new KubeconfigOptions { Path = server.KubeconfigPath }), new KubernetesClientOptions { UserAgent = "user" });
        await Testnets.DefineAsync(user, cancellationToken);
        await Testnets.DeclareAsync(user, 0, Testnets.WarmUp + run.Testnets, cancellationToken);
        _ = await SendAsync(user, run.WarmUp.Where(write => !write.IsStatus), cancellationToken);
        _ = await SendAsync(user, run.WarmUp.Where(write => write.IsStatus), cancellationToken);
        TimeSpan before = server.ProcessorTime;
        TimeSpan children = await SendAsync(user, run.Made.Where(write => !write.IsStatus), cancellationToken);
        TimeSpan statuses = await SendAsync(user, run.Made.Where(write => write.IsStatus), cancellationToken);
        return new BareRun(children, statuses, server.ProcessorTime - before);
    }

    private static async Task<TimeSpan> SendAsync(KubernetesClient user, IEnumerable<BareWrite> writes, CancellationToken cancellationToken)
    {
        long started = Stopwatch.GetTimestamp();
        await Parallel.ForEachAsync(writes, new ParallelOptions { MaxDegreeOfParallelism = OperatorRun.Workers * 2, CancellationToken = cancellationToken }, async (write, token) =>
        {
            RawRequest request = write.IsStatus
                ? new RawRequest(HttpMethod.Patch, write.Path + "?fieldManager=bare&force=true") { Body = write.Body, ContentType = "application/apply-patch+yaml" }
                : new RawRequest(HttpMethod.Post, write.Path) { Body = write.Body, ContentType = "application/json" };
            using HttpResponseMessage answer = await user.SendRawAsync(request, token);
            _ = answer.EnsureSuccessStatusCode();
        });
        return Stopwatch.GetElapsedTime(started);
    }
}
