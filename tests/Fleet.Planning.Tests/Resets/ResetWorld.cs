using System.Collections.Immutable;
using Fleet.Api;
using Fleet.Kubernetes.Models;
using Fleet.Planning.Resets;

namespace Fleet.Planning.Tests.Resets;

/// <summary>A testnet on a chain that finalizes, in which the plans of testnet and resets come true at once. Slots are a second, epochs eight.</summary>
internal sealed class ResetWorld
{
    private static readonly TimeSpan Step = TimeSpan.FromSeconds(1);
    private readonly List<string> _phases = [];
    private readonly List<string> _events = [];

    public ResetWorld(string sample = "devnet.yaml")
    {
        Plan = new PlanWorld(sample);
        Plan.Testnet.Metadata.Name = "devnet";
        Plan.Settle();
        RunPods();
        Plan.Settle();
        Plan.Now = Plan.Testnet.Status!.GenesisTime!.Value + TimeSpan.FromSeconds(8 * 10);
        Pass(3);
    }

    public PlanWorld Plan { get; }

    public Testnet Testnet => Plan.Testnet;

    public TestnetObservation Observation => Plan.Observation;

    /// <summary>The latest reset.</summary>
    public ChainReset Reset => Observation.Resets[^1];

    public string? Phase => Reset.Status?.Phase;

    /// <summary>Phases that were entered, in order.</summary>
    public IReadOnlyList<string> Phases => _phases;

    /// <summary>Events of the testnet and of all resets.</summary>
    public IReadOnlyList<string> Events => _events;

    /// <summary>What was done for the testnet.</summary>
    public List<PlanAction> Actions { get; } = [];

    /// <summary>Evidence that was to be kept.</summary>
    public List<ResetEvidence> Evidence { get; } = [];

    /// <summary>Pods that do not go, by name.</summary>
    public HashSet<string> Stuck { get; } = [];

    /// <summary>What the API server still has although the local copy does not.</summary>
    public ImmutableArray<string> AtServer { get; set; } = [];

    /// <summary>Whether the nodes finalize.</summary>
    public bool Finalizes { get; set; } = true;

    /// <summary>What else happens at each step, before anything is decided.</summary>
    public Action Also { get; set; } = () => { };

    /// <summary>A person asks for a reset.</summary>
    public ChainReset Ask(int from, string? name = null, Action<ChainReset>? change = null)
    {
        var reset = new ChainReset
        {
            Metadata = new ObjectMeta { Name = name ?? Names.Reset("devnet", from), Namespace = "default", Uid = $"reset-{Observation.Resets.Length}", CreationTimestamp = Plan.Now },
            Spec = new ChainResetSpec { Testnet = "devnet", FromIteration = from, Reason = "a try" },
        };
        change?.Invoke(reset);
        Plan.Observation = Observation with { Resets = Observation.Resets.Add(reset) };
        return reset;
    }

    public void UntilPhase(string phase, int seconds = 300) => Until(() => Phase == phase, seconds);

    public void UntilEnd(int seconds = 300) => Until(() => Observation.Resets.All(reset => ResetPhases.IsEnd(reset.Status?.Phase)), seconds);

    public void Until(Func<bool> condition, int seconds = 300)
    {
        for (int i = 0; i < seconds; i++)
        {
            if (condition())
            {
                return;
            }

            Pass(1);
        }

        Assert.Fail($"still {Phase} after {seconds} s: {Reset.Status?.Message}; {string.Join(", ", _phases)}");
    }

    public void Pass(int steps)
    {
        for (int i = 0; i < steps; i++)
        {
            Plan.Now += Step;
            Also();
            Plan.UpdateSets();
            StopPods();
            RunPods();
            Report();
            PlanResets();
            TestnetStatus before = Testnet.Status!;
            TestnetPlan plan = Plan.Pass();
            Assert.NotSame(before, plan.Status);
            Actions.AddRange(plan.Actions);
            _events.AddRange(plan.Events.Select(planned => planned.Reason));
        }
    }

    /// <summary>Every live pod belongs to one iteration: a key never signs for two chains at once.</summary>
    public void AssertOneChain() =>
        Assert.Single(Observation.Pods.Values.Select(pod => pod.Metadata.Labels![Labels.Iteration]).DefaultIfEmpty("none").Distinct());

    /// <summary>Plans each reset twice from the same facts, as an operator does that died in between; the second says the same.</summary>
    private void PlanResets()
    {
        foreach (ChainReset reset in Observation.Resets)
        {
            bool isAsked = reset.Status?.Phase == ResetPhases.Quiescing && ResetPlanner.OldPods(Observation, reset).IsEmpty;
            var observation = new ResetObservation { Reset = reset, World = Observation, PodsAtServer = isAsked ? AtServer : null };
            ResetPlan plan = ResetPlanner.Plan(observation, Plan.Now);
            ResetPlan again = ResetPlanner.Plan(observation, Plan.Now);
            Assert.True(KubernetesJson.DeepEquals(plan.Status, again.Status, FleetApiJson.Context.ChainResetStatus));
            if (plan.Status.Phase != reset.Status?.Phase)
            {
                _phases.Add($"{plan.Status.Phase}");
            }

            if (plan.Evidence is { } evidence)
            {
                Evidence.Add(evidence);
            }

            _events.AddRange(plan.Events.Select(planned => planned.Reason));
            reset.Status = plan.Status;
        }
    }

    private void StopPods()
    {
        foreach (BeaconNode node in Observation.Nodes.Values.Where(node => node.Spec.Suspend && !Stuck.Contains(Names.Pod(node.Metadata.Name!))))
        {
            Plan.Observation = Observation with { Pods = Observation.Pods.Remove(Names.Pod(node.Metadata.Name!)), Snapshots = Observation.Snapshots.Remove(node.Metadata.Name!) };
        }
    }

    private void RunPods()
    {
        foreach (BeaconNode node in Observation.Nodes.Values.Where(node => !node.Spec.Suspend && !Observation.Pods.ContainsKey(Names.Pod(node.Metadata.Name!))))
        {
            Plan.Run(node.Metadata.Name!);
        }
    }

    private void Report()
    {
        if (Testnet.Status is not { GenesisTime: { } genesis, GenesisRoot: not null } || Plan.Now < genesis)
        {
            return;
        }

        long epoch = (long)((Plan.Now - genesis) / TimeSpan.FromSeconds(8));
        foreach (BeaconNode node in Observation.Nodes.Values.Where(node => node.Spec.Role != NodeRoles.Bootnode && Observation.Pods.ContainsKey(Names.Pod(node.Metadata.Name!))))
        {
            Plan.Report(node.Metadata.Name!, head: (long)(Plan.Now - genesis).TotalSeconds, finalized: Finalizes ? Math.Max(0, epoch - 2) : 0);
        }
    }
}
