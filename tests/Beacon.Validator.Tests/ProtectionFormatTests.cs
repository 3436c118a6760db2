using Beacon.Ssz;
using Beacon.Types;
using Beacon.Validator.Protection;
using Microsoft.Data.Sqlite;

namespace Beacon.Validator.Tests;

/// <summary>
/// What an earlier release does with the slashing-protection database, written down as it was: whatever is built later, an earlier release must be
/// able to take over, and to see everything that was signed meanwhile.
/// </summary>
public sealed class ProtectionFormatTests : IDisposable
{
    private const string FirstRelease =
        """
        CREATE TABLE metadata (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
        CREATE TABLE validators (id INTEGER PRIMARY KEY, pubkey BLOB NOT NULL UNIQUE);
        CREATE TABLE blocks (validator_id INTEGER NOT NULL REFERENCES validators (id), slot INTEGER NOT NULL, signing_root BLOB);
        CREATE TABLE attestations (
            validator_id INTEGER NOT NULL REFERENCES validators (id), source INTEGER NOT NULL, target INTEGER NOT NULL, signing_root BLOB);
        CREATE INDEX blocks_by_slot ON blocks (validator_id, slot);
        CREATE INDEX attestations_by_target ON attestations (validator_id, target);
        CREATE INDEX attestations_by_source ON attestations (validator_id, source);
        """;

    private static readonly Root Chain = new([.. Enumerable.Repeat((byte)3, 32)]);
    private static readonly BlsPublicKey Key = new([.. Enumerable.Repeat((byte)5, 48)]);
    private static readonly Root Signed = new([.. Enumerable.Repeat((byte)7, 32)]);

    private readonly string _directory = Directory.CreateTempSubdirectory("protection-format-").FullName;

    private string File => Path.Combine(_directory, SlashingProtectionDatabase.FileName);

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void What_the_first_release_wrote_is_kept_to()
    {
        using (SqliteConnection connection = Connect())
        {
            Execute(connection, FirstRelease);
            Execute(connection, $"INSERT INTO metadata VALUES ('format', '1'), ('genesis_validators_root', '{Chain}')");
            Execute(connection, $"INSERT INTO validators VALUES (1, x'{Convert.ToHexString(Key.AsSpan())}')");
            Execute(connection, "INSERT INTO blocks VALUES (1, 100, NULL)");
            Execute(connection, "INSERT INTO attestations VALUES (1, 4, 5, NULL)");
        }

        using var database = SlashingProtectionDatabase.Open(_directory, Chain);
        Assert.NotEqual(ProtectionVerdict.Safe, database.TrySignBlock(new BlockToSign(Key, new Slot(100), Signed)));
        Assert.Equal(ProtectionVerdict.Safe, database.TrySignBlock(new BlockToSign(Key, new Slot(101), Signed)));
        Assert.NotEqual([ProtectionVerdict.Safe], database.TrySignAttestations([new AttestationToSign(Key, new Epoch(4), new Epoch(5), Signed)]));
    }

    [Fact]
    public void What_this_release_writes_is_what_the_first_release_reads()
    {
        using (var database = SlashingProtectionDatabase.Open(_directory, Chain))
        {
            Assert.Equal(ProtectionVerdict.Safe, database.TrySignBlock(new BlockToSign(Key, new Slot(100), Signed)));
            Assert.Equal([ProtectionVerdict.Safe], database.TrySignAttestations([new AttestationToSign(Key, new Epoch(4), new Epoch(5), Signed)]));
        }

        using SqliteConnection connection = Connect();
        Assert.Equal("1", Scalar(connection, "SELECT value FROM metadata WHERE key = 'format'"));
        Assert.Equal(Chain.ToString(), Scalar(connection, "SELECT value FROM metadata WHERE key = 'genesis_validators_root'"));
        string id = $"(SELECT id FROM validators WHERE pubkey = x'{Convert.ToHexString(Key.AsSpan())}')";
        Assert.Equal(100L, Scalar(connection, $"SELECT max(slot) FROM blocks WHERE validator_id = {id}"));
        Assert.Equal("4 5", Scalar(connection, $"SELECT source || ' ' || target FROM attestations WHERE validator_id = {id}"));
        Assert.Equal(Signed.AsSpan().ToArray(), Scalar(connection, $"SELECT signing_root FROM attestations WHERE validator_id = {id}"));

        // The first release goes on writing it.
        Execute(connection, $"INSERT INTO blocks VALUES ({id}, 101, NULL); INSERT INTO attestations VALUES ({id}, 5, 6, NULL); INSERT INTO validators (pubkey) VALUES (x'00')");
    }

    private SqliteConnection Connect()
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = File, Pooling = false }.ToString());
        connection.Open();
        return connection;
    }

    private static void Execute(SqliteConnection connection, string sql)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private static object? Scalar(SqliteConnection connection, string sql)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar();
    }
}
