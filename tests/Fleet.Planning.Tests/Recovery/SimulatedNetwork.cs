using System.Globalization;
using System.Text;
using Fleet.Api;
using Fleet.Kubernetes.Models;
using Fleet.Planning.Recovery;

namespace Fleet.Planning.Tests.Recovery;

/// <summary>A testnet whose nodes, chains and time are simulated, and whose operator is the real planner. An epoch is a step.</summary>
internal sealed class SimulatedNetwork
{
    private const int SlotsPerEpoch = 8;
    private const string Genesis = "0xaa00000001";
    private static readonly TimeSpan EpochDuration = TimeSpan.FromSeconds(6 * SlotsPerEpoch);

    private readonly PlanWorld _world = new();
    private readonly Dictionary<string, SimulatedBranch> _branches = new(StringComparer.Ordinal);
    private readonly StringBuilder _log = new();
    private readonly DateTimeOffset _genesis;
    private string _lastMessage = "";
    private long _epoch;

    /// <param name="nodes">Nodes.</param>
    /// <param name="keys">Keys of each.</param>
    /// <param name="outside">Validators of others.</param>
    /// <param name="limit">Epochs after which finality counts as lost.</param>
    /// <param name="edit">What else the spec says.</param>
    public SimulatedNetwork(int nodes = 8, int keys = 8, int outside = 0, int limit = 100, Action<TestnetSpec>? edit = null)
    {
        TestnetSpec spec = _world.Testnet.Spec;
        spec.Network.Config = new Dictionary<string, ConfigValue> { ["SLOT_DURATION_MS"] = 6000 };
        spec.Genesis.Validators = spec.Pools[0].Validators = nodes * keys;
        spec.Pools[0].Replicas = nodes;
        spec.Health.FinalityLostEpochs = limit;
        spec.Health.FinalityWarnEpochs = Math.Min(10, limit);
        edit?.Invoke(spec);
        _world.Settle();
        Nodes = [.. Enumerable.Range(0, nodes).Select(ordinal => new SimulatedNode($"devnet-eu-{ordinal}", keys, ordinal))];
        Outside = new SimulatedNode("others", outside, nodes);
        _branches["main"] = new SimulatedBranch("main", [.. Nodes.Append(Outside).Select(node => node.Keys)]);
        foreach (string name in _world.Observation.Nodes.Keys)
        {
            _world.Run(name);
        }

        _world.Settle();
        _genesis = _world.Testnet.Status!.GenesisTime!.Value;
    }

    public IReadOnlyList<SimulatedNode> Nodes { get; }

    /// <summary>Those who are not of this testnet.</summary>
    public SimulatedNode Outside { get; }

    /// <summary>Whether somebody proposes.</summary>
    public bool HasBlocks { get; set; } = true;

    /// <summary>Whether the operator looks.</summary>
    public bool IsWatched { get; set; } = true;

    /// <summary>ChainResets that the operator made.</summary>
    public List<ChainReset> Made { get; } = [];

    /// <summary>Whether ResetRequired was ever true.</summary>
    public bool WasCondemned { get; private set; }

    /// <summary>Whether a reset was under way.</summary>
    public bool IsResetting => _world.Testnet.Status?.ActiveReset is { Length: > 0 };

    public long Lag => _epoch - _branches.Values.Max(branch => branch.FinalizedEpoch);

    public long Epoch => _epoch;

    public PlanWorld World => _world;

    /// <summary>Events, and when they were told.</summary>
    public List<(DateTimeOffset At, PlannedEvent Event)> Told { get; } = [];

    /// <summary>What was said and done, when it changed.</summary>
    public string Log => _log.ToString();

    /// <summary>Another branch, on which nothing has happened yet.</summary>
    public void Fork(string name) => _branches[name] = new SimulatedBranch(name, _branches["main"], _epoch - 1);

    /// <summary>Does something to some nodes.</summary>
    public void Do(Range nodes, Action<SimulatedNode> act)
    {
        (int first, int count) = nodes.GetOffsetAndLength(Nodes.Count);
        foreach (SimulatedNode node in Nodes.Skip(first).Take(count))
        {
            act(node);
        }
    }

    /// <summary>All validators of a node, or all others, are slashed.</summary>
    public void Slash(SimulatedNode node, int exitsPerEpoch)
    {
        foreach (SimulatedBranch branch in _branches.Values)
        {
            branch.Slash(node.Group, _epoch, exitsPerEpoch);
        }
    }

    /// <summary>Epochs go by.</summary>
    public void Epochs(int count)
    {
        for (int i = 0; i < count; i++)
        {
            EndEpoch();
            _epoch++;
            _world.Now = _genesis + (EpochDuration * _epoch) + TimeSpan.FromSeconds(4);
            if (IsWatched)
            {
                Look();
            }
        }
    }

    /// <summary>Epochs go by until something holds.</summary>
    public void Until(Func<bool> holds, int most)
    {
        for (int i = 0; i < most && !holds(); i++)
        {
            Epochs(1);
        }
    }

    /// <summary>Another operator takes over, which has nothing in memory.</summary>
    public void RestartOperator() => _world.Observation = _world.Observation with { History = null };

    /// <summary>The user edits the spec.</summary>
    public void Edit(Action<Testnet> edit)
    {
        edit(_world.Testnet);
        _world.Testnet.Metadata.Generation++;
    }

    private void EndEpoch()
    {
        foreach ((string name, SimulatedBranch branch) in _branches)
        {
            bool[] votes = [.. Nodes.Append(Outside).Select(node => node.IsVotingOn(name) && !_world.Testnet.Spec.Suspend)];
            branch.EndEpoch(_epoch, votes, HasBlocks);
        }
    }

    private void Look()
    {
        for (int pass = 0; pass < 5; pass++)
        {
            foreach (SimulatedNode node in Nodes.Where(node => _world.Observation.Nodes.ContainsKey(node.Name)))
            {
                Show(node);
            }

            TestnetPlan plan = _world.Pass();
            Note(plan);
            if (plan.Actions.IsEmpty)
            {
                return;
            }
        }
    }

    private void Note(TestnetPlan plan)
    {
        Told.AddRange(plan.Deeds.Concat(plan.Events).Select(told => (_world.Now, told)));
        foreach (PlannedEvent deed in plan.Deeds)
        {
            Write($"{deed.Reason}: {deed.Message}");
        }

        Condition required = plan.Status.Conditions!.Single(condition => condition.Type == ConditionTypes.ResetRequired);
        WasCondemned |= required.IsTrue;
        string message = string.Concat(required.Message!.Where(c => !char.IsAsciiDigit(c)));
        if (message != _lastMessage)
        {
            _lastMessage = message;
            Write($"{(required.IsTrue ? "beyond repair, " + required.Reason + ": " : "")}{required.Message}");
        }

        foreach (ChainReset reset in plan.Actions.OfType<PlanAction.Create>().Select(action => action.Object).OfType<ChainReset>())
        {
            Made.Add(reset);
            Write($"ChainReset {reset.Metadata.Name}: {reset.Spec.Criterion}: {reset.Spec.Reason}");
            foreach (string line in plan.History!.Evidence)
            {
                Write($"  {line}");
            }
        }
    }

    private void Write(string line) => _log.Append(CultureInfo.InvariantCulture, $"epoch {_epoch}: {line}\n");

    private void Show(SimulatedNode node)
    {
        string pod = Names.Pod(node.Name);
        (ProcessState, bool, int?) now = (node.Process, node.IsReady, node.ExitCode);
        if (!_world.Observation.Pods.ContainsKey(pod) || node.Shown != now)
        {
            _world.Run(node.Name, ready: node.Process == ProcessState.Running && node.IsReady);
            ContainerStatus beacon = _world.Observation.Pods[pod].Status!.ContainerStatuses![0];
            beacon.State = node.Process switch
            {
                ProcessState.Crashing => new ContainerState { Waiting = new ContainerStateWaiting { Reason = "CrashLoopBackOff" } },
                ProcessState.Waiting => new ContainerState { Waiting = new ContainerStateWaiting { Reason = "ContainerCreating" } },
                _ => beacon.State,
            };
            int? ended = node.Process == ProcessState.Crashing ? node.ExitCode ?? 4 : node.ExitCode;
            beacon.LastState = ended is { } code ? new ContainerState { Terminated = new ContainerStateTerminated { ExitCode = code } } : null;
            beacon.RestartCount = ended is null ? 0 : 1;
            node.Shown = now;
        }

        NodeSnapshot? before = _world.Observation.Snapshots.GetValueOrDefault(node.Name);
        bool answers = node.Process == ProcessState.Running && node.Answers && !_world.Testnet.Spec.Suspend;
        _world.Observation = _world.Observation with
        {
            Snapshots = answers ? _world.Observation.Snapshots.SetItem(node.Name, node.Tells(Snapshot(node)))
                : before is null || node.Process != ProcessState.Running ? _world.Observation.Snapshots.Remove(node.Name)
                : _world.Observation.Snapshots.SetItem(node.Name, before with { IsReachable = false, At = _world.Now }),
        };
    }

    private NodeSnapshot Snapshot(SimulatedNode node)
    {
        SimulatedBranch branch = _branches[node.Branch];
        IEnumerable<(long Epoch, string Root)> others = Nodes
            .Select(other => _world.Observation.Snapshots.GetValueOrDefault(other.Name)).OfType<NodeSnapshot>()
            .SelectMany(other => new[] { (other.FinalizedEpoch ?? 0, other.FinalizedRoot ?? ""), (other.JustifiedEpoch ?? 0, other.JustifiedRoot ?? "") });
        return new NodeSnapshot
        {
            Node = node.Name,
            PodUid = "pod",
            At = _world.Now,
            LastSeen = _world.Now,
            IsReachable = true,
            GenesisRoot = node.OtherGenesis ?? Genesis,
            HeadSlot = ((branch.HeadEpoch + 1) * SlotsPerEpoch) - 1,
            HeadRoot = branch.HeadRoot,
            HeadChangedAt = _genesis + (EpochDuration * (branch.HeadEpoch + 1)),
            JustifiedEpoch = branch.JustifiedEpoch,
            JustifiedRoot = branch.RootAt(branch.JustifiedEpoch),
            FinalizedEpoch = branch.FinalizedEpoch,
            FinalizedRoot = branch.RootAt(branch.FinalizedEpoch),
            Foreign = [.. others.Where(other => other.Epoch > 0 && other.Epoch <= branch.HeadEpoch && branch.RootAt(other.Epoch) != other.Root).Select(other => other.Root).Distinct().Take(8)],
            Peers = 4,
            IsSyncing = false,
            Votes = branch.Votes,
            Participation = branch.Votes.Active == 0 ? null : (double)branch.Votes.Target / branch.Votes.Active,
            ClockSkew = node.Skew,
        };
    }
}

/// <summary>A node, or those who are not of the testnet.</summary>
internal sealed class SimulatedNode(string name, int keys, int group)
{
    public string Name { get; } = name;

    public int Keys { get; } = keys;

    public int Group { get; } = group;

    /// <summary>What its pod does.</summary>
    public ProcessState Process { get; set; } = ProcessState.Running;

    /// <summary>Whether its pod passes the readiness probes while it runs.</summary>
    public bool IsReady { get; set; } = true;

    /// <summary>Exit code with which it ended last; null: it has not, or with 4 if it crashes.</summary>
    public int? ExitCode { get; set; }

    /// <summary>What the pod was last made to look like.</summary>
    public (ProcessState Process, bool IsReady, int? ExitCode) Shown { get; set; } = (ProcessState.Running, true, null);

    /// <summary>Whether the operator reaches it.</summary>
    public bool Answers { get; set; } = true;

    /// <summary>Whether its validators sign.</summary>
    public bool Signs { get; set; } = true;

    /// <summary>Whether its validators sign on every branch.</summary>
    public bool Equivocates { get; set; }

    /// <summary>The chain it follows.</summary>
    public string Branch { get; set; } = "main";

    /// <summary>Its clock less ours.</summary>
    public TimeSpan Skew { get; set; }

    /// <summary>Another genesis than the one that was written.</summary>
    public string? OtherGenesis { get; set; }

    /// <summary>What it says instead of the truth.</summary>
    public Func<NodeSnapshot, NodeSnapshot> Tells { get; set; } = static truth => truth;

    /// <summary>Whether its votes count on a branch: those of a clock that is wrong come at the wrong time.</summary>
    public bool IsVotingOn(string branch) => Process == ProcessState.Running && Signs && Skew == TimeSpan.Zero && (Equivocates || (Branch == branch && OtherGenesis is null));
}
