using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using Beacon.Chain.Duties;
using Beacon.Chain.Tests;
using Beacon.Genesis;
using Beacon.Types;
using Libp2p.Crypto;
using Microsoft.Extensions.Logging.Abstractions;
using TestKit;

namespace Beacon.Node.Tests;

/// <summary>The whole node from files to exit code, on a loopback address of its own.</summary>
public sealed partial class BeaconNodeTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static int _addresses;

    private readonly string _directory = Directory.CreateTempSubdirectory("beacon-node-").FullName;
    private readonly string _address = $"127.{(Environment.ProcessId % 200) + 40}.{(Environment.ProcessId / 200 % 250) + 1}.{Interlocked.Increment(ref _addresses) + 100}";
    private readonly HttpClient _http = new();

    public BeaconNodeTests() => File.WriteAllText(InDirectory("identity"), Convert.ToHexStringLower(Secp256k1.NewPrivateKey()));

    public void Dispose()
    {
        _http.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task A_node_waits_for_its_network_keeps_what_it_is_told_and_stops_cleanly()
    {
        Directory.CreateDirectory(InDirectory("data/chain/9-keepme00"));
        Directory.CreateDirectory(InDirectory("data/chain/8-dropme00"));
        Directory.CreateDirectory(InDirectory("data/slashing/0x00"));
        await using var node = new RunningNode(Options() with { Keep = ["9-keepme00"], ChainDirectorySuffix = "canary" });
        await StatusAsync("/healthz", HttpStatusCode.OK, node);
        await StatusAsync("/eth/v1/node/health", HttpStatusCode.ServiceUnavailable, node);
        await StatusAsync("/eth/v1/beacon/genesis", HttpStatusCode.ServiceUnavailable, node);
        Assert.Contains("16Uiu2HA", await _http.GetStringAsync(Url("/eth/v1/node/identity"), TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.True(Directory.Exists(InDirectory("data/chain/8-dropme00")));

        NetworkFiles files = await WriteNetworkAsync();
        await StatusAsync("/eth/v1/node/health", HttpStatusCode.OK, node);
        string own = $"1-{files.Manifest.GenesisRoot[2..10]}-canary";
        Assert.Equal([own, "9-keepme00"], Directory.GetDirectories(InDirectory("data/chain")).Select(Path.GetFileName).Order());
        Assert.True(Directory.Exists(InDirectory("data/slashing/0x00")));
        JsonElement header = JsonSerializer.Deserialize<JsonElement>(await _http.GetStringAsync(Url("/eth/v1/beacon/headers/0"), TestContext.Current.CancellationToken));
        Assert.Equal(files.Manifest.GenesisRoot, header.GetProperty("data").GetProperty("root").GetString());
        Assert.Equal((0, ""), await node.StopAsync());
    }

    [Fact]
    public async Task Every_instrument_is_there_from_the_start_as_the_page_says()
    {
        await WriteNetworkAsync();
        await using var node = new RunningNode(Options() with { DutyGroups = [new DutyGroup("canary", 0, 7)] });
        await StatusAsync("/eth/v1/node/health", HttpStatusCode.OK, node);
        string text = await _http.GetStringAsync(Url("/metrics", 8008), TestContext.Current.CancellationToken);
        MetricsPage.Matches("beacon node", text);

        // What others compute with has its meaning from the first scrape on.
        Assert.Matches("(?m)^beacon_head_slot 0$", text);
        Assert.Matches("(?m)^beacon_finalized_epoch 0$", text);
        Assert.Matches("(?m)^libp2p_peers 0$", text);
        Assert.Matches("(?m)^beacon_current_active_validators 32$", text);
        foreach (string zero in (string[])["beacon_reorgs_total", "fleet_api_requests_total{status=\"5xx\"}", "fleet_log_messages_total{level=\"error\"}", "fleet_duty_attestation_total{key_group=\"canary\",result=\"missed\"}"])
        {
            Assert.Contains($"\n{zero} 0\n", text, StringComparison.Ordinal);
        }

        foreach (string reason in (string[])["protocol", "fork_digest", "chain"])
        {
            Assert.Contains($"fleet_peers_refused_total{{reason=\"{reason}\"}} 0", text, StringComparison.Ordinal);
        }

        double time = double.Parse(NodeTime().Match(text).Groups[1].Value);
        Assert.InRange(time, 1_700_000_000, TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() + 1);
    }

    [Fact]
    public async Task Another_iteration_ends_with_code_3_and_says_both()
    {
        await WriteNetworkAsync();
        await using var node = new RunningNode(Options() with { Iteration = 2 });
        (int code, string error) = await node.Exit.WaitAsync(Patience, TestContext.Current.CancellationToken);
        Assert.Equal(ExitCodes.WrongGenesis, code);
        Assert.Contains("iteration 1", error, StringComparison.Ordinal);
        Assert.Contains("iteration 2", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Slots_of_part_of_a_second_are_refused_where_other_clients_could_join()
    {
        await WriteNetworkAsync("standard", slotMs: 250);
        await using var node = new RunningNode(Options());
        (int code, string error) = await node.Exit.WaitAsync(Patience, TestContext.Current.CancellationToken);
        Assert.Equal(ExitCodes.BadConfiguration, code);
        Assert.Contains("250 ms", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_bootnode_answers_for_itself_and_has_no_chain()
    {
        await WriteNetworkAsync();
        await using var node = new RunningNode(Options() with { Bootnode = true });
        await StatusAsync("/eth/v1/node/health", HttpStatusCode.OK, node);
        await StatusAsync("/eth/v1/node/identity", HttpStatusCode.OK, node);
        await StatusAsync("/eth/v1/node/peers", HttpStatusCode.OK, node);
        await StatusAsync("/eth/v1/beacon/genesis", HttpStatusCode.ServiceUnavailable, node);
        string text = await _http.GetStringAsync(Url("/metrics", 8008), TestContext.Current.CancellationToken);
        Assert.Matches("(?m)^libp2p_peers 0$", text);
        Assert.Contains("fleet_peers_refused_total{reason=\"protocol\"} 0", text, StringComparison.Ordinal);
        Assert.False(Directory.Exists(InDirectory("data")));
        Assert.Equal((0, ""), await node.StopAsync());
    }

    [Fact]
    public async Task A_taken_p2p_port_names_its_flag()
    {
        await WriteNetworkAsync();
        using var taken = new System.Net.Sockets.TcpListener(IPAddress.Parse(_address), 9000);
        taken.Start();
        await using var node = new RunningNode(Options());
        (int code, string error) = await node.Exit.WaitAsync(Patience, TestContext.Current.CancellationToken);
        Assert.Equal(ExitCodes.BadConfiguration, code);
        Assert.Contains("--p2p-port", error, StringComparison.Ordinal);
    }

    [GeneratedRegex("(?m)^fleet_node_time_seconds (\\S+)$")]
    private static partial Regex NodeTime();

    private string InDirectory(string name) => Path.Combine(_directory, name);

    private Uri Url(string path, int port = 5052) => new($"http://{_address}:{port}{path}");

    private NodeOptions Options() => new()
    {
        NetworkDirectory = InDirectory("network"),
        PeersFile = InDirectory("peers.yaml"),
        IdentityFile = InDirectory("identity"),
        DataDirectory = InDirectory("data"),
        Iteration = 1,
        ListenAddress = IPAddress.Parse(_address),
    };

    private async Task<NetworkFiles> WriteNetworkAsync(string protocolId = "/fleet/node-tests/1", int slotMs = 1000)
    {
        ulong genesisTime = (ulong)TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() + 600;
        ChainSpec spec = new(GenesisConfig.Complete("minimal", [new("SLOT_DURATION_MS", $"{slotMs}")], ChainHarness.Validators, genesisTime));
        BeaconState state = GenesisBuilder.FromKeys(spec, ChainHarness.Keys, new GenesisIdentity("node-tests", 1), genesisTime);
        NetworkFiles files = NetworkFiles.Build(spec, state, 1, protocolId);
        await NetworkDirectory.WriteAsync(InDirectory("network"), files, TestContext.Current.CancellationToken);
        return files;
    }

    private Task StatusAsync(string path, HttpStatusCode status, RunningNode node) => Eventually.TrueAsync(
        async () =>
        {
            Assert.False(node.Exit.IsCompleted, node.Exit.IsCompleted ? node.Exit.Result.ToString() : "");
            try
            {
                using HttpResponseMessage response = await _http.GetAsync(Url(path), TestContext.Current.CancellationToken);
                return response.StatusCode == status;
            }
            catch (HttpRequestException)
            {
                return false;
            }
        },
        () => $"{path} does not answer {status}",
        Patience);

    /// <summary>A node within the test's process.</summary>
    private sealed class RunningNode : IAsyncDisposable
    {
        private readonly CancellationTokenSource _stop = new();

        public RunningNode(NodeOptions options) => Exit = Task.Run(async () =>
        {
            await using var error = new StringWriter();
            int code = await BeaconNode.RunAsync(options, TimeProvider.System, NullLoggerFactory.Instance, error, _stop.Token);
            return (code, error.ToString());
        });

        public Task<(int Code, string Error)> Exit { get; }

        public async Task<(int Code, string Error)> StopAsync()
        {
            await _stop.CancelAsync();
            return await Exit.WaitAsync(Patience);
        }

        public async ValueTask DisposeAsync()
        {
            await StopAsync();
            _stop.Dispose();
        }
    }
}
