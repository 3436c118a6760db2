using System.CommandLine;
using Fleet.Api;
using Fleet.Cli.Common;
using Fleet.Cli.Reset;
using Fleet.Kubernetes;
using Fleet.Kubernetes.Models;
using Microsoft.Extensions.Time.Testing;

namespace Fleet.Cli.Tests;

/// <summary><c>fleet reset</c>: what it asks of the API server, and what it says.</summary>
public sealed class ResetTests(ClusterFixture cluster) : IClassFixture<ClusterFixture>, IAsyncLifetime
{
    private readonly FakeTimeProvider _time = new(DateTimeOffset.FromUnixTimeSeconds(1_800_000_000));
    private readonly SharedText _output = new();
    private string _namespace = "";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _namespace = await cluster.NamespaceAsync();
        var testnet = new Testnet
        {
            Metadata = new ObjectMeta { Name = "devnet", Namespace = _namespace },
            Spec = new TestnetSpec { Genesis = new GenesisSpec { Validators = 64 }, Pools = [new PoolSpec { Name = "eu", Replicas = 2 }] },
        };
        testnet = await cluster.Client.CreateAsync(testnet, null, Token);
        testnet.Status = new TestnetStatus
        {
            Iteration = 3,
            GenesisRoot = "0x3f9a1c7700000000000000000000000000000000000000000000000000000000",
            HeadSlot = 812,
            FinalizedEpoch = 99,
            Images = new ImageStatus { Stable = "beacon:1.5", LastGood = "beacon:1.4" },
            Rollout = new RolloutSummary { Name = "devnet-r3", Phase = RolloutPhases.Analyzing },
            Conditions = [new Condition { Type = ConditionTypes.UpToDate, Status = "False", Reason = Reasons.PendingReset, Message = "spec.network.preset differs.", LastTransitionTime = _time.GetUtcNow() }],
        };
        await cluster.Client.UpdateStatusAsync(testnet, null, Token);
        await NodeAsync("devnet-eu-0", head: 810, finalized: 98);
        await NodeAsync("devnet-eu-1", head: 812, finalized: 99);
    }

    public async ValueTask DisposeAsync() => await _output.DisposeAsync();

    [Fact]
    public async Task A_dry_run_says_what_is_kept_and_lost_and_does_nothing()
    {
        Assert.Equal(ExitCodes.Ok, await Session().PreviewAsync("devnet", Token));
        Assert.Equal(
            """
            A reset of devnet ends iteration 3 (head at slot 812, finalized epoch 99) and begins iteration 4.
              kept    keys, node identities, volumes, and the slashing protection of every chain
              kept    the database of the node that is farthest, now devnet-eu-1: 3-3f9a1c77; those of the last 3 chains stay
              kept    what the nodes say now, their last log lines and the events, as evidence
              lost    every other database: blocks, states, balances, and validators that were added by deposits
              new     genesis root, genesis validators root, fork digest and protocol ID: nodes of the old chain are refused
              image   beacon:1.4
              applied spec.network.preset differs.
              ended   roll-out devnet-r3, which is Analyzing
              genesis 4s after nodes with three quarters of the stake run again

            """,
            _output.ToString(),
            ignoreLineEndingDifferences: true);
        Assert.Empty((await cluster.Client.ListAllAsync<ChainReset>(_namespace, null, Token)).Items);
    }

    [Fact]
    public async Task A_reset_names_the_iteration_that_runs_and_who_asked()
    {
        Assert.Equal(ExitCodes.Ok, await Session().BeginAsync("devnet", "gossip is broken", mayAsk: true, follow: false, Token));
        Assert.Equal("devnet-i3 ends iteration 3 of devnet; 'fleet reset devnet --wait' follows it.\n", _output.ToString());
        ChainReset reset = await cluster.Client.GetAsync<ChainReset>(new ObjectKey(_namespace, "devnet-i3"), Token);
        Assert.Equal(("devnet", 3, "gossip is broken", Environment.UserName), (reset.Spec.Testnet, reset.Spec.FromIteration, reset.Spec.Reason, reset.Spec.RequestedBy));
        Assert.Equal("devnet", Assert.Single(reset.Metadata.OwnerReferences!).Name);

        await FailsAsync("devnet-i3 ends that iteration already; 'fleet reset devnet --wait' follows it.", () => Session().BeginAsync("devnet", "again", mayAsk: true, follow: false, Token));
    }

    [Fact]
    public async Task One_that_was_suppressed_does_not_stand_in_the_way_of_the_next()
    {
        await ResetAsync("devnet-i3", new ChainResetStatus { Phase = ResetPhases.Suppressed, Reason = "ModeNever", Message = "It was off." });
        await Session().BeginAsync("devnet", "now", mayAsk: true, follow: false, Token);
        Assert.StartsWith("devnet-i3-2 ends iteration 3", _output.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("devnet\n", ExitCodes.Ok)]
    [InlineData("devnet7\n", ExitCodes.Failed)]
    [InlineData("", ExitCodes.Failed)]
    public async Task On_a_terminal_the_name_has_to_be_typed(string typed, int code)
    {
        using var terminal = new StringReader(typed);
        int ended = await CodeOf(() => Session(terminal).BeginAsync("devnet", "a try", mayAsk: true, follow: false, Token));
        Assert.Equal(code, ended);
        Assert.Equal(code == ExitCodes.Ok ? 1 : 0, (await cluster.Client.ListAllAsync<ChainReset>(_namespace, null, Token)).Items.Count);
        Assert.Contains("Type devnet to end its chain: ", _output.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ResetPhases.Completed, ExitCodes.Ok)]
    [InlineData(ResetPhases.Failed, ExitCodes.Failed)]
    public async Task Following_it_ends_with_the_reset(string phase, int code)
    {
        await ResetAsync("devnet-i2", new ChainResetStatus { Phase = phase, Message = "So it ended.", ToIteration = 3 });
        Assert.Equal(code, await Session().ShowAsync("devnet", follow: true, Token));
        Assert.Contains($"devnet-i2 {phase}: So it ended.", _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_missing_is_said_in_a_sentence()
    {
        await FailsAsync($"There is no testnet other in namespace {_namespace}; 'fleet status' lists what there is.", () => Session().PreviewAsync("other", Token));
        Testnet testnet = await cluster.Client.GetAsync<Testnet>(new ObjectKey(_namespace, "devnet"), Token);
        testnet.Spec.Recovery.Mode = RecoveryModes.Never;
        await cluster.Client.UpdateAsync(testnet, null, Token);
        await FailsAsync(
            "spec.recovery.mode of testnet devnet is Never, so no reset is carried out; set it to Manual or Automatic first.",
            () => Session().BeginAsync("devnet", "a try", mayAsk: false, follow: false, Token));
    }

    [Theory]
    [InlineData("A reset is of one testnet; name it, as in 'fleet reset devnet --reason \"…\"'.", "--reason", "x")]
    [InlineData("--timeout limits --wait; give --wait as well, or leave it out.", "devnet", "--timeout", "5m")]
    [InlineData("--timeout is 'soon', which is no duration such as 90s or 5m.", "devnet", "--wait", "--timeout", "soon")]
    public async Task Bad_usage_is_told_apart(string sentence, params string[] words)
    {
        ParseResult parsed = ResetCommand.Create().Parse([.. words, "--kubeconfig", cluster.KubeconfigPath, "-n", _namespace]);
        CliException failure = await Assert.ThrowsAsync<CliException>(() => parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null }, Token));
        Assert.Equal((ExitCodes.BadInput, sentence), (failure.ExitCode, failure.Message));
    }

    private ResetSession Session(TextReader? terminal = null) => new(cluster.Client, _namespace, OutputFormat.Text, limit: null, _time, terminal, _output);

    private async Task NodeAsync(string name, long head, long finalized)
    {
        BeaconNode node = await cluster.Client.CreateAsync(new BeaconNode { Metadata = new ObjectMeta { Name = name, Namespace = _namespace }, Spec = new BeaconNodeSpec { Testnet = "devnet" } }, null, Token);
        node.Status = new BeaconNodeStatus { Head = new HeadStatus { Slot = head }, Finalized = finalized };
        await cluster.Client.UpdateStatusAsync(node, null, Token);
    }

    private async Task ResetAsync(string name, ChainResetStatus status)
    {
        var reset = new ChainReset { Metadata = new ObjectMeta { Name = name, Namespace = _namespace }, Spec = new ChainResetSpec { Testnet = "devnet", FromIteration = 3, Reason = "earlier" } };
        reset = await cluster.Client.CreateAsync(reset, null, Token);
        reset.Status = status;
        await cluster.Client.UpdateStatusAsync(reset, null, Token);
    }

    private static async Task FailsAsync(string sentence, Func<Task<int>> verb)
    {
        CliException failure = await Assert.ThrowsAsync<CliException>(verb);
        Assert.Equal((ExitCodes.Failed, sentence), (failure.ExitCode, failure.Message));
    }

    private static async Task<int> CodeOf(Func<Task<int>> verb)
    {
        try
        {
            return await verb();
        }
        catch (CliException failure)
        {
            return failure.ExitCode;
        }
    }
}
