using System.Text.Json.Nodes;

namespace Fleet.Contract.Tests.Rules;

/// <summary>A valid object of each kind that says everything its spec can say.</summary>
internal static class FullObjects
{
    private const string Pod = """
        "resources":{"requests":{"cpu":"100m","memory":"128Mi"},"limits":{"cpu":2,"memory":"1.5Gi"}},"storage":{"size":"5Gi","className":"standard"},
        "nodeSelector":{"kubernetes.io/arch":"amd64"},"tolerations":[{"key":"example.org/test","operator":"Equal","value":"yes","effect":"NoExecute","tolerationSeconds":60}],
        "affinity":{"nodeAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":{"nodeSelectorTerms":[{"matchExpressions":[{"key":"disk","operator":"In","values":["ssd"]}],
        "matchFields":[{"key":"metadata.name","operator":"NotIn","values":["a"]}]}]},"preferredDuringSchedulingIgnoredDuringExecution":[{"weight":5,"preference":{"matchExpressions":[{"key":"disk","operator":"In","values":["ssd"]}],
        "matchFields":[{"key":"metadata.name","operator":"NotIn","values":["a"]}]}}]},"podAffinity":@group,"podAntiAffinity":@group},"priorityClassName":"high","extraArgs":["--metrics-level=all"],"env":[{"name":"TZ","value":"UTC"}],"logLevel":"info"
        """;

    private const string Group = """
        {"requiredDuringSchedulingIgnoredDuringExecution":[@term],"preferredDuringSchedulingIgnoredDuringExecution":[{"weight":100,"podAffinityTerm":@term}]}
        """;

    private const string Term = """
        {"topologyKey":"zone","labelSelector":{"matchLabels":{"a":"b"},"matchExpressions":[{"key":"a","operator":"In","values":["b"]}]},"matchLabelKeys":["c"],"mismatchLabelKeys":["d"]}
        """;

    /// <summary>A copy of the object, with a name of its own.</summary>
    public static JsonObject Of(string kind, string name)
    {
        JsonObject value = JsonNode.Parse(kind switch { "Testnet" => Testnet, "CanaryRollout" => CanaryRollout, "ChainReset" => ChainReset, _ => BeaconNode })!.AsObject();
        value["metadata"]!["name"] = name;
        return value;
    }

    /// <summary>A status of a kind that says everything.</summary>
    public static JsonObject StatusOf(string kind) =>
        JsonNode.Parse(kind switch { "Testnet" => TestnetStatus, "CanaryRollout" => CanaryRolloutStatus, "ChainReset" => ChainResetStatus, _ => BeaconNodeStatus })!.AsObject();

    private const string Conditions = """
        "observedGeneration":1,"conditions":[{"type":"Ready","status":"True","reason":"Fine","message":"All is well.","observedGeneration":1,"lastTransitionTime":"2026-01-31T12:00:00Z"}]
        """;

    private static string TestnetStatus => """
        {@conditions,"phase":"Running","iteration":1,"protocolId":"/fleet/x/1","genesisTime":"2026-01-31T12:00:00Z","genesisRoot":"0x00","genesisValidatorsRoot":"0x00","forkDigest":"0x00000000","configHash":"ab",
        "validators":{"pools":1,"pair":2,"total":3},"nodes":{"desired":1,"ready":1,"updated":1,"summary":"1/1"},"headSlot":1,"headTime":"2026-01-31T12:00:00Z","justifiedEpoch":1,"finalizedEpoch":1,"finalityLag":1,
        "participation":"99%","peers":{"min":1,"median":1},"images":{"stable":"a","canary":"b","lastGood":"a","rejected":[{"image":"c","rollout":"x-r1","retry":"2"}]},
        "rollout":{"name":"x-r2","phase":"Analyzing","score":98.5},"operatorStake":"100.0%","strayPeersRejected":3,"activeReset":"x-i1","lastReset":{"name":"x-i0","time":"2026-01-31T12:00:00Z","reason":"Lost."}}
        """.Replace("@conditions", Conditions, StringComparison.Ordinal);

    private static string BeaconNodeStatus => """
        {@conditions,"podName":"a-0","peerId":"16Uiu2","enr":"enr:-x","head":{"slot":1,"root":"0x00"},"justified":1,"finalized":1,"peers":1,"syncDistance":0,"version":"v1","imageID":"sha256:0",
        "validators":{"active":1},"restarts":1,"signFromEpoch":3,"lastSeen":"2026-01-31T12:00:00Z"}
        """.Replace("@conditions", Conditions, StringComparison.Ordinal);

    private const string MetricStatus = """
        {"name":"cpu","group":"resources","label":"Pass","critical":false,"baseline":1,"canary":1.5,"effect":1.5,"bound":1.1,"low":-0.5,"high":0.5,"estimate":0.1,"baselineSamples":9,"canarySamples":8,
        "blocks":[{"baseline":1,"canary":1.5}],"reason":"It is as it was."}
        """;

    private static string CanaryRolloutStatus => """
        {@conditions,"phase":"Baking","reason":"Fine","message":"All is well.","startedAt":"2026-01-31T12:00:00Z","phaseSince":"2026-01-31T12:00:00Z","syncedAt":"2026-01-31T12:00:00Z",
        "windowSince":"2026-01-31T12:00:00Z","endedAt":"2026-01-31T12:00:00Z","waves":{"current":1,"total":2,"finalizedEpoch":7,"summary":"1/2"},"score":98.5,
        "metrics":[@metric],"guards":[{"name":"Lag","message":"It lags."}],"before":{"participation":99.5,"peers":3},"participationLowSince":"2026-01-31T12:00:00Z","evidence":"x-r1-evidence"}
        """.Replace("@conditions", Conditions, StringComparison.Ordinal).Replace("@metric", MetricStatus, StringComparison.Ordinal);

    private static string CanaryRollout => """
        {"apiVersion":"beaconfleet.dev/v1alpha1","kind":"CanaryRollout","metadata":{"name":"full"},"spec":{"testnet":"devnet","from":"example.org/beacon:1.0","to":"example.org/beacon:1.1",
        "iteration":1,"number":3,"retry":"2","decision":"Approve"}}
        """;

    private const string Identity = """
        {"genesisRoot":"0x00","genesisValidatorsRoot":"0x00","forkDigest":"0x00000000","protocolId":"/fleet/x/1","genesisTime":"2026-01-31T12:00:00Z"}
        """;

    private static string ChainResetStatus => """
        {@conditions,"phase":"Verifying","reason":"Fine","message":"All is well.","timings":[{"phase":"Claimed","at":"2026-01-31T12:00:00.123456Z"}],"toIteration":2,"evidence":"x-i1-reset-evidence",
        "ended":@identity,"begun":@identity,"archives":[{"node":"x-eu-0","claim":"data-x-eu-0","directory":"1-00000000","headSlot":1,"headRoot":"0x00","finalizedEpoch":1,"finalizedRoot":"0x00"}]}
        """.Replace("@conditions", Conditions, StringComparison.Ordinal).Replace("@identity", Identity, StringComparison.Ordinal);

    private static string ChainReset => """
        {"apiVersion":"beaconfleet.dev/v1alpha1","kind":"ChainReset","metadata":{"name":"full"},"spec":{"testnet":"devnet","fromIteration":1,"reason":"Half of the stake is gone.","requestedBy":"ana",
        "criterion":"U1","criterionSince":"2026-01-31T12:00:00.123456Z"}}
        """;

    private static string Testnet => """
        {"apiVersion":"beaconfleet.dev/v1alpha1","kind":"Testnet","metadata":{"name":"full"},"spec":{"image":"example.org/beacon:1.0","imagePullPolicy":"Always",
        "imagePullSecrets":[{"name":"pull"}],"network":{"preset":"minimal","protocolId":"/fleet/full","config":{"SLOT_DURATION_MS":2000,"SECONDS_PER_SLOT":2,"CONFIG_NAME":"full"}},
        "genesis":{"delay":"20s","time":"2026-01-31T12:00:00Z","validators":64,"mnemonicSecretRef":{"name":"words"},"startTimeout":"10m"},
        "bootnodes":{"replicas":2,"external":["/dns4/boot.example/tcp/9000/p2p/16Uiu2HAm"],"resources":{"requests":{"cpu":"50m"},"limits":{"memory":"1Gi"}}},
        "pools":[{"name":"eu","replicas":3,"validators":48,"role":"node",@pod},{"name":"us","validators":16}],
        "rollout":{"strategy":"Canary","pairValidators":0,"warmup":"1m","syncDeadline":"10m","interval":"5m","duration":"30m","waves":["1","25%","100%"],"bake":"1h",
        "thresholds":{"pass":90,"marginal":50},"metrics":[{"name":"open-files","group":"files","series":{"name":"process_open_fds","type":"Gauge","labels":{"job":"beacon"}},
        "direction":"Increase","allowedIncreasePercent":120,"allowedDecreasePercent":80,"critical":true,"mustHaveData":true}],"groupWeights":{"files":100},
        "approval":{"timeout":"24h","onTimeout":"Hold"},"suspend":true},"observability":{"prometheusURL":"http://prometheus.monitoring:9090/tenant-a"},
        "health":{"noBlockAfter":"30s","finalityWarnEpochs":10,"finalityLostEpochs":100,"minOperatorStake":75},
        "recovery":{"mode":"Manual","minObserved":"10m","genesisDelay":"4s","cooldown":"1h","maxResetsPerDay":3,"archive":{"enabled":true,"keep":3}},"suspend":true,"deletionPolicy":"Retain"}}
        """.Replace("@pod", Pod, StringComparison.Ordinal).Replace("@group", Group, StringComparison.Ordinal).Replace("@term", Term, StringComparison.Ordinal);

    private static string BeaconNode => """
        {"apiVersion":"beaconfleet.dev/v1alpha1","kind":"BeaconNode","metadata":{"name":"full"},"spec":{"testnet":"devnet","role":"node","image":"example.org/beacon:1.0",
        "imagePullPolicy":"Always","imagePullSecrets":[{"name":"pull"}],"iteration":1,"chainDirectory":"canary-2","keepChains":["1-3f9a1c77"],"signFromEpoch":7,"checkpointSyncURL":"http://devnet-eu-0-0.devnet:5052","migrateDatabase":true,"identitySecretRef":{"name":"identity"},
        "keysSecretRef":{"name":"keys"},"suspend":true,@pod}}
        """.Replace("@pod", Pod, StringComparison.Ordinal).Replace("@group", Group, StringComparison.Ordinal).Replace("@term", Term, StringComparison.Ordinal);
}
