using System.Collections.Immutable;

namespace Beacon.Types;

/// <summary>Everything that defines a chain's rules: the preset and the configuration made for it.</summary>
public sealed record ChainSpec
{
    /// <summary>Rules for a configuration; the preset is the one it names.</summary>
    public ChainSpec(ChainConfig config)
    {
        Config = config;
        Preset = config.Preset;
    }

    /// <summary>The official mainnet configuration.</summary>
    public static ChainSpec Mainnet { get; } = new(ChainConfig.Mainnet);

    /// <summary>The official minimal configuration.</summary>
    public static ChainSpec Minimal { get; } = new(ChainConfig.Minimal);

    /// <summary>The preset.</summary>
    public Preset Preset { get; }

    /// <summary>The configuration.</summary>
    public ChainConfig Config { get; }

    /// <summary>What <c>/eth/v1/config/spec</c> answers: the preset's constants, then the configuration, then the constants clients ask for, all as strings.</summary>
    public ImmutableArray<KeyValuePair<string, string>> ToSpecValues() =>
    [
        .. Preset.ToSpecValues(),
        .. Config.Values,
        .. ChainConstants,
    ];

    private static readonly ImmutableArray<KeyValuePair<string, string>> ChainConstants =
    [
        new("GENESIS_SLOT", "0"),
        new("FAR_FUTURE_EPOCH", "18446744073709551615"),
        new("BASE_REWARDS_PER_EPOCH", "4"),
        new("DEPOSIT_CONTRACT_TREE_DEPTH", "32"),
        new("JUSTIFICATION_BITS_LENGTH", "4"),
        new("BLS_WITHDRAWAL_PREFIX", "0x00"),
        new("DOMAIN_BEACON_PROPOSER", "0x00000000"),
        new("DOMAIN_BEACON_ATTESTER", "0x01000000"),
        new("DOMAIN_RANDAO", "0x02000000"),
        new("DOMAIN_DEPOSIT", "0x03000000"),
        new("DOMAIN_VOLUNTARY_EXIT", "0x04000000"),
        new("DOMAIN_SELECTION_PROOF", "0x05000000"),
        new("DOMAIN_AGGREGATE_AND_PROOF", "0x06000000"),
        new("DOMAIN_APPLICATION_MASK", "0x00000001"),
        new("TARGET_AGGREGATORS_PER_COMMITTEE", "16"),
    ];
}
