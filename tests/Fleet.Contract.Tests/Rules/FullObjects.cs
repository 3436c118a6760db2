using System.Text.Json.Nodes;

namespace Fleet.Contract.Tests.Rules;

/// <summary>A valid object of each kind that says everything its spec can say.</summary>
internal static class FullObjects
{
    private const string Pod = """
        "resources":{"requests":{"cpu":"100m","memory":"128Mi"},"limits":{"cpu":2,"memory":"1.5Gi"}},"storage":{"size":"5Gi","className":"standard"},
        "nodeSelector":{"kubernetes.io/arch":"amd64"},"tolerations":[{"key":"example.org/test","operator":"Equal","value":"yes","effect":"NoExecute","tolerationSeconds":60}],
        "affinity":{"nodeAffinity":{}},"priorityClassName":"high","extraArgs":["--metrics-level=all"],"env":[{"name":"TZ","value":"UTC"}],"logLevel":"info"
        """;

    /// <summary>A copy of the object, with a name of its own.</summary>
    public static JsonObject Of(string kind, string name)
    {
        JsonObject value = JsonNode.Parse(kind == "Testnet" ? Testnet : BeaconNode)!.AsObject();
        value["metadata"]!["name"] = name;
        return value;
    }

    private static string Testnet => """
        {"apiVersion":"beaconfleet.dev/v1alpha1","kind":"Testnet","metadata":{"name":"full"},"spec":{"image":"example.org/beacon:1.0","imagePullPolicy":"Always",
        "imagePullSecrets":[{"name":"pull"}],"network":{"preset":"minimal","protocolId":"/fleet/full","config":{"SLOT_DURATION_MS":2000,"SECONDS_PER_SLOT":2,"CONFIG_NAME":"full"}},
        "genesis":{"delay":"20s","time":"2026-01-31T12:00:00Z","validators":64,"mnemonicSecretRef":{"name":"words"},"startTimeout":"10m"},
        "bootnodes":{"replicas":2,"external":["/dns4/boot.example/tcp/9000/p2p/16Uiu2HAm"],"resources":{"requests":{"cpu":"50m"},"limits":{"memory":"1Gi"}}},
        "pools":[{"name":"eu","replicas":3,"validators":48,"role":"node",@pod},{"name":"us","validators":16}],
        "health":{"noBlockAfter":"30s","finalityWarnEpochs":10,"finalityLostEpochs":100,"minOperatorStake":75},"suspend":true,"deletionPolicy":"Retain"}}
        """.Replace("@pod", Pod, StringComparison.Ordinal);

    private static string BeaconNode => """
        {"apiVersion":"beaconfleet.dev/v1alpha1","kind":"BeaconNode","metadata":{"name":"full"},"spec":{"testnet":"devnet","role":"node","image":"example.org/beacon:1.0",
        "imagePullPolicy":"Always","imagePullSecrets":[{"name":"pull"}],"iteration":1,"chainDirectory":"canary-2","identitySecretRef":{"name":"identity"},
        "keysSecretRef":{"name":"keys"},"suspend":true,@pod}}
        """.Replace("@pod", Pod, StringComparison.Ordinal);
}
