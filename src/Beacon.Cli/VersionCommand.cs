using System.CommandLine;
using Beacon.Node;
using Beacon.Types;

namespace Beacon.Cli;

/// <summary><c>beacon version</c>.</summary>
internal static class VersionCommand
{
    public static Command Create()
    {
        Command command = new("version", "Print the version of the program and of the specification it follows");
        command.SetAction(static parsed => parsed.InvocationConfiguration.Output.WriteLine($"{BeaconNode.Version} (consensus specification {SpecVersion.Tag}, phase0)"));
        return command;
    }
}
