using System.Buffers;
using System.Text.Json;
using Beacon.Ssz;
using Beacon.Types;
using Microsoft.Data.Sqlite;

namespace Beacon.Validator.Protection;

/// <content>Import and export of the EIP-3076 interchange format, version 5, complete form.</content>
public sealed partial class SlashingProtectionDatabase
{
    private const string InterchangeVersion = "5";

    /// <summary>Adds all records of an interchange, all or nothing. Records that contradict each other are kept: they only forbid more.</summary>
    /// <param name="utf8">The JSON file.</param>
    /// <returns>Numbers of blocks and attestations that were new.</returns>
    /// <exception cref="SlashingProtectionException">Not an interchange of version 5, or of another chain; nothing was changed.</exception>
    public (int Blocks, int Attestations) Import(ReadOnlyMemory<byte> utf8)
    {
        lock (_lock)
        {
            try
            {
                using var document = JsonDocument.Parse(utf8);
                CheckInterchange(document.RootElement.GetProperty("metadata"));
                using SqliteTransaction transaction = _connection.BeginTransaction();
                int blocks = 0;
                int attestations = 0;
                foreach (JsonElement validator in document.RootElement.GetProperty("data").EnumerateArray())
                {
                    long id = IdOf(new BlsPublicKey(Bytes(validator.GetProperty("pubkey"), 48)));
                    foreach (JsonElement block in validator.GetProperty("signed_blocks").EnumerateArray())
                    {
                        blocks += ImportBlock(id, Number(block, "slot"), SigningRoot(block));
                    }

                    foreach (JsonElement attestation in validator.GetProperty("signed_attestations").EnumerateArray())
                    {
                        attestations += ImportAttestation(id, Number(attestation, "source_epoch"), Number(attestation, "target_epoch"), SigningRoot(attestation));
                    }
                }

                transaction.Commit();
                return (blocks, attestations);
            }
            catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
            {
                throw new SlashingProtectionException($"This is not an EIP-3076 interchange: {exception.Message}", exception);
            }
        }
    }

    /// <summary>Adds all records of an interchange to the database in a directory; one that was lost is made anew from them.</summary>
    /// <remarks>The new database appears under its name only when all records are in it, so a crash leaves the keys refused as before.</remarks>
    /// <param name="directory">Usually <c>/data/slashing/&lt;genesis validators root&gt;</c>.</param>
    /// <param name="genesisValidatorsRoot">The chain.</param>
    /// <param name="utf8">The JSON file.</param>
    /// <returns>Numbers of blocks and attestations that were new.</returns>
    /// <exception cref="SlashingProtectionException">The database is in use or damaged, or this is no interchange of the chain; nothing was changed.</exception>
    public static (int Blocks, int Attestations) ImportInto(string directory, Root genesisValidatorsRoot, ReadOnlyMemory<byte> utf8)
    {
        string path = Path.Combine(directory, FileName);
        if (File.Exists(path) || !File.Exists(Path.Combine(directory, MarkerName)))
        {
            using SlashingProtectionDatabase database = Open(directory, genesisValidatorsRoot);
            return database.Import(utf8);
        }

        using FileStream lockFile = TakeLock(directory);
        string staging = Path.Combine(directory, "restoring");
        try
        {
            if (System.IO.Directory.Exists(staging))
            {
                System.IO.Directory.Delete(staging, recursive: true);
            }

            (int, int) imported;
            using (SlashingProtectionDatabase database = Open(staging, genesisValidatorsRoot))
            {
                imported = database.Import(utf8);
            }

            File.Move(Path.Combine(staging, FileName), path);
            return imported;
        }
        finally
        {
            System.IO.Directory.Delete(staging, recursive: true);
        }
    }

    /// <summary>All records, as UTF-8 JSON.</summary>
    public byte[] Export()
    {
        var buffer = new ArrayBufferWriter<byte>();
        lock (_lock)
        {
            using var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true });
            writer.WriteStartObject();
            writer.WriteStartObject("metadata");
            writer.WriteString("interchange_format_version", InterchangeVersion);
            writer.WriteString("genesis_validators_root", GenesisValidatorsRoot.ToString());
            writer.WriteEndObject();
            writer.WriteStartArray("data");
            using (SqliteCommand command = Command("SELECT id, pubkey FROM validators ORDER BY pubkey"))
            using (SqliteDataReader reader = command.ExecuteReader())
            {
                while (reader.Read())
                {
                    ExportValidator(writer, reader.GetInt64(0), reader.GetFieldValue<byte[]>(1));
                }
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    private void ExportValidator(Utf8JsonWriter writer, long id, byte[] publicKey)
    {
        writer.WriteStartObject();
        writer.WriteString("pubkey", Hex.Format(publicKey));
        writer.WriteStartArray("signed_blocks");
        using (SqliteCommand command = Command("SELECT slot, signing_root FROM blocks WHERE validator_id = $id ORDER BY slot, signing_root", ("$id", id)))
        using (SqliteDataReader reader = command.ExecuteReader())
        {
            while (reader.Read())
            {
                writer.WriteStartObject();
                writer.WriteString("slot", reader.GetInt64(0).ToString());
                WriteSigningRoot(writer, reader, 1);
                writer.WriteEndObject();
            }
        }

        writer.WriteEndArray();
        writer.WriteStartArray("signed_attestations");
        using (SqliteCommand command = Command(
            "SELECT source, target, signing_root FROM attestations WHERE validator_id = $id ORDER BY target, source, signing_root", ("$id", id)))
        using (SqliteDataReader reader = command.ExecuteReader())
        {
            while (reader.Read())
            {
                writer.WriteStartObject();
                writer.WriteString("source_epoch", reader.GetInt64(0).ToString());
                writer.WriteString("target_epoch", reader.GetInt64(1).ToString());
                WriteSigningRoot(writer, reader, 2);
                writer.WriteEndObject();
            }
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static void WriteSigningRoot(Utf8JsonWriter writer, SqliteDataReader reader, int column)
    {
        if (!reader.IsDBNull(column))
        {
            writer.WriteString("signing_root", Hex.Format(reader.GetFieldValue<byte[]>(column)));
        }
    }

    private void CheckInterchange(JsonElement metadata)
    {
        string? version = metadata.GetProperty("interchange_format_version").GetString();
        if (version != InterchangeVersion)
        {
            throw new SlashingProtectionException($"The interchange has format version '{version}'; only version {InterchangeVersion} can be imported.");
        }

        var root = new Root(Bytes(metadata.GetProperty("genesis_validators_root"), Root.Size));
        if (root != GenesisValidatorsRoot)
        {
            throw new SlashingProtectionException($"The interchange belongs to the chain {root}, not to {GenesisValidatorsRoot}; nothing was imported.");
        }
    }

    private int ImportBlock(long id, long slot, Root? signingRoot)
    {
        using (SqliteCommand known = Command(
            "SELECT 1 FROM blocks WHERE validator_id = $id AND slot = $slot AND signing_root IS $root LIMIT 1",
            ("$id", id), ("$slot", slot), ("$root", signingRoot?.ToArray())))
        {
            if (known.ExecuteScalar() is not null)
            {
                return 0;
            }
        }

        InsertBlock(id, slot, signingRoot);
        return 1;
    }

    private int ImportAttestation(long id, long source, long target, Root? signingRoot)
    {
        using (SqliteCommand known = Command(
            "SELECT 1 FROM attestations WHERE validator_id = $id AND source = $source AND target = $target AND signing_root IS $root LIMIT 1",
            ("$id", id), ("$source", source), ("$target", target), ("$root", signingRoot?.ToArray())))
        {
            if (known.ExecuteScalar() is not null)
            {
                return 0;
            }
        }

        InsertAttestation(id, source, target, signingRoot);
        return 1;
    }

    private static long Number(JsonElement element, string name)
    {
        string? text = element.GetProperty(name).GetString();
        return ulong.TryParse(text, out ulong value) && value <= long.MaxValue
            ? (long)value
            : throw new FormatException($"{name} is '{text}', which is no number that can be kept.");
    }

    private static Root? SigningRoot(JsonElement element) =>
        element.TryGetProperty("signing_root", out JsonElement root) && root.ValueKind == JsonValueKind.String ? new Root(Bytes(root, Root.Size)) : null;

    private static byte[] Bytes(JsonElement element, int length)
    {
        string text = element.GetString() ?? "";
        byte[] bytes = new byte[length];
        return Hex.TryParse(text, bytes) ? bytes : throw new FormatException($"'{text}' is not {length} bytes in hexadecimal.");
    }
}
