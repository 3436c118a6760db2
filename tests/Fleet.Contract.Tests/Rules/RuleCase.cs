using System.Globalization;

namespace Fleet.Contract.Tests.Rules;

/// <summary>A rule of a CRD with an object that keeps it and one that breaks it.</summary>
/// <param name="Rule">Kind, path of the schema and first words of the message: <c>Testnet spec.health: finalityLost</c>.</param>
/// <param name="Kept">What is merged into the full object of the kind, so that it keeps the rule and all others.</param>
/// <param name="Broken">What is merged into it so that it breaks this rule.</param>
/// <param name="Before">For rules about changes: what is merged into the full object to have the object before.</param>
public sealed record RuleCase(string Rule, string Kept, string Broken, string? Before = null)
{
    /// <summary>Every rule, at least once.</summary>
    public static IReadOnlyList<RuleCase> All { get; } =
    [
        // Validators and their sums.
        Of("Testnet spec: genesis.validators must be given", Genesis("null", "32", "32"), Genesis("null", "32", "null")),
        Of("Testnet spec: genesis.validators is less", Genesis("64", "60", "null"), Genesis("64", "65", "null")),
        Of("Testnet spec: genesis.validators disagrees", Genesis("64", "60", "4"), Genesis("64", "60", "3")),
        Of("Testnet spec: the sum of the pools' validators", Genesis("null", "65535", "1"), Genesis("null", "65535", "2")),
        Of("Testnet spec: there must be one validator", Genesis("8", "null", "null"), Genesis("7", "null", "null")),
        Of("Testnet spec: there must be one validator", Genesis("null", "4", "4"), Genesis("null", "0", "0")),
        Of("Testnet spec: there must be one validator", Network("""{"preset":"mainnet","config":{"PRESET_BASE":null}}""", 32), Network("""{"preset":"mainnet","config":{"PRESET_BASE":null}}""", 31)),

        // Configuration.
        Of("Testnet spec.network: config.PRESET_BASE", Config("PRESET_BASE", "\"minimal\""), Config("PRESET_BASE", "\"mainnet\"")),
        Of("Testnet spec.network: config.PRESET_BASE", Config("PRESET_BASE", "\"minimal\""), Config("PRESET_BASE", "5")),
        Of("Testnet spec.network: config.SLOT_DURATION_MS disagrees", Config("SECONDS_PER_SLOT", "2"), Config("SECONDS_PER_SLOT", "3")),
        Of("Testnet spec.network: config.SLOT_DURATION_MS disagrees", Config("SECONDS_PER_SLOT", "\"2\""), Config("SECONDS_PER_SLOT", "\"1\"")),
        Of(
            "Testnet spec.network: config.SLOT_DURATION_MS must be a whole number of seconds",
            """{"spec":{"network":{"protocolId":"standard","config":{"SLOT_DURATION_MS":3000,"SECONDS_PER_SLOT":3}}}}""",
            """{"spec":{"network":{"protocolId":"standard","config":{"SLOT_DURATION_MS":1500,"SECONDS_PER_SLOT":null}}}}"""),
        Of("Testnet spec.network.config: names are in capitals", Config("MY_VALUE_2", "1"), Config("my-value", "1")),
        Of("Testnet spec.network.config: must not set a fork epoch", Config("FORK_EPOCHS", "1"), Config("ALTAIR_FORK_EPOCH", "1")),
        Of("Testnet spec.network.config: must not hold constants", Config("SLOTS_PER_EPOC", "6"), Config("SLOTS_PER_EPOCH", "6")),
        Of("Testnet spec.network.config: must not hold what the operator sets", Config("GENESIS_DELAYS", "1"), Config("GENESIS_DELAY", "1")),
        Of("Testnet spec.network.config: versions and domains", Config("ALTAIR_FORK_VERSION", "\"0x01aF0001\""), Config("ALTAIR_FORK_VERSION", "1")),
        Of("Testnet spec.network.config: versions and domains", Config("MESSAGE_DOMAIN_X", "\"0x01000000\""), Config("MESSAGE_DOMAIN_X", "\"0x010000\"")),
        Of("Testnet spec.network.config: versions and domains", Config("DOMAIN_X", "\"0x01000000\""), Config("DOMAIN_X", "\"0101000000\"")),
        Of("Testnet spec.network.config: addresses", Config("X_ADDRESS", $"\"0x{new string('a', 40)}\""), Config("X_ADDRESS", $"\"0x{new string('a', 38)}\"")),
        Of("Testnet spec.network.config: SLOT_DURATION_MS", Slot("100"), Slot("99")),
        Of("Testnet spec.network.config: SLOT_DURATION_MS", Slot("\"3600000\""), Slot("\"3600001\"")),
        Of("Testnet spec.network.config: SLOT_DURATION_MS", Slot("3600000"), Slot("\"fast\"")),
        Of("Testnet spec.network.config: SECONDS_PER_SLOT", Seconds("1"), Seconds("0")),
        Of("Testnet spec.network.config: SECONDS_PER_SLOT", Seconds("3600"), Seconds("3601")),
        Of("Testnet spec.network.config: what divides", Config("CHURN_LIMIT_QUOTIENT", "1"), Config("CHURN_LIMIT_QUOTIENT", "0")),
        Of("Testnet spec.network.config: what divides", Config("MAX_REQUEST_BLOCKS", "\"18446744073709551615\""), Config("MAX_REQUEST_BLOCKS", "\"18446744073709551616\"")),
        Of("Testnet spec.network.protocolId: must not begin", Protocol("/ipfsnet/x"), Protocol("/ipfs/x")),
        Of("Testnet spec.network.protocolId: must not begin", Protocol("/fleet/eth2"), Protocol("/eth2")),

        // Times.
        Of("Testnet spec.genesis.delay: must be between", Text("genesis", "delay", "23h59m60s"), Text("genesis", "delay", "24h1ms")),
        Of("Testnet spec.genesis.delay: must be between", Text("genesis", "delay", "0s"), Text("genesis", "delay", "999999999h")),
        Of("Testnet spec.genesis.startTimeout: must be between", Text("genesis", "startTimeout", "1s"), Text("genesis", "startTimeout", "999ms")),
        Of("Testnet spec.health.noBlockAfter: must be between", Text("health", "noBlockAfter", "100ms"), Text("health", "noBlockAfter", "99ms")),
        Of("Testnet spec.health: finalityLostEpochs", Health("10", "10"), Health("10", "9")),

        // Pools and pods, of testnets and of single nodes.
        Of("Testnet spec.pools[].name: is reserved", NamedPool("boots"), NamedPool("boot")),
        .. Pods("Testnet spec.pools[]", Pool),
        .. Pods("BeaconNode spec", Node),
        .. Resources("Testnet spec.bootnodes", Bootnodes),
        .. RolloutCases.All,

        // Resets.
        Of("Testnet spec.recovery.minObserved: must be between", Text("recovery", "minObserved", "0s"), Text("recovery", "minObserved", "168h1ms")),
        Of("Testnet spec.recovery.genesisDelay: must be between", Text("recovery", "genesisDelay", "24h"), Text("recovery", "genesisDelay", "25h")),
        Of("Testnet spec.recovery.cooldown: must be between", Text("recovery", "cooldown", "720h"), Text("recovery", "cooldown", "721h")),
        .. from change in (string[])["\"testnet\":\"other\"", "\"fromIteration\":2", "\"reason\":\"Another.\"", "\"requestedBy\":null", "\"criterion\":\"U2\"", "\"criterionSince\":null"]
           select Of("ChainReset spec: must not change", """{"metadata":{"labels":{"a":"b"}}}""", Fill("""{"spec":{@1}}""", change), "{}"),

        // Single nodes.
        Of("BeaconNode spec: keysSecretRef", Node("\"role\":\"archive\""), Node("\"role\":\"bootnode\"")),
        Of("BeaconNode spec: checkpointSyncURL", Node("\"role\":\"canary\""), Node("\"role\":\"bootnode\"")),
        Of("BeaconNode spec.testnet: must not change", Node("\"logLevel\":\"debug\""), Node("\"testnet\":\"other\""), Node("\"logLevel\":\"info\"")),
        Of("BeaconNode spec.role: must not change from", Node("\"role\":\"archive\""), Node("\"role\":\"bootnode\",\"keysSecretRef\":null,\"checkpointSyncURL\":null"), Node("\"role\":\"node\"")),
        Of("BeaconNode spec.iteration: must not go back", Node("\"iteration\":4"), Node("\"iteration\":2"), Node("\"iteration\":3")),
    ];

    internal static RuleCase Of(string rule, string kept, string broken, string? before = null) => new(rule, kept, broken, before);

    private static IEnumerable<RuleCase> Pods(string path, Func<string, string> fields)
    {
        string Toleration(string toleration) => fields(Fill("""  "tolerations":[{@1}]  """, toleration));
        string Storage(string size, string className) => fields(Fill("""  "storage":{"size":"@1","className":@2}  """, size, className));

        return
        [
            .. Resources(path, fields),
            Of($"{path}.extraArgs: must not hold", fields("""  "extraArgs":["--keep-all=1","--data-dirs"]  """), fields("""  "extraArgs":["--ok","--data-dir=/etc"]  """)),
            Of($"{path}.extraArgs: must not hold", fields("""  "extraArgs":["--keys"]  """), fields("""  "extraArgs":["--keep"]  """)),
            Of($"{path}.extraArgs: must not hold", fields("""  "extraArgs":["--duty-group=mine=0-15"]  """), fields("""  "extraArgs":["--checkpoint-sync-url=http://a:1"]  """)),
            Of($"{path}.extraArgs: must not hold", fields("""  "extraArgs":["--migrate=true"]  """), fields("""  "extraArgs":["--migrate-database=true"]  """)),
            Of($"{path}.env: must not hold", fields("""  "env":[{"name":"POD_IPS","value":"x"}]  """), fields("""  "env":[{"name":"A"},{"name":"FLEET_HOSTS_FILE","value":"x"}]  """)),
            Of($"{path}.storage: className", Storage("1Gi", "\"fast\""), Storage("1Gi", "\"slow\""), Storage("1Gi", "\"fast\"")),
            Of($"{path}.storage: className", Storage("1Gi", "null"), Storage("1Gi", "\"slow\""), Storage("1Gi", "null")),
            Of($"{path}.storage.size: may grow", Storage("1025Mi", "null"), Storage("1023Mi", "null"), Storage("1Gi", "null")),
            Of($"{path}.storage.size: may grow", Storage("1500000000", "null"), Storage("1.3Gi", "null"), Storage("1500M", "null")),
            Of($"{path}.storage.size: may grow", Storage("0.5Ti", "null"), Storage("499G", "null"), Storage("500G", "null")),
            Of($"{path}.tolerations[]: operator must be Exists", Toleration("\"operator\":\"Exists\""), Toleration("\"operator\":\"Equal\"")),
            Of($"{path}.tolerations[]: effect must be NoExecute", Toleration("\"key\":\"k\",\"tolerationSeconds\":5,\"effect\":\"NoExecute\""), Toleration("\"key\":\"k\",\"tolerationSeconds\":5,\"effect\":\"NoSchedule\"")),
            Of($"{path}.tolerations[]: value must be empty", Toleration("\"key\":\"k\",\"operator\":\"Exists\",\"value\":\"\""), Toleration("\"key\":\"k\",\"operator\":\"Exists\",\"value\":\"v\"")),
        ];
    }

    private static IEnumerable<RuleCase> Resources(string path, Func<string, string> fields) =>
        from list in (string[])["requests", "limits"]
        select Of(
            $"{path}.resources.{list}: may name",
            fields(Fill("""  "resources":{"@1":{"cpu":"100m","memory":"1Gi","ephemeral-storage":1}}  """, list)),
            fields(Fill("""  "resources":{"@1":{"memroy":"1Gi"}}  """, list)));

    private static string Genesis(string validators, string first, string second) => Fill(
        """{"spec":{"genesis":{"validators":@1},"pools":[{"name":"eu","validators":@2},{"name":"us","validators":@3}]}}""", validators, first, second);

    private static string Network(string network, int validators) => Fill(
        """{"spec":{"network":@1,"genesis":{"validators":@2},"pools":[{"name":"eu"}]}}""", network, validators.ToString(CultureInfo.InvariantCulture));

    private static string Config(string name, string value) => Fill("""{"spec":{"network":{"config":{"@1":@2}}}}""", name, value);

    private static string Slot(string value) => Fill("""{"spec":{"network":{"config":{"SECONDS_PER_SLOT":null,"SLOT_DURATION_MS":@1}}}}""", value);

    private static string Seconds(string value) => Fill("""{"spec":{"network":{"config":{"SLOT_DURATION_MS":null,"SECONDS_PER_SLOT":@1}}}}""", value);

    private static string Protocol(string protocolId) => Fill("""{"spec":{"network":{"protocolId":"@1"}}}""", protocolId);

    private static string Text(string part, string field, string value) => Fill("""{"spec":{"@1":{"@2":"@3"}}}""", part, field, value);

    private static string Health(string warn, string lost) => Fill("""{"spec":{"health":{"finalityWarnEpochs":@1,"finalityLostEpochs":@2}}}""", warn, lost);

    private static string Pool(string fields) => NamedPool("eu", fields);

    private static string NamedPool(string name, string fields = "\"replicas\":1") =>
        Fill("""{"spec":{"genesis":{"validators":64},"pools":[{"name":"@1",@2}]}}""", name, fields);

    private static string Bootnodes(string fields) => Fill("""{"spec":{"bootnodes":{@1}}}""", fields);

    private static string Node(string fields) => Fill("""{"spec":{@1}}""", fields);

    /// <summary>Puts texts in the place of <c>@1</c>, <c>@2</c> and so on.</summary>
    internal static string Fill(string template, params ReadOnlySpan<string> texts)
    {
        for (int i = 0; i < texts.Length; i++)
        {
            template = template.Replace(string.Create(CultureInfo.InvariantCulture, $"@{i + 1}"), texts[i], StringComparison.Ordinal);
        }

        return template;
    }
}
