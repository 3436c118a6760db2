using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Fleet.Api;
using Fleet.Kubernetes;
using Fleet.Kubernetes.Models;

namespace Fleet.Sweep;

/// <summary>Changes one property of a testnet that runs to another value and back, and to one that is wrong and back.</summary>
/// <remarks>
/// Changed, it must be as if it had been declared so; changed back, as if nothing had been; and what is wrong must be refused by name, by the
/// API server or by the condition Accepted, and change nothing.
/// </remarks>
public sealed class MutationRunner(WorldMaker maker)
{
    /// <summary>A Secret that is there for a testnet to name as its mnemonic.</summary>
    public const string OwnMnemonic = "own-mnemonic";

    /// <summary>A Secret that is there for a testnet to pull images with.</summary>
    public const string Registry = "registry";

    private static readonly ObjectKey Key = new(VirtualWorld.Namespace, "devnet");

    /// <summary>What was not as it should be.</summary>
    public async Task<IReadOnlyList<string>> RunAsync(Mutation mutation)
    {
        List<string> alarms = [];
        await using VirtualWorld world = await maker.StartAsync(new Plan("mutate", Disturbance.None, null), beginsEmpty: false);
        await AddSecretsAsync(world.User);
        IReadOnlyList<string> before = await StateAsync(world);
        JsonNode original = KubernetesJson.ToNode(await world.User.GetAsync<Testnet>(Key, CancellationToken.None))["spec"]!;

        await ChangeAsync(world.User, mutation.Valid);
        IReadOnlyList<string> changed = await StateAsync(world);
        await JudgeChangeAsync(mutation, world, before, changed, alarms);
        await RestoreAsync(world.User, original);
        IReadOnlyList<string> back = await StateAsync(world);
        if (mutation.Effect != Effect.IsForGood)
        {
            // Volumes and identities of nodes that went stay: their ordinals may come back.
            Compare("changed back", before, [.. back.Where(part => before.Contains(part) || !IsOneOf(part, "PersistentVolumeClaim", "Secret"))], alarms);
        }

        string? refusal = await RefusalAsync(world, mutation);
        if (refusal?.Contains(mutation.Named, StringComparison.Ordinal) != true)
        {
            alarms.Add($"what is invalid is not refused by the name {mutation.Named}: {refusal ?? "it was accepted"}");
        }

        await RestoreAsync(world.User, original);
        Compare("after the invalid value", back, await StateAsync(world), alarms);
        alarms.AddRange(world.Processes.Doubles);
        alarms.AddRange(world.Failures);
        return alarms;
    }

    private async Task JudgeChangeAsync(Mutation mutation, VirtualWorld world, IReadOnlyList<string> before, IReadOnlyList<string> changed, List<string> alarms)
    {
        Testnet testnet = await world.User.GetAsync<Testnet>(Key, CancellationToken.None);
        switch (mutation.Effect)
        {
            case Effect.Applies or Effect.IsForGood:
                Compare("changed, and declared so from the beginning,", await FreshAsync(mutation), changed, alarms);
                break;
            case Effect.ChangesPods:
                Compare("changed, and declared so from the beginning,", [.. (await FreshAsync(mutation)).Where(IsPod)], [.. changed.Where(IsPod)], alarms);
                break;
            case Effect.WaitsForReset:
                Compare("changed", [.. before.Select(part => part == "UpToDate=True/Current" ? "UpToDate=False/PendingReset" : part)], changed, alarms);
                ExpectMessage(ConditionTypes.UpToDate, mutation.Property.Split('.')[2].Split('[')[0]);
                break;
            case Effect.OnlyAtBirth:
                Compare("changed", [.. before.Where(part => !IsNode(part))], [.. changed.Where(part => !IsNode(part))], alarms);
                break;
            case Effect.CostsStake:
                Compare("pods", [.. before.Where(IsPod)], [.. changed.Where(part => IsPod(part) && before.Contains(part))], alarms);
                ExpectMessage(ConditionTypes.Accepted, "three quarters");
                break;
            default:
                throw new InvalidOperationException($"unknown effect {mutation.Effect}");
        }

        void ExpectMessage(string condition, string part)
        {
            string? message = testnet.Status?.Conditions?.Find(candidate => candidate.Type == condition)?.Message;
            if (message?.Contains(part, StringComparison.Ordinal) != true)
            {
                alarms.Add($"{condition} does not say '{part}': {message}");
            }
        }
    }

    private async Task<IReadOnlyList<string>> FreshAsync(Mutation mutation)
    {
        await using VirtualWorld world = await maker.StartAsync(new Plan("fresh", Disturbance.None, null), beginsEmpty: true);
        await AddSecretsAsync(world.User);
        JsonObject testnet = KubernetesJson.ToNode(Workload.NewTestnet());
        Merge(testnet["spec"]!.AsObject(), JsonNode.Parse(mutation.Valid)!.AsObject());
        await world.User.CreateAsync(testnet.Deserialize(FleetApiJson.Context.Testnet)!, null, CancellationToken.None);
        return await StateAsync(world);
    }

    private static async Task<IReadOnlyList<string>> StateAsync(VirtualWorld world)
    {
        bool rests = await world.UntilRestAsync();
        IReadOnlyList<string> parts = await WorldDump.TakePartsAsync(world.User, VirtualWorld.Namespace);
        return rests ? parts : ["no rest", .. parts];
    }

    private static bool IsNode(string part) => IsOneOf(part, "BeaconNode");

    private static bool IsPod(string part) => IsOneOf(part, "Pod");

    private static bool IsOneOf(string part, params ReadOnlySpan<string> kinds) => kinds.Contains(part.Split(' ')[0]);

    private static Task<Testnet> ChangeAsync(IKubernetesClient user, string patch) =>
        user.PatchAsync<Testnet>(Key, Patch.Merge(new JsonObject { ["spec"] = JsonNode.Parse(patch) }), null, CancellationToken.None);

    private static Task<Testnet> RestoreAsync(IKubernetesClient user, JsonNode spec) =>
        user.PatchAsync<Testnet>(Key, Patch.Json(Patch.Operation("replace", "/spec", spec.DeepClone())), null, CancellationToken.None);

    private static async Task<string?> RefusalAsync(VirtualWorld world, Mutation mutation)
    {
        try
        {
            await ChangeAsync(world.User, mutation.Invalid);
        }
        catch (KubernetesException exception) when (exception.Code is 400 or 422)
        {
            return exception.Message;
        }

        _ = await world.UntilRestAsync();
        Testnet testnet = await world.User.GetAsync<Testnet>(Key, CancellationToken.None);
        return testnet.Status?.Conditions?.Find(condition => condition is { Type: ConditionTypes.Accepted, Status: ConditionStatuses.False })?.Message;
    }

    private static async Task AddSecretsAsync(IKubernetesClient user)
    {
        await AddSecretAsync(user, OwnMnemonic, "mnemonic", Beacon.Crypto.Keys.Mnemonic.Generate().Phrase);
        await AddSecretAsync(user, Registry, ".dockerconfigjson", """{"auths":{}}""");
    }

    private static Task AddSecretAsync(IKubernetesClient user, string name, string key, string value) => user.CreateAsync(
        new Secret
        {
            Metadata = new ObjectMeta { Name = name, Namespace = VirtualWorld.Namespace, Labels = new Dictionary<string, string> { [Labels.Use] = "true" } },
            Data = new Dictionary<string, byte[]> { [key] = Encoding.UTF8.GetBytes(value) },
        },
        null,
        CancellationToken.None);

    private static void Merge(JsonObject target, JsonObject patch)
    {
        foreach ((string name, JsonNode? value) in patch)
        {
            if (value is JsonObject inner && target[name] is JsonObject existing)
            {
                Merge(existing, inner);
            }
            else
            {
                target[name] = value?.DeepClone();
            }
        }
    }

    private static void Compare(string what, IReadOnlyList<string> expected, IReadOnlyList<string> actual, List<string> alarms)
    {
        if (!expected.SequenceEqual(actual, StringComparer.Ordinal))
        {
            alarms.Add($"{what}: {Judge.FirstDifference(string.Join('\n', expected), string.Join('\n', actual))}");
        }
    }
}
