using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Beacon.Crypto.Keys;

/// <summary>An EIP-2335 keystore, version 4: a secret key encrypted with a password. Immutable.</summary>
/// <remarks>Reads PBKDF2 and scrypt keystores, cipher AES-128-CTR, checksum SHA-256; writes the same.</remarks>
public sealed class Keystore
{
    private const int CipherKeyLength = 16;

    private readonly byte[] _checksum;
    private readonly byte[] _iv;
    private readonly byte[] _ciphertext;

    private Keystore(KeystoreKdf kdf, byte[] checksum, byte[] iv, byte[] ciphertext)
    {
        Kdf = kdf;
        _checksum = checksum;
        _iv = iv;
        _ciphertext = ciphertext;
    }

    /// <summary>How the key is derived from the password.</summary>
    public KeystoreKdf Kdf { get; }

    /// <summary>The public key, 96 hexadecimal digits without prefix; empty where the file has none.</summary>
    public string PublicKey { get; private init; } = "";

    /// <summary>EIP-2334 path of the key; empty when it was not derived.</summary>
    public string Path { get; private init; } = "";

    /// <summary>Random identifier of the file.</summary>
    public Guid Uuid { get; private init; }

    /// <summary>Free text.</summary>
    public string Description { get; private init; } = "";

    /// <summary>Encrypts a secret key.</summary>
    /// <param name="key">The key.</param>
    /// <param name="password">Password as typed.</param>
    /// <param name="path">EIP-2334 path, or empty.</param>
    /// <param name="kdf">Derivation with its salt; see <see cref="NewPbkdf2"/> and <see cref="NewScrypt"/>.</param>
    /// <param name="description">Free text.</param>
    public static Keystore Encrypt(SecretKey key, string password, string path, KeystoreKdf kdf, string description = "")
    {
        byte[] derived = kdf.Derive(EncodePassword(password));
        Keystore keystore = Encrypt(key, derived, path, kdf, RandomNumberGenerator.GetBytes(16), Guid.NewGuid(), description);
        CryptographicOperations.ZeroMemory(derived);
        return keystore;
    }

    /// <summary>Encrypts keys that share a password, deriving from it once.</summary>
    /// <param name="keys">Keys with their EIP-2334 paths.</param>
    /// <param name="password">Password as typed.</param>
    /// <param name="kdf">Derivation with its salt, which all of them get; each has an initial counter of its own.</param>
    public static IReadOnlyList<Keystore> EncryptAll(IReadOnlyList<(SecretKey Key, string Path)> keys, string password, KeystoreKdf kdf)
    {
        byte[] derived = kdf.Derive(EncodePassword(password));
        Keystore[] keystores = [.. keys.Select(pair => Encrypt(pair.Key, derived, pair.Path, kdf, RandomNumberGenerator.GetBytes(16), Guid.NewGuid(), ""))];
        CryptographicOperations.ZeroMemory(derived);
        return keystores;
    }

    /// <summary>Encrypts a secret with everything random given, so that the result is reproducible.</summary>
    /// <param name="secret">32 bytes, a valid secret key.</param>
    /// <param name="password">Password as typed.</param>
    /// <param name="path">EIP-2334 path, or empty.</param>
    /// <param name="kdf">Derivation with its salt.</param>
    /// <param name="iv">Initial counter, 16 bytes. Never the same twice with one password and salt.</param>
    /// <param name="uuid">Identifier of the file.</param>
    /// <param name="description">Free text.</param>
    public static Keystore Encrypt(ReadOnlySpan<byte> secret, string password, string path, KeystoreKdf kdf, ReadOnlySpan<byte> iv, Guid uuid, string description = "")
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(iv.Length, 16, nameof(iv));
        using var key = SecretKey.FromBytes(secret);
        byte[] derived = kdf.Derive(EncodePassword(password));
        Keystore keystore = Encrypt(key, derived, path, kdf, iv, uuid, description);
        CryptographicOperations.ZeroMemory(derived);
        return keystore;
    }

    private static Keystore Encrypt(SecretKey key, byte[] derived, string path, KeystoreKdf kdf, ReadOnlySpan<byte> iv, Guid uuid, string description)
    {
        byte[] secret = key.ToBytes();
        byte[] ciphertext = AesCtr(derived.AsSpan(0, CipherKeyLength), iv, secret);
        byte[] checksum = Sha256.Hash(derived.AsSpan(CipherKeyLength), ciphertext);
        CryptographicOperations.ZeroMemory(secret);
        return new Keystore(kdf, checksum, iv.ToArray(), ciphertext)
        {
            PublicKey = Convert.ToHexStringLower(key.ToPublicKey().ToBytes()),
            Path = path,
            Uuid = uuid,
            Description = description,
        };
    }

    /// <summary>PBKDF2 parameters with a new random salt.</summary>
    public static KeystoreKdf NewPbkdf2(int iterations = KeystoreKdf.Pbkdf2.StrongIterations) =>
        new KeystoreKdf.Pbkdf2(iterations, RandomNumberGenerator.GetBytes(32));

    /// <summary>scrypt parameters with a new random salt.</summary>
    public static KeystoreKdf NewScrypt(int n = KeystoreKdf.Scrypt.StrongN) => new KeystoreKdf.Scrypt(n, 8, 1, RandomNumberGenerator.GetBytes(32));

    /// <summary>Reads a keystore from JSON.</summary>
    /// <param name="utf8">The file.</param>
    /// <exception cref="KeystoreException">Not JSON, not version 4, or a function that is not supported.</exception>
    public static Keystore Parse(ReadOnlyMemory<byte> utf8)
    {
        try
        {
            using var document = JsonDocument.Parse(utf8);
            JsonElement root = document.RootElement;
            int version = root.GetProperty("version").GetInt32();
            if (version != 4)
            {
                throw new KeystoreException($"The keystore has version {version}; only version 4 (EIP-2335) can be read.");
            }

            JsonElement crypto = root.GetProperty("crypto");
            JsonElement checksum = crypto.GetProperty("checksum");
            JsonElement cipher = crypto.GetProperty("cipher");
            Expect(checksum, "checksum", "sha256");
            Expect(cipher, "cipher", "aes-128-ctr");
            byte[] iv = Hex(cipher.GetProperty("params").GetProperty("iv"));
            if (iv.Length != 16)
            {
                throw new KeystoreException($"The keystore's iv has {iv.Length} bytes; AES needs 16.");
            }

            return new Keystore(ReadKdf(crypto.GetProperty("kdf")), Hex(checksum.GetProperty("message")), iv, Hex(cipher.GetProperty("message")))
            {
                PublicKey = WithoutPrefix(Text(root, "pubkey")),
                Path = Text(root, "path"),
                Uuid = Guid.TryParse(Text(root, "uuid"), out Guid uuid) ? uuid : Guid.Empty,
                Description = Text(root, "description"),
            };
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new KeystoreException($"This is not an EIP-2335 keystore: {exception.Message}", exception);
        }
    }

    /// <summary>Opens the keystore.</summary>
    /// <exception cref="KeystoreException">Wrong password, or the content is no secret key or not that of the public key named.</exception>
    public SecretKey Decrypt(string password)
    {
        byte[] secret = DecryptSecret(password);
        try
        {
            if (!SecretKey.TryFromBytes(secret, out SecretKey? key))
            {
                throw new KeystoreException("The keystore opened, but its content is not a BLS secret key.");
            }

            if (PublicKey.Length > 0 && !PublicKey.Equals(Convert.ToHexStringLower(key.ToPublicKey().ToBytes()), StringComparison.OrdinalIgnoreCase))
            {
                key.Dispose();
                throw new KeystoreException($"The keystore holds another key than the public key it names, {PublicKey}.");
            }

            return key;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(secret);
        }
    }

    /// <summary>The encrypted bytes, whatever they mean.</summary>
    /// <exception cref="KeystoreException">Wrong password.</exception>
    public byte[] DecryptSecret(string password)
    {
        byte[] derived = Kdf.Derive(EncodePassword(password));
        byte[] checksum = Sha256.Hash(derived.AsSpan(CipherKeyLength), _ciphertext);
        if (!CryptographicOperations.FixedTimeEquals(checksum, _checksum))
        {
            throw new KeystoreException("The keystore's password is wrong (its checksum does not match).");
        }

        byte[] secret = AesCtr(derived.AsSpan(0, CipherKeyLength), _iv, _ciphertext);
        CryptographicOperations.ZeroMemory(derived);
        return secret;
    }

    /// <summary>The file, UTF-8 JSON.</summary>
    public byte[] ToJson()
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true }))
        {
            writer.WriteStartObject();
            writer.WriteStartObject("crypto");
            WriteKdf(writer);
            writer.WriteStartObject("checksum");
            writer.WriteString("function", "sha256");
            writer.WriteStartObject("params");
            writer.WriteEndObject();
            writer.WriteString("message", Convert.ToHexStringLower(_checksum));
            writer.WriteEndObject();
            writer.WriteStartObject("cipher");
            writer.WriteString("function", "aes-128-ctr");
            writer.WriteStartObject("params");
            writer.WriteString("iv", Convert.ToHexStringLower(_iv));
            writer.WriteEndObject();
            writer.WriteString("message", Convert.ToHexStringLower(_ciphertext));
            writer.WriteEndObject();
            writer.WriteEndObject();
            writer.WriteString("description", Description);
            writer.WriteString("pubkey", PublicKey);
            writer.WriteString("path", Path);
            writer.WriteString("uuid", Uuid);
            writer.WriteNumber("version", 4);
            writer.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>The bytes of a password: form NFKD, without control characters, UTF-8.</summary>
    internal static byte[] EncodePassword(string password)
    {
        var kept = new StringBuilder(password.Length);
        foreach (char c in CompatibilityDecomposition.Normalize(password))
        {
            // C0, Delete and C1.
            if (c is >= ' ' and not (>= '\u007f' and <= '\u009f'))
            {
                kept.Append(c);
            }
        }

        return Encoding.UTF8.GetBytes(kept.ToString());
    }

    private static byte[] AesCtr(ReadOnlySpan<byte> key, ReadOnlySpan<byte> iv, ReadOnlySpan<byte> input)
    {
        using var aes = Aes.Create();
        aes.Key = key.ToArray();
        byte[] output = input.ToArray();
        byte[] counter = iv.ToArray();
        Span<byte> pad = stackalloc byte[16];
        for (int offset = 0; offset < output.Length; offset += pad.Length)
        {
            aes.EncryptEcb(counter, pad, PaddingMode.None);
            for (int i = 0; i < pad.Length && offset + i < output.Length; i++)
            {
                output[offset + i] ^= pad[i];
            }

            for (int i = counter.Length - 1; i >= 0 && ++counter[i] == 0; i--)
            {
                // Carry into the next byte.
            }
        }

        return output;
    }

    private static KeystoreKdf ReadKdf(JsonElement kdf)
    {
        string? function = kdf.GetProperty("function").GetString();
        JsonElement parameters = kdf.GetProperty("params");
        int length = parameters.GetProperty("dklen").GetInt32();
        byte[] salt = Hex(parameters.GetProperty("salt"));
        if (length != KeystoreKdf.KeyLength)
        {
            throw new KeystoreException($"The keystore derives {length} bytes; {KeystoreKdf.KeyLength} are needed.");
        }

        switch (function)
        {
            case "pbkdf2":
                string? prf = parameters.GetProperty("prf").GetString();
                if (prf != "hmac-sha256")
                {
                    throw new KeystoreException($"The keystore's pbkdf2 uses '{prf}'; only hmac-sha256 is supported.");
                }

                int iterations = parameters.GetProperty("c").GetInt32();
                return iterations > 0
                    ? new KeystoreKdf.Pbkdf2(iterations, salt)
                    : throw new KeystoreException($"The keystore's pbkdf2 has {iterations} iterations; at least one is needed.");
            case "scrypt":
                return new KeystoreKdf.Scrypt(
                    parameters.GetProperty("n").GetInt32(), parameters.GetProperty("r").GetInt32(), parameters.GetProperty("p").GetInt32(), salt);
            default:
                throw new KeystoreException($"The keystore's key derivation '{function}' is not supported; pbkdf2 and scrypt are.");
        }
    }

    private void WriteKdf(Utf8JsonWriter writer)
    {
        writer.WriteStartObject("kdf");
        writer.WriteString("function", Kdf is KeystoreKdf.Scrypt ? "scrypt" : "pbkdf2");
        writer.WriteStartObject("params");
        writer.WriteNumber("dklen", KeystoreKdf.KeyLength);
        switch (Kdf)
        {
            case KeystoreKdf.Pbkdf2 pbkdf2:
                writer.WriteNumber("c", pbkdf2.Iterations);
                writer.WriteString("prf", "hmac-sha256");
                break;
            case KeystoreKdf.Scrypt scrypt:
                writer.WriteNumber("n", scrypt.N);
                writer.WriteNumber("r", scrypt.R);
                writer.WriteNumber("p", scrypt.P);
                break;
            default:
                throw new InvalidOperationException($"Unknown key derivation {Kdf.GetType().Name}.");
        }

        writer.WriteString("salt", Convert.ToHexStringLower(Kdf.Salt));
        writer.WriteEndObject();
        writer.WriteString("message", "");
        writer.WriteEndObject();
    }

    private static void Expect(JsonElement module, string name, string function)
    {
        string? actual = module.GetProperty("function").GetString();
        if (actual != function)
        {
            throw new KeystoreException($"The keystore's {name} function is '{actual}'; only {function} is supported.");
        }
    }

    private static string Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";

    private static string WithoutPrefix(string hex) => hex.StartsWith("0x", StringComparison.OrdinalIgnoreCase) ? hex[2..] : hex;

    private static byte[] Hex(JsonElement element) => Convert.FromHexString(element.GetString() ?? "");
}
