using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Fleet.Api;
using Fleet.Kubernetes.Models;

namespace Fleet.Planning.Children;

/// <summary>What a node's pod is made of.</summary>
/// <param name="Node">The node.</param>
/// <param name="Image">Image of both containers.</param>
/// <param name="Iteration">Iteration it runs.</param>
/// <param name="IdentitySecret">Secret with the libp2p key.</param>
/// <param name="GenesisShards">Most shards the genesis can have.</param>
public sealed record PodParameters(BeaconNode Node, string Image, int Iteration, string IdentitySecret, int GenesisShards)
{
    /// <summary>Key ranges of the pair, whose duties every other node counts.</summary>
    public ImmutableArray<KeyRange> Pair { get; init; } = [];

    /// <summary>First epoch whose duties the node's keys do; null: all.</summary>
    public long? SignFromEpoch { get; init; }

    /// <summary>Whether the node must have no pod for now.</summary>
    public bool IsHeld { get; init; }
}

/// <summary>The pod of a node: the arguments, files, ports and probes of docs/contracts.md.</summary>
public static class PodTemplateBuilder
{
    private const long User = 65532;
    private const int SecretMode = 0x120; // 0440: readable by the group the volume belongs to

    /// <summary>The template; its hash is in its own annotations.</summary>
    public static PodTemplateSpec Build(PodParameters parameters)
    {
        BeaconNode node = parameters.Node;
        var template = new PodTemplateSpec
        {
            Metadata = new ObjectMeta { Labels = ChildMetadata.NodeLabels(node, parameters.Iteration) },
            Spec = Spec(parameters),
        };
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(template, KubernetesJson.Context.PodTemplateSpec);
        template.Metadata.Annotations = new Dictionary<string, string>
        {
            [Annotations.TemplateHash] = Convert.ToHexStringLower(SHA256.HashData(json))[..16],
        };
        return template;
    }

    private static PodSpec Spec(PodParameters parameters)
    {
        BeaconNode node = parameters.Node;
        List<Container> containers = [Beacon(parameters)];
        if (HasKeys(node))
        {
            containers.Add(Validator(parameters));
        }

        return new PodSpec
        {
            AutomountServiceAccountToken = false,
            EnableServiceLinks = false,
            TerminationGracePeriodSeconds = 30,
            SecurityContext = new PodSecurityContext
            {
                RunAsNonRoot = true,
                RunAsUser = User,
                RunAsGroup = User,
                FsGroup = User,
                FsGroupChangePolicy = "OnRootMismatch",
                SeccompProfile = new SeccompProfile { Type = "RuntimeDefault" },
            },
            ImagePullSecrets = node.Spec.ImagePullSecrets is { Count: > 0 } secrets ? secrets.ConvertAll(secret => new LocalObjectReference { Name = secret.Name }) : null,
            NodeSelector = node.Spec.NodeSelector is { Count: > 0 } selector ? selector : null,
            Tolerations = node.Spec.Tolerations is { Count: > 0 } tolerations ? tolerations.ConvertAll(Toleration) : null,
            Affinity = Affinity(node),
            PriorityClassName = string.IsNullOrEmpty(node.Spec.PriorityClassName) ? null : node.Spec.PriorityClassName,
            Containers = containers,
            Volumes = Volumes(parameters),
        };
    }

    private static bool HasKeys(BeaconNode node) => node.Spec.KeysSecretRef is not null && node.Spec.Role != NodeRoles.Bootnode;

    private static Container Beacon(PodParameters parameters)
    {
        BeaconNode node = parameters.Node;
        List<string> args =
        [
            node.Spec.Role == NodeRoles.Bootnode ? "bootnode" : "node",
            "--network-dir=/etc/beacon/network",
            "--peers-file=/etc/beacon/peers/peers.yaml",
            "--identity-file=/etc/beacon/identity/key",
            "--data-dir=/data",
            Flag("iteration", parameters.Iteration),
            "--listen-address=$(POD_IP)",
            Flag("p2p-port", Ports.P2P),
            Flag("http-port", Ports.Http),
            Flag("metrics-port", Ports.Metrics),
        ];
        if (node.Spec.Role != NodeRoles.Bootnode && node.Spec.ChainDirectory is { Length: > 0 } suffix)
        {
            args.Add("--chain-directory-suffix=" + suffix);
        }

        if (node.Spec.Role != NodeRoles.Bootnode)
        {
            args.AddRange((node.Spec.KeepChains ?? []).Select(directory => "--keep=" + directory));
        }

        if (node.Spec.Role != NodeRoles.Bootnode && node.Spec.CheckpointSyncURL is { Length: > 0 } trusted)
        {
            args.Add("--checkpoint-sync-url=" + trusted);
        }

        if (node.Spec.Role != NodeRoles.Bootnode && node.Spec.MigrateDatabase == true)
        {
            args.Add("--migrate-database=true");
        }

        if (node.Spec.Role is NodeRoles.Node or NodeRoles.Archive)
        {
            // What the pair says of its own duties would be a claim of the accused.
            args.AddRange(parameters.Pair.Select(range => $"--duty-group={range.Node}={range}"));
        }

        args.Add("--log-level=" + node.Spec.LogLevel);
        args.AddRange(node.Spec.ExtraArgs ?? []);
        return new Container
        {
            Name = "beacon",
            Image = parameters.Image,
            ImagePullPolicy = node.Spec.ImagePullPolicy,
            Args = args,
            Env = Variables(node),
            Ports =
            [
                new ContainerPort { Name = "p2p", Port = Ports.P2P, Protocol = "TCP" },
                new ContainerPort { Name = "discovery", Port = Ports.P2P, Protocol = "UDP" },
                new ContainerPort { Name = "http", Port = Ports.Http, Protocol = "TCP" },
                new ContainerPort { Name = "metrics", Port = Ports.Metrics, Protocol = "TCP" },
            ],
            ReadinessProbe = Probe("/eth/v1/node/health", Ports.Http, period: 2, failures: 3),
            LivenessProbe = Probe("/healthz", Ports.Http, period: 10, failures: 6),
            Resources = Resources(node.Spec.Resources) ?? Requests("100m", "192Mi"),
            SecurityContext = Restricted(),
            VolumeMounts =
            [
                new VolumeMount { Name = "data", MountPath = "/data" },
                new VolumeMount { Name = "network", MountPath = "/etc/beacon/network", ReadOnly = true },
                new VolumeMount { Name = "peers", MountPath = "/etc/beacon/peers", ReadOnly = true },
                new VolumeMount { Name = "identity", MountPath = "/etc/beacon/identity", ReadOnly = true },
                new VolumeMount { Name = "tmp", MountPath = "/tmp" },
            ],
        };
    }

    private static Container Validator(PodParameters parameters) => new()
    {
        Name = "validator",
        Image = parameters.Image,
        ImagePullPolicy = parameters.Node.Spec.ImagePullPolicy,
        Args =
        [
            "validator",
            "--network-dir=/etc/beacon/network",
            "--peers-file=/etc/beacon/peers/peers.yaml",
            "--data-dir=/data",
            Flag("iteration", parameters.Iteration),
            "--listen-address=$(POD_IP)",
            string.Create(CultureInfo.InvariantCulture, $"--beacon-node=http://$(POD_IP):{Ports.Http}"),
            "--keys-dir=/etc/beacon/keys",
            Flag("metrics-port", Ports.ValidatorMetrics),
            .. parameters.SignFromEpoch is { } epoch ? (ReadOnlySpan<string>)[Flag("sign-from-epoch", epoch)] : [],
            "--log-level=" + parameters.Node.Spec.LogLevel,
        ],
        Env = Variables(parameters.Node),
        Ports = [new ContainerPort { Name = "vmetrics", Port = Ports.ValidatorMetrics, Protocol = "TCP" }],
        LivenessProbe = Probe("/healthz", Ports.ValidatorMetrics, period: 10, failures: 6),
        Resources = Requests("20m", "96Mi"),
        SecurityContext = Restricted(),
        VolumeMounts =
        [
            new VolumeMount { Name = "data", MountPath = "/data" },
            new VolumeMount { Name = "network", MountPath = "/etc/beacon/network", ReadOnly = true },
            new VolumeMount { Name = "peers", MountPath = "/etc/beacon/peers", ReadOnly = true },
            new VolumeMount { Name = "keys", MountPath = "/etc/beacon/keys", ReadOnly = true },
            new VolumeMount { Name = "tmp", MountPath = "/tmp" },
        ],
    };

    private static List<Volume> Volumes(PodParameters parameters)
    {
        BeaconNode node = parameters.Node;
        string testnet = node.Spec.Testnet;

        // Optional, because the pod runs and waits before the genesis exists; projected, so that all files appear in one step.
        List<VolumeProjection> network = [new VolumeProjection { ConfigMap = new ProjectedObject { Name = Names.Network(testnet, parameters.Iteration), Optional = true } }];
        for (int shard = 1; shard < parameters.GenesisShards; shard++)
        {
            network.Add(new VolumeProjection { ConfigMap = new ProjectedObject { Name = Names.GenesisShard(testnet, parameters.Iteration, shard), Optional = true } });
        }

        List<Volume> volumes =
        [
            node.Spec.Role == NodeRoles.Bootnode
                ? new Volume { Name = "data", EmptyDir = new EmptyDirVolumeSource() }
                : new Volume { Name = "data", PersistentVolumeClaim = new PersistentVolumeClaimVolumeSource { ClaimName = Names.DataClaim(node.Metadata.Name!) } },
            new Volume { Name = "network", Projected = new ProjectedVolumeSource { Sources = network } },
            new Volume { Name = "peers", ConfigMap = new ConfigMapVolumeSource { Name = Names.Peers(testnet), Optional = true } },
            new Volume { Name = "identity", Secret = new SecretVolumeSource { SecretName = parameters.IdentitySecret, DefaultMode = SecretMode } },
        ];
        if (HasKeys(node))
        {
            volumes.Add(new Volume { Name = "keys", Secret = new SecretVolumeSource { SecretName = node.Spec.KeysSecretRef!.Name, DefaultMode = SecretMode } });
        }

        volumes.Add(new Volume { Name = "tmp", EmptyDir = new EmptyDirVolumeSource() });
        return volumes;
    }

    private static List<EnvVar> Variables(BeaconNode node) =>
    [
        new EnvVar { Name = "POD_IP", ValueFrom = new EnvVarSource { FieldRef = new ObjectFieldSelector { FieldPath = "status.podIP" } } },
        new EnvVar { Name = "POD_NAME", ValueFrom = new EnvVarSource { FieldRef = new ObjectFieldSelector { FieldPath = "metadata.name" } } },
        .. (node.Spec.Env ?? []).Select(variable => new EnvVar { Name = variable.Name, Value = variable.Value ?? "" }),
    ];

    private static Probe Probe(string path, int port, int period, int failures) => new()
    {
        HttpGet = new HttpGetAction { Path = path, Port = port, Scheme = "HTTP" },
        PeriodSeconds = period,
        TimeoutSeconds = 5,
        FailureThreshold = failures,
    };

    private static SecurityContext Restricted() => new()
    {
        AllowPrivilegeEscalation = false,
        ReadOnlyRootFilesystem = true,
        Capabilities = new Capabilities { Drop = ["ALL"] },
    };

    private static ResourceRequirements Requests(string cpu, string memory) =>
        new() { Requests = new Dictionary<string, Quantity> { ["cpu"] = cpu, ["memory"] = memory } };

    /// <summary>An apply that takes the last entry away leaves an empty object, which says as much as none.</summary>
    private static ResourceRequirements? Resources(ResourceSpec? spec) =>
        spec is not ({ Requests.Count: > 0 } or { Limits.Count: > 0 })
            ? null
            : new ResourceRequirements { Requests = Quantities(spec.Requests), Limits = Quantities(spec.Limits) };

    private static Dictionary<string, Quantity>? Quantities(Dictionary<string, ConfigValue>? values) =>
        values is { Count: > 0 } ? values.ToDictionary(pair => pair.Key, pair => Quantity.Parse(pair.Value.Text), StringComparer.Ordinal) : null;

    private static Toleration Toleration(TolerationSpec spec) => new()
    {
        Key = spec.Key,
        Operator = spec.Operator,
        Value = spec.Value,
        Effect = spec.Effect,
        TolerationSeconds = spec.TolerationSeconds,
    };

    /// <summary>The node's own affinity, or: rather not beside another node of the testnet.</summary>
    private static Affinity Affinity(BeaconNode node) =>
        node.Spec.Affinity is { } own && !IsEmpty(JsonSerializer.SerializeToNode(own, KubernetesJson.Context.Affinity)) ? own : new Affinity
        {
            PodAntiAffinity = new PodAffinity
            {
                PreferredDuringSchedulingIgnoredDuringExecution =
                [
                    new WeightedPodAffinityTerm
                    {
                        Weight = 100,
                        PodAffinityTerm = new PodAffinityTerm
                        {
                            TopologyKey = "kubernetes.io/hostname",
                            LabelSelector = new LabelSelector { MatchLabels = new Dictionary<string, string> { [Labels.Testnet] = node.Spec.Testnet } },
                        },
                    },
                ],
            },
        };

    private static bool IsEmpty(JsonNode? value) => value switch
    {
        JsonObject map => map.All(property => IsEmpty(property.Value)),
        JsonArray list => list.Count == 0,
        _ => value is null,
    };

    private static string Flag(string name, long value) => string.Create(CultureInfo.InvariantCulture, $"--{name}={value}");
}
