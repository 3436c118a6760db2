using System.Text;
using Fleet.Api;
using Fleet.Kubernetes.Models;

namespace Fleet.Operator.Tests.Tenants;

/// <summary>What lies in a tenant's namespace and is not the operator's, and objects a tenant may write.</summary>
internal static class Plants
{
    /// <summary>A word that no Secret value may leak.</summary>
    public const string Treasure = "treasure-3f1c9a7be2";

    /// <summary>A mnemonic that anybody knows.</summary>
    public const string Phrase = "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about";

    /// <summary>A Secret with everything that the operator could want to read, under the keys it looks for.</summary>
    public static Secret Secret(string @namespace, string name, bool labelled = false, string? type = null) => new()
    {
        Metadata = new ObjectMeta
        {
            Name = name,
            Namespace = @namespace,
            Labels = labelled ? new Dictionary<string, string> { [Labels.Use] = "true" } : null,
            Annotations = type is null ? null : new Dictionary<string, string> { ["kubernetes.io/service-account.name"] = "default" },
        },
        Type = type ?? "Opaque",
        Data = new Dictionary<string, byte[]>
        {
            ["mnemonic"] = Encoding.UTF8.GetBytes(Phrase),
            ["key"] = Encoding.ASCII.GetBytes("11" + string.Concat(Enumerable.Repeat("ab", 31))),
            ["password.txt"] = Encoding.ASCII.GetBytes(Treasure),
            ["token"] = Encoding.ASCII.GetBytes(Treasure),
        },
    };

    /// <summary>A testnet of one node, as small as it can be.</summary>
    public static Testnet Testnet(string @namespace, string name, Action<Testnet>? change = null)
    {
        var testnet = new Testnet
        {
            Metadata = new ObjectMeta { Name = name, Namespace = @namespace },
            Spec = new TestnetSpec
            {
                Network = new NetworkSpec { Config = new Dictionary<string, ConfigValue> { ["SLOT_DURATION_MS"] = 1000 } },
                Genesis = new GenesisSpec { Validators = 8 },
                Bootnodes = new BootnodesSpec { Replicas = 0 },
                Rollout = new RolloutSpec { Strategy = RolloutStrategies.AllAtOnce },
                Pools = [new PoolSpec { Name = "eu" }],
            },
        };
        change?.Invoke(testnet);
        return testnet;
    }

    /// <summary>A node of a testnet, made by hand.</summary>
    public static BeaconNode Node(string @namespace, string name, Action<BeaconNode>? change = null)
    {
        var node = new BeaconNode { Metadata = new ObjectMeta { Name = name, Namespace = @namespace }, Spec = new BeaconNodeSpec { Testnet = "net" } };
        change?.Invoke(node);
        return node;
    }
}
