using Beacon.Ssz;
using Beacon.Storage.RocksDb;
using Beacon.Types;

namespace Beacon.Storage.Tests;

/// <summary>This release and one after it on the same directory, forward and back.</summary>
public sealed class DatabaseFormatTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("beacon-format-").FullName;

    private string Chain => Path.Combine(_root, "chain");

    private string CopyOfChain => Chain + DatabaseDirectory.CopySuffix;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void Until_it_is_told_a_release_keeps_the_previous_format_and_the_previous_release_can_take_over()
    {
        Write(DatabaseFormats.Current, 1, mayMigrate: false, expected: 1);
        Write(NextFormat.Formats, 2, mayMigrate: false, expected: 1);
        Write(DatabaseFormats.Current, 3, mayMigrate: false, expected: 1);
        Assert.Equal([1UL, 2UL, 3UL], Slots(NextFormat.Formats));
        Assert.Equal([1UL, 2UL, 3UL], Slots(DatabaseFormats.Current));
    }

    [Fact]
    public void A_new_database_has_the_format_that_the_previous_release_reads_unless_told_otherwise()
    {
        Write(NextFormat.Formats, 1, mayMigrate: false, expected: 1);
        Assert.Equal([1UL], Slots(DatabaseFormats.Current));
        Directory.Delete(Chain, recursive: true);
        Write(NextFormat.Formats, 1, mayMigrate: true, expected: NextFormat.Number);
    }

    [Fact]
    public void Told_to_it_migrates_everything_and_the_previous_release_says_that_it_is_too_old()
    {
        for (ulong slot = 1; slot <= 50; slot++)
        {
            Write(DatabaseFormats.Current, slot, mayMigrate: false, expected: 1);
        }

        var said = new List<(uint, uint)>();
        DatabaseDirectory.Open(Chain, NextFormat.Formats, mayMigrate: true, (from, to) => said.Add((from, to))).Dispose();
        Assert.Equal([(1U, NextFormat.Number)], said);
        Assert.False(Directory.Exists(CopyOfChain));
        Write(NextFormat.Formats, 51, mayMigrate: false, expected: NextFormat.Number);
        Assert.Equal(Enumerable.Range(1, 51).Select(static slot => (ulong)slot), Slots(NextFormat.Formats));

        DatabaseFormatException exception = Assert.Throws<DatabaseFormatException>(() => Slots(DatabaseFormats.Current));
        Assert.Contains("has format 2, which is newer than format 1", exception.Message);

        // It was refused, not harmed.
        Assert.Equal(51, Slots(NextFormat.Formats).Count);
    }

    [Fact]
    public void A_format_of_long_ago_is_refused_with_the_way_to_go()
    {
        Write(DatabaseFormats.Current, 1, mayMigrate: false, expected: 1);
        var later = new DatabaseFormats { Previous = NextFormat.Formats.Newest, Newest = new DatabaseFormat(3, static store => store) };
        DatabaseFormatException exception = Assert.Throws<DatabaseFormatException>(() => DatabaseDirectory.Open(Chain, later, mayMigrate: true));
        Assert.Contains("let the version before this one migrate it by --migrate-database", exception.Message);
    }

    [Fact]
    public void A_migration_that_was_cut_short_is_done_again_and_one_that_was_complete_is_taken()
    {
        Write(DatabaseFormats.Current, 1, mayMigrate: false, expected: 1);

        // Ended while it copied: there are entries, but the format, which comes last, is missing.
        using (RocksDbKeyValueStore partial = RocksDbKeyValueStore.Open(CopyOfChain))
        {
            var batch = new WriteBatch();
            batch.Put(Column.Block, "half"u8, "of it"u8);
            partial.Write(batch);
        }

        Assert.Equal([1UL], Slots(DatabaseFormats.Current));
        Assert.False(Directory.Exists(CopyOfChain));

        // Ended between the copy's last entry and the exchange, or within it.
        DatabaseDirectory.Open(Chain, NextFormat.Formats, mayMigrate: true).Dispose();
        Directory.Move(Chain, CopyOfChain);
        using (RocksDbKeyValueStore rest = RocksDbKeyValueStore.Open(Chain))
        {
            BeaconDatabase.Open(rest);
        }

        Assert.Equal([1UL], Slots(NextFormat.Formats));
        Directory.Move(Chain, CopyOfChain);
        Assert.Equal([1UL], Slots(NextFormat.Formats));
    }

    private void Write(DatabaseFormats formats, ulong slot, bool mayMigrate, uint expected)
    {
        using BeaconDatabase database = DatabaseDirectory.Open(Chain, formats, mayMigrate);
        Assert.Equal(expected, database.Format);
        SignedBeaconBlock block = Block(slot);
        var batch = new WriteBatch();
        BeaconDatabase.PutBlock(batch, block.Message.HashTreeRoot(), block);
        BeaconDatabase.PutCanonical(batch, block.Message.Slot, block.Message.HashTreeRoot());
        database.Commit(batch);
    }

    private List<ulong> Slots(DatabaseFormats formats)
    {
        using BeaconDatabase database = DatabaseDirectory.Open(Chain, formats, mayMigrate: false);
        return [.. database.GetCanonicalRange(new Slot(0), new Slot(1000)).Select(entry => database.GetBlock(entry.Root)!.Message.Slot.Value)];
    }

    private static SignedBeaconBlock Block(ulong slot) => new()
    {
        Message = new BeaconBlock { Slot = new Slot(slot), ProposerIndex = new ValidatorIndex(0), ParentRoot = Root.Zero, StateRoot = Root.Zero, Body = BeaconBlockBody.CreateDefault() },
        Signature = default,
    };
}
