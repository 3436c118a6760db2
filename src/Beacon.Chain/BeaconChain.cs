using System.Diagnostics.Metrics;
using System.Threading.Channels;
using Beacon.Chain.Duties;
using Beacon.Chain.Pools;
using Beacon.ForkChoice;
using Beacon.Ssz;
using Beacon.StateTransition.Phase0;
using Beacon.Storage;
using Beacon.Types;
using Microsoft.Extensions.Logging;

namespace Beacon.Chain;

/// <summary>What the chain takes from its surroundings.</summary>
/// <param name="Time">Time.</param>
/// <param name="Logger">Log.</param>
/// <param name="Meters">Where its instruments belong.</param>
public sealed record ChainServices(TimeProvider Time, ILogger<BeaconChain> Logger, IMeterFactory Meters);

/// <summary>What a chain may be opened with.</summary>
public sealed record ChainOptions
{
    /// <summary>Ranges of validators whose duties are counted; at most <see cref="DutyGroup.MaximumGroups"/>, with different names.</summary>
    public IReadOnlyList<DutyGroup> DutyGroups { get; init; } = [];

    /// <summary>Where the chain begins when its database is empty; null for genesis.</summary>
    public CheckpointAnchor? Anchor { get; init; }
}

/// <summary>The chain of one node: verifies, imports, chooses the head, and answers everything the network and the Beacon API ask.</summary>
/// <remarks>
/// <see cref="Open"/> makes it from genesis or from the database; <see cref="RunAsync"/> does the work that time and queues ask for. All public members
/// are safe for concurrent use. Blocks are imported one after another by <see cref="RunAsync"/>'s loop; attestations are checked concurrently
/// and their signatures in batches.
/// Lock order: <see cref="_forkChoiceLock"/> before the locks of <see cref="StateStore"/>; nothing else is locked while waiting.
/// </remarks>
public sealed partial class BeaconChain : IGossipReceiver, IAsyncDisposable
{
    /// <summary>Blocks that may wait to be imported.</summary>
    private const int ImportQueueCapacity = 512;

    private readonly ILogger<BeaconChain> _logger;
    private readonly TimeProvider _time;
    private readonly BeaconDatabase _database;
    private readonly StateStore _states;
    private readonly Lock _forkChoiceLock = new();
    private readonly ForkChoiceStore _forkChoice;
    private readonly Channel<ImportJob> _imports = Channel.CreateBounded<ImportJob>(
        new BoundedChannelOptions(ImportQueueCapacity) { FullMode = BoundedChannelFullMode.Wait, SingleReader = true });

    private readonly SignatureBatcher _signatures;
    private readonly ClockDoubt _clockDoubt;
    private ChainHead _head = null!;
    private Checkpoint _finalized;
    private StoredHistory? _history;
    private Slot _trustedHead;
    private INetworkView _network = INetworkView.Alone;
    private IGossipPublisher? _publisher;
    private int _disposed;

    private BeaconChain(
        ChainSpec spec, BeaconDatabase database, StateStore states, ForkChoiceStore forkChoice, ISlotClock clock, StoredGenesis genesis, ForkVersion genesisForkVersion, DutyOutcomes duties, ChainServices services)
    {
        Spec = spec;
        Clock = clock;
        _clockDoubt = new ClockDoubt(spec.Config.SlotDurationMs, spec.Preset.SlotsPerEpoch, clock.NowMs);
        GenesisBlockRoot = genesis.BlockRoot;
        GenesisValidatorsRoot = genesis.ValidatorsRoot;
        GenesisForkVersion = genesisForkVersion;
        ForkDigest = Misc.ComputeForkDigest(genesisForkVersion, genesis.ValidatorsRoot);
        _database = database;
        _states = states;
        _forkChoice = forkChoice;
        _duties = duties;
        _time = services.Time;
        _logger = services.Logger;
        Metrics = new ChainMetrics(services.Meters);
        _finalized = forkChoice.FinalizedCheckpoint;
        _signatures = new SignatureBatcher(Metrics);
    }

    /// <summary>Preset and configuration.</summary>
    public ChainSpec Spec { get; }

    /// <summary>The chain's time.</summary>
    public ISlotClock Clock { get; }

    /// <summary>Root of the genesis block.</summary>
    public Root GenesisBlockRoot { get; }

    /// <summary>Root of the validators at genesis.</summary>
    public Root GenesisValidatorsRoot { get; }

    /// <summary>Fork version at genesis.</summary>
    public ForkVersion GenesisForkVersion { get; }

    /// <summary>What tells this chain apart on the network.</summary>
    public ForkDigest ForkDigest { get; }

    /// <summary>The head. Immutable; read it once per operation.</summary>
    public ChainHead Head => Volatile.Read(ref _head);

    /// <summary>What happens to the chain.</summary>
    public ChainEvents Events { get; } = new();

    /// <summary>Counts and gauges.</summary>
    public ChainMetrics Metrics { get; }

    /// <summary>Attestations that blocks and aggregators take from.</summary>
    public AttestationPool AttestationPool { get; } = new();

    /// <summary>Slashings and exits that blocks take from.</summary>
    public OperationPool OperationPool { get; } = new();

    /// <summary>Slot of the oldest block besides genesis that this node has: it serves blocks from here on. 0 where it has all.</summary>
    public Slot OldestBlockSlot => _history?.FirstBlock ?? new Slot(0);

    /// <summary>Bytes in the database.</summary>
    public long DatabaseSize => _database.ApproximateSize;

    /// <summary>Format of the database.</summary>
    public uint DatabaseFormat => _database.Format;

    /// <summary>Newest format that this release knows.</summary>
    public uint NewestDatabaseFormat => _database.NewestFormat;

    /// <summary>Joins the chain with the network. Until then the node is alone.</summary>
    public void Attach(INetworkView view, IGossipPublisher publisher)
    {
        _network = view;
        _publisher = publisher;
    }

    /// <summary>Runs the slot timer, the import queue and the signature batches until cancelled.</summary>
    /// <exception cref="DatabaseException">The database failed; the node must stop.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task[] loops =
        [
            Task.Run(() => RunImportsAsync(linked.Token), CancellationToken.None),
            Task.Run(() => RunSlotsAsync(linked.Token), CancellationToken.None),
            Task.Run(() => _signatures.RunAsync(linked.Token), CancellationToken.None),
        ];
        try
        {
            // The first loop to end ends them all: a node that keeps time but imports nothing would look alive.
            await await Task.WhenAny(loops);
        }
        finally
        {
            await linked.CancelAsync();
            await Task.WhenAll(loops).ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        }
    }

    /// <summary>Writes what is not yet written and closes the database.</summary>
    public ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            var batch = new WriteBatch();
            lock (_forkChoiceLock)
            {
                AddChangedVotes(batch);
                BeaconDatabase.PutHead(batch, Head.Root);
                _database.Commit(batch, durable: true);
            }

            _database.Dispose();
        }

        return ValueTask.CompletedTask;
    }

    private Epoch EpochOf(Slot slot) => Misc.ComputeEpochAtSlot(Spec, slot);

    private Slot StartSlotOf(Epoch epoch) => Misc.ComputeStartSlotAtEpoch(Spec, epoch);

    private async Task RunSlotsAsync(CancellationToken cancellationToken)
    {
        // Genesis itself is slot 0 and has its block; the first tick still sets the store's time.
        await Clock.WaitUntilAsync(0, cancellationToken);
        OnSlot(Clock.CurrentSlot);
        while (true)
        {
            Slot slot = Clock.CurrentSlot;
            long start = Clock.StartOf(slot);
            long prepare = start + ((long)Clock.SlotDurationMs * 3 / 4);
            if (Clock.NowMs <= prepare)
            {
                await Clock.WaitUntilAsync(prepare, cancellationToken);
                PrepareNextSlot(new Slot(slot.Value + 1));
            }

            await Clock.WaitUntilAsync(start + (long)Clock.SlotDurationMs, cancellationToken);
            OnSlot(Clock.CurrentSlot);
        }
    }

    private void OnSlot(Slot slot)
    {
        lock (_forkChoiceLock)
        {
            TickForkChoice();
            ApplyQueuedAttestations();
            UpdateHead();
        }

        ForgetOld(slot);
    }

    /// <summary>Moves the head's state on before the slot begins, so that its block and its duties find the work done.</summary>
    private void PrepareNextSlot(Slot next)
    {
        ChainHead head = Head;
        bool newEpoch = next.Value % Spec.Preset.SlotsPerEpoch == 0;
        if (head.Slot.Value >= next.Value || (!newEpoch && head.Slot.Value + Spec.Preset.SlotsPerEpoch < next.Value))
        {
            return;
        }

        CachedBeaconState state = _states.GetAdvanced(head.Root, next);
        state.HashTreeRoot();
        if (newEpoch)
        {
            // The proposers of the coming epoch and the committees of the one after it are asked for at once.
            Accessors.GetBeaconProposerIndex(state, next);
            Accessors.GetShuffling(state, new Epoch(EpochOf(next).Value + 1));
        }

        _states.AddAdvanced(head.Root, state);
    }

    /// <summary>Brings fork choice to the present. Under the lock.</summary>
    private void TickForkChoice()
    {
        long now = Clock.NowMs;
        if (now > 0)
        {
            _forkChoice.OnTick((ulong)now);
        }
    }
}
