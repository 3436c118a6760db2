using Fleet.Cli.Common;

namespace Fleet.Cli.Drill;

/// <summary>What drills are given on the command line.</summary>
internal static class DrillArguments
{
    /// <summary>The only argument.</summary>
    /// <exception cref="CliException">There is none, or more.</exception>
    public static string One(IDrill drill, DrillRequest request, string what) => request.Arguments.Count == 1 ? request.Arguments[0] : throw Wrong(drill, what);

    /// <summary>There must be none.</summary>
    /// <exception cref="CliException">There is one.</exception>
    public static void None(IDrill drill, DrillRequest request)
    {
        if (request.Arguments.Count > 0)
        {
            throw new CliException($"{drill.Name} takes no arguments; leave out '{string.Join(' ', request.Arguments)}'.", ExitCodes.BadInput);
        }
    }

    /// <summary>What is said of arguments that do not fit.</summary>
    public static CliException Wrong(IDrill drill, string what) => new($"{drill.Name} needs {what}: 'fleet drill TESTNET {drill.Name} {drill.Arguments}'.", ExitCodes.BadInput);
}
