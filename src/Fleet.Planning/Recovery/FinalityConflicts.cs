using System.Collections.Immutable;

namespace Fleet.Planning.Recovery;

/// <summary>Two final blocks of which neither is an ancestor of the other.</summary>
/// <param name="Left">Root that sorts first.</param>
/// <param name="Right">The other.</param>
/// <param name="LeftEpoch">Epoch of the first.</param>
/// <param name="RightEpoch">Epoch of the other.</param>
public sealed record FinalityConflict(string Left, string Right, long LeftEpoch, long RightEpoch);

/// <summary>A justified block and the stake whose nodes report it.</summary>
/// <param name="Epoch">Its epoch.</param>
/// <param name="Root">Its root.</param>
/// <param name="Keys">Keys of the nodes.</param>
public sealed record JustifiedBlock(long Epoch, string Root, int Keys)
{
    /// <summary>The latest one with nodes of a third of the active stake behind it, of at least two; null: there is none.</summary>
    public static JustifiedBlock? Latest(ChainHealth health) => health.Nodes
        .Where(node => node.IsWitness && node.Snapshot!.JustifiedRoot is not null && node.Snapshot.JustifiedEpoch > 0)
        .GroupBy(node => (Epoch: node.Snapshot!.JustifiedEpoch!.Value, Root: node.Snapshot.JustifiedRoot!))
        .Where(group => group.Count() > 1 || health.Nodes.Length == 1)
        .Select(group => new JustifiedBlock(group.Key.Epoch, group.Key.Root, group.Sum(node => node.Keys)))
        .Where(block => health.IsThird(block.Keys))
        .OrderByDescending(block => block.Epoch).ThenByDescending(block => block.Keys).ThenBy(block => block.Root, StringComparer.Ordinal)
        .FirstOrDefault();
}

/// <summary>Finality that contradicts itself, shown by the chains' own headers.</summary>
internal static class FinalityConflicts
{
    public static ImmutableArray<FinalityConflict> Of(ChainHealth health)
    {
        var conflicts = ImmutableArray.CreateBuilder<FinalityConflict>();
        Camp[] camps = [.. health.Camps.Where(camp => camp.FinalizedEpoch > 0 && health.IsThird(camp.Keys)).OrderBy(camp => camp.FinalizedRoot, StringComparer.Ordinal)];
        for (int i = 0; i < camps.Length; i++)
        {
            for (int k = i + 1; k < camps.Length; k++)
            {
                if (Contradict(health, camps[i], camps[k]))
                {
                    conflicts.Add(new FinalityConflict(camps[i].FinalizedRoot, camps[k].FinalizedRoot, camps[i].FinalizedEpoch, camps[k].FinalizedEpoch));
                }
            }
        }

        return conflicts.ToImmutable();
    }

    /// <summary>Finalized blocks that most of the answering nodes' keys go past, and that fewer than half of them hold.</summary>
    public static IReadOnlySet<string> Rejected(HealthInput input)
    {
        NodeFacts[] answering = [.. input.Nodes.Where(node => node.Snapshot is { IsReachable: true, FinalizedRoot: not null } snapshot && snapshot.GenesisRoot == input.GenesisRoot)];
        long all = answering.Sum(node => Weight(node));
        var rejected = new HashSet<string>(StringComparer.Ordinal);
        foreach (IGrouping<string, NodeFacts> group in answering.GroupBy(node => node.Snapshot!.FinalizedRoot!))
        {
            long epoch = group.Max(node => node.Snapshot!.FinalizedEpoch ?? 0);
            long against = answering.Sum(node => GoesPast(node.Snapshot!, group.Key, epoch) ? Weight(node) : 0);
            if (against * 2 > all)
            {
                rejected.Add(group.Key);
            }
        }

        return rejected;
    }

    /// <summary>A node without keys is a witness as well.</summary>
    private static long Weight(NodeFacts node) => Math.Max(1, node.Keys);

    private static bool GoesPast(NodeSnapshot snapshot, string root, long epoch) =>
        snapshot.Foreign.Contains(root) || (epoch > 0 && snapshot.FinalizedEpoch == epoch && snapshot.FinalizedRoot != root);

    /// <summary>The camp that has finalized further must be known not to descend from what the other one has.</summary>
    private static bool Contradict(ChainHealth health, Camp left, Camp right)
    {
        (Camp lower, Camp higher) = left.FinalizedEpoch <= right.FinalizedEpoch ? (left, right) : (right, left);
        int against = health.Nodes.Sum(node =>
            higher.Nodes.Contains(node.Name) && GoesPast(node.Snapshot!, lower.FinalizedRoot, lower.FinalizedEpoch) ? node.Keys : 0);
        return health.IsThird(against);
    }
}
