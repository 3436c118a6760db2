using System.Collections.Immutable;
using Fleet.Api;
using Fleet.Kubernetes.Models;
using Fleet.Planning.Canary;
using Fleet.Planning.Rollouts;

namespace Fleet.Planning.Tests.Rollouts;

/// <summary>A testnet with a pair, on a chain that finalizes, in which both planners' plans come true at once. Slots are a second, epochs eight.</summary>
internal sealed class RolloutWorld
{
    private static readonly TimeSpan Step = TimeSpan.FromSeconds(2);
    private readonly PlanWorld _plan = new("canary.yaml");
    private readonly List<string> _phases = [];
    private readonly List<string> _events = [];
    private (string? Baseline, string? Canary) _pods;
    private DateTimeOffset _since;

    public RolloutWorld()
    {
        _plan.Testnet.Metadata.Name = "devnet";
        _plan.Testnet.Spec.Image = "beacon:1";
        _plan.Settle();
        RunPods();
        _plan.Settle();
        _plan.Now = _plan.Testnet.Status!.GenesisTime!.Value + TimeSpan.FromSeconds(8 * 10);
        Pass(3);
    }

    public Testnet Testnet => _plan.Testnet;

    public TestnetObservation Observation => _plan.Observation;

    public DateTimeOffset Now => _plan.Now;

    /// <summary>The latest roll-out.</summary>
    public CanaryRollout Rollout => _plan.Observation.Rollouts[^1];

    public string? Phase => _plan.Observation.Rollouts is [.., { } last] ? last.Status?.Phase : null;

    /// <summary>Phases that were entered, with their reasons.</summary>
    public IReadOnlyList<string> Phases => _phases;

    /// <summary>Reasons of the events of all roll-outs.</summary>
    public IReadOnlyList<string> Events => _events;

    /// <summary>Most keys that were not running at any time.</summary>
    public long MostStakeAway { get; private set; }

    /// <summary>Factor of a metric on the canary while it runs the new image.</summary>
    public Dictionary<string, double> Worse { get; } = [];

    /// <summary>What is changed in what was seen of the pair.</summary>
    public Func<PairFacts, PairFacts> Seen { get; set; } = facts => facts;

    /// <summary>What else happens at each step, after pods and nodes have moved on.</summary>
    public Action<PlanWorld> Also { get; set; } = _ => { };

    /// <summary>Epochs that finality is behind the clock.</summary>
    public int Lag { get; set; } = 2;

    /// <summary>Image that is wanted from now on.</summary>
    public void Want(string image)
    {
        Testnet.Spec.Image = image;
        Testnet.Metadata.Generation++;
    }

    public void Decide(string decision) => Rollout.Spec.Decision = decision;

    public string ImageOf(string node) => Observation.Pods[Names.Pod(node)].Spec!.Containers[0].Image!;

    /// <summary>Time passes in steps of two seconds until something is the case.</summary>
    public void Until(Func<bool> condition, int minutes = 10)
    {
        for (int i = 0; i < minutes * 30; i++)
        {
            Pass(1);
            if (condition())
            {
                return;
            }
        }

        Assert.Fail($"still {Phase} after {minutes} minutes: {Rollout.Status?.Reason}, {Rollout.Status?.Message}; {string.Join(", ", _phases)}");
    }

    public void UntilPhase(string phase, int minutes = 10) => Until(() => Phase == phase, minutes);

    public void UntilEnd(int minutes = 30) => Until(() => RolloutPhases.IsEnd(Phase), minutes);

    /// <summary>Some steps.</summary>
    public void Pass(int steps)
    {
        for (int i = 0; i < steps; i++)
        {
            _plan.Now += Step;
            RunPods();
            Report();
            Also(_plan);
            PlanRollout();
            _plan.Pass();
            MostStakeAway = Math.Max(MostStakeAway, StakeAway());
            _plan.UpdateSets();
        }
    }

    /// <summary>Plans the roll-out twice from the same facts, as an operator does that died in between; the second says the same.</summary>
    private void PlanRollout()
    {
        foreach (CanaryRollout rollout in Observation.Rollouts)
        {
            var observation = new RolloutObservation { Rollout = rollout, World = Observation, Pair = RolloutPhases.HasPair(rollout.Status?.Phase) ? Facts() : null };
            RolloutPlan plan = RolloutPlanner.Plan(observation, Now);
            RolloutPlan again = RolloutPlanner.Plan(observation, Now);
            Assert.True(KubernetesJson.DeepEquals(plan.Status, again.Status, FleetApiJson.Context.CanaryRolloutStatus));
            if (plan.Status.Phase != rollout.Status?.Phase)
            {
                _phases.Add($"{plan.Status.Phase}/{plan.Status.Reason}");
            }

            _events.AddRange(plan.Events.Select(planned => planned.Reason));
            rollout.Status = plan.Status;
        }
    }

    private PairFacts Facts()
    {
        string baseline = Names.PairNode("devnet", NodeRoles.Baseline);
        string canary = Names.PairNode("devnet", NodeRoles.Canary);
        (string? Baseline, string? Canary) pods = (Observation.Pods.GetValueOrDefault(Names.Pod(baseline))?.Metadata.Uid, Observation.Pods.GetValueOrDefault(Names.Pod(canary))?.Metadata.Uid);
        if (pods != _pods)
        {
            _pods = pods;
            _since = Now;
        }

        return Seen(new PairFacts { Since = _since, Window = Window });
    }

    private void RunPods()
    {
        foreach (string node in Observation.Nodes.Keys)
        {
            if (!Observation.Pods.ContainsKey(Names.Pod(node)))
            {
                _plan.Run(node);
            }
        }
    }

    private void Report()
    {
        long epoch = (long)((Now - Testnet.Status!.GenesisTime!.Value) / TimeSpan.FromSeconds(8));
        _plan.ReportAll(head: epoch * 8, finalized: epoch - Lag);
        foreach (string gone in Observation.Nodes.Keys.Where(node => !PodIsReady(node)))
        {
            _plan.Observation = Observation with { Snapshots = Observation.Snapshots.Remove(gone) };
        }
    }

    private bool PodIsReady(string node) => Steps.PodFacts.IsReady(Observation.Pods.GetValueOrDefault(Names.Pod(node)));

    private long StakeAway() => Observation.ConfigMaps.Values.Select(map => IterationRecord.FromData(map.Data)).First(record => record is not null)!
        .Assignment.Ranges.Where(range => !PodIsReady(range.Node)).Sum(range => (long)range.Count);

    /// <summary>Samples every two seconds, with noise that is the same on every run; levels do not depend on the window.</summary>
    private JudgeInput Window(DateTimeOffset start, DateTimeOffset end) => new()
    {
        Start = start,
        End = end,
        Epoch = TimeSpan.FromSeconds(8),
        Metrics = [.. BuiltInMetrics.All.Select(metric => new MetricObservation(metric, Side(metric, start, end, 1, 1), Side(metric, start, end, 2, Worse.GetValueOrDefault(metric.Name, 1))))],
        GroupWeights = BuiltInMetrics.GroupWeights,
    };

    private static SideData Side(MetricDefinition metric, DateTimeOffset start, DateTimeOffset end, int side, double factor)
    {
        if (metric.Kind == MetricKind.Duty)
        {
            long of = (long)((end - start) / TimeSpan.FromSeconds(2));
            return new SideData { Duties = new DutyCounts((long)(of * (metric.Direction == MetricDirection.Decrease ? 1 / factor : factor - 1)), of) };
        }

        if (metric.Kind == MetricKind.Count)
        {
            return new SideData { Count = (long)factor - 1 };
        }

        var samples = ImmutableArray.CreateBuilder<Sample>();
        for (long tick = (start.UtcTicks / Step.Ticks) + 1; tick * Step.Ticks < end.UtcTicks; tick++)
        {
            double noise = ((((tick * 7919 * side) + (metric.Name.Length * 104729)) % 1000) / 1000.0) - 0.5;
            samples.Add(new Sample(new DateTimeOffset(tick * Step.Ticks, TimeSpan.Zero), metric.Effect == MetricEffect.Difference ? factor - 1 : 1e8 * factor * (1 + (0.02 * noise))));
        }

        return new SideData { Samples = samples.ToImmutable() };
    }
}
