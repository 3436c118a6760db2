namespace Fleet.Sweep;

/// <summary>What a change of a property does to a testnet that runs.</summary>
public enum Effect
{
    /// <summary>It ends as if it had been declared so from the beginning.</summary>
    Applies,

    /// <summary>Nothing changes, and the status names what waits for the next iteration of the chain.</summary>
    WaitsForReset,

    /// <summary>What exists stays as it is; only what is made later is made so.</summary>
    OnlyAtBirth,

    /// <summary>It applies, and cannot be taken back: volumes do not shrink.</summary>
    IsForGood,

    /// <summary>There are the pods that there would be; keys and genesis are those of the iteration that runs.</summary>
    ChangesPods,

    /// <summary>It would take too much of the stake, so that nothing goes; what is new comes.</summary>
    CostsStake,
}

/// <summary>A property of the spec of a Testnet, changed to something else that is valid, and to something that is not.</summary>
/// <param name="Property">Its path in the schema, with <c>[]</c> for the items of a list.</param>
/// <param name="Valid">JSON merge patch of the spec.</param>
/// <param name="Invalid">Merge patch that has to be refused.</param>
/// <param name="Named">The path that the refusal has to name.</param>
/// <param name="Effect">What the valid change does.</param>
public sealed record Mutation(string Property, string Valid, string Invalid, string Named, Effect Effect = Effect.Applies)
{
    /// <summary>What the operators of all worlds may ask.</summary>
    public const string Prometheus = "http://prometheus.monitoring:9090";

    /// <summary>Every property.</summary>
    public static IReadOnlyList<Mutation> All { get; } =
    [
        new("spec.image", """{"image":"beacon:2"}""", $$"""{"image":"{{new string('x', 513)}}"}""", "spec.image"),
        new("spec.imagePullPolicy", """{"imagePullPolicy":"Always"}""", """{"imagePullPolicy":"Sometimes"}""", "spec.imagePullPolicy"),
        new("spec.imagePullSecrets[].name", $$"""{"imagePullSecrets":[{"name":"{{MutationRunner.Registry}}"}]}""", """{"imagePullSecrets":[{"name":"NO"}]}""", "spec.imagePullSecrets[0].name"),
        new("spec.network.preset", """{"network":{"preset":"mainnet"},"genesis":{"validators":32},"pools":[{"name":"eu","replicas":2,"validators":32}]}""", """{"network":{"preset":"tiny"}}""", "spec.network.preset", Effect.WaitsForReset),
        new("spec.network.protocolId", """{"network":{"protocolId":"/my/net"}}""", """{"network":{"protocolId":"no slash"}}""", "spec.network.protocolId", Effect.WaitsForReset),
        new("spec.network.config", """{"network":{"config":{"SLOT_DURATION_MS":3000}}}""", """{"network":{"config":{"ALTAIR_FORK_EPOCH":5}}}""", "spec.network.config", Effect.WaitsForReset),
        new("spec.genesis.delay", """{"genesis":{"delay":"30s"}}""", """{"genesis":{"delay":"soon"}}""", "spec.genesis.delay"),
        new("spec.genesis.time", """{"genesis":{"time":"2099-01-01T00:00:00Z"}}""", """{"genesis":{"time":"tomorrow"}}""", "spec.genesis.time", Effect.OnlyAtBirth),
        new("spec.genesis.validators", """{"genesis":{"validators":16},"pools":[{"name":"eu","replicas":2,"validators":16}]}""", """{"genesis":{"validators":0}}""", "spec.genesis.validators", Effect.WaitsForReset),
        new("spec.genesis.mnemonicSecretRef.name", $$$$"""{"genesis":{"mnemonicSecretRef":{"name":"{{{{MutationRunner.OwnMnemonic}}}}"}}}""", """{"genesis":{"mnemonicSecretRef":{"name":"missing"}}}""", "spec.genesis.mnemonicSecretRef", Effect.WaitsForReset),
        new("spec.genesis.startTimeout", """{"genesis":{"startTimeout":"20m"}}""", """{"genesis":{"startTimeout":"-5s"}}""", "spec.genesis.startTimeout"),
        new("spec.bootnodes.replicas", """{"bootnodes":{"replicas":2}}""", """{"bootnodes":{"replicas":9}}""", "spec.bootnodes.replicas"),
        new("spec.bootnodes.external[]", """{"bootnodes":{"external":["/ip4/10.0.0.1/tcp/9000/p2p/16Uiu2HAmPJsd4jR6FkC2FRk3VPXp5bBtmVHxkkSfDBFSXYCnRVBh"]}}""", """{"bootnodes":{"external":["somewhere"]}}""", "spec.bootnodes.external[0]"),
        new("spec.bootnodes.resources.requests", """{"bootnodes":{"resources":{"requests":{"cpu":"200m"}}}}""", """{"bootnodes":{"resources":{"requests":{"cpu":"lots"}}}}""", "spec.bootnodes.resources.requests"),
        new("spec.bootnodes.resources.limits", """{"bootnodes":{"resources":{"limits":{"memory":"1Gi"}}}}""", """{"bootnodes":{"resources":{"limits":{"memory":"lots"}}}}""", "spec.bootnodes.resources.limits"),
        Pool("name", "\"us\"", "\"US\"", Effect.CostsStake),
        Pool("replicas", "3", "0", Effect.ChangesPods),
        new("spec.pools[].validators", """{"genesis":{"validators":16},"pools":[{"name":"eu","replicas":2,"validators":16}]}""", """{"pools":[{"name":"eu","replicas":2,"validators":-1}]}""", "spec.pools[0].validators", Effect.WaitsForReset),
        Pool("role", "\"archive\"", "\"boss\""),
        Pool("resources.requests", """{"cpu":"200m"}""", """{"cpu":"lots"}"""),
        Pool("resources.limits", """{"memory":"1Gi"}""", """{"memory":"lots"}"""),
        Pool("storage.size", "\"6Gi\"", "\"big\"", Effect.IsForGood),
        Pool("storage.className", "\"fast\"", $"\"{new string('x', 254)}\"", Effect.OnlyAtBirth),
        Pool("nodeSelector", """{"disk":"ssd"}""", $$"""{"disk":"{{new string('x', 64)}}"}"""),
        Pool("tolerations[].key", """[{"key":"k","operator":"Exists"}]""", $$"""[{"key":"{{new string('k', 317)}}"}]"""),
        Pool("tolerations[].operator", """[{"operator":"Exists"}]""", """[{"operator":"Maybe"}]"""),
        Pool("tolerations[].value", """[{"key":"k","operator":"Equal","value":"v"}]""", $$"""[{"key":"k","operator":"Equal","value":"{{new string('v', 64)}}"}]"""),
        Pool("tolerations[].effect", """[{"operator":"Exists","effect":"NoSchedule"}]""", """[{"operator":"Exists","effect":"Perhaps"}]"""),
        Pool("tolerations[].tolerationSeconds", """[{"operator":"Exists","effect":"NoExecute","tolerationSeconds":5}]""", """[{"operator":"Exists","effect":"NoExecute","tolerationSeconds":-5}]"""),
        Pool("affinity", """{"nodeAffinity":{"preferredDuringSchedulingIgnoredDuringExecution":[]}}""", "\"near\""),
        Pool("priorityClassName", "\"high\"", $"\"{new string('x', 254)}\""),
        Pool("extraArgs[]", """["--target-peers=9"]""", """["rm -rf /"]"""),
        Pool("env[].name", """[{"name":"A"}]""", """[{"name":"1A"}]"""),
        Pool("env[].value", """[{"name":"A","value":"b"}]""", $$"""[{"name":"A","value":"{{new string('x', 4097)}}"}]"""),
        Pool("logLevel", "\"debug\"", "\"loud\""),
        Rollout("strategy", "\"Canary\"", "\"Never\""),
        Rollout("pairValidators", "0", "1"),
        Rollout("warmup", "\"2m\"", "\"25h\""),
        Rollout("syncDeadline", "\"20m\"", "\"1s\""),
        Rollout("interval", "\"1m\"", "\"31m\""),
        Rollout("duration", "\"1h\"", "\"169h\""),
        Rollout("waves[]", """["2","100%"]""", """["0","100%"]"""),
        Rollout("bake", "\"2h\"", "\"169h\""),
        Rollout("thresholds.pass", "80", "49"),
        Rollout("thresholds.marginal", "60", "101"),
        Metric("name", "\"cpu\"", "\"cpus\""),
        Metric("group", "\"cost\"", "\"Cost\""),
        Metric("direction", "\"Either\"", "\"Up\""),
        Metric("allowedIncreasePercent", "150", "99"),
        Metric("allowedDecreasePercent", "50", "0"),
        Metric("critical", "true", "\"perhaps\""),
        Metric("mustHaveData", "true", "\"perhaps\""),
        Series("name", "\"x_total\"", "\"x-total\""),
        Series("type", "\"Counter\"", "\"Summary\""),
        Series("labels", """{"a":"b"}""", """{"a-b":"c"}"""),
        Rollout("groupWeights", """{"consensus":100,"network":0,"resources":0,"errors":0}""", """{"consensus":99,"network":0,"resources":0,"errors":0}"""),
        Rollout("approval.timeout", "\"1h\"", "\"0s\""),
        Rollout("approval.onTimeout", "\"Hold\"", "\"Ask\""),
        Rollout("suspend", "true", "\"maybe\""),
        new("spec.observability.prometheusURL", $$$"""{"observability":{"prometheusURL":"{{{Prometheus}}}"}}""", """{"observability":{"prometheusURL":"file:///etc/passwd"}}""", "spec.observability.prometheusURL"),
        new("spec.health.noBlockAfter", """{"health":{"noBlockAfter":"45s"}}""", """{"health":{"noBlockAfter":"a while"}}""", "spec.health.noBlockAfter"),
        new("spec.health.finalityWarnEpochs", """{"health":{"finalityWarnEpochs":12}}""", """{"health":{"finalityWarnEpochs":1}}""", "spec.health.finalityWarnEpochs"),
        new("spec.health.finalityLostEpochs", """{"health":{"finalityLostEpochs":120}}""", """{"health":{"finalityLostEpochs":1}}""", "spec.health.finalityLostEpochs"),
        new("spec.health.minOperatorStake", """{"health":{"minOperatorStake":80}}""", """{"health":{"minOperatorStake":101}}""", "spec.health.minOperatorStake"),
        Recovery("mode", "\"Manual\"", "\"Perhaps\""),
        Recovery("minObserved", "\"1m\"", "\"169h\""),
        Recovery("genesisDelay", "\"9s\"", "\"25h\""),
        Recovery("cooldown", "\"2h\"", "\"721h\""),
        Recovery("maxResetsPerDay", "5", "101"),
        Recovery("archive.enabled", "false", "\"maybe\""),
        Recovery("archive.keep", "2", "9"),
        new("spec.suspend", """{"suspend":true}""", """{"suspend":"maybe"}""", "spec.suspend", Effect.ChangesPods),
        new("spec.deletionPolicy", """{"deletionPolicy":"Retain"}""", """{"deletionPolicy":"Keep"}""", "spec.deletionPolicy"),
    ];

    /// <summary>A property of how images are rolled out, given by value.</summary>
    private static Mutation Rollout(string path, string valid, string invalid) => Of("rollout", path, valid, invalid);

    /// <summary>A property of what is done about a chain that is beyond repair, given by value.</summary>
    private static Mutation Recovery(string path, string valid, string invalid) => Of("recovery", path, valid, invalid);

    /// <summary>A property below one of the spec's, given by value.</summary>
    private static Mutation Of(string root, string path, string valid, string invalid)
    {
        string[] names = path.Split('[')[0].Split('.');
        string Patch(string value) => names.Reverse().Append(root).Aggregate(value, (rest, name) => $$"""{"{{name}}":{{rest}}}""");
        return new Mutation($"spec.{root}.{path}", Patch(valid), Patch(invalid), $"spec.{root}.{path.Replace("[]", "[0]", StringComparison.Ordinal)}");
    }

    /// <summary>A property of a metric that canaries are judged by.</summary>
    private static Mutation Metric(string name, string valid, string invalid)
    {
        string Patch(string value) => $"{{\"rollout\":{{\"metrics\":[{{{(name == "name" ? "" : "\"name\":\"cpu\",")}\"{name}\":{value}}}]}}}}";
        return new Mutation("spec.rollout.metrics[]." + name, Patch(valid), Patch(invalid), "spec.rollout.metrics[0]." + name);
    }

    /// <summary>A property of the series of such a metric.</summary>
    private static Mutation Series(string name, string valid, string invalid)
    {
        string Patch(string value) =>
            $"{{\"rollout\":{{\"metrics\":[{{\"name\":\"x\",\"group\":\"y\",\"series\":{{{(name == "name" ? "" : "\"name\":\"x_total\",")}\"{name}\":{value}}}}}]}}}}";
        return new Mutation("spec.rollout.metrics[].series." + name, Patch(valid), Patch(invalid), "spec.rollout.metrics[0].series." + name);
    }

    /// <summary>A property of the pool, given by value; lists in the path have one item.</summary>
    private static Mutation Pool(string path, string valid, string invalid, Effect effect = Effect.Applies)
    {
        string[] names = path.Split('[')[0].Split('.');
        string Patch(string value)
        {
            string inner = names.Reverse().Aggregate(value, (rest, name) => $$"""{"{{name}}":{{rest}}}""");
            return names[0] is "name" or "replicas"
                ? $$"""{"pools":[{"name":{{(names[0] == "name" ? value : "\"eu\"")}},"replicas":{{(names[0] == "replicas" ? value : "2")}},"validators":8}]}"""
                : $$"""{"pools":[{"name":"eu","replicas":2,"validators":8,{{inner[1..]}}]}""";
        }

        return new Mutation("spec.pools[]." + path, Patch(valid), Patch(invalid), "spec.pools[0]." + path.Replace("[]", "[0]", StringComparison.Ordinal), effect);
    }
}
