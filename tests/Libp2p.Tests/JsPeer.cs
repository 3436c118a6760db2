using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using TestKit;

namespace Libp2p.Tests;

/// <summary>A js-libp2p node in a process of its own, driven by lines of JSON.</summary>
internal sealed class JsPeer : IAsyncDisposable
{
    private static readonly SemaphoreSlim Installing = new(1, 1);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly Process _process;
    private readonly ConcurrentDictionary<int, TaskCompletionSource<JsonObject>> _waiting = new();
    private readonly TaskCompletionSource<JsonObject> _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ConcurrentQueue<string> _errors = new();
    private int _next;

    private JsPeer(Process process)
    {
        _process = process;
        process.OutputDataReceived += (_, line) => OnLine(line.Data);
        process.ErrorDataReceived += (_, line) => _errors.Enqueue(line.Data ?? "");
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public ConcurrentQueue<JsonObject> Events { get; } = new();

    public string Address { get; private set; } = "";

    public string PeerId => Multiformats.Multiaddr.Parse(Address).PeerId!.ToString();

    /// <summary>Starts a node; skips the test where node or npm is missing.</summary>
    public static async Task<JsPeer> StartAsync(object options)
    {
        Assert.SkipWhen(Which("node") is null || Which("npm") is null, "not here: node and npm (Debian packages nodejs and npm)");
        string folder = await InstallAsync();
        var start = new ProcessStartInfo(Which("node")!, [Path.Combine(folder, "peer.mjs"), JsonSerializer.Serialize(options)])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder,
        };
        var peer = new JsPeer(Process.Start(start)!);
        Task first = await Task.WhenAny(peer._ready.Task, peer._process.WaitForExitAsync()).WaitAsync(Patience);
        Assert.True(first == peer._ready.Task, $"the js peer ended: {string.Join('\n', peer._errors)}");
        peer.Address = (await peer._ready.Task)["addresses"]![0]!.GetValue<string>();
        return peer;
    }

    public async Task<JsonObject> DoAsync(string command, object? arguments = null)
    {
        int id = Interlocked.Increment(ref _next);
        JsonObject request = arguments is null ? [] : JsonSerializer.SerializeToNode(arguments)!.AsObject();
        request["id"] = id;
        request["do"] = command;
        var waiter = new TaskCompletionSource<JsonObject>(TaskCreationOptions.RunContinuationsAsynchronously);
        _waiting[id] = waiter;
        await _process.StandardInput.WriteLineAsync(request.ToJsonString());
        await _process.StandardInput.FlushAsync();
        JsonObject answer = await waiter.Task.WaitAsync(Patience);
        Assert.True(answer["ok"]!.GetValue<bool>(), answer["error"]?.ToString());
        return answer;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }

    private void OnLine(string? line)
    {
        if (line is null || JsonNode.Parse(line) is not JsonObject message)
        {
            return;
        }

        if (message["id"] is { } id && _waiting.TryRemove(id.GetValue<int>(), out TaskCompletionSource<JsonObject>? waiter))
        {
            waiter.TrySetResult(message);
        }
        else if (message["event"]?.GetValue<string>() == "ready")
        {
            _ready.TrySetResult(message);
        }
        else
        {
            Events.Enqueue(message);
        }
    }

    private static string? Which(string name) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':')
        .Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);

    /// <summary>Copies the package into a cache beside the build's output and installs its dependencies once.</summary>
    private static async Task<string> InstallAsync()
    {
        string source = Path.Combine(Repository.Root, "tests", "Libp2p.Tests", "js-peer");
        string target = Path.Combine(Repository.Root, "artifacts", "js-peer");
        await Installing.WaitAsync();
        try
        {
            Directory.CreateDirectory(target);
            string stamp = Path.Combine(target, "installed");
            string lockText = await File.ReadAllTextAsync(Path.Combine(source, "package-lock.json"));
            foreach (string name in new[] { "package.json", "package-lock.json", "peer.mjs" })
            {
                File.Copy(Path.Combine(source, name), Path.Combine(target, name), overwrite: true);
            }

            if (!File.Exists(stamp) || await File.ReadAllTextAsync(stamp) != lockText)
            {
                using Process npm = Process.Start(new ProcessStartInfo(Which("npm")!, ["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
                {
                    WorkingDirectory = target,
                    RedirectStandardError = true,
                    RedirectStandardOutput = true,
                })!;
                Task<string> output = npm.StandardOutput.ReadToEndAsync();
                string errors = await npm.StandardError.ReadToEndAsync();
                await npm.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(5));
                Assert.True(npm.ExitCode == 0, $"npm ci failed: {errors} {await output}");
                await File.WriteAllTextAsync(stamp, lockText);
            }
        }
        finally
        {
            Installing.Release();
        }

        return target;
    }
}
