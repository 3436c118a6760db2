using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Beacon.Crypto;
using Beacon.Crypto.Keys;
using Beacon.Genesis;
using Beacon.Types;
using Fleet.Api;
using Fleet.Kubernetes;
using Fleet.Kubernetes.Models;
using Fleet.Planning;

namespace Fleet.Operator.Execution;

/// <summary>Computes and stores what an iteration is made of: keystores of the nodes, and the network files.</summary>
/// <remarks>Everything follows from the iteration's record and the mnemonic, so what is lost can be made again, byte for byte.</remarks>
internal sealed class IterationWriter(IKubernetesClient client, SecretKeeper secrets)
{
    /// <summary>Iterations whose keys are kept: deriving them is the slow part of a genesis.</summary>
    private const int MaxCached = 16;

    private static readonly WriteOptions Write = new() { FieldManager = Labels.ManagedByValue };

    private readonly ConcurrentDictionary<string, Lazy<GenesisKey[]>> _keys = new(StringComparer.Ordinal);

    /// <summary>Stores the keystores of a range.</summary>
    public async Task WriteKeysAsync(PlanAction.EnsureKeys action, CancellationToken cancellationToken)
    {
        IterationRecord record = action.Iteration;
        byte[] seed = await secrets.ReadSeedAsync(new ObjectKey(action.Shell.Metadata.Namespace!, record.Parameters.MnemonicSecret), record.Parameters.MnemonicFingerprint, cancellationToken);
        KeyRange range = action.Range;
        SecretKey[] keys = GenesisBuilder.DeriveSigningKeys(seed, range.First, range.Count);
        string password = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(24));
        var data = new Dictionary<string, byte[]>(StringComparer.Ordinal) { ["password.txt"] = Encoding.ASCII.GetBytes(password) };
        var file = new KeysFile("", []);

        // The password lies beside the keystores, so a slow derivation would protect nothing and cost every start of a validator.
        KeystoreKdf kdf = Keystore.NewPbkdf2(KeystoreKdf.Pbkdf2.SmallestIterations);
        (SecretKey, string)[] paths = [.. keys.Select((key, i) => (key, KeyDerivation.SigningPath((uint)(range.First + i))))];
        IReadOnlyList<Keystore> keystores = Keystore.EncryptAll(paths, password, kdf);
        for (int i = 0; i < keystores.Count; i++)
        {
            int index = range.First + i;
            data[string.Create(CultureInfo.InvariantCulture, $"keystore-{index}.json")] = keystores[i].ToJson();
            file.Keys.Add(new KeysFileEntry(index, "0x" + keystores[i].PublicKey, keystores[i].Path));
        }

        data["keys.json"] = JsonSerializer.SerializeToUtf8Bytes(file, PlanningJson.Context.KeysFile);
        Secret secret = action.Shell;
        secret.Data = data;
        await secrets.EnsureAsync(secret, cancellationToken);
    }

    /// <summary>Stores the network files of an iteration: further shards first, the ConfigMap with the manifest last.</summary>
    /// <exception cref="OperatorException">What was computed is not the chain that runs.</exception>
    public async Task WriteGenesisAsync(PlanAction.WriteGenesis action, Testnet testnet, CancellationToken cancellationToken)
    {
        IterationRecord record = action.Iteration;
        IterationParameters parameters = record.Parameters;
        byte[] seed = await secrets.ReadSeedAsync(new ObjectKey(testnet.Metadata.Namespace!, parameters.MnemonicSecret), parameters.MnemonicFingerprint, cancellationToken);
        ulong time = (ulong)action.GenesisTime.ToUnixTimeSeconds();
        GenesisKey[] keys = Keys(record, seed);
        NetworkFiles files = await Task.Run(
            () =>
            {
                KeyValuePair<string, string>[] given = [.. parameters.Config.Select(pair => KeyValuePair.Create(pair.Key, pair.Value.Text))];
                ChainSpec spec = new(GenesisConfig.Complete(parameters.Preset, given, parameters.Validators, time));
                BeaconState state = GenesisBuilder.FromKeys(spec, keys, new GenesisIdentity(parameters.TestnetUid, record.Iteration), time);
                return NetworkFiles.Build(spec, state, record.Iteration, parameters.ProtocolId);
            },
            cancellationToken);
        if (action.ExpectedRoot is { } expected && expected != files.Manifest.GenesisRoot)
        {
            throw new OperatorException($"The genesis of {testnet.Metadata.Name} computed from its records is {files.Manifest.GenesisRoot}, but {expected} runs; the records were changed. Restore them, or delete the testnet and apply it anew.");
        }

        foreach (ConfigMap map in NetworkMaps.Build(testnet, files))
        {
            try
            {
                _ = await client.CreateAsync(map, Write, cancellationToken);
            }
            catch (KubernetesException exception) when (exception.IsAlreadyExists)
            {
                // Whoever finds it existing reads it, unless it is left from an earlier testnet of the name.
                ConfigMap existing = await client.GetAsync<ConfigMap>(ObjectKey.Of(map), cancellationToken);
                if (Ownership.IsOfAnother(existing, Ownership.OwnersOf(map)))
                {
                    throw Ownership.LookAgain(existing, "belonged to an earlier testnet and is being collected", exception);
                }
            }
        }
    }

    /// <summary>All keys of an iteration, derived once.</summary>
    private GenesisKey[] Keys(IterationRecord record, byte[] seed)
    {
        string id = string.Create(CultureInfo.InvariantCulture, $"{record.Parameters.MnemonicFingerprint}/{record.Parameters.Validators}");
        if (_keys.Count >= MaxCached && !_keys.ContainsKey(id))
        {
            _keys.Clear();
        }

        return _keys.GetOrAdd(id, _ => new Lazy<GenesisKey[]>(() => GenesisBuilder.DeriveKeys(seed, 0, record.Parameters.Validators))).Value;
    }
}

/// <summary>The ConfigMaps of an iteration's network files.</summary>
internal static class NetworkMaps
{
    /// <summary>In the order in which they are written; the last holds the manifest.</summary>
    public static IEnumerable<ConfigMap> Build(Testnet testnet, NetworkFiles files)
    {
        int iteration = files.Manifest.Iteration;
        int count = files.GenesisShards.Length;
        for (int shard = 1; shard < count; shard++)
        {
            ConfigMap further = Shell(testnet, Names.GenesisShard(testnet.Metadata.Name!, iteration, shard), iteration);
            further.BinaryData = new Dictionary<string, byte[]> { [NetworkFiles.ShardName(shard, count)] = files.GenesisShards[shard] };
            yield return further;
        }

        ConfigMap main = Shell(testnet, Names.Network(testnet.Metadata.Name!, iteration), iteration);
        main.BinaryData = new Dictionary<string, byte[]> { [NetworkFiles.ShardName(0, count)] = files.GenesisShards[0] };
        main.Data = new Dictionary<string, string>
        {
            [NetworkFiles.ConfigFileName] = Encoding.UTF8.GetString(files.Config),
            [NetworkManifest.FileName] = Encoding.UTF8.GetString(files.Manifest.ToJson()),
        };
        yield return main;
    }

    private static ConfigMap Shell(Testnet testnet, string name, int iteration) => new()
    {
        Metadata = new ObjectMeta
        {
            Name = name,
            Namespace = testnet.Metadata.Namespace,
            OwnerReferences = [OwnerReference.To(testnet)],
            Labels = new Dictionary<string, string>
            {
                [Labels.AppName] = Labels.AppNameValue,
                [Labels.AppInstance] = testnet.Metadata.Name!,
                [Labels.AppComponent] = "network",
                [Labels.AppManagedBy] = Labels.ManagedByValue,
                [Labels.Testnet] = testnet.Metadata.Name!,
                [Labels.Iteration] = iteration.ToString(CultureInfo.InvariantCulture),
            },
        },
        Immutable = true,
    };
}
