using System.Diagnostics;
using System.Text;

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

    public string DataDir => Path.Combine(_directory, "data");

    public LocalCluster Cluster => _cluster!;

    public static async Task<TestCluster> StartAsync(Action<TestCluster>? configure = null)
    {
        var cluster = new TestCluster();
        configure?.Invoke(cluster);
        await cluster.InitializeAsync();
        return cluster;
    }

    public async ValueTask InitializeAsync() => _cluster = await LocalCluster.StartAsync(new LocalClusterOptions { DataDir = DataDir, ImageMap = Images, RunControllers = Alive, RunPods = Alive });

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
    public async Task<(int Code, string Output, string Error)> TryKubectlAsync(string arguments, string? input = null, string? editor = null)
    {
        Assert.SkipUnless(FindKubectl() is not null, "not here: kubectl is not installed");
        var info = new ProcessStartInfo(FindKubectl()!) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in Split(arguments))
        {
            info.ArgumentList.Add(argument);
        }

        info.Environment["KUBECONFIG"] = Cluster.KubeconfigPath;
        info.Environment["HOME"] = _directory;
        if (editor is not null)
        {
            info.Environment["KUBE_EDITOR"] = editor;
        }

        using Process process = Process.Start(info)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> error = process.StandardError.ReadToEndAsync();
        await process.StandardInput.WriteAsync(input ?? "");
        process.StandardInput.Close();
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        await process.WaitForExitAsync(limit.Token);
        return (process.ExitCode, await output, await error);
    }

    public async ValueTask DisposeAsync()
    {
        if (_cluster is not null)
        {
            await _cluster.DisposeAsync();
        }

        Directory.Delete(_directory, true);
    }

    private static string? FindKubectl() =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Select(d => Path.Combine(d, "kubectl")).FirstOrDefault(File.Exists);

    /// <summary>Splits at spaces, but not within single quotes.</summary>
    private static IEnumerable<string> Split(string text)
    {
        var current = new StringBuilder();
        bool quoted = false;
        bool any = false;
        foreach (char c in text)
        {
            if (c == '\'')
            {
                quoted = !quoted;
                any = true;
            }
            else if (c == ' ' && !quoted)
            {
                if (any || current.Length > 0)
                {
                    yield return current.ToString();
                }

                current.Clear();
                any = false;
            }
            else
            {
                current.Append(c);
            }
        }

        if (any || current.Length > 0)
        {
            yield return current.ToString();
        }
    }
}
