using System.Text.Json.Nodes;
using Fleet.Api;
using Fleet.Cli.Common;
using Fleet.Cli.Drill;
using Fleet.Kubernetes;
using Fleet.Kubernetes.Models;
using Fleet.Planning;
using Microsoft.Extensions.Time.Testing;
using TestKit;

namespace Fleet.Cli.Tests.Drill;

/// <summary>Drills from their beginning to their end, on an API server whose pods are objects only, and a machine that only remembers.</summary>
public sealed class DrillSessionTests(ClusterFixture cluster) : IClassFixture<ClusterFixture>, IAsyncLifetime
{
    private static readonly string[] Stopped = ["1000 19", "2000 19", "1001 19", "2001 19"];
    private static readonly string[] Continued = ["1000 18", "2000 18", "1001 18", "2001 18"];

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("fleet-drills-");
    private readonly FakeTimeProvider _time = new(DrillTargets.Now);
    private readonly FakeMachine _machine = new();
    private readonly SharedText _output = new();
    private string _namespace = "";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private IKubernetesClient Client => cluster.Client;

    private DrillBook Book => new(_directory.FullName, TimeProvider.System);

    /// <summary>Four nodes with 16 keys each.</summary>
    public async ValueTask InitializeAsync()
    {
        _namespace = await cluster.NamespaceAsync();
        var testnet = new Testnet
        {
            Metadata = new ObjectMeta { Name = "devnet", Namespace = _namespace },
            Spec = new TestnetSpec { Genesis = new GenesisSpec { Validators = 64 }, Pools = [new PoolSpec { Name = "eu", Replicas = 4 }] },
        };
        testnet = await Client.CreateAsync(testnet, null, Token);
        await StatusAsync<Testnet>("devnet", new JsonObject { ["iteration"] = 1 });
        testnet.Spec.Rollout.Strategy = RolloutStrategies.AllAtOnce;
        await Client.CreateAsync(
            new ConfigMap { Metadata = new ObjectMeta { Name = "devnet-i1-keys", Namespace = _namespace }, Data = IterationRecord.Begin(testnet, 1, "devnet-mnemonic", "0123456789abcdef").ToData() },
            null,
            Token);
        for (int i = 0; i < 4; i++)
        {
            var node = new BeaconNode { Metadata = new ObjectMeta { Name = $"devnet-eu-{i}", Namespace = _namespace }, Spec = new BeaconNodeSpec { Testnet = "devnet", Env = [new EnvironmentVariable { Name = "OWN", Value = "1" }] } };
            await Client.CreateAsync(node, null, Token);
            await CreatePodAsync(i, offset: null);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _output.DisposeAsync();
        _directory.Delete(recursive: true);
    }

    [Fact]
    public async Task Stopped_nodes_go_on_when_another_command_undoes_it()
    {
        Assert.Equal(ExitCodes.Ok, await StartAsync("stop-stake", "40%"));
        Assert.Equal(Stopped, _machine.Done);
        Assert.Equal(4, Assert.Single(Book.Read()).Processes.Length);
        Assert.Contains("fleet drill devnet undo", _output.ToString());
        Assert.Equal(ExitCodes.Ok, Session().List());
        Assert.Contains("stop-stake", _output.ToString());

        // One has ended meanwhile; its number may be another's by now.
        _machine.Gone.Add(2000);
        Assert.Equal(ExitCodes.Ok, await Session().UndoAsync(Token));
        Assert.Equal(Continued.Except(["2000 18"]), _machine.Done.Skip(4));
        Assert.Empty(Book.Read());
        Assert.Equal(ExitCodes.Ok, await Session().UndoAsync(Token));
        Assert.Contains("nothing to undo", _output.ToString());
    }

    [Fact]
    public async Task A_drill_with_a_length_is_held_and_ends_by_itself()
    {
        Task<int> drill = StartAsync("stop-stake", "40%", length: TimeSpan.FromSeconds(2));
        await Eventually.TrueAsync(
            () =>
            {
                _time.Advance(TimeSpan.FromMilliseconds(100));
                return drill.IsCompleted;
            },
            () => "the drill ends",
            TimeSpan.FromSeconds(30),
            Token);
        Assert.Equal(ExitCodes.Ok, await drill);
        Assert.Equal([.. Stopped, .. Stopped], _machine.Done.Take(8));
        Assert.Equal(Continued, _machine.Done.TakeLast(4));
        Assert.Empty(Book.Read());
    }

    [Fact]
    public async Task An_interrupted_drill_is_undone()
    {
        using var interrupt = new CancellationTokenSource();
        Task<int> drill = StartAsync("stop-stake", "40%", length: TimeSpan.FromHours(1), cancellationToken: interrupt.Token);
        await SaidAsync("It ends after 1h");
        await interrupt.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => drill);
        Assert.Equal(Continued, _machine.Done.TakeLast(4));
        Assert.Empty(Book.Read());
    }

    [Fact]
    public async Task A_held_drill_that_is_undone_elsewhere_ends()
    {
        Task<int> drill = StartAsync("stop-stake", "40%", length: TimeSpan.FromHours(1));
        await SaidAsync("It ends after 1h");
        Assert.Equal(ExitCodes.Ok, await Session().UndoAsync(Token));
        await Eventually.TrueAsync(
            () =>
            {
                _time.Advance(TimeSpan.FromMilliseconds(100));
                return drill.IsCompleted;
            },
            () => "the drill ends",
            TimeSpan.FromSeconds(30),
            Token);
        Assert.Equal(ExitCodes.Ok, await drill);
        Assert.Contains("was undone elsewhere", _output.ToString());
        Assert.Equal(Continued, _machine.Done.TakeLast(4));
    }

    [Fact]
    public async Task A_dry_run_does_nothing()
    {
        foreach (IDrill drill in AllDrills.List)
        {
            string arguments = drill.Name switch { "stop-stake" or "destroy-stake" => "50%", "corrupt-db" or "lying-node" => "devnet-eu-1", _ => "" };
            Assert.Equal(ExitCodes.Ok, await StartAsync(drill.Name, arguments, dryRun: true));
        }

        Assert.Empty(_machine.Done);
        Assert.Empty(Book.Read());
        Assert.Equal(AllDrills.List.Length, _output.ToString().Split("Nothing was done.").Length - 1);
    }

    [Fact]
    public async Task The_firewall_is_roots()
    {
        _machine.IsRoot = false;
        CliException error = await Assert.ThrowsAsync<CliException>(() => StartAsync("partition"));
        Assert.Contains("sudo", error.Message);
        Assert.Empty(Book.Read());
    }

    [Fact]
    public async Task A_drill_that_fails_leaves_nothing()
    {
        _machine.Refusal = "the firewall is off";
        Assert.Equal("the firewall is off", (await Assert.ThrowsAsync<CliException>(() => StartAsync("partition"))).Message);
        Assert.Single(Book.Read());
        _machine.Refusal = null;
        Assert.Equal(ExitCodes.Ok, await Session().UndoAsync(Token));
        Assert.Equal(["rules loaded", "rules removed", "rules removed"], _machine.Done);
        Assert.Empty(Book.Read());
    }

    [Fact]
    public async Task A_fleet_that_is_stopped_leaves_no_rules()
    {
        await StartAsync("partition");
        await DrillLeftovers.RemoveAsync(_directory.FullName, _machine, TimeProvider.System, _output, Token);
        Assert.Equal(["rules loaded", "rules removed"], _machine.Done);
        Assert.Empty(Book.Read());

        await StartAsync("partition");
        _machine.IsRoot = false;
        await DrillLeftovers.RemoveAsync(_directory.FullName, _machine, TimeProvider.System, _output, Token);
        Assert.Contains($"sudo nft delete table ip {Book.Tables}_2", _output.ToString());
    }

    [Theory]
    [InlineData(null, ExitCodes.BadInput, "--yes")]
    [InlineData("othernet", ExitCodes.Failed, "nothing was done")]
    [InlineData("", ExitCodes.Failed, "nothing was done")]
    public async Task What_destroys_for_ever_is_confirmed_by_the_name(string? answer, int code, string words)
    {
        CliException error = await Assert.ThrowsAsync<CliException>(() => StartAsync("destroy-stake", "50%", answer: answer));
        Assert.Equal(code, error.ExitCode);
        Assert.Contains(words, error.Message);
        Assert.Empty(Book.Read());
        Assert.NotNull(await Client.FindAsync<Pod>(new ObjectKey(_namespace, "devnet-eu-0-0"), Token));
    }

    [Fact]
    public async Task Destroyed_stake_loses_its_keys_and_what_they_came_from()
    {
        foreach (string name in (string[])["devnet-mnemonic", "devnet-eu-0-keys-i1", "devnet-eu-1-keys-i1", "devnet-eu-2-keys-i1"])
        {
            await Client.CreateAsync(new Secret { Metadata = new ObjectMeta { Name = name, Namespace = _namespace } }, null, Token);
        }

        Task<int> drill = StartAsync("destroy-stake", "50%", answer: "devnet");
        await Eventually.TrueAsync(
            async () =>
            {
                // Nobody ends the pods here but the test.
                foreach (string pod in (string[])["devnet-eu-0-0", "devnet-eu-1-0"])
                {
                    if (await Client.FindAsync<Pod>(new ObjectKey(_namespace, pod), Token) is { Metadata.DeletionTimestamp: not null })
                    {
                        await Client.DeleteAsync<Pod>(new ObjectKey(_namespace, pod), new DeleteOptions { GracePeriodSeconds = 0 }, Token);
                    }
                }

                _time.Advance(TimeSpan.FromMilliseconds(200));
                return drill.IsCompleted;
            },
            () => $"the drill ends: {_output}",
            TimeSpan.FromSeconds(30),
            Token);
        Assert.Equal(ExitCodes.Ok, await drill);
        KubernetesList<Secret> left = await Client.ListAllAsync<Secret>(_namespace, null, Token);
        Assert.Equal(["devnet-eu-2-keys-i1"], left.Items.Select(secret => secret.Metadata.Name));
        Assert.Empty(Book.Read());
    }

    [Fact]
    public async Task Skewed_clocks_are_a_variable_beside_those_of_the_operator_and_go_again()
    {
        Task<int> drill = StartAsync("clock-skew", "devnet-eu-1", offset: TimeSpan.FromHours(4));
        await ReplacedAsync(drill, "14400000ms");
        Assert.Equal(ExitCodes.Ok, await drill);
        Assert.Equal("OWN=1 FLEET_CLOCK_OFFSET=14400000ms", await VariablesAsync());

        Task<int> undo = Session().UndoAsync(Token);
        await ReplacedAsync(undo, null);
        Assert.Equal(ExitCodes.Ok, await undo);
        Assert.Equal("OWN=1", await VariablesAsync());
    }

    [Fact]
    public async Task There_is_no_drill_without_a_testnet_and_none_that_is_held_for_nothing()
    {
        var session = new DrillSession(Tools(), new ObjectKey(_namespace, "othernet"), _output, null);
        CliException missing = await Assert.ThrowsAsync<CliException>(() => session.StartAsync(AllDrills.Of("kill-all"), new DrillOptions([], null, null, false, false), Token));
        Assert.Equal(ExitCodes.BadInput, missing.ExitCode);
        CliException length = await Assert.ThrowsAsync<CliException>(() => StartAsync("kill-all", length: TimeSpan.FromSeconds(1)));
        Assert.Equal(ExitCodes.BadInput, length.ExitCode);
        Assert.Empty(_machine.Done);
        Assert.Equal(ExitCodes.Ok, await StartAsync("kill-all"));
        Assert.Equal(8, _machine.Done.Count(done => done.EndsWith(" 9", StringComparison.Ordinal)));
    }

    private DrillTools Tools() => new(Client, _directory.FullName, _machine, _time);

    private DrillSession Session(string? answer = null) => new(Tools(), new ObjectKey(_namespace, "devnet"), _output, answer is null ? null : _ => answer);

    private Task<int> StartAsync(
        string drill, string arguments = "", TimeSpan? offset = null, TimeSpan? length = null, bool dryRun = false, string? answer = null, CancellationToken? cancellationToken = null) =>
        Session(answer).StartAsync(
            AllDrills.Of(drill),
            new DrillOptions(arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries), offset ?? (drill == AllDrills.WithOffset ? TimeSpan.FromHours(1) : null), length, dryRun, IsConfirmed: false),
            cancellationToken ?? Token);

    private Task SaidAsync(string text) => Eventually.TrueAsync(() => _output.ToString().Contains(text, StringComparison.Ordinal), () => $"\"{text}\" is printed, but: {_output}", TimeSpan.FromSeconds(30), Token);

    private async Task<string> VariablesAsync()
    {
        BeaconNode node = await Client.GetAsync<BeaconNode>(new ObjectKey(_namespace, "devnet-eu-1"), Token);
        return string.Join(' ', node.Spec.Env!.OrderByDescending(variable => variable.Name, StringComparer.Ordinal).Select(variable => $"{variable.Name}={variable.Value}"));
    }

    /// <summary>Does what the operator does when a BeaconNode's variables change.</summary>
    private Task ReplacedAsync(Task drill, string? offset) => Eventually.TrueAsync(
        async () =>
        {
            bool isSet = (await VariablesAsync()).Contains("FLEET_CLOCK_OFFSET", StringComparison.Ordinal);
            var key = new ObjectKey(_namespace, "devnet-eu-1-0");
            Pod? pod = await Client.FindAsync<Pod>(key, Token);
            if (isSet == offset is not null && pod?.Spec?.Containers[0].Env?.Find(variable => variable.Name == "FLEET_CLOCK_OFFSET")?.Value != offset)
            {
                await Client.DeleteAsync<Pod>(key, new DeleteOptions { GracePeriodSeconds = 0 }, Token);
                await CreatePodAsync(1, offset);
            }

            _time.Advance(TimeSpan.FromMilliseconds(500));
            return drill.IsCompleted;
        },
        () => $"the drill ends: {_output}",
        TimeSpan.FromSeconds(30),
        Token);

    private async Task CreatePodAsync(int index, string? offset)
    {
        string node = $"devnet-eu-{index}";
        List<EnvVar>? variables = offset is null ? null : [new EnvVar { Name = "FLEET_CLOCK_OFFSET", Value = offset }];
        var pod = new Pod
        {
            Metadata = new ObjectMeta { Name = Names.Pod(node), Namespace = _namespace, Labels = new Dictionary<string, string> { [Labels.Testnet] = "devnet", [Labels.Node] = node } },
            Spec = new PodSpec { Containers = [new Container { Name = "beacon", Image = "x", Env = variables }, new Container { Name = "validator", Image = "x", Env = variables }] },
        };
        await Client.CreateAsync(pod, null, Token);
        await StatusAsync<Pod>(Names.Pod(node), new JsonObject
        {
            ["phase"] = "Running",
            ["podIP"] = $"127.9.0.{index + 1}",
            ["containerStatuses"] = new JsonArray(Container("beacon", 1000 + index), Container("validator", 2000 + index)),
        });
    }

    private static JsonObject Container(string name, int process) => new()
    {
        ["name"] = name,
        ["image"] = "x",
        ["imageID"] = "",
        ["ready"] = true,
        ["restartCount"] = 0,
        ["containerID"] = $"process://{process}",
        ["state"] = new JsonObject { ["running"] = new JsonObject { ["startedAt"] = "2026-01-31T12:00:00Z" } },
    };

    private Task StatusAsync<T>(string name, JsonObject status)
        where T : class, IKubernetesObject<T> =>
        Client.PatchAsync<T>(new ObjectKey(_namespace, name), Patch.Merge(new JsonObject { ["status"] = status }), new WriteOptions { Subresource = "status" }, Token);
}
