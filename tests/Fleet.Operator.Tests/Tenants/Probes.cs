using Fleet.Api;
using Fleet.Kubernetes.Models;

namespace Fleet.Operator.Tests.Tenants;

/// <summary>What tenants who may write every field of Testnets and BeaconNodes in their namespace try.</summary>
internal static class Probes
{
    private const string Escape = "\u001b[31mred";

    public static IReadOnlyList<Probe> All { get; } = [.. Secrets, .. Strings, .. Fields, .. Metadata, .. NodeSecrets, .. Nodes];

    private static IEnumerable<Probe> Secrets =>
    [
        Probe.Refused("a mnemonic in an unlabelled Secret", t => t.Spec.Genesis.MnemonicSecretRef = new() { Name = "words" }) with { Plants = ns => [Plants.Secret(ns, "words")] },
        Probe.Refused("a service account's token as mnemonic", t => t.Spec.Genesis.MnemonicSecretRef = new() { Name = "token" }) with { Plants = ns => [Plants.Secret(ns, "token", type: "kubernetes.io/service-account-token")] },
        Probe.Refused("a mnemonic by a path into another namespace", t => t.Spec.Genesis.MnemonicSecretRef = new() { Name = "../vault/crown-jewels" }),
        Probe.Refused("a mnemonic by the name of another namespace", t => t.Spec.Genesis.MnemonicSecretRef = new() { Name = "vault/crown-jewels" }),
        Probe.Refused("a mnemonic that another namespace has", t => t.Spec.Genesis.MnemonicSecretRef = new() { Name = "crown-jewels" }),
        Probe.Refused("the mnemonic of another testnet", t => t.Spec.Genesis.MnemonicSecretRef = new() { Name = "older-mnemonic" }) with { Plants = ns => [Plants.Testnet(ns, "older")] },
        Probe.Refused("a name whose mnemonic Secret is somebody's", _ => { }) with { Plants = ns => [Plants.Secret(ns, "net-mnemonic")] },
        Probe.Accepted("a name whose mnemonic Secret is marked for testnets", _ => { }) with { Plants = ns => [Plants.Secret(ns, "net-mnemonic", labelled: true)] },
        Probe.Refused("an unlabelled Secret for pulling images", t => t.Spec.ImagePullSecrets = [new() { Name = "registry" }]) with { Plants = ns => [Plants.Secret(ns, "registry")] },
        Probe.Accepted("a labelled Secret for pulling images", t => t.Spec.ImagePullSecrets = [new() { Name = "registry" }]) with { Plants = ns => [Plants.Secret(ns, "registry", labelled: true)] },
        Probe.Refused("a Secret for pulling images that does not exist", t => t.Spec.ImagePullSecrets = [new() { Name = "registry" }]),
        Probe.Accepted("a name whose keys Secret is somebody's", _ => { }) with { Plants = ns => [Plants.Secret(ns, "net-eu-0-keys-i1")] },
    ];

    private static IEnumerable<Probe> Strings =>
    [
        Arguments("another directory of keys", false, "--keys-dir=/etc"),
        Arguments("another data directory", false, "--ok=1", "--data-dir=/"),
        Arguments("commands of a shell as argument", false, "; rm -rf /"),
        Arguments("a command substitution in an argument", true, "--name=$(cat /etc/passwd);`id`|sh"),
        Arguments("a line feed in an argument", false, "--name=a\nb"),
        Variable("a variable of the operator", "POD_IP", "127.0.0.1"),
        Variable("a variable with an equals sign", "A=B", "c"),
        Variable("a variable that ends early", "A", "b\0c"),
        Probe.Refused("an image with arguments", t => t.Spec.Image = "sh -c id"),
        Probe.Refused("an image with a line feed", t => t.Spec.Image = "a\nb"),
        Probe.Refused("a protocol ID that ends a text of YAML", t => t.Spec.Network.ProtocolId = "/a\"\n- b"),
        Probe.Refused("a bootnode that ends a text of YAML", t => t.Spec.Bootnodes.External = ["/dns4/x\", \"/dns4/evil/p2p/abc"]),
        Probe.Refused("a configuration value with a further line", t => t.Spec.Network.Config!["CONFIG_NAME"] = "a\nSECONDS_PER_SLOT: 1"),
        Probe.Refused("a configuration name with a further line", t => t.Spec.Network.Config!["A: 1\nB"] = "c"),
        Probe.Refused("a pool by a path", t => t.Spec.Pools[0].Name = "../x"),
        Probe.Refused("a time that moves the cursor", t => t.Spec.Genesis.Time = Escape),
        Probe.Refused("a storage class that moves the cursor", t => t.Spec.Pools[0].Storage.ClassName = Escape),
        Probe.Refused("a label that moves the cursor", t => t.Spec.Pools[0].NodeSelector = new() { [Escape] = Escape }),
        Probe.Refused("a text of a mebibyte", t => t.Spec.Image = new string('a', 1 << 20)),
        Probe.Refused("a duration beyond all time", t => t.Spec.Genesis.Delay = new Duration("999999999h999999999h")),
        Probe.Refused("a number of nodes beyond all machines", t => t.Spec.Pools[0].Replicas = int.MaxValue),
    ];

    private static IEnumerable<Probe> Fields =>
    [
        Raw("a variable from a Secret", """{"spec":{"pools":[{"name":"eu","env":[{"name":"X","valueFrom":{"secretKeyRef":{"name":"words","key":"token"}}}]}]}}"""),
        Raw("all variables from a Secret", """{"spec":{"pools":[{"name":"eu","envFrom":[{"secretRef":{"name":"words"}}]}]}}"""),
        Raw("a volume of the host", """{"spec":{"pools":[{"name":"eu","volumes":[{"name":"h","hostPath":{"path":"/"}}]}]}}"""),
        Raw("a volume of a Secret", """{"spec":{"pools":[{"name":"eu","storage":{"size":"1Gi","secret":{"secretName":"words"}}}]}}"""),
        Raw("another service account", """{"spec":{"serviceAccountName":"admin","pools":[{"name":"eu","serviceAccountName":"admin","automountServiceAccountToken":true}]}}"""),
        Raw("the network of the host", """{"spec":{"pools":[{"name":"eu","hostNetwork":true,"securityContext":{"privileged":true,"runAsUser":0}}]}}"""),
        Raw("a command", """{"spec":{"pools":[{"name":"eu","command":["sh","-c","id"],"args":["x"]}]}}"""),
        Raw("pods of other namespaces to run beside", """{"spec":{"pools":[{"name":"eu","affinity":{"podAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":[{"topologyKey":"t","namespaces":["vault"],"namespaceSelector":{}}]}}}]}}"""),
        Raw("a namespace in a reference", """{"spec":{"imagePullSecrets":[{"name":"words","namespace":"vault"}]}}""") with { IsAccepted = false },
    ];

    private static IEnumerable<Probe> Metadata =>
    [
        Probe.Accepted("annotations of the operator", t => t.Metadata.Annotations = new() { [Annotations.Term] = "99999999999999999999", [Annotations.AppliedHash] = "x", [Annotations.TemplateHash] = "x", [Annotations.Keys] = "0-7" }),
        Probe.Accepted("labels of the operator", t => t.Metadata.Labels = new() { [Labels.AppManagedBy] = Labels.ManagedByValue, [Labels.Testnet] = "other", [Labels.Node] = "other-eu-0" }),
        Probe.Accepted("a finalizer", t => t.Metadata.Finalizers = ["example.org/mine"]),
        Probe.Accepted("an owner in another namespace", t => t.Metadata.OwnerReferences = [new() { ApiVersion = "v1", Kind = "Secret", Name = "crown-jewels", Uid = "11111111-2222-3333-4444-555555555555", Controller = true }]),
        Probe.Accepted("node names that another testnet has", t => t.Spec.Pools[0].Name = "b-c") with { Plants = ns => [Plants.Testnet(ns, "net-b", other => other.Spec.Pools[0].Name = "c")] },
        Probe.Accepted("a service of somebody's name", _ => { }) with { Plants = ns => [new Service { Metadata = new() { Name = "net", Namespace = ns }, Spec = new() { Ports = [new() { Port = 80, Name = "web" }] } }] },
        Probe.Accepted("records that somebody wrote", _ => { }) with { Plants = ns => [new ConfigMap { Metadata = new() { Name = "net-i1-keys", Namespace = ns }, Data = new() { ["assignment.json"] = "{}" } }] },
        Probe.Accepted("a peers file of somebody's", _ => { }) with { Plants = ns => [new ConfigMap { Metadata = new() { Name = "net-peers", Namespace = ns }, Data = new() { ["peers.yaml"] = "mine" } }] },
        Probe.Accepted("a status of its own", _ => { }) with { Status = """{"phase":"Mine","iteration":77,"genesisRoot":"0x00","protocolId":"\u001b[31m","conditions":[{"type":"Ready","status":"True","reason":"Mine","message":"\u001b[31m","lastTransitionTime":"2026-01-01T00:00:00Z"}]}""" },
    ];

    private static IEnumerable<Probe> NodeSecrets =>
    [
        Probe.NodeRefused("keys in an unlabelled Secret", (n, _) => n.Spec.KeysSecretRef = new() { Name = "words" }) with { Plants = ns => [Plants.Secret(ns, "words")] },
        Probe.NodeRefused("keys in an unlabelled Secret, by a forged owner", (n, t) => (n.Spec.KeysSecretRef, n.Metadata.OwnerReferences) = (new() { Name = "words" }, [OwnerReference.To(t)])) with { Plants = ns => [Plants.Secret(ns, "words")] },
        Probe.NodeRefused("an identity in an unlabelled Secret", (n, _) => n.Spec.IdentitySecretRef = new() { Name = "words" }) with { Plants = ns => [Plants.Secret(ns, "words")] },
        Probe.NodeRefused("an identity in an unlabelled Secret, by a forged owner", (n, t) => (n.Spec.IdentitySecretRef, n.Metadata.OwnerReferences) = (new() { Name = "words" }, [OwnerReference.To(t)])) with { Plants = ns => [Plants.Secret(ns, "words")] },
        Probe.NodeRefused("a name whose identity Secret is somebody's", (_, _) => { }) with { Plants = ns => [Plants.Secret(ns, "evil-identity")] },
        Probe.NodeRefused("a name whose identity Secret is somebody's, by a forged owner", (n, t) => n.Metadata.OwnerReferences = [OwnerReference.To(t)]) with { Plants = ns => [Plants.Secret(ns, "evil-identity")] },
        Probe.NodeAccepted("an identity in a labelled Secret", (n, _) => n.Spec.IdentitySecretRef = new() { Name = "words" }) with { Plants = ns => [Plants.Secret(ns, "words", labelled: true)] },
        Probe.NodeRefused("the keys of another node", (n, _) => n.Spec.KeysSecretRef = new() { Name = "net-eu-0-keys-i1" }),
        Probe.NodeRefused("the keys of another node, by a forged owner", (n, t) => (n.Spec.KeysSecretRef, n.Spec.Iteration, n.Metadata.OwnerReferences) = (new() { Name = "net-eu-0-keys-i1" }, 1, [OwnerReference.To(t)])),
        Probe.NodeRefused("keys of its own name that are somebody's, by a forged owner", (n, t) => (n.Spec.KeysSecretRef, n.Spec.Iteration, n.Metadata.OwnerReferences) = (new() { Name = "evil-keys-i1" }, 1, [OwnerReference.To(t)])) with { Plants = ns => [Plants.Secret(ns, "evil-keys-i1")] },
        Probe.NodeRefused("the mnemonic of the testnet as keys", (n, _) => n.Spec.KeysSecretRef = new() { Name = "net-mnemonic" }),
        Probe.NodeRefused("an unlabelled Secret for pulling its image", (n, _) => n.Spec.ImagePullSecrets = [new() { Name = "words" }]) with { Plants = ns => [Plants.Secret(ns, "words")] },
    ];

    private static IEnumerable<Probe> Nodes =>
    [
        Probe.NodeAccepted("the StatefulSet of somebody", (_, _) => { }) with { Plants = ns => [StatefulSet(ns, "evil")] },
        Probe.NodeAccepted("the volume of somebody", (_, _) => { }) with { Plants = ns => [Claim(ns, null)] },
        Probe.NodeAccepted("the retained volume of another testnet", (_, _) => { }) with { Plants = ns => [Claim(ns, "other")] },
        Probe.NodeRefused("a testnet by a path into another namespace", (n, _) => n.Spec.Testnet = "../vault/net"),
        Probe.NodeRefused("a testnet that does not exist here", (n, _) => n.Spec.Testnet = "vault"),
        Probe.NodeRefused("a directory outside of the volume", (n, _) => n.Spec.ChainDirectory = "../../etc"),
        Probe.NodeAccepted("more keys than there are numbers", (n, _) => n.Metadata.Annotations = new() { [Annotations.Keys] = "-2147483648-2147483647" }),
        Probe.NodeAccepted("labels of another node", (n, _) => n.Metadata.Labels = new() { [Labels.Node] = "net-eu-0", [Labels.Pool] = "eu", [Labels.AppManagedBy] = Labels.ManagedByValue }),
        Probe.NodeAccepted("an iteration that never was", (n, _) => n.Spec.Iteration = 999),
        Probe.NodeAccepted("a peer ID that ends a text of YAML", (_, _) => { }) with { Status = """{"peerId":"x\"]\n- name: forged","podName":"\u001b[31m","version":"\u001b[31m"}""" },
    ];

    private static Probe Arguments(string name, bool isAccepted, params string[] arguments) =>
        new(name, isAccepted, IsNode: false, t => t.Spec.Pools[0].ExtraArgs = [.. arguments], (_, _) => { });

    private static Probe Variable(string name, string variable, string value) =>
        Probe.Refused(name, t => t.Spec.Pools[0].Env = [new EnvironmentVariable { Name = variable, Value = value }]);

    private static Probe Raw(string name, string raw) => Probe.Accepted(name, _ => { }) with { Raw = raw, Plants = ns => [Plants.Secret(ns, "words")] };

    private static StatefulSet StatefulSet(string @namespace, string name) => new()
    {
        Metadata = new ObjectMeta { Name = name, Namespace = @namespace },
        Spec = new StatefulSetSpec
        {
            ServiceName = "x",
            Selector = new LabelSelector { MatchLabels = new Dictionary<string, string> { ["a"] = "b" } },
            Template = new PodTemplateSpec
            {
                Metadata = new ObjectMeta { Labels = new Dictionary<string, string> { ["a"] = "b" } },
                Spec = new PodSpec { AutomountServiceAccountToken = false, Containers = [new Container { Name = "db", Image = "postgres" }] },
            },
        },
    };

    private static PersistentVolumeClaim Claim(string @namespace, string? retainedFrom) => new()
    {
        Metadata = new ObjectMeta
        {
            Name = "data-evil",
            Namespace = @namespace,
            Labels = retainedFrom is null ? null : new Dictionary<string, string> { [Labels.AppManagedBy] = Labels.ManagedByValue, [Labels.Testnet] = retainedFrom },
        },
        Spec = new PersistentVolumeClaimSpec { AccessModes = ["ReadWriteOnce"], Resources = new ResourceRequirements { Requests = new Dictionary<string, Quantity> { ["storage"] = "1Gi" } } },
    };
}
