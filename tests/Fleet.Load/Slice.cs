using System.Diagnostics;
using Fleet.Kubernetes;
using TestKit;

namespace Fleet.Load;

/// <summary>Some testnets of a round: the operator makes their children, and right after that somebody else makes the same, on the same server.</summary>
/// <param name="Made">Everything that the operator made and said.</param>
/// <param name="ChildWrites">Accepted writes of the operator to children.</param>
/// <param name="StatusWrites">Its accepted writes to statuses, with the marks on testnets.</param>
/// <param name="Operator">What it took the operator, from its first write to its last one.</param>
/// <param name="Children">What it took somebody else to make the objects alone, and nothing else.</param>
/// <param name="Statuses">What the statuses took after that.</param>
internal sealed record Slice(IReadOnlyList<BareWrite> Made, int ChildWrites, int StatusWrites, Effort Operator, Effort Children, Effort Statuses)
{
    /// <summary>Has both work in turn, so that neither is measured on a machine, or a server, that is slower by the hour or by its age.</summary>
    /// <param name="server">Holds nothing of these testnets.</param>
    /// <param name="operator">Stands still, before and after.</param>
    /// <param name="user">Declares, and writes as somebody else.</param>
    /// <param name="first">Number of the first testnet.</param>
    /// <param name="count">How many there are.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public static async Task<Slice> MeasureAsync(RealApiServer server, OperatorProcess @operator, KubernetesClient user, int first, int count, CancellationToken cancellationToken)
    {
        // All of them are there when either begins, so that only its own writes are timed.
        await Testnets.DeclareAsync(user, Testnets.OfOperator, first, count, cancellationToken);
        await Testnets.DeclareAsync(user, Testnets.OfSomebody, first, count, cancellationToken);

        TimeSpan before = @operator.ProcessorTime;
        TimeSpan serverBefore = server.ProcessorTime;
        DateTimeOffset begin = TimeProvider.System.GetUtcNow();
        @operator.Resume();
        await Writes.RestAsync(server.AuditLogPath, Round.Rest, hasWork: true, cancellationToken);
        @operator.Pause();
        IReadOnlyList<Write> writes = Writes.Read(server.AuditLogPath, begin);
        var effort = new Effort(writes[^1].At - writes[0].At, @operator.ProcessorTime - before, server.ProcessorTime - serverBefore);

        HashSet<string> names = [.. Enumerable.Range(first, count).Select(Testnets.Name)];
        IReadOnlyList<BareWrite> made = [.. (await Snapshot.TakeAsync(user, cancellationToken)).Where(write => names.Contains(write.Testnet))];
        Effort children = await SendAsync(server, user, made.Where(write => !write.IsStatus), cancellationToken);
        Effort statuses = await SendAsync(server, user, made.Where(write => write.IsStatus), cancellationToken);
        return new Slice(made, writes.Count(write => !write.IsOfStatus), writes.Count(write => write.IsOfStatus), effort, children, statuses);
    }

    /// <summary>As many senders as the operator has workers.</summary>
    private static async Task<Effort> SendAsync(RealApiServer server, KubernetesClient user, IEnumerable<BareWrite> writes, CancellationToken cancellationToken)
    {
        TimeSpan before = Environment.CpuUsage.TotalTime;
        TimeSpan serverBefore = server.ProcessorTime;
        long started = Stopwatch.GetTimestamp();
        await Parallel.ForEachAsync(writes, new ParallelOptions { MaxDegreeOfParallelism = Round.Workers * 2, CancellationToken = cancellationToken }, async (write, token) =>
        {
            RawRequest request = write.IsStatus
                ? new RawRequest(HttpMethod.Patch, write.Path + "?fieldManager=bare&force=true") { Body = write.Body, ContentType = "application/apply-patch+yaml" }
                : new RawRequest(HttpMethod.Post, write.Path) { Body = write.Body, ContentType = "application/json" };
            using HttpResponseMessage answer = await user.SendRawAsync(request, token);
            _ = answer.EnsureSuccessStatusCode();
        });
        return new Effort(Stopwatch.GetElapsedTime(started), Environment.CpuUsage.TotalTime - before, server.ProcessorTime - serverBefore);
    }
}

/// <summary>What some writes took.</summary>
/// <param name="Duration">On the clock.</param>
/// <param name="ProcessorTime">Of the one who wrote.</param>
/// <param name="ServerTime">Of kube-apiserver and etcd.</param>
internal readonly record struct Effort(TimeSpan Duration, TimeSpan ProcessorTime, TimeSpan ServerTime)
{
    public static Effort operator +(Effort left, Effort right) =>
        new(left.Duration + right.Duration, left.ProcessorTime + right.ProcessorTime, left.ServerTime + right.ServerTime);
}
