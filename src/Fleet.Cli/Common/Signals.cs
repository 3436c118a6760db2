using System.Runtime.InteropServices;

namespace Fleet.Cli.Common;

/// <summary>Sending signals, which the base library does only as <c>Process.Kill</c>.</summary>
internal static partial class Signals
{
    /// <summary>SIGKILL.</summary>
    public const int Kill = 9;

    /// <summary>SIGCONT: go on.</summary>
    public const int Continue = 18;

    /// <summary>SIGSTOP: stand still, which no process can refuse.</summary>
    public const int Stop = 19;

    private const int SigTerm = 15;

    /// <summary>Asks a process to end. A process that is already gone is no error.</summary>
    public static void Terminate(int processId) => _ = Send(processId, SigTerm);

    /// <summary>Sends a signal.</summary>
    /// <returns>Whether the process was there and may be sent signals.</returns>
    public static bool Send(int processId, int signal) => SendSignal(processId, signal) == 0;

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int SendSignal(int processId, int signal);
}
