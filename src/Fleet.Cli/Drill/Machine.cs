using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using Fleet.Cli.Common;

namespace Fleet.Cli.Drill;

/// <summary>What drills do to the machine.</summary>
internal interface IMachine
{
    /// <summary>Whether this process may change the firewall.</summary>
    bool IsRoot { get; }

    /// <summary>A running process; null: there is none.</summary>
    ProcessMark? Find(int processId);

    /// <summary>Sends a signal to exactly that process.</summary>
    /// <returns>Whether it was there.</returns>
    bool Signal(ProcessMark process, int signal);

    /// <summary>Loads rules into the firewall, all or nothing.</summary>
    /// <exception cref="CliException">It has none, or refuses them.</exception>
    Task LoadRulesAsync(string rules, CancellationToken cancellationToken);
}

/// <summary>This machine.</summary>
internal sealed class Machine : IMachine
{
    public bool IsRoot => Environment.IsPrivilegedProcess;

    public ProcessMark? Find(int processId)
    {
        try
        {
            string stat = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{processId}/stat"));
            string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return fields[0] == "Z" ? null : new ProcessMark(processId, long.Parse(fields[19], CultureInfo.InvariantCulture));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or FormatException or IndexOutOfRangeException)
        {
            return null;
        }
    }

    public bool Signal(ProcessMark process, int signal) => Find(process.Id) == process && Signals.Send(process.Id, signal);

    public async Task LoadRulesAsync(string rules, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo("nft", ["-f", "-"]) { RedirectStandardInput = true, RedirectStandardError = true, RedirectStandardOutput = true };
        try
        {
            using Process nft = Process.Start(start)!;
            await nft.StandardInput.WriteAsync(rules.AsMemory(), cancellationToken);
            nft.StandardInput.Close();
            Task<string> output = nft.StandardOutput.ReadToEndAsync(cancellationToken);
            string errors = await nft.StandardError.ReadToEndAsync(cancellationToken);
            await output;
            await nft.WaitForExitAsync(cancellationToken);
            if (nft.ExitCode != 0)
            {
                throw new CliException($"nftables refused the rules of the drill ({errors.Split('\n')[0].Trim()}); run it as root on a kernel with nf_tables.");
            }
        }
        catch (Win32Exception error)
        {
            throw new CliException("The program nft is not installed, which cuts and redirects connections; run 'apt-get install nftables'.", ExitCodes.Failed, error);
        }
    }
}

/// <summary>Rules for connections between the addresses of pods, which all are on the loopback device.</summary>
internal static class Firewall
{
    /// <summary>Every packet between two groups is lost, in both directions.</summary>
    public static string Cut(string table, IEnumerable<string> left, IEnumerable<string> right)
    {
        string a = string.Join(", ", left);
        string b = string.Join(", ", right);
        return $$"""
            table ip {{table}} {
              chain cut {
                type filter hook input priority 0; policy accept;
                ip saddr { {{a}} } ip daddr { {{b}} } drop
                ip saddr { {{b}} } ip daddr { {{a}} } drop
              }
            }

            """;
    }

    /// <summary>Whoever asks a pod from the machine's own address reaches another listener; connections that are there already are broken off.</summary>
    /// <remarks>Pods ask from their own addresses, so neither the node's validator nor its peers notice.</remarks>
    public static string Redirect(string table, string address, int port, int to) =>
        string.Create(CultureInfo.InvariantCulture, $$"""
            table ip {{table}} {
              chain divert {
                type nat hook output priority -100; policy accept;
                ip saddr 127.0.0.1 ip daddr {{address}} tcp dport {{port}} dnat to 127.0.0.1:{{to}}
              }
              chain breakoff {
                type filter hook output priority 0; policy accept;
                ip saddr 127.0.0.1 ip daddr {{address}} tcp dport {{port}} reject with tcp reset
              }
            }

            """);

    /// <summary>Removes a table; one that is gone is no error, for it is made first.</summary>
    public static string Remove(string table) => $"table ip {table} {{ }}\ndelete table ip {table}\n";
}
