namespace Beacon.Storage.RocksDb;

/// <summary>A database in a directory, migrated to this release's format where that is permitted.</summary>
/// <remarks>
/// A migration never changes the database it reads: it writes a copy beside it, whose format is its last entry, and only a complete copy takes the
/// place of the original. So whatever moment the process ends at, the next start finds one of the two whole. It needs room for both.
/// </remarks>
public static class DatabaseDirectory
{
    /// <summary>Appended to a directory's name for the copy.</summary>
    public const string CopySuffix = ".migrating";

    /// <summary>Opens the database of a directory, making it where there is none.</summary>
    /// <param name="path">The directory.</param>
    /// <param name="formats">What this release reads.</param>
    /// <param name="mayMigrate">Whether there is no way back to the release before.</param>
    /// <param name="migrating">Told old and new format before a migration, which may take minutes.</param>
    /// <exception cref="DatabaseFormatException">This release does not know the format.</exception>
    /// <exception cref="DatabaseException">The database cannot be used.</exception>
    public static BeaconDatabase Open(string path, DatabaseFormats formats, bool mayMigrate, Action<uint, uint>? migrating = null)
    {
        FinishCopy(path);
        BeaconDatabase database = OpenAsIs(path, formats, mayMigrate);
        if (!mayMigrate || database.Format == formats.Newest.Number)
        {
            return database;
        }

        using (database)
        {
            migrating?.Invoke(database.Format, formats.Newest.Number);
            Copy(database, path, formats);
        }

        FinishCopy(path);
        return OpenAsIs(path, formats, mayMigrate);
    }

    private static BeaconDatabase OpenAsIs(string path, DatabaseFormats formats, bool mayMigrate)
    {
        RocksDbKeyValueStore store = RocksDbKeyValueStore.Open(path);
        try
        {
            return BeaconDatabase.Open(store, formats, mayMigrate);
        }
        catch
        {
            store.Dispose();
            throw;
        }
    }

    private static void Copy(BeaconDatabase database, string path, DatabaseFormats formats)
    {
        try
        {
            using RocksDbKeyValueStore copy = RocksDbKeyValueStore.Open(path + CopySuffix);
            database.CopyTo(copy, formats.Newest);
        }
        catch (DatabaseException exception)
        {
            throw new DatabaseException(
                $"The database in {path} could not be migrated to format {formats.Newest.Number} ({exception.Message.TrimEnd('.')}); make room for a second copy or leave out --migrate-database.", exception);
        }
    }

    /// <summary>Puts a complete copy in the place of its original, and removes one that was left incomplete.</summary>
    private static void FinishCopy(string path)
    {
        string copy = path + CopySuffix;
        if (!Directory.Exists(copy))
        {
            return;
        }

        try
        {
            if (!IsComplete(copy))
            {
                Directory.Delete(copy, recursive: true);
                return;
            }

            if (Directory.Exists(path))
            {
                Directory.Delete(path, recursive: true);
            }

            Directory.Move(copy, path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new DatabaseException($"The migrated database {copy} cannot take the place of {path}: {exception.Message}", exception);
        }
    }

    private static bool IsComplete(string copy)
    {
        try
        {
            using RocksDbKeyValueStore store = RocksDbKeyValueStore.Open(copy);
            return BeaconDatabase.HasFormat(store);
        }
        catch (DatabaseDamagedException)
        {
            return false;
        }
    }
}
