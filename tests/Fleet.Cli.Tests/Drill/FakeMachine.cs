using System.Globalization;
using Fleet.Cli.Common;
using Fleet.Cli.Drill;

namespace Fleet.Cli.Tests.Drill;

/// <summary>A machine whose processes are numbers, and whose firewall remembers what it was told.</summary>
internal sealed class FakeMachine : IMachine
{
    public bool IsRoot { get; set; } = true;

    /// <summary>Why the firewall refuses rules; null: it takes them.</summary>
    public string? Refusal { get; set; }

    /// <summary>Processes that there are no longer.</summary>
    public HashSet<int> Gone { get; } = [];

    /// <summary>What was done, such as <c>1001 19</c>.</summary>
    public List<string> Done { get; } = [];

    public ProcessMark? Find(int processId) => Gone.Contains(processId) ? null : new ProcessMark(processId, processId * 10L);

    public bool Signal(ProcessMark process, int signal)
    {
        if (Find(process.Id) != process)
        {
            return false;
        }

        lock (Done)
        {
            Done.Add(string.Create(CultureInfo.InvariantCulture, $"{process.Id} {signal}"));
        }

        return true;
    }

    public Task LoadRulesAsync(string rules, CancellationToken cancellationToken)
    {
        Done.Add(rules.Contains("delete table", StringComparison.Ordinal) ? "rules removed" : "rules loaded");
        return Refusal is null ? Task.CompletedTask : Task.FromException(new CliException(Refusal));
    }
}
