using System.Globalization;
using System.Text.Json;
using TestKit;

namespace Fleet.E2E.Tests;

/// <summary>
/// Half of the stake is gone for good, so the operator begins the chain anew; then a person does. What belongs to an ended chain is kept, and can neither sign
/// for the next one nor join it.
/// </summary>
public sealed class ResetTests
{
    private const string Manifest = """
        apiVersion: beaconfleet.dev/v1alpha1
        kind: Testnet
        metadata: {name: lost}
        spec:
          network: {preset: minimal, config: {SLOT_DURATION_MS: 500}}
          genesis: {delay: 5s, validators: 32}
          bootnodes: {replicas: 1}
          rollout: {strategy: AllAtOnce}
          health: {finalityWarnEpochs: 8, finalityLostEpochs: 8}
          recovery: {minObserved: 0s}
          pools:
          - {name: eu, replicas: 4, validators: 32}
        """;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);

    [Fact]
    public async Task A_chain_beyond_repair_is_begun_anew_and_then_once_more_by_hand()
    {
        await using RunningFleet fleet = await RunningFleet.StartAsync(Manifest);
        var chains = new List<Chain> { await Chain.OfAsync(fleet) };
        Assert.Empty(await fleet.KubectlAsync("get", "chainresets", "-o", "name"));

        await RunAsync(fleet, "drill", "lost", "destroy-stake", "50%", "--yes", "--data-dir", fleet.DataDir);
        Reset first = await CompletedAsync(fleet, "lost-i1");
        Assert.Equal("U1", first.Criterion);
        Assert.NotNull(first.CriterionSince);
        TestContext.Current.SendDiagnosticMessage(
            "decided {0:F1} s after the criterion became true, new chain {1:F1} s after that, final {2:F1} s after that",
            (first.Claimed - first.CriterionSince!.Value).TotalSeconds, (await GenesisTimeAsync(fleet) - first.Claimed).TotalSeconds, (first.Ended - first.Claimed).TotalSeconds);
        chains.Add(await Chain.OfAsync(fleet));
        await ArchiveIsThereAsync(fleet, first, chains[0]);
        Assert.NotEmpty(await fleet.KubectlAsync("get", "configmap", "lost-i1-reset-evidence", "-o", "jsonpath={.binaryData}"));
        await OldNodeIsRefusedAsync(fleet);

        await RunAsync(fleet, "reset", "lost", "--reason", "to see it again", "--yes", "--wait", "--timeout", "4m", "--data-dir", fleet.DataDir);
        chains.Add(await Chain.OfAsync(fleet));
        Assert.Equal([1, 2, 3], chains.Select(chain => chain.Iteration));
        Assert.All((Func<Chain, string>[])[chain => chain.GenesisRoot, chain => chain.ValidatorsRoot, chain => chain.ForkDigest, chain => chain.ProtocolId], part =>
            Assert.Equal(3, chains.Select(part).Distinct(StringComparer.Ordinal).Count()));
        Assert.Equal(2, (await fleet.KubectlAsync("get", "chainresets", "-o", "name")).Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        await NobodyIsSlashedAsync(fleet);
    }

    /// <summary>What the old chain's database holds is what its status said when it was ended.</summary>
    private static async Task ArchiveIsThereAsync(RunningFleet fleet, Reset reset, Chain ended)
    {
        string volume = Path.Combine(fleet.DataDir, "claims", "default", "data-" + reset.ArchiveNode);
        CommandResult inspected = await FleetCommand.RunProgramAsync(Beacon, ["archive", "inspect", "--data-dir", volume, "--directory", reset.ArchiveDirectory, "--json"]);
        Assert.True(inspected.ExitCode == 0, inspected.ToString());
        using JsonDocument document = JsonDocument.Parse(inspected.Output);
        JsonElement chain = document.RootElement[0];
        Assert.Equal(ended.GenesisRoot, chain.GetProperty("genesisRoot").GetString());
        Assert.Equal(reset.ArchiveFinalizedRoot, chain.GetProperty("finalizedRoot").GetString());

        // The evidence is collected before the validators stop: a block or two may have followed.
        Assert.InRange(chain.GetProperty("headSlot").GetInt64(), reset.ArchiveHeadSlot, reset.ArchiveHeadSlot + 16);
    }

    /// <summary>A node with the files of the first iteration dials those of the second.</summary>
    private static async Task OldNodeIsRefusedAsync(RunningFleet fleet)
    {
        string directory = Directory.CreateTempSubdirectory("fleet-e2e-old-").FullName;
        using JsonDocument map = JsonDocument.Parse(await fleet.KubectlAsync("get", "configmap", "lost-i1", "-o", "json"));
        foreach (JsonProperty file in map.RootElement.GetProperty("data").EnumerateObject())
        {
            await File.WriteAllTextAsync(Path.Combine(directory, file.Name), file.Value.GetString(), TestContext.Current.CancellationToken);
        }

        foreach (JsonProperty file in map.RootElement.GetProperty("binaryData").EnumerateObject())
        {
            await File.WriteAllBytesAsync(Path.Combine(directory, file.Name), file.Value.GetBytesFromBase64(), TestContext.Current.CancellationToken);
        }

        IReadOnlyList<ReportedNode> nodes = fleet.ChainNodes;
        await File.WriteAllTextAsync(
            Path.Combine(directory, "peers.yaml"),
            "fence: [1]\npeers:\n" + string.Concat(nodes.Select(node => $"- name: {node.Name}\n  bootnode: false\n  addresses: [\"{node.P2p}\"]\n")),
            TestContext.Current.CancellationToken);
        CommandResult identity = await FleetCommand.RunProgramAsync(Beacon, ["keys", "identity", "--out", Path.Combine(directory, "key")]);
        Assert.True(identity.ExitCode == 0, identity.ToString());

        using var reader = new ChainReader(nodes[0]);
        double before = await RefusalsAsync(reader);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        Task<CommandResult> old = FleetCommand.RunProgramAsync(
            Beacon,
            [
                "node", $"--network-dir={directory}", $"--peers-file={directory}/peers.yaml", $"--identity-file={directory}/key", $"--data-dir={directory}/data", "--iteration=1",
                "--listen-address=127.254.7.1",
            ],
            stop.Token);
        await Eventually.TrueAsync(async () => await RefusalsAsync(reader) > before, () => old.IsCompleted ? $"the old node ended: {old.Result}" : "nobody refused the node of the old chain", TimeSpan.FromMinutes(1));
        Assert.DoesNotContain(await reader.ConnectedPeersAsync(), peer => identity.Output.Contains(peer, StringComparison.Ordinal));
        await stop.CancelAsync();
        await old;
        Directory.Delete(directory, recursive: true);
    }

    private static Task<double> RefusalsAsync(ChainReader node) => node.MetricAsync("fleet_peers_refused_total", "reason=");

    /// <summary>No key signed twice for one chain, as the chain and as the protection of each node see it.</summary>
    private static async Task NobodyIsSlashedAsync(RunningFleet fleet)
    {
        using var http = new HttpClient();
        foreach (ReportedNode node in fleet.ChainNodes)
        {
            string slashed = await http.GetStringAsync(new Uri(node.ApiUrl, "/eth/v1/beacon/states/head/validators?status=active_slashed,exited_slashed"), TestContext.Current.CancellationToken);
            using JsonDocument list = JsonDocument.Parse(slashed);
            Assert.Equal(0, list.RootElement.GetProperty("data").GetArrayLength());
            string metrics = await http.GetStringAsync(new UriBuilder(node.ApiUrl) { Port = 8009, Path = "/metrics" }.Uri, TestContext.Current.CancellationToken);
            Assert.All(metrics.Split('\n').Where(line => line.StartsWith("fleet_validator_slashing_refusals_total", StringComparison.Ordinal)), line => Assert.EndsWith(" 0", line, StringComparison.Ordinal));
        }
    }

    private static async Task<Reset> CompletedAsync(RunningFleet fleet, string name)
    {
        string phase = "";
        await Eventually.TrueAsync(
            async () => (phase = await fleet.KubectlAsync("get", "chainreset", name, "--ignore-not-found", "-o", "jsonpath={.status.phase}")) is "Completed" or "Failed" or "Suppressed",
            () => $"{name} is still '{phase}'",
            Patience);
        Assert.Equal("Completed", phase);
        return await Reset.OfAsync(fleet, name);
    }

    private static async Task<DateTimeOffset> GenesisTimeAsync(RunningFleet fleet) =>
        DateTimeOffset.Parse(await fleet.KubectlAsync("get", "testnet", "lost", "-o", "jsonpath={.status.genesisTime}"), CultureInfo.InvariantCulture);

    private static async Task RunAsync(RunningFleet fleet, params string[] arguments)
    {
        CommandResult result = await FleetCommand.RunAsync(arguments);
        Assert.True(result.ExitCode == 0, $"{string.Join(' ', arguments)}: {result}\n{await fleet.KubectlAsync("get", "testnet,chainresets", "-o", "wide")}");
    }

    private static string Beacon => new[]
    {
        Path.Combine(Repository.Root, "artifacts", "publish", "beacon", "beacon"),
        Path.Combine(Repository.Root, "artifacts", "bin", "Beacon.Cli", "release", "beacon"),
    }.First(File.Exists);

    private sealed record Chain(int Iteration, string GenesisRoot, string ValidatorsRoot, string ForkDigest, string ProtocolId)
    {
        public static async Task<Chain> OfAsync(RunningFleet fleet)
        {
            using JsonDocument testnet = JsonDocument.Parse(await fleet.KubectlAsync("get", "testnet", "lost", "-o", "json"));
            JsonElement status = testnet.RootElement.GetProperty("status");
            return new Chain(status.GetProperty("iteration").GetInt32(), Text("genesisRoot"), Text("genesisValidatorsRoot"), Text("forkDigest"), Text("protocolId"));

            string Text(string name) => status.GetProperty(name).GetString()!;
        }
    }

    private sealed record Reset(
        string? Criterion, DateTimeOffset? CriterionSince, DateTimeOffset Claimed, DateTimeOffset Ended, string ArchiveNode, string ArchiveDirectory, long ArchiveHeadSlot, string ArchiveFinalizedRoot)
    {
        public static async Task<Reset> OfAsync(RunningFleet fleet, string name)
        {
            using JsonDocument reset = JsonDocument.Parse(await fleet.KubectlAsync("get", "chainreset", name, "-o", "json"));
            JsonElement spec = reset.RootElement.GetProperty("spec");
            JsonElement status = reset.RootElement.GetProperty("status");
            JsonElement archive = status.GetProperty("archives")[0];
            DateTimeOffset[] times = [.. status.GetProperty("timings").EnumerateArray().Select(timing => timing.GetProperty("at").GetDateTimeOffset())];
            return new Reset(
                spec.TryGetProperty("criterion", out JsonElement criterion) ? criterion.GetString() : null,
                spec.TryGetProperty("criterionSince", out JsonElement since) ? since.GetDateTimeOffset() : null,
                times[0],
                times[^1],
                archive.GetProperty("node").GetString()!,
                archive.GetProperty("directory").GetString()!,
                archive.GetProperty("headSlot").GetInt64(),
                archive.GetProperty("finalizedRoot").GetString()!);
        }
    }
}
