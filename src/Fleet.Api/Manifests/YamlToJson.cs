using System.Buffers;
using System.Globalization;
using System.Numerics;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Fleet.Kubernetes.Models;

namespace Fleet.Api.Manifests;

/// <summary>Writes a YAML tree as the JSON of a known type, refusing what the type does not have.</summary>
/// <remarks>Walks the source-generated type metadata beside the tree, so that every error has a line and a field path.</remarks>
internal sealed class YamlToJson
{
    /// <summary>Most values written for one document, aliases expanded: what stops a YAML bomb.</summary>
    internal const int MaxValues = 100_000;

    private readonly string _file;
    private readonly Utf8JsonWriter _writer;
    private readonly Func<Type, JsonTypeInfo?> _types;
    private readonly Dictionary<string, int> _lines;
    private int _values;

    private YamlToJson(string file, Utf8JsonWriter writer, Func<Type, JsonTypeInfo?> types, Dictionary<string, int> lines)
    {
        _file = file;
        _writer = writer;
        _types = types;
        _lines = lines;
    }

    /// <summary>The JSON text, and in <paramref name="lines"/> the line of every field path.</summary>
    public static ReadOnlyMemory<byte> Convert(YamlNode root, JsonTypeInfo type, Func<Type, JsonTypeInfo?> types, string file, Dictionary<string, int> lines)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { MaxDepth = YamlTreeReader.MaxDepth + 8 }))
        {
            new YamlToJson(file, writer, types, lines).Write(root, type.Type, "", 0);
        }

        return buffer.WrittenMemory;
    }

    private void Write(YamlNode node, Type target, string path, int depth)
    {
        if (++_values > MaxValues || depth > YamlTreeReader.MaxDepth)
        {
            throw Error(node, path, $"expands to more than {MaxValues} values");
        }

        _lines.TryAdd(path, node.Line);
        Type type = Nullable.GetUnderlyingType(target) ?? target;
        if (type == typeof(JsonElement) || type == typeof(JsonSchemaPropsOrBool) || type == typeof(object))
        {
            WriteAnything(node, path, depth);
            return;
        }

        if (_types(type) is not { } info)
        {
            throw new InvalidOperationException($"{type} is not part of the serialization of manifests");
        }

        switch (info.Kind)
        {
            case JsonTypeInfoKind.Object:
                WriteObject(Expect<YamlMap>(node, path, "an object"), info, path, depth);
                break;
            case JsonTypeInfoKind.Dictionary:
                WriteDictionary(Expect<YamlMap>(node, path, "an object"), info.ElementType!, path, depth);
                break;
            case JsonTypeInfoKind.Enumerable:
                WriteList(Expect<YamlList>(node, path, "a list"), info.ElementType!, path, depth);
                break;
            default:
                WriteScalar(Expect<YamlScalar>(node, path, Expected(type)), type, path);
                break;
        }
    }

    private void WriteObject(YamlMap map, JsonTypeInfo info, string path, int depth)
    {
        _writer.WriteStartObject();
        foreach ((string key, int keyLine, YamlNode value) in map.Entries)
        {
            JsonPropertyInfo? property = info.Properties.FirstOrDefault(candidate => candidate.Name == key && !candidate.IsExtensionData);
            string child = FieldPath.Child(path, key);
            if (property is null)
            {
                string? near = Nearest(key, info.Properties.Where(candidate => !candidate.IsExtensionData).Select(candidate => candidate.Name));
                throw new ManifestException(_file, keyLine, child, near is null ? "is not a known field" : $"is not a known field; did you mean \"{near}\"?");
            }

            if (IsNull(value))
            {
                continue;
            }

            _lines.TryAdd(child, keyLine);
            _writer.WritePropertyName(key);
            Write(value, property.PropertyType, child, depth + 1);
        }

        _writer.WriteEndObject();
    }

    private void WriteDictionary(YamlMap map, Type element, string path, int depth)
    {
        _writer.WriteStartObject();
        foreach ((string key, int keyLine, YamlNode value) in map.Entries)
        {
            string child = FieldPath.Child(path, key);
            if (IsNull(value) && element != typeof(JsonElement))
            {
                throw new ManifestException(_file, keyLine, child, "has no value");
            }

            _lines.TryAdd(child, keyLine);
            _writer.WritePropertyName(key);
            Write(value, element, child, depth + 1);
        }

        _writer.WriteEndObject();
    }

    private void WriteList(YamlList list, Type element, string path, int depth)
    {
        _writer.WriteStartArray();
        for (int i = 0; i < list.Items.Count; i++)
        {
            Write(list.Items[i], element, $"{path}[{i}]", depth + 1);
        }

        _writer.WriteEndArray();
    }

    private void WriteScalar(YamlScalar scalar, Type type, string path)
    {
        ScalarKind kind = Classify(scalar, out BigInteger integer);
        if (type == typeof(bool))
        {
            if (kind is not ScalarKind.Boolean)
            {
                throw Error(scalar, path, $"must be true or false, not {Shown(scalar)}");
            }

            _writer.WriteBooleanValue(scalar.Text is "true" or "True" or "TRUE");
        }
        else if (type == typeof(double))
        {
            if (kind is not (ScalarKind.Integer or ScalarKind.Fraction))
            {
                throw Error(scalar, path, $"must be a number, not {Shown(scalar)}");
            }

            WriteNumberOrText(scalar, kind, integer);
        }
        else if (type == typeof(int) || type == typeof(long))
        {
            if (kind is not ScalarKind.Integer)
            {
                throw Error(scalar, path, $"must be a whole number, not {Shown(scalar)}");
            }

            if (integer < (type == typeof(int) ? int.MinValue : long.MinValue) || integer > (type == typeof(int) ? int.MaxValue : long.MaxValue))
            {
                throw Error(scalar, path, $"{Shown(scalar)} is out of range");
            }

            _writer.WriteNumberValue((long)integer);
        }
        else if (type == typeof(ConfigValue) || type == typeof(IntOrString) || type == typeof(Quantity))
        {
            if (kind is ScalarKind.Boolean)
            {
                throw Error(scalar, path, $"must be a number or a text, not {Shown(scalar)}; put it in quotes if a text is meant");
            }

            WriteNumberOrText(scalar, kind, integer);
        }
        else if (kind is not ScalarKind.Text)
        {
            throw Error(scalar, path, $"must be a text; put {Shown(scalar)} in quotes");
        }
        else
        {
            _writer.WriteStringValue(scalar.Text);
        }
    }

    private void WriteAnything(YamlNode node, string path, int depth)
    {
        switch (node)
        {
            case YamlMap map:
                WriteDictionary(map, typeof(JsonElement), path, depth);
                break;
            case YamlList list:
                WriteList(list, typeof(JsonElement), path, depth);
                break;
            case YamlScalar scalar:
                ScalarKind kind = Classify(scalar, out BigInteger integer);
                if (kind is ScalarKind.Boolean)
                {
                    _writer.WriteBooleanValue(scalar.Text is "true" or "True" or "TRUE");
                }
                else if (kind is ScalarKind.Null)
                {
                    _writer.WriteNullValue();
                }
                else
                {
                    WriteNumberOrText(scalar, kind, integer);
                }

                break;
            default:
                throw new InvalidOperationException("unknown node");
        }
    }

    private void WriteNumberOrText(YamlScalar scalar, ScalarKind kind, BigInteger integer)
    {
        if (kind is ScalarKind.Integer)
        {
            _writer.WriteRawValue(integer.ToString(CultureInfo.InvariantCulture));
        }
        else if (kind is ScalarKind.Fraction && double.TryParse(scalar.Text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && double.IsFinite(number))
        {
            _writer.WriteNumberValue(number);
        }
        else
        {
            _writer.WriteStringValue(scalar.Text);
        }
    }

    private TNode Expect<TNode>(YamlNode node, string path, string what)
        where TNode : YamlNode =>
        node as TNode ?? throw Error(node, path, $"must be {what}, not {node switch { YamlMap => "an object", YamlList => "a list", YamlScalar scalar => Shown(scalar), _ => "this" }}");

    private ManifestException Error(YamlNode node, string path, string problem) => new(_file, node.Line, path, problem);

    private enum ScalarKind
    {
        Text,
        Null,
        Boolean,
        Integer,
        Fraction,
    }

    /// <summary>YAML's core schema: the text of a plain scalar decides its type.</summary>
    private static ScalarKind Classify(YamlScalar scalar, out BigInteger integer)
    {
        integer = BigInteger.Zero;
        string text = scalar.Text;
        if (!scalar.Plain)
        {
            return ScalarKind.Text;
        }

        if (text is "" or "~" or "null" or "Null" or "NULL")
        {
            return ScalarKind.Null;
        }

        if (text is "true" or "True" or "TRUE" or "false" or "False" or "FALSE")
        {
            return ScalarKind.Boolean;
        }

        if (text.Length > 80)
        {
            return ScalarKind.Text;
        }

        if (text.StartsWith("0x", StringComparison.Ordinal)
            && text.Length > 2
            && BigInteger.TryParse("0" + text[2..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out integer))
        {
            return ScalarKind.Integer;
        }

        if (BigInteger.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out integer))
        {
            return ScalarKind.Integer;
        }

        bool numeric = char.IsAsciiDigit(text[0]) || (text.Length > 1 && text[0] is '-' or '+' or '.' && (char.IsAsciiDigit(text[1]) || text[1] == '.'));
        return numeric && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out _) ? ScalarKind.Fraction : ScalarKind.Text;
    }

    private static bool IsNull(YamlNode node) => node is YamlScalar scalar && Classify(scalar, out _) is ScalarKind.Null;

    private static string Expected(Type type) =>
        type == typeof(bool) ? "true or false"
        : type == typeof(int) || type == typeof(long) ? "a whole number"
        : type == typeof(Duration) ? "a duration such as 20s"
        : type == typeof(ConfigValue) ? "a number or a text"
        : "a text";

    private static string Shown(YamlScalar scalar)
    {
        string text = Validation.ErrorList.Shown(scalar.Text);
        return scalar.Plain && text.Length > 0 ? text : $"\"{text}\"";
    }

    /// <summary>The known name at most two edits away, for a hint.</summary>
    private static string? Nearest(string name, IEnumerable<string> known)
    {
        if (name.Length > 64)
        {
            return null;
        }

        (string Name, int Distance) best = ("", 3);
        foreach (string candidate in known)
        {
            int distance = string.Equals(candidate, name, StringComparison.OrdinalIgnoreCase) ? 0 : Distance(name, candidate);
            if (distance < best.Distance && distance < Math.Max(2, candidate.Length / 2))
            {
                best = (candidate, distance);
            }
        }

        return best.Distance < 3 ? best.Name : null;
    }

    private static int Distance(string a, string b)
    {
        int[] previous = new int[b.Length + 1];
        int[] current = new int[b.Length + 1];
        for (int j = 0; j <= b.Length; j++)
        {
            previous[j] = j;
        }

        for (int i = 1; i <= a.Length; i++)
        {
            current[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                current[j] = Math.Min(Math.Min(current[j - 1], previous[j]) + 1, previous[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1));
            }

            (previous, current) = (current, previous);
        }

        return previous[b.Length];
    }
}
