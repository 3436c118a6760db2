using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Beacon.Chain;
using Beacon.Genesis;
using Beacon.Types;
using Libp2p.Multiformats;
using TestKit;

namespace Beacon.Networking.Tests;

/// <summary>Against Lodestar 1.5.1, another consensus client, with the protocol IDs of the specification.</summary>
public sealed class LodestarTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(100);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Lodestar_syncs_from_us_follows_our_gossip_and_we_sync_from_it()
    {
        string folder = await InstallAsync();
        ulong genesisTime = (ulong)TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() - 120;
        ChainSpec spec = new(GenesisConfig.Complete(
            "minimal", [new("SECONDS_PER_SLOT", "4"), new("SLOT_DURATION_MS", "4000"), new("GENESIS_FORK_VERSION", "0x00000001")], TestNode.Validators, genesisTime));
        byte[] genesis = TestNode.MakeGenesis(spec, 1, genesisTime);
        string data = Directory.CreateTempSubdirectory("lodestar-").FullName;
        await File.WriteAllBytesAsync(Path.Combine(data, "genesis.ssz"), genesis, Token);

        var peers = new TestPeers();
        TestNode ours = TestNode.Start(TimeProvider.System, peers, ProtocolNames.Standard, made: (spec, genesis));
        TestNode? second = null;
        using Process lodestar = StartLodestar(folder, data, genesisTime, out int restPort);
        try
        {
            for (ulong slot = 1; slot <= 24; slot++)
            {
                ImportResult result = await ours.Chain.ImportAsync(ours.Propose(slot), Token);
                Assert.Equal((ImportOutcome.Imported, ""), (result.Outcome, result.Reason));
            }

            using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{restPort}") };
            JsonNode? identity = null;
            await Eventually.TrueAsync(
                async () =>
                {
                    identity = await GetAsync(http, "/eth/v1/node/identity");
                    return identity is not null || lodestar.HasExited;
                },
                () => "Lodestar's API does not answer",
                Patience);
            Assert.False(lodestar.HasExited, "Lodestar ended");
            int p2pPort = restPort + 1;
            var address = Multiaddr.Parse($"/ip4/127.0.0.1/tcp/{p2pPort}/p2p/{identity!["data"]!["peer_id"]!.GetValue<string>()}");
            peers.Add("lodestar", address);
            await Eventually.TrueAsync(() => ours.Network.PeerCount == 1, () => "no good Status of Lodestar", Patience);
            await Eventually.TrueAsync(async () => await HeadAsync(http) == ours.Chain.Head.Root.ToString(), () => "Lodestar did not sync from us", Patience);

            var only = new TestPeers();
            only.Add("lodestar", address);
            second = TestNode.Start(TimeProvider.System, only, ProtocolNames.Standard, made: (spec, genesis));
            await Eventually.TrueAsync(() => second.Chain.Head.Root == ours.Chain.Head.Root, () => $"synced to slot {second.Chain.Head.Slot.Value} from Lodestar", Patience);
            Assert.Contains("lodestar", second.Network.ListPeers()[0].Agent, StringComparison.OrdinalIgnoreCase);

            // Lodestar listens to gossip only while its head is near the clock, so the chain is brought there first.
            await Eventually.TrueAsync(
                async () =>
                {
                    for (ulong slot = ours.Chain.Head.Slot.Value + 1; slot <= ours.Chain.Clock.CurrentSlot.Value; slot++)
                    {
                        await ours.Chain.PublishAsync(ours.Propose(slot), Token);
                    }

                    return ours.Network.BlockMeshSize > 0 && await HeadAsync(http) == ours.Chain.Head.Root.ToString();
                },
                () => $"Lodestar does not follow; our mesh has {ours.Network.BlockMeshSize} peers",
                Patience);
        }
        finally
        {
            if (!lodestar.HasExited)
            {
                lodestar.Kill(entireProcessTree: true);
                await lodestar.WaitForExitAsync(Token);
            }

            await ours.DisposeAsync();
            if (second is not null)
            {
                await second.DisposeAsync();
            }

            Directory.Delete(data, recursive: true);
        }
    }

    private static async Task<string?> HeadAsync(HttpClient http) => (await GetAsync(http, "/eth/v1/beacon/headers/head"))?["data"]?["root"]?.GetValue<string>();

    private static async Task<JsonNode?> GetAsync(HttpClient http, string path)
    {
        try
        {
            return JsonNode.Parse(await http.GetStringAsync(new Uri(path, UriKind.Relative), Token));
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }

    private static Process StartLodestar(string folder, string data, ulong genesisTime, out int restPort)
    {
        // Two free neighbours: one for the API, one for libp2p.
        restPort = FreePort();
        var start = new ProcessStartInfo("/bin/bash", [Path.Combine(folder, "node.sh")]) { WorkingDirectory = data };
        start.Environment["D"] = data;
        start.Environment["GT"] = genesisTime.ToString(CultureInfo.InvariantCulture);
        start.Environment["GENESIS"] = Path.Combine(data, "genesis.ssz");
        start.Environment["RP"] = restPort.ToString(CultureInfo.InvariantCulture);
        start.Environment["PP"] = (restPort + 1).ToString(CultureInfo.InvariantCulture);
        start.Environment["MP"] = (restPort + 2).ToString(CultureInfo.InvariantCulture);
        start.Environment["SPS"] = "4";
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        Process process = Process.Start(start)!;
        var log = TextWriter.Synchronized(new StreamWriter(Path.Combine(Path.GetTempPath(), "lodestar-peer.log"), append: false) { AutoFlush = true });
        process.OutputDataReceived += (_, line) => log.WriteLine(line.Data);
        process.ErrorDataReceived += (_, line) => log.WriteLine(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    private static int FreePort()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)listener.LocalEndPoint!).Port;
    }

    /// <summary>Copies the peer's folder into a cache and installs it once.</summary>
    private static async Task<string> InstallAsync()
    {
        if (Environment.GetEnvironmentVariable("FLEET_LODESTAR") is { Length: > 0 } given)
        {
            return given;
        }

        string shared = Environment.GetEnvironmentVariable("FLEET_SHARED") ?? Path.Combine(Repository.Root, "..", "shared");
        string source = Path.Combine(shared, "peers", "lodestar");
        bool npm = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(static f => File.Exists(Path.Combine(f, "npm")));
        Assert.SkipWhen(!Directory.Exists(source) || !npm, "not here: ../shared/peers/lodestar, node and npm");
        string target = Path.Combine(Repository.Root, "artifacts", "lodestar-peer");
        if (!File.Exists(Path.Combine(target, "installed")))
        {
            string script = $"mkdir -p '{target}' && cp -r '{source}/.' '{target}/' && chmod -R u+w '{target}' && cd '{target}' && npm ci --ignore-scripts && npm rebuild bcrypto snappy && touch installed";
            using Process install = Process.Start(new ProcessStartInfo("/bin/bash", ["-c", script]) { RedirectStandardError = true, RedirectStandardOutput = true })!;
            Task<string> output = install.StandardOutput.ReadToEndAsync(Token);
            string errors = await install.StandardError.ReadToEndAsync(Token);
            await install.WaitForExitAsync(Token);
            Assert.True(install.ExitCode == 0, $"Lodestar could not be installed: {errors} {await output}");
        }

        return target;
    }
}
