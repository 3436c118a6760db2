using System.Text;
using Fleet.Api;
using Fleet.Kubernetes.Models;

namespace Fleet.Planning.Children;

/// <summary>The peers file (docs/contracts.md), which nodes re-read while they run.</summary>
public static class PeersBuilder
{
    /// <summary>Data key.</summary>
    public const string Key = "peers.yaml";

    /// <summary>The mutable ConfigMap: every node with a known peer ID, bootnodes and external addresses marked.</summary>
    /// <param name="testnet">The testnet.</param>
    /// <param name="nodes">Its nodes.</param>
    /// <param name="fenced">Iterations whose validators must not sign.</param>
    public static ConfigMap Build(Testnet testnet, IEnumerable<BeaconNode> nodes, IEnumerable<int> fenced)
    {
        var text = new StringBuilder("fence: [").AppendJoin(", ", fenced).Append("]\n");
        var entries = new StringBuilder();
        foreach (BeaconNode node in nodes.OrderBy(node => node.Metadata.Name, StringComparer.Ordinal))
        {
            // Whoever may write the status of a node could put anything there.
            if (node.Status?.PeerId is { Length: > 0 } peerId && peerId.All(char.IsAsciiLetterOrDigit))
            {
                string host = Names.PodHost(node.Metadata.Name!, testnet.Metadata.Name!, testnet.Metadata.Namespace!);
                Entry(entries, node.Metadata.Name!, node.Spec.Role == NodeRoles.Bootnode, $"/dns4/{host}/tcp/{Ports.P2P}/p2p/{peerId}");
            }
        }

        int external = 0;
        foreach (string address in testnet.Spec.Bootnodes.External ?? [])
        {
            Entry(entries, $"external-{external++}", bootnode: true, address);
        }

        text.Append(entries.Length == 0 ? "peers: []\n" : "peers:\n").Append(entries);
        return new ConfigMap
        {
            Metadata = ChildMetadata.Of(testnet, Names.Peers(testnet.Metadata.Name!), "network"),
            Data = new Dictionary<string, string> { [Key] = text.ToString() },
        };
    }

    private static void Entry(StringBuilder text, string name, bool bootnode, string address) =>
        text.Append("- name: ").Append(name).Append('\n')
            .Append("  bootnode: ").Append(bootnode ? "true" : "false").Append('\n')
            .Append("  addresses: [\"").Append(address).Append("\"]\n");
}
