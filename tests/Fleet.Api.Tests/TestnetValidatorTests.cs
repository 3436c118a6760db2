using Fleet.Api.Validation;
using Fleet.Kubernetes.Models;

namespace Fleet.Api.Tests;

public sealed class TestnetValidatorTests
{
    private static Testnet Valid() => new()
    {
        Metadata = new ObjectMeta { Name = "devnet", Namespace = "default" },
        Spec = new TestnetSpec
        {
            Network = new NetworkSpec { Config = new Dictionary<string, ConfigValue> { ["SLOT_DURATION_MS"] = 1000 } },
            Genesis = new GenesisSpec { Validators = 64 },
            Pools = [new PoolSpec { Name = "eu", Replicas = 4 }, new PoolSpec { Name = "us", Replicas = 2, Validators = 16 }],
        },
    };

    public static TheoryData<string, Action<Testnet>, string> Rules => new()
    {
        { "name too long", t => t.Metadata.Name = new string('a', 29), "metadata.name" },
        { "name with capitals", t => t.Metadata.Name = "Devnet", "metadata.name" },
        { "name that begins with a digit", t => t.Metadata.Name = "7net", "metadata.name" },
        { "image with a space", t => t.Spec.Image = "a b", "spec.image" },
        { "unknown pull policy", t => t.Spec.ImagePullPolicy = "Sometimes", "spec.imagePullPolicy" },
        { "unknown preset", t => t.Spec.Network.Preset = "gnosis", "spec.network.preset" },
        { "protocol id without slash", t => t.Spec.Network.ProtocolId = "fleet", "spec.network.protocolId" },
        { "protocol id of someone else", t => t.Spec.Network.ProtocolId = "/ipfs/id", "spec.network.protocolId" },
        { "protocol id that ends with a slash", t => t.Spec.Network.ProtocolId = "/fleet/", "spec.network.protocolId" },
        { "slot under 100 ms", t => t.Spec.Network.Config!["SLOT_DURATION_MS"] = 99, "spec.network.config.SLOT_DURATION_MS" },
        { "slot of zero", t => t.Spec.Network.Config!["SLOT_DURATION_MS"] = 0, "spec.network.config.SLOT_DURATION_MS" },
        { "negative slot", t => t.Spec.Network.Config!["SLOT_DURATION_MS"] = -5, "spec.network.config.SLOT_DURATION_MS" },
        { "slot that is no number", t => t.Spec.Network.Config!["SLOT_DURATION_MS"] = "fast", "spec.network.config.SLOT_DURATION_MS" },
        { "seconds of zero", t => t.Spec.Network.Config!["SECONDS_PER_SLOT"] = 0, "spec.network.config.SECONDS_PER_SLOT" },
        { "seconds and milliseconds disagree", t => t.Spec.Network.Config!["SECONDS_PER_SLOT"] = 2, "spec.network.config.SLOT_DURATION_MS" },
        { "standard with a fraction", t => (t.Spec.Network.ProtocolId, t.Spec.Network.Config!["SLOT_DURATION_MS"]) = ("standard", 500), "spec.network.config.SLOT_DURATION_MS" },
        { "fork epoch", t => t.Spec.Network.Config!["ALTAIR_FORK_EPOCH"] = 5, "spec.network.config.ALTAIR_FORK_EPOCH" },
        { "preset constant", t => t.Spec.Network.Config!["SLOTS_PER_EPOCH"] = 6, "spec.network.config.SLOTS_PER_EPOCH" },
        { "value of the operator", t => t.Spec.Network.Config!["MIN_GENESIS_TIME"] = 1, "spec.network.config.MIN_GENESIS_TIME" },
        { "other preset base", t => t.Spec.Network.Config!["PRESET_BASE"] = "mainnet", "spec.network.config.PRESET_BASE" },
        { "integer above 2^53", t => t.Spec.Network.Config!["EJECTION_BALANCE"] = (1L << 53) + 1, "spec.network.config.EJECTION_BALANCE" },
        { "version as integer", t => t.Spec.Network.Config!["GENESIS_FORK_VERSION"] = 1, "spec.network.config.GENESIS_FORK_VERSION" },
        { "address as integer", t => t.Spec.Network.Config!["DEPOSIT_CONTRACT_ADDRESS"] = 1, "spec.network.config.DEPOSIT_CONTRACT_ADDRESS" },
        { "short version", t => t.Spec.Network.Config!["GENESIS_FORK_VERSION"] = "0x01", "spec.network.config.GENESIS_FORK_VERSION" },
        { "name in small letters", t => t.Spec.Network.Config!["slot"] = 1, "spec.network.config.slot" },
        { "value with a line feed", t => t.Spec.Network.Config!["CONFIG_NAME"] = "a\nb", "spec.network.config.CONFIG_NAME" },
        { "divisor of zero", t => t.Spec.Network.Config!["CHURN_LIMIT_QUOTIENT"] = 0, "spec.network.config.CHURN_LIMIT_QUOTIENT" },
        { "delay that is no duration", t => t.Spec.Genesis.Delay = new Duration("soon"), "spec.genesis.delay" },
        { "start timeout of zero", t => t.Spec.Genesis.StartTimeout = new Duration("0s"), "spec.genesis.startTimeout" },
        { "time that is none", t => t.Spec.Genesis.Time = "tomorrow", "spec.genesis.time" },
        { "no validators", t => t.Spec.Genesis.Validators = 0, "spec.genesis.validators" },
        { "negative validators", t => t.Spec.Genesis.Validators = -1, "spec.genesis.validators" },
        { "sum above the total", t => t.Spec.Pools[1].Validators = 65, "spec.genesis.validators" },
        { "sum that disagrees", t => t.Spec.Pools[0].Validators = 47, "spec.genesis.validators" },
        { "fewer validators than slots", t => (t.Spec.Genesis.Validators, t.Spec.Pools[1].Validators) = (7, 1), "spec.genesis.validators" },
        { "no total and an open share", t => t.Spec.Genesis.Validators = null, "spec.genesis.validators" },
        { "negative bootnodes", t => t.Spec.Bootnodes.Replicas = -1, "spec.bootnodes.replicas" },
        { "external bootnode without a peer", t => t.Spec.Bootnodes.External = ["/dns4/x/tcp/9000"], "spec.bootnodes.external[0]" },
        { "no pools", t => t.Spec.Pools = [], "spec.pools" },
        { "too many pools", t => t.Spec.Pools = [.. Enumerable.Range(0, 33).Select(i => new PoolSpec { Name = "p" + i })], "spec.pools" },
        { "two pools of one name", t => t.Spec.Pools[1].Name = "eu", "spec.pools[1].name" },
        { "reserved pool name", t => t.Spec.Pools[1].Name = "boot", "spec.pools[1].name" },
        { "long pool name", t => t.Spec.Pools[1].Name = "abcdefghijklm", "spec.pools[1].name" },
        { "no replicas", t => t.Spec.Pools[0].Replicas = 0, "spec.pools[0].replicas" },
        { "negative replicas", t => t.Spec.Pools[0].Replicas = -3, "spec.pools[0].replicas" },
        { "too many replicas", t => t.Spec.Pools[0].Replicas = 251, "spec.pools[0].replicas" },
        { "unknown role", t => t.Spec.Pools[0].Role = "king", "spec.pools[0].role" },
        { "size that is none", t => t.Spec.Pools[0].Storage.Size = "big", "spec.pools[0].storage.size" },
        { "argument without dashes", t => t.Spec.Pools[0].ExtraArgs = ["x"], "spec.pools[0].extraArgs[0]" },
        { "argument of the operator", t => t.Spec.Pools[0].ExtraArgs = ["--data-dir=/tmp"], "spec.pools[0].extraArgs[0]" },
        { "variable of the operator", t => t.Spec.Pools[0].Env = [new EnvironmentVariable { Name = "POD_IP" }], "spec.pools[0].env[0].name" },
        { "variable given twice", t => t.Spec.Pools[0].Env = [new EnvironmentVariable { Name = "A" }, new EnvironmentVariable { Name = "A" }], "spec.pools[0].env[1].name" },
        { "unknown log level", t => t.Spec.Pools[0].LogLevel = "loud", "spec.pools[0].logLevel" },
        { "resource that is none", t => t.Spec.Pools[0].Resources = new ResourceSpec { Limits = new Dictionary<string, ConfigValue> { ["cpu"] = "fast" } }, "spec.pools[0].resources.limits.cpu" },
        { "toleration without a key", t => t.Spec.Pools[0].Tolerations = [new TolerationSpec()], "spec.pools[0].tolerations[0].operator" },
        { "lost before warned", t => t.Spec.Health.FinalityLostEpochs = 9, "spec.health.finalityLostEpochs" },
        { "stake above 100", t => t.Spec.Health.MinOperatorStake = 101, "spec.health.minOperatorStake" },
        { "unknown deletion policy", t => t.Spec.DeletionPolicy = "Maybe", "spec.deletionPolicy" },
        { "secret with a slash", t => t.Spec.Genesis.MnemonicSecretRef = new SecretReference { Name = "other/secret" }, "spec.genesis.mnemonicSecretRef.name" },
    };

    [Theory]
    [MemberData(nameof(Rules))]
    public void A_broken_rule_names_its_field(string rule, Action<Testnet> breakIt, string path)
    {
        Testnet testnet = Valid();
        breakIt(testnet);
        IReadOnlyList<FieldError> errors = TestnetValidator.Validate(testnet);
        Assert.True(errors.Any(error => error.Path == path), $"{rule}: expected an error at {path}, got: {string.Join("; ", errors)}");
        Assert.All(errors, error => Assert.DoesNotContain('\n', error.ToString()));
    }

    public static TheoryData<string, Action<Testnet>> Allowed => new()
    {
        { "as it is", _ => { } },
        { "seconds that agree", t => t.Spec.Network.Config!["SECONDS_PER_SLOT"] = 1 },
        { "shortest slot", t => t.Spec.Network.Config!["SLOT_DURATION_MS"] = 100 },
        { "fractional slot", t => t.Spec.Network.Config!["SLOT_DURATION_MS"] = 1500 },
        { "standard with whole seconds", t => t.Spec.Network.ProtocolId = "standard" },
        { "explicit protocol id", t => t.Spec.Network.ProtocolId = "/fleet/mine" },
        { "large number as text", t => t.Spec.Network.Config!["TERMINAL_BLOCK_HASH_ACTIVATION_EPOCH"] = "18446744073709551615" },
        { "version as text", t => t.Spec.Network.Config!["GENESIS_FORK_VERSION"] = "0x00000abc" },
        { "sum of all pools", t => (t.Spec.Genesis.Validators, t.Spec.Pools[0].Validators) = (null, 48) },
        { "pool without keys", t => (t.Spec.Genesis.Validators, t.Spec.Pools[0].Validators, t.Spec.Pools[1].Validators) = (64, 64, 0) },
        { "no bootnodes", t => t.Spec.Bootnodes.Replicas = 0 },
        { "longest names", t => (t.Metadata.Name, t.Spec.Pools[0].Name) = (new string('a', 28), new string('b', 12)) },
    };

    [Theory]
    [MemberData(nameof(Allowed))]
    public void What_is_allowed_is_accepted(string what, Action<Testnet> change)
    {
        Testnet testnet = Valid();
        change(testnet);
        IReadOnlyList<FieldError> errors = TestnetValidator.Validate(testnet);
        Assert.True(errors.Count == 0, $"{what}: {string.Join("; ", errors)}");
    }
}
