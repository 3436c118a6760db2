using System.Globalization;
using Beacon.Types;

namespace Beacon.Genesis;

/// <summary>The complete configuration of a network that starts in phase0 and stays there.</summary>
public static class GenesisConfig
{
    /// <summary>Chain id of generated networks that name none: one used by nobody's main network.</summary>
    public const string DefaultDepositChainId = "1337";

    private const string ForkEpochSuffix = "_FORK_EPOCH";
    private static readonly string Never = ulong.MaxValue.ToString(CultureInfo.InvariantCulture);

    /// <summary>Completes a user's values for a genesis.</summary>
    /// <param name="preset"><c>minimal</c> or <c>mainnet</c>.</param>
    /// <param name="given">The user's values: key and text, as in a <c>config.yaml</c>.</param>
    /// <param name="validators">Validators at genesis.</param>
    /// <param name="genesisTime">Unix seconds.</param>
    /// <exception cref="ChainConfigException">A value that cannot be used; the message names the key.</exception>
    public static ChainConfig Complete(string preset, IReadOnlyCollection<KeyValuePair<string, string>> given, int validators, ulong genesisTime)
    {
        ChainConfig official = preset switch
        {
            "minimal" => ChainConfig.Minimal,
            "mainnet" => ChainConfig.Mainnet,
            _ => throw new ChainConfigException($"The preset is '{preset}', which is neither 'mainnet' nor 'minimal'."),
        };
        ChainConfig config = official.With(given);
        List<KeyValuePair<string, string>> fixedValues =
        [
            new("MIN_GENESIS_ACTIVE_VALIDATOR_COUNT", validators.ToString(CultureInfo.InvariantCulture)),
            new("MIN_GENESIS_TIME", genesisTime.ToString(CultureInfo.InvariantCulture)),
            new("GENESIS_DELAY", "0"),
        ];
        Dictionary<string, string> own = new(StringComparer.Ordinal);
        foreach ((string key, string value) in given)
        {
            own[key] = value;
        }

        foreach ((string key, _) in config.Values)
        {
            if (!key.EndsWith(ForkEpochSuffix, StringComparison.Ordinal))
            {
                continue;
            }

            if (own.TryGetValue(key, out string? epoch) && epoch != Never)
            {
                throw new ChainConfigException($"{key} is {epoch}; networks made here stay in phase0, so it can only be {Never} (or left out).");
            }

            fixedValues.Add(new(key, Never));
        }

        foreach (string key in (string[])["DEPOSIT_CHAIN_ID", "DEPOSIT_NETWORK_ID"])
        {
            if (own.TryGetValue(key, out string? id) && id == "1")
            {
                throw new ChainConfigException($"{key} is 1, the id of Ethereum's main network; choose another one (or leave it out for {DefaultDepositChainId}).");
            }

            if (id is null && config.Find(key) == "1")
            {
                fixedValues.Add(new(key, DefaultDepositChainId));
            }
        }

        return config.With(fixedValues);
    }
}
