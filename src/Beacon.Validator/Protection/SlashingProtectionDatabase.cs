using Beacon.Ssz;
using Beacon.Types;
using Microsoft.Data.Sqlite;

namespace Beacon.Validator.Protection;

/// <summary>The complete EIP-3076 database of one chain: every block and attestation that was signed, in SQLite.</summary>
/// <remarks>
/// A message is recorded, and the record forced to disk (write-ahead log, <c>synchronous=FULL</c>), before the caller signs it; so a crash can
/// lose a signature, never a record. One process at a time: a lock file and SQLite's exclusive locking mode hold the directory. A file
/// <c>initialized</c> appears once the database exists; that file beside a missing database means it was lost, and opening is refused.
/// Thread-safe: calls run one after the other.
/// </remarks>
public sealed partial class SlashingProtectionDatabase : IDisposable
{
    /// <summary>File name of the database.</summary>
    public const string FileName = "protection.sqlite";

    /// <summary>File that says there was a database once.</summary>
    public const string MarkerName = "initialized";

    private const string LockName = "protection.lock";
    private const string FormatVersion = "1";

    private readonly Lock _lock = new();
    private readonly FileStream _lockFile;
    private readonly SqliteConnection _connection;
    private readonly Dictionary<BlsPublicKey, long> _ids = [];

    private SlashingProtectionDatabase(string directory, Root genesisValidatorsRoot, FileStream lockFile, SqliteConnection connection)
    {
        Directory = directory;
        GenesisValidatorsRoot = genesisValidatorsRoot;
        _lockFile = lockFile;
        _connection = connection;
    }

    /// <summary>Where it lives.</summary>
    public string Directory { get; }

    /// <summary>The chain it belongs to.</summary>
    public Root GenesisValidatorsRoot { get; }

    /// <summary>Opens the database of a chain, making it at the first start, and holds it until disposed.</summary>
    /// <param name="directory">Usually <c>/data/slashing/&lt;genesis validators root&gt;</c>.</param>
    /// <param name="genesisValidatorsRoot">The chain.</param>
    /// <exception cref="SlashingProtectionException">Lost, damaged, of another chain, or held by another process.</exception>
    public static SlashingProtectionDatabase Open(string directory, Root genesisValidatorsRoot)
    {
        FileStream? lockFile = null;
        SqliteConnection? connection = null;
        try
        {
            System.IO.Directory.CreateDirectory(directory);
            lockFile = TakeLock(directory);
            string path = Path.Combine(directory, FileName);
            string marker = Path.Combine(directory, MarkerName);
            bool exists = File.Exists(path);
            if (!exists && File.Exists(marker))
            {
                throw new SlashingProtectionException(
                    $"The slashing-protection database {path} is missing although one was made before ({marker} is there): without it these keys could sign twice. "
                    + "Restore it from a backup or import an EIP-3076 interchange of these keys by 'beacon keys import-protection'; delete the marker only if they never signed on this chain.");
            }

            connection = Connect(path);
            if (exists && Scalar(connection, "SELECT count(*) FROM sqlite_master WHERE name = 'metadata'") is 1L)
            {
                CheckMetadata(connection, path, genesisValidatorsRoot);
            }
            else if (File.Exists(marker))
            {
                throw new SlashingProtectionException($"The slashing-protection database {path} is empty although one was made before: restore it from a backup or import an interchange.");
            }
            else
            {
                // Also after a crash between making the file and its tables: nothing was signed before the marker.
                CreateTables(connection, genesisValidatorsRoot);
            }

            WriteMarker(marker);
            return new SlashingProtectionDatabase(directory, genesisValidatorsRoot, lockFile, connection);
        }
        catch (Exception exception) when (exception is SqliteException or IOException or UnauthorizedAccessException)
        {
            connection?.Dispose();
            lockFile?.Dispose();
            throw new SlashingProtectionException($"The slashing-protection database in {directory} cannot be opened: {exception.Message}", exception);
        }
        catch
        {
            connection?.Dispose();
            lockFile?.Dispose();
            throw;
        }
    }

    /// <summary>Judges a block and, when it may be signed, records it durably.</summary>
    public ProtectionVerdict TrySignBlock(BlockToSign block)
    {
        lock (_lock)
        {
            using SqliteTransaction transaction = _connection.BeginTransaction();
            ProtectionVerdict verdict = Judge(block);
            if (verdict == ProtectionVerdict.Safe)
            {
                InsertBlock(IdOf(block.PublicKey), (long)block.Slot.Value, block.SigningRoot);
            }

            transaction.Commit();
            return verdict;
        }
    }

    /// <summary>Judges attestations, each after those before it, and records those that may be signed, durably and in one transaction.</summary>
    /// <returns>One verdict per attestation.</returns>
    public ProtectionVerdict[] TrySignAttestations(IReadOnlyList<AttestationToSign> attestations)
    {
        var verdicts = new ProtectionVerdict[attestations.Count];
        lock (_lock)
        {
            using SqliteTransaction transaction = _connection.BeginTransaction();
            for (int i = 0; i < verdicts.Length; i++)
            {
                AttestationToSign attestation = attestations[i];
                verdicts[i] = Judge(attestation);
                if (verdicts[i] == ProtectionVerdict.Safe)
                {
                    InsertAttestation(IdOf(attestation.PublicKey), (long)attestation.Source.Value, (long)attestation.Target.Value, attestation.SigningRoot);
                }
            }

            transaction.Commit();
        }

        return verdicts;
    }

    /// <summary>Makes the database refuse every block and attestation of an epoch before the given one, for keys whose record of what they signed may be lost.</summary>
    /// <remarks>
    /// It gets what EIP-3076 calls the minimal form: for each key one block in the last slot and one attestation for the last epoch that are refused, without
    /// signing roots, instead of everything older. The attestation has the highest source of those that it stands for, so that none of them can be surrounded.
    /// Exports and releases that know nothing of this keep to it. Raising to the same or a lower epoch again changes nothing.
    /// </remarks>
    /// <param name="keys">The keys.</param>
    /// <param name="epoch">First epoch whose duties may be done; 0 refuses nothing.</param>
    /// <param name="slotsPerEpoch">Slots in an epoch.</param>
    /// <returns>Number of keys whose bound was lower.</returns>
    /// <exception cref="SlashingProtectionException">The epoch is beyond what can be kept.</exception>
    public int BeginAt(IEnumerable<BlsPublicKey> keys, Epoch epoch, int slotsPerEpoch)
    {
        if (epoch.Value == 0)
        {
            return 0;
        }

        if (epoch.Value > long.MaxValue / (ulong)slotsPerEpoch)
        {
            throw new SlashingProtectionException($"Slashing protection cannot begin at epoch {epoch}, which is beyond any chain's.");
        }

        long slot = checked(((long)epoch.Value * slotsPerEpoch) - 1);
        long target = (long)epoch.Value - 1;
        int raised = 0;
        lock (_lock)
        {
            using SqliteTransaction transaction = _connection.BeginTransaction();
            foreach (BlsPublicKey key in keys)
            {
                raised += RaiseBounds(IdOf(key), slot, target) ? 1 : 0;
            }

            transaction.Commit();
        }

        return raised;
    }

    /// <summary>Forgets messages far behind each key's newest. Safe, because the oldest ones kept bound what may be signed from below.</summary>
    /// <param name="slots">Blocks older than this many slots before the newest go.</param>
    /// <param name="epochs">Attestations with a target older than this many epochs before the newest go.</param>
    public void Prune(ulong slots, ulong epochs)
    {
        lock (_lock)
        {
            using SqliteTransaction transaction = _connection.BeginTransaction();
            Execute(
                "DELETE FROM blocks WHERE slot < (SELECT max(slot) FROM blocks AS newest WHERE newest.validator_id = blocks.validator_id) - $slots",
                ("$slots", (long)slots));
            Execute(
                "DELETE FROM attestations WHERE target < (SELECT max(target) FROM attestations AS newest WHERE newest.validator_id = attestations.validator_id) - $epochs",
                ("$epochs", (long)epochs));
            transaction.Commit();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
        {
            _connection.Dispose();
            _lockFile.Dispose();
        }
    }

    private static FileStream TakeLock(string directory)
    {
        try
        {
            return new FileStream(Path.Combine(directory, LockName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException exception)
        {
            throw new SlashingProtectionException(
                $"The slashing-protection database in {directory} is in use by another process: two validator clients must never share keys. Stop the other one first.", exception);
        }
    }

    private static SqliteConnection Connect(string path)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString());
        connection.Open();
        foreach (string pragma in (string[])["locking_mode=EXCLUSIVE", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"])
        {
            using SqliteCommand command = connection.CreateCommand();
            command.CommandText = "PRAGMA " + pragma;
            command.ExecuteNonQuery();
        }

        // In exclusive mode the lock is taken by the first write and kept.
        using SqliteCommand begin = connection.CreateCommand();
        begin.CommandText = "BEGIN EXCLUSIVE; COMMIT";
        begin.ExecuteNonQuery();
        return connection;
    }

    private static void CreateTables(SqliteConnection connection, Root genesisValidatorsRoot)
    {
        using SqliteTransaction transaction = connection.BeginTransaction();
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText =
            """
            CREATE TABLE metadata (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
            CREATE TABLE validators (id INTEGER PRIMARY KEY, pubkey BLOB NOT NULL UNIQUE);
            CREATE TABLE blocks (validator_id INTEGER NOT NULL REFERENCES validators (id), slot INTEGER NOT NULL, signing_root BLOB);
            CREATE TABLE attestations (
                validator_id INTEGER NOT NULL REFERENCES validators (id), source INTEGER NOT NULL, target INTEGER NOT NULL, signing_root BLOB);
            CREATE INDEX blocks_by_slot ON blocks (validator_id, slot);
            CREATE INDEX attestations_by_target ON attestations (validator_id, target);
            CREATE INDEX attestations_by_source ON attestations (validator_id, source);
            INSERT INTO metadata VALUES ('format', $format), ('genesis_validators_root', $root);
            """;
        command.Parameters.AddWithValue("$format", FormatVersion);
        command.Parameters.AddWithValue("$root", genesisValidatorsRoot.ToString());
        command.ExecuteNonQuery();
        transaction.Commit();
    }

    private static void CheckMetadata(SqliteConnection connection, string path, Root genesisValidatorsRoot)
    {
        object? format = Scalar(connection, "SELECT value FROM metadata WHERE key = 'format'");
        if (format is not FormatVersion)
        {
            throw new SlashingProtectionException($"The slashing-protection database {path} has format '{format}'; this program reads format {FormatVersion}.");
        }

        object? root = Scalar(connection, "SELECT value FROM metadata WHERE key = 'genesis_validators_root'");
        if (root is not string text || text != genesisValidatorsRoot.ToString())
        {
            throw new SlashingProtectionException($"The slashing-protection database {path} belongs to the chain {root}, not to {genesisValidatorsRoot}.");
        }
    }

    /// <summary>Writes the marker and forces it to disk.</summary>
    private static void WriteMarker(string marker)
    {
        if (!File.Exists(marker))
        {
            using var stream = new FileStream(marker, FileMode.CreateNew, FileAccess.Write);
            stream.Write("The slashing-protection database beside this file was made. Without it the keys must not sign.\n"u8);
            stream.Flush(flushToDisk: true);
        }
    }

    private static object? Scalar(SqliteConnection connection, string sql)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar();
    }
}
