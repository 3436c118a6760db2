using System.Globalization;
using Fleet.Api;
using Fleet.Cli.Common;

namespace Fleet.Cli.Reset;

/// <summary>Resets as text: a table, a line, or one in full.</summary>
internal static class ResetText
{
    public static void Table(IEnumerable<ChainReset> resets, DateTimeOffset now, TextWriter output)
    {
        var table = new TextTable("NAME", "TESTNET", "PHASE", "FROM", "TO", "CRITERION", "AGE", "REASON");
        foreach (ChainReset reset in resets)
        {
            table.Add(
                reset.Metadata.Name!,
                reset.Spec.Testnet,
                PhaseOf(reset),
                reset.Spec.FromIteration.ToString(CultureInfo.InvariantCulture),
                reset.Status?.ToIteration?.ToString(CultureInfo.InvariantCulture) ?? "-",
                reset.Spec.Criterion ?? "-",
                TimeText.Age(reset.Metadata.CreationTimestamp, now),
                reset.Spec.Reason);
        }

        table.WriteTo(output);
    }

    /// <summary>What is going on, in a line.</summary>
    public static string Line(ChainReset reset) =>
        $"{reset.Metadata.Name} {PhaseOf(reset)}{(reset.Status?.Message is { Length: > 0 } message ? ": " + message.ReplaceLineEndings(" ") : "")}";

    /// <summary>One reset with its phases, and with what tells the two chains apart.</summary>
    public static void Full(ChainReset reset, TextWriter output)
    {
        ChainResetStatus? status = reset.Status;
        Write("reset", Line(reset));
        Write("reason", $"{reset.Spec.Reason}{(reset.Spec.Criterion is { } criterion ? $" ({criterion})" : "")}");
        Write("by", reset.Spec.RequestedBy);
        DateTimeOffset? first = status?.Timings is [{ At: { } at }, ..] ? at : null;
        foreach (ResetTiming timing in status?.Timings ?? [])
        {
            Write("", string.Create(CultureInfo.InvariantCulture, $"{timing.Phase,-18} +{(timing.At - first)?.TotalSeconds:F1} s"));
        }

        foreach (ChainArchive archive in status?.Archives ?? [])
        {
            Write("archive", string.Create(CultureInfo.InvariantCulture, $"{archive.Node}: {archive.Directory}, head at slot {archive.HeadSlot}, finalized epoch {archive.FinalizedEpoch}"));
        }

        Write("evidence", status?.Evidence is { } evidence ? $"ConfigMap {evidence}" : null);
        Write("ended", Chain(status?.Ended));
        Write("begun", Chain(status?.Begun));

        void Write(string what, string? text)
        {
            if (!string.IsNullOrEmpty(text))
            {
                output.WriteLine(SafeText.Neutralise($"{what,-9} {text}"));
            }
        }
    }

    private static string PhaseOf(ChainReset reset) => reset.Status?.Phase ?? "Waiting";

    private static string? Chain(ChainIdentity? chain) =>
        chain is null ? null : $"{chain.ProtocolId} digest {chain.ForkDigest ?? "-"} genesis {Short(chain.GenesisRoot)} validators {Short(chain.GenesisValidatorsRoot)}";

    private static string Short(string? root) => root is { Length: >= 18 } ? root[..18] + "…" : root ?? "-";
}
