using System.Diagnostics;
using System.Runtime.InteropServices;
using TestKit;

namespace Beacon.Cli.Tests;

/// <summary>The built <c>beacon</c> executable as a child process; killed when disposed.</summary>
internal sealed partial class BeaconProcess : IDisposable
{
    private const int LinesKept = 2000;
    private const int Terminate = 15;

    private readonly Process _process;
    private readonly Lock _lock = new();
    private readonly Queue<string> _output = new();
    private readonly Queue<string> _errors = new();

    private BeaconProcess(Process process)
    {
        _process = process;
        process.OutputDataReceived += (_, line) => Keep(_output, line.Data);
        process.ErrorDataReceived += (_, line) => Keep(_errors, line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public string Output => Text(_output);

    public string Errors => Text(_errors);

    public bool HasExited => _process.HasExited;

    /// <summary>The executable beside the tests' own output: artifacts/bin/&lt;project&gt;/&lt;configuration&gt;.</summary>
    public static string Program { get; } = Path.GetFullPath(
        Path.Combine(AppContext.BaseDirectory, "..", "..", "Beacon.Cli", Path.GetFileName(AppContext.BaseDirectory.TrimEnd('/')), "beacon"));

    public static BeaconProcess Start(params string[] arguments) => StartProgram(Program, arguments);

    public static BeaconProcess StartProgram(string program, params string[] arguments) => Start([], program, arguments);

    /// <summary>Starts the program with variables of its own besides those of the tests.</summary>
    public static BeaconProcess StartWith(Dictionary<string, string> variables, params string[] arguments) => Start(variables, Program, arguments);

    private static BeaconProcess Start(Dictionary<string, string> variables, string program, string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach ((string name, string value) in variables)
        {
            start.Environment[name] = value;
        }

        return new BeaconProcess(Process.Start(start)!);
    }

    /// <summary>Runs a command that ends by itself.</summary>
    public static async Task<(int Code, string Output, string Errors)> RunAsync(params string[] arguments)
    {
        using BeaconProcess process = Start(arguments);
        int code = await process.ExitAsync();
        return (code, process.Output, process.Errors);
    }

    public async Task<int> ExitAsync()
    {
        await Eventually.TrueAsync(() => _process.HasExited, () => "the process still runs\n" + Errors, TimeSpan.FromSeconds(90));
        await _process.WaitForExitAsync();
        return _process.ExitCode;
    }

    public void Signal() => Assert.Equal(0, Kill(_process.Id, Terminate));

    public void KillHard()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            KillHard();
        }

        _process.Dispose();
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int process, int signal);

    private void Keep(Queue<string> lines, string? line)
    {
        if (line is null)
        {
            return;
        }

        lock (_lock)
        {
            lines.Enqueue(line);
            if (lines.Count > LinesKept)
            {
                lines.Dequeue();
            }
        }
    }

    private string Text(Queue<string> lines)
    {
        lock (_lock)
        {
            return string.Join('\n', lines);
        }
    }
}

/// <summary>A directory with a network, keys and an identity, made by the commands under test, and a loopback address of its own.</summary>
internal sealed class Workspace : IDisposable
{
    private static int _addresses;

    public string Directory { get; } = System.IO.Directory.CreateTempSubdirectory("beacon-cli-").FullName;

    /// <summary>No other test of this run has it, and no other process in its right mind.</summary>
    public string Address { get; } = $"127.{(Environment.ProcessId % 200) + 40}.{Environment.ProcessId / 200 % 250}.{Interlocked.Increment(ref _addresses) + 1}";

    public string this[string name] => Path.Combine(Directory, name);

    public string Url(string path) => $"http://{Address}:5052{path}";

    public async Task MakeIdentityAsync()
    {
        (int code, string peerId, string errors) = await BeaconProcess.RunAsync("keys", "identity", $"--out={this["identity"]}");
        Assert.True(code == 0, errors);
        PeerId = peerId.Trim();
    }

    /// <summary>Peer ID of the identity that was made.</summary>
    public string PeerId { get; private set; } = "";

    /// <summary>Its entry of a peers file.</summary>
    public string PeerEntry => $"- name: n{Address}\n  bootnode: false\n  addresses: [/ip4/{Address}/tcp/9000/p2p/{PeerId}]\n";

    public async Task MakeNetworkAsync(int validators, int slotMs, int secondsToGenesis, bool withKeys, string protocolId = "/fleet/cli-tests/1")
    {
        (int code, string mnemonic, string errors) = await BeaconProcess.RunAsync("keys", "new-mnemonic");
        Assert.True(code == 0, errors);
        await File.WriteAllTextAsync(this["mnemonic"], mnemonic);
        await File.WriteAllTextAsync(this["config.yaml"], $"PRESET_BASE: minimal\nSLOT_DURATION_MS: {slotMs}\n");
        if (withKeys)
        {
            (code, _, errors) = await BeaconProcess.RunAsync("keys", "derive", $"--mnemonic-file={this["mnemonic"]}", $"--count={validators}", $"--out={this["keys"]}");
            Assert.True(code == 0, errors);
        }

        long genesis = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() + secondsToGenesis;
        (code, _, errors) = await BeaconProcess.RunAsync(
            "genesis", $"--config={this["config.yaml"]}", $"--mnemonic-file={this["mnemonic"]}", $"--validators={validators}", $"--genesis-time={genesis}",
            $"--out={this["network"]}", $"--protocol-id={protocolId}");
        Assert.True(code == 0, errors);
    }

    public string[] NodeArguments(int iteration = 1, Workspace? network = null) =>
    [
        "node", $"--network-dir={(network ?? this)["network"]}", $"--peers-file={(network ?? this)["peers.yaml"]}", $"--identity-file={this["identity"]}", $"--data-dir={this["data"]}",
        $"--iteration={iteration}", $"--listen-address={Address}",
    ];

    public string[] ValidatorArguments(Workspace? network = null) =>
    [
        "validator", $"--network-dir={(network ?? this)["network"]}", $"--peers-file={(network ?? this)["peers.yaml"]}", $"--data-dir={this["data"]}", "--iteration=1",
        $"--listen-address={Address}", $"--beacon-node=http://{Address}:5052", $"--keys-dir={this["keys"]}",
    ];

    public void Dispose() => System.IO.Directory.Delete(Directory, recursive: true);
}
