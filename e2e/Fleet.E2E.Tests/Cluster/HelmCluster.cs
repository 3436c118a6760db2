using System.Security.Cryptography;
using System.Text.Json;
using System.Text.RegularExpressions;
using Fleet.Api.Manifests;
using TestKit;

namespace Fleet.E2E.Tests.Cluster;

/// <summary>A real cluster, with the operator installed from the chart's archive as <c>docs/install.md</c> says.</summary>
/// <remarks>It touches nothing but two namespaces of its own, the definitions of our kinds, and what belongs to the release.</remarks>
internal sealed partial class HelmCluster : IClusterUnderTest
{
    private const string Release = "fleet";
    private const string Restricted = "pod-security.kubernetes.io/enforce=restricted";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly DirectoryInfo _work = Directory.CreateTempSubdirectory("fleet-e2e-");
    private readonly string _operatorImage = Setting("FLEET_E2E_OPERATOR_IMAGE") ?? $"localhost/operator:{Version}";
    private readonly string _beaconImage = Setting("FLEET_E2E_BEACON_IMAGE") ?? $"localhost/beacon:{Version}";
    private string _chart = Setting("FLEET_E2E_CHART") ?? Path.Combine(Repository.Root, "artifacts", "chart", $"fleet-operator-{Version}.tgz");
    private string _helm = "";
    private bool _watchesAll;
    private bool _definitionsAreOurs;

    public HelmCluster(string kubeconfig)
    {
        KubeconfigPath = kubeconfig;
        Namespace = $"fleet-e2e-{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(3))}";
    }

    /// <summary>Kubeconfig of the cluster to use; null: none is named.</summary>
    public static string? Configured => Setting("FLEET_E2E_KUBECONFIG");

    public string KubeconfigPath { get; }

    public string Namespace { get; }

    public string OtherNamespace => Namespace + "-other";

    public string UnpullableImage => "localhost/fleet-e2e-no-such-image:0";

    /// <summary>The operator does not know a node's arguments, says so, and ends with 2.</summary>
    public string CrashingImage => _operatorImage;

    public string? NextBeaconImage { get; } = Setting("FLEET_E2E_NEXT_BEACON_IMAGE");

    public string WhyNoNextImage => "not here: FLEET_E2E_NEXT_BEACON_IMAGE names no second image";

    public int SlotMilliseconds => 1000;

    public string? WhyNoHelm => null;

    private static IReadOnlyList<string> Definitions { get; } = [.. CrdManifests.Read().Select(definition => definition.Metadata.Name!)];

    /// <summary>Version of this build, by which images and chart are called.</summary>
    private static string Version { get; } =
        VersionProperty().Match(File.ReadAllText(Path.Combine(Repository.Root, "Directory.Build.props"))).Groups[1].Value;

    public async Task StartAsync()
    {
        TestContext.Current.SendDiagnosticMessage("cluster: {0}", (await KubectlAsync("config", "view", "--minify", "-o", "jsonpath={.clusters[0].cluster.server}")).Trim());
        Assert.True(File.Exists(_chart), $"{_chart} does not exist: run 'make chart', or name an archive with FLEET_E2E_CHART.");
        string definitions = await KubectlAsync("get", "crd", "-o", "name");
        Assert.False(
            definitions.Contains(".beaconfleet.dev", StringComparison.Ordinal),
            "The cluster has definitions of beaconfleet.dev already, which this suite would remove in the end: use a cluster without.");
        CommandResult helm = await FleetCommand.RunProgramAsync(Path.Combine(Repository.Root, ".ci", "helm.sh"), []);
        Assert.True(helm.ExitCode == 0, helm.ToString());
        _helm = helm.Output.TrimEnd().Split('\n')[^1];
        _definitionsAreOurs = true;
        foreach (string space in new[] { Namespace, OtherNamespace })
        {
            await KubectlAsync("create", "namespace", space);
            await KubectlAsync("label", "namespace", space, Restricted);
        }

        await InstallAsync();
    }

    public Task InstallAsync() => HelmAsync(["install", Release, _chart, "--namespace", Namespace, .. Values(), "--wait", "--timeout", "5m"]);

    public async Task UpgradeAsync()
    {
        IReadOnlySet<string> before = await OperatorsAsync();
        _chart = await NextVersionAsync();
        await ApplyValuesAsync();
        Assert.Empty((await OperatorsAsync()).Intersect(before));
    }

    public Task WatchAllNamespacesAsync()
    {
        if (_watchesAll)
        {
            return Task.CompletedTask;
        }

        _watchesAll = true;
        return ApplyValuesAsync();
    }

    public async Task<IReadOnlyList<string>> UninstallAsync()
    {
        string manifest = Path.Combine(_work.FullName, "manifest.yaml");
        await File.WriteAllTextAsync(manifest, await HelmAsync("get", "manifest", Release, "--namespace", Namespace));
        await HelmAsync("uninstall", Release, "--namespace", Namespace, "--wait", "--timeout", "5m");
        string left = await KubectlAsync("get", "-f", manifest, "--ignore-not-found", "-o", "name");
        string[] names = left.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(Definitions.Count, names.Count(IsDefinition));
        return [.. names.Where(name => !IsDefinition(name))];
    }

    public async Task<IReadOnlySet<string>> OperatorsAsync()
    {
        using JsonDocument pods = JsonDocument.Parse(await KubectlAsync("get", "pods", "-n", Namespace, "-l", $"app.kubernetes.io/instance={Release},app.kubernetes.io/name=fleet-operator", "-o", "json"));
        return pods.RootElement.GetProperty("items").EnumerateArray()
            .Where(pod => !pod.GetProperty("metadata").TryGetProperty("deletionTimestamp", out _) && IsReady(pod))
            .Select(pod => pod.GetProperty("metadata").GetProperty("name").GetString()!)
            .ToHashSet(StringComparer.Ordinal);
    }

    public async Task KillLeaderAsync()
    {
        // The Lease may still name one that was killed a moment ago.
        string leader = "";
        await Eventually.TrueAsync(
            async () =>
            {
                string holder = await KubectlAsync("get", "lease", "fleet-fleet-operator", "-n", Namespace, "-o", "jsonpath={.spec.holderIdentity}");
                leader = holder[..Math.Max(0, holder.LastIndexOf('_'))];
                return (await OperatorsAsync()).Contains(leader);
            },
            () => $"a running instance holds the lease, but it names '{leader}'",
            Patience);
        await KubectlAsync("delete", "pod", leader, "-n", Namespace, "--grace-period=0", "--force");
    }

    public async Task KillOperatorsAsync() =>
        await KubectlAsync(["delete", "pod", .. await OperatorsAsync(), "-n", Namespace, "--grace-period=0", "--force"]);

    public async ValueTask DisposeAsync()
    {
        _work.Delete(recursive: true);
        if (Setting("FLEET_E2E_KEEP") is not null)
        {
            TestContext.Current.SendDiagnosticMessage("FLEET_E2E_KEEP is set: namespaces {0} and {1} and the definitions stay", Namespace, OtherNamespace);
            return;
        }

        // As docs/install.md says, and each step whether or not the one before succeeded: none may hide why a test failed.
        if (_definitionsAreOurs)
        {
            await TryAsync("kubectl", "--kubeconfig", KubeconfigPath, "delete", "testnets", "--all", "-n", Namespace, "--timeout=2m");
            await TryAsync("kubectl", "--kubeconfig", KubeconfigPath, "delete", "testnets", "--all", "-n", OtherNamespace, "--timeout=2m");
            await TryAsync(_helm, "--kubeconfig", KubeconfigPath, "uninstall", Release, "--namespace", Namespace, "--wait");
            await TryAsync("kubectl", "--kubeconfig", KubeconfigPath, "delete", "namespace", Namespace, OtherNamespace, "--ignore-not-found", "--timeout=3m");
            await TryAsync("kubectl", ["--kubeconfig", KubeconfigPath, "delete", "crd", .. Definitions, "--ignore-not-found", "--timeout=1m"]);
        }
    }

    private static bool IsReady(JsonElement pod) =>
        pod.GetProperty("status").TryGetProperty("conditions", out JsonElement conditions)
        && conditions.EnumerateArray().Any(condition => condition.GetProperty("type").GetString() == "Ready" && condition.GetProperty("status").GetString() == "True");

    private static bool IsDefinition(string name) => name.StartsWith("customresourcedefinition.", StringComparison.Ordinal) && name.EndsWith(".beaconfleet.dev", StringComparison.Ordinal);

    private static string? Setting(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;

    /// <summary>Splits <c>host:port/name:tag</c> as the chart wants it.</summary>
    private static IEnumerable<string> ImageValues(string key, string image)
    {
        int colon = image.LastIndexOf(':');
        Assert.True(colon > image.LastIndexOf('/'), $"The image {image} names no tag; write it as name:tag.");
        return ["--set-string", $"{key}.repository={image[..colon]}", "--set-string", $"{key}.tag={image[(colon + 1)..]}"];
    }

    private static async Task TryAsync(string program, params string[] arguments)
    {
        CommandResult result = await FleetCommand.RunProgramAsync(program, arguments);
        if (result.ExitCode != 0)
        {
            TestContext.Current.SendDiagnosticMessage("{0} {1}: {2}", program, string.Join(' ', arguments), result);
        }
    }

    private Task ApplyValuesAsync() => HelmAsync(["upgrade", Release, _chart, "--namespace", Namespace, .. Values(), "--wait", "--timeout", "5m"]);

    private string[] Values() =>
    [
        .. ImageValues("image", _operatorImage),
        .. ImageValues("beaconImage", _beaconImage),
        .. _watchesAll ? (string[])["--set-json", "watchNamespaces=[]"] : [],
    ];

    /// <summary>The same chart under the next version number, as a release of a fix would be.</summary>
    private async Task<string> NextVersionAsync()
    {
        CommandResult tar = await FleetCommand.RunProgramAsync("tar", ["-xzf", _chart, "-C", _work.FullName]);
        Assert.True(tar.ExitCode == 0, tar.ToString());
        string folder = Path.Combine(_work.FullName, "fleet-operator");
        string file = Path.Combine(folder, "Chart.yaml");
        string text = await File.ReadAllTextAsync(file);
        string next = ChartVersion().Replace(text, match => $"version: {match.Groups[1].Value}{int.Parse(match.Groups[2].Value) + 1}");
        Assert.NotEqual(text, next);
        await File.WriteAllTextAsync(file, next);
        return folder;
    }

    private async Task<string> KubectlAsync(params string[] arguments)
    {
        CommandResult result = await FleetCommand.KubectlAsync(KubeconfigPath, arguments);
        Assert.True(result.ExitCode == 0, $"kubectl {string.Join(' ', arguments)}: {result}");
        return result.Output;
    }

    private async Task<string> HelmAsync(params string[] arguments)
    {
        CommandResult result = await FleetCommand.RunProgramAsync(_helm, ["--kubeconfig", KubeconfigPath, .. arguments]);
        Assert.True(result.ExitCode == 0, $"helm {string.Join(' ', arguments)}: {result}");
        return result.Output;
    }

    [GeneratedRegex("<Version>(.*)</Version>")]
    private static partial Regex VersionProperty();

    [GeneratedRegex(@"(?m)^version: (\d+\.\d+\.)(\d+)")]
    private static partial Regex ChartVersion();
}
