using System.Globalization;

namespace Fleet.Api;

/// <summary>Names of everything the operator makes; all are deterministic.</summary>
public static class Names
{
    /// <summary>Longest testnet name in characters.</summary>
    public const int MaxTestnetName = 28;

    /// <summary>Longest pool name in characters.</summary>
    public const int MaxPoolName = 12;

    /// <summary>Longest name of a BeaconNode in characters: that of a testnet's, its pool's and a number of three digits.</summary>
    public const int MaxNodeName = MaxTestnetName + 1 + MaxPoolName + 1 + 3;

    /// <summary>Longest name of a CanaryRollout in characters: that of a testnet, and a number.</summary>
    public const int MaxRolloutName = MaxTestnetName + 2 + 10;

    /// <summary>Longest name of a ChainReset in characters: that of a testnet, and the number of an iteration.</summary>
    public const int MaxResetName = MaxTestnetName + 2 + 6;

    /// <summary>Regular expression of a DNS-1035 label, as far as its length is bounded elsewhere.</summary>
    public const string Pattern = Validation.Patterns.Label;

    /// <summary>Pool names that would collide with names of ours, separated by blanks.</summary>
    internal const string ReservedPoolNames = "boot baseline canary";

    /// <summary>Pool name that bootnodes use.</summary>
    public const string BootnodePool = "boot";

    /// <summary>Pool names that would collide with names of ours.</summary>
    public static IReadOnlyList<string> ReservedPools { get; } = ReservedPoolNames.Split(' ');

    /// <summary>BeaconNode, StatefulSet: <c>devnet-eu-0</c>.</summary>
    public static string Node(string testnet, string pool, int ordinal) =>
        string.Create(CultureInfo.InvariantCulture, $"{testnet}-{pool}-{ordinal}");

    /// <summary>Node of the pair that new images are tried on: <c>devnet-canary-0</c>.</summary>
    /// <param name="testnet">Name of the Testnet.</param>
    /// <param name="role"><see cref="NodeRoles.Baseline"/> or <see cref="NodeRoles.Canary"/>.</param>
    public static string PairNode(string testnet, string role) => Node(testnet, role, 0);

    /// <summary>CanaryRollout: <c>devnet-r3</c>.</summary>
    public static string Rollout(string testnet, int number) => string.Create(CultureInfo.InvariantCulture, $"{testnet}-r{number}");

    /// <summary>ConfigMap with what a roll-out's verdict was made of.</summary>
    public static string RolloutEvidence(string rollout) => rollout + "-evidence";

    /// <summary>ChainReset that ends an iteration: <c>devnet-i1</c>.</summary>
    public static string Reset(string testnet, int fromIteration) => string.Create(CultureInfo.InvariantCulture, $"{testnet}-i{fromIteration}");

    /// <summary>ConfigMap with what was known when a reset ended a chain.</summary>
    public static string ResetEvidence(string reset) => reset + "-reset-evidence";

    /// <summary>Pod of a node: <c>devnet-eu-0-0</c>.</summary>
    public static string Pod(string node) => node + "-0";

    /// <summary>DNS name of a node's pod.</summary>
    public static string PodHost(string node, string testnet, string @namespace) => $"{Pod(node)}.{testnet}.{@namespace}.svc";

    /// <summary>Secret with the libp2p key.</summary>
    public static string IdentitySecret(string node) => node + "-identity";

    /// <summary>Secret with a node's keystores of one iteration.</summary>
    public static string KeysSecret(string node, int iteration) => string.Create(CultureInfo.InvariantCulture, $"{node}-keys-i{iteration}");

    /// <summary>Volume claim of a node.</summary>
    public static string DataClaim(string node) => "data-" + node;

    /// <summary>Directory of a node's chain below <c>chain/</c> on its volume (docs/contracts.md).</summary>
    /// <param name="iteration">Iteration.</param>
    /// <param name="genesisRoot">Root of its genesis block, 0x and 64 hexadecimal digits.</param>
    /// <param name="suffix">Suffix, see <see cref="BeaconNodeSpec.ChainDirectory"/>; null or empty: none.</param>
    public static string ChainDirectory(int iteration, string genesisRoot, string? suffix) =>
        string.Create(CultureInfo.InvariantCulture, $"{iteration}-{genesisRoot[2..10]}{(string.IsNullOrEmpty(suffix) ? "" : "-" + suffix)}");

    /// <summary>Headless Service.</summary>
    public static string Service(string testnet) => testnet;

    /// <summary>PodDisruptionBudget.</summary>
    public static string DisruptionBudget(string testnet) => testnet;

    /// <summary>Mutable ConfigMap with the peers file.</summary>
    public static string Peers(string testnet) => testnet + "-peers";

    /// <summary>Mutable ConfigMap with what is remembered of a chain that is unwell.</summary>
    public static string Health(string testnet) => testnet + "-health";

    /// <summary>ConfigMap with the network files of an iteration.</summary>
    public static string Network(string testnet, int iteration) => string.Create(CultureInfo.InvariantCulture, $"{testnet}-i{iteration}");

    /// <summary>ConfigMap with a further shard of the genesis state; <paramref name="shard"/> begins at 1.</summary>
    public static string GenesisShard(string testnet, int iteration, int shard) =>
        string.Create(CultureInfo.InvariantCulture, $"{testnet}-i{iteration}-genesis-{shard}");

    /// <summary>Immutable ConfigMap with the key assignment and the recorded parameters of an iteration.</summary>
    public static string Assignment(string testnet, int iteration) => string.Create(CultureInfo.InvariantCulture, $"{testnet}-i{iteration}-keys");

    /// <summary>Immutable ConfigMap with the genesis time of an iteration.</summary>
    public static string GenesisTime(string testnet, int iteration) => string.Create(CultureInfo.InvariantCulture, $"{testnet}-i{iteration}-time");

    /// <summary>Secret with the generated mnemonic.</summary>
    public static string Mnemonic(string testnet) => testnet + "-mnemonic";

    /// <summary>Whether a text can name a Secret or the like: nothing in it leads out of its place in a path.</summary>
    public static bool IsObjectName(string? text) => text is { Length: <= 253 } && Validation.Patterns.ObjectNameRegex().IsMatch(text);

    /// <summary>Whether a text is a DNS-1035 label: lower-case letters, digits and hyphens, a letter first, no hyphen last.</summary>
    public static bool IsDns1035Label(string? text, int maxLength)
    {
        if (string.IsNullOrEmpty(text) || text.Length > maxLength || !char.IsAsciiLetterLower(text[0]) || text[^1] == '-')
        {
            return false;
        }

        foreach (char c in text)
        {
            if (!char.IsAsciiLetterLower(c) && !char.IsAsciiDigit(c) && c != '-')
            {
                return false;
            }
        }

        return true;
    }
}
