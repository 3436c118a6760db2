using Beacon.Ssz;
using Beacon.Types;
using Microsoft.Data.Sqlite;

namespace Beacon.Validator.Protection;

/// <content>The conditions of EIP-3076 and the statements behind them. Called with the lock held and a transaction open.</content>
public sealed partial class SlashingProtectionDatabase
{
    /// <summary>Conditions 1 and 2.</summary>
    private ProtectionVerdict Judge(BlockToSign block)
    {
        if (block.Slot.Value > long.MaxValue)
        {
            return ProtectionVerdict.OutOfRange;
        }

        long id = IdOf(block.PublicKey);
        long slot = (long)block.Slot.Value;
        (long same, long others) = CountBySigningRoot("SELECT signing_root FROM blocks WHERE validator_id = $id AND slot = $at", id, slot, block.SigningRoot);
        return others > 0 ? ProtectionVerdict.DoubleBlock
            : same > 0 ? ProtectionVerdict.SameAsBefore
            : Minimum("SELECT min(slot) FROM blocks WHERE validator_id = $id", id) is { } lowest && slot <= lowest ? ProtectionVerdict.BlockTooOld
            : ProtectionVerdict.Safe;
    }

    /// <summary>Conditions 3 to 5, and a source that is not after the target.</summary>
    private ProtectionVerdict Judge(AttestationToSign attestation)
    {
        if (attestation.Source.Value > long.MaxValue || attestation.Target.Value > long.MaxValue)
        {
            return ProtectionVerdict.OutOfRange;
        }

        if (attestation.Source > attestation.Target)
        {
            return ProtectionVerdict.SourceAfterTarget;
        }

        long id = IdOf(attestation.PublicKey);
        long source = (long)attestation.Source.Value;
        long target = (long)attestation.Target.Value;
        (long same, long others) = CountBySigningRoot(
            "SELECT signing_root FROM attestations WHERE validator_id = $id AND target = $at", id, target, attestation.SigningRoot);
        if (others > 0)
        {
            return ProtectionVerdict.DoubleVote;
        }

        if (Exists("SELECT 1 FROM attestations WHERE validator_id = $id AND source < $source AND target > $target LIMIT 1", id, source, target))
        {
            return ProtectionVerdict.SurroundedVote;
        }

        if (Exists("SELECT 1 FROM attestations WHERE validator_id = $id AND source > $source AND target < $target LIMIT 1", id, source, target))
        {
            return ProtectionVerdict.SurroundingVote;
        }

        if (same > 0)
        {
            return ProtectionVerdict.SameAsBefore;
        }

        return (Minimum("SELECT min(source) FROM attestations WHERE validator_id = $id", id) is { } lowestSource && source < lowestSource)
            || (Minimum("SELECT min(target) FROM attestations WHERE validator_id = $id", id) is { } lowestTarget && target <= lowestTarget)
            ? ProtectionVerdict.AttestationTooOld
            : ProtectionVerdict.Safe;
    }

    /// <summary>How many records have exactly this signing root, and how many another or none.</summary>
    private (long Same, long Others) CountBySigningRoot(string sql, long id, long at, Root signingRoot)
    {
        long same = 0;
        long others = 0;
        using SqliteCommand command = Command(sql, ("$id", id), ("$at", at));
        using SqliteDataReader reader = command.ExecuteReader();
        while (reader.Read())
        {
            if (!reader.IsDBNull(0) && reader.GetFieldValue<byte[]>(0).AsSpan().SequenceEqual(signingRoot.AsSpan()))
            {
                same++;
            }
            else
            {
                others++;
            }
        }

        return (same, others);
    }

    private bool Exists(string sql, long id, long source, long target)
    {
        using SqliteCommand command = Command(sql, ("$id", id), ("$source", source), ("$target", target));
        return command.ExecuteScalar() is not null;
    }

    private long? Minimum(string sql, long id)
    {
        using SqliteCommand command = Command(sql, ("$id", id));
        return command.ExecuteScalar() as long?;
    }

    private long? HighestSource(long id, long target)
    {
        using SqliteCommand command = Command("SELECT max(source) FROM attestations WHERE validator_id = $id AND target <= $target", ("$id", id), ("$target", target));
        return command.ExecuteScalar() as long?;
    }

    /// <summary>Lets the oldest block of a key be of a slot, and its oldest attestation for a target.</summary>
    private bool RaiseBounds(long id, long slot, long target)
    {
        bool isLower = false;
        if (Minimum("SELECT min(slot) FROM blocks WHERE validator_id = $id", id) is not { } lowestSlot || lowestSlot < slot)
        {
            Execute("DELETE FROM blocks WHERE validator_id = $id AND slot < $slot", ("$id", id), ("$slot", slot));
            InsertBlock(id, slot, null);
            isLower = true;
        }

        if (Minimum("SELECT min(target) FROM attestations WHERE validator_id = $id", id) is not { } lowestTarget || lowestTarget < target)
        {
            long source = HighestSource(id, target) ?? 0;
            Execute("DELETE FROM attestations WHERE validator_id = $id AND target < $target", ("$id", id), ("$target", target));
            InsertAttestation(id, source, target, null);
            isLower = true;
        }

        return isLower;
    }

    private void InsertBlock(long id, long slot, Root? signingRoot) =>
        Execute("INSERT INTO blocks VALUES ($id, $slot, $root)", ("$id", id), ("$slot", slot), ("$root", signingRoot?.ToArray()));

    private void InsertAttestation(long id, long source, long target, Root? signingRoot) =>
        Execute(
            "INSERT INTO attestations VALUES ($id, $source, $target, $root)",
            ("$id", id), ("$source", source), ("$target", target), ("$root", signingRoot?.ToArray()));

    /// <summary>Row of a key, made when new.</summary>
    private long IdOf(BlsPublicKey key)
    {
        if (_ids.TryGetValue(key, out long id))
        {
            return id;
        }

        byte[] bytes = key.AsSpan().ToArray();
        using (SqliteCommand find = Command("SELECT id FROM validators WHERE pubkey = $key", ("$key", bytes)))
        {
            if (find.ExecuteScalar() is long found)
            {
                // Remembered only here: a row inserted below may still be rolled back.
                _ids[key] = found;
                return found;
            }
        }

        using SqliteCommand insert = Command("INSERT INTO validators (pubkey) VALUES ($key) RETURNING id", ("$key", bytes));
        return (long)insert.ExecuteScalar()!;
    }

    private void Execute(string sql, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        using SqliteCommand command = Command(sql, parameters);
        command.ExecuteNonQuery();
    }

    private SqliteCommand Command(string sql, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        SqliteCommand command = _connection.CreateCommand();
        command.CommandText = sql;
        foreach ((string name, object? value) in parameters)
        {
            command.Parameters.AddWithValue(name, value ?? DBNull.Value);
        }

        return command;
    }
}
