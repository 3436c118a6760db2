using Beacon.Chain.Duties;
using Beacon.ForkChoice;
using Beacon.Ssz;
using Beacon.StateTransition.Phase0;
using Beacon.Storage;
using Beacon.Types;

namespace Beacon.Chain;

/// <summary>The database belongs to another chain than the one the node was started for.</summary>
public sealed class GenesisMismatchException(string message) : Exception(message);

/// <content>Starting from genesis or from the database.</content>
public sealed partial class BeaconChain
{
    /// <summary>Opens the chain: from the database where it holds this chain, from genesis or the given anchor where it is empty.</summary>
    /// <param name="spec">Preset and configuration.</param>
    /// <param name="genesisState">The genesis state.</param>
    /// <param name="database">The database, which the chain owns from here on.</param>
    /// <param name="services">Time, log and metrics.</param>
    /// <param name="options">What is not needed by every chain.</param>
    /// <exception cref="GenesisMismatchException">The database holds another chain.</exception>
    /// <exception cref="DatabaseException">The database cannot be used.</exception>
    public static BeaconChain Open(ChainSpec spec, BeaconState genesisState, BeaconDatabase database, ChainServices services, ChainOptions? options = null)
    {
        options ??= new ChainOptions();
        SignedBeaconBlock genesisBlock = MakeGenesisBlock(genesisState);
        var genesis = new StoredGenesis(genesisBlock.Message.HashTreeRoot(), genesisState.GenesisValidatorsRoot);
        if (database.Genesis is not { } stored)
        {
            WriteStart(database, genesis, genesisBlock, genesisState, options.Anchor);
        }
        else if (stored != genesis)
        {
            throw new GenesisMismatchException(
                $"The database belongs to the chain with genesis block {stored.BlockRoot}, but this node was started for {genesis.BlockRoot}; use another data directory.");
        }

        Checkpoint anchor = database.Anchor ?? throw Damaged("has no finalized checkpoint");
        IReadOnlyList<StoredNode> nodes = database.GetNodes();
        StoredNode anchorNode = nodes.FirstOrDefault(node => node.Root == anchor.Root) ?? throw Damaged("lacks the finalized block's fork choice node");
        BeaconState anchorState = database.GetState(anchor.Root, spec) ?? throw Damaged("lacks the finalized state");

        var keys = new ValidatorKeys();
        var states = new StateStore(spec, database, keys);
        var cachedAnchor = new CachedBeaconState(spec, anchorState, keys);
        cachedAnchor.HashTreeRoot();
        states.Add(anchor.Root, cachedAnchor);
        var clock = new SlotClock(services.Time, checked(genesisState.GenesisTime * 1000), spec.Config.SlotDurationMs);
        var forkChoice = new ForkChoiceStore(
            new ForkChoiceConfig(spec.Preset.SlotsPerEpoch, spec.Config.SlotDurationMs, spec.Config.ProposerScoreBoost),
            FromStored(anchorNode),
            anchor.Epoch,
            checked(anchor.Epoch.Value * spec.Preset.SlotsPerEpoch * spec.Config.SlotDurationMs),
            checkpoint => BalancesOf(states.GetCheckpointState(checkpoint)));
        DutyOutcomes duties = OpenDuties(options.DutyGroups, database, nodes, anchor.Epoch, spec.Preset.SlotsPerEpoch);
        var chain = new BeaconChain(spec, database, states, forkChoice, clock, genesis, genesisState.Fork.CurrentVersion, duties, services);
        chain._history = database.History;
        chain._trustedHead = options.Anchor?.HeadSlot ?? new Slot(0);
        chain.Restore(nodes);
        chain.Metrics.Observe(chain, duties);
        return chain;

        static DatabaseDamagedException Damaged(string what) => new($"The database {what}; remove the chain directory to start the chain anew.");
    }

    /// <summary>The spec's genesis block: empty, its state root that of the genesis state, unsigned.</summary>
    public static SignedBeaconBlock MakeGenesisBlock(BeaconState genesisState) => new()
    {
        Message = new BeaconBlock
        {
            Slot = genesisState.Slot,
            ProposerIndex = new ValidatorIndex(0),
            ParentRoot = Root.Zero,
            StateRoot = genesisState.HashTreeRoot(),
            Body = BeaconBlockBody.CreateDefault(),
        },
        Signature = default,
    };

    /// <summary>Fills an empty database in one batch: with genesis, and with the anchor where the chain begins there.</summary>
    private static void WriteStart(BeaconDatabase database, StoredGenesis genesis, SignedBeaconBlock block, BeaconState state, CheckpointAnchor? anchor)
    {
        var batch = new WriteBatch();
        BeaconDatabase.PutGenesis(batch, genesis);
        BeaconDatabase.PutBlock(batch, genesis.BlockRoot, block);
        BeaconDatabase.PutState(batch, genesis.BlockRoot, state);
        BeaconDatabase.PutCanonical(batch, block.Message.Slot, genesis.BlockRoot);
        if (anchor is null)
        {
            PutStart(batch, new Checkpoint { Epoch = new Epoch(0), Root = genesis.BlockRoot }, block.Message, state);
        }
        else
        {
            BeaconDatabase.PutBlock(batch, anchor.Checkpoint.Root, anchor.Block);
            BeaconDatabase.PutState(batch, anchor.Checkpoint.Root, anchor.State);
            BeaconDatabase.PutHistory(batch, new StoredHistory(anchor.Block.Message.Slot, PutRootsBefore(batch, anchor)));
            PutStart(batch, anchor.Checkpoint, anchor.Block.Message, anchor.State);
        }

        database.Commit(batch, durable: true);
    }

    private static void PutStart(WriteBatch batch, Checkpoint finalized, BeaconBlock block, BeaconState state)
    {
        BeaconDatabase.PutCanonical(batch, block.Slot, finalized.Root);
        BeaconDatabase.PutAnchor(batch, finalized);
        BeaconDatabase.PutHead(batch, finalized.Root);
        BeaconDatabase.PutNode(batch, new StoredNode(
            finalized.Root, block.ParentRoot, block.Slot, block.StateRoot,
            state.CurrentJustifiedCheckpoint, state.FinalizedCheckpoint, state.CurrentJustifiedCheckpoint, state.FinalizedCheckpoint));
    }

    /// <summary>Indexes the roots of earlier blocks that the state remembers: duties depend on them, and peers' finalized roots are compared with them.</summary>
    /// <returns>The slot from which the index is complete.</returns>
    private static Slot PutRootsBefore(WriteBatch batch, CheckpointAnchor anchor)
    {
        BeaconState state = anchor.State;
        ulong ring = (ulong)state.BlockRoots.Count;
        ulong slot = state.Slot.Value;
        ulong first = slot > ring ? slot - ring : 0;
        ulong complete = slot;
        for (ulong at = slot - 1; at > first; at--)
        {
            // A slot without a block repeats the root of the one before.
            Root root = state.BlockRoots[at % ring];
            if (root != state.BlockRoots[(at - 1) % ring])
            {
                BeaconDatabase.PutCanonical(batch, new Slot(at), root);
                complete = at;
            }
        }

        return new Slot(first == 0 ? 0 : complete);
    }

    /// <summary>Puts the stored tree and votes back and finds the head.</summary>
    private void Restore(IReadOnlyList<StoredNode> nodes)
    {
        lock (_forkChoiceLock)
        {
            TickForkChoice();
            foreach (StoredNode node in nodes)
            {
                _forkChoice.RestoreBlock(FromStored(node));
            }

            foreach (StoredVote vote in _database.GetVotes())
            {
                _forkChoice.RestoreVote(vote.Validator, new LatestMessage(vote.Epoch, vote.Root));
            }

            _forkChoice.OnEquivocation([.. _database.GetEquivocations()]);
            _finalized = _forkChoice.FinalizedCheckpoint;
            Volatile.Write(ref _head, MakeHead(_forkChoice.GetHead()));
        }

        Log.Opened(_logger, Head.Slot.Value, Head.Root, Head.Finalized.Epoch.Value, nodes.Count);
    }

    private static JustifiedBalances BalancesOf(CachedBeaconState state)
    {
        Epoch epoch = Accessors.GetCurrentEpoch(state);
        var balances = new ulong[state.State.Validators.Count];
        int index = 0;
        foreach (Validator validator in state.State.Validators)
        {
            balances[index++] = !validator.Slashed && Predicates.IsActiveValidator(validator, epoch) ? validator.EffectiveBalance.Value : 0;
        }

        return new JustifiedBalances(balances, Accessors.GetTotalActiveBalance(state).Value);
    }

    private static ForkChoiceBlock FromStored(StoredNode node) => new(
        node.Root, node.ParentRoot, node.Slot, node.StateRoot, node.Justified, node.Finalized, node.UnrealizedJustified, node.UnrealizedFinalized);

    private static StoredNode ToStored(ForkChoiceBlock node) => new(
        node.Root, node.ParentRoot, node.Slot, node.StateRoot, node.Justified, node.Finalized, node.UnrealizedJustified, node.UnrealizedFinalized);
}
