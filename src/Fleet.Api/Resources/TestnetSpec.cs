using Fleet.Api.Schema;
using Fleet.Api.Validation;

namespace Fleet.Api;

/// <summary>What a beacon-chain test network should be.</summary>
[Rule(
    "has(self.genesis.validators) || self.pools.all(pool, has(pool.validators))",
    "genesis.validators must be given, or validators in every pool")]
[Rule(
    "!has(self.genesis.validators) || self.pools.map(pool, has(pool.validators), pool.validators).sum() <= self.genesis.validators",
    "genesis.validators is less than the sum of the pools' validators; raise it, or lower those of a pool")]
[Rule(
    "!has(self.genesis.validators) || self.pools.exists(pool, !has(pool.validators)) || self.pools.map(pool, has(pool.validators), pool.validators).sum() == self.genesis.validators",
    "genesis.validators disagrees with the sum of the pools' validators; correct one of them, or leave it out")]
[Rule(
    "has(self.genesis.validators) || self.pools.map(pool, has(pool.validators), pool.validators).sum() <= 65536",
    "the sum of the pools' validators must be at most 65536; lower those of a pool")]
[Rule(
    "(has(self.genesis.validators) ? self.genesis.validators : self.pools.map(pool, has(pool.validators), pool.validators).sum()) >= (self.network.preset == 'mainnet' ? 32 : 8)",
    "there must be one validator at least for each slot of an epoch, 8 with preset minimal and 32 with mainnet; raise genesis.validators")]
[Rule(
    "!has(self.rollout.pairValidators) || self.rollout.pairValidators * 14 <= (has(self.genesis.validators) ? self.genesis.validators : self.pools.map(pool, has(pool.validators), pool.validators).sum())",
    "rollout.pairValidators is too many: baseline and canary together may have an eighth of the stake, which is a fourteenth of the pools' keys each; lower it")]
public sealed class TestnetSpec
{
    /// <summary>Image of every node, in all roles. Empty: the operator's --beacon-image.</summary>
    [Schema(MaxLength = 512, Pattern = Patterns.Image)]
    public string? Image { get; set; }

    /// <summary>When the image is pulled.</summary>
    [Schema(Values = "Always|IfNotPresent|Never", Default = "\"IfNotPresent\"")]
    public string ImagePullPolicy { get; set => field = value ?? "IfNotPresent"; } = "IfNotPresent";

    /// <summary>Secrets of this namespace that hold registry credentials.</summary>
    [Schema(MaxItems = 16)]
    public List<SecretReference>? ImagePullSecrets { get; set; }

    /// <summary>Chain parameters. Edits on a live chain are stored and apply from the next iteration.</summary>
    [Schema(Default = "{}")]
    public NetworkSpec Network { get; set => field = value ?? new(); } = new();

    /// <summary>How the chain begins. Edits on a live chain are stored and apply from the next iteration.</summary>
    [Schema(Default = "{}")]
    public GenesisSpec Genesis { get; set => field = value ?? new(); } = new();

    /// <summary>Nodes that others find the network by.</summary>
    [Schema(Default = "{}")]
    public BootnodesSpec Bootnodes { get; set => field = value ?? new(); } = new();

    /// <summary>Groups of like nodes.</summary>
    [Schema(Required = true, MinItems = 1, MaxItems = 32, MapKey = "name")]
    public List<PoolSpec> Pools { get; set => field = value ?? []; } = [];

    /// <summary>How a new image comes to the nodes.</summary>
    [Schema(Default = "{}")]
    public RolloutSpec Rollout { get; set => field = value ?? new(); } = new();

    /// <summary>When the chain counts as unwell.</summary>
    [Schema(Default = "{}")]
    public HealthSpec Health { get; set => field = value ?? new(); } = new();

    /// <summary>What is done when finality is beyond repair.</summary>
    [Schema(Default = "{}")]
    public RecoverySpec Recovery { get; set => field = value ?? new(); } = new();

    /// <summary>What watches the testnet besides the operator.</summary>
    [Schema(Default = "{}")]
    public ObservabilitySpec Observability { get; set => field = value ?? new(); } = new();

    /// <summary>Scales everything to zero and keeps the data; the status says for how long that is safe.</summary>
    [Schema(Default = "false")]
    public bool Suspend { get; set; }

    /// <summary>What happens to the volumes when the testnet is deleted.</summary>
    [Schema(Values = "Delete|Retain", Default = "\"Delete\"")]
    public string DeletionPolicy { get; set => field = value ?? "Delete"; } = "Delete";
}

/// <summary>Chain parameters of a testnet.</summary>
[Rule(
    "!has(self.config) || !('PRESET_BASE' in self.config) || self.config['PRESET_BASE'] == self.preset",
    "config.PRESET_BASE must agree with preset; correct it or leave it out")]
[Rule(
    "!has(self.config) || !('SLOT_DURATION_MS' in self.config) || !('SECONDS_PER_SLOT' in self.config) || int(self.config['SECONDS_PER_SLOT']) * 1000 == int(self.config['SLOT_DURATION_MS'])",
    "config.SLOT_DURATION_MS disagrees with SECONDS_PER_SLOT; give one of them")]
[Rule(
    "!has(self.protocolId) || self.protocolId != 'standard' || !has(self.config) || !('SLOT_DURATION_MS' in self.config) || int(self.config['SLOT_DURATION_MS']) % 1000 == 0",
    "config.SLOT_DURATION_MS must be a whole number of seconds with protocolId standard, because other clients know only SECONDS_PER_SLOT")]
public sealed class NetworkSpec
{
    /// <summary>Compile-time constants of the chain: minimal (8-slot epochs) or mainnet (32-slot epochs).</summary>
    [Schema(Values = "minimal|mainnet", Default = "\"minimal\"")]
    public string Preset { get; set => field = value ?? "minimal"; } = "minimal";

    /// <summary>Prefix of every libp2p protocol ID; the iteration is always appended. Empty: /fleet/NAME-HASH of the UID. "standard": plain Ethereum IDs, which other clients can join.</summary>
    [Schema(MaxLength = 96, Pattern = Patterns.ProtocolId)]
    [Rule("@list.all(prefix, self != prefix && !self.startsWith(prefix + '/'))", "must not begin with what other protocols use, such as /ipfs or /eth2; choose a prefix of your own such as /fleet/mynet", List = ConfigValidator.ReservedPrefixNames)]
    public string? ProtocolId { get; set; }

    /// <summary>Configuration values under their consensus-specs names, such as SLOT_DURATION_MS. Integers above 2^53 and hexadecimal values must be texts. Fork epochs and preset constants are refused.</summary>
    [Schema(MaxItems = 256, ItemMaxLength = 256, ItemPattern = Patterns.ConfigText, ItemMinimum = 0, ItemMaximum = ConfigValue.MaxExactInteger)]
    [Rule("self.all(name, name.matches('^[A-Z][A-Z0-9_]{0,95}$'))", "names are in capitals, such as SLOT_DURATION_MS")]
    [Rule("self.all(name, !name.endsWith('_FORK_EPOCH'))", "must not set a fork epoch, for this version runs phase0 only and schedules no fork; leave it out")]
    [Rule("@list.all(name, !(name in self))", "must not hold constants of the preset, such as SLOTS_PER_EPOCH; choose another preset or leave them out", List = ConfigKeys.PresetConstantNames)]
    [Rule("@list.all(name, !(name in self))", "must not hold what the operator sets at genesis, such as MIN_GENESIS_TIME; leave it out", List = ConfigKeys.NamesSetByOperator)]
    [Rule(
        "self.all(name, name.endsWith('_ADDRESS') || !(name.endsWith('_FORK_VERSION') || name.startsWith('DOMAIN_') || name.startsWith('MESSAGE_DOMAIN_')) || (type(self[name]) == string && size(self[name]) == 10 && self[name].startsWith('0x')))",
        "versions and domains must be texts of 0x and 8 hexadecimal digits, in quotes")]
    [Rule(
        "self.all(name, name.endsWith('_FORK_VERSION') || !name.endsWith('_ADDRESS') || (type(self[name]) == string && size(self[name]) == 42 && self[name].startsWith('0x')))",
        "addresses must be texts of 0x and 40 hexadecimal digits, in quotes")]
    [Rule(
        "!('SLOT_DURATION_MS' in self) || ((type(self['SLOT_DURATION_MS']) == int || self['SLOT_DURATION_MS'].matches('^[0-9]+$')) && int(self['SLOT_DURATION_MS']) >= 100 && int(self['SLOT_DURATION_MS']) <= 3600000)",
        "SLOT_DURATION_MS must be a whole number between 100 and 3600000 (milliseconds)")]
    [Rule(
        "!('SECONDS_PER_SLOT' in self) || ((type(self['SECONDS_PER_SLOT']) == int || self['SECONDS_PER_SLOT'].matches('^[0-9]+$')) && int(self['SECONDS_PER_SLOT']) >= 1 && int(self['SECONDS_PER_SLOT']) <= 3600)",
        "SECONDS_PER_SLOT must be a whole number between 1 and 3600 (seconds)")]
    [Rule(
        "@list.all(name, !(name in self) || (type(self[name]) == int ? self[name] >= 1 : self[name].matches('^[0-9]+$') && uint(self[name]) >= 1u))",
        "what divides or paces something, such as CHURN_LIMIT_QUOTIENT, must be a whole number of at least 1",
        List = ConfigKeys.PositiveNames)]
    public Dictionary<string, ConfigValue>? Config { get; set; }
}

/// <summary>How an iteration of the chain begins.</summary>
public sealed class GenesisSpec
{
    /// <summary>Time from when pods with three quarters of the stake run to the genesis.</summary>
    [Schema(Default = "\"20s\"")]
    [Rule("duration(self) <= duration('24h')", "must be between 0s and 24h")]
    public Duration Delay { get; set; } = new("20s");

    /// <summary>Fixed genesis time of the first iteration (RFC 3339), instead of delay.</summary>
    [Schema(MaxLength = Patterns.MaxTime, Pattern = Patterns.Time)]
    public string? Time { get; set; }

    /// <summary>Number of validators at genesis: the keys of all pools. Empty: the sum of the pools.</summary>
    [Schema(Minimum = 1, Maximum = 65536)]
    public int? Validators { get; set; }

    /// <summary>Secret with a BIP-39 mnemonic under the key "mnemonic". Empty: generated once and kept.</summary>
    public SecretReference? MnemonicSecretRef { get; set; }

    /// <summary>How long pods with three quarters of the stake may take to run before the status says what is missing.</summary>
    [Schema(Default = "\"10m\"")]
    [Rule("duration(self) >= duration('1s') && duration(self) <= duration('24h')", "must be between 1s and 24h")]
    public Duration StartTimeout { get; set; } = new("10m");
}

/// <summary>Nodes that others find the network by.</summary>
public sealed class BootnodesSpec
{
    /// <summary>Bootnodes run by this testnet.</summary>
    [Schema(Minimum = 0, Maximum = 8, Default = "1")]
    public int Replicas { get; set; } = 1;

    /// <summary>Multiaddresses (with /p2p/) of bootnodes run elsewhere.</summary>
    [Schema(MaxItems = 16, ItemMaxLength = 256, ItemPattern = Patterns.Bootnode)]
    public List<string>? External { get; set; }

    /// <summary>Compute resources of one bootnode.</summary>
    public ResourceSpec? Resources { get; set; }
}

/// <summary>A group of like nodes.</summary>
public sealed class PoolSpec : PodKnobs
{
    /// <summary>Name, part of the nodes' names.</summary>
    [Schema(Required = true, MinLength = 1, MaxLength = Names.MaxPoolName, Pattern = Patterns.Label)]
    [Rule("!(self in @list)", "is reserved; choose another name", List = Names.ReservedPoolNames)]
    public string Name { get; set => field = value ?? ""; } = "";

    /// <summary>Number of nodes.</summary>
    [Schema(Minimum = 1, Maximum = 250, Default = "1")]
    public int Replicas { get; set; } = 1;

    /// <summary>Keys of the pool, bound to its ordinals when an iteration starts. Empty: an even share of what other pools leave of genesis.validators.</summary>
    [Schema(Minimum = 0, Maximum = 65536)]
    public int? Validators { get; set; }

    /// <summary>What the nodes keep: node (recent states) or archive (all states).</summary>
    [Schema(Values = "node|archive", Default = "\"node\"")]
    public string Role { get; set => field = value ?? "node"; } = "node";
}

/// <summary>What watches a testnet besides the operator.</summary>
public sealed class ObservabilitySpec
{
    /// <summary>Prometheus that scrapes the nodes, from which the samples of canaries are read then, so that a restart of the operator loses none. The operator must be allowed to by its --prometheus-url-prefix. Empty: it scrapes by itself.</summary>
    [Schema(MaxLength = 256, Pattern = Patterns.PrometheusUrl)]
    public string? PrometheusURL { get; set; }
}

/// <summary>When the chain counts as unwell.</summary>
[Rule("!has(self.finalityLostEpochs) || !has(self.finalityWarnEpochs) || self.finalityLostEpochs >= self.finalityWarnEpochs", "finalityLostEpochs must not be less than finalityWarnEpochs")]
public sealed class HealthSpec
{
    /// <summary>Longest time the head may stand still (at least 2.5 slots are always allowed).</summary>
    [Schema(Default = "\"30s\"")]
    [Rule("duration(self) >= duration('100ms') && duration(self) <= duration('24h')", "must be between 100ms and 24h")]
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
