using System.Diagnostics.Metrics;
using Beacon.Chain.Duties;
using Beacon.Chain.Pools;
using Beacon.StateTransition.Phase0;

namespace Beacon.Chain;

/// <summary>Instruments of the chain. The names are those that dashboards and the fleet's operator read.</summary>
public sealed class ChainMetrics
{
    /// <summary>From 5 ms to 12 s, each a quarter longer than the one before: fine enough to see a quantile move by as much.</summary>
    private static readonly double[] ArrivalBuckets = [.. Enumerable.Range(0, 36).Select(static step => Math.Round(0.005 * Math.Pow(1.25, step), 4))];

    private readonly Counter<long> _reorgs;
    private readonly Histogram<long> _reorgDepth;
    private readonly Counter<long> _gossip;
    private readonly Counter<long> _imports;
    private readonly Counter<long> _pool;
    private readonly Meter _meter;

    internal ChainMetrics(IMeterFactory meters)
    {
        _meter = meters.Create(new MeterOptions("Beacon.Chain"));
        _reorgs = _meter.CreateCounter<long>("beacon_reorgs_total", description: "Reorganisations of the head.");
        _reorgs.Add(0);
        _reorgDepth = _meter.CreateHistogram(
            "fleet_reorg_depth_slots", description: "Slots that a reorganisation took back.", advice: new InstrumentAdvice<long> { HistogramBucketBoundaries = [1, 2, 3, 5, 8, 16, 32, 64] });
        _gossip = _meter.CreateCounter<long>("fleet_gossip_messages_total", description: "Gossip messages by topic, outcome and reason.");
        _imports = _meter.CreateCounter<long>("fleet_block_imports_total", description: "Blocks by how their import ended.");
        _pool = _meter.CreateCounter<long>("fleet_attestation_pool_total", description: "Attestations by what the pool did with them.");
        BlockArrival = _meter.CreateHistogram(
            "fleet_block_arrival_delay_seconds", "s", "Time from the start of a block's slot to its arrival by gossip or from a validator; 0 for early ones.",
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = ArrivalBuckets });
        ImportExecution = _meter.CreateHistogram<double>("fleet_block_import_execution_seconds", "s", "Time of a block's transition and signatures.");
        ImportTotal = _meter.CreateHistogram<double>("fleet_block_import_seconds", "s", "Time of a block's whole import.");
        SignatureBatch = _meter.CreateHistogram(
            "fleet_signature_batch_size", description: "Signatures verified at once.", advice: new InstrumentAdvice<long> { HistogramBucketBoundaries = [1, 2, 4, 8, 16, 32, 64, 128, 256] });
    }

    internal Histogram<double> BlockArrival { get; }

    internal Histogram<double> ImportExecution { get; }

    internal Histogram<double> ImportTotal { get; }

    internal Histogram<long> SignatureBatch { get; }

    internal void CountReorg(ulong depth)
    {
        _reorgs.Add(1);
        _reorgDepth.Record((long)depth);
    }

    /// <summary>Counts a gossip message by what its checks said; the network counts those that cannot even be decoded.</summary>
    /// <param name="topic">Short name of the topic.</param>
    /// <param name="verdict">Outcome and reason; reasons are fixed words.</param>
    public void CountGossip(string topic, GossipVerdict verdict) => _gossip.Add(
        1,
        new KeyValuePair<string, object?>("topic", topic),
        new KeyValuePair<string, object?>("outcome", verdict.Outcome switch { GossipOutcome.Accept => "accept", GossipOutcome.Ignore => "ignore", _ => "reject" }),
        new KeyValuePair<string, object?>("reason", verdict.Reason));

    internal void CountImport(ImportResult result) => _imports.Add(1, new KeyValuePair<string, object?>("outcome", result.Outcome switch
    {
        ImportOutcome.Imported => "imported",
        ImportOutcome.AlreadyKnown => "already_known",
        ImportOutcome.UnknownParent => "unknown_parent",
        ImportOutcome.Invalid => "invalid",
        _ => "ignored",
    }));

    internal void CountPool(AttestationPoolResult result) => _pool.Add(1, new KeyValuePair<string, object?>("result", result switch
    {
        AttestationPoolResult.Added => "added",
        AttestationPoolResult.Known => "known",
        AttestationPoolResult.KeptApart => "kept_apart",
        _ => "full",
    }));

    /// <summary>Adds the instruments that are read from the chain when somebody asks.</summary>
    internal void Observe(BeaconChain chain, DutyOutcomes duties)
    {
        duties.Observe(_meter);
        Gauge("beacon_head_slot", "Slot of the head block.", () => chain.Head.Slot.Value);
        Gauge("beacon_clock_time_slot", "Slot of the clock.", () => chain.Clock.CurrentSlot.Value);
        Gauge("fleet_clock_epoch", "Epoch of the clock.", () => chain.Clock.CurrentSlot.Value / chain.Spec.Preset.SlotsPerEpoch);
        Gauge("beacon_current_justified_epoch", "Justified epoch of fork choice.", () => chain.Head.Justified.Epoch.Value);
        Gauge("beacon_finalized_epoch", "Finalized epoch of fork choice.", () => chain.Head.Finalized.Epoch.Value);
        Gauge("beacon_current_active_validators", "Active validators in the head's epoch.", () => (ulong)chain.Head.State.Epoch.Current.ActiveIndices.Length);
        Gauge("fleet_sync_distance_slots", "Slots the best peer is ahead with blocks we lack.", () => chain.SyncStatus.SyncDistance);
        Gauge("fleet_block_tree_size", "Unfinalized blocks in the tree.", () => (ulong)chain.TreeSize);
        Gauge("fleet_states_cached", "States in memory.", () => (ulong)chain.CachedStates);
        Gauge("fleet_orphan_blocks", "Blocks that wait for their parent.", () => (ulong)chain.OrphanCount);
        Gauge("fleet_database_bytes", "Bytes in the database.", () => (ulong)chain.DatabaseSize);
        Gauge("fleet_database_format", "Format of the database.", () => chain.DatabaseFormat);
        Gauge("fleet_database_format_newest", "Newest database format that this release knows; it is used once the release may migrate.", () => chain.NewestDatabaseFormat);
        Gauge("fleet_attestation_pool_size", "Different attestation data in the pool.", () => (ulong)chain.AttestationPool.Count);
        Gauge("fleet_previous_epoch_active_gwei", "Active stake of the last complete epoch.", () => chain.Participation.Active.Value);
        Gauge("fleet_previous_epoch_target_gwei", "Stake whose included attestations voted for the right target of that epoch.", () => chain.Participation.Target.Value);
        Gauge("fleet_previous_epoch_head_gwei", "Stake whose included attestations voted for the right heads of that epoch.", () => chain.Participation.Head.Value);
        Exiting(chain, "fleet_exiting_validators", "Validators that are active in the clock's epoch and whose exit is set, by whether they were slashed.", static part => part.Count);
        Exiting(chain, "fleet_exiting_gwei", "Effective balance of the exiting validators, by whether they were slashed.", static part => part.Stake.Value);
        Exiting(chain, "fleet_exiting_first_epoch", "First epoch in which one of the exiting validators is not active any more, by whether they were slashed; 0 without any.", static part => part.FirstExit.Value);
        Exiting(chain, "fleet_exiting_last_epoch", "First epoch in which none of the exiting validators is active any more, by whether they were slashed; 0 without any.", static part => part.LastExit.Value);
        Gauge(
            "fleet_slashed_first_withdrawable_epoch",
            "First epoch in which an active slashed validator may withdraw; its second penalty comes half of EPOCHS_PER_SLASHINGS_VECTOR before; 0 without any.",
            () => chain.Participation.Exiting?.FirstWithdrawable.Value ?? 0);
        Gauge("fleet_slashed_last_withdrawable_epoch", "First epoch in which all active slashed validators may withdraw; 0 without any.", () => chain.Participation.Exiting?.LastWithdrawable.Value ?? 0);
        Gauge("fleet_slashings_gwei", "Stake slashed within the last EPOCHS_PER_SLASHINGS_VECTOR epochs.", () => chain.Participation.Exiting?.Slashings.Value ?? 0);
        Counter("fleet_attestation_merges_refused_total", "Attestations kept apart because their attesters overlap.", () => chain.AttestationPool.RefusedMerges);
        Counter("fleet_blocks_replayed_total", "Blocks replayed for states that were not in memory.", () => chain.ReplayedBlocks);
    }

    private void Gauge(string name, string description, Func<ulong> read) =>
        _meter.CreateObservableGauge(name, () => checked((long)Math.Min(read(), long.MaxValue)), description: description);

    private void Exiting(BeaconChain chain, string name, string description, Func<ExitingValidators, ulong> read) => _meter.CreateObservableGauge(
        name,
        () =>
        {
            ExitingStake? exiting = chain.Participation.Exiting;
            return (Measurement<long>[])
            [
                new(checked((long)read(exiting?.Unslashed ?? default)), new KeyValuePair<string, object?>("slashed", "false")),
                new(checked((long)read(exiting?.Slashed ?? default)), new KeyValuePair<string, object?>("slashed", "true")),
            ];
        },
        description: description);

    private void Counter(string name, string description, Func<long> read) => _meter.CreateObservableCounter(name, read, description: description);
}
