using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Fleet.Cli.Common;

/// <summary>Prints data as JSON or YAML for <c>-o json|yaml</c>.</summary>
internal static class DataPrinter
{
    public static void Print<T>(T value, JsonTypeInfo<T> type, OutputFormat format, TextWriter output)
    {
        if (format == OutputFormat.Yaml)
        {
            WriteYaml(JsonSerializer.SerializeToNode(value, type), output);
            return;
        }

        output.WriteLine(JsonSerializer.Serialize(value, type));
    }

    private static void WriteYaml(JsonNode? node, TextWriter output)
    {
        var emitter = new Emitter(output);
        emitter.Emit(new StreamStart());
        emitter.Emit(new DocumentStart(version: null, tags: null, isImplicit: true));
        Emit(node, emitter);
        emitter.Emit(new DocumentEnd(isImplicit: true));
        emitter.Emit(new StreamEnd());
    }

    private static void Emit(JsonNode? node, Emitter emitter)
    {
        switch (node)
        {
            case JsonObject map:
                emitter.Emit(new MappingStart());
                foreach ((string key, JsonNode? value) in map)
                {
                    emitter.Emit(new Scalar(key));
                    Emit(value, emitter);
                }

                emitter.Emit(new MappingEnd());
                break;
            case JsonArray list:
                emitter.Emit(new SequenceStart(anchor: default, tag: default, isImplicit: true, SequenceStyle.Block));
                foreach (JsonNode? value in list)
                {
                    Emit(value, emitter);
                }

                emitter.Emit(new SequenceEnd());
                break;
            case JsonValue text when text.GetValueKind() == JsonValueKind.String:
                emitter.Emit(new Scalar(anchor: default, tag: default, text.GetValue<string>(), YamlText.StyleOf(text.GetValue<string>()), isPlainImplicit: true, isQuotedImplicit: true));
                break;
            default:
                emitter.Emit(new Scalar(node?.ToJsonString() ?? "null"));
                break;
        }
    }
}

/// <summary>How a string must be written so that a YAML reader gets a string back.</summary>
internal static class YamlText
{
    public static ScalarStyle StyleOf(string text)
    {
        bool looksLikeOther = text.Length == 0
            || text is "null" or "~" or "true" or "false" or "yes" or "no" or "on" or "off"
            || char.IsAsciiDigit(text[0]) || text[0] is '-' or '+' or '.';
        return looksLikeOther ? ScalarStyle.DoubleQuoted : ScalarStyle.Any;
    }
}
