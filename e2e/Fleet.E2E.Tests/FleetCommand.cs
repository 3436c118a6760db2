using System.Diagnostics;

namespace Fleet.E2E.Tests;

/// <summary>The <c>fleet</c> executable of this build, run as a user runs it.</summary>
internal static class FleetCommand
{
    private static readonly string Root = FindRoot();

    /// <summary>The published executable, as <c>make up</c> runs it; otherwise that of the build.</summary>
    private static string Executable { get; } = new[]
    {
        Path.Combine(Root, "artifacts", "publish", "fleet", "fleet"),
        Path.Combine(Root, "artifacts", "bin", "Fleet.Cli", "release", "fleet"),
    }.First(File.Exists);

    public static string Sample(string name) => Path.Combine(Root, "crds", "samples", name);

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

    private static string FindRoot()
    {
        for (DirectoryInfo? directory = new(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            if (File.Exists(Path.Combine(directory.FullName, "FleetOperator.sln")))
            {
                return directory.FullName;
            }
        }

        throw new InvalidOperationException("FleetOperator.sln was not found above the test binary; run the tests from a checkout.");
    }
}

/// <summary>How a command ended and what it said.</summary>
internal sealed record CommandResult(int ExitCode, string Output, string Error)
{
    public override string ToString() => $"exit code {ExitCode}\n{Output}\n{Error}";
}
