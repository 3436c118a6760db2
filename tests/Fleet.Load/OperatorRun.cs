using Fleet.Kubernetes;
using TestKit;

namespace Fleet.Load;

/// <summary>A write as somebody else would make it.</summary>
/// <param name="Testnet">Name of the testnet it is for.</param>
/// <param name="Path">Of the collection, or of the status.</param>
/// <param name="Body">JSON without what the server adds.</param>
/// <param name="IsStatus">Whether a status is applied; else an object is created.</param>
internal sealed record BareWrite(string Testnet, string Path, byte[] Body, bool IsStatus);

/// <summary>What the operator did, and how fast.</summary>
/// <param name="Testnets">How many there were, without those for warming up.</param>
/// <param name="WarmUp">What it made while it warmed up, and said of it.</param>
/// <param name="Made">Everything that it made and said afterwards.</param>
/// <param name="Duration">From its first write to its last one.</param>
/// <param name="ChildWrites">Accepted writes to children.</param>
/// <param name="StatusWrites">Accepted writes to statuses, with the marks on testnets.</param>
/// <param name="ResidentMebibytes">Of the process, when it had done everything.</param>
/// <param name="ProcessorTime">Of the process, for what was measured.</param>
/// <param name="ServerTime">Processor time of kube-apiserver and etcd for it.</param>
/// <param name="SecondPassWrites">Writes of an operator that is started again over all this.</param>
internal sealed record OperatorRun(
    int Testnets,
    IReadOnlyList<BareWrite> WarmUp,
    IReadOnlyList<BareWrite> Made,
    TimeSpan Duration,
    int ChildWrites,
    int StatusWrites,
    double ResidentMebibytes,
    TimeSpan ProcessorTime,
    TimeSpan ServerTime,
    int SecondPassWrites)
{
    /// <summary>Objects that it made after it had warmed up.</summary>
    public int Children => Made.Count(write => !write.IsStatus);

    /// <summary>Workers per controller; there are two controllers.</summary>
    public const int Workers = 8;

    /// <summary>So long nothing is written before the operator counts as done.</summary>
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(8);

    /// <summary>Starts a server and the operator, lets both warm up, and then declares testnets.</summary>
    public static async Task<OperatorRun> MeasureAsync(string executable, int testnets, CancellationToken cancellationToken)
    {
        await using RealApiServer server = await RealApiServer.StartAsync(AuditLevel.Metadata, RealApiServer.Newest, cores: Cores.OfServer(), cancellationToken: cancellationToken);
        using var user = new KubernetesClient(Kubeconfig.Load(new KubeconfigOptions { Path = server.KubeconfigPath }), new KubernetesClientOptions { UserAgent = "user" });
        await Load.Testnets.DefineAsync(user, cancellationToken);
        await Load.Testnets.DeclareAsync(user, 0, Load.Testnets.WarmUp, cancellationToken);

        IReadOnlyList<Write> writes;
        double resident;
        TimeSpan processorTime;
        TimeSpan serverTime;
        await using (OperatorProcess first = OperatorProcess.Start(executable, server.KubeconfigPath))
        {
            await Writes.RestAsync(server.AuditLogPath, Rest, hasWork: true, cancellationToken);

            // All of them are there when it looks again, so that only its own writes are timed.
            first.Pause();
            await Load.Testnets.DeclareAsync(user, Load.Testnets.WarmUp, testnets, cancellationToken);
            TimeSpan before = first.ProcessorTime;
            TimeSpan serverBefore = server.ProcessorTime;
            DateTimeOffset begin = TimeProvider.System.GetUtcNow();
            first.Resume();
            await Writes.RestAsync(server.AuditLogPath, Rest, hasWork: true, cancellationToken);
            resident = first.ResidentMebibytes;
            processorTime = first.ProcessorTime - before;
            serverTime = server.ProcessorTime - serverBefore;
            writes = Writes.Read(server.AuditLogPath, begin);
        }

        DateTimeOffset again = TimeProvider.System.GetUtcNow();
        await using (OperatorProcess second = OperatorProcess.Start(executable, server.KubeconfigPath))
        {
            await second.UntilReadyAsync(cancellationToken);
            await Writes.RestAsync(server.AuditLogPath, Rest, hasWork: false, cancellationToken);
        }

        HashSet<string> warm = [.. Enumerable.Range(0, Load.Testnets.WarmUp).Select(Load.Testnets.Name)];
        ILookup<bool, BareWrite> made = (await Snapshot.TakeAsync(user, cancellationToken)).ToLookup(write => warm.Contains(write.Testnet));
        return new OperatorRun(
            testnets,
            [.. made[true]],
            [.. made[false]],
            writes[^1].At - writes[0].At,
            writes.Count(write => !write.IsOfStatus),
            writes.Count(write => write.IsOfStatus),
            resident,
            processorTime,
            serverTime,
            Writes.Read(server.AuditLogPath, again).Count);
    }
}
