using Fleet.Planning.Recovery;

namespace Fleet.Planning.Tests.Recovery;

/// <summary>The health of a chain in slots of a second, all of whose nodes are well and have the same head; what they count of the votes is what matters.</summary>
internal static class ToldHealth
{
    /// <param name="epoch">Epoch by the clock.</param>
    /// <param name="headSlot">Slot of the head.</param>
    /// <param name="finalizedEpoch">Finalized epoch.</param>
    /// <param name="keys">Keys of all nodes together.</param>
    /// <param name="told">What each node counts.</param>
    public static ChainHealth Of(long epoch, long headSlot, long finalizedEpoch, int keys, params IReadOnlyList<VoteFacts> told)
    {
        DateTimeOffset now = PlanWorld.Start + TimeSpan.FromSeconds((8 * epoch) + 4);
        var input = new HealthInput
        {
            Iteration = 1,
            Genesis = PlanWorld.Start,
            GenesisRoot = "0xg",
            Clock = new Steps.ChainClock(TimeSpan.FromSeconds(1), 8),
            Keys = keys,
            Nodes =
            [
                .. told.Select((votes, number) => new NodeFacts($"n{number}", keys / told.Count)
                {
                    Process = ProcessState.Running,
                    Snapshot = new NodeSnapshot
                    {
                        Node = $"n{number}",
                        PodUid = "pod",
                        At = now,
                        LastSeen = now,
                        IsReachable = true,
                        GenesisRoot = "0xg",
                        HeadSlot = headSlot,
                        HeadRoot = "0xhead",
                        HeadChangedAt = now,
                        FinalizedEpoch = finalizedEpoch,
                        FinalizedRoot = "0xfinal",
                        Peers = told.Count - 1,
                        IsSyncing = false,
                        Votes = votes,
                    },
                }),
            ],
        };
        return ChainHealth.Of(input, now);
    }
}
