using Fleet.Api;
using Fleet.Planning.Steps;

namespace Fleet.Planning.Resets;

/// <summary>Which databases of a chain are worth keeping when it ends: the best one, or the best of each side when finality conflicts.</summary>
internal static class ArchiveChoice
{
    /// <summary>Sides of which a database is kept.</summary>
    private const int MaxSides = 4;

    /// <summary>The databases, the best first; none when no node ever told of the chain.</summary>
    public static IEnumerable<ChainArchive> Of(PlanContext context)
    {
        Candidate[] candidates =
        [
            .. context.Observation.Nodes.Values
                .Where(node => node.Spec.Role is NodeRoles.Node or NodeRoles.Archive && context.Iteration?.RangeOf(node.Metadata.Name!) is not null)
                .Select(node => Candidate.Of(node, context))
                .Where(candidate => candidate is not null)
                .Select(candidate => candidate!)
                .OrderByDescending(candidate => candidate.IsReachable)
                .ThenByDescending(candidate => candidate.Archive.FinalizedEpoch ?? 0)
                .ThenByDescending(candidate => candidate.Archive.HeadSlot ?? 0)
                .ThenBy(candidate => candidate.Archive.Node, StringComparer.Ordinal),
        ];

        // Those at the same finalized epoch with another finalized block are another side; those behind may be on the same one.
        long? best = candidates.FirstOrDefault()?.Archive.FinalizedEpoch;
        return candidates
            .Where((candidate, i) => i == 0 || (candidate.IsReachable && candidate.Archive.FinalizedEpoch == best && candidate.Archive.FinalizedRoot is not null))
            .DistinctBy(candidate => candidate.Archive.FinalizedRoot)
            .Take(MaxSides)
            .Select(candidate => candidate.Archive);
    }

    private sealed record Candidate(ChainArchive Archive, bool IsReachable)
    {
        public static Candidate? Of(BeaconNode node, PlanContext context)
        {
            string name = node.Metadata.Name!;
            if (context.Manifest is not { } manifest)
            {
                return null;
            }

            NodeSnapshot? snapshot = context.Observation.Snapshots.GetValueOrDefault(name);
            bool isOther = snapshot?.GenesisRoot is { } root && root != manifest.GenesisRoot;
            if (isOther || (snapshot?.HeadSlot is null && node.Status?.Head is null))
            {
                return null;
            }

            var archive = new ChainArchive
            {
                Node = name,
                Claim = Names.DataClaim(name),
                Directory = Names.ChainDirectory(manifest.Iteration, manifest.GenesisRoot, node.Spec.ChainDirectory),
                HeadSlot = snapshot?.HeadSlot ?? node.Status?.Head?.Slot,
                HeadRoot = snapshot?.HeadRoot ?? node.Status?.Head?.Root,
                FinalizedEpoch = snapshot?.FinalizedEpoch ?? node.Status?.Finalized,
                FinalizedRoot = snapshot?.FinalizedRoot,
            };
            return new Candidate(archive, snapshot?.IsReachable == true);
        }
    }
}
