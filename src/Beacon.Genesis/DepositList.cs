using System.Globalization;
using System.Text.Json;
using Beacon.Ssz;
using Beacon.Types;

namespace Beacon.Genesis;

/// <summary>A deposit-data file as the usual deposit tools write it: a JSON array with key, credentials, amount and signature in hexadecimal.</summary>
public static class DepositList
{
    /// <summary>Reads a file.</summary>
    /// <param name="json">The file's bytes.</param>
    /// <param name="spec">Configuration whose fork version the deposits must be made for.</param>
    /// <exception cref="GenesisException">Not such a file, or an entry contradicts itself; the message names the entry.</exception>
    public static DepositData[] Parse(ReadOnlyMemory<byte> json, ChainSpec spec)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            return document.RootElement.ValueKind == JsonValueKind.Array
                ? [.. document.RootElement.EnumerateArray().Select((entry, index) => Read(entry, index, spec))]
                : throw new GenesisException("A deposit list is a JSON array of deposits; this is something else.");
        }
        catch (JsonException exception)
        {
            throw new GenesisException($"The deposit list is no JSON: {exception.Message}", exception);
        }
    }

    private static DepositData Read(JsonElement entry, int index, ChainSpec spec)
    {
        DepositData data = new()
        {
            Pubkey = BlsPublicKey.Deserialize(Bytes(entry, index, "pubkey", BlsPublicKey.Size)),
            WithdrawalCredentials = Root.Deserialize(Bytes(entry, index, "withdrawal_credentials", Root.Size)),
            Amount = new Gwei(Amount(entry, index)),
            Signature = BlsSignature.Deserialize(Bytes(entry, index, "signature", BlsSignature.Size)),
        };
        if (entry.TryGetProperty("fork_version", out _) && ForkVersion.Deserialize(Bytes(entry, index, "fork_version", ForkVersion.Size)) != spec.Config.GenesisForkVersion)
        {
            throw new GenesisException($"Deposit {index} is made for another fork version than GENESIS_FORK_VERSION {spec.Config.GenesisForkVersion}; make it for this network.");
        }

        return entry.TryGetProperty("deposit_data_root", out _) && Root.Deserialize(Bytes(entry, index, "deposit_data_root", Root.Size)) != data.HashTreeRoot()
            ? throw new GenesisException($"Deposit {index} is damaged: its deposit_data_root is not that of its values.")
            : data;
    }

    private static byte[] Bytes(JsonElement entry, int index, string name, int length)
    {
        byte[] bytes = new byte[length];
        return entry.ValueKind == JsonValueKind.Object
            && entry.TryGetProperty(name, out JsonElement value)
            && value.ValueKind == JsonValueKind.String
            && Hex.TryParse(value.GetString(), bytes)
                ? bytes
                : throw new GenesisException($"Deposit {index}: {name} must be {length} bytes in hexadecimal.");
    }

    private static ulong Amount(JsonElement entry, int index)
    {
        if (entry.TryGetProperty("amount", out JsonElement value)
            && ((value.ValueKind == JsonValueKind.Number && value.TryGetUInt64(out ulong amount))
                || (value.ValueKind == JsonValueKind.String && ulong.TryParse(value.GetString(), NumberStyles.None, CultureInfo.InvariantCulture, out amount))))
        {
            return amount;
        }

        throw new GenesisException($"Deposit {index}: amount must be a number of Gwei.");
    }
}
