using Fleet.Api.Schema;

namespace Fleet.Api;

/// <summary>What a beacon-chain test network should be.</summary>
public sealed class TestnetSpec
{
    /// <summary>Image of every node, in all roles. Empty: the operator's --beacon-image.</summary>
    [Schema(MaxLength = 512)]
    public string? Image { get; set; }

    /// <summary>When the image is pulled.</summary>
    [Schema(Values = "Always|IfNotPresent|Never", Default = "\"IfNotPresent\"")]
    public string ImagePullPolicy { get; set; } = "IfNotPresent";

    /// <summary>Secrets of this namespace that hold registry credentials.</summary>
    [Schema(MaxItems = 16)]
    public List<SecretReference>? ImagePullSecrets { get; set; }

    /// <summary>Chain parameters. Edits on a live chain are stored and apply from the next iteration.</summary>
    [Schema(Required = true)]
    public NetworkSpec Network { get; set; } = new();

    /// <summary>How the chain begins. Edits on a live chain are stored and apply from the next iteration.</summary>
    [Schema(Required = true)]
    public GenesisSpec Genesis { get; set; } = new();

    /// <summary>Nodes that others find the network by.</summary>
    [Schema(Default = "{}")]
    public BootnodesSpec Bootnodes { get; set; } = new();

    /// <summary>Groups of like nodes.</summary>
    [Schema(Required = true, MinItems = 1, MaxItems = 32, MapKey = "name")]
    public List<PoolSpec> Pools { get; set; } = [];

    /// <summary>When the chain counts as unwell.</summary>
    [Schema(Default = "{}")]
    public HealthSpec Health { get; set; } = new();

    /// <summary>Scales everything to zero and keeps the data; the status says for how long that is safe.</summary>
    [Schema(Default = "false")]
    public bool Suspend { get; set; }

    /// <summary>What happens to the volumes when the testnet is deleted.</summary>
    [Schema(Values = "Delete|Retain", Default = "\"Delete\"")]
    public string DeletionPolicy { get; set; } = "Delete";
}

/// <summary>Chain parameters of a testnet.</summary>
public sealed class NetworkSpec
{
    /// <summary>Compile-time constants of the chain: minimal (8-slot epochs) or mainnet (32-slot epochs).</summary>
    [Schema(Values = "minimal|mainnet", Default = "\"minimal\"")]
    public string Preset { get; set; } = "minimal";

    /// <summary>Prefix of every libp2p protocol ID; the iteration is always appended. Empty: /fleet/NAME-HASH of the UID. "standard": plain Ethereum IDs, which other clients can join.</summary>
    [Schema(MaxLength = 96, Pattern = "^(standard|(/[A-Za-z0-9._-]+)+)?$")]
    public string? ProtocolId { get; set; }

    /// <summary>Configuration values under their consensus-specs names, such as SLOT_DURATION_MS. Integers above 2^53 and hexadecimal values must be texts. Fork epochs and preset constants are refused.</summary>
    [Schema(MaxItems = 256, ItemMaxLength = 256)]
    public Dictionary<string, ConfigValue>? Config { get; set; }
}

/// <summary>How an iteration of the chain begins.</summary>
public sealed class GenesisSpec
{
    /// <summary>Time from when pods with three quarters of the stake run to the genesis.</summary>
    [Schema(Default = "\"20s\"")]
    public Duration Delay { get; set; } = new("20s");

    /// <summary>Fixed genesis time of the first iteration (RFC 3339), instead of delay.</summary>
    [Schema(Format = "date-time", MaxLength = 40)]
    public string? Time { get; set; }

    /// <summary>Number of validators at genesis: the keys of all pools. Empty: the sum of the pools.</summary>
    [Schema(Minimum = 1, Maximum = 65536)]
    public int? Validators { get; set; }

    /// <summary>Secret with a BIP-39 mnemonic under the key "mnemonic". Empty: generated once and kept.</summary>
    public SecretReference? MnemonicSecretRef { get; set; }

    /// <summary>How long pods with three quarters of the stake may take to run before the status says what is missing.</summary>
    [Schema(Default = "\"10m\"")]
    public Duration StartTimeout { get; set; } = new("10m");
}

/// <summary>Nodes that others find the network by.</summary>
public sealed class BootnodesSpec
{
    /// <summary>Bootnodes run by this testnet.</summary>
    [Schema(Minimum = 0, Maximum = 8, Default = "1")]
    public int Replicas { get; set; } = 1;

    /// <summary>Multiaddresses (with /p2p/) of bootnodes run elsewhere.</summary>
    [Schema(MaxItems = 16, ItemMaxLength = 256, ItemPattern = "^/.+/p2p/[A-Za-z0-9]+$")]
    public List<string>? External { get; set; }

    /// <summary>Compute resources of one bootnode.</summary>
    public ResourceSpec? Resources { get; set; }
}

/// <summary>A group of like nodes.</summary>
public sealed class PoolSpec : PodKnobs
{
    /// <summary>Name, part of the nodes' names.</summary>
    [Schema(Required = true, MinLength = 1, MaxLength = 12, Pattern = "^[a-z]([-a-z0-9]*[a-z0-9])?$")]
    public string Name { get; set; } = "";

    /// <summary>Number of nodes.</summary>
    [Schema(Minimum = 1, Maximum = 250, Default = "1")]
    public int Replicas { get; set; } = 1;

    /// <summary>Keys of the pool, bound to its ordinals when an iteration starts. Empty: an even share of what other pools leave of genesis.validators.</summary>
    [Schema(Minimum = 0, Maximum = 65536)]
    public int? Validators { get; set; }

    /// <summary>What the nodes keep: node (recent states) or archive (all states).</summary>
    [Schema(Values = "node|archive", Default = "\"node\"")]
    public string Role { get; set; } = "node";
}

/// <summary>When the chain counts as unwell.</summary>
public sealed class HealthSpec
{
    /// <summary>Longest time the head may stand still (at least 2.5 slots are always allowed).</summary>
    [Schema(Default = "\"30s\"")]
    public Duration NoBlockAfter { get; set; } = new("30s");

    /// <summary>Epochs without finality after which the status warns.</summary>
    [Schema(Minimum = 6, Maximum = 65536, Default = "10")]
    public int FinalityWarnEpochs { get; set; } = 10;

    /// <summary>Epochs without finality after which finality counts as lost.</summary>
    [Schema(Minimum = 6, Maximum = 65536, Default = "100")]
    public int FinalityLostEpochs { get; set; } = 100;

    /// <summary>Per cent of the active stake that should be this testnet's own.</summary>
    [Schema(Minimum = 0, Maximum = 100, Default = "75")]
    public int MinOperatorStake { get; set; } = 75;
}
