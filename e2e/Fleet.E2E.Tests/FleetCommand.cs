using System.Diagnostics;
using TestKit;

namespace Fleet.E2E.Tests;

/// <summary>The <c>fleet</c> executable of this build, run as a user runs it.</summary>
internal static class FleetCommand
{
    /// <summary>The published executable, as <c>make up</c> runs it; otherwise that of the build.</summary>
    private static string Executable { get; } = new[]
    {
        Path.Combine(Repository.Root, "artifacts", "publish", "fleet", "fleet"),
        Path.Combine(Repository.Root, "artifacts", "bin", "Fleet.Cli", "release", "fleet"),
    }.First(File.Exists);

    public static string Sample(string name) => Path.Combine(Repository.Root, "crds", "samples", name);

    public static Task<CommandResult> RunAsync(params string[] arguments) => RunAsync(Executable, arguments);

    public static Task<CommandResult> KubectlAsync(string kubeconfig, params string[] arguments) =>
        RunAsync("kubectl", ["--kubeconfig", kubeconfig, .. arguments]);

    private static async Task<CommandResult> RunAsync(string program, string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        using Process process = Process.Start(start)!;
        process.StandardInput.Close();
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return new CommandResult(process.ExitCode, await output, await error);
    }
}

/// <summary>How a command ended and what it said.</summary>
internal sealed record CommandResult(int ExitCode, string Output, string Error)
{
    public override string ToString() => $"exit code {ExitCode}\n{Output}\n{Error}";
}
