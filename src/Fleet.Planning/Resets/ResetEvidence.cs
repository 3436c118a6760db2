using System.Collections.Immutable;
using System.IO.Compression;
using System.Text.Json;
using System.Text.Json.Serialization;
using Fleet.Api;
using Fleet.Kubernetes.Models;
using Fleet.Planning.Steps;

namespace Fleet.Planning.Resets;

/// <summary>What was known of a chain when it was ended, for whoever asks later why.</summary>
public sealed record ResetEvidence
{
    /// <summary>Key of the ConfigMap's binary data.</summary>
    public const string Key = "evidence.json.gz";

    /// <summary>Most bytes of it: a ConfigMap holds 1 MiB.</summary>
    private const int MostBytes = 900 * 1024;

    /// <summary>When it was collected.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>Why the chain was ended.</summary>
    public required ChainResetSpec Reset { get; init; }

    /// <summary>The testnet's status then.</summary>
    public TestnetStatus? Testnet { get; init; }

    /// <summary>What each node was and said.</summary>
    public required ImmutableArray<NodeEvidence> Nodes { get; init; }

    /// <summary>The latest roll-out: its name, images and status.</summary>
    public CanaryRolloutStatus? Rollout { get; init; }

    /// <summary>Image that roll-out was about.</summary>
    public string? RolloutImage { get; init; }

    /// <summary>What was remembered of the incident, as it is stored.</summary>
    public string? History { get; init; }

    /// <summary>Events of the testnet and its nodes, one line each, the latest last.</summary>
    public ImmutableArray<string> Events { get; init; } = [];

    /// <summary>Ends of the containers' logs, by pod and container.</summary>
    public ImmutableSortedDictionary<string, string> Logs { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>What is in memory; events and logs are at the API server.</summary>
    internal static ResetEvidence Of(ResetContext context)
    {
        TestnetObservation world = context.World;
        CanaryRollout? rollout = world.Rollouts is [.., { } last] ? last : null;
        return new ResetEvidence
        {
            At = context.Now,
            Reset = context.Reset.Spec,
            Testnet = context.Testnet.Status,
            Nodes = [.. world.Nodes.Values.Select(node => NodeEvidence.Of(node, world, context.Iteration))],
            Rollout = rollout?.Status,
            RolloutImage = rollout?.Spec.To,
            History = world.ConfigMaps.GetValueOrDefault(Names.Health(world.Name))?.Data?.GetValueOrDefault(RecoveryStep.HistoryKey),
        };
    }

    /// <summary>Gzipped JSON, small enough for a ConfigMap: what is most is left out first, the logs and then the events.</summary>
    public byte[] Write()
    {
        ResetEvidence evidence = this;
        byte[] data = Pack(evidence);
        for (int most = 16 * 1024; data.Length > MostBytes && most >= 256; most /= 4)
        {
            evidence = evidence with { Logs = evidence.Logs.ToImmutableSortedDictionary(log => log.Key, log => log.Value.Length > most ? log.Value[^most..] : log.Value, StringComparer.Ordinal) };
            data = Pack(evidence);
        }

        return data.Length <= MostBytes ? data : Pack(evidence with { Logs = ImmutableSortedDictionary<string, string>.Empty, Events = [] });
    }

    private static byte[] Pack(ResetEvidence evidence)
    {
        using MemoryStream packed = new();
        using (GZipStream gzip = new(packed, CompressionLevel.Optimal, leaveOpen: true))
        {
            JsonSerializer.Serialize(gzip, evidence, ResetEvidenceJson.Context.ResetEvidence);
        }

        return packed.ToArray();
    }
}

/// <summary>One node in a <see cref="ResetEvidence"/>.</summary>
public sealed record NodeEvidence
{
    /// <summary>The BeaconNode.</summary>
    public required string Node { get; init; }

    /// <summary>Its role.</summary>
    public required string Role { get; init; }

    /// <summary>Its image.</summary>
    public string? Image { get; init; }

    /// <summary>Keys it signs with.</summary>
    public int Keys { get; init; }

    /// <summary>UID of its pod; null: it has none.</summary>
    public string? Pod { get; init; }

    /// <summary>Why the pod does not run; null: it does.</summary>
    public string? Problem { get; init; }

    /// <summary>Restarts of its containers.</summary>
    public int Restarts { get; init; }

    /// <summary>What it last said; null: nothing.</summary>
    public NodeSnapshot? Snapshot { get; init; }

    internal static NodeEvidence Of(BeaconNode node, TestnetObservation world, IterationRecord? record)
    {
        string name = node.Metadata.Name!;
        Pod? pod = world.Pods.GetValueOrDefault(Names.Pod(name));
        return new NodeEvidence
        {
            Node = name,
            Role = node.Spec.Role,
            Image = node.Spec.Image,
            Keys = record?.RangeOf(name)?.Count ?? 0,
            Pod = pod?.Metadata.Uid,
            Problem = PodFacts.Problem(name, pod),
            Restarts = pod?.Status?.ContainerStatuses?.Sum(status => status.RestartCount) ?? 0,
            Snapshot = world.Snapshots.GetValueOrDefault(name),
        };
    }
}

/// <summary>Source-generated serialization of the evidence.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(ResetEvidence))]
public sealed partial class ResetEvidenceJson : JsonSerializerContext
{
    /// <summary>The serializer, with the options all objects of the API server share.</summary>
    public static ResetEvidenceJson Context { get; } = new(KubernetesJson.CreateOptions());
}
