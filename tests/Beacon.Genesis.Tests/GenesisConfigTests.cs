using Beacon.Types;

namespace Beacon.Genesis.Tests;

public sealed class GenesisConfigTests
{
    [Theory]
    [InlineData("minimal", "5")]
    [InlineData("mainnet", "1337")]
    public void A_completed_configuration_stays_in_phase0_and_starts_when_told(string preset, string chainId)
    {
        ChainConfig config = GenesisConfig.Complete(preset, [], 64, 1_800_000_000);
        Assert.All(config.Values.Where(static pair => pair.Key.EndsWith("_FORK_EPOCH", StringComparison.Ordinal)), static pair => Assert.Equal("18446744073709551615", pair.Value));
        Assert.Equal(64UL, config.MinGenesisActiveValidatorCount);
        Assert.Equal(1_800_000_000UL, config.MinGenesisTime);
        Assert.Equal(0UL, config.GenesisDelay);
        Assert.Equal(chainId, config.Find("DEPOSIT_CHAIN_ID"));
        Assert.Equal(config, ChainConfig.Parse(config.ToYaml()));
    }

    [Fact]
    public void A_users_values_win_over_the_official_ones()
    {
        ChainConfig config = GenesisConfig.Complete(
            "minimal", [new("SECONDS_PER_SLOT", "1"), new("GENESIS_FORK_VERSION", "0x00000042"), new("DEPOSIT_CHAIN_ID", "99")], 4, 1);
        Assert.Equal(1000UL, config.SlotDurationMs);
        Assert.Equal("0x00000042", config.GenesisForkVersion.ToString());
        Assert.Equal(99UL, config.DepositChainId);
    }

    [Theory]
    [InlineData("ALTAIR_FORK_EPOCH", "10")]
    [InlineData("DEPOSIT_CHAIN_ID", "1")]
    [InlineData("SECONDS_PER_SLOT", "none")]
    public void Values_that_cannot_be_kept_are_refused_by_name(string key, string value)
    {
        ChainConfigException error = Assert.Throws<ChainConfigException>(() => GenesisConfig.Complete("minimal", [new(key, value)], 4, 1));
        Assert.Contains(key, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_unknown_preset_is_refused() => Assert.Throws<ChainConfigException>(() => GenesisConfig.Complete("gnosis", [], 4, 1));
}
