using System.Globalization;
using Fleet.Api;
using Fleet.Api.Manifests;
using Fleet.Kubernetes;
using Fleet.Kubernetes.Models;
using Fleet.LocalCluster;
using TestKit;

namespace Fleet.Operator.Tests;

/// <summary>Leaders go in every way there is, in the middle of their writes; the server tells whose writes were accepted.</summary>
public sealed class HandOverTests
{
    private const string Namespace = "default";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);
    private static readonly ObjectKey LeaseKey = new(Namespace, "fleet-operator");
    private static readonly ObjectKey TestnetKey = new(Namespace, "devnet");
    private static int _instances;

    private enum Way
    {
        Sigterm,
        Pause,
        Partition,
        ClockStep,
    }

    /// <summary>FLEET_HANDOVERS sets the number of hand-overs, FLEET_LEASE_MILLISECONDS how long a second of a lease takes.</summary>
    [Fact]
    public async Task No_write_of_a_former_leader_is_accepted_after_its_successors_first()
    {
        int rounds = Number("FLEET_HANDOVERS", 16);
        string directory = Directory.CreateTempSubdirectory("fleet-handover-").FullName;
        try
        {
            using var judge = new WriteJudge();
            await using var cluster = await Fleet.LocalCluster.LocalCluster.StartAsync(
                new LocalClusterOptions { DataDir = directory, RunPods = false, RunControllers = false, Faults = judge });
            await RunAsync(cluster.KubeconfigPath, rounds, Number("FLEET_LEASE_MILLISECONDS", 60) / 1000.0);

            Assert.Empty(judge.Violations);
            TestContext.Current.TestOutputHelper?.WriteLine($"{rounds} hand-overs, {judge.Accepted} writes accepted, {judge.RefusedLate} late writes of former leaders refused");

            // It bites only if late writes did arrive.
            Assert.True(judge.RefusedLate > 0, "no write of a former leader arrived");
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    /// <summary>
    /// Judged from the audit log. FLEET_HANDOVERS_REAL sets the number of hand-overs; with FLEET_LEASE_MILLISECONDS=1000 leases take as long as in production.
    /// </summary>
    [Fact]
    public async Task Nor_on_a_real_api_server()
    {
        Assert.SkipUnless(RealApiServer.WhyNot is null, RealApiServer.WhyNot ?? "");
        int rounds = Number("FLEET_HANDOVERS_REAL", 4);
        await using RealApiServer server = await RealApiServer.StartAsync(audit: AuditLevel.RequestResponse, cancellationToken: TestContext.Current.CancellationToken);
        await RunAsync(server.KubeconfigPath, rounds, Number("FLEET_LEASE_MILLISECONDS", 100) / 1000.0);

        AuditVerdict verdict = AuditJudge.Judge(server.AuditLogPath);
        TestContext.Current.TestOutputHelper?.WriteLine($"{rounds} hand-overs, {verdict.Accepted} writes accepted, {verdict.Refused} refused with a conflict");
        Assert.Empty(verdict.Violations);
        Assert.True(verdict.Accepted > rounds, "too few writes in the audit log");
        Assert.True(verdict.Refused > 0, "no write of a former leader arrived");
    }

    private static int Number(string variable, int standard) => int.Parse(Environment.GetEnvironmentVariable(variable) ?? standard.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);

    private static async Task RunAsync(string kubeconfig, int rounds, double scale)
    {
        KubernetesClientConfig config = Kubeconfig.Load(new KubeconfigOptions { Path = kubeconfig });
        using var user = new KubernetesClient(config);
        foreach (CustomResourceDefinition definition in CrdManifests.Read())
        {
            await user.CreateAsync(definition, null, CancellationToken.None);
        }

        await Eventually.TrueAsync(async () => await IsServedAsync<Testnet>(user) && await IsServedAsync<BeaconNode>(user), () => "the custom resources are served", Patience);
        await CreateTestnetAsync(user);
        Instance leader = await UntilAsync(
            new Instance(config, scale), async () => (await user.ListAllAsync<StatefulSet>(Namespace, null, CancellationToken.None)).Items.Count == 3, "the first leader makes all nodes");
        var random = new Random(4711);
        for (int round = 0; round < rounds; round++)
        {
            var standby = new Instance(config, scale);
            await Eventually.TrueAsync(() => standby.IsReady, () => "the standby is ready", Patience);
            Way way = (Way)random.Next(4);
            await LoseAsync(leader, way, () => EditAsync(user, round), random);
            Instance successor = await UntilAsync(standby, () => IsAppliedAsync(user, round), $"round {round}: {way}, the new leader does what was left");
            await leader.DisposeAsync();
            leader = successor;
        }

        await leader.DisposeAsync();

        // On a machine that has no time for it a lease runs out by itself; whose term that ends does not come back, and another takes its place.
        async Task<Instance> UntilAsync(Instance instance, Func<Task<bool>> condition, string what)
        {
            await Eventually.TrueAsync(
                async () =>
                {
                    if (instance.Link.IsOver)
                    {
                        await instance.DisposeAsync();
                        instance = new Instance(config, scale);
                    }

                    return await condition();
                },
                () => what,
                Patience);
            return instance;
        }
    }

    /// <summary>The leader goes, with writes under way that arrive when the next one has begun.</summary>
    private static async Task LoseAsync(Instance leader, Way way, Func<Task> edit, Random random)
    {
        leader.Link.Hold();
        await edit();
        await Eventually.TrueAsync(() => leader.Link.Waiting > 0 || !leader.Leads, () => "the leader writes", Patience);
        switch (way)
        {
            case Way.Sigterm:
                leader.Stop();
                break;
            case Way.Partition:
                leader.Link.Cut = true;
                break;
            case Way.Pause or Way.ClockStep:
                leader.Time.Step = way == Way.ClockStep ? TimeSpan.FromHours(random.Next(2) == 0 ? -2 : 2) : TimeSpan.Zero;
                leader.Link.HoldLeases = true;
                leader.Time.Pause();
                break;
        }
    }

    private static async Task<bool> IsServedAsync<T>(KubernetesClient user)
        where T : class, IKubernetesObject<T>
    {
        try
        {
            return (await user.ListAsync<T>(Namespace, null, CancellationToken.None)).Items.Count == 0;
        }
        catch (KubernetesException exception) when (exception.IsNotFound)
        {
            return false;
        }
    }

    private static Task CreateTestnetAsync(KubernetesClient user)
    {
        var testnet = (Testnet)ManifestReader.Read(
            """
            apiVersion: beaconfleet.dev/v1alpha1
            kind: Testnet
            metadata: {name: devnet, namespace: default}
            spec:
              network: {preset: minimal, config: {SLOT_DURATION_MS: 1000}}
              genesis: {validators: 8}
              bootnodes: {replicas: 1}
              rollout: {strategy: AllAtOnce}
              pools:
              - {name: eu, replicas: 2, validators: 8}
            """,
            "testnet.yaml")[0].Object;
        return user.CreateAsync(testnet, null, CancellationToken.None);
    }

    /// <summary>Something to do for whoever leads: every node is to log differently.</summary>
    private static Task EditAsync(KubernetesClient user, int round) =>
        user.PatchAsync<Testnet>(TestnetKey, Patch.Json(Patch.Operation("add", "/spec/pools/0/logLevel", Level(round))), null, CancellationToken.None);

    private static async Task<bool> IsAppliedAsync(KubernetesClient user, int round) =>
        (await user.ListAllAsync<BeaconNode>(Namespace, null, CancellationToken.None)).Items.Where(node => node.Spec.Role == NodeRoles.Node).All(node => node.Spec.LogLevel == Level(round));

    private static string Level(int round) => round % 2 == 0 ? "debug" : "info";

    /// <summary>One operator process, as far as it matters.</summary>
    private sealed class Instance : IAsyncDisposable
    {
        private readonly CancellationTokenSource _stop = new();
        private readonly KubernetesClient _client;
        private readonly Task _run;
        private OperatorHost? _host;

        public Instance(KubernetesClientConfig config, double scale)
        {
            UserAgent = WriteJudge.Prefix + Interlocked.Increment(ref _instances).ToString(CultureInfo.InvariantCulture);
            _client = new KubernetesClient(config, new KubernetesClientOptions { UserAgent = UserAgent });
            Link = new LateLink(_client, UserAgent);
            var options = new OperatorOptions
            {
                BeaconImage = "beacon:dev",
                Time = Time,
                Election = new LeaderElectionOptions { Namespace = LeaseKey.Namespace, Name = LeaseKey.Name, Identity = UserAgent, Scale = scale },
            };
            _run = Task.Run(() => OperatorHost.RunAsync(Link, options, host => _host = host, _stop.Token));
        }

        public string UserAgent { get; }

        public LateLink Link { get; }

        public SkewedTime Time { get; } = new();

        public bool IsReady => _host is { IsReady: true };

        public bool Leads => _host is { IsReady: true, IsLeader: true };

        public void Stop() => _stop.Cancel();

        /// <summary>What is under way arrives, the clock goes on, and the process ends.</summary>
        public async ValueTask DisposeAsync()
        {
            Link.Release();
            await Eventually.TrueAsync(() => Link.Waiting == 0, () => "late writes have arrived", Patience);
            Time.Resume();
            await _stop.CancelAsync();
            await _run;
            _client.Dispose();
            _stop.Dispose();
        }
    }
}
