using System.Globalization;
using System.Runtime.InteropServices;

namespace Fleet.LocalCluster.Pods;

/// <summary>The machine's processes as <c>/proc</c> shows them, and signals to them.</summary>
internal static partial class ProcessTable
{
    public const int Kill = 9;
    public const int Terminate = 15;

    /// <summary>A process' start time in clock ticks since boot, or null when there is no such process.</summary>
    public static long? StartTime(int pid) => ReadStat(pid)?.Start;

    /// <summary>Processes of a session, its leader included; dead ones (zombies) are left out.</summary>
    public static IReadOnlyList<int> Session(int session)
    {
        var found = new List<int>();
        foreach (string directory in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(directory.AsSpan()), NumberStyles.None, CultureInfo.InvariantCulture, out int pid)
                && ReadStat(pid) is { State: not 'Z' } stat && stat.Session == session)
            {
                found.Add(pid);
            }
        }

        return found;
    }

    /// <summary>Whether a process has a variable with that value in its environment.</summary>
    public static bool HasVariable(int pid, string name, string value)
    {
        try
        {
            return System.Text.Encoding.UTF8.GetString(File.ReadAllBytes($"/proc/{pid}/environ")).Split('\0').Contains($"{name}={value}");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Sends a signal to a process (or, with a negative number, to a group); true when it was there.</summary>
    public static bool Signal(int pid, int signal) => SendSignal(pid, signal) == 0;

    /// <summary>Renames a file or a link, replacing what has the new name in one step (links to directories too, which File.Move refuses).</summary>
    /// <exception cref="IOException">It could not be renamed.</exception>
    public static void Rename(string from, string to)
    {
        if (RenameFile(from, to) != 0)
        {
            throw new IOException($"{from} could not be renamed to {to}: error {Marshal.GetLastPInvokeError()}");
        }
    }

    private static (char State, int Session, long Start)? ReadStat(int pid)
    {
        try
        {
            string text = File.ReadAllText($"/proc/{pid}/stat");
            string[] fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
            return (fields[0][0], int.Parse(fields[3], CultureInfo.InvariantCulture), long.Parse(fields[19], CultureInfo.InvariantCulture));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or FormatException or IndexOutOfRangeException)
        {
            return null;
        }
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int SendSignal(int pid, int signal);

    [LibraryImport("libc", EntryPoint = "rename", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int RenameFile(string from, string to);
}
