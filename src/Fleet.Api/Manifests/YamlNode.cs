using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Fleet.Api.Manifests;

/// <summary>A YAML node with its line; aliases point to the node they name.</summary>
internal abstract record YamlNode(int Line);

/// <summary>A scalar. <paramref name="Plain"/>: without quotes, so that its text decides its type.</summary>
internal sealed record YamlScalar(int Line, string Text, bool Plain) : YamlNode(Line);

/// <summary>A list.</summary>
internal sealed record YamlList(int Line, List<YamlNode> Items) : YamlNode(Line);

/// <summary>A mapping in the order of the file; keys are unique.</summary>
internal sealed record YamlMap(int Line, List<(string Key, int KeyLine, YamlNode Value)> Entries) : YamlNode(Line);

/// <summary>Turns YAML text into node trees, bounded before anything is believed.</summary>
internal sealed class YamlTreeReader
{
    /// <summary>Longest manifest in characters.</summary>
    internal const int MaxLength = 4 * 1024 * 1024;

    /// <summary>Most nodes of one file, counted where they are written.</summary>
    internal const int MaxNodes = 200_000;

    /// <summary>Deepest nesting.</summary>
    internal const int MaxDepth = 64;

    private readonly Parser _parser;
    private readonly string _file;
    private readonly Dictionary<string, YamlNode> _anchors = new(StringComparer.Ordinal);
    private int _nodes;
    private int _line = 1;

    private YamlTreeReader(string text, string file)
    {
        _parser = new Parser(new StringReader(text));
        _file = file;
    }

    /// <summary>The root of every non-empty document.</summary>
    /// <exception cref="ManifestException">The text is not YAML, or exceeds a bound.</exception>
    public static List<YamlNode> Read(string text, string file)
    {
        if (text.Length > MaxLength)
        {
            throw new ManifestException(file, 1, "", $"is longer than {MaxLength / 1024 / 1024} MiB");
        }

        var reader = new YamlTreeReader(text, file);
        try
        {
            return reader.Documents();
        }
        catch (YamlException exception)
        {
            string reason = exception.InnerException?.Message ?? exception.Message;
            int cut = reason.IndexOf('\n', StringComparison.Ordinal);
            throw new ManifestException(file, Math.Max(1, (int)exception.Start.Line), "", "is not valid YAML: " + (cut < 0 ? reason : reason[..cut]).TrimEnd('.'));
        }
        catch (Exception exception) when (exception is InvalidOperationException or ArgumentException or IndexOutOfRangeException)
        {
            // The parser fails this way on some texts that break off in the middle of a flow mapping.
            throw new ManifestException(file, reader._line, "", "is not valid YAML: the text breaks off or is garbled after this line");
        }
    }

    private List<YamlNode> Documents()
    {
        var documents = new List<YamlNode>();
        _parser.Consume<StreamStart>();
        while (!_parser.TryConsume<StreamEnd>(out _))
        {
            _parser.Consume<DocumentStart>();
            _anchors.Clear();
            YamlNode root = Node("", 0);
            _parser.Consume<DocumentEnd>();
            if (root is not YamlScalar { Plain: true, Text: "" or "~" or "null" })
            {
                documents.Add(root);
            }
        }

        return documents;
    }

    private YamlNode Node(string path, int depth)
    {
        int line = _parser.Current is { } current ? (int)current.Start.Line : 1;
        _line = line;
        if (++_nodes > MaxNodes)
        {
            throw new ManifestException(_file, line, path, $"has more than {MaxNodes} values");
        }

        if (depth > MaxDepth)
        {
            throw new ManifestException(_file, line, "", $"is nested deeper than {MaxDepth} levels");
        }

        if (_parser.TryConsume<AnchorAlias>(out AnchorAlias? alias))
        {
            return _anchors.TryGetValue(alias.Value.Value, out YamlNode? target)
                ? target
                : throw new ManifestException(_file, line, path, $"refers to the anchor \"{alias.Value.Value}\", which does not come before it");
        }

        if (_parser.TryConsume<Scalar>(out Scalar? scalar))
        {
            return Anchored(scalar, new YamlScalar(line, scalar.Value, scalar.Style == ScalarStyle.Plain && scalar.IsPlainImplicit));
        }

        if (_parser.TryConsume<SequenceStart>(out SequenceStart? sequence))
        {
            var items = new List<YamlNode>();
            while (!_parser.TryConsume<SequenceEnd>(out _))
            {
                items.Add(Node($"{path}[{items.Count}]", depth + 1));
            }

            return Anchored(sequence, new YamlList(line, items));
        }

        MappingStart mapping = _parser.Consume<MappingStart>();
        var entries = new List<(string, int, YamlNode)>();
        var keys = new HashSet<string>(StringComparer.Ordinal);
        while (!_parser.TryConsume<MappingEnd>(out _))
        {
            int keyLine = _parser.Current is { } start ? (int)start.Start.Line : line;
            if (!_parser.TryConsume<Scalar>(out Scalar? key))
            {
                throw new ManifestException(_file, keyLine, path, "has a key that is not a text");
            }

            string child = FieldPath.Child(path, key.Value);
            if (!keys.Add(key.Value))
            {
                throw new ManifestException(_file, keyLine, child, "is given twice");
            }

            entries.Add((key.Value, keyLine, Node(child, depth + 1)));
        }

        return Anchored(mapping, new YamlMap(line, entries));
    }

    private YamlNode Anchored(NodeEvent start, YamlNode node)
    {
        if (!start.Anchor.IsEmpty)
        {
            _anchors[start.Anchor.Value] = node;
        }

        return node;
    }
}

/// <summary>Field paths as Kubernetes writes them.</summary>
internal static class FieldPath
{
    private const int MaxShown = 80;

    /// <summary>The path of a field of an object.</summary>
    public static string Child(string path, string name)
    {
        string shown = Validation.ErrorList.Shown(name.Length > MaxShown ? name[..MaxShown] : name);
        return path.Length == 0 ? shown : path + "." + shown;
    }
}
