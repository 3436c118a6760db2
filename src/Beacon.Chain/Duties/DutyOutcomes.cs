using System.Diagnostics.Metrics;
using Beacon.Storage;
using Beacon.Types;

namespace Beacon.Chain.Duties;

/// <summary>What became of a duty. An attestation's results exclude each other, and so do a proposal's. The numbers are the places in the stored counts.</summary>
internal enum DutyResult
{
    /// <summary>Right head and target, included within √SLOTS_PER_EPOCH slots (what later forks call timely).</summary>
    Included = 0,

    /// <summary>Right head and target, included later.</summary>
    Late = 1,

    /// <summary>Right target, another head.</summary>
    WrongHead = 2,

    /// <summary>Another target.</summary>
    WrongTarget = 3,

    /// <summary>In no block up to the end of the next epoch.</summary>
    MissedAttestation = 4,

    /// <summary>The slot's block on the canonical chain.</summary>
    Proposed = 5,

    /// <summary>A valid block arrived, but the canonical chain goes past it.</summary>
    Orphaned = 6,

    /// <summary>No block that this node knows of.</summary>
    MissedProposal = 7,
}

/// <summary>How the duties of the configured key groups ended, kept in the database together with the epoch up to which they are counted.</summary>
/// <remarks>
/// Each epoch is counted once: the counts and the mark are one record, so a process that ends between two epochs, or within one, neither counts
/// twice nor forgets. Memory is a fixed array per group and a bounded set of recent blocks. Written by the import worker, read by scrapes.
/// </remarks>
internal sealed class DutyOutcomes
{
    private const int ResultCount = 8;
    private const int DelayPlace = ResultCount;
    private const int PlaceCount = ResultCount + 1;

    /// <summary>Blocks remembered to tell an orphaned proposal from a missed one.</summary>
    private const int MaximumBlocks = 4096;

    private static readonly (DutyResult Result, string Name)[] Attestations =
    [
        (DutyResult.Included, "included"), (DutyResult.Late, "late"), (DutyResult.WrongHead, "wrong_head"), (DutyResult.WrongTarget, "wrong_target"),
        (DutyResult.MissedAttestation, "missed"),
    ];

    private static readonly (DutyResult Result, string Name)[] Proposals =
        [(DutyResult.Proposed, "proposed"), (DutyResult.Orphaned, "orphaned"), (DutyResult.MissedProposal, "missed")];

    private readonly Lock _lock = new();
    private readonly Group[] _groups;
    private readonly HashSet<(ulong Slot, ulong Proposer)> _blocks = [];

    /// <summary>Takes over what the database has.</summary>
    /// <param name="groups">The groups.</param>
    /// <param name="database">Where counts are kept; groups that are no longer configured are removed from it.</param>
    /// <param name="oldest">The oldest epoch that can be counted; what a group lacks before it is left out.</param>
    /// <param name="newest">The epoch that a group begins with that is new or has another range than before.</param>
    public DutyOutcomes(IReadOnlyList<DutyGroup> groups, BeaconDatabase database, Epoch oldest, Epoch newest)
    {
        Dictionary<string, StoredDutyCounts> stored = database.GetDutyCounts().ToDictionary(static counts => counts.Group, StringComparer.Ordinal);
        _groups = [.. groups.Select(group => stored.TryGetValue(group.Name, out StoredDutyCounts? counts) && counts.First == group.First && counts.Last == group.Last
            ? new Group(group, Epoch.Max(counts.Next, oldest), counts)
            : new Group(group, Epoch.Max(newest, oldest), null))];
        HashSet<string> names = [.. groups.Select(static group => group.Name)];
        var batch = new WriteBatch();
        foreach (string gone in stored.Keys.Where(name => !names.Contains(name)))
        {
            BeaconDatabase.DeleteDutyCounts(batch, gone);
        }

        if (batch.Operations.Count > 0)
        {
            database.Commit(batch);
        }
    }

    /// <summary>The first epoch that some group lacks; null without groups.</summary>
    public Epoch? NextEpoch => _groups.Length == 0 ? null : _groups.Min(static group => group.Next);

    /// <summary>The ranges that lack an epoch, each named by its index.</summary>
    public IEnumerable<(int Index, DutyGroup Range)> Lacking(Epoch epoch)
    {
        for (int i = 0; i < _groups.Length; i++)
        {
            if (_groups[i].Next.Value <= epoch.Value)
            {
                yield return (i, _groups[i].Range);
            }
        }
    }

    /// <summary>Gives up epochs before the given one: too many to count.</summary>
    public void SkipTo(Epoch epoch)
    {
        foreach (Group group in _groups)
        {
            group.Next = Epoch.Max(group.Next, epoch);
        }
    }

    /// <summary>Remembers that a valid block exists, canonical or not.</summary>
    public void OnBlock(Slot slot, ValidatorIndex proposer)
    {
        if (_blocks.Count < MaximumBlocks && _groups.Any(group => group.Range.First <= proposer.Value && proposer.Value <= group.Range.Last))
        {
            _blocks.Add((slot.Value, proposer.Value));
        }
    }

    /// <summary>Whether a valid block of this proposer and slot arrived.</summary>
    public bool HasBlock(Slot slot, ValidatorIndex proposer) => _blocks.Contains((slot.Value, proposer.Value));

    /// <summary>Adds an epoch's counts, first to the database and then to what scrapes see.</summary>
    /// <param name="epoch">The epoch.</param>
    /// <param name="counts">By the index of <see cref="Lacking"/>.</param>
    /// <param name="firstSlotOfNext">Blocks before this slot are forgotten.</param>
    /// <param name="database">Where to write.</param>
    public void Add(Epoch epoch, IReadOnlyDictionary<int, EpochCounts> counts, Slot firstSlotOfNext, BeaconDatabase database)
    {
        var next = new Epoch(epoch.Value + 1);
        var batch = new WriteBatch();
        foreach ((int index, EpochCounts added) in counts)
        {
            Group group = _groups[index];
            BeaconDatabase.PutDutyCounts(batch, new StoredDutyCounts(
                group.Range.Name, group.Range.First, group.Range.Last, next, [.. group.Counts.Select((count, place) => count + added[place])]));
        }

        database.Commit(batch);
        lock (_lock)
        {
            foreach ((int index, EpochCounts added) in counts)
            {
                Group group = _groups[index];
                for (int place = 0; place < PlaceCount; place++)
                {
                    group.Counts[place] += added[place];
                }

                group.Next = next;
                group.Counted = epoch;
            }
        }

        _blocks.RemoveWhere(block => block.Slot < firstSlotOfNext.Value);
    }

    /// <summary>Adds the instruments; without groups there are none.</summary>
    public void Observe(Meter meter)
    {
        if (_groups.Length == 0)
        {
            return;
        }

        meter.CreateObservableCounter(
            "fleet_duty_attestation_total", () => Read(Attestations), description: "Attestation duties of a key group by what the canonical chain has of them, counted once an epoch is settled.");
        meter.CreateObservableCounter(
            "fleet_duty_proposal_total", () => Read(Proposals), description: "Proposal duties of a key group by what the canonical chain has of them, counted once an epoch is settled.");
        meter.CreateObservableCounter(
            "fleet_duty_inclusion_distance_slots_total", ReadDelays, description: "Slots from attestation to inclusion, 1 at best, summed over the included attestations of a key group.");
        meter.CreateObservableGauge("fleet_duty_epoch", ReadEpochs, description: "The last epoch whose duties are counted for a key group.");
    }

    private List<Measurement<long>> Read((DutyResult Result, string Name)[] results)
    {
        var measurements = new List<Measurement<long>>(_groups.Length * results.Length);
        lock (_lock)
        {
            foreach (Group group in _groups)
            {
                foreach ((DutyResult result, string name) in results)
                {
                    measurements.Add(new Measurement<long>((long)group.Counts[(int)result], new("key_group", group.Range.Name), new("result", name)));
                }
            }
        }

        return measurements;
    }

    private List<Measurement<long>> ReadDelays()
    {
        lock (_lock)
        {
            return [.. _groups.Select(static group => new Measurement<long>((long)group.Counts[DelayPlace], new KeyValuePair<string, object?>("key_group", group.Range.Name)))];
        }
    }

    private List<Measurement<long>> ReadEpochs()
    {
        lock (_lock)
        {
            return
            [
                .. _groups.Where(static group => group.Counted is not null)
                    .Select(static group => new Measurement<long>((long)group.Counted!.Value.Value, new KeyValuePair<string, object?>("key_group", group.Range.Name))),
            ];
        }
    }

    /// <summary>What one group did in one epoch.</summary>
    internal sealed class EpochCounts
    {
        private readonly ulong[] _counts = new ulong[PlaceCount];

        public ulong this[int place] => _counts[place];

        public void Count(DutyResult result) => _counts[(int)result]++;

        public void CountDelay(ulong slots) => _counts[DelayPlace] += slots;
    }

    private sealed class Group(DutyGroup range, Epoch next, StoredDutyCounts? stored)
    {
        public DutyGroup Range { get; } = range;

        public Epoch Next { get; set; } = next;

        /// <summary>The last epoch counted; a stored record was written by counting one.</summary>
        public Epoch? Counted { get; set; } = stored is null ? null : new Epoch(stored.Next.Value - 1);

        public ulong[] Counts { get; } = [.. Enumerable.Range(0, PlaceCount).Select(place => stored is not null && place < stored.Counts.Length ? stored.Counts[place] : 0)];
    }
}
