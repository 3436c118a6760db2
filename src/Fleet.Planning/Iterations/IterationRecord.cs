using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Fleet.Api;
using Fleet.Kubernetes.Models;

namespace Fleet.Planning;

/// <summary>Keys of one node in one iteration.</summary>
/// <param name="Node">BeaconNode.</param>
/// <param name="Pool">Pool.</param>
/// <param name="Ordinal">Ordinal within the pool.</param>
/// <param name="First">Index of the first key.</param>
/// <param name="Count">Number of keys.</param>
public sealed record KeyRange(string Node, string Pool, int Ordinal, int First, int Count)
{
    /// <summary>As in the annotation: 0-15.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{First}-{First + Count - 1}");
}

/// <summary>The key assignment as it is stored (docs/contracts.md).</summary>
public sealed record KeyAssignment(int Iteration, ImmutableArray<KeyRange> Ranges);

/// <summary>Parameters of an iteration as they were when it began; later edits of the spec wait for the next one.</summary>
public sealed record IterationParameters
{
    /// <summary>UID of the Testnet; part of what makes genesis differ between testnets.</summary>
    public required string TestnetUid { get; init; }

    /// <summary>Prefix of the libp2p protocol IDs with the iteration, or "standard".</summary>
    public required string ProtocolId { get; init; }

    /// <summary>minimal or mainnet.</summary>
    public required string Preset { get; init; }

    /// <summary>Values of network.config.</summary>
    public required SortedDictionary<string, ConfigValue> Config { get; init; }

    /// <summary>Genesis validators.</summary>
    public required int Validators { get; init; }

    /// <summary>Secret with the mnemonic.</summary>
    public required string MnemonicSecret { get; init; }

    /// <summary>Hash of the mnemonic, so that another one is noticed.</summary>
    public required string MnemonicFingerprint { get; init; }
}

/// <summary>What was fixed when an iteration began.</summary>
public sealed record IterationRecord(KeyAssignment Assignment, IterationParameters Parameters)
{
    /// <summary>Data key of the assignment.</summary>
    public const string AssignmentKey = "assignment.json";

    /// <summary>Data key of the parameters.</summary>
    public const string ParametersKey = "parameters.json";

    /// <summary>Keys of the pools from which on two more are no more than an eighth of the stake.</summary>
    private const int SmallestStakeWithPair = 14;

    /// <summary>Number of the iteration.</summary>
    public int Iteration => Assignment.Iteration;

    /// <summary>The range of a node, or null: it has no keys in this iteration.</summary>
    public KeyRange? RangeOf(string node)
    {
        foreach (KeyRange range in Assignment.Ranges)
        {
            if (range.Node == node)
            {
                return range;
            }
        }

        return null;
    }

    /// <summary>Ranges of the pools' nodes, without the pair's.</summary>
    public IEnumerable<KeyRange> PoolRanges => Assignment.Ranges.Where(range => !NodeRoles.IsOfPair(range.Pool));

    /// <summary>Ranges of baseline and canary; empty when this iteration reserved none, and runs no pair.</summary>
    public IEnumerable<KeyRange> PairRanges => Assignment.Ranges.Where(range => NodeRoles.IsOfPair(range.Pool));

    /// <summary>Most shards the genesis can have: what pods must be prepared to mount.</summary>
    /// <remarks>A validator adds at most 140 bytes that do not compress; a shard holds 900 KiB.</remarks>
    public static int MaxGenesisShards(int validators) => 1 + (validators * 140 / (900 * 1024));

    /// <summary>The data of the record's ConfigMap.</summary>
    public Dictionary<string, string> ToData() => new(StringComparer.Ordinal)
    {
        [AssignmentKey] = JsonSerializer.Serialize(Assignment, PlanningJson.Context.KeyAssignment),
        [ParametersKey] = JsonSerializer.Serialize(Parameters, PlanningJson.Context.IterationParameters),
    };

    /// <summary>Reads a record; null when the data is not one.</summary>
    public static IterationRecord? FromData(IReadOnlyDictionary<string, string>? data)
    {
        if (data is null || !data.TryGetValue(AssignmentKey, out string? assignment) || !data.TryGetValue(ParametersKey, out string? parameters))
        {
            return null;
        }

        try
        {
            KeyAssignment? ranges = JsonSerializer.Deserialize(assignment, PlanningJson.Context.KeyAssignment);
            IterationParameters? values = JsonSerializer.Deserialize(parameters, PlanningJson.Context.IterationParameters);
            return ranges is null || values is null || ranges.Ranges.IsDefault ? null : new IterationRecord(ranges, values);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Fixes an iteration from the spec as it is now.</summary>
    public static IterationRecord Begin(Testnet testnet, int iteration, string mnemonicSecret, string mnemonicFingerprint)
    {
        ImmutableArray<KeyRange> ranges = Assign(testnet);
        return new IterationRecord(
            new KeyAssignment(iteration, ranges),
            new IterationParameters
            {
                TestnetUid = testnet.Metadata.Uid!,
                ProtocolId = ProtocolId(testnet, iteration),
                Preset = testnet.Spec.Network.Preset,
                Config = new SortedDictionary<string, ConfigValue>(testnet.Spec.Network.Config ?? [], StringComparer.Ordinal),
                Validators = ranges.Sum(range => range.Count),
                MnemonicSecret = mnemonicSecret,
                MnemonicFingerprint = mnemonicFingerprint,
            });
    }

    /// <summary>The protocol prefix of an iteration: the testnet's own, or /fleet/NAME-HASH of its UID, and the iteration; "standard" stays.</summary>
    public static string ProtocolId(Testnet testnet, int iteration)
    {
        if (testnet.Spec.Network.ProtocolId == "standard")
        {
            return "standard";
        }

        string prefix = testnet.Spec.Network.ProtocolId is { Length: > 0 } own
            ? own
            : $"/fleet/{testnet.Metadata.Name}-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(testnet.Metadata.Uid ?? "")))[..6]}";
        return string.Create(CultureInfo.InvariantCulture, $"{prefix}/{iteration}");
    }

    /// <summary>Names the fields of genesis and network that differ from what this iteration runs with.</summary>
    public ImmutableArray<string> PendingFields(Testnet testnet)
    {
        var fields = ImmutableArray.CreateBuilder<string>();
        NetworkSpec network = testnet.Spec.Network;
        if (network.Preset != Parameters.Preset)
        {
            fields.Add("spec.network.preset");
        }

        if (ProtocolId(testnet, Iteration) != Parameters.ProtocolId)
        {
            fields.Add("spec.network.protocolId");
        }

        IReadOnlyDictionary<string, ConfigValue> config = network.Config ?? [];
        foreach (string key in config.Keys.Concat(Parameters.Config.Keys).Distinct().Order(StringComparer.Ordinal))
        {
            if (!config.TryGetValue(key, out ConfigValue wanted) || !Parameters.Config.TryGetValue(key, out ConfigValue running) || wanted.Text != running.Text)
            {
                fields.Add($"spec.network.config.{key}");
            }
        }

        if (testnet.Spec.Genesis.Validators is { } validators && validators != PoolRanges.Sum(range => range.Count))
        {
            fields.Add("spec.genesis.validators");
        }

        if ((testnet.Spec.Genesis.MnemonicSecretRef?.Name ?? Names.Mnemonic(testnet.Metadata.Name!)) != Parameters.MnemonicSecret)
        {
            fields.Add("spec.genesis.mnemonicSecretRef");
        }

        if (testnet.Spec.Rollout is { Strategy: RolloutStrategies.Canary, PairValidators: { } each } && each * 2 != PairRanges.Sum(range => range.Count))
        {
            fields.Add("spec.rollout.pairValidators");
        }

        for (int i = 0; i < testnet.Spec.Pools.Count; i++)
        {
            PoolSpec pool = testnet.Spec.Pools[i];
            int assigned = Assignment.Ranges.Where(range => range.Pool == pool.Name).Sum(range => range.Count);
            if (pool.Validators is { } named && named != assigned)
            {
                fields.Add(string.Create(CultureInfo.InvariantCulture, $"spec.pools[{i}].validators"));
            }
        }

        return fields.ToImmutable();
    }

    /// <summary>Keys of baseline and canary each, for a number of keys of the pools: as the spec says, else a sixteenth, if both together stay within an eighth of the stake.</summary>
    internal static int PairValidators(RolloutSpec rollout, int poolKeys) =>
        rollout.Strategy != RolloutStrategies.Canary ? 0
        : rollout.PairValidators ?? (poolKeys < SmallestStakeWithPair ? 0 : Math.Max(1, poolKeys / 16));

    /// <summary>Key ranges in the order of pools and ordinals, those of the pair last; pools that name no number share the rest evenly.</summary>
    private static ImmutableArray<KeyRange> Assign(Testnet testnet)
    {
        List<PoolSpec> pools = testnet.Spec.Pools;
        int named = pools.Sum(pool => pool.Validators ?? 0);
        int open = pools.Count(pool => pool.Validators is null);
        int rest = (testnet.Spec.Genesis.Validators ?? named) - named;
        var ranges = ImmutableArray.CreateBuilder<KeyRange>();
        int first = 0;
        int share = 0;
        foreach (PoolSpec pool in pools)
        {
            int count = pool.Validators ?? Portion(rest, open, share++);
            for (int ordinal = 0; ordinal < pool.Replicas; ordinal++)
            {
                int keys = Portion(count, pool.Replicas, ordinal);
                if (keys > 0)
                {
                    ranges.Add(new KeyRange(Names.Node(testnet.Metadata.Name!, pool.Name, ordinal), pool.Name, ordinal, first, keys));
                    first += keys;
                }
            }
        }

        int each = PairValidators(testnet.Spec.Rollout, first);
        foreach (string role in each > 0 ? (ReadOnlySpan<string>)[NodeRoles.Baseline, NodeRoles.Canary] : [])
        {
            ranges.Add(new KeyRange(Names.PairNode(testnet.Metadata.Name!, role), role, 0, first, each));
            first += each;
        }

        return ranges.ToImmutable();
    }

    /// <summary>The part of <paramref name="index"/> when <paramref name="total"/> is shared evenly; the first get what is left over.</summary>
    private static int Portion(int total, int parts, int index) => (total / parts) + (index < total % parts ? 1 : 0);
}

/// <summary>Source-generated serialization of what planning stores.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(KeyAssignment))]
[JsonSerializable(typeof(IterationParameters))]
[JsonSerializable(typeof(KeysFile))]
[JsonSerializable(typeof(Recovery.RecoveryHistory))]
public sealed partial class PlanningJson : JsonSerializerContext
{
    /// <summary>The serializer, with the options all objects of the API server share.</summary>
    public static PlanningJson Context { get; } = new(KubernetesJson.CreateOptions());
}
