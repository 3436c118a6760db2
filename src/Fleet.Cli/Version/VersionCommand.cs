using System.CommandLine;
using System.Reflection;
using Fleet.Cli.Common;

namespace Fleet.Cli.Version;

/// <summary><c>fleet version</c>: which build this is.</summary>
internal static class VersionCommand
{
    /// <summary>Version and, where known, the source revision after a plus sign.</summary>
    public static string Current { get; } =
        typeof(VersionCommand).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    public static Command Create()
    {
        Command command = new("version", "Print the version of this program and of the runtime it runs on.");
        command.SetAction(_ =>
        {
            Console.Out.WriteLine($"fleet {Current} ({System.Runtime.InteropServices.RuntimeInformation.FrameworkDescription})");
            return ExitCodes.Ok;
        });
        return command;
    }
}
