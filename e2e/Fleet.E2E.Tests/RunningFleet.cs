using System.Diagnostics;
using System.Text.Json;
using TestKit;

namespace Fleet.E2E.Tests;

/// <summary>A detached fleet in a data directory of its own; ended and wiped with the test.</summary>
internal sealed class RunningFleet : IAsyncDisposable
{
    private readonly DirectoryInfo _directory;

    private readonly IReadOnlyDictionary<string, string> _images;

    private readonly int _operatorMetricsPort;

    private RunningFleet(DirectoryInfo directory, IReadOnlyDictionary<string, string> images, int operatorMetricsPort)
    {
        _directory = directory;
        _images = images;
        _operatorMetricsPort = operatorMetricsPort;
    }

    public string DataDir => Path.Combine(_directory.FullName, "data");

    public string Kubeconfig => Path.Combine(DataDir, "kubeconfig");

    /// <summary>Report of the last <c>fleet up</c>.</summary>
    public JsonElement Report { get; private set; }

    /// <summary>Starts a fleet and returns when every testnet of the manifest has finalized.</summary>
    /// <param name="manifest">The manifest.</param>
    /// <param name="images">Paths of local builds by image name, besides those that are known anyway.</param>
    /// <param name="operatorMetricsPort">Port of the operator's metrics; 0: none.</param>
    public static async Task<RunningFleet> StartAsync(string manifest, IReadOnlyDictionary<string, string>? images = null, int operatorMetricsPort = 0)
    {
        var fleet = new RunningFleet(Directory.CreateTempSubdirectory("fleet-e2e-"), images ?? new Dictionary<string, string>(), operatorMetricsPort);
        try
        {
            await fleet.UpWithAsync(manifest);
            return fleet;
        }
        catch
        {
            await fleet.DisposeAsync();
            throw;
        }
    }

    private string[] MetricsPort => _operatorMetricsPort == 0 ? [] : ["--operator-metrics-port", $"{_operatorMetricsPort}"];

    /// <summary>Runs <c>fleet up --detach --until finalized</c> on this data directory.</summary>
    public async Task UpAsync(params string[] manifests)
    {
        IEnumerable<string> images = _images.SelectMany(image => (IEnumerable<string>)["--image", $"{image.Key}={image.Value}"]);
        CommandResult up = await FleetCommand.RunAsync(["up", .. manifests, .. images, .. MetricsPort, "--data-dir", DataDir, "--detach", "--until", "finalized", "--timeout", "4m", "-o", "json"]);
        Assert.True(up.ExitCode == 0, up.ToString());
        using JsonDocument document = JsonDocument.Parse(up.Output);
        Report = document.RootElement.Clone();
    }

    /// <summary>Runs <c>fleet down</c>: everything stops, the data stays for the next <see cref="UpAsync"/>.</summary>
    public async Task DownAsync()
    {
        CommandResult down = await FleetCommand.RunAsync("down", "--data-dir", DataDir);
        Assert.True(down.ExitCode == 0, down.ToString());
    }

    /// <summary>Starts the fleet again with a further manifest, and returns when that one's testnets have finalized.</summary>
    public async Task UpWithAsync(string manifest)
    {
        string file = Path.Combine(_directory.FullName, "manifest.yaml");
        await File.WriteAllTextAsync(file, manifest);
        await UpAsync(file);
    }

    /// <summary>A node as the last report has it.</summary>
    public ReportedNode Node(string name) => Nodes.Single(node => node.Name == name);

    /// <summary>All nodes of the last report that follow the chain.</summary>
    public IReadOnlyList<ReportedNode> ChainNodes => [.. Nodes.Where(node => node.Role != "bootnode")];

    private IEnumerable<ReportedNode> Nodes => Report.GetProperty("testnets").EnumerateArray()
        .SelectMany(testnet => testnet.GetProperty("nodes").EnumerateArray())
        .Select(node => new ReportedNode(
            node.GetProperty("name").GetString()!,
            node.GetProperty("role").GetString()!,
            new Uri(node.GetProperty("apiUrl").GetString()!),
            node.GetProperty("p2p").GetString()!));

    /// <summary>Output of a kubectl command that must succeed.</summary>
    public async Task<string> KubectlAsync(params string[] arguments)
    {
        CommandResult result = await FleetCommand.KubectlAsync(Kubeconfig, arguments);
        Assert.True(result.ExitCode == 0, result.ToString());
        return result.Output;
    }

    /// <summary>A field of an object, as a number; -1 while it is not there.</summary>
    public async Task<long> NumberAsync(string resource, string jsonPath)
    {
        string text = await KubectlAsync("get", resource, "-o", $"jsonpath={{{jsonPath}}}");
        return long.TryParse(text, out long value) ? value : -1;
    }

    /// <summary>The validators whose keys a node was given when the first iteration began.</summary>
    public async Task<(ulong First, ulong Count)> KeysOfAsync(string testnet, string node)
    {
        using JsonDocument map = JsonDocument.Parse(await KubectlAsync("get", "configmap", $"{testnet}-i1-keys", "-o", "json"));
        using JsonDocument assignment = JsonDocument.Parse(map.RootElement.GetProperty("data").GetProperty("assignment.json").GetString()!);
        JsonElement range = assignment.RootElement.GetProperty("ranges").EnumerateArray().Single(range => range.GetProperty("node").GetString() == node);
        return (range.GetProperty("first").GetUInt64(), range.GetProperty("count").GetUInt64());
    }

    /// <summary>Process ids of all node processes of this fleet: those whose command line names its data directory.</summary>
    public IReadOnlyList<int> NodeProcesses(string verb) => [.. Directory.EnumerateDirectories("/proc")
        .Select(path => int.TryParse(Path.GetFileName(path), out int processId) ? processId : 0)
        .Where(processId => processId > 0 && CommandLine(processId) is { } line && line.Contains(DataDir, StringComparison.Ordinal) && line.Contains($"\0{verb}\0", StringComparison.Ordinal))];

    /// <summary>Process of one container, by the pod's status; 0 while it has none.</summary>
    public async Task<int> ProcessOfAsync(string pod, string container)
    {
        string id = await KubectlAsync("get", "pod", pod, "-o", $"jsonpath={{.status.containerStatuses[?(@.name==\"{container}\")].containerID}}");
        return int.TryParse(id[(id.LastIndexOf('/') + 1)..], out int process) ? process : 0;
    }

    public Task FinalizedBeyondAsync(string testnet, long epoch) => Eventually.TrueAsync(
        async () => await NumberAsync($"testnet/{testnet}", ".status.finalizedEpoch") > epoch,
        () => $"{testnet} did not finalize beyond epoch {epoch}",
        TimeSpan.FromMinutes(2));

    public static void Kill(int processId)
    {
        using var process = Process.GetProcessById(processId);
        process.Kill();
    }

    public async ValueTask DisposeAsync()
    {
        CommandResult down = await FleetCommand.RunAsync("down", "--wipe", "--data-dir", DataDir);
        if (down.ExitCode != 0)
        {
            // Said, not thrown: it must not hide why the test itself failed.
            TestContext.Current.SendDiagnosticMessage("fleet down: {0}", down);
            TestContext.Current.AddWarning($"fleet down: {down}");
            return;
        }

        _directory.Delete(recursive: true);
    }

    private static string? CommandLine(int processId)
    {
        try
        {
            return File.ReadAllText($"/proc/{processId}/cmdline");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}

/// <summary>A node as <c>fleet up -o json</c> reports it.</summary>
/// <param name="Name">Name of the BeaconNode.</param>
/// <param name="Role">Its role.</param>
/// <param name="ApiUrl">Where its Beacon API is.</param>
/// <param name="P2p">Its multiaddress, with its peer ID.</param>
internal sealed record ReportedNode(string Name, string Role, Uri ApiUrl, string P2p)
{
    /// <summary>Its libp2p identity.</summary>
    public string PeerId => P2p[(P2p.LastIndexOf('/') + 1)..];
}
