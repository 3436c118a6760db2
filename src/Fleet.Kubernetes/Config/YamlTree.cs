using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Fleet.Kubernetes;

/// <summary>Reading of small YAML documents by path, without reflection.</summary>
internal static class YamlTree
{
    /// <summary>The root mapping of a document; null for an empty one.</summary>
    /// <exception cref="KubeconfigException">It is no YAML, or no mapping.</exception>
    public static YamlMappingNode? Load(string text, string origin)
    {
        var stream = new YamlStream();
        try
        {
            stream.Load(new StringReader(text));
        }
        catch (YamlException e)
        {
            throw new KubeconfigException($"{origin} is not valid YAML (line {e.Start.Line}): {e.Message}", e);
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException)
        {
            // The parser fails this way on some texts that break off in the middle of a flow mapping.
            throw new KubeconfigException($"{origin} is not valid YAML: the text breaks off or is garbled.", e);
        }

        if (stream.Documents.Count == 0 || stream.Documents[0].RootNode is YamlScalarNode { Value: null or "" })
        {
            return null;
        }

        return stream.Documents[0].RootNode as YamlMappingNode ?? throw new KubeconfigException($"{origin} is not a kubeconfig: it is no mapping.");
    }

    public static YamlNode? Get(this YamlMappingNode? node, string key) =>
        node is not null && node.Children.TryGetValue(new YamlScalarNode(key), out YamlNode? value) ? value : null;

    public static YamlMappingNode? Map(this YamlMappingNode? node, string key) => node.Get(key) as YamlMappingNode;

    public static IEnumerable<YamlMappingNode> Items(this YamlMappingNode? node, string key) =>
        node.Get(key) is YamlSequenceNode list ? list.Children.OfType<YamlMappingNode>() : [];

    /// <summary>A scalar as text; null when absent, empty or null.</summary>
    public static string? Text(this YamlMappingNode? node, string key) =>
        node.Get(key) is YamlScalarNode { Value: { Length: > 0 } value } scalar && !(scalar.Style == ScalarStyle.Plain && value is "null" or "~") ? value : null;

    public static bool Flag(this YamlMappingNode? node, string key) => node.Text(key) is "true" or "True" or "TRUE";

    public static IReadOnlyList<string> Texts(this YamlMappingNode? node, string key) =>
        node.Get(key) is YamlSequenceNode list ? [.. list.Children.OfType<YamlScalarNode>().Select(item => item.Value ?? "")] : [];
}
