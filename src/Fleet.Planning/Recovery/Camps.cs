using System.Collections.Immutable;

namespace Fleet.Planning.Recovery;

/// <summary>Nodes that agree on what is final.</summary>
/// <param name="FinalizedEpoch">Finalized epoch.</param>
/// <param name="FinalizedRoot">Root of the finalized block.</param>
/// <param name="Nodes">Their names, in order.</param>
/// <param name="Keys">Keys they sign with.</param>
/// <param name="Heads">Blocks that at least two of them have as their heads, the one with most keys first.</param>
public sealed record Camp(long FinalizedEpoch, string FinalizedRoot, ImmutableArray<string> Nodes, int Keys, ImmutableArray<string> Heads);

/// <summary>Puts nodes together by what they hold to be final.</summary>
internal static class Camps
{
    /// <summary>The camps, the one with most keys first. One node forms none, unless the network is no larger.</summary>
    public static ImmutableArray<Camp> Of(IReadOnlyCollection<NodeHealth> nodes)
    {
        int least = nodes.Count == 1 ? 1 : 2;
        return
        [
            .. nodes
                .Where(node => node.IsWitness)
                .GroupBy(node => (Epoch: node.Snapshot!.FinalizedEpoch ?? 0, Root: node.Snapshot.FinalizedRoot!))
                .Where(group => group.Count() >= least)
                .Select(group => new Camp(
                    group.Key.Epoch,
                    group.Key.Root,
                    [.. group.Select(node => node.Name).Order(StringComparer.Ordinal)],
                    group.Sum(node => node.Keys),
                    [
                        .. group.Where(node => node.Snapshot!.HeadRoot is not null).GroupBy(node => node.Snapshot!.HeadRoot!)
                            .Where(head => head.Count() >= least)
                            .OrderByDescending(head => head.Sum(node => node.Keys)).ThenBy(head => head.Key, StringComparer.Ordinal)
                            .Select(head => head.Key),
                    ]))
                .OrderByDescending(camp => camp.Keys).ThenByDescending(camp => camp.FinalizedEpoch).ThenBy(camp => camp.FinalizedRoot, StringComparer.Ordinal),
        ];
    }
}
