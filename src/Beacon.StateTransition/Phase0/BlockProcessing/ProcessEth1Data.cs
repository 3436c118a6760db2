using Beacon.Types;

namespace Beacon.StateTransition.Phase0;

/// <content>Eth1 data.</content>
public static partial class BlockProcessing
{
    /// <summary>Counts a proposer's eth1 vote; a majority of the voting period puts it in force.</summary>
    /// <remarks>PERF: one comparison per vote of the period.</remarks>
    [Spec("phase0/beacon-chain.md#eth1-data")]
    public static void ProcessEth1Data(CachedBeaconState state, BeaconBlockBody body)
    {
        BeaconState inner = state.State;
        Require((ulong)inner.Eth1DataVotes.Count < inner.Eth1DataVotes.Limit, InvalidReason.ListFull, $"The list of eth1 votes is full.");
        inner.Eth1DataVotes.Add(body.Eth1Data);
        ulong votes = 0;
        foreach (Eth1Data vote in inner.Eth1DataVotes)
        {
            votes += vote == body.Eth1Data ? 1UL : 0;
        }

        if (votes * 2 > state.Spec.Preset.MaxEth1DataVotes)
        {
            inner.Eth1Data = body.Eth1Data;
        }
    }
}
