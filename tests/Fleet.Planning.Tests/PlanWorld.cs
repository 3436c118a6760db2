using Fleet.Api;
using Fleet.Api.Manifests;
using Fleet.Kubernetes.Models;
using Fleet.Planning.Children;
using TestKit;

namespace Fleet.Planning.Tests;

/// <summary>A world in memory in which plans come true at once: no server, no clock, no processes.</summary>
internal sealed class PlanWorld
{
    public static readonly DateTimeOffset Start = DateTimeOffset.FromUnixTimeSeconds(1_700_000_000);

    private int _uids;

    /// <param name="sample">A sample by name, or a manifest by path.</param>
    public PlanWorld(string sample = "devnet.yaml")
    {
        var testnet = (Testnet)ManifestReader.Read(File.ReadAllText(Path.Combine(Repository.Root, "crds", "samples", sample)), sample)[0].Object;
        testnet.Metadata.Namespace = "default";
        testnet.Metadata.Uid = "11111111-2222-3333-4444-555555555555";
        testnet.Metadata.Generation = 1;
        testnet.Metadata.CreationTimestamp = Start;
        Observation = new TestnetObservation { Testnet = testnet, Settings = new OperatorSettings("beacon:dev") };
    }

    public TestnetObservation Observation { get; set; }

    public DateTimeOffset Now { get; set; } = Start;

    public Testnet Testnet => Observation.Testnet;

    public string Name => Testnet.Metadata.Name!;

    /// <summary>Plans once, and lets everything in the plan come true.</summary>
    public TestnetPlan Pass()
    {
        TestnetPlan plan = TestnetPlanner.Plan(Observation, Now);
        foreach (PlanAction action in plan.Actions)
        {
            ComeTrue(action);
        }

        Testnet.Status = plan.Status;
        Observation = Observation with { History = plan.History };
        return plan;
    }

    /// <summary>Plans until nothing is left to do.</summary>
    public TestnetPlan Settle()
    {
        for (int pass = 0; pass < 12; pass++)
        {
            TestnetPlan plan = Pass();
            if (plan.Actions.IsEmpty)
            {
                return plan;
            }
        }

        throw new InvalidOperationException("the plans never come to rest");
    }

    /// <summary>The pod of a node runs, made from the node's current template.</summary>
    public void Run(string node, bool ready = true)
    {
        BeaconNode owner = Observation.Nodes[node];
        StatefulSet set = SetOf(owner);
        set.Metadata.Uid = NextUid();
        PodTemplateSpec template = set.Spec!.Template!;
        var pod = new Pod
        {
            Metadata = new ObjectMeta { Name = Names.Pod(node), Namespace = "default", Uid = NextUid(), CreationTimestamp = Now, Labels = template.Metadata!.Labels, Annotations = new Dictionary<string, string>(template.Metadata.Annotations!) },
            Spec = template.Spec,
            Status = new PodStatus
            {
                Phase = "Running",
                PodIP = "127.1.0.1",
                ContainerStatuses = template.Spec!.Containers.ConvertAll(container => new ContainerStatus { Name = container.Name, State = new ContainerState { Running = new ContainerStateRunning() } }),
                Conditions = [new PodCondition { Type = "Ready", Status = ready ? "True" : "False" }],
            },
        };
        Observation = Observation with { StatefulSets = Observation.StatefulSets.SetItem(node, set), Pods = Observation.Pods.SetItem(pod.Metadata.Name!, pod) };
    }

    /// <summary>The StatefulSets follow the nodes, as their controller sees to; the pods stay what they are.</summary>
    public void UpdateSets()
    {
        foreach ((string name, BeaconNode node) in Observation.Nodes)
        {
            Observation = Observation with { StatefulSets = Observation.StatefulSets.SetItem(name, SetOf(node)) };
        }
    }

    private StatefulSet SetOf(BeaconNode node)
    {
        int iteration = node.Spec.Iteration ?? 1;
        IterationRecord? record = Observation.ConfigMaps.Values.Select(map => IterationRecord.FromData(map.Data)).FirstOrDefault(found => found?.Iteration == iteration);
        return StatefulSetBuilder.Build(new PodParameters(node, node.Spec.Image!, iteration, Names.IdentitySecret(node.Metadata.Name!), 1) { Pair = [.. record?.PairRanges ?? []] });
    }

    /// <summary>A node reports what it sees.</summary>
    public void Report(string node, string? genesisRoot = null, long head = 10, long finalized = 0, DateTimeOffset? headChangedAt = null, bool reachable = true) =>
        Observation = Observation with
        {
            Snapshots = Observation.Snapshots.SetItem(node, new NodeSnapshot
            {
                Node = node,
                PodUid = Observation.Pods.GetValueOrDefault(Names.Pod(node))?.Metadata.Uid ?? "pod",
                At = Now,
                LastSeen = Now,
                IsReachable = reachable,
                GenesisRoot = genesisRoot ?? Testnet.Status?.GenesisRoot,
                HeadSlot = head,
                HeadRoot = "0x01",
                HeadChangedAt = headChangedAt ?? Now,
                JustifiedEpoch = finalized,
                JustifiedRoot = $"0xj{finalized}",
                FinalizedEpoch = finalized,
                FinalizedRoot = $"0xf{finalized}",
                Peers = 4,
                IsSyncing = false,
                Participation = 0.99,
            }),
        };

    /// <summary>A chain that runs and finalizes, an epoch being eight slots of a second.</summary>
    public static PlanWorld Healthy(string sample = "devnet.yaml")
    {
        var world = new PlanWorld(sample);
        world.Settle();
        foreach (string node in world.Observation.Nodes.Keys)
        {
            world.Run(node);
        }

        world.Settle();
        world.Now = world.Testnet.Status!.GenesisTime!.Value + TimeSpan.FromSeconds(8 * 10);
        world.ReportAll(head: 80, finalized: 8);
        world.Settle();
        return world;
    }

    public void ReportAll(long head, long finalized, DateTimeOffset? headChangedAt = null)
    {
        foreach (BeaconNode node in Observation.Nodes.Values.Where(node => node.Spec.Role != NodeRoles.Bootnode))
        {
            Report(node.Metadata.Name!, head: head, finalized: finalized, headChangedAt: headChangedAt);
        }
    }

    public Condition Condition(string type) => Testnet.Status!.Conditions!.Single(condition => condition.Type == type);

    private void ComeTrue(PlanAction action)
    {
        switch (action)
        {
            case PlanAction.Apply apply:
                Store(apply.Object);
                break;
            case PlanAction.Create create:
                Store(create.Object);
                break;
            case PlanAction.Delete { Object: BeaconNode node }:
                Observation = Observation with { Nodes = Observation.Nodes.Remove(node.Metadata.Name!), Pods = Observation.Pods.Remove(Names.Pod(node.Metadata.Name!)) };
                break;
            case PlanAction.Delete { Object: CanaryRollout rollout }:
                Observation = Observation with { Rollouts = Observation.Rollouts.Remove(rollout) };
                break;
            case PlanAction.Delete { Object: ChainReset reset }:
                Observation = Observation with { Resets = Observation.Resets.Remove(reset) };
                break;
            case PlanAction.Delete { Object: ConfigMap map }:
                Observation = Observation with { ConfigMaps = Observation.ConfigMaps.Remove(map.Metadata.Name!) };
                break;
            case PlanAction.EnsureMnemonic:
                Observation = Observation with { Mnemonic = new MnemonicFacts(true, "0123456789abcdef", null) };
                break;
            case PlanAction.EnsureKeys keys:
                Observation = Observation with { KeysSecrets = Observation.KeysSecrets.Add(keys.Shell.Metadata.Name!) };
                break;
            case PlanAction.WriteGenesis genesis:
                Store(Network(genesis));
                break;
            case PlanAction.RefreshPod refresh:
                refresh.Pod.Metadata.Annotations![Annotations.Network] = refresh.GenesisRoot;
                break;
            case PlanAction.ReplacePod replace:
                Observation = Observation with { Pods = Observation.Pods.Remove(replace.Pod.Metadata.Name!) };
                break;
            default:
                throw new InvalidOperationException($"{action.GetType().Name} cannot come true here");
        }
    }

    private void Store(IKubernetesObject value)
    {
        value.Metadata.Uid ??= NextUid();
        value.Metadata.CreationTimestamp ??= Now;
        string name = value.Metadata.Name!;
        Observation = value switch
        {
            BeaconNode node => Observation with { Nodes = Observation.Nodes.SetItem(name, WithPeer(node)) },
            ConfigMap map => Observation with { ConfigMaps = Observation.ConfigMaps.SetItem(name, map) },
            Service service => Observation with { Service = service },
            CanaryRollout rollout => Observation with { Rollouts = Observation.Rollouts.Add(rollout) },
            ChainReset reset => Observation with { Resets = Observation.Resets.Add(reset) },
            PodDisruptionBudget budget => Observation with { DisruptionBudget = budget },
            _ => throw new InvalidOperationException($"{value.GetType().Name} has no place here"),
        };
    }

    private static BeaconNode WithPeer(BeaconNode node)
    {
        node.Status ??= new BeaconNodeStatus { PeerId = "16Uiu2HA" + node.Metadata.Name!.Replace("-", "", StringComparison.Ordinal) };
        return node;
    }

    private ConfigMap Network(PlanAction.WriteGenesis genesis) => new()
    {
        Metadata = new ObjectMeta { Name = Names.Network(Name, genesis.Iteration.Iteration), Namespace = "default" },
        Data = new Dictionary<string, string>
        {
            ["config.yaml"] = "PRESET_BASE: 'minimal'\n",
            ["manifest.json"] = $$"""{"iteration":{{genesis.Iteration.Iteration}},"genesisRoot":"0xaa{{genesis.Iteration.Iteration:x8}}","genesisValidatorsRoot":"0xbb{{genesis.Iteration.Iteration:x8}}","genesisTime":{{genesis.GenesisTime.ToUnixTimeSeconds()}},"protocolId":"{{genesis.Iteration.Parameters.ProtocolId}}","forkDigest":"0x01020304","genesisShards":1}""",
        },
    };

    private string NextUid() => $"uid-{++_uids}";
}
