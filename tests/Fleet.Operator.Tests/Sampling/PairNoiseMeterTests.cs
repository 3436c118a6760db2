using Fleet.Api;
using Fleet.Kubernetes.Models;
using Fleet.Operator.Sampling;
using Fleet.Planning;
using Fleet.Planning.Canary;
using Fleet.Planning.Rollouts;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using TestKit;

namespace Fleet.Operator.Tests.Sampling;

/// <summary>A pair that runs one image is measured once after every start, and what is known of it comes to the judge.</summary>
public sealed class PairNoiseMeterTests : IAsyncLifetime
{
    private const string Image = "beacon:1";
    private const string Baseline = "net-baseline-0";
    private const string Canary = "net-canary-0";

    private static readonly TimeSpan Window = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly ObjectKey Key = new("ns", "net");
    private static readonly MetricDefinition Peers = BuiltInMetrics.All.Single(metric => metric.Name == "peers");

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2027, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly ScriptedNodes _nodes = new();
    private readonly HttpClient _http;
    private readonly PairSampler _sampler;
    private readonly PairNoiseMeter _meter;
    private TestnetObservation _world;

    public PairNoiseMeterTests()
    {
        _http = new HttpClient(_nodes) { Timeout = Timeout.InfiniteTimeSpan };
        _sampler = new PairSampler(
            new NodeReader(_http, _time),
            _ => throw new InvalidOperationException("no Prometheus is named"),
            key => Volatile.Read(ref _world!).Pods.GetValueOrDefault(key.Name),
            key => Volatile.Read(ref _world!).Snapshots.GetValueOrDefault(key.Name),
            _time,
            NullLogger<PairSampler>.Instance);
        _meter = new PairNoiseMeter(_sampler, new PairTargets(new PrometheusPrefixes([])), _time);
        _world = new TestnetObservation
        {
            Testnet = new Testnet
            {
                Metadata = new ObjectMeta { Name = "net", Namespace = "ns", Uid = "uid" },
                Spec = new TestnetSpec
                {
                    Network = new NetworkSpec { Config = new() { ["SLOT_DURATION_MS"] = new ConfigValue("1000") } },
                    Rollout = new RolloutSpec { Duration = new Duration("2m") },
                },
            },
            Settings = new OperatorSettings(Image),
        };
        Start(Baseline, "127.9.9.1", peers: 10);
        Start(Canary, "127.9.9.2", peers: 11);
    }

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await _sampler.DisposeAsync();
        _http.Dispose();
    }

    [Fact]
    public async Task Every_start_is_measured_once_and_five_are_told()
    {
        for (int start = 1; start <= 5; start++)
        {
            Start(Canary, "127.9.9.2", peers: 11);
            Assert.Null(NoiseOfPeers());

            // It is left alone until it is as old as a window, and then watched for one.
            await PassAsync(Window - TimeSpan.FromSeconds(10));
            Assert.Equal(0, _sampler.Count);
            await PassAsync(Window);
            Assert.Equal(1, _sampler.Count);
            await PassAsync(TimeSpan.FromSeconds(30));
            Assert.Equal(0, _sampler.Count);
        }

        PairNoise noise = NoiseOfPeers()!;
        Assert.Equal(5, noise.Restarts);
        Assert.Equal(2.968 * Math.Log(1.1), noise.EitherWay, 0.01);

        // The same processes say nothing new.
        await PassAsync(Window * 3);
        Assert.Equal((0, 5), (_sampler.Count, NoiseOfPeers()!.Restarts));

        _meter.Forget(Key);
        Assert.Equal(0, _meter.Count);
        Assert.Null(NoiseOfPeers());
    }

    [Fact]
    public async Task A_roll_out_or_another_process_ends_what_was_begun()
    {
        await PassAsync(Window * 1.5);
        Assert.Equal(1, _sampler.Count);

        CanaryRollout rollout = new()
        {
            Metadata = new ObjectMeta { Name = "net-r1", Namespace = "ns" },
            Spec = new CanaryRolloutSpec { Testnet = "net", From = Image, To = "beacon:2" },
            Status = new CanaryRolloutStatus { Phase = RolloutPhases.WarmingUp },
        };
        Volatile.Write(ref _world, _world with { Rollouts = [rollout] });
        _meter.Look(_world);
        Assert.Equal(0, _sampler.Count);

        Volatile.Write(ref _world, _world with { Rollouts = [] });
        _meter.Look(_world);
        Assert.Equal(1, _sampler.Count);

        Start(Baseline, "127.9.9.1", peers: 10);
        _meter.Look(_world);
        Assert.Equal(0, _sampler.Count);

        await PassAsync(Window * 1.5);
        Assert.Equal(1, _sampler.Count);
        _meter.Pause();
        Assert.Equal(0, _sampler.Count);
    }

    /// <summary>A node gets a new pod, which is ready and in sync at once.</summary>
    private void Start(string node, string address, int peers)
    {
        string role = node == Baseline ? NodeRoles.Baseline : NodeRoles.Canary;
        string uid = Guid.NewGuid().ToString();
        var pod = new Pod
        {
            Metadata = new ObjectMeta { Name = Names.Pod(node), Namespace = "ns", Uid = uid, CreationTimestamp = _time.GetUtcNow() },
            Spec = new PodSpec { Containers = [new Container { Name = "beacon", Image = Image }] },
            Status = new PodStatus
            {
                PodIP = address,
                Conditions = [new PodCondition { Type = "Ready", Status = "True" }],
                ContainerStatuses = [new ContainerStatus { Name = "beacon", State = new ContainerState { Running = new ContainerStateRunning() } }],
            },
        };
        var snapshot = new NodeSnapshot { Node = node, PodUid = uid, At = _time.GetUtcNow(), IsReachable = true, IsSyncing = false, HeadSlot = 1 };
        Volatile.Write(ref _world, _world with
        {
            Nodes = _world.Nodes.SetItem(node, new BeaconNode { Metadata = new ObjectMeta { Name = node, Namespace = "ns" }, Spec = new BeaconNodeSpec { Testnet = "net", Role = role, Image = Image } }),
            Pods = _world.Pods.SetItem(Names.Pod(node), pod),
            Snapshots = _world.Snapshots.SetItem(node, snapshot),
        });
        _nodes.Metrics(address, $"libp2p_peers {peers}\n");
    }

    /// <summary>Time passes in steps of two seconds; the testnet is looked at after each, when the pair has been, if it is watched.</summary>
    private async Task PassAsync(TimeSpan span)
    {
        DateTimeOffset end = _time.GetUtcNow() + span;
        while (_time.GetUtcNow() < end)
        {
            int before = _nodes.Requests.Count;
            _time.Advance(TimeSpan.FromSeconds(2));
            if (_sampler.Count > 0)
            {
                await Eventually.TrueAsync(() => HasLooked(before), () => "nobody looks at the pair", Patience, TestContext.Current.CancellationToken);
            }

            _meter.Look(_world);
        }
    }

    /// <summary>A loop that was about to wait when time passed looks with the next step.</summary>
    private bool HasLooked(int before)
    {
        if (_nodes.Requests.Count > before)
        {
            return true;
        }

        _time.Advance(TimeSpan.FromSeconds(2));
        return false;
    }

    private PairNoise? NoiseOfPeers()
    {
        var facts = new PairFacts
        {
            Since = _time.GetUtcNow(),
            Window = (start, end) => new JudgeInput { Start = start, End = end, Epoch = TimeSpan.FromSeconds(8), Metrics = [new MetricObservation(Peers, new SideData(), new SideData())] },
        };
        return _meter.WithNoise(Key, facts).Window(_time.GetUtcNow() - Window, _time.GetUtcNow()).Metrics[0].Noise;
    }
}
