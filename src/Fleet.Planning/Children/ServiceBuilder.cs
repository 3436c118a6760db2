using Fleet.Api;
using Fleet.Kubernetes.Models;

namespace Fleet.Planning.Children;

/// <summary>The headless Service that gives every pod of a testnet its name.</summary>
public static class ServiceBuilder
{
    /// <summary>The Service; addresses are published before pods are ready, because nodes find each other while they start.</summary>
    public static Service Build(Testnet testnet) => new()
    {
        Metadata = ChildMetadata.Of(testnet, Names.Service(testnet.Metadata.Name!), "network"),
        Spec = new ServiceSpec
        {
            ClusterIP = "None",
            PublishNotReadyAddresses = true,
            Selector = new Dictionary<string, string> { [Labels.Testnet] = testnet.Metadata.Name! },
            Ports =
            [
                new ServicePort { Name = "p2p", Port = Ports.P2P, Protocol = "TCP" },
                new ServicePort { Name = "http", Port = Ports.Http, Protocol = "TCP" },
                new ServicePort { Name = "metrics", Port = Ports.Metrics, Protocol = "TCP" },
            ],
        },
    };
}

/// <summary>Ports of a node (docs/contracts.md).</summary>
public static class Ports
{
    /// <summary>libp2p, TCP; discovery, UDP.</summary>
    public const int P2P = 9000;

    /// <summary>Beacon API.</summary>
    public const int Http = 5052;

    /// <summary>Metrics of the node.</summary>
    public const int Metrics = 8008;

    /// <summary>Metrics and /healthz of the validator.</summary>
    public const int ValidatorMetrics = 8009;
}
