using System.Net;
using TestKit;

namespace Beacon.Cli.Tests;

public sealed class ProcessContractTests
{
    [Theory]
    [InlineData("node")]
    [InlineData("node --iteration=1 --http-port=99999")]
    [InlineData("node --iteration=1 --listen-address=nowhere")]
    [InlineData("node --iteration=1 --log-level=loud")]
    [InlineData("node --iteration=1 --unheard-of=1")]
    [InlineData("node --iteration=1 --clock-offset=soon")]
    [InlineData("node --iteration=1 --clock-offset=25h")]
    [InlineData("node --iteration=1 --clock-offset=--4h")]
    [InlineData("bootnode --iteration=1 --clock-offset=4d")]
    [InlineData("bootnode --iteration=1 --keep=x")]
    [InlineData("bootnode --iteration=1 --duty-group=a=0-1")]
    [InlineData("node --iteration=1 --duty-group=canary")]
    [InlineData("node --iteration=1 --checkpoint-sync-url=localhost")]
    [InlineData("node --iteration=1 --duty-group=a=0-1 --duty-group=a=2-3")]
    [InlineData("validator --iteration=1")]
    [InlineData("validator --iteration=1 --beacon-node=ftp://x")]
    [InlineData("validator --iteration=1 --beacon-node=http://127.0.0.1:1 --graffiti=0123456789012345678901234567890123456789")]
    [InlineData("validator --iteration=1 --beacon-node=http://127.0.0.1:1 --sign-from-epoch=-1")]
    [InlineData("validator --iteration=1 --beacon-node=http://127.0.0.1:1 --clock-offset=1.5h")]
    [InlineData("keys derive --count=1 --out=x")]
    [InlineData("keys import-protection")]
    [InlineData("dance")]
    public async Task Bad_arguments_end_with_code_2_and_one_sentence(string arguments)
    {
        (int code, _, string errors) = await BeaconProcess.RunAsync(arguments.Split(' '));
        Assert.Equal(2, code);
        Assert.Single(errors.Split('\n'));
        Assert.StartsWith("beacon: ", errors);
    }

    [Fact]
    public async Task A_missing_identity_ends_with_code_2_and_says_how_to_make_one()
    {
        using var workspace = new Workspace();
        (int code, _, string errors) = await BeaconProcess.RunAsync(workspace.NodeArguments());
        Assert.Equal(2, code);
        Assert.Contains("beacon keys identity", errors);
    }

    [Fact]
    public async Task A_node_waits_for_its_network_directory_with_its_server_up_and_stops_cleanly()
    {
        using var workspace = new Workspace();
        await workspace.MakeIdentityAsync();
        using BeaconProcess node = BeaconProcess.Start(workspace.NodeArguments());
        using var http = new HttpClient();
        await UpAsync(http, workspace, node);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await http.GetAsync(workspace.Url("/eth/v1/node/health"))).StatusCode);
        Assert.Contains("16Uiu2HA", await http.GetStringAsync(workspace.Url("/eth/v1/node/identity")));
        HttpResponseMessage genesis = await http.GetAsync(workspace.Url("/eth/v1/beacon/genesis"));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, genesis.StatusCode);
        Assert.Contains("\"code\":503", await genesis.Content.ReadAsStringAsync());
        Assert.Contains("process_resident_memory_bytes", await http.GetStringAsync($"http://{workspace.Address}:8008/metrics"));

        await workspace.MakeNetworkAsync(validators: 8, slotMs: 1000, secondsToGenesis: 600, withKeys: false);
        await Eventually.TrueAsync(
            async () => (await http.GetAsync(workspace.Url("/eth/v1/node/health"))).StatusCode == HttpStatusCode.OK, () => "not ready\n" + node.Output, TimeSpan.FromSeconds(60));
        node.Signal();
        Assert.Equal(0, await node.ExitAsync());
        Assert.Empty(node.Errors);
    }

    [Theory]
    [InlineData("--clock-offset=4h", null, 4 * 3600)]
    [InlineData("--clock-offset=-90s", "1h", -90)]
    [InlineData(null, "2m", 120)]
    public async Task A_clock_that_is_to_be_wrong_is_told_by_the_node_and_its_log(string? flag, string? variable, int seconds)
    {
        using var workspace = new Workspace();
        await workspace.MakeIdentityAsync();
        await workspace.MakeNetworkAsync(validators: 8, slotMs: 1000, secondsToGenesis: 600, withKeys: false);
        using BeaconProcess node = BeaconProcess.StartWith(variable is null ? [] : new() { ["FLEET_CLOCK_OFFSET"] = variable }, [.. workspace.NodeArguments(), .. flag is null ? [] : (string[])[flag]]);
        using var http = new HttpClient();
        double? clock = null;
        await Eventually.TrueAsync(
            async () => (clock = await ClockOfAsync(http, workspace)) is not null, () => "no clock\n" + node.Output + node.Errors, TimeSpan.FromSeconds(60));
        Assert.InRange(clock!.Value - TimeProvider.System.GetUtcNow().ToUnixTimeSeconds(), seconds - 45, seconds + 45);
        Assert.Contains("it takes part in a drill", node.Output);
        node.Signal();
        Assert.Equal(0, await node.ExitAsync());
    }

    private static async Task<double?> ClockOfAsync(HttpClient http, Workspace workspace)
    {
        try
        {
            string metrics = await http.GetStringAsync($"http://{workspace.Address}:8008/metrics");
            string? line = metrics.Split('\n').FirstOrDefault(static line => line.StartsWith("fleet_node_time_seconds ", StringComparison.Ordinal));
            return line is null ? null : double.Parse(line.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture);
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }

    [Fact]
    public async Task A_taken_port_ends_with_code_2_and_names_the_flag()
    {
        using var workspace = new Workspace();
        await workspace.MakeIdentityAsync();
        using BeaconProcess node = BeaconProcess.Start(workspace.NodeArguments());
        using var http = new HttpClient();
        await UpAsync(http, workspace, node);
        (int code, _, string errors) = await BeaconProcess.RunAsync(workspace.NodeArguments());
        Assert.Equal(2, code);
        Assert.Contains("--http-port", errors);
    }

    [Fact]
    public async Task Another_iteration_ends_with_code_3_and_a_damaged_database_with_code_4()
    {
        using var workspace = new Workspace();
        await workspace.MakeIdentityAsync();
        await workspace.MakeNetworkAsync(validators: 8, slotMs: 1000, secondsToGenesis: 600, withKeys: false);
        (int code, _, string errors) = await BeaconProcess.RunAsync(workspace.NodeArguments(iteration: 2));
        Assert.Equal(3, code);
        Assert.Contains("iteration 1", errors);

        using (BeaconProcess node = BeaconProcess.Start(workspace.NodeArguments()))
        {
            using var http = new HttpClient();
            await Eventually.TrueAsync(
                async () => await IsAsync(http, workspace.Url("/eth/v1/node/health"), HttpStatusCode.OK), () => "not ready\n" + node.Output, TimeSpan.FromSeconds(60));
            node.Signal();
            Assert.Equal(0, await node.ExitAsync());
        }

        string chain = Assert.Single(Directory.GetDirectories(workspace["data/chain"]));
        string manifest = Directory.GetFiles(chain, "MANIFEST-*").Single();
        await File.WriteAllBytesAsync(manifest, [.. (await File.ReadAllBytesAsync(manifest)).Select(static value => (byte)(value ^ 0x5a))]);
        (code, _, errors) = await BeaconProcess.RunAsync(workspace.NodeArguments());
        Assert.Equal(4, code);
        Assert.Contains("is damaged", errors);
    }

    [Fact]
    public async Task An_empty_database_without_the_trusted_node_ends_with_code_1_and_names_the_flag()
    {
        using var workspace = new Workspace();
        await workspace.MakeIdentityAsync();
        await workspace.MakeNetworkAsync(validators: 8, slotMs: 1000, secondsToGenesis: 600, withKeys: false);
        (int code, _, string errors) = await BeaconProcess.RunAsync([.. workspace.NodeArguments(), "--checkpoint-sync-url=http://127.0.0.1:1"]);
        Assert.Equal(1, code);
        Assert.Contains("--checkpoint-sync-url", errors);
        Assert.Single(errors.Split('\n'));
    }

    [Fact]
    public async Task Files_with_secrets_are_never_replaced()
    {
        using var workspace = new Workspace();
        await workspace.MakeIdentityAsync();
        string before = await File.ReadAllTextAsync(workspace["identity"]);
        (int code, _, string errors) = await BeaconProcess.RunAsync("keys", "identity", $"--out={workspace["identity"]}");
        Assert.Equal(2, code);
        Assert.Contains("exists already", errors);
        Assert.Equal(before, await File.ReadAllTextAsync(workspace["identity"]));
        Assert.True(OperatingSystem.IsWindows() || File.GetUnixFileMode(workspace["identity"]) == (UnixFileMode.UserRead | UnixFileMode.UserWrite));
    }

    [Fact]
    public async Task A_data_directory_that_cannot_be_used_ends_with_code_2_and_names_the_flag()
    {
        using var workspace = new Workspace();
        await workspace.MakeIdentityAsync();
        await workspace.MakeNetworkAsync(validators: 8, slotMs: 1000, secondsToGenesis: 600, withKeys: false);
        await File.WriteAllTextAsync(workspace["data"], "");
        (int code, _, string errors) = await BeaconProcess.RunAsync(workspace.NodeArguments());
        Assert.Equal(2, code);
        Assert.Contains("--data-dir", errors);
    }

    [Fact]
    public async Task What_keys_have_signed_is_moved_by_file_and_a_lost_database_is_made_anew_from_it()
    {
        using var workspace = new Workspace();
        await workspace.MakeNetworkAsync(validators: 8, slotMs: 1000, secondsToGenesis: 600, withKeys: true);
        string manifest = await File.ReadAllTextAsync(workspace["network/manifest.json"]);
        string root = System.Text.Json.JsonDocument.Parse(manifest).RootElement.GetProperty("genesisValidatorsRoot").GetString()!;
        string pubkey = System.Text.Json.JsonDocument.Parse(await File.ReadAllTextAsync(workspace["keys/keys.json"])).RootElement.GetProperty("keys")[0].GetProperty("pubkey").GetString()!;
        await File.WriteAllTextAsync(
            workspace["in.json"],
            $$"""{"metadata":{"interchange_format_version":"5","genesis_validators_root":"{{root}}"},"data":[{"pubkey":"{{pubkey}}","signed_blocks":[{"slot":"81952"}],"signed_attestations":[{"source_epoch":"2290","target_epoch":"3007"}]}]}""");
        string[] flags = [$"--network-dir={workspace["network"]}", $"--data-dir={workspace["data"]}"];
        Assert.Equal((5, true), await ExportAsync("none.json"));
        Assert.Equal((0, "1 blocks and 1 attestations were new."), await ImportAsync("in.json"));
        Assert.Equal((0, "0 blocks and 0 attestations were new."), await ImportAsync("in.json"));
        Assert.Equal((0, false), await ExportAsync("out.json"));
        string exported = await File.ReadAllTextAsync(workspace["out.json"]);
        Assert.Contains("81952", exported);
        Assert.Contains("3007", exported);

        // Lost: the validator client refuses to start until it is made anew, from a file of the right chain only.
        File.Delete(workspace[$"data/slashing/{root}/protection.sqlite"]);
        (int code, _, string errors) = await BeaconProcess.RunAsync(workspace.ValidatorArguments());
        Assert.Equal(5, code);
        Assert.Contains("beacon keys import-protection", errors);
        await File.WriteAllTextAsync(workspace["other.json"], exported.Replace(root, "0x" + new string('1', 64), StringComparison.Ordinal));
        Assert.Equal(5, (await ImportAsync("other.json")).Code);
        Assert.Equal(5, (await BeaconProcess.RunAsync(workspace.ValidatorArguments())).Code);
        Assert.Equal((0, "1 blocks and 1 attestations were new."), await ImportAsync("out.json"));
        using BeaconProcess validator = BeaconProcess.Start(workspace.ValidatorArguments());
        await Eventually.TrueAsync(() => validator.Output.Contains("8 keys loaded", StringComparison.Ordinal), () => validator.Output + validator.Errors, TimeSpan.FromSeconds(60));

        // Two clients with one database: the second one is told, and so is who would move it meanwhile.
        Assert.Equal(5, (await ImportAsync("out.json")).Code);
        (code, _, errors) = await BeaconProcess.RunAsync([.. workspace.ValidatorArguments(), "--metrics-port=8010"]);
        Assert.Equal(5, code);
        Assert.Contains("in use by another process", errors);

        async Task<(int Code, string Output)> ImportAsync(string file)
        {
            (int code, string output, _) = await BeaconProcess.RunAsync(["keys", "import-protection", .. flags, $"--in={workspace[file]}"]);
            return (code, output.Trim());
        }

        async Task<(int Code, bool Said)> ExportAsync(string file)
        {
            (int code, _, string errors) = await BeaconProcess.RunAsync(["keys", "export-protection", .. flags, $"--out={workspace[file]}"]);
            return (code, errors.StartsWith("beacon: ", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task Keys_that_cannot_be_opened_end_with_code_5_and_one_sentence()
    {
        using var workspace = new Workspace();
        await workspace.MakeNetworkAsync(validators: 8, slotMs: 1000, secondsToGenesis: 600, withKeys: true);
        await File.WriteAllTextAsync(workspace["keys/password.txt"], "wrong");
        (int code, _, string errors) = await BeaconProcess.RunAsync(workspace.ValidatorArguments());
        Assert.Equal(5, code);
        Assert.StartsWith("beacon: ", errors);
        Assert.Contains("password.txt", errors);
        File.Delete(workspace["keys/keys.json"]);
        (code, _, errors) = await BeaconProcess.RunAsync(workspace.ValidatorArguments());
        Assert.Equal(5, code);
        Assert.Contains("--keys-dir", errors);
    }

    [Fact]
    public async Task A_missing_native_library_is_said_at_once_with_the_next_step()
    {
        using var workspace = new Workspace();
        await workspace.MakeIdentityAsync();
        await workspace.MakeNetworkAsync(validators: 8, slotMs: 1000, secondsToGenesis: 600, withKeys: false);
        string program = Path.GetDirectoryName(BeaconProcess.Program)!;
        string copy = Directory.CreateDirectory(workspace["program"]).FullName;
        foreach (string file in Directory.GetFiles(program).Where(static file => !Path.GetFileName(file).StartsWith("libblst", StringComparison.Ordinal)))
        {
            File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
        }

        using BeaconProcess node = BeaconProcess.StartProgram(Path.Combine(copy, "beacon"), workspace.NodeArguments());
        Assert.Equal(1, await node.ExitAsync());
        Assert.Contains("libblst.so was not found", node.Errors);
        Assert.Contains("make deps", node.Errors);
    }

    internal static async Task<bool> IsAsync(HttpClient http, string url, HttpStatusCode status)
    {
        try
        {
            return (await http.GetAsync(url)).StatusCode == status;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private static Task UpAsync(HttpClient http, Workspace workspace, BeaconProcess node) => Eventually.TrueAsync(
        async () => await IsAsync(http, workspace.Url("/healthz"), HttpStatusCode.OK), () => "no /healthz\n" + node.Errors, TimeSpan.FromSeconds(60));
}
