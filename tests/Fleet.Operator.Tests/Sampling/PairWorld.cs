using System.Collections.Immutable;
using System.Globalization;
using Fleet.Api;
using Fleet.Kubernetes.Models;
using Fleet.Operator.Sampling;
using Fleet.Planning;
using Fleet.Planning.Canary;
using Fleet.Planning.Rollouts;
using Fleet.Planning.Steps;
using Microsoft.Extensions.Time.Testing;

namespace Fleet.Operator.Tests.Sampling;

/// <summary>A pair and three nodes outside it: pods, what their probes said, and what they answer, in a time that passes when it is told to.</summary>
internal sealed class PairWorld : IDisposable
{
    public const string Baseline = "net-baseline-0";
    public const string Canary = "net-canary-0";

    public static readonly ImmutableArray<string> Outside = ["net-eu-0", "net-eu-1", "net-eu-2"];

    private const string Namespace = "ns";

    private readonly Dictionary<ObjectKey, Pod> _pods = [];
    private readonly Dictionary<ObjectKey, NodeSnapshot> _snapshots = [];
    private readonly HttpClient _http;

    public PairWorld()
    {
        _http = new HttpClient(Nodes) { Timeout = Timeout.InfiniteTimeSpan };
        foreach (string node in (string[])[Baseline, Canary, .. Outside])
        {
            Start(node, node + "-uid");
            Probe(node, headSlot: 0);
        }

        var clock = new ChainClock(TimeSpan.FromSeconds(1), 8);
        var target = new PairTarget
        {
            Namespace = Namespace,
            Baseline = Baseline,
            Canary = Canary,
            Outside = Outside,
            Clock = clock,
            Timing = new RolloutTiming(TimeSpan.FromMinutes(2), TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(2)),
            Metrics = BuiltInMetrics.All,
            Config = ImmutableSortedDictionary<string, string>.Empty.Add("GENESIS_FORK_VERSION", "0x00000AbC").Add("MIN_GENESIS_TIME", "'5'").Add("SLOT_DURATION_MS", "1000"),
        };
        var reader = new NodeReader(_http, Time);
        Watch = new PairWatch(target, new SampleReader(reader, null, target.Namespace, target.Timing.Sampling, Time), reader, key => PodOf(key), key => _snapshots.GetValueOrDefault(key), Time);
    }

    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2027, 1, 1, 0, 0, 0, TimeSpan.Zero));

    public ScriptedNodes Nodes { get; } = new();

    public PairWatch Watch { get; }

    /// <summary>Told whenever a pod is looked up, before it is found.</summary>
    public Action<string>? OnLookUp { get; set; }

    public void Dispose() => _http.Dispose();

    /// <summary>Where a node's pod answers.</summary>
    public static string Host(string node) => node switch
    {
        Baseline => "127.9.9.1",
        Canary => "127.9.9.2",
        _ => "127.9.9.1" + node[^1],
    };

    /// <summary>A pod runs.</summary>
    public void Start(string node, string uid, int restarts = 0) => _pods[Key(Names.Pod(node))] = new Pod
    {
        Metadata = new ObjectMeta { Name = Names.Pod(node), Namespace = Namespace, Uid = uid },
        Status = new PodStatus { PodIP = Host(node), ContainerStatuses = [new ContainerStatus { Name = "beacon", RestartCount = restarts }] },
    };

    /// <summary>A pod is gone.</summary>
    public void Stop(string node) => _pods.Remove(Key(Names.Pod(node)));

    /// <summary>A node answered a probe, of the pod that runs now or of another.</summary>
    public void Probe(string node, long headSlot, string? podUid = null) => _snapshots[Key(node)] = new NodeSnapshot
    {
        Node = node,
        PodUid = podUid ?? _pods[Key(Names.Pod(node))].Metadata.Uid!,
        At = Time.GetUtcNow(),
        LastSeen = Time.GetUtcNow(),
        IsReachable = true,
        HeadSlot = headSlot,
    };

    /// <summary>No probe of a node was answered lately.</summary>
    public void ProbeInVain(string node) => _snapshots[Key(node)] = _snapshots[Key(node)] with { IsReachable = false };

    /// <summary>The pair gives metrics.</summary>
    public void Measure(int baselinePeers, int canaryPeers)
    {
        Nodes.Metrics(Host(Baseline), $"libp2p_peers {baselinePeers}\n");
        Nodes.Metrics(Host(Canary), $"libp2p_peers {canaryPeers}\n");
    }

    /// <summary>An outside node counts duties: of the canary's four keys all fail.</summary>
    public void Count(string node, int epoch, int counted) => Nodes.Metrics(Host(node), string.Create(CultureInfo.InvariantCulture, $$"""
        fleet_duty_epoch {{epoch}}
        fleet_duty_attestation_total{key_group="{{Baseline}}",result="included"} {{counted}}
        fleet_duty_attestation_total{key_group="{{Canary}}",result="missed"} {{counted}}

        """));

    /// <summary>All outside nodes have a head, and a block two slots below it; so does the canary, which may be another block or none.</summary>
    public void Advance(long headSlot, byte root, byte? ofCanary)
    {
        foreach (string node in Outside)
        {
            Probe(node, headSlot);
            Nodes.Block(Host(node), headSlot - 2, root);
        }

        Nodes.Block(Host(Canary), headSlot - 2, ofCanary);
    }

    /// <summary>Time passes, then the pair is looked at.</summary>
    public async Task<PairFacts?> LookAsync(double afterSeconds = 2)
    {
        Time.Advance(TimeSpan.FromSeconds(afterSeconds));
        await Watch.LookAsync(TestContext.Current.CancellationToken);
        return Watch.Facts();
    }

    private static ObjectKey Key(string name) => new(Namespace, name);

    private Pod? PodOf(ObjectKey key)
    {
        OnLookUp?.Invoke(key.Name);
        return _pods.GetValueOrDefault(key);
    }
}
