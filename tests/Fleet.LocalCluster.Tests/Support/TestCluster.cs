namespace Fleet.LocalCluster.Tests.Support;

/// <summary>A cluster on a directory of its own, removed afterwards; and kubectl to drive it.</summary>
public sealed class TestCluster : IAsyncDisposable, IAsyncLifetime
{
    private readonly string _directory = Directory.CreateTempSubdirectory("fleet-cluster-").FullName;
    private LocalCluster? _cluster;

    /// <summary>Images for <c>--image NAME=PATH</c>.</summary>
    public Dictionary<string, string> Images { get; } = new(StringComparer.Ordinal);

    /// <summary>Whether controllers and the pod runner run; without them the cluster is what a kube-apiserver alone is.</summary>
    public bool Alive { get; set; } = true;

    /// <summary>Clock of the cluster.</summary>
    public TimeProvider Time { get; set; } = TimeProvider.System;

    /// <summary>Faults of its API server.</summary>
    public IFaultInjector? Faults { get; set; }

    public string DataDir => Path.Combine(_directory, "data");

    public LocalCluster Cluster => _cluster!;

    public static async Task<TestCluster> StartAsync(Action<TestCluster>? configure = null)
    {
        var cluster = new TestCluster();
        configure?.Invoke(cluster);
        await cluster.InitializeAsync();
        return cluster;
    }

    public async ValueTask InitializeAsync() => _cluster = await LocalCluster.StartAsync(new LocalClusterOptions { DataDir = DataDir, ImageMap = Images, RunControllers = Alive, RunPods = Alive, TimeProvider = Time, Faults = Faults });

    /// <summary>A client of the bare API, as the administrator.</summary>
    public HttpClient NewHttpClient()
    {
        var client = new HttpClient(new SocketsHttpHandler { UseProxy = false, SslOptions = { RemoteCertificateValidationCallback = (_, _, _, _) => true } }) { BaseAddress = new Uri(Cluster.ApiServerUrl) };
        client.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", "Bearer " + Cluster.Token);
        return client;
    }

    /// <summary>Stops cleanly and starts again on the same directory.</summary>
    public async Task RestartAsync()
    {
        await Cluster.DisposeAsync();
        await InitializeAsync();
    }

    /// <summary>Writes a file beside the data directory.</summary>
    public string WriteFile(string name, string content, bool executable = false)
    {
        string path = Path.Combine(_directory, name);
        File.WriteAllText(path, content);
        if (executable && !OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        return path;
    }

    /// <summary>Runs kubectl and expects it to succeed; returns its standard output.</summary>
    public async Task<string> KubectlAsync(string arguments, string? input = null)
    {
        (int code, string output, string error) = await TryKubectlAsync(arguments, input);
        Assert.True(code == 0, $"kubectl {arguments} exited with {code}: {error}{output}");
        return output;
    }

    /// <summary>Runs kubectl.</summary>
    public Task<KubectlResult> TryKubectlAsync(string arguments, string? input = null, string? editor = null) =>
        Kubectl.RunAsync(Cluster.KubeconfigPath, _directory, arguments, input, editor);

    public async ValueTask DisposeAsync()
    {
        if (_cluster is not null)
        {
            await _cluster.DisposeAsync();
        }

        Directory.Delete(_directory, true);
    }
}
