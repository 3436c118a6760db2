using Fleet.Api.Validation;
using Fleet.Kubernetes.Models;

namespace Fleet.Api.Tests;

/// <summary>How a new image comes to the nodes: what may be said of it, and where the error is when it may not.</summary>
public sealed class RolloutValidatorTests
{
    private static readonly CanaryMetricSpec Cpu = new() { Name = "cpu" };
    private static readonly CanaryMetricSpec Files = new() { Name = "files", Group = "files", Series = new MetricSeriesSpec { Name = "process_open_fds" } };

    private static Testnet Valid() => new()
    {
        Metadata = new ObjectMeta { Name = "devnet", Namespace = "default" },
        Spec = new TestnetSpec { Genesis = new GenesisSpec { Validators = 64 }, Pools = [new PoolSpec { Name = "eu", Replicas = 4 }] },
    };

    public static TheoryData<string, Action<RolloutSpec>, string, string> Broken => new()
    {
        { "unknown strategy", r => r.Strategy = "BlueGreen", "strategy", "must be Canary or AllAtOnce or OnDelete, not \"BlueGreen\"" },
        { "a pair beyond an eighth", r => r.PairValidators = 5, "pairValidators", "must be at most 4, not 5: baseline and canary together may have an eighth of the stake, which is a fourteenth of the pools' 64 keys each" },
        { "negative pair", r => r.PairValidators = -1, "pairValidators", "must be between 0 and 4096, not -1" },
        { "warm-up that is no time", r => r.Warmup = new Duration("soon"), "warmup", "\"soon\" is not a duration such as 20s or 1m30s" },
        { "deadline too short", r => r.SyncDeadline = new Duration("9s"), "syncDeadline", "must be between 10s and 24h, not 9s" },
        { "no interval", r => r.Interval = new Duration("0s"), "interval", "must be between 1s and 24h, not 0s" },
        { "interval longer than the window", r => r.Interval = new Duration("31m"), "interval", "must not be longer than duration (30m), or there is nothing to look at before the verdict, not 31m" },
        { "a month of bake", r => r.Bake = new Duration("720h"), "bake", "must be between 0s and 168h, not 720h" },
        { "no waves", r => r.Waves = [], "waves", "must hold at least one wave; the last is 100%" },
        { "wave of nothing", r => r.Waves = ["0%", "100%"], "waves[0]", "must be a number of nodes such as 1, or a share such as 25%, not \"0%\"" },
        { "waves that leave nodes out", r => r.Waves = ["1", "50%"], "waves[1]", "the last wave must be 100%, so that every node gets the image, not \"50%\"" },
        { "seventeen waves", r => r.Waves = [.. Enumerable.Repeat("1", 16), "100%"], "waves", "may have at most 16 entries, not 17" },
        { "pass below marginal", r => r.Thresholds = new ThresholdsSpec { Pass = 40 }, "thresholds.pass", "must not be less than marginal (50), not 40" },
        { "pass above 100", r => r.Thresholds.Pass = 101, "thresholds.pass", "must be between 1 and 100, not 101" },
        { "unknown metric", r => r.Metrics = [Cpu, new CanaryMetricSpec { Name = "cpus" }], "metrics[1].name", "\"cpus\" is no built-in metric; give its series, or use one of attestation-inclusion," },
        { "metric given twice", r => r.Metrics = [Cpu, Cpu], "metrics[1].name", "\"cpu\" names two metrics" },
        { "series without a group", r => r.Metrics = [new CanaryMetricSpec { Name = "files", Series = Files.Series }], "metrics[0].group", "must be given beside series; name one, such as resources" },
        { "series that has no name", r => r.Metrics = [new CanaryMetricSpec { Name = "files", Group = "files", Series = new MetricSeriesSpec() }], "metrics[0].series.name", "must be the name of a series such as process_open_fds, not \"\"" },
        { "label that is none", r => r.Metrics = [new CanaryMetricSpec { Name = "x", Group = "x", Series = new MetricSeriesSpec { Name = "x", Labels = new Dictionary<string, string> { ["a b"] = "c" } } }], "metrics[0].series.labels.a b", "is not the name of a label: letters, digits and underscores" },
        { "weights that lack something", r => r.GroupWeights = Weights(("consensus", 50), ("network", 25), ("resources", 15), ("errors", 9)), "groupWeights", "must sum to 100, not 99" },
        { "weights of some groups", r => r.GroupWeights = Weights(("consensus", 50), ("network", 25), ("resources", 25)), "groupWeights", "must name every group, and says nothing of errors; give it a weight, 0 if it should not count" },
        { "weight of no group", r => (r.Metrics, r.GroupWeights) = ([Cpu, Files], Weights(("resources", 40), ("files", 50), ("network", 10))), "groupWeights.network", "is the group of no metric; there are files, resources" },
        { "negative weight", r => (r.Metrics, r.GroupWeights) = ([Cpu, Files], Weights(("resources", -10), ("files", 110))), "groupWeights.resources", "must be between 0 and 100, not -10" },
        { "no patience", r => r.Approval.Timeout = new Duration("0s"), "approval.timeout", "must be between 1s and 720h, not 0s" },
        { "unknown end of patience", r => r.Approval.OnTimeout = "Approve", "approval.onTimeout", "must be Abort or Hold, not \"Approve\"" },
    };

    [Theory]
    [MemberData(nameof(Broken))]
    public void A_broken_rule_names_its_field_and_what_would_be_right(string rule, Action<RolloutSpec> change, string path, string message)
    {
        Testnet testnet = Valid();
        change(testnet.Spec.Rollout);
        IReadOnlyList<FieldError> errors = TestnetValidator.Validate(testnet);
        Assert.True(
            errors.Any(error => error.Path == "spec.rollout." + path && error.Message.StartsWith(message, StringComparison.Ordinal)),
            $"{rule}: expected \"spec.rollout.{path}: {message}\", got: {string.Join("; ", errors)}");
    }

    [Fact]
    public void A_metric_that_is_none_is_told_once_and_not_by_the_weights_too()
    {
        Testnet testnet = Valid();
        testnet.Spec.Rollout.Metrics = [new CanaryMetricSpec { Name = "sped" }];
        testnet.Spec.Rollout.GroupWeights = Weights(("consensus", 60), ("errors", 40));
        Assert.Equal("spec.rollout.metrics[0].name", Assert.Single(TestnetValidator.Validate(testnet)).Path);
    }

    public static TheoryData<string, Action<RolloutSpec>> Kept => new()
    {
        { "as it is", _ => { } },
        { "the largest pair", r => r.PairValidators = 4 },
        { "no pair", r => r.PairValidators = 0 },
        { "one wave", r => r.Waves = ["100%"] },
        { "no threshold between", r => r.Thresholds = new ThresholdsSpec { Pass = 50, Marginal = 50 } },
        { "weights of the built-in groups", r => r.GroupWeights = Weights(("consensus", 100), ("network", 0), ("resources", 0), ("errors", 0)) },
        { "weights of chosen metrics", r => (r.Metrics, r.GroupWeights) = ([Cpu, Files], Weights(("resources", 40), ("files", 60))) },
        { "a built-in metric in another group", r => (r.Metrics, r.GroupWeights) = ([new CanaryMetricSpec { Name = "cpu", Group = "cost" }], Weights(("cost", 100))) },
        { "no weights", r => r.GroupWeights = [] },
        { "no metrics", r => r.Metrics = [] },
    };

    [Theory]
    [MemberData(nameof(Kept))]
    public void What_is_allowed_is_accepted(string what, Action<RolloutSpec> change)
    {
        Testnet testnet = Valid();
        change(testnet.Spec.Rollout);
        IReadOnlyList<FieldError> errors = TestnetValidator.Validate(testnet);
        Assert.True(errors.Count == 0, $"{what}: {string.Join("; ", errors)}");
    }

    [Theory]
    [InlineData("https://prometheus.example/tenant-a/", true)]
    [InlineData("http://127.0.0.1:9090", true)]
    [InlineData("", true)]
    [InlineData("ftp://prometheus.example", false)]
    [InlineData("http://user:word@prometheus.example", false)]
    [InlineData("http://prometheus.example/a/../b", false)]
    [InlineData("http://prometheus.example/a?query=b", false)]
    [InlineData("http://prometheus.example/%2e%2e/b", false)]
    [InlineData("http://prometheus.example//b", false)]
    public void A_Prometheus_is_named_by_its_root(string url, bool isAllowed)
    {
        Testnet testnet = Valid();
        testnet.Spec.Observability.PrometheusURL = url;
        Assert.Equal(isAllowed ? [] : ["spec.observability.prometheusURL"], TestnetValidator.Validate(testnet).Select(error => error.Path));
    }

    [Theory]
    [InlineData(NodeRoles.Canary, "http://devnet-eu-0-0.devnet.default.svc:5052", null)]
    [InlineData(NodeRoles.Baseline, "https://beacon.example", null)]
    [InlineData(NodeRoles.Canary, "http://beacon.example/eth", "spec.checkpointSyncURL")]
    [InlineData(NodeRoles.Bootnode, "http://beacon.example", "spec.checkpointSyncURL")]
    [InlineData("king", "http://beacon.example", "spec.role")]
    public void A_node_starts_from_the_state_of_another_if_it_follows_the_chain(string role, string url, string? path)
    {
        var node = new BeaconNode { Metadata = new ObjectMeta { Name = "devnet-x" }, Spec = new BeaconNodeSpec { Testnet = "devnet", Role = role, CheckpointSyncURL = url } };
        Assert.Equal(path is null ? [] : [path], BeaconNodeValidator.Validate(node).Select(error => error.Path));
    }

    private static Dictionary<string, int> Weights(params ReadOnlySpan<(string Group, int Weight)> weights) => new(weights.ToArray().Select(pair => KeyValuePair.Create(pair.Group, pair.Weight)));
}
