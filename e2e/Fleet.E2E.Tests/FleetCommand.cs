using System.Diagnostics;
using TestKit;

namespace Fleet.E2E.Tests;

/// <summary>The <c>fleet</c> executable of this build, run as a user runs it.</summary>
internal static class FleetCommand
{
    /// <summary>The published executable, as <c>make up</c> runs it; otherwise that of the build.</summary>
    private static string Executable => new[]
    {
        Path.Combine(Repository.Root, "artifacts", "publish", "fleet", "fleet"),
        Path.Combine(Repository.Root, "artifacts", "bin", "Fleet.Cli", "release", "fleet"),
    }.First(File.Exists);

    public static string Sample(string name) => Path.Combine(Repository.Root, "crds", "samples", name);

    public static Task<CommandResult> RunAsync(params string[] arguments) => RunProgramAsync(Executable, arguments);

    public static Task<CommandResult> KubectlAsync(string kubeconfig, params string[] arguments) =>
        RunProgramAsync("kubectl", ["--kubeconfig", kubeconfig, .. arguments]);

    /// <summary>Runs any program to its end; a cancelled token ends it, and what it had said by then is returned with its exit code.</summary>
    public static async Task<CommandResult> RunProgramAsync(string program, string[] arguments, CancellationToken until = default)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        using Process process = Process.Start(start)!;
        process.StandardInput.Close();
        await using CancellationTokenRegistration end = until.Register(() => process.Kill(entireProcessTree: true));
        Task<string> output = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        Task<string> error = process.StandardError.ReadToEndAsync(CancellationToken.None);
        await process.WaitForExitAsync(CancellationToken.None);
        return new CommandResult(process.ExitCode, await output, await error);
    }
}

/// <summary>How a command ended and what it said.</summary>
internal sealed record CommandResult(int ExitCode, string Output, string Error)
{
    public override string ToString() => $"exit code {ExitCode}\n{Output}\n{Error}";
}
