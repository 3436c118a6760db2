namespace Fleet.Cli.Common;

/// <summary>A failure the user can act on: one sentence with the cause and the next step, and the exit code that goes with it.</summary>
internal sealed class CliException(string message, int exitCode = ExitCodes.Failed, Exception? cause = null) : Exception(message, cause)
{
    /// <value>One of <see cref="ExitCodes"/>.</value>
    public int ExitCode { get; } = exitCode;
}
