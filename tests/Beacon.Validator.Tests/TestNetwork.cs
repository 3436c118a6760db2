using Beacon.Crypto;
using Beacon.Crypto.Keys;
using Beacon.Ssz;
using Beacon.Types;

namespace Beacon.Validator.Tests;

/// <summary>A network directory, a keys directory and a data directory of a chain that never was, for one test.</summary>
internal sealed class TestNetwork : IDisposable
{
    public const string Password = "correct horse";

    public TestNetwork(int keys = 4, long iteration = 1, int slotMilliseconds = 250, long? genesisTime = null)
    {
        Directory = System.IO.Directory.CreateTempSubdirectory("validator-").FullName;
        System.IO.Directory.CreateDirectory(NetworkDirectory);
        System.IO.Directory.CreateDirectory(KeysDirectory);
        Iteration = iteration;
        GenesisTime = genesisTime ?? TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() - 2;
        Keys = [.. Enumerable.Range(0, keys).Select(i => SecretKey.Generate(Enumerable.Repeat((byte)(i + 1), 32).ToArray()))];
        WriteManifest(iteration);
        File.WriteAllText(Path.Combine(NetworkDirectory, "config.yaml"), $"PRESET_BASE: minimal\nSLOT_DURATION_MS: {slotMilliseconds}\n");
        WriteKeys();
    }

    public string Directory { get; }

    public string NetworkDirectory => Path.Combine(Directory, "network");

    public string KeysDirectory => Path.Combine(Directory, "keys");

    public string DataDirectory => Path.Combine(Directory, "data");

    public string PeersFile => Path.Combine(Directory, "peers.yaml");

    public string SlashingDirectory => Path.Combine(DataDirectory, "slashing", GenesisValidatorsRoot.ToString());

    public long Iteration { get; }

    public long GenesisTime { get; }

    public Root GenesisRoot { get; } = new(Enumerable.Repeat((byte)0xaa, 32).ToArray());

    public Root GenesisValidatorsRoot { get; } = new(Enumerable.Repeat((byte)0xbb, 32).ToArray());

    public IReadOnlyList<SecretKey> Keys { get; }

    public BlsPublicKey PublicKey(int index) => new(Keys[index].ToPublicKey().ToBytes());

    public ValidatorOptions Options(params Uri[] nodes) => new()
    {
        NetworkDirectory = NetworkDirectory,
        PeersFile = PeersFile,
        DataDirectory = DataDirectory,
        Iteration = Iteration,
        BeaconNodes = nodes,
        KeysDirectory = KeysDirectory,
        ListenAddress = System.Net.IPAddress.Loopback,
        MetricsPort = 0,
    };

    public void WriteManifest(long iteration) => WriteAtomically(
        Path.Combine(NetworkDirectory, NetworkManifest.FileName),
        $$"""{"iteration":{{iteration}},"genesisRoot":"{{GenesisRoot}}","genesisValidatorsRoot":"{{GenesisValidatorsRoot}}","genesisTime":{{GenesisTime}},"protocolId":"/fleet/test/1","forkDigest":"0x00000000","genesisShards":1}""");

    public void WriteFence(params int[] iterations) => WriteAtomically(PeersFile, $"fence: [{string.Join(", ", iterations)}]\npeers: []\n");

    public void Dispose() => System.IO.Directory.Delete(Directory, recursive: true);

    private static void WriteAtomically(string path, string text)
    {
        File.WriteAllText(path + ".new", text);
        File.Move(path + ".new", path, overwrite: true);
    }

    private void WriteKeys()
    {
        for (int i = 0; i < Keys.Count; i++)
        {
            Keystore keystore = Keystore.Encrypt(Keys[i], Password, $"m/12381/3600/{i}/0/0", Keystore.NewPbkdf2(KeystoreKdf.Pbkdf2.SmallestIterations));
            File.WriteAllBytes(Path.Combine(KeysDirectory, $"keystore-{i}.json"), keystore.ToJson());
        }

        File.WriteAllText(Path.Combine(KeysDirectory, "password.txt"), Password + "\n");
        string keys = string.Join(',', Keys.Select((_, i) => $$"""{"index":{{i}},"pubkey":"{{PublicKey(i)}}","path":"m/12381/3600/{{i}}/0/0"}"""));
        File.WriteAllText(Path.Combine(KeysDirectory, "keys.json"), $$"""{"genesisValidatorsRoot":"","keys":[{{keys}}]}""");
    }
}
