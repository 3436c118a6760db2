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
    [InlineData("bootnode --iteration=1 --keep=x")]
    [InlineData("validator --iteration=1")]
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
