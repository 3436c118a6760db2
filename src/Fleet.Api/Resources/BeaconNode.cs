using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Fleet.Api.Schema;
using Fleet.Api.Validation;
using Fleet.Kubernetes.Models;

namespace Fleet.Api;

/// <summary>One node of a testnet. Made by the operator; may be made by hand to join a network without keys of it.</summary>
[CustomResource("BeaconNode", "beaconnodes", ShortName = "bn", MaxName = Names.MaxNodeName)]
[PrinterColumn(0, "Role", "string", ".spec.role")]
[PrinterColumn(1, "Ready", "string", ".status.conditions[?(@.type==\"Ready\")].status")]
[PrinterColumn(2, "Head", "integer", ".status.head.slot")]
[PrinterColumn(3, "Finalized", "integer", ".status.finalized")]
[PrinterColumn(4, "Peers", "integer", ".status.peers")]
[PrinterColumn(5, "Image", "string", ".spec.image")]
[PrinterColumn(6, "Age", "date", ".metadata.creationTimestamp")]
public sealed class BeaconNode : KubernetesObject, IKubernetesObject<BeaconNode>
{
    /// <summary>What the node should be.</summary>
    [Schema(Required = true)]
    public BeaconNodeSpec Spec { get; set => field = value ?? new(); } = new();

    /// <summary>What the node is.</summary>
    public BeaconNodeStatus? Status { get; set; }

    /// <inheritdoc/>
    public static ResourceType Resource { get; } = new(FleetGroup.Name, FleetGroup.Version, "beaconnodes", nameof(BeaconNode), Namespaced: true) { ShortNames = ["bn"] };

    /// <inheritdoc/>
    public static JsonTypeInfo<BeaconNode> JsonType => FleetApiJson.Context.BeaconNode;

    /// <inheritdoc/>
    public static JsonTypeInfo<KubernetesList<BeaconNode>> ListJsonType => FleetApiJson.Context.KubernetesListBeaconNode;
}

/// <summary>What one node should be.</summary>
[Rule("self.role != 'bootnode' || !has(self.keysSecretRef)", "keysSecretRef must not be set on a bootnode, which follows no chain; leave it out or choose another role")]
[Rule("self.role != 'bootnode' || !has(self.checkpointSyncURL)", "checkpointSyncURL must not be set on a bootnode, which follows no chain; leave it out or choose another role")]
public sealed class BeaconNodeSpec : PodKnobs
{
    /// <summary>Testnet of this namespace the node belongs to.</summary>
    [Schema(Required = true, MinLength = 1, MaxLength = Names.MaxTestnetName, Pattern = Patterns.Label)]
    [Rule("self == oldSelf", "must not change; delete the node and make it anew in the other testnet")]
    public string Testnet { get; set => field = value ?? ""; } = "";

    /// <summary>What the node is for.</summary>
    [Schema(Values = "bootnode|node|archive|baseline|canary", Default = "\"node\"")]
    [Rule("(self == 'bootnode') == (oldSelf == 'bootnode')", "must not change from or to bootnode, which has no volume; delete the node and make it anew")]
    public string Role { get; set => field = value ?? NodeRoles.Node; } = NodeRoles.Node;

    /// <summary>Image. Empty: the testnet's, else the operator's --beacon-image.</summary>
    [Schema(MaxLength = 512, Pattern = Patterns.Image)]
    public string? Image { get; set; }

    /// <summary>When the image is pulled.</summary>
    [Schema(Values = "Always|IfNotPresent|Never", Default = "\"IfNotPresent\"")]
    public string ImagePullPolicy { get; set => field = value ?? "IfNotPresent"; } = "IfNotPresent";

    /// <summary>Secrets of this namespace that hold registry credentials.</summary>
    [Schema(MaxItems = 16)]
    public List<SecretReference>? ImagePullSecrets { get; set; }

    /// <summary>Iteration the node runs. Empty: that of the testnet.</summary>
    [Schema(Minimum = 1, Maximum = 1000000)]
    [Rule("self >= oldSelf", "must not go back, for iterations never come again; delete the node and make it anew")]
    public int? Iteration { get; set; }

    /// <summary>Suffix of the chain directory's name.</summary>
    [Schema(MaxLength = 32, Pattern = Patterns.DirectorySuffix)]
    public string? ChainDirectory { get; set; }

    /// <summary>Chain directories of ended chains that stay on the volume.</summary>
    [Schema(MaxItems = 16, ItemMaxLength = 63, ItemPattern = Patterns.ChainDirectory)]
    public List<string>? KeepChains { get; set; }

    /// <summary>Beacon API of a node of the testnet; an empty chain directory starts from its finalized state instead of from genesis.</summary>
    [Schema(MaxLength = 256, Pattern = Patterns.BeaconUrl)]
    public string? CheckpointSyncURL { get; set; }

    /// <summary>Whether the database may be rewritten in the newest format of the image, which the release before cannot read.</summary>
    public bool? MigrateDatabase { get; set; }

    /// <summary>Secret with the libp2p key under "key". Empty: made once.</summary>
    public SecretReference? IdentitySecretRef { get; set; }

    /// <summary>Secret with keystores; empty: the node has no validators.</summary>
    public SecretReference? KeysSecretRef { get; set; }

    /// <summary>First epoch whose duties the node's keys do, for keys that signed elsewhere before. The operator goes beyond it where a lost volume asks for it.</summary>
    [Schema(Minimum = 0)]
    public long? SignFromEpoch { get; set; }

    /// <summary>Scales the node to zero and keeps its data.</summary>
    [Schema(Default = "false")]
    public bool Suspend { get; set; }
}

/// <summary>What one node is. Written by the operator only.</summary>
public sealed class BeaconNodeStatus
{
    /// <summary>Generation of the spec this status is about.</summary>
    public long? ObservedGeneration { get; set; }

    /// <summary>Facts about the node.</summary>
    [Schema(MaxItems = 16, MapKey = "type")]
    public List<Condition>? Conditions { get; set; }

    /// <summary>Name of the pod.</summary>
    [Schema(MaxLength = 253)]
    public string? PodName { get; set; }

    /// <summary>libp2p peer ID.</summary>
    [Schema(MaxLength = 128, Pattern = "^[A-Za-z0-9]*$")]
    public string? PeerId { get; set; }

    /// <summary>Ethereum node record, as the node reports it.</summary>
    [Schema(MaxLength = 1024)]
    public string? Enr { get; set; }

    /// <summary>Head of the chain as the node sees it.</summary>
    public HeadStatus? Head { get; set; }

    /// <summary>Justified epoch.</summary>
    public long? Justified { get; set; }

    /// <summary>Finalized epoch.</summary>
    public long? Finalized { get; set; }

    /// <summary>Connected peers.</summary>
    public int? Peers { get; set; }

    /// <summary>Slots the node is behind.</summary>
    public long? SyncDistance { get; set; }

    /// <summary>Version the node reports.</summary>
    [Schema(MaxLength = 256)]
    public string? Version { get; set; }

    /// <summary>Digest of the image that runs.</summary>
    [Schema(MaxLength = 512)]
    public string? ImageID { get; set; }

    /// <summary>Keys of the node.</summary>
    public NodeValidators? Validators { get; set; }

    /// <summary>Container restarts of the pod.</summary>
    public int? Restarts { get; set; }

    /// <summary>First epoch whose duties the node's keys do, because of a volume that was lost or because the spec says so.</summary>
    public long? SignFromEpoch { get; set; }

    /// <summary>When the node last answered; moves with the progress fields.</summary>
    [JsonConverter(typeof(TimeConverter))]
    [Schema(MaxLength = Patterns.MaxTime, Pattern = Patterns.Time)]
    public DateTimeOffset? LastSeen { get; set; }
}

/// <summary>Head of a chain.</summary>
public sealed class HeadStatus
{
    /// <summary>Slot of the head block.</summary>
    public long Slot { get; set; }

    /// <summary>Root of the head block.</summary>
    [Schema(MaxLength = 66)]
    public string? Root { get; set; }
}

/// <summary>Keys of a node.</summary>
public sealed class NodeValidators
{
    /// <summary>Keys the node holds.</summary>
    public int Active { get; set; }
}
