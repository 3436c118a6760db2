using System.Net;
using System.Text.Json;
using TestKit;

namespace Beacon.Cli.Tests;

public sealed class SoloChainTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);

    [Fact]
    public async Task One_node_and_one_validator_client_finalize_alone_and_the_same_chain_goes_on_after_a_kill()
    {
        using var workspace = new Workspace();
        await workspace.MakeIdentityAsync();
        await workspace.MakeNetworkAsync(validators: 64, slotMs: 500, secondsToGenesis: 5, withKeys: true);
        using var http = new HttpClient();
        using BeaconProcess validator = BeaconProcess.Start(workspace.ValidatorArguments());
        ulong finalized;
        string genesisBlock;
        using (BeaconProcess node = BeaconProcess.Start(workspace.NodeArguments()))
        {
            finalized = await FinalizedBeyondAsync(http, workspace, 1, node, validator);
            genesisBlock = await RootAsync(http, workspace, "0");
            await EveryRouteAnswersAsync(http, workspace);
            node.KillHard();
        }

        using BeaconProcess again = BeaconProcess.Start(workspace.NodeArguments());
        ulong later = await FinalizedBeyondAsync(http, workspace, finalized, again, validator);
        Assert.True(later > finalized);
        Assert.Equal(genesisBlock, await RootAsync(http, workspace, "0"));
        Assert.Contains("Chain opened at head slot", again.Output);
        await AnotherNodeStartsFromTheFinalizedStateAsync(http, workspace);
        validator.Signal();
        Assert.Equal(0, await validator.ExitAsync());
        again.Signal();
        Assert.Equal(0, await again.ExitAsync());
    }

    /// <summary>A second node with an empty database begins at the first one's finalized block and follows the chain; with its database it needs nobody.</summary>
    private static async Task AnotherNodeStartsFromTheFinalizedStateAsync(HttpClient http, Workspace trusted)
    {
        using var workspace = new Workspace();
        await workspace.MakeIdentityAsync();
        await File.WriteAllTextAsync(trusted["peers.yaml"], "fence: []\npeers:\n" + trusted.PeerEntry + workspace.PeerEntry);
        string[] arguments = workspace.NodeArguments(network: trusted);
        using (BeaconProcess node = BeaconProcess.Start([.. arguments, $"--checkpoint-sync-url=http://{trusted.Address}:5052"]))
        {
            await Eventually.TrueAsync(
                async () => await ProcessContractTests.IsAsync(http, workspace.Url("/eth/v1/node/health"), HttpStatusCode.OK) && await HeadAsync(http, workspace) + 1 >= await HeadAsync(http, trusted),
                () => "the second node does not follow\n" + Tail(node),
                Patience);
            Assert.Contains("Checkpoint sync from", node.Output);
            Assert.Equal(HttpStatusCode.NotFound, (await http.GetAsync(workspace.Url("/eth/v2/beacon/blocks/3"))).StatusCode);
            Assert.Equal(await RootAsync(http, trusted, "genesis"), await RootAsync(http, workspace, "genesis"));
            node.Signal();
            Assert.Equal(0, await node.ExitAsync());
        }

        using BeaconProcess again = BeaconProcess.Start([.. arguments, "--checkpoint-sync-url=http://127.0.0.1:1"]);
        await Eventually.TrueAsync(
            async () => await ProcessContractTests.IsAsync(http, workspace.Url("/eth/v1/node/health"), HttpStatusCode.OK), () => "not ready\n" + Tail(again), Patience);
        Assert.Contains("checkpoint sync from http://127.0.0.1:1/ is not needed", again.Output);
        again.Signal();
        Assert.Equal(0, await again.ExitAsync());
    }

    private static async Task<ulong> HeadAsync(HttpClient http, Workspace workspace)
    {
        using JsonDocument document = JsonDocument.Parse(await http.GetStringAsync(workspace.Url("/eth/v1/node/syncing")));
        return ulong.Parse(document.RootElement.GetProperty("data").GetProperty("head_slot").GetString()!);
    }

    private static async Task<ulong> FinalizedBeyondAsync(HttpClient http, Workspace workspace, ulong epoch, BeaconProcess node, BeaconProcess validator)
    {
        ulong finalized = 0;
        await Eventually.TrueAsync(
            async () =>
            {
                if (!await ProcessContractTests.IsAsync(http, workspace.Url("/eth/v1/node/health"), HttpStatusCode.OK))
                {
                    return false;
                }

                using JsonDocument document = JsonDocument.Parse(await http.GetStringAsync(workspace.Url("/eth/v1/beacon/states/head/finality_checkpoints")));
                finalized = ulong.Parse(document.RootElement.GetProperty("data").GetProperty("finalized").GetProperty("epoch").GetString()!);
                return finalized > epoch;
            },
            () => $"finalized epoch {finalized} is not beyond {epoch}; node:\n{Tail(node)}\nvalidator:\n{Tail(validator)}",
            Patience);
        return finalized;
    }

    private static async Task<string> RootAsync(HttpClient http, Workspace workspace, string block)
    {
        using JsonDocument document = JsonDocument.Parse(await http.GetStringAsync(workspace.Url($"/eth/v1/beacon/blocks/{block}/root")));
        return document.RootElement.GetProperty("data").GetProperty("root").GetString()!;
    }

    private static async Task EveryRouteAnswersAsync(HttpClient http, Workspace workspace)
    {
        string[] routes =
        [
            "/eth/v1/node/identity", "/eth/v1/node/version", "/eth/v1/node/syncing", "/eth/v1/node/peers", "/eth/v1/node/peer_count",
            "/eth/v1/beacon/genesis", "/eth/v1/beacon/headers", "/eth/v1/beacon/headers/head", "/eth/v1/beacon/headers?slot=3", "/eth/v2/beacon/blocks/head",
            "/eth/v1/beacon/blocks/finalized/attestations", "/eth/v1/beacon/states/head/root", "/eth/v1/beacon/states/justified/fork",
            "/eth/v1/beacon/states/9/validators?id=3&status=active", "/eth/v1/beacon/states/head/validators/3", "/eth/v1/beacon/states/head/validator_balances?id=1,2",
            "/eth/v1/beacon/states/head/committees", "/eth/v1/beacon/pool/attestations", "/eth/v1/beacon/pool/voluntary_exits", "/eth/v1/beacon/pool/proposer_slashings",
            "/eth/v1/beacon/pool/attester_slashings", "/eth/v1/config/spec", "/eth/v1/config/fork_schedule", "/eth/v1/config/deposit_contract",
            "/eth/v1/validator/duties/proposer/2", "/eth/v2/debug/beacon/heads", "/eth/v1/debug/fork_choice", "/eth/v2/debug/beacon/states/finalized",
        ];
        foreach (string route in routes)
        {
            HttpResponseMessage response = await http.GetAsync(workspace.Url(route));
            string body = await response.Content.ReadAsStringAsync();
            if (route.Contains("duties", StringComparison.Ordinal) && response.StatusCode == HttpStatusCode.BadRequest)
            {
                // The chain may have left that epoch behind.
                continue;
            }

            Assert.True(response.StatusCode == HttpStatusCode.OK, $"{route}: {(int)response.StatusCode} {body}");
            using JsonDocument document = JsonDocument.Parse(body);
            Assert.Equal(JsonValueKind.Object, document.RootElement.ValueKind);
        }

        foreach ((string route, int status) in new[] { ("/eth/v1/beacon/blocks/99999999", 404), ("/eth/v1/beacon/states/0xzz/root", 400), ("/eth/v1/beacon/headers/x", 400), ("/eth/v9/none", 404), ("/eth/v1/events", 400) })
        {
            HttpResponseMessage response = await http.GetAsync(workspace.Url(route));
            using JsonDocument document = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
            Assert.Equal(status, (int)response.StatusCode);
            Assert.Equal(status, document.RootElement.GetProperty("code").GetInt32());
        }

        string metrics = await http.GetStringAsync($"http://{workspace.Address}:8008/metrics");
        foreach (string name in new[] { "beacon_head_slot", "beacon_finalized_epoch", "beacon_current_justified_epoch", "libp2p_peers", "fleet_node_time_seconds", "fleet_previous_epoch_target_gwei", "process_cpu_seconds_total" })
        {
            Assert.Contains("\n" + name + " ", metrics);
        }
    }

    private static string Tail(BeaconProcess process) => string.Join('\n', (process.Output + "\n" + process.Errors).Split('\n').TakeLast(5));
}
