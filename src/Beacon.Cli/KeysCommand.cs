using System.CommandLine;
using System.Text.Json;
using Beacon.Crypto;
using Beacon.Crypto.Keys;
using Beacon.Node;
using Libp2p.Crypto;

namespace Beacon.Cli;

/// <summary><c>beacon keys</c>: mnemonics, keystores and libp2p identities.</summary>
internal static class KeysCommand
{
    public static Command Create() => new("keys", "Make mnemonics, validator keystores and libp2p identities; move slashing protection")
    {
        NewMnemonic(), Derive(), NewIdentity(), ProtectionCommands.Export(), ProtectionCommands.Import(),
    };

    private static Command NewMnemonic()
    {
        Command command = new("new-mnemonic", "Print a new mnemonic of 24 words");
        command.SetAction(static parsed => parsed.InvocationConfiguration.Output.WriteLine(Mnemonic.Generate().Phrase));
        return command;
    }

    private static Command NewIdentity()
    {
        Option<string> output = new("--out") { Description = "File to write the key to; without it the key is printed" };
        Command command = new("identity", "Make a libp2p identity and print its peer ID") { output };
        command.SetAction((parsed, cancellationToken) => Guarded.RunAsync(async () =>
        {
            byte[] key = Secp256k1.NewPrivateKey();
            string digits = Convert.ToHexStringLower(key);
            TextWriter console = parsed.InvocationConfiguration.Output;
            if (parsed.GetValue(output) is { } path)
            {
                await SecretFiles.WriteAsync(path, digits + "\n", cancellationToken);
            }
            else
            {
                await console.WriteLineAsync(digits);
            }

            await console.WriteLineAsync(Identity.FromSecp256k1(key).PeerId.ToString());
        }));
        return command;
    }

    private static Command Derive()
    {
        Option<string> mnemonicFile = new("--mnemonic-file") { Description = "File with the mnemonic", Required = true };
        Option<uint> first = new("--first") { Description = "Index of the first key", DefaultValueFactory = static _ => 0 };
        Option<int> count = new("--count") { Description = "Number of keys", Required = true };
        Option<string> output = new("--out") { Description = "Directory for keystores, password.txt and keys.json", Required = true };
        Option<string> root = new("--genesis-validators-root") { Description = "Chain the keys are for; empty for any", DefaultValueFactory = static _ => "" };
        Option<bool> strong = new("--strong") { Description = "Encrypt with the full work factor: for keystores that leave the machine without their password" };
        Command command = new("derive", "Derive validator keys (EIP-2334) and write them as keystores (EIP-2335)") { mnemonicFile, first, count, output, root, strong };
        command.SetAction((parsed, cancellationToken) => Guarded.RunAsync(async () =>
        {
            byte[] seed = Mnemonic.Parse(await File.ReadAllTextAsync(parsed.GetRequiredValue(mnemonicFile), cancellationToken)).ToSeed();
            int keys = parsed.GetRequiredValue(count);
            if (keys < 1)
            {
                throw new NodeException(ExitCodes.BadConfiguration, "--count must be at least 1.");
            }

            string directory = parsed.GetRequiredValue(output);
            Directory.CreateDirectory(directory);
            string password = Convert.ToHexStringLower(System.Security.Cryptography.RandomNumberGenerator.GetBytes(24));
            await SecretFiles.WriteAsync(Path.Combine(directory, "password.txt"), password + "\n", cancellationToken);
            int iterations = parsed.GetValue(strong) ? KeystoreKdf.Pbkdf2.StrongIterations : KeystoreKdf.Pbkdf2.SmallestIterations;
            var derived = new List<(uint Index, string Pubkey, string Path)>();
            for (int i = 0; i < keys; i++)
            {
                uint index = checked(parsed.GetRequiredValue(first) + (uint)i);
                string path = KeyDerivation.SigningPath(index);
                using SecretKey key = KeyDerivation.Derive(seed, path);
                Keystore keystore = Keystore.Encrypt(key, password, path, Keystore.NewPbkdf2(iterations));
                await SecretFiles.WriteAsync(Path.Combine(directory, $"keystore-{index}.json"), keystore.ToJson(), cancellationToken);
                derived.Add((index, "0x" + Convert.ToHexStringLower(key.ToPublicKey().ToBytes()), path));
            }

            await SecretFiles.WriteAsync(Path.Combine(directory, "keys.json"), KeysJson(parsed.GetValue(root) ?? "", derived), cancellationToken);
        }));
        return command;
    }

    private static byte[] KeysJson(string genesisValidatorsRoot, IReadOnlyList<(uint Index, string Pubkey, string Path)> keys)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true }))
        {
            writer.WriteStartObject();
            writer.WriteString("genesisValidatorsRoot", genesisValidatorsRoot);
            writer.WriteStartArray("keys");
            foreach ((uint index, string pubkey, string path) in keys)
            {
                writer.WriteStartObject();
                writer.WriteNumber("index", index);
                writer.WriteString("pubkey", pubkey);
                writer.WriteString("path", path);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        return buffer.ToArray();
    }
}
