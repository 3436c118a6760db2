using Fleet.Api;
using Fleet.Cli.Common;
using Fleet.Cli.Nodes;
using Fleet.Cli.Observation;
using Fleet.Kubernetes.Models;

namespace Fleet.Cli.Status;

/// <summary>The text of <c>fleet status</c>. Pure, so that its screens are golden files.</summary>
internal static class StatusScreen
{
    /// <summary>Conditions for which True is the unusual answer.</summary>
    private static readonly string[] GoodWhenFalse = [ConditionTypes.Suspended];

    public static void Write(TestnetView view, IReadOnlyList<CoreEvent> events, bool verbose, TextWriter output)
    {
        TestnetStatus status = view.Testnet.Status ?? new TestnetStatus();
        output.WriteLine($"Testnet {view.Testnet.Metadata.Namespace}/{view.Testnet.Metadata.Name}   {status.Phase ?? "Unknown"}");
        output.WriteLine($"  Chain      iteration {Show(status.Iteration)}, head {Show(Head(view))}, justified {Show(Least(view, live => live.Justified) ?? status.JustifiedEpoch)}, "
            + $"finalized {Show(Least(view, live => live.Finalized) ?? status.FinalizedEpoch)}, lag {Show(status.FinalityLag)}, participation {status.Participation ?? "-"}");
        output.WriteLine($"  Genesis    {(status.GenesisTime is { } time ? $"{time:yyyy-MM-dd HH:mm:ss} UTC" : "not set")}, root {status.GenesisRoot ?? "-"}");
        output.WriteLine($"  Protocol   {status.ProtocolId ?? "-"}, fork digest {status.ForkDigest ?? "-"}");
        output.WriteLine($"  Nodes      {status.Nodes?.Summary ?? "-"} ready, validators {Show(status.Validators?.Total)}");
        if (view.Nodes.Length > 0)
        {
            output.WriteLine();
            NodeTable.Write([view], output);
        }

        WriteConditions(status, verbose, output);
        WriteEvents(events, output);
        output.WriteLine();
    }

    private static void WriteConditions(TestnetStatus status, bool verbose, TextWriter output)
    {
        List<Condition> shown = [.. (status.Conditions ?? []).Where(condition => verbose || StandsOut(condition))];
        output.WriteLine();
        if (shown.Count == 0)
        {
            output.WriteLine(status.Conditions is null ? "The operator has not looked at it yet; is it running?" : "Nothing is wrong.");
            return;
        }

        var table = new TextTable("CONDITION", "STATUS", "REASON", "MESSAGE");
        foreach (Condition condition in shown)
        {
            table.Add(condition.Type, condition.Status, condition.Reason ?? "", condition.Message ?? "");
        }

        table.WriteTo(output);
    }

    private static void WriteEvents(IReadOnlyList<CoreEvent> events, TextWriter output)
    {
        if (events.Count == 0)
        {
            return;
        }

        output.WriteLine();
        var table = new TextTable("TIME", "EVENT", "MESSAGE");
        foreach (CoreEvent item in events)
        {
            table.Add((item.LastTimestamp ?? item.Metadata.CreationTimestamp)?.ToString("HH:mm:ss") ?? "", item.Reason ?? "", item.Message ?? "");
        }

        table.WriteTo(output);
    }

    private static bool StandsOut(Condition condition) =>
        condition.Status != (GoodWhenFalse.Contains(condition.Type, StringComparer.Ordinal) ? "False" : "True");

    private static long? Head(TestnetView view) => view.ChainNodes.Select(node => node.Live?.HeadSlot).Max() ?? view.Testnet.Status?.HeadSlot;

    private static long? Least(TestnetView view, Func<LiveNode, long> value)
    {
        List<LiveNode> live = [.. view.ChainNodes.Select(node => node.Live).OfType<LiveNode>()];
        return live.Count == 0 ? null : live.Min(value);
    }

    private static string Show<T>(T? value)
        where T : struct => value?.ToString() ?? "-";
}
