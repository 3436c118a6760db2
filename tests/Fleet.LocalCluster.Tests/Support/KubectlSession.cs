using TestKit;

namespace Fleet.LocalCluster.Tests.Support;

/// <summary>One command of a session.</summary>
/// <param name="Verb">What it shows; names its recording.</param>
/// <param name="Arguments">Command line.</param>
/// <param name="Input">Standard input.</param>
/// <param name="Editor">Command that <c>kubectl edit</c> calls with the file's name.</param>
/// <param name="Wording">Whether what the server says is compared too, and not only that it refuses: some sentences come from Go's own decoders, or are said twice by older servers.</param>
public sealed record KubectlStep(string Verb, string Arguments, string? Input = null, string? Editor = null, bool Wording = true);

/// <summary>
/// A session with every verb that people use, of built-in kinds and of this product's own: the same to a real kube-apiserver and to the embedded one,
/// both without controllers and kubelet.
/// </summary>
public static class KubectlSession
{
    private const string Manifest = """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","labels":{"app":"x"}},"data":{"one":"1","two":"2"}}""";
    private const string Set = """{"apiVersion":"apps/v1","kind":"StatefulSet","metadata":{"name":"set"},"spec":{"serviceName":"s","replicas":0,"selector":{"matchLabels":{"app":"x"}},"template":{"metadata":{"labels":{"app":"x"}},"spec":{"containers":[{"name":"c","image":"i:1","ports":[{"containerPort":9000}]}]}}}}""";
    private const string Pod = """{"apiVersion":"v1","kind":"Pod","metadata":{"name":"p"},"spec":{"containers":[{"name":"c","image":"i:1"}]}}""";
    private const string Service = """{"apiVersion":"v1","kind":"Service","metadata":{"name":"s"},"spec":{"clusterIP":"None","selector":{"app":"x"},"ports":[{"port":9000}]}}""";
    private const string Finalizing = """{"status":{"conditions":[{"type":"Finalizing","status":"True","reason":"Finalizing","message":"m","lastTransitionTime":"2026-01-01T00:00:00Z"}]}}""";

    /// <summary>
    /// The definition of a Testnet. What may be a number or a string is any value here: kube-apiserver 1.20 can't describe the former within a map,
    /// and would then know nothing at all of the kind's lists.
    /// </summary>
    public static string Definition { get; } = File.ReadAllText(Path.Combine(Repository.Root, "crds", "beaconfleet.dev_testnets.yaml"))
        .Replace("x-kubernetes-int-or-string: true", "x-kubernetes-preserve-unknown-fields: true", StringComparison.Ordinal);

    /// <summary>A Testnet.</summary>
    public static string Testnet { get; } = File.ReadAllText(Path.Combine(Repository.Root, "crds", "samples", "devnet.yaml"));

    /// <summary>The commands on built-in kinds.</summary>
    public static IReadOnlyList<KubectlStep> BuiltinKinds { get; } =
    [
        new("create-namespace", "create ns recorded"),
        new("create-again", "create ns recorded"),
        new("apply", "apply -n recorded -f -", Manifest),
        new("apply-again", "apply -n recorded -f -", Manifest.Replace("\"1\"", "\"9\"", StringComparison.Ordinal)),
        new("apply-conflict", "apply --server-side --field-manager=m -n recorded -f -", Manifest),
        new("apply-server-side", "apply --server-side --field-manager=m --force-conflicts -n recorded -f -", Manifest),
        new("diff", "diff -n recorded -f -", Manifest.Replace("\"2\"", "\"8\"", StringComparison.Ordinal)),
        new("get", "get cm -n recorded"),
        new("get-wide", "get cm a -n recorded -o wide"),
        new("get-yaml", "get cm a -n recorded -o yaml --show-managed-fields"),
        new("get-json", "get cm -n recorded -o json"),
        new("get-selector", "get cm -n recorded -l app=x -o name"),
        new("get-watch", "get cm -n recorded -w --request-timeout=5s"),
        new("describe", "describe cm a -n recorded"),
        new("patch-json", "patch cm a -n recorded --type=json -p '[{\"op\":\"add\",\"path\":\"/data/p\",\"value\":\"q\"}]'"),
        new("patch-no-list", "patch cm a -n recorded --type=json -p '{}'", Wording: false),
        new("patch-no-path", "patch cm a -n recorded --type=json -p '[{\"op\":\"remove\",\"path\":\"/data/nope\"}]'", Wording: false),
        new("patch-merge", "patch cm a -n recorded --type=merge -p '{\"data\":{\"p\":null}}'"),
        new("patch-type", "patch cm a -n recorded --type=merge -p '{\"data\":{\"p\":5}}'", Wording: false),
        new("patch-strategic", "patch cm a -n recorded -p '{\"data\":{\"p\":\"r\"}}'"),
        new("patch-dry-run", "patch cm a -n recorded --dry-run=server -o yaml -p '{\"data\":{\"p\":\"s\"}}'"),
        new("edit", "edit cm a -n recorded", Editor: "sed -i s/two:.*/two:\\ edited/"),
        new("edit-nothing", "edit cm a -n recorded", Editor: "true"),
        new("label-refused", "label cm a -n recorded app=y"),
        new("label", "label cm a -n recorded app=y --overwrite"),
        new("label-remove", "label cm a -n recorded app-"),
        new("label-invalid", "label cm a -n recorded 'l=a b'"),
        new("annotate", "annotate cm a -n recorded note=n"),
        new("apply-set", "apply -n recorded -f -", Set),
        new("get-set-yaml", "get sts set -n recorded -o yaml --show-managed-fields"),
        new("scale", "scale sts set -n recorded --replicas=2"),
        new("scale-refused", "scale sts set -n recorded --replicas=3 --current-replicas=9"),
        new("get-set", "get sts -n recorded -o wide"),
        new("describe-set", "describe sts set -n recorded"),
        new("set-image", "set image sts/set c=i:2 -n recorded"),
        new("rollout-status", "rollout status sts/set -n recorded --timeout=5s"),
        new("create-secret", "create secret generic s -n recorded --from-literal=k=v"),
        new("get-secret", "get secret s -n recorded -o yaml --show-managed-fields"),
        new("apply-service", "apply -n recorded -f -", Service),
        new("get-service", "get svc s -n recorded -o yaml --show-managed-fields"),
        new("port-refused", "apply -n recorded -f -", Service.Replace("9000", "70000", StringComparison.Ordinal).Replace("\"name\":\"s\"", "\"name\":\"bad\"", StringComparison.Ordinal)),
        new("apply-pod", "apply -n recorded -f -", Pod),
        new("get-pod", "get pod p -n recorded -o wide"),
        new("get-pod-yaml", "get pod p -n recorded -o yaml --show-managed-fields"),
        new("describe-pod", "describe pod p -n recorded"),
        new("logs", "logs p -n recorded"),
        new("logs-of-no-container", "logs p -c nope -n recorded"),
        new("logs-of-nobody", "logs nobody -n recorded"),
        new("wait", "wait --for=jsonpath={.data.one}=1 cm/a -n recorded --timeout=20s"),
        new("wait-in-vain", "wait --for=condition=Ready pod/p -n recorded --timeout=3s"),
        new("wait-deleted", "wait --for=delete cm/none -n recorded --timeout=20s"),
        new("get-all", "get all -n recorded"),
        new("events", "get events -n recorded"),
        new("can-i", "auth can-i create pods -n recorded", Wording: false),
        new("missing", "get cm nobody -n recorded"),
        new("unknown-kind", "get nonsense -n recorded"),
        new("invalid", "create cm Bad_Name -n recorded"),
        new("delete-set", "delete sts set -n recorded --wait=false"),
        new("delete-pod", "delete pod p -n recorded"),
        new("create-held", "create cm b -n recorded --from-literal=k=v"),
        new("delete-foreground", "delete cm b -n recorded --cascade=foreground --timeout=3s"),
        new("finalizer-refused", "patch cm b -n recorded --type=merge -p '{\"metadata\":{\"finalizers\":[\"foregroundDeletion\",\"x.dev/y\"]}}'", Wording: false),
        new("finalizer-removed", "patch cm b -n recorded --type=merge -p '{\"metadata\":{\"finalizers\":null}}'"),
        new("delete", "delete cm a -n recorded"),
        new("delete-again", "delete cm a -n recorded"),
        new("delete-ignored", "delete cm a -n recorded --ignore-not-found"),
    ];

    /// <summary>The definition of this product's kind.</summary>
    public static IReadOnlyList<KubectlStep> Defining { get; } =
    [
        // Before 1.25 kubectl finds no rules across fields in what the server says of definitions; the server itself leaves them out.
        new("apply-definition", "apply --validate=false -f -", Definition),
        new("wait-definition", "wait --for=condition=Established crd/testnets.beaconfleet.dev --timeout=60s"),
    ];

    /// <summary>The commands on this product's kind, once it is served.</summary>
    public static IReadOnlyList<KubectlStep> OwnKinds { get; } =
    [
        new("api-resources", "api-resources --api-group=beaconfleet.dev"),
        new("explain", "explain tn.spec.pools --output=plaintext-openapiv2"),
        new("get-no-testnet", "get tn -n recorded"),
        new("apply-testnet", "apply -n recorded -f -", Testnet),
        new("apply-testnet-again", "apply -n recorded -f -", Testnet),
        new("get-testnet", "get tn -n recorded"),
        new("get-testnet-wide", "get tn -n recorded -o wide"),
        new("get-testnet-yaml", "get tn devnet -n recorded -o yaml --show-managed-fields"),
        new("describe-testnet", "describe tn devnet -n recorded"),
        new("apply-testnet-server-side", "apply --server-side -n recorded -f -", Testnet),
        new("get-testnet-managers", "get tn devnet -n recorded -o yaml --show-managed-fields"),
        new("apply-testnet-taken-over", "apply --server-side -n recorded -f -", Testnet.Replace("validators: 64", "validators: 48", StringComparison.Ordinal)),
        new("get-testnet-taken-over", "get tn devnet -n recorded -o yaml --show-managed-fields"),
        new("apply-testnet-conflict", "apply --server-side --field-manager=other -n recorded -f -", Testnet.Replace("validators: 64", "validators: 32", StringComparison.Ordinal)),
        new("diff-testnet", "diff -n recorded -f -", Testnet.Replace("validators: 64", "validators: 32", StringComparison.Ordinal)),
        new("edit-testnet", "edit tn devnet -n recorded", Editor: "sed -i s/replicas:\\ 4/replicas:\\ 5/"),
        new("patch-testnet", "patch tn devnet -n recorded --type=merge -p '{\"spec\":{\"suspend\":true}}'"),
        new("patch-testnet-strategic", "patch tn devnet -n recorded -p '{\"spec\":{\"suspend\":true}}'"),
        new("patch-testnet-invalid", "patch tn devnet -n recorded --type=merge -p '{\"spec\":{\"pools\":[{\"name\":\"eu\",\"replicas\":-1}]}}'"),
        new("patch-testnet-status", "patch tn devnet -n recorded --subresource=status --field-manager=prober --type=merge -p '" + Finalizing + "'"),
        new("wait-testnet", "wait --for=condition=Finalizing tn/devnet -n recorded --timeout=20s"),
        new("scale-testnet", "scale tn devnet -n recorded --replicas=2"),
        new("label-testnet", "label tn devnet -n recorded a=b"),
        new("delete-testnet", "delete tn devnet -n recorded"),
    ];
}
