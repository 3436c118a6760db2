using Beacon.Ssz;

namespace Beacon.Types;

/// <summary>The beacon state. Mutable; clones share what is unchanged.</summary>
/// <remarks>
/// Scalar properties are set, lists are written element-wise. <see cref="Clone"/> costs a few hundred bytes: lists copy on write, and the hash
/// tree roots of their unchanged parts are kept. Not thread-safe by itself; different clones may be used by different threads.
/// </remarks>
[SszContainer(Context = typeof(ChainSpec))]
[Spec("phase0/beacon-chain.md#beaconstate")]
public sealed partial class BeaconState
{
    /// <summary>Rules of the state's chain; no part of the encoding.</summary>
    public required ChainSpec Spec { get; init; }

    /// <summary>Unix time of slot 0, in seconds.</summary>
    public required ulong GenesisTime { get; set; }

    /// <summary>Root of the validators at genesis.</summary>
    public required Root GenesisValidatorsRoot { get; set; }

    /// <summary>Slot the state is at.</summary>
    public required Slot Slot { get; set; }

    /// <summary>Current fork.</summary>
    public required Fork Fork { get; set; }

    /// <summary>Header of the latest block.</summary>
    public required BeaconBlockHeader LatestBlockHeader { get; set; }

    /// <summary>Ring of block roots by slot.</summary>
    [SszVector("Preset.SlotsPerHistoricalRoot")]
    public required PersistentList<Root> BlockRoots { get; set; }

    /// <summary>Ring of state roots by slot.</summary>
    [SszVector("Preset.SlotsPerHistoricalRoot")]
    public required PersistentList<Root> StateRoots { get; set; }

    /// <summary>Roots of the historical batches.</summary>
    [SszList("Preset.HistoricalRootsLimit")]
    public required PersistentList<Root> HistoricalRoots { get; set; }

    /// <summary>The eth1 data in force.</summary>
    public required Eth1Data Eth1Data { get; set; }

    /// <summary>Votes of the current voting period.</summary>
    [SszList("Preset.MaxEth1DataVotes")]
    public required PersistentList<Eth1Data> Eth1DataVotes { get; set; }

    /// <summary>Number of deposits processed.</summary>
    public required ulong Eth1DepositIndex { get; set; }

    /// <summary>The registry.</summary>
    [SszList("Preset.ValidatorRegistryLimit")]
    public required PersistentList<Validator> Validators { get; set; }

    /// <summary>Exact balances by validator.</summary>
    [SszList("Preset.ValidatorRegistryLimit")]
    public required PersistentList<Gwei> Balances { get; set; }

    /// <summary>Ring of randao mixes by epoch.</summary>
    [SszVector("Preset.EpochsPerHistoricalVector")]
    public required PersistentList<Root> RandaoMixes { get; set; }

    /// <summary>Ring of slashed effective balances by epoch.</summary>
    [SszVector("Preset.EpochsPerSlashingsVector")]
    public required PersistentList<Gwei> Slashings { get; set; }

    /// <summary>Included attestations with a target in the previous epoch.</summary>
    [SszList("Preset.MaxPendingAttestations")]
    public required PersistentList<PendingAttestation> PreviousEpochAttestations { get; set; }

    /// <summary>Included attestations with a target in the current epoch.</summary>
    [SszList("Preset.MaxPendingAttestations")]
    public required PersistentList<PendingAttestation> CurrentEpochAttestations { get; set; }

    /// <summary>Which of the last four epochs are justified; bit 0 is the most recent.</summary>
    [SszVector(PresetLimits.JustificationBitsLength)]
    public required Bitvector JustificationBits { get; set; }

    /// <summary>Justified checkpoint as of the previous epoch.</summary>
    public required Checkpoint PreviousJustifiedCheckpoint { get; set; }

    /// <summary>Justified checkpoint.</summary>
    public required Checkpoint CurrentJustifiedCheckpoint { get; set; }

    /// <summary>Finalized checkpoint.</summary>
    public required Checkpoint FinalizedCheckpoint { get; set; }
}
