using System.Collections.Immutable;
using System.Globalization;
using System.Reflection;

namespace Beacon.Types;

/// <summary>A network's configuration: the values of a <c>config.yaml</c>, checked, with typed access to those phase0 uses.</summary>
/// <remarks>
/// Keys that a file leaves out have the value of the official configuration of its preset; keys we do not know are kept. Values keep their text,
/// so that a file is written back value for value. <c>SLOT_DURATION_MS</c> is our extension: slots in milliseconds.
/// </remarks>
public sealed partial class ChainConfig : IEquatable<ChainConfig>
{
    /// <summary>Key of our extension.</summary>
    public const string SlotDurationKey = "SLOT_DURATION_MS";

    private const string SecondsPerSlotKey = "SECONDS_PER_SLOT";
    private const string ClockDisparityKey = "MAXIMUM_GOSSIP_CLOCK_DISPARITY";

    private static readonly Lazy<ChainConfig> LazyMainnet = new(() => LoadEmbedded("mainnet"));
    private static readonly Lazy<ChainConfig> LazyMinimal = new(() => LoadEmbedded("minimal"));

    private readonly Dictionary<string, string> _byKey;

    private ChainConfig(ImmutableArray<KeyValuePair<string, string>> values)
    {
        Values = values;
        _byKey = new Dictionary<string, string>(values, StringComparer.Ordinal);
        PresetBase = Text("PRESET_BASE");
        Preset = Preset.Find(PresetBase)
            ?? throw new ChainConfigException($"PRESET_BASE is '{PresetBase}', which is neither 'mainnet' nor 'minimal'.");
        ConfigName = _byKey.GetValueOrDefault("CONFIG_NAME", PresetBase);
        foreach ((string key, string value) in values)
        {
            CheckForm(key, value);
        }

        SlotDurationMs = ReadSlotDuration();
        MinGenesisActiveValidatorCount = Integer("MIN_GENESIS_ACTIVE_VALIDATOR_COUNT");
        MinGenesisTime = Integer("MIN_GENESIS_TIME");
        GenesisForkVersion = ForkVersion.Parse(Text("GENESIS_FORK_VERSION"));
        GenesisDelay = Integer("GENESIS_DELAY");
        SecondsPerEth1Block = Integer("SECONDS_PER_ETH1_BLOCK");
        MinValidatorWithdrawabilityDelay = Integer("MIN_VALIDATOR_WITHDRAWABILITY_DELAY");
        ShardCommitteePeriod = Integer("SHARD_COMMITTEE_PERIOD");
        Eth1FollowDistance = Integer("ETH1_FOLLOW_DISTANCE");
        EjectionBalance = new Gwei(Integer("EJECTION_BALANCE"));
        MinPerEpochChurnLimit = Integer("MIN_PER_EPOCH_CHURN_LIMIT");
        ChurnLimitQuotient = Positive("CHURN_LIMIT_QUOTIENT");
        ProposerScoreBoost = Integer("PROPOSER_SCORE_BOOST");
        ReorgHeadWeightThreshold = Integer("REORG_HEAD_WEIGHT_THRESHOLD");
        ReorgParentWeightThreshold = Integer("REORG_PARENT_WEIGHT_THRESHOLD");
        ReorgMaxEpochsSinceFinalization = Integer("REORG_MAX_EPOCHS_SINCE_FINALIZATION");
        DepositChainId = Integer("DEPOSIT_CHAIN_ID");
        DepositNetworkId = Integer("DEPOSIT_NETWORK_ID");
        DepositContractAddress = ExecutionAddress.Parse(Text("DEPOSIT_CONTRACT_ADDRESS"));
        MaxPayloadSize = Positive("MAX_PAYLOAD_SIZE");
        MaxRequestBlocks = Positive("MAX_REQUEST_BLOCKS");
        EpochsPerSubnetSubscription = Positive("EPOCHS_PER_SUBNET_SUBSCRIPTION");
        MinEpochsForBlockRequests = Integer("MIN_EPOCHS_FOR_BLOCK_REQUESTS");
        AttestationPropagationSlotRange = Integer("ATTESTATION_PROPAGATION_SLOT_RANGE");
        MaximumGossipClockDisparityMs = Integer(ClockDisparityKey);
        MessageDomainInvalidSnappy = DomainType.Parse(Text("MESSAGE_DOMAIN_INVALID_SNAPPY"));
        MessageDomainValidSnappy = DomainType.Parse(Text("MESSAGE_DOMAIN_VALID_SNAPPY"));
        SubnetsPerNode = Integer("SUBNETS_PER_NODE");
        AttestationSubnetCount = Positive("ATTESTATION_SUBNET_COUNT");
        AttestationSubnetPrefixBits = Integer("ATTESTATION_SUBNET_PREFIX_BITS");
        TtfbTimeoutSeconds = Integer("TTFB_TIMEOUT");
        RespTimeoutSeconds = Integer("RESP_TIMEOUT");
        if (AttestationSubnetCount > PresetLimits.AttestationSubnetCount)
        {
            throw new ChainConfigException(
                $"ATTESTATION_SUBNET_COUNT is {AttestationSubnetCount}; the metadata of a node has room for {PresetLimits.AttestationSubnetCount}.");
        }
    }

    /// <summary>The official mainnet configuration of <see cref="SpecVersion.Tag"/>.</summary>
    public static ChainConfig Mainnet => LazyMainnet.Value;

    /// <summary>The official minimal configuration of <see cref="SpecVersion.Tag"/>.</summary>
    public static ChainConfig Minimal => LazyMinimal.Value;

    /// <summary>All values as text, in the order of the official file, own keys behind.</summary>
    public ImmutableArray<KeyValuePair<string, string>> Values { get; }

    /// <summary>The preset that <c>PRESET_BASE</c> names.</summary>
    public Preset Preset { get; }

    /// <summary><c>PRESET_BASE</c>.</summary>
    public string PresetBase { get; }

    /// <summary><c>CONFIG_NAME</c>.</summary>
    public string ConfigName { get; }

    /// <summary>Length of a slot in milliseconds: <c>SLOT_DURATION_MS</c>, or 1,000 times <c>SECONDS_PER_SLOT</c>.</summary>
    public ulong SlotDurationMs { get; }

    /// <summary>Length of a slot.</summary>
    public TimeSpan SlotDuration => TimeSpan.FromMilliseconds((long)SlotDurationMs);

    /// <summary><c>MIN_GENESIS_ACTIVE_VALIDATOR_COUNT</c>.</summary>
    public ulong MinGenesisActiveValidatorCount { get; }

    /// <summary><c>MIN_GENESIS_TIME</c>, Unix seconds.</summary>
    public ulong MinGenesisTime { get; }

    /// <summary><c>GENESIS_FORK_VERSION</c>.</summary>
    public ForkVersion GenesisForkVersion { get; }

    /// <summary><c>GENESIS_DELAY</c>, seconds.</summary>
    public ulong GenesisDelay { get; }

    /// <summary><c>SECONDS_PER_ETH1_BLOCK</c>.</summary>
    public ulong SecondsPerEth1Block { get; }

    /// <summary><c>MIN_VALIDATOR_WITHDRAWABILITY_DELAY</c>, epochs.</summary>
    public ulong MinValidatorWithdrawabilityDelay { get; }

    /// <summary><c>SHARD_COMMITTEE_PERIOD</c>, epochs.</summary>
    public ulong ShardCommitteePeriod { get; }

    /// <summary><c>ETH1_FOLLOW_DISTANCE</c>, eth1 blocks.</summary>
    public ulong Eth1FollowDistance { get; }

    /// <summary><c>EJECTION_BALANCE</c>.</summary>
    public Gwei EjectionBalance { get; }

    /// <summary><c>MIN_PER_EPOCH_CHURN_LIMIT</c>, validators.</summary>
    public ulong MinPerEpochChurnLimit { get; }

    /// <summary><c>CHURN_LIMIT_QUOTIENT</c>; not zero.</summary>
    public ulong ChurnLimitQuotient { get; }

    /// <summary><c>PROPOSER_SCORE_BOOST</c>, percent of a slot's committee weight.</summary>
    public ulong ProposerScoreBoost { get; }

    /// <summary><c>REORG_HEAD_WEIGHT_THRESHOLD</c>, percent.</summary>
    public ulong ReorgHeadWeightThreshold { get; }

    /// <summary><c>REORG_PARENT_WEIGHT_THRESHOLD</c>, percent.</summary>
    public ulong ReorgParentWeightThreshold { get; }

    /// <summary><c>REORG_MAX_EPOCHS_SINCE_FINALIZATION</c>.</summary>
    public ulong ReorgMaxEpochsSinceFinalization { get; }

    /// <summary><c>DEPOSIT_CHAIN_ID</c>.</summary>
    public ulong DepositChainId { get; }

    /// <summary><c>DEPOSIT_NETWORK_ID</c>.</summary>
    public ulong DepositNetworkId { get; }

    /// <summary><c>DEPOSIT_CONTRACT_ADDRESS</c>.</summary>
    public ExecutionAddress DepositContractAddress { get; }

    /// <summary><c>MAX_PAYLOAD_SIZE</c>, bytes of an uncompressed message.</summary>
    public ulong MaxPayloadSize { get; }

    /// <summary><c>MAX_REQUEST_BLOCKS</c>.</summary>
    public ulong MaxRequestBlocks { get; }

    /// <summary><c>EPOCHS_PER_SUBNET_SUBSCRIPTION</c>.</summary>
    public ulong EpochsPerSubnetSubscription { get; }

    /// <summary><c>MIN_EPOCHS_FOR_BLOCK_REQUESTS</c>.</summary>
    public ulong MinEpochsForBlockRequests { get; }

    /// <summary><c>ATTESTATION_PROPAGATION_SLOT_RANGE</c>.</summary>
    public ulong AttestationPropagationSlotRange { get; }

    /// <summary><c>MAXIMUM_GOSSIP_CLOCK_DISPARITY</c>, milliseconds. <value>Without the key, the lesser of 500 and half a slot.</value></summary>
    public ulong MaximumGossipClockDisparityMs { get; }

    /// <summary><c>MESSAGE_DOMAIN_INVALID_SNAPPY</c>.</summary>
    public DomainType MessageDomainInvalidSnappy { get; }

    /// <summary><c>MESSAGE_DOMAIN_VALID_SNAPPY</c>.</summary>
    public DomainType MessageDomainValidSnappy { get; }

    /// <summary><c>SUBNETS_PER_NODE</c>.</summary>
    public ulong SubnetsPerNode { get; }

    /// <summary><c>ATTESTATION_SUBNET_COUNT</c>; 1 to 64.</summary>
    public ulong AttestationSubnetCount { get; }

    /// <summary><c>ATTESTATION_SUBNET_PREFIX_BITS</c>.</summary>
    public ulong AttestationSubnetPrefixBits { get; }

    /// <summary><c>TTFB_TIMEOUT</c>, seconds.</summary>
    public ulong TtfbTimeoutSeconds { get; }

    /// <summary><c>RESP_TIMEOUT</c>, seconds.</summary>
    public ulong RespTimeoutSeconds { get; }

    /// <summary>The text of a value, or null.</summary>
    public string? Find(string key) => _byKey.GetValueOrDefault(key);

    /// <inheritdoc/>
    public bool Equals(ChainConfig? other) => other is not null && Values.SequenceEqual(other.Values);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as ChainConfig);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Values.Length, ConfigName, GenesisForkVersion, MinGenesisTime);

    private static ChainConfig LoadEmbedded(string name) => new([.. ReadYaml(EmbeddedText(name))]);

    private static string EmbeddedText(string name)
    {
        using Stream stream = Assembly.GetExecutingAssembly().GetManifestResourceStream($"Beacon.Types.Config.{name}.yaml")!;
        using StreamReader reader = new(stream);
        return reader.ReadToEnd();
    }

    private ulong ReadSlotDuration()
    {
        ulong? milliseconds = _byKey.ContainsKey(SlotDurationKey) ? Integer(SlotDurationKey) : null;
        ulong? seconds = _byKey.ContainsKey(SecondsPerSlotKey) ? Integer(SecondsPerSlotKey) : null;
        if (seconds > 3600 || milliseconds > 3_600_000)
        {
            throw new ChainConfigException($"{(seconds > 3600 ? SecondsPerSlotKey : SlotDurationKey)} is above one hour.");
        }

        if (milliseconds is not null && seconds is not null && seconds * 1000 != milliseconds)
        {
            throw new ChainConfigException(
                $"SLOT_DURATION_MS ({milliseconds}) and SECONDS_PER_SLOT ({seconds}) do not agree: give one of them, or the same time in both.");
        }

        ulong duration = milliseconds ?? (seconds * 1000)
            ?? throw new ChainConfigException("Neither SECONDS_PER_SLOT nor SLOT_DURATION_MS is given.");
        return duration >= 100
            ? duration
            : throw new ChainConfigException($"{(milliseconds is null ? SecondsPerSlotKey : SlotDurationKey)} makes a slot of {duration} ms; the shortest is 100 ms.");
    }

    private string Text(string key) => _byKey.GetValueOrDefault(key) ?? throw new ChainConfigException($"{key} is missing.");

    private ulong Integer(string key) => ulong.Parse(Text(key), NumberStyles.None, CultureInfo.InvariantCulture);

    private ulong Positive(string key) => Integer(key) is > 0 and var value ? value : throw new ChainConfigException($"{key} must not be zero.");
}
