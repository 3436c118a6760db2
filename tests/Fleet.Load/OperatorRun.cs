using Fleet.Api;
using Fleet.Api.Manifests;
using Fleet.Kubernetes;
using Fleet.Kubernetes.Models;
using TestKit;

namespace Fleet.Load;

/// <summary>An object as it is created: where, and what is sent.</summary>
/// <param name="Path">Of the collection.</param>
/// <param name="Body">JSON without what the server adds.</param>
internal sealed record Child(string Path, byte[] Body);

/// <summary>What the operator did, and how fast.</summary>
/// <param name="Testnets">How many there were.</param>
/// <param name="Children">Everything that it made.</param>
/// <param name="Duration">From its first write to its last one.</param>
/// <param name="ChildWrites">Accepted writes to children.</param>
/// <param name="StatusWrites">Accepted writes to statuses, with the marks on testnets.</param>
/// <param name="ResidentMebibytes">Of the process, when it had done everything.</param>
/// <param name="ProcessorTime">Of the process, until then.</param>
/// <param name="SecondPassWrites">Writes of an operator that is started again over all this.</param>
internal sealed record OperatorRun(
    int Testnets, IReadOnlyList<Child> Children, TimeSpan Duration, int ChildWrites, int StatusWrites, double ResidentMebibytes, TimeSpan ProcessorTime, int SecondPassWrites)
{
    /// <summary>Workers per controller; there are two controllers.</summary>
    public const int Workers = 8;

    /// <summary>So long nothing is written before the operator counts as done.</summary>
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(8);

    /// <summary>Starts a server, declares testnets, and then lets the operator at them.</summary>
    public static async Task<OperatorRun> MeasureAsync(string executable, int testnets, CancellationToken cancellationToken)
    {
        await using RealApiServer server = await RealApiServer.StartAsync(audit: true, cancellationToken: cancellationToken);
        using var user = new KubernetesClient(Kubeconfig.Load(new KubeconfigOptions { Path = server.KubeconfigPath }), new KubernetesClientOptions { UserAgent = "user" });
        await DeclareAsync(user, testnets, cancellationToken);

        double resident;
        TimeSpan processorTime;
        DateTimeOffset begin = TimeProvider.System.GetUtcNow();
        await using (OperatorProcess first = OperatorProcess.Start(executable, server.KubeconfigPath))
        {
            await Writes.RestAsync(server.AuditLogPath, Rest, hasWork: true, cancellationToken);
            resident = first.ResidentMebibytes;
            processorTime = first.ProcessorTime;
        }

        IReadOnlyList<Write> writes = Writes.Read(server.AuditLogPath, begin);
        DateTimeOffset again = TimeProvider.System.GetUtcNow();
        await using (OperatorProcess second = OperatorProcess.Start(executable, server.KubeconfigPath))
        {
            await second.UntilReadyAsync(cancellationToken);
            await Writes.RestAsync(server.AuditLogPath, Rest, hasWork: false, cancellationToken);
        }

        return new OperatorRun(
            testnets,
            await Snapshot.TakeAsync(user, cancellationToken),
            writes[^1].At - writes[0].At,
            writes.Count(write => !write.IsOfStatus),
            writes.Count(write => write.IsOfStatus),
            resident,
            processorTime,
            Writes.Read(server.AuditLogPath, again).Count);
    }

    /// <summary>Definitions and testnets, as a user applies them.</summary>
    internal static async Task DeclareAsync(KubernetesClient user, int testnets, CancellationToken cancellationToken)
    {
        foreach (CustomResourceDefinition definition in CrdManifests.Read())
        {
            await user.CreateAsync(definition, null, cancellationToken);
        }

        await Eventually.TrueAsync(async () => await IsServedAsync(user, cancellationToken), () => "testnets are served", TimeSpan.FromSeconds(60));
        for (int i = 0; i < testnets; i++)
        {
            string manifest = $$"""
                apiVersion: beaconfleet.dev/v1alpha1
                kind: Testnet
                metadata: {name: load-{{i}}, namespace: default}
                spec:
                  network: {preset: minimal}
                  genesis: {validators: 8}
                  bootnodes: {replicas: 0}
                  pools:
                  - {name: eu, replicas: 1, validators: 8}
                """;
            await user.CreateAsync((Testnet)ManifestReader.Read(manifest, "load.yaml")[0].Object, null, cancellationToken);
        }
    }

    private static async Task<bool> IsServedAsync(KubernetesClient user, CancellationToken cancellationToken)
    {
        try
        {
            _ = await user.ListAsync<Testnet>("default", null, cancellationToken);
            _ = await user.ListAsync<BeaconNode>("default", null, cancellationToken);
            return true;
        }
        catch (KubernetesException exception) when (exception.IsNotFound)
        {
            return false;
        }
    }
}
