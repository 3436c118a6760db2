using System.Globalization;
using System.Text;
using Fleet.Api;
using Fleet.Cli.Common;
using Fleet.Kubernetes.Models;

namespace Fleet.Cli.Reset;

/// <summary>What a reset would keep, lose and change, as text. Pure.</summary>
internal static class ResetPreview
{
    public static string Of(Testnet testnet, IReadOnlyList<BeaconNode> nodes)
    {
        TestnetStatus? status = testnet.Status;
        int iteration = status?.Iteration ?? 0;
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"A reset of {testnet.Metadata.Name} ends iteration {iteration}");
        text.Append(status is { HeadSlot: { } head, FinalizedEpoch: { } finalized } ? string.Create(CultureInfo.InvariantCulture, $" (head at slot {head}, finalized epoch {finalized})") : "");
        text.Append(CultureInfo.InvariantCulture, $" and begins iteration {iteration + 1}.\n");
        Line(text, "kept", "keys, node identities, volumes, and the slashing protection of every chain");
        Line(text, "kept", Archive(testnet, nodes, iteration));
        Line(text, "kept", "what the nodes say now, their last log lines and the events, as evidence");
        Line(text, "lost", "every other database: blocks, states, balances, and validators that were added by deposits");
        Line(text, "new", "genesis root, genesis validators root, fork digest and protocol ID: nodes of the old chain are refused");
        Line(text, "image", $"{status?.Images?.LastGood ?? status?.Images?.Stable ?? testnet.Spec.Image ?? "the operator's"}");
        if (Find(testnet, ConditionTypes.UpToDate) is { Reason: Reasons.PendingReset } pending)
        {
            Line(text, "applied", pending.Message);
        }

        if (status?.Rollout is { Name: { } rollout, Phase: { } phase } && !RolloutPhases.IsEnd(phase))
        {
            Line(text, "ended", $"roll-out {rollout}, which is {phase}");
        }

        Line(text, "genesis", $"{testnet.Spec.Recovery.GenesisDelay} after nodes with three quarters of the stake run again");
        return text.ToString();
    }

    private static string Archive(Testnet testnet, IReadOnlyList<BeaconNode> nodes, int iteration)
    {
        ArchiveSpec archive = testnet.Spec.Recovery.Archive;
        if (!archive.Enabled)
        {
            return "no database, as spec.recovery.archive.enabled is false";
        }

        BeaconNode? best = nodes
            .Where(node => node.Spec.Role is NodeRoles.Node or NodeRoles.Archive && node.Status?.Head is not null)
            .OrderByDescending(node => node.Status!.Finalized ?? 0)
            .ThenByDescending(node => node.Status!.Head!.Slot)
            .ThenBy(node => node.Metadata.Name, StringComparer.Ordinal)
            .FirstOrDefault();
        return best is null || testnet.Status?.GenesisRoot is not { Length: >= 10 } root
            ? "no database, as no node has told of one"
            : $"the database of the node that is farthest, now {best.Metadata.Name}: {Names.ChainDirectory(iteration, root, best.Spec.ChainDirectory)}; those of the last {archive.Keep} chains stay";
    }

    private static Condition? Find(Testnet testnet, string type) => testnet.Status?.Conditions?.Find(condition => condition.Type == type);

    private static void Line(StringBuilder text, string what, string how) => text.Append("  ").Append(what.PadRight(8)).Append(SafeText.Neutralise(how)).Append('\n');
}
