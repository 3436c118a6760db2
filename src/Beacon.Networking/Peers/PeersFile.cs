using Libp2p.Multiformats;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Beacon.Networking.Peers;

/// <summary>A peer that is to be connected always.</summary>
/// <param name="Name">Its name, for people.</param>
/// <param name="PeerId">Its peer ID.</param>
/// <param name="Addresses">Where it listens; each ends with its peer ID.</param>
/// <param name="IsBootnode">Whether it only helps others to meet and has no chain.</param>
public sealed record ListedPeer(string Name, PeerId PeerId, IReadOnlyList<Multiaddr> Addresses, bool IsBootnode);

/// <summary>Where peers come from: a file now, discovery beside it later.</summary>
public interface IPeerSource
{
    /// <summary>Peers known at this moment; asked again every fraction of a second, so it must be cheap.</summary>
    IReadOnlyList<ListedPeer> GetPeers();
}

/// <summary>The peers file (<c>peers.yaml</c>), read again when its content changes. A missing file lists nobody.</summary>
/// <remarks>A file that cannot be read as YAML leaves the peers as they were and says so once.</remarks>
public sealed class PeersFile(string path, Action<string> onInvalid) : IPeerSource
{
    private const int MaxBytes = 4 << 20;
    private const int MaxPeers = 4096;
    private const int MaxAddresses = 16;
    private string _text = "";
    private IReadOnlyList<ListedPeer> _peers = [];

    /// <inheritdoc/>
    public IReadOnlyList<ListedPeer> GetPeers()
    {
        string text;
        try
        {
            // A projected file is swapped by a symlink, so content is compared, not times.
            var info = new FileInfo(path);
            text = info.Exists && info.Length <= MaxBytes ? File.ReadAllText(path) : "";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return _peers;
        }

        if (text != _text)
        {
            _text = text;
            try
            {
                _peers = Parse(text);
            }
            catch (FormatException e)
            {
                onInvalid(e.Message);
            }
        }

        return _peers;
    }

    /// <summary>Reads the content of a peers file.</summary>
    /// <exception cref="FormatException">Not a peers file; the message says where.</exception>
    public static IReadOnlyList<ListedPeer> Parse(string text)
    {
        var stream = new YamlStream();
        try
        {
            stream.Load(new StringReader(text));
        }
        catch (Exception e) when (e is YamlException or InvalidOperationException or ArgumentException)
        {
            // The parser gives up on some malformed input with exceptions that are not its own.
            throw new FormatException($"the peers file is not valid YAML: {e.Message}", e);
        }

        if (stream.Documents.Count == 0 || stream.Documents[0].RootNode is not YamlMappingNode root || Get(root, "peers") is not YamlSequenceNode list)
        {
            return [];
        }

        var peers = new Dictionary<PeerId, ListedPeer>();
        foreach (YamlNode node in list.Children.Take(MaxPeers))
        {
            if (node is not YamlMappingNode entry)
            {
                throw new FormatException($"line {node.Start.Line} of the peers file: a peer is a mapping of name, bootnode and addresses");
            }

            if (ReadPeer(entry) is { } peer)
            {
                peers[peer.PeerId] = peer;
            }
        }

        return [.. peers.Values];
    }

    private static ListedPeer? ReadPeer(YamlMappingNode entry)
    {
        string name = (Get(entry, "name") as YamlScalarNode)?.Value ?? "";
        bool bootnode = (Get(entry, "bootnode") as YamlScalarNode)?.Value == "true";
        var addresses = new List<Multiaddr>();
        foreach (YamlNode node in (Get(entry, "addresses") as YamlSequenceNode)?.Children.Take(MaxAddresses) ?? [])
        {
            if (node is not YamlScalarNode { Value: { } text } || !Multiaddr.TryParse(text, out Multiaddr? address) || address.PeerId is null)
            {
                throw new FormatException($"line {node.Start.Line} of the peers file: '{node}' is not an address that ends with /p2p/…");
            }

            addresses.Add(address);
        }

        return addresses.Count == 0 ? null : new ListedPeer(name, addresses[0].PeerId!, addresses, bootnode);
    }

    private static YamlNode? Get(YamlMappingNode node, string key) => node.Children.TryGetValue(new YamlScalarNode(key), out YamlNode? value) ? value : null;
}
