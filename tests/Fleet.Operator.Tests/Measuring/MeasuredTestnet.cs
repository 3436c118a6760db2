using Fleet.Api;
using Fleet.Kubernetes.Models;
using Fleet.Operator.Measuring;
using Fleet.Planning;
using Fleet.Planning.Steps;

namespace Fleet.Operator.Tests.Measuring;

/// <summary>A testnet with slots of a second that has run for 100 epochs, for tests of what is measured about it.</summary>
internal sealed class MeasuredTestnet
{
    private const string GenesisRoot = "0xgenesis";
    private readonly List<(BeaconNode Node, NodeSnapshot? Seen)> _nodes = [];
    private readonly List<CanaryRollout> _rollouts = [];
    private readonly List<ChainReset> _resets = [];

    public DateTimeOffset Genesis { get; } = DateTimeOffset.UnixEpoch.AddYears(56);

    public DateTimeOffset Now { get; private set; } = DateTimeOffset.UnixEpoch.AddYears(56).AddSeconds(805);

    public Testnet Testnet { get; } = new()
    {
        Metadata = new ObjectMeta { Name = "net", Namespace = "nets" },
        Status = new TestnetStatus { Iteration = 1, ProtocolId = "/fleet/net-1/1", GenesisRoot = GenesisRoot, GenesisTime = DateTimeOffset.UnixEpoch.AddYears(56) },
    };

    public TestnetCopies Copies => new(Testnet, _nodes, _rollouts, _resets, new ChainClock(TimeSpan.FromSeconds(1), 8));

    public TestnetFacts Facts() => TestnetFacts.Of(Copies, Now);

    public void Later(TimeSpan by) => Now += by;

    public void AddNode(string name, string role = NodeRoles.Node, NodeSnapshot? seen = null) => _nodes.Add((
        new BeaconNode { Metadata = new ObjectMeta { Name = name, Namespace = "nets" }, Spec = new BeaconNodeSpec { Testnet = "net", Role = role } },
        seen));

    /// <summary>Adds a node that the probe has seen.</summary>
    public void See(string name, long head, long finalized, int headAge, bool reachable = true, string genesis = GenesisRoot) => AddNode(name, seen: new NodeSnapshot
    {
        Node = name,
        PodUid = "uid-" + name,
        At = Now,
        IsReachable = reachable,
        GenesisRoot = genesis,
        HeadSlot = head,
        HeadChangedAt = Now - TimeSpan.FromSeconds(headAge),
        FinalizedEpoch = finalized,
        Participation = 0.9,
    });

    public void Suspended(string status, DateTimeOffset since) =>
        Testnet.Status!.Conditions = [new Condition { Type = ConditionTypes.Suspended, Status = status, LastTransitionTime = since }];

    public void AddRollout(string name, int number, string? phase, double? score) => _rollouts.Add(new CanaryRollout
    {
        Metadata = new ObjectMeta { Name = name, Namespace = "nets" },
        Spec = new CanaryRolloutSpec { Testnet = "net", Number = number },
        Status = new CanaryRolloutStatus { Phase = phase, Score = score },
    });

    public void AddReset(string name, string? phase, TimeSpan age, string? criterion) => _resets.Add(new ChainReset
    {
        Metadata = new ObjectMeta { Name = name, Namespace = "nets", CreationTimestamp = Now - age },
        Spec = new ChainResetSpec { Testnet = "net", FromIteration = 1, Criterion = criterion },
        Status = phase is null ? null : new ChainResetStatus { Phase = phase },
    });
}
