using Fleet.Api;
using Fleet.Cli.Common;

namespace Fleet.Cli.Rollout;

/// <summary>Roll-outs as rows of text.</summary>
internal static class RolloutTable
{
    public static void Write(IEnumerable<CanaryRollout> rollouts, DateTimeOffset now, TextWriter output)
    {
        var table = new TextTable("NAME", "TESTNET", "TO", "PHASE", "WAVE", "SCORE", "DECISION", "AGE");
        foreach (CanaryRollout rollout in rollouts)
        {
            table.Add(
                rollout.Metadata.Name!,
                rollout.Spec.Testnet,
                rollout.Spec.To,
                RolloutWords.PhaseOf(rollout),
                rollout.Status?.Waves?.Summary ?? "-",
                RolloutWords.ScoreOf(rollout.Status?.Score),
                rollout.Spec.Decision ?? "-",
                TimeText.Age(rollout.Metadata.CreationTimestamp, now));
        }

        table.WriteTo(output);
    }
}
