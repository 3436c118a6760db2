using Fleet.Kubernetes;
using TestKit;

namespace Fleet.Load;

/// <summary>All testnets once, in slices, on a server of its own.</summary>
/// <param name="Slices">What was measured.</param>
/// <param name="ResidentMebibytes">Of the operator, when it had done everything.</param>
/// <param name="SecondPassWrites">Writes of an operator that is started again over all this.</param>
internal sealed record Round(IReadOnlyList<Slice> Slices, double ResidentMebibytes, int SecondPassWrites)
{
    /// <summary>Workers per controller; there are two controllers.</summary>
    public const int Workers = 8;

    /// <summary>So long nothing is written before the operator counts as done.</summary>
    public static readonly TimeSpan Rest = TimeSpan.FromSeconds(4);

    /// <summary>Children that the operator made.</summary>
    public int Children => Slices.Sum(slice => slice.Made.Count(write => !write.IsStatus));

    /// <summary>Its accepted writes, statuses included.</summary>
    public int Writes => Slices.Sum(slice => slice.ChildWrites + slice.StatusWrites);

    /// <summary>Writes of somebody else, statuses included.</summary>
    public int BareWrites => Slices.Sum(slice => slice.Made.Count);

    /// <summary>What its writes took the operator.</summary>
    public Effort Operator => Sum(slice => slice.Operator);

    /// <summary>What the objects alone took somebody else.</summary>
    public Effort BareChildren => Sum(slice => slice.Children);

    /// <summary>What objects and statuses took somebody else.</summary>
    public Effort BareAll => Sum(slice => slice.Children + slice.Statuses);

    /// <summary>Starts a server and the operator, lets both warm up, and then measures slice after slice.</summary>
    /// <param name="executable">The operator.</param>
    /// <param name="testnets">How many are measured.</param>
    /// <param name="slices">In how many slices.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public static async Task<Round> MeasureAsync(string executable, int testnets, int slices, CancellationToken cancellationToken)
    {
        await using RealApiServer server = await RealApiServer.StartAsync(AuditLevel.Metadata, RealApiServer.Newest, cores: Cores.OfServer(), cancellationToken: cancellationToken);
        using var user = new KubernetesClient(Kubeconfig.Load(new KubeconfigOptions { Path = server.KubeconfigPath }), new KubernetesClientOptions { UserAgent = "user" });
        await Testnets.DefineAsync(user, cancellationToken);

        List<Slice> measured = [];
        double resident;
        await using (OperatorProcess first = OperatorProcess.Start(executable, server.KubeconfigPath))
        {
            await first.UntilReadyAsync(cancellationToken);
            first.Pause();
            _ = await Slice.MeasureAsync(server, first, user, 0, Testnets.WarmUp, cancellationToken);
            for (int i = 0; i < slices; i++)
            {
                int from = testnets * i / slices;
                int to = testnets * (i + 1) / slices;
                measured.Add(await Slice.MeasureAsync(server, first, user, Testnets.WarmUp + from, to - from, cancellationToken));
            }

            resident = first.ResidentMebibytes;
        }

        DateTimeOffset again = TimeProvider.System.GetUtcNow();
        await using (OperatorProcess second = OperatorProcess.Start(executable, server.KubeconfigPath))
        {
            await second.UntilReadyAsync(cancellationToken);
            await Load.Writes.RestAsync(server.AuditLogPath, Rest, hasWork: false, cancellationToken);
        }

        return new Round(measured, resident, Load.Writes.Read(server.AuditLogPath, again).Count);
    }

    private Effort Sum(Func<Slice, Effort> effort) => Slices.Select(effort).Aggregate((left, right) => left + right);
}
