using System.CommandLine;
using Fleet.Cli.Common;

namespace Fleet.Cli.Down;

/// <summary><c>fleet down</c>: ends a detached local fleet and, when asked, forgets it.</summary>
internal static class DownCommand
{
    public static Command Create()
    {
        Option<bool> wipe = new("--wipe") { Description = "Remove the data directory too: objects, keys, chains and logs." };
        Command command = new("down", "Stop a local fleet; its chain goes on with the next 'fleet up'.") { wipe, CommonOptions.DataDir };
        command.SetAction((parsed, cancellationToken) =>
        {
            var directory = new DataDirectory(parsed.GetValue(CommonOptions.DataDir) ?? DataDirectory.DefaultPath);
            return DownVerb.RunAsync(directory, parsed.GetValue(wipe), Console.Out, TimeProvider.System, cancellationToken);
        });
        return command;
    }
}
