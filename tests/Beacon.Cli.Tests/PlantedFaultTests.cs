using System.Globalization;
using System.Net;
using TestKit;

namespace Beacon.Cli.Tests;

/// <summary>Every planted fault does what it is called, seen from outside as a roll-out sees it.</summary>
public sealed class PlantedFaultTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    [Fact]
    public async Task A_leak_grows_and_a_crash_ends_the_process_also_before_there_is_a_network()
    {
        using var workspace = new Workspace();
        await workspace.MakeIdentityAsync();
        using var http = new HttpClient();
        using (BeaconProcess leaking = Start("leak", [.. workspace.NodeArguments(), "--planted-rate=65536"]))
        {
            await UpAsync(http, workspace, leaking);
            double before = await ReadAsync(http, workspace, "process_resident_memory_bytes ");
            await Eventually.TrueAsync(
                async () => await ReadAsync(http, workspace, "process_resident_memory_bytes ") > before + (96 << 20), () => "nothing leaks\n" + leaking.Errors, Patience);
        }

        using BeaconProcess crashing = Start("crash", [.. workspace.NodeArguments(), "--planted-after=1"]);
        Assert.Equal(137, await crashing.ExitAsync());
    }

    [Theory]
    [InlineData("garbage-metrics", HttpStatusCode.OK)]
    [InlineData("no-metrics", HttpStatusCode.ServiceUnavailable)]
    public async Task A_node_whose_metrics_lie_is_otherwise_healthy(string image, HttpStatusCode status)
    {
        using var workspace = new Workspace();
        await workspace.MakeIdentityAsync();
        using var http = new HttpClient();
        using BeaconProcess node = Start(image, workspace.NodeArguments());
        await UpAsync(http, workspace, node);
        HttpResponseMessage response = await http.GetAsync($"http://{workspace.Address}:8008/metrics");
        Assert.Equal(status, response.StatusCode);
        Assert.Equal(status == HttpStatusCode.OK, (await response.Content.ReadAsStringAsync()).Contains("beacon_head_slot banana", StringComparison.Ordinal));
        node.Signal();
        Assert.Equal(0, await node.ExitAsync());
    }

    [Fact]
    public async Task The_next_release_works_in_this_ones_format_until_it_is_told_to_migrate()
    {
        using var workspace = new Workspace();
        await workspace.MakeIdentityAsync();
        await workspace.MakeNetworkAsync(validators: 8, slotMs: 1000, secondsToGenesis: 600, withKeys: false);
        using var http = new HttpClient();
        Assert.Equal((1, 1), await FormatsAsync(http, workspace, null, "--migrate-database=true"));
        Assert.Equal((1, 2), await FormatsAsync(http, workspace, "next-format", "--migrate-database=false"));
        Assert.Equal((1, 1), await FormatsAsync(http, workspace, null, "--migrate-database=false"));
        Assert.Equal((2, 2), await FormatsAsync(http, workspace, "next-format", "--migrate-database=true"));
        Assert.Equal((2, 2), await FormatsAsync(http, workspace, "next-format", "--migrate-database=false"));
        (int code, _, string errors) = await BeaconProcess.RunAsync(workspace.NodeArguments());
        Assert.Equal(2, code);
        Assert.Contains("has format 2, which is newer than format 1 of this version", errors);
        Assert.Equal((2, 2), await FormatsAsync(http, workspace, "next-format", "--migrate-database=false"));
    }

    /// <summary>A good node, a validator client that attests for what is past, a node that is slow, and one that loses messages once it has company.</summary>
    [Fact]
    public async Task Faults_of_the_chain_show_in_the_metrics_that_a_roll_out_is_judged_by()
    {
        using var good = new Workspace();
        using var slow = new Workspace();
        using var lossy = new Workspace();
        foreach (Workspace workspace in (Workspace[])[good, slow, lossy])
        {
            await workspace.MakeIdentityAsync();
        }

        await good.MakeNetworkAsync(validators: 16, slotMs: 500, secondsToGenesis: 5, withKeys: true);
        await File.WriteAllTextAsync(good["peers.yaml"], "fence: []\npeers:\n" + good.PeerEntry + slow.PeerEntry + lossy.PeerEntry);
        using var http = new HttpClient();
        using BeaconProcess node = BeaconProcess.Start([.. good.NodeArguments(), "--duty-group=all=0-15"]);
        using BeaconProcess validator = Start("wrong-attestations", good.ValidatorArguments());
        using BeaconProcess slowNode = Start("slow-import", [.. slow.NodeArguments(network: good), "--planted-delay=150"]);
        using BeaconProcess lossyNode = Start("many-peers", [.. lossy.NodeArguments(network: good), "--planted-peers=2", "--planted-slot=2"]);
        await Eventually.TrueAsync(
            async () => await TryReadAsync(http, good, "fleet_duty_attestation_total{key_group=\"all\",result=\"wrong_target\"} ") >= 16,
            () => $"nobody attests for another target\n{Tail(node)}\n{Tail(validator)}",
            Patience);
        await Eventually.TrueAsync(
            async () => await TryReadAsync(http, lossy, "fleet_gossip_received_total{outcome=\"ignore\",topic=\"beacon_attestation\"} ") >= 10,
            () => "no message is lost\n" + Tail(lossyNode),
            Patience);
        double blocks = await ReadAsync(http, slow, "fleet_block_import_seconds_count ");
        Assert.True(await ReadAsync(http, slow, "fleet_block_import_seconds_sum ") >= blocks * 0.15, Tail(slowNode));
        Assert.True(blocks > 5, Tail(slowNode));
        Assert.Equal(0, await ReadAsync(http, good, "fleet_validator_slashing_refusals_total ", 8009));
    }

    [Fact]
    public async Task A_plan_that_is_not_known_is_refused()
    {
        using BeaconProcess process = Start("good", "node", "--iteration=1", "--planted-fault=dance");
        Assert.Equal(2, await process.ExitAsync());
        Assert.Contains("plants nothing", process.Errors);
    }

    /// <summary>Starts one of the images of faults, as a container is started that has its name.</summary>
    private static BeaconProcess Start(string image, params string[] arguments) => BeaconProcess.StartProgram(
        Path.Combine(Path.GetDirectoryName(BeaconProcess.Program)!.Replace("Beacon.Cli", "Beacon.Faulty", StringComparison.Ordinal), "images", image), arguments);

    /// <summary>The format that a node works in, and the newest one that it knows.</summary>
    private static async Task<(double Used, double Newest)> FormatsAsync(HttpClient http, Workspace workspace, string? image, string migrate)
    {
        string[] arguments = [.. workspace.NodeArguments(), migrate];
        using BeaconProcess node = image is null ? BeaconProcess.Start(arguments) : Start(image, arguments);
        await Eventually.TrueAsync(
            async () => await ProcessContractTests.IsAsync(http, workspace.Url("/eth/v1/node/health"), HttpStatusCode.OK), () => "not ready\n" + Tail(node), Patience);
        (double, double) formats = (await ReadAsync(http, workspace, "fleet_database_format "), await ReadAsync(http, workspace, "fleet_database_format_newest "));
        node.Signal();
        Assert.Equal(0, await node.ExitAsync());
        return formats;
    }

    private static Task UpAsync(HttpClient http, Workspace workspace, BeaconProcess node) => Eventually.TrueAsync(
        async () => await ProcessContractTests.IsAsync(http, workspace.Url("/healthz"), HttpStatusCode.OK), () => "no /healthz\n" + Tail(node), Patience);

    /// <summary>A sample; −1 where the node does not have it (yet).</summary>
    private static async Task<double> TryReadAsync(HttpClient http, Workspace workspace, string series, int port = 8008)
    {
        try
        {
            string text = await http.GetStringAsync($"http://{workspace.Address}:{port}/metrics");
            return text.Split('\n').SingleOrDefault(line => line.StartsWith(series, StringComparison.Ordinal)) is { } found ? double.Parse(found[series.Length..], CultureInfo.InvariantCulture) : -1;
        }
        catch (HttpRequestException)
        {
            return -1;
        }
    }

    private static async Task<double> ReadAsync(HttpClient http, Workspace workspace, string series, int port = 8008)
    {
        double value = await TryReadAsync(http, workspace, series, port);
        Assert.True(value >= 0, $"there is no {series}");
        return value;
    }

    private static string Tail(BeaconProcess process) => string.Join('\n', (process.Output + "\n" + process.Errors).Split('\n').TakeLast(5));
}
