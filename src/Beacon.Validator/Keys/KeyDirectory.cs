using System.Collections.Concurrent;
using System.Text.Json;
using Beacon.Crypto;
using Beacon.Crypto.Keys;
using Beacon.Ssz;
using Beacon.Types;

namespace Beacon.Validator.Keys;

/// <summary>Reads the signing keys of a node from its keys directory.</summary>
public static class KeyDirectory
{
    /// <summary>Opens all keystores that <c>keys.json</c> names.</summary>
    /// <param name="directory">Holds <c>keys.json</c>, <c>password.txt</c> and <c>keystore-&lt;index&gt;.json</c>.</param>
    /// <param name="genesisValidatorsRoot">The chain; keys made for another one are refused.</param>
    /// <exception cref="ValidatorStopException">Something is missing, damaged or contradictory; exit code 5.</exception>
    public static IReadOnlyDictionary<BlsPublicKey, SecretKey> Read(string directory, Root genesisValidatorsRoot)
    {
        KeysFile file = ReadKeysFile(directory);
        if (file.GenesisValidatorsRoot.Length > 0 && (!Root.TryParse(file.GenesisValidatorsRoot, out Root root) || root != genesisValidatorsRoot))
        {
            throw Refuse($"The keys in {directory} are for the chain {file.GenesisValidatorsRoot}, but the network directory is of {genesisValidatorsRoot}.");
        }

        string password = ReadText(Path.Combine(directory, "password.txt")).TrimEnd('\r', '\n');
        var keys = new ConcurrentDictionary<BlsPublicKey, SecretKey>();
        try
        {
            // Decryption is the slow part of a start with many keys.
            Parallel.ForEach(file.Keys, entry =>
            {
                (BlsPublicKey publicKey, SecretKey secretKey) = Open(directory, entry, password);
                if (!keys.TryAdd(publicKey, secretKey))
                {
                    throw Refuse($"The key {publicKey} is listed twice in {Path.Combine(directory, "keys.json")}.");
                }
            });
        }
        catch (AggregateException exception) when (exception.InnerExceptions.FirstOrDefault(static inner => inner is ValidatorStopException) is { } first)
        {
            throw new ValidatorStopException(ExitCodes.KeysRefused, first.Message, exception);
        }

        return keys;
    }

    private static (BlsPublicKey PublicKey, SecretKey SecretKey) Open(string directory, KeyEntry entry, string password)
    {
        string path = Path.Combine(directory, $"keystore-{entry.Index}.json");
        try
        {
            SecretKey secretKey = Keystore.Parse(ReadBytes(path)).Decrypt(password);
            var publicKey = new BlsPublicKey(secretKey.ToPublicKey().ToBytes());
            return BlsPublicKey.TryParse(entry.Pubkey, out BlsPublicKey listed) && listed == publicKey
                ? (publicKey, secretKey)
                : throw Refuse($"{path} holds the key {publicKey}, but keys.json lists {entry.Pubkey} for index {entry.Index}.");
        }
        catch (KeystoreException exception)
        {
            throw Refuse($"{path} cannot be opened: {exception.Message} Its password belongs into {Path.Combine(directory, "password.txt")}.", exception);
        }
    }

    private static KeysFile ReadKeysFile(string directory)
    {
        string path = Path.Combine(directory, "keys.json");
        try
        {
            return JsonSerializer.Deserialize(ReadBytes(path), ValidatorJson.Default.KeysFile) ?? throw new JsonException("The file is empty.");
        }
        catch (JsonException exception)
        {
            throw Refuse($"{path} cannot be read: {exception.Message}", exception);
        }
    }

    private static string ReadText(string path) => System.Text.Encoding.UTF8.GetString(ReadBytes(path));

    private static byte[] ReadBytes(string path)
    {
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Refuse($"The key file {path} cannot be read: {exception.Message} Name the right --keys-dir; 'beacon keys derive' makes one.", exception);
        }
    }

    private static ValidatorStopException Refuse(string message, Exception? innerException = null) => new(ExitCodes.KeysRefused, message, innerException);
}
