using Fleet.Api;
using Fleet.Kubernetes.Models;
using Fleet.Planning.Recovery;

namespace Fleet.Planning.Tests.Recovery;

/// <summary>A story of a chain in trouble.</summary>
/// <param name="Id">R: it must be begun anew. N: it must not.</param>
/// <param name="Title">What happens.</param>
/// <param name="Criterion">Why it is begun anew; null: it is not, or not by the operator.</param>
/// <param name="Play">Plays it.</param>
internal sealed record RecoveryScenario(string Id, string Title, string? Criterion, Func<SimulatedNetwork> Play);

/// <summary>The stories by which the decision is judged; one line each says what must come of it.</summary>
internal static class RecoveryScenarios
{
    private const int Well = 8;

    public static IReadOnlyList<RecoveryScenario> All { get; } =
    [
        new("R01", "Volumes and key Secrets of half the stake are deleted.", "U1", () => Gone(new SimulatedNetwork(), ..4, ProcessState.Waiting)),
        new("R02", "40 % of the stake, which is not of this testnet, leaves.", "U1", OutsidersLeave),
        new("R03", "Equivocating validators have two blocks finalized that contradict each other.", "U3", FinalityConflicts),
        new("R04", "70 % of the stake has justified an invalid block, and then gets an image that refuses it.", "U4", InvalidJustification),
        new("R05", "Half the stake is on another genesis, also in new directories.", "U5", OtherGenesis),
        new("R06", "The testnet was suspended for so long that everybody is ejected.", "U6", () => Suspended(6000)),
        new("R07", "The network is split in halves for longer than the limit.", "U2", () => Split(120)),
        new("R08", "No image makes a block, and the roll-out is taken back already.", "U2", NoBlocks),
        new("R09", "A third and more of 1,024 validators are gone for good.", "U1", () => Gone(new SimulatedNetwork(nodes: 32, keys: 32), ..11, ProcessState.Waiting)),
        new("R10", "60 % of the stake votes, for longer than the limit.", "U2", () => Silent(..3, 220)),
        new("R11", "Every chain database is damaged.", "U1", () => Gone(new SimulatedNetwork(), .., ProcessState.Crashing)),
        new("R12", "A person asks for a reset of a chain that is well.", null, PersonAsks),
        new("R13", "60 % of 100 validators are slashed, one leaves per epoch, and the limit is 30 epochs.", "U1", () => Slashed(nodes: 20, outside: 60, away: ..0, limit: 30)),
        new("N01", "40 % of the nodes are gone for two epochs.", null, () => Back(Gone(new SimulatedNetwork(nodes: 10), ..4, ProcessState.Waiting, epochs: 2))),
        new("N02", "The network is split in halves for two epochs.", null, () => Split(2)),
        new("N03", "Nine epochs without finality, and it comes back by itself.", null, () => Silent(..3, 9)),
        new("N04", "One node lies about what is final.", null, OneLies),
        new("N05", "The clocks of more than a third are four hours off.", null, WrongClocks),
        new("N06", "No node can be reached for 150 epochs.", null, Unreachable),
        new("N07", "A bad image crashes less than a third.", null, () => Gone(new SimulatedNetwork(), ..2, ProcessState.Crashing, epochs: 120)),
        new("N08", "The testnet is suspended for 150 epochs.", null, () => Suspended(150)),
        new("N09", "The operator is away for 150 epochs, and so is half the stake for most of them.", null, OperatorAway),
        new("N10", "The user scales down to half.", null, ScaledDown),
        new("N11", "34 % of 100 validators are gone, and the leak brings finality back before the limit.", null, () => Gone(new SimulatedNetwork(nodes: 50, keys: 2, limit: 200), ..17, ProcessState.Waiting, epochs: 190)),
        new("N12", "A roll-out breaks finality, and is taken back.", null, RolloutTakenBack),
        new("N13", "34 % of 100 validators are slashed while 4 % are away, and finality is back as soon as some of the slashed have left.", null, () => Slashed(nodes: 33, outside: 34, away: ..2, limit: 100)),
    ];

    private static SimulatedNetwork Gone(SimulatedNetwork net, Range nodes, ProcessState process, int epochs = 120)
    {
        net.Epochs(Well);
        net.Do(nodes, node => node.Process = process);
        net.Until(() => net.Made.Count > 0, epochs);
        net.Epochs(net.Made.Count > 0 ? 20 : 0);
        return net;
    }

    private static SimulatedNetwork Back(SimulatedNetwork net)
    {
        net.Do(.., node => node.Process = ProcessState.Running);
        net.Epochs(10);
        return net;
    }

    private static SimulatedNetwork OutsidersLeave()
    {
        var net = new SimulatedNetwork(outside: 43);
        net.Epochs(Well);
        net.Outside.Signs = false;
        net.Until(() => net.Made.Count > 0, 60);
        net.Epochs(20);
        return net;
    }

    /// <summary>All others are slashed at once, and leave one per epoch.</summary>
    private static SimulatedNetwork Slashed(int nodes, int outside, Range away, int limit)
    {
        var net = new SimulatedNetwork(nodes: nodes, keys: 2, outside: outside, limit: limit, edit: spec =>
        {
            spec.Network.Config!["MIN_PER_EPOCH_CHURN_LIMIT"] = 1;
            spec.Network.Config["CHURN_LIMIT_QUOTIENT"] = 65536;
            spec.Recovery.MinObserved = new Duration("0s");
        });
        net.Epochs(Well);
        net.Slash(net.Outside, exitsPerEpoch: 1);
        net.Do(away, node => node.Process = ProcessState.Waiting);
        net.Until(() => net.Made.Count > 0, 60);
        net.Epochs(10);
        return net;
    }

    private static SimulatedNetwork FinalityConflicts()
    {
        var net = new SimulatedNetwork();
        net.Epochs(Well);
        net.Fork("b");
        net.Do(..2, node => node.Branch = "b");
        net.Do(2..4, node => node.Equivocates = true);
        net.Do(4..6, node => (node.Branch, node.Equivocates) = ("b", true));
        net.Do(6.., node => node.Branch = "main");
        net.Until(() => net.Made.Count > 0, 30);
        net.Epochs(10);
        return net;
    }

    private static SimulatedNetwork InvalidJustification()
    {
        var net = new SimulatedNetwork(nodes: 10);
        net.Epochs(Well);
        net.Fork("x");
        net.Do(..7, node => node.Branch = "x");
        net.Epochs(2);
        net.Do(..7, node => (node.Branch, node.Signs) = ("main", false));
        net.Until(() => net.Made.Count > 0, 60);
        net.Epochs(10);
        return net;
    }

    private static SimulatedNetwork OtherGenesis()
    {
        var net = new SimulatedNetwork();
        net.Do(..4, node => node.OtherGenesis = "0x00000000111111110000000000000000000000000000000000000000000000ff");
        net.Until(() => net.Made.Count > 0, 60);
        net.Epochs(10);
        return net;
    }

    private static SimulatedNetwork Suspended(int epochs)
    {
        var net = new SimulatedNetwork();
        net.Epochs(Well);
        net.Edit(testnet => testnet.Spec.Suspend = true);
        net.Epochs(1);
        net.IsWatched = false;
        net.Epochs(epochs);
        net.IsWatched = true;
        net.Edit(testnet => testnet.Spec.Suspend = false);
        net.HasBlocks = epochs < 4000;
        net.Epochs(30);
        return net;
    }

    private static SimulatedNetwork Split(int epochs)
    {
        var net = new SimulatedNetwork();
        net.Epochs(Well);
        net.Fork("b");
        net.Do(..4, node => node.Branch = "b");
        net.Until(() => net.Made.Count > 0, epochs);
        net.Do(..4, node => node.Branch = "main");
        net.Epochs(10);
        return net;
    }

    private static SimulatedNetwork NoBlocks()
    {
        var net = new SimulatedNetwork();
        net.Epochs(Well);
        net.World.Observation = net.World.Observation with { Rollouts = [Rollout(net, RolloutPhases.RolledBack)] };
        net.HasBlocks = false;
        net.Until(() => net.Made.Count > 0, 130);
        net.Epochs(10);
        return net;
    }

    private static SimulatedNetwork Silent(Range nodes, int epochs)
    {
        var net = new SimulatedNetwork(nodes: 8);
        net.Epochs(Well);
        net.Do(nodes, node => node.Signs = false);
        net.Until(() => net.Made.Count > 0, epochs);
        net.Do(nodes, node => node.Signs = true);
        net.Epochs(10);
        return net;
    }

    private static SimulatedNetwork PersonAsks()
    {
        var net = new SimulatedNetwork();
        net.Epochs(Well);
        net.World.Observation = net.World.Observation with
        {
            Resets =
            [
                new ChainReset
                {
                    Metadata = new ObjectMeta { Name = "try-again", Namespace = "default", Uid = "reset", CreationTimestamp = net.World.Now },
                    Spec = new ChainResetSpec { Testnet = "devnet", FromIteration = 1, Reason = "because" },
                },
            ],
        };
        net.Epochs(1);
        net.Do(..4, node => node.Process = ProcessState.Waiting);
        net.Epochs(40);
        return net;
    }

    private static SimulatedNetwork OneLies()
    {
        var net = new SimulatedNetwork();
        net.Epochs(Well);
        (long Epoch, string Root)[] lies = [(7, "0xlie"), (0, "0x00"), (1, "0xancient"), (100_000, "0xfuture")];
        foreach ((long epoch, string root) in lies)
        {
            net.Do(..1, node => node.Tells = truth => truth with { FinalizedEpoch = epoch, FinalizedRoot = root, JustifiedEpoch = epoch, JustifiedRoot = root });
            net.Epochs(20);
        }

        net.Do(1..4, node => node.Signs = false);
        net.Epochs(20);
        return net;
    }

    private static SimulatedNetwork WrongClocks()
    {
        var net = new SimulatedNetwork();
        net.Epochs(Well);
        net.Do(..3, node => node.Skew = TimeSpan.FromHours(4));
        net.Epochs(150);
        return net;
    }

    private static SimulatedNetwork Unreachable()
    {
        var net = new SimulatedNetwork();
        net.Epochs(Well);
        net.HasBlocks = false;
        net.Do(.., node => node.Answers = false);
        net.Epochs(150);
        net.HasBlocks = true;
        net.Do(.., node => node.Answers = true);
        net.Epochs(10);
        return net;
    }

    private static SimulatedNetwork OperatorAway()
    {
        var net = new SimulatedNetwork();
        net.Epochs(Well);
        net.IsWatched = false;
        net.Do(..4, node => node.Signs = false);
        net.Epochs(150);
        net.IsWatched = true;
        net.RestartOperator();
        net.Epochs(5);
        net.Do(..4, node => node.Signs = true);
        net.Epochs(10);
        return net;
    }

    private static SimulatedNetwork ScaledDown()
    {
        var net = new SimulatedNetwork();
        net.Epochs(Well);
        net.Edit(testnet =>
        {
            testnet.Spec.Pools[0].Replicas = 4;
            testnet.Metadata.Annotations = new Dictionary<string, string> { [Annotations.Force] = "true" };
        });
        net.Do(4.., node => node.Process = ProcessState.Waiting);
        net.Epochs(150);
        return net;
    }

    private static SimulatedNetwork RolloutTakenBack()
    {
        var net = new SimulatedNetwork(limit: 6, edit: spec => spec.Recovery.MinObserved = new Duration("0s"));
        net.Epochs(Well);
        net.World.Observation = net.World.Observation with { Rollouts = [Rollout(net, RolloutPhases.Promoting)] };
        net.Do(..4, node => node.Signs = false);
        net.Until(() => net.Lag > ChainHealth.LeakLag, 20);
        net.World.Observation = net.World.Observation with { Rollouts = [Rollout(net, RolloutPhases.RolledBack)] };
        net.Epochs(2);
        net.Do(..4, node => node.Signs = true);
        net.Epochs(10);
        return net;
    }

    private static CanaryRollout Rollout(SimulatedNetwork net, string phase) => new()
    {
        Metadata = new ObjectMeta { Name = "devnet-r1", Namespace = "default", Uid = "rollout", CreationTimestamp = net.World.Now },
        Spec = new CanaryRolloutSpec { Testnet = "devnet", Number = 1, Iteration = 1, From = "beacon:dev", To = "beacon:bad" },
        Status = new CanaryRolloutStatus { Phase = phase, StartedAt = net.World.Now - TimeSpan.FromMinutes(1), EndedAt = RolloutPhases.IsEnd(phase) ? net.World.Now : null },
    };
}
