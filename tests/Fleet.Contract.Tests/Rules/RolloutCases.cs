namespace Fleet.Contract.Tests.Rules;

/// <summary>Rules of roll-outs, each with an object that keeps it and one that breaks it.</summary>
internal static class RolloutCases
{
    private const string Cpu = """{"name":"cpu"}""";
    private const string Files = """{"name":"files","group":"files","series":{"name":"process_open_fds"}}""";

    /// <summary>Every rule, at least once.</summary>
    public static IReadOnlyList<RuleCase> All { get; } =
    [
        // What a testnet says.
        RuleCase.Of("Testnet spec: rollout.pairValidators", Pair(4, "null", "40", "16"), Pair(5, "null", "40", "16")),
        RuleCase.Of("Testnet spec: rollout.pairValidators", Pair(4, "64", "48", "null"), Pair(5, "64", "48", "null")),
        RuleCase.Of("Testnet spec: rollout.pairValidators", Pair(0, "13", "13", "0"), Pair(1, "13", "13", "0")),
        RuleCase.Of("Testnet spec.rollout: interval", Rollout("\"interval\":\"60m\",\"duration\":\"1h\""), Rollout("\"interval\":\"61m\",\"duration\":\"1h\"")),
        RuleCase.Of("Testnet spec.rollout.warmup: must be between", Rollout("\"warmup\":\"0s\""), Rollout("\"warmup\":\"24h1ms\"")),
        RuleCase.Of("Testnet spec.rollout.syncDeadline: must be between", Rollout("\"syncDeadline\":\"10s\""), Rollout("\"syncDeadline\":\"9999ms\"")),
        RuleCase.Of("Testnet spec.rollout.interval: must be between", Rollout("\"interval\":\"1s\""), Rollout("\"interval\":\"999ms\"")),
        RuleCase.Of("Testnet spec.rollout.duration: must be between", Rollout("\"duration\":\"168h\""), Rollout("\"duration\":\"168h1ms\"")),
        RuleCase.Of("Testnet spec.rollout.duration: must be between", Rollout("\"interval\":\"1s\",\"duration\":\"1s\""), Rollout("\"interval\":\"1s\",\"duration\":\"500ms\"")),
        RuleCase.Of("Testnet spec.rollout.bake: must be between", Rollout("\"bake\":\"0s\""), Rollout("\"bake\":\"169h\"")),
        RuleCase.Of("Testnet spec.rollout.waves: the last wave", Rollout("\"waves\":[\"100%\"]"), Rollout("\"waves\":[\"100%\",\"99%\"]")),
        RuleCase.Of("Testnet spec.rollout.thresholds: pass must not", Rollout("\"thresholds\":{\"pass\":50,\"marginal\":50}"), Rollout("\"thresholds\":{\"pass\":49,\"marginal\":50}")),
        RuleCase.Of("Testnet spec.rollout.approval.timeout: must be between", Rollout("\"approval\":{\"timeout\":\"720h\"}"), Rollout("\"approval\":{\"timeout\":\"721h\"}")),
        RuleCase.Of("Testnet spec.rollout.approval.timeout: must be between", Rollout("\"approval\":{\"timeout\":\"1s\"}"), Rollout("\"approval\":{\"timeout\":\"0s\"}")),

        // Metrics, and the weights of their groups.
        RuleCase.Of("Testnet spec.rollout.metrics: a metric must be", Metrics(Cpu), Metrics("""{"name":"cpus"}""")),
        RuleCase.Of("Testnet spec.rollout.metrics: a metric must be", Metrics($"{Cpu},{Files}"), Metrics($$"""{{Cpu}},{"name":"files","group":"files"}""")),
        RuleCase.Of("Testnet spec.rollout.metrics[]: group must be given", Metrics(Files), Metrics("""{"name":"files","series":{"name":"process_open_fds"}}""")),
        RuleCase.Of("Testnet spec.rollout.metrics[].series.labels: names of labels", Metrics(Labelled("job_2")), Metrics(Labelled("job-2"))),
        RuleCase.Of("Testnet spec.rollout: groupWeights must sum", Weights(null, "\"consensus\":70,\"network\":10,\"resources\":10,\"errors\":10"), Weights(null, "\"consensus\":70,\"network\":10,\"resources\":10,\"errors\":9")),
        RuleCase.Of("Testnet spec.rollout: groupWeights must sum", Weights(Cpu, "\"resources\":100"), Weights(Cpu, "\"resources\":101")),
        RuleCase.Of("Testnet spec.rollout: groupWeights must sum", Weights(Cpu, ""), Weights(Cpu, "\"resources\":0")),
        RuleCase.Of("Testnet spec.rollout: groupWeights must name the group", Weights(null, "\"consensus\":100,\"network\":0,\"resources\":0,\"errors\":0"), Weights(null, "\"consensus\":100,\"network\":0,\"resources\":0")),
        RuleCase.Of("Testnet spec.rollout: groupWeights must name the group", Weights($"{Cpu},{Files}", "\"resources\":50,\"files\":50"), Weights($"{Cpu},{Files}", "\"files\":100")),
        RuleCase.Of("Testnet spec.rollout: groupWeights must name the group", Weights($"{Cpu},{Files}", "\"resources\":50,\"files\":50"), Weights($"{Cpu},{Files}", "\"resources\":100")),
        RuleCase.Of("Testnet spec.rollout: groupWeights must name the group", Weights("""{"name":"cpu","group":"cost"}""", "\"cost\":100"), Weights("""{"name":"cpu","group":"cost"}""", "\"resources\":100")),
        RuleCase.Of("Testnet spec.rollout: groupWeights must name groups", Weights(null, "\"consensus\":100,\"network\":0,\"resources\":0,\"errors\":0"), Weights(null, "\"consensus\":90,\"network\":0,\"resources\":0,\"errors\":0,\"files\":10")),
        RuleCase.Of("Testnet spec.rollout: groupWeights must name groups", Weights($"{Cpu},{Files}", "\"resources\":50,\"files\":50"), Weights(Cpu, "\"resources\":50,\"files\":50")),

        // What may be said of a roll-out once it is there.
        RuleCase.Of("CanaryRollout spec: decision", Spec("\"decision\":\"Abort\""), Spec("\"decision\":\"Reject\""), Spec("\"decision\":\"Abort\"")),
        RuleCase.Of("CanaryRollout spec: decision", Spec("\"decision\":\"Approve\""), Spec("\"decision\":null"), Spec("\"decision\":\"Approve\"")),
        RuleCase.Of("CanaryRollout spec: retry", Spec("\"decision\":\"Approve\""), Spec("\"retry\":\"3\""), Spec("\"decision\":null")),
        RuleCase.Of("CanaryRollout spec: retry", Spec("\"decision\":\"Reject\",\"retry\":null"), Spec("\"retry\":\"3\""), Spec("\"decision\":null,\"retry\":null")),
        .. from change in (string[])["\"testnet\":\"other\"", "\"from\":\"c\"", "\"to\":\"c\"", "\"iteration\":2", "\"number\":4"]
           select RuleCase.Of($"CanaryRollout spec.{change.Split('"')[1]}: must not change", Spec("\"decision\":\"Abort\""), Spec(change), Spec("\"decision\":null")),
    ];

    private static string Pair(int each, string validators, string first, string second) => RuleCase.Fill(
        """{"spec":{"genesis":{"validators":@2},"pools":[{"name":"eu","validators":@3},{"name":"us","validators":@4}],"rollout":{"pairValidators":@1}}}""",
        each.ToString(System.Globalization.CultureInfo.InvariantCulture), validators, first, second);

    private static string Rollout(string fields) => RuleCase.Fill("""{"spec":{"rollout":{@1}}}""", fields);

    private static string Metrics(string metrics) => Rollout($"\"groupWeights\":null,\"metrics\":[{metrics}]");

    /// <summary>Weights in place of those of the full object.</summary>
    private static string Weights(string? metrics, string weights)
    {
        string list = metrics is null ? "null" : $"[{metrics}]";
        string[] all = [weights.Contains("files", StringComparison.Ordinal) ? "" : "\"files\":null", weights];
        return Rollout($"\"metrics\":{list},\"groupWeights\":{{{string.Join(',', all.Where(part => part.Length > 0))}}}");
    }

    private static string Labelled(string label) => RuleCase.Fill("""{"name":"files","group":"files","series":{"name":"process_open_fds","labels":{"@1":"x"}}}""", label);

    private static string Spec(string fields) => RuleCase.Fill("""{"spec":{@1}}""", fields);
}
