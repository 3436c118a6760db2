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
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
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

    /// <summary>A second of a lease takes 40 ms. FLEET_HANDOVERS sets the number of hand-overs.</summary>
    [Fact]
    public async Task No_write_of_a_former_leader_is_accepted_after_its_successors_first()
    {
        int rounds = int.Parse(Environment.GetEnvironmentVariable("FLEET_HANDOVERS") ?? "24", CultureInfo.InvariantCulture);
        string directory = Directory.CreateTempSubdirectory("fleet-handover-").FullName;
        try
        {
            using var judge = new WriteJudge();
            await using var cluster = await Fleet.LocalCluster.LocalCluster.StartAsync(
                new LocalClusterOptions { DataDir = directory, RunPods = false, RunControllers = false, Faults = judge });
            await RunAsync(cluster.KubeconfigPath, rounds, scale: 0.04, judge);

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

    private static async Task RunAsync(string kubeconfig, int rounds, double scale, WriteJudge judge)
    {
        KubernetesClientConfig config = Kubeconfig.Load(new KubeconfigOptions { Path = kubeconfig });
        using var user = new KubernetesClient(config);
        foreach (CustomResourceDefinition definition in CrdManifests.Read())
        {
            await user.CreateAsync(definition, null, CancellationToken.None);
        }

        var leader = new Instance(config, scale);
        await Eventually.TrueAsync(() => leader.Leads, () => "the first leads", Patience);
        await CreateTestnetAsync(user);
        await Eventually.TrueAsync(async () => (await user.ListAllAsync<StatefulSet>(Namespace, null, CancellationToken.None)).Items.Count == 3, () => "all nodes are there", Patience);
        var random = new Random(4711);
        for (int round = 0; round < rounds; round++)
        {
            var standby = new Instance(config, scale);
            await Eventually.TrueAsync(() => standby.IsReady, () => "the standby is ready", Patience);
            Way way = (Way)random.Next(4);
            await EditAsync(user, round);
            await LoseAsync(leader, way, random);
            await Eventually.TrueAsync(() => standby.Leads, () => $"round {round}: {way}, the standby leads", Patience);
            await Eventually.TrueAsync(async () => await IsAppliedAsync(user, round), () => $"round {round}: {way}, the new leader does what was left", Patience);
            Assert.True(judge.HasWritten(standby.UserAgent));
            await leader.EndAsync();
            leader = standby;
        }

        await leader.EndAsync();
    }

    /// <summary>The leader goes, with writes under way that arrive when the next one has begun.</summary>
    private static async Task LoseAsync(Instance leader, Way way, Random random)
    {
        leader.Link.Hold();
        await Eventually.TrueAsync(() => leader.Link.Waiting > 0, () => "the leader writes", Patience);
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
    private sealed class Instance
    {
        private readonly CancellationTokenSource _stop = new();
        private readonly KubernetesClient _client;
        private readonly Task _run;
        private OperatorHost? _host;

        public Instance(KubernetesClientConfig config, double scale)
        {
            UserAgent = WriteJudge.Prefix + Interlocked.Increment(ref _instances).ToString(CultureInfo.InvariantCulture);
            _client = new KubernetesClient(config, new KubernetesClientOptions { UserAgent = UserAgent });
            Link = new LateLink(_client);
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
        public async Task EndAsync()
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
