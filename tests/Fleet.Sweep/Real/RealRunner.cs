using System.Collections.Concurrent;
using Fleet.Api;
using Fleet.Api.Manifests;
using Fleet.Kubernetes;
using Fleet.Kubernetes.Models;
using Fleet.LocalCluster;

namespace Fleet.Sweep;

/// <summary>Repeats plans with real nodes, in real time: the chain has to be well in the end, and nothing may have been made or removed that would not have been.</summary>
/// <param name="beacon">The beacon executable.</param>
/// <param name="seed">Of all chance.</param>
public sealed class RealRunner(string beacon, int seed)
{
    /// <summary>Takeovers wait for leases, and events that never come for half an hour: both in virtual time only.</summary>
    public static IReadOnlyList<Disturbance> Disturbances { get; } =
        [Disturbance.CrashBefore, Disturbance.CrashAfter, Disturbance.Duplicate, Disturbance.Delay, Disturbance.StaleReconnect];

    /// <summary>Workloads at whose end there is a chain.</summary>
    public static IReadOnlyList<Workload> Workloads { get; } = [.. Workload.All.Where(workload => workload.Name is "create" or "scale" or "image" or "suspend")];

    private static readonly ObjectKey Key = new(VirtualWorld.Namespace, "devnet");
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);
    private static readonly TimeSpan Round = TimeSpan.FromMilliseconds(100);

    private readonly ConcurrentDictionary<string, Outcome> _references = new(StringComparer.Ordinal);

    /// <summary>Runs a workload without a disturbance, and learns the points it has.</summary>
    /// <exception cref="InvalidOperationException">It does not even come right so.</exception>
    public async Task<IReadOnlyList<Point>> LearnAsync(Workload workload)
    {
        Outcome reference = await RunAsync(workload, new Plan(workload.Name, Disturbance.None, null));
        if (reference.Faults.Count > 0)
        {
            throw new InvalidOperationException($"Workload {workload.Name} fails with real nodes without any disturbance: {string.Join("; ", reference.Faults)}");
        }

        _references[workload.Name] = reference;
        return [.. reference.Points.Distinct()];
    }

    /// <summary>Runs one plan of a workload that was learnt.</summary>
    public async Task<Result> RunAsync(Plan plan)
    {
        Outcome reference = _references[plan.Workload];
        Outcome outcome = await RunAsync(Workloads.Single(workload => workload.Name == plan.Workload), plan);
        return new Result(plan, outcome.IsReached, outcome.IsReached ? Judge.Alarms(reference, outcome) : outcome.Faults);
    }

    private async Task<Outcome> RunAsync(Workload workload, Plan plan)
    {
        string directory = Directory.CreateTempSubdirectory("fleet-sweep-real-").FullName;
        try
        {
            var injector = new Injector(plan, seed) { Time = TimeProvider.System };
            await using Fleet.LocalCluster.LocalCluster cluster = await Fleet.LocalCluster.LocalCluster.StartAsync(new LocalClusterOptions
            {
                DataDir = directory,
                Faults = injector,
                ImageMap = new Dictionary<string, string> { [Workload.Image] = beacon, [Workload.NextImage] = beacon },
            });
            KubernetesClientConfig config = Kubeconfig.Load(new KubeconfigOptions { Path = cluster.KubeconfigPath });
            using var user = new KubernetesClient(config, new KubernetesClientOptions { UserAgent = "user" });
            await using var operators = new OperatorSuccession(number => new OperatorInstance(number, config, TimeProvider.System, elects: false, client => client));
            return await RunAsync(workload, user, injector, operators);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static async Task<Outcome> RunAsync(Workload workload, KubernetesClient user, Injector injector, OperatorSuccession operators)
    {
        foreach (CustomResourceDefinition definition in CrdManifests.Read())
        {
            await user.CreateAsync(definition, null, CancellationToken.None);
        }

        await user.CreateAsync(new Namespace { Metadata = new ObjectMeta { Name = VirtualWorld.Namespace } }, null, CancellationToken.None);
        operators.Start();
        List<string> faults = [];
        if (!workload.BeginsEmpty)
        {
            await CreateAsync(user);
            await UntilWellAsync(user, injector, operators, faults);
        }

        int before = injector.Stored.Count;
        injector.Arm();
        foreach (Func<IKubernetesClient, Task> step in workload.BeginsEmpty ? [CreateAsync] : workload.Steps)
        {
            await step(user);
            await UntilWellAsync(user, injector, operators, faults);
        }

        faults.AddRange(operators.Failures.Select(failure => "an operator ended by itself: " + failure));
        string state = await WorldDump.TakeAsync(user, VirtualWorld.Namespace);
        return new Outcome(state, Judge.Count(injector.Stored.Skip(before)), [.. injector.Points], injector.IsReached, faults);
    }

    private static Task CreateAsync(IKubernetesClient user)
    {
        Testnet testnet = Workload.NewTestnet();
        testnet.Spec.Network.Config!["SLOT_DURATION_MS"] = new ConfigValue("500");
        testnet.Spec.Genesis.Delay = new Duration("5s");
        return user.CreateAsync(testnet, null, CancellationToken.None);
    }

    /// <summary>Waits until the testnet is as declared and its chain finalizes, or stands still because that is declared.</summary>
    private static async Task UntilWellAsync(KubernetesClient user, Injector injector, OperatorSuccession operators, List<string> faults)
    {
        long begin = TimeProvider.System.GetTimestamp();
        int wellInARow = 0;
        while (wellInARow < 20)
        {
            if (TimeProvider.System.GetElapsedTime(begin) > Patience)
            {
                faults.Add($"the chain is not well: {await WorldDump.TakeAsync(user, VirtualWorld.Namespace)}");
                return;
            }

            await Task.Delay(Round, TimeProvider.System);
            await operators.ReplaceAsync(injector);
            wellInARow = await IsWellAsync(user) ? wellInARow + 1 : 0;
        }
    }

    private static async Task<bool> IsWellAsync(KubernetesClient user)
    {
        Testnet? testnet = await user.FindAsync<Testnet>(Key, CancellationToken.None);
        if (testnet?.Status is not { } status || status.ObservedGeneration != testnet.Metadata.Generation)
        {
            return false;
        }

        int pods = (await user.ListAllAsync<Pod>(VirtualWorld.Namespace, null, CancellationToken.None)).Items.Count;
        int wanted = testnet.Spec.Suspend ? 0 : testnet.Spec.Bootnodes.Replicas + testnet.Spec.Pools.Sum(pool => pool.Replicas);
        return pods == wanted && (testnet.Spec.Suspend ? Is(ConditionTypes.Suspended) : Is(ConditionTypes.Ready) && Is(ConditionTypes.Finalizing) && Is(ConditionTypes.UpToDate) && status.FinalizedEpoch > 0);

        bool Is(string type) => status.Conditions?.Exists(condition => condition.Type == type && condition.Status == ConditionStatuses.True) == true;
    }
}
