using Fleet.Api;
using Fleet.Cli.Common;
using Fleet.Cli.Nodes;
using Fleet.Cli.Observation;
using Fleet.Cli.Rollout;
using Fleet.Kubernetes.Models;
using Fleet.Planning.Steps;

namespace Fleet.Cli.Status;

/// <summary>The text of <c>fleet status</c>. Pure, so that its screens are golden files.</summary>
internal static class StatusScreen
{
    /// <summary>Characters of a message in one line.</summary>
    private const int MessageWidth = 100;

    /// <summary>Writes it.</summary>
    /// <param name="view">The testnet.</param>
    /// <param name="rollout">Its latest roll-out, when there is one.</param>
    /// <param name="events">Its last events.</param>
    /// <param name="verbose">All conditions.</param>
    /// <param name="output">Where to.</param>
    public static void Write(TestnetView view, CanaryRollout? rollout, IReadOnlyList<CoreEvent> events, bool verbose, TextWriter output)
    {
        TestnetStatus status = view.Testnet.Status ?? new TestnetStatus();
        output.WriteLine($"Testnet {view.Testnet.Metadata.Namespace}/{view.Testnet.Metadata.Name}   {status.Phase ?? "Unknown"}");
        output.WriteLine($"  Chain      iteration {Show(status.Iteration)}, head {Show(Head(view))}, justified {Show(Least(view, live => live.Justified) ?? status.JustifiedEpoch)}, "
            + $"finalized {Show(Least(view, live => live.Finalized) ?? status.FinalizedEpoch)}, lag {Show(Lag(view) ?? status.FinalityLag)}, participation {status.Participation ?? "-"}");
        output.WriteLine($"  Genesis    {(status.GenesisTime is { } time ? $"{time:yyyy-MM-dd HH:mm:ss} UTC" : "not set")}, root {status.GenesisRoot ?? "-"}");
        output.WriteLine($"  Protocol   {status.ProtocolId ?? "-"}, fork digest {status.ForkDigest ?? "-"}");
        output.WriteLine($"  Nodes      {status.Nodes?.Summary ?? "-"} ready, validators {Show(status.Validators?.Total)}");
        WriteImages(status.Images, output);
        WriteRollout(view, rollout, output);
        WriteReset(status, output);
        if (view.Nodes.Length > 0)
        {
            output.WriteLine();
            NodeTable.Write([view], output);
        }

        WriteConditions(status, verbose, output);
        WriteEvents(events, output);
        output.WriteLine();
    }

    private static void WriteImages(ImageStatus? images, TextWriter output)
    {
        if (images?.Stable is not { Length: > 0 } stable)
        {
            return;
        }

        string tried = images.Canary is { Length: > 0 } canary && canary != stable ? $", being tried {canary}" : "";
        string[] refused = [.. (images.Rejected ?? []).Select(image => image.Image).Distinct(StringComparer.Ordinal)];
        output.WriteLine(SafeText.Neutralise($"  Images     stable {stable}{tried}{(refused.Length > 0 ? ", refused " + string.Join(", ", refused) : "")}"));
    }

    private static void WriteRollout(TestnetView view, CanaryRollout? rollout, TextWriter output)
    {
        if (view.Testnet.Status?.Rollout is not { Name: { Length: > 0 } name } summary)
        {
            return;
        }

        string phase = rollout is null ? summary.Phase ?? RolloutPhases.Pending : RolloutWords.PhaseOf(rollout);
        string wave = rollout?.Status?.Waves?.Summary is { } waves && RolloutPhases.IsPromoted(phase) ? $", wave {waves}" : "";
        double? score = rollout?.Status?.Score ?? summary.Score;
        output.WriteLine(SafeText.Neutralise($"  Rollout    {name} {phase}{wave}{(score is null ? "" : ", score " + RolloutWords.ScoreOf(score))}"));
        if (rollout is not null)
        {
            output.WriteLine(SafeText.Neutralise($"             next: {RolloutWords.Next(rollout, view.Testnet.Spec.Rollout)}"));
        }
    }

    private static void WriteReset(TestnetStatus status, TextWriter output)
    {
        string? text = status.ActiveReset is { Length: > 0 } active ? $"{active} is under way"
            : status.LastReset is { Name: { } name, Time: { } time } last ? $"{name} at {time:yyyy-MM-dd HH:mm:ss} UTC: {last.Reason}"
            : null;
        if (text is not null)
        {
            output.WriteLine($"  Reset      {string.Join("\n             ", WrappedText.Lines(SafeText.Neutralise(text), MessageWidth))}");
        }
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
            // Ready repeats what the first that is not as it should be says.
            string? cause = condition.Type == ConditionTypes.Ready ? shown.Find(other => other.Type != ConditionTypes.Ready && other.Message == condition.Message)?.Type : null;
            table.Add(condition.Type, condition.Status, condition.Reason ?? "", cause is null ? condition.Message ?? "" : $"See {cause}.");
        }

        table.WriteTo(output, widest: MessageWidth);
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

        table.WriteTo(output, widest: MessageWidth);
    }

    private static bool StandsOut(Condition condition) =>
        condition.Status != (ConditionTypes.FalseWhenWell.Contains(condition.Type, StringComparer.Ordinal) ? "False" : "True");

    /// <summary>The status tells of it twice a minute only, which is long for a chain that catches up.</summary>
    private static long? Lag(TestnetView view) =>
        view is { At: { } now, Testnet: { Status.GenesisTime: { } genesis, Spec.Network: { } network } } && Least(view, live => live.Finalized) is { } finalized
            ? Math.Max(0, ChainClock.Of(network.Preset, network.Config).EpochAt(genesis, now) - finalized)
            : null;

    private static long? Head(TestnetView view) => view.ChainNodes.Select(node => node.Live?.HeadSlot).Max() ?? view.Testnet.Status?.HeadSlot;

    private static long? Least(TestnetView view, Func<LiveNode, long> value)
    {
        List<LiveNode> live = [.. view.ChainNodes.Select(node => node.Live).OfType<LiveNode>()];
        return live.Count == 0 ? null : live.Min(value);
    }

    private static string Show<T>(T? value)
        where T : struct => value?.ToString() ?? "-";
}
