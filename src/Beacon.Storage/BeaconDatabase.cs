using System.Buffers.Binary;
using System.Text;
using Beacon.Ssz;
using Beacon.Types;

namespace Beacon.Storage;

/// <summary>What one chain's node keeps, over any <see cref="IKeyValueStore"/>.</summary>
/// <remarks>
/// Writers collect a <see cref="WriteBatch"/> with the <c>Put…</c> and <c>Delete…</c> methods and commit it once, so that a block, its fork
/// choice node and the votes it brought are there together or not at all. What cannot be decoded is reported as damage.
/// </remarks>
public sealed class BeaconDatabase : IDisposable
{
    /// <summary>Bytes of values that a copy writes at once.</summary>
    private const int CopyBatchBytes = 4 << 20;

    private static readonly byte[] FormatKey = "format"u8.ToArray();
    private static readonly byte[] GenesisKey = "genesis"u8.ToArray();
    private static readonly byte[] AnchorKey = "anchor"u8.ToArray();
    private static readonly byte[] HeadKey = "head"u8.ToArray();
    private static readonly byte[] HistoryKey = "history"u8.ToArray();

    private readonly IKeyValueStore _store;

    private BeaconDatabase(IKeyValueStore store, uint format, uint newestFormat)
    {
        _store = store;
        Format = format;
        NewestFormat = newestFormat;
    }

    /// <summary>The layout on disk.</summary>
    public uint Format { get; }

    /// <summary>The newest layout that this release knows.</summary>
    public uint NewestFormat { get; }

    /// <summary>Bytes held, as the back-end estimates them.</summary>
    public long ApproximateSize => _store.ApproximateSize;

    /// <summary>Takes over a store, marks an empty one with a format and refuses one whose format is not known.</summary>
    /// <param name="store">The store as it is on disk.</param>
    /// <param name="formats">What this release reads; by default <see cref="DatabaseFormats.Current"/>.</param>
    /// <param name="mayMigrate">Whether an empty store gets the newest format, else that which the release before reads too.</param>
    /// <exception cref="DatabaseFormatException">The format is not known.</exception>
    /// <exception cref="DatabaseDamagedException">There is data but no readable format.</exception>
    public static BeaconDatabase Open(IKeyValueStore store, DatabaseFormats? formats = null, bool mayMigrate = false)
    {
        formats ??= DatabaseFormats.Current;
        byte[]? stored = store.Get(Column.Metadata, FormatKey);
        DatabaseFormat format;
        if (stored is null)
        {
            if (store.Range(Column.Block, [], []).Any())
            {
                throw new DatabaseDamagedException("The database holds blocks but no format version; remove the chain directory to start the chain anew.");
            }

            format = formats.ForNew(mayMigrate);
            WriteFormat(store, format.Number);
        }
        else
        {
            Stored.CheckSize(stored, 4, "format version");
            format = formats.Of(BinaryPrimitives.ReadUInt32LittleEndian(stored));
        }

        return new BeaconDatabase(format.View(store), format.Number, formats.Newest.Number);
    }

    /// <summary>Whether a store has a format: the last thing that a copy gets.</summary>
    internal static bool HasFormat(IKeyValueStore store) => store.Get(Column.Metadata, FormatKey) is not null;

    /// <summary>Which chain this is, or null before the first start is complete.</summary>
    public StoredGenesis? Genesis
    {
        get
        {
            if (_store.Get(Column.Metadata, GenesisKey) is not { } bytes)
            {
                return null;
            }

            Stored.CheckSize(bytes, 64, "genesis record");
            return new StoredGenesis(new Root(bytes.AsSpan(0, 32)), new Root(bytes.AsSpan(32, 32)));
        }
    }

    /// <summary>The finalized checkpoint that fork choice starts from, or null.</summary>
    public Checkpoint? Anchor
    {
        get
        {
            if (_store.Get(Column.Metadata, AnchorKey) is not { } bytes)
            {
                return null;
            }

            Stored.CheckSize(bytes, 40, "anchor");
            return StoredNode.ReadCheckpoint(bytes);
        }
    }

    /// <summary>Where what is kept begins; null where it begins with genesis.</summary>
    public StoredHistory? History
    {
        get
        {
            if (_store.Get(Column.Metadata, HistoryKey) is not { } bytes)
            {
                return null;
            }

            Stored.CheckSize(bytes, 16, "history record");
            return new StoredHistory(new Slot(BinaryPrimitives.ReadUInt64LittleEndian(bytes)), new Slot(BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(8))));
        }
    }

    /// <summary>The head when the last batch was written, or null.</summary>
    public Root? Head => ReadRoot(Column.Metadata, HeadKey, "head");

    /// <summary>A block's SSZ encoding, or null.</summary>
    public byte[]? GetBlockBytes(Root root) => _store.Get(Column.Block, root.AsSpan());

    /// <summary>A block, or null.</summary>
    public SignedBeaconBlock? GetBlock(Root root) => GetBlockBytes(root) is { } bytes ? Decode(() => SignedBeaconBlock.Deserialize(bytes), "block") : null;

    /// <summary>The state after a block, or null where it was not kept.</summary>
    public BeaconState? GetState(Root blockRoot, ChainSpec spec) =>
        _store.Get(Column.State, blockRoot.AsSpan()) is { } bytes ? Decode(() => BeaconState.Deserialize(bytes, spec), "state") : null;

    /// <summary>Whether the state after a block is kept.</summary>
    public bool HasState(Root blockRoot) => _store.Get(Column.State, blockRoot.AsSpan()) is not null;

    /// <summary>Roots of all blocks whose state is kept.</summary>
    public IEnumerable<Root> StateBlockRoots => _store.Range(Column.State, [], []).Select(entry => new Root(entry.Key));

    /// <summary>The finalized block of a slot, or null where there is none.</summary>
    public Root? GetCanonicalRoot(Slot slot) => ReadRoot(Column.CanonicalBlock, Stored.Key(slot.Value), "canonical root");

    /// <summary>Finalized blocks from a slot up to but not including another, in order.</summary>
    public IEnumerable<(Slot Slot, Root Root)> GetCanonicalRange(Slot from, Slot to) =>
        _store.Range(Column.CanonicalBlock, Stored.Key(from.Value), Stored.Key(to.Value))
            .Select(entry => (new Slot(BinaryPrimitives.ReadUInt64BigEndian(entry.Key)), new Root(entry.Value)));

    /// <summary>The block whose post-state has a root, or null.</summary>
    public Root? GetBlockRootByStateRoot(Root stateRoot) => ReadRoot(Column.StateRoot, stateRoot.AsSpan(), "state root entry");

    /// <summary>All fork choice nodes, ordered by slot so that parents come first.</summary>
    public IReadOnlyList<StoredNode> GetNodes() =>
        [.. _store.Range(Column.ForkChoiceNode, [], []).Select(entry => StoredNode.Decode(new Root(entry.Key), entry.Value)).OrderBy(node => node.Slot.Value)];

    /// <summary>All latest messages.</summary>
    public IEnumerable<StoredVote> GetVotes() => _store.Range(Column.Vote, [], []).Select(entry =>
    {
        Stored.CheckSize(entry.Value, 40, "vote");
        Checkpoint message = StoredNode.ReadCheckpoint(entry.Value);
        return new StoredVote(BinaryPrimitives.ReadUInt64BigEndian(entry.Key), message.Epoch, message.Root);
    });

    /// <summary>All validators that equivocated.</summary>
    public IEnumerable<ulong> GetEquivocations() =>
        _store.Range(Column.Equivocation, [], []).Select(entry => BinaryPrimitives.ReadUInt64BigEndian(entry.Key));

    /// <summary>The counts of all key groups.</summary>
    public IEnumerable<StoredDutyCounts> GetDutyCounts() =>
        _store.Range(Column.DutyCounts, [], []).Select(static entry => StoredDutyCounts.Decode(entry.Key, entry.Value));

    /// <summary>Commits a batch.</summary>
    /// <param name="batch">What to write.</param>
    /// <param name="durable">Wait for the disk; for finality and shutdown.</param>
    public void Commit(WriteBatch batch, bool durable = false) => _store.Write(batch, durable);

    /// <summary>Writes a complete copy of the database to a new directory.</summary>
    public void Checkpoint(string directory) => _store.Checkpoint(directory);

    /// <summary>Writes everything to an empty store in another format; the format itself last, so that a copy without it is not complete.</summary>
    internal void CopyTo(IKeyValueStore target, DatabaseFormat format)
    {
        IKeyValueStore to = format.View(target);
        foreach (Column column in Enum.GetValues<Column>())
        {
            var batch = new WriteBatch();
            int bytes = 0;
            foreach ((byte[] key, byte[] value) in _store.Range(column, [], []))
            {
                if (column == Column.Metadata && key.AsSpan().SequenceEqual(FormatKey))
                {
                    continue;
                }

                batch.Put(column, key, value);
                bytes += key.Length + value.Length;
                if (bytes >= CopyBatchBytes)
                {
                    to.Write(batch);
                    batch = new WriteBatch();
                    bytes = 0;
                }
            }

            to.Write(batch);
        }

        WriteFormat(target, format.Number);
    }

    /// <summary>Records which chain this is.</summary>
    public static void PutGenesis(WriteBatch batch, StoredGenesis genesis)
    {
        var bytes = new byte[64];
        genesis.BlockRoot.CopyTo(bytes);
        genesis.ValidatorsRoot.CopyTo(bytes.AsSpan(32));
        batch.Put(Column.Metadata, GenesisKey, bytes);
    }

    /// <summary>Records the finalized checkpoint.</summary>
    public static void PutAnchor(WriteBatch batch, Checkpoint anchor)
    {
        var bytes = new byte[40];
        StoredNode.WriteCheckpoint(bytes, anchor);
        batch.Put(Column.Metadata, AnchorKey, bytes);
    }

    /// <summary>Records where what is kept begins.</summary>
    public static void PutHistory(WriteBatch batch, StoredHistory history)
    {
        var bytes = new byte[16];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, history.FirstBlock.Value);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(8), history.FirstRoot.Value);
        batch.Put(Column.Metadata, HistoryKey, bytes);
    }

    /// <summary>Records the head.</summary>
    public static void PutHead(WriteBatch batch, Root head) => batch.Put(Column.Metadata, HeadKey, head.AsSpan());

    /// <summary>Stores a block and finds it by its state's root too.</summary>
    public static void PutBlock(WriteBatch batch, Root root, SignedBeaconBlock block)
    {
        batch.Put(Column.Block, root.AsSpan(), block.ToSsz());
        batch.Put(Column.StateRoot, block.Message.StateRoot.AsSpan(), root.AsSpan());
    }

    /// <summary>Removes a block.</summary>
    public static void DeleteBlock(WriteBatch batch, Root root, Root stateRoot)
    {
        batch.Delete(Column.Block, root.AsSpan());
        batch.Delete(Column.StateRoot, stateRoot.AsSpan());
        DeleteState(batch, root);
    }

    /// <summary>Stores the state after a block.</summary>
    public static void PutState(WriteBatch batch, Root blockRoot, BeaconState state)
    {
        var bytes = new byte[state.SszSize];
        state.Serialize(bytes);
        batch.Put(Column.State, blockRoot.AsSpan(), bytes);
    }

    /// <summary>Removes the state after a block.</summary>
    public static void DeleteState(WriteBatch batch, Root blockRoot) => batch.Delete(Column.State, blockRoot.AsSpan());

    /// <summary>Records the finalized block of a slot.</summary>
    public static void PutCanonical(WriteBatch batch, Slot slot, Root root) => batch.Put(Column.CanonicalBlock, Stored.Key(slot.Value), root.AsSpan());

    /// <summary>Stores what fork choice remembers of a block.</summary>
    public static void PutNode(WriteBatch batch, StoredNode node) => batch.Put(Column.ForkChoiceNode, node.Root.AsSpan(), node.Encode());

    /// <summary>Forgets a block's fork choice node.</summary>
    public static void DeleteNode(WriteBatch batch, Root root) => batch.Delete(Column.ForkChoiceNode, root.AsSpan());

    /// <summary>Stores a latest message.</summary>
    public static void PutVote(WriteBatch batch, StoredVote vote)
    {
        var bytes = new byte[40];
        StoredNode.WriteCheckpoint(bytes, new Checkpoint { Epoch = vote.Epoch, Root = vote.Root });
        batch.Put(Column.Vote, Stored.Key(vote.Validator), bytes);
    }

    /// <summary>Records that a validator equivocated.</summary>
    public static void PutEquivocation(WriteBatch batch, ulong validator) => batch.Put(Column.Equivocation, Stored.Key(validator), []);

    /// <summary>Stores the counts of a key group.</summary>
    public static void PutDutyCounts(WriteBatch batch, StoredDutyCounts counts) =>
        batch.Put(Column.DutyCounts, Encoding.UTF8.GetBytes(counts.Group), counts.Encode());

    /// <summary>Forgets a key group.</summary>
    public static void DeleteDutyCounts(WriteBatch batch, string group) => batch.Delete(Column.DutyCounts, Encoding.UTF8.GetBytes(group));

    /// <inheritdoc/>
    public void Dispose() => _store.Dispose();

    private static void WriteFormat(IKeyValueStore store, uint number)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, number);
        var batch = new WriteBatch();
        batch.Put(Column.Metadata, FormatKey, bytes);
        store.Write(batch, durable: true);
    }

    private Root? ReadRoot(Column column, ReadOnlySpan<byte> key, string what)
    {
        if (_store.Get(column, key) is not { } bytes)
        {
            return null;
        }

        Stored.CheckSize(bytes, 32, what);
        return new Root(bytes);
    }

    private static T Decode<T>(Func<T> decode, string what)
    {
        try
        {
            return decode();
        }
        catch (SszException exception)
        {
            throw new DatabaseDamagedException($"The database holds a {what} that cannot be decoded ({exception.Message}); remove the chain directory to start the chain anew.", exception);
        }
    }
}
