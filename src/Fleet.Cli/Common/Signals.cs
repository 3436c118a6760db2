using System.Runtime.InteropServices;

namespace Fleet.Cli.Common;

/// <summary>Sending signals, which the base library does only as <c>Process.Kill</c>.</summary>
internal static partial class Signals
{
    private const int SigTerm = 15;

    /// <summary>Asks a process to end. A process that is already gone is no error.</summary>
    public static void Terminate(int processId) => _ = Kill(processId, SigTerm);

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int processId, int signal);
}
