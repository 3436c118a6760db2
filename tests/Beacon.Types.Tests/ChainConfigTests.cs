using YamlDotNet.RepresentationModel;

namespace Beacon.Types.Tests;

public sealed class ChainConfigTests
{
    [Theory]
    [InlineData("mainnet")]
    [InlineData("minimal")]
    public void An_official_file_is_written_back_value_for_value(string name)
    {
        string official = File.ReadAllText(SharedFolder.Require($"spec-v1.5.0/configs/{name}.yaml"));
        string written = ChainConfig.Parse(official).ToYaml();
        Assert.Equal(Values(official), Values(written));
        Assert.Equal(ChainConfig.Parse(official), ChainConfig.Parse(written));
        Assert.Equal(name == "mainnet" ? ChainConfig.Mainnet : ChainConfig.Minimal, ChainConfig.Parse(written));
    }

    [Theory]
    [InlineData("mainnet")]
    [InlineData("minimal")]
    public void The_presets_are_the_official_ones(string name) => Assert.Equal(
        Values(File.ReadAllText(SharedFolder.Require($"spec-v1.5.0/presets/{name}/phase0.yaml"))),
        Preset.Find(name)!.ToSpecValues());

    [Fact]
    public void Unknown_keys_and_free_text_are_kept()
    {
        const string Yaml = "PRESET_BASE: minimal\nCONFIG_NAME: 'it''s mine'\nMY_KEY: \"00123\"\nOTHER: some text # comment\nEMPTY: ''\n";
        ChainConfig config = ChainConfig.Parse(Yaml);
        Assert.Equal("it's mine", config.ConfigName);
        Assert.Equal("00123", config.Find("MY_KEY"));
        ChainConfig again = ChainConfig.Parse(config.ToYaml());
        Assert.Equal(config, again);
        Assert.Equal("some text", again.Find("OTHER"));
        Assert.Equal("", again.Find("EMPTY"));
    }

    [Fact]
    public void Keys_that_are_left_out_have_the_values_of_the_preset()
    {
        ChainConfig config = ChainConfig.Parse("PRESET_BASE: minimal\nGENESIS_DELAY: 7\n");
        Assert.Equal(7UL, config.GenesisDelay);
        Assert.Equal(64UL, config.ShardCommitteePeriod);
        Assert.Same(Preset.Minimal, config.Preset);
        Assert.Equal(ChainConfig.Minimal.Values.Length, config.Values.Length);
    }

    [Theory]
    [InlineData("SECONDS_PER_SLOT: 3", 3000UL, "3", 500UL)]
    [InlineData("SLOT_DURATION_MS: 250", 250UL, null, 125UL)]
    [InlineData("SLOT_DURATION_MS: 2000", 2000UL, "2", 500UL)]
    [InlineData("SLOT_DURATION_MS: 2000\nSECONDS_PER_SLOT: 2", 2000UL, "2", 500UL)]
    [InlineData("SLOT_DURATION_MS: 500\nMAXIMUM_GOSSIP_CLOCK_DISPARITY: 77", 500UL, null, 77UL)]
    public void A_slot_is_given_in_seconds_or_milliseconds(string lines, ulong milliseconds, string? seconds, ulong disparity)
    {
        ChainConfig config = ChainConfig.Parse("PRESET_BASE: minimal\n" + lines);
        Assert.Equal(milliseconds, config.SlotDurationMs);
        Assert.Equal(seconds, config.Find("SECONDS_PER_SLOT"));
        Assert.Equal(disparity, config.MaximumGossipClockDisparityMs);
        Assert.Equal(milliseconds, ChainConfig.Parse(config.ToYaml()).SlotDurationMs);
    }

    [Fact]
    public void A_new_slot_in_seconds_replaces_milliseconds_given_before()
    {
        ChainConfig config = ChainConfig.Minimal.With(new KeyValuePair<string, string>("SLOT_DURATION_MS", "250"))
            .With(new KeyValuePair<string, string>("SECONDS_PER_SLOT", "4"));
        Assert.Equal(4000UL, config.SlotDurationMs);
    }

    [Theory]
    [InlineData("PRESET_BASE: other", "PRESET_BASE is 'other', which is neither 'mainnet' nor 'minimal'.")]
    [InlineData("GENESIS_DELAY: 1", "PRESET_BASE is missing")]
    [InlineData("PRESET_BASE: minimal\nGENESIS_DELAY: -1", "GENESIS_DELAY is '-1'; it takes a decimal number below 2^64.")]
    [InlineData("PRESET_BASE: minimal\nGENESIS_DELAY: 0x10", "GENESIS_DELAY is '0x10'; it takes a decimal number below 2^64.")]
    [InlineData("PRESET_BASE: minimal\nSLOT_DURATION_MS: fast", "SLOT_DURATION_MS is 'fast'; it takes a decimal number below 2^64.")]
    [InlineData("PRESET_BASE: minimal\nGENESIS_FORK_VERSION: 1", "GENESIS_FORK_VERSION is '1'; it takes 4 bytes as 0x and 8 hexadecimal digits.")]
    [InlineData("PRESET_BASE: minimal\nDEPOSIT_CONTRACT_ADDRESS: 0x12", "DEPOSIT_CONTRACT_ADDRESS is '0x12'; it takes 20 bytes")]
    [InlineData("PRESET_BASE: minimal\nMY_FORK_VERSION: 12", "MY_FORK_VERSION is '12'; it takes 4 bytes")]
    [InlineData("PRESET_BASE: minimal\nTERMINAL_TOTAL_DIFFICULTY: x", "TERMINAL_TOTAL_DIFFICULTY is 'x'; it takes a decimal number below 2^256.")]
    [InlineData("PRESET_BASE: minimal\nCHURN_LIMIT_QUOTIENT: 0", "CHURN_LIMIT_QUOTIENT must not be zero.")]
    [InlineData("PRESET_BASE: minimal\nATTESTATION_SUBNET_COUNT: 65", "ATTESTATION_SUBNET_COUNT is 65")]
    [InlineData("PRESET_BASE: minimal\nSLOT_DURATION_MS: 500\nSECONDS_PER_SLOT: 1", "SLOT_DURATION_MS (500) and SECONDS_PER_SLOT (1) do not agree")]
    [InlineData("PRESET_BASE: minimal\nSLOT_DURATION_MS: 99", "SLOT_DURATION_MS makes a slot of 99 ms")]
    [InlineData("PRESET_BASE: minimal\nSECONDS_PER_SLOT: 0", "SECONDS_PER_SLOT makes a slot of 0 ms")]
    [InlineData("PRESET_BASE: minimal\nSECONDS_PER_SLOT: 18446744073709551615", "SECONDS_PER_SLOT is above one hour.")]
    [InlineData("PRESET_BASE: minimal\nA: 1\nA: 2", "A is given twice.")]
    [InlineData("PRESET_BASE: minimal\nA: [1]", "A is a list or map")]
    [InlineData("- a", "A chain configuration is a YAML map")]
    [InlineData("a: b: c", "The chain configuration is no valid YAML: line 1")]
    [InlineData("PRESET_BASE: minimal\n{a: 1}: 2", "The chain configuration is no valid YAML")]
    [InlineData("", "PRESET_BASE is missing")]
    public void What_cannot_be_used_is_said_in_one_sentence(string yaml, string message) =>
        Assert.StartsWith(message, Assert.Throws<ChainConfigException>(() => ChainConfig.Parse(yaml)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_file_for_another_preset_is_refused() => Assert.Equal(
        "PRESET_BASE is 'mainnet' where the preset is 'minimal'.",
        Assert.Throws<ChainConfigException>(() => ChainConfig.Parse("PRESET_BASE: mainnet", Preset.Minimal)).Message);

    [Theory]
    [InlineData("GENESIS_FORK_VERSION", 1L, "GENESIS_FORK_VERSION is the integer 1; it takes 4 bytes as a string")]
    [InlineData("DEPOSIT_CONTRACT_ADDRESS", 18L, "DEPOSIT_CONTRACT_ADDRESS is the integer 18; it takes 20 bytes as a string")]
    [InlineData("MESSAGE_DOMAIN_VALID_SNAPPY", 16777216L, "MESSAGE_DOMAIN_VALID_SNAPPY is the integer 16777216")]
    [InlineData("ALTAIR_FORK_EPOCH", 9007199254740993L, "ALTAIR_FORK_EPOCH is above 2^53")]
    [InlineData("GENESIS_DELAY", -1L, "GENESIS_DELAY is negative.")]
    public void Integers_of_a_manifest_that_are_not_exact_are_refused(string key, long value, string message) =>
        Assert.StartsWith(message, Assert.Throws<ChainConfigException>(() => ChainConfig.TextOfInteger(key, value)).Message, StringComparison.Ordinal);

    [Fact]
    public void Other_integers_of_a_manifest_become_text() => Assert.Equal("9007199254740992", ChainConfig.TextOfInteger("X", 1L << 53));

    [Fact]
    public void The_values_for_the_API_hold_preset_and_configuration_once_each()
    {
        ChainSpec spec = ChainSpec.Minimal;
        Dictionary<string, string> values = new(spec.ToSpecValues());
        Assert.Equal("8", values["SLOTS_PER_EPOCH"]);
        Assert.Equal("6", values["SECONDS_PER_SLOT"]);
        Assert.Equal("0x00000001", values["GENESIS_FORK_VERSION"]);
        Assert.Equal("0x07000000".Length, values["DOMAIN_AGGREGATE_AND_PROOF"].Length);
        Assert.Equal("minimal", values["CONFIG_NAME"]);
        Assert.Equal("64", values["MIN_GENESIS_ACTIVE_VALIDATOR_COUNT"]);
    }

    [Fact]
    public void Typed_values_are_those_of_the_file()
    {
        ChainConfig config = ChainConfig.Mainnet;
        Assert.Equal(12_000UL, config.SlotDurationMs);
        Assert.Equal(65_536UL, config.ChurnLimitQuotient);
        Assert.Equal(new Gwei(16_000_000_000), config.EjectionBalance);
        Assert.Equal("0x00000000219ab540356cbb839cbe05303d7705fa", config.DepositContractAddress.ToString());
        Assert.Equal(40UL, config.ProposerScoreBoost);
        Assert.Equal(1_606_824_000UL, config.MinGenesisTime);
    }

    private static List<KeyValuePair<string, string>> Values(string yaml)
    {
        YamlStream stream = [];
        stream.Load(new StringReader(yaml));
        return [.. ((YamlMappingNode)stream.Documents[0].RootNode).Children.Select(pair =>
            new KeyValuePair<string, string>(((YamlScalarNode)pair.Key).Value!, ((YamlScalarNode)pair.Value).Value!))];
    }
}
