using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Fleet.LocalCluster.Json;

/// <summary>Reading and writing of JSON documents; reading notes duplicate keys, which the last value of wins, as in Kubernetes.</summary>
internal static class JsonText
{
    private static readonly JsonWriterOptions WriterOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly JsonWriterOptions IndentedOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, Indented = true };

    /// <summary>Reads one document; <paramref name="duplicates"/> receives the paths of keys that occur twice in one object.</summary>
    /// <exception cref="JsonException">The text is not one JSON document, or nests deeper than 128 levels.</exception>
    public static JsonNode? Parse(ReadOnlySpan<byte> utf8, List<string>? duplicates = null)
    {
        var reader = new Utf8JsonReader(utf8, new JsonReaderOptions { MaxDepth = 128 });
        if (!reader.Read())
        {
            throw new JsonException("unexpected end of JSON input");
        }

        JsonNode? root = ReadValue(ref reader, "", duplicates);
        if (reader.Read())
        {
            throw new JsonException("more than one JSON value");
        }

        return root;
    }

    /// <summary>Reads one object.</summary>
    /// <exception cref="JsonException">The text is not a JSON object.</exception>
    public static JsonObject ParseObject(ReadOnlySpan<byte> utf8, List<string>? duplicates = null) =>
        Parse(utf8, duplicates) as JsonObject ?? throw new JsonException("a JSON object is expected");

    /// <summary>Writes a document without white space.</summary>
    public static byte[] Bytes(JsonNode? node, bool indented = false)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var writer = new Utf8JsonWriter(buffer, indented ? IndentedOptions : WriterOptions))
        {
            if (node is null)
            {
                writer.WriteNullValue();
            }
            else
            {
                node.WriteTo(writer);
            }
        }

        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Writes a document without white space, as text.</summary>
    public static string Text(JsonNode? node) => Encoding.UTF8.GetString(Bytes(node));

    /// <summary>Writes an object without its <c>apiVersion</c> and <c>kind</c>: items of lists of built-in kinds carry none.</summary>
    public static void WriteWithoutType(ReadOnlySpan<byte> utf8, IBufferWriter<byte> target)
    {
        var reader = new Utf8JsonReader(utf8, new JsonReaderOptions { MaxDepth = 128 });
        _ = reader.Read();
        bool any = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            bool isType = reader.ValueTextEquals("apiVersion"u8) || reader.ValueTextEquals("kind"u8);
            int start = (int)reader.TokenStartIndex;
            reader.Skip();
            if (!isType)
            {
                target.Write(any ? ","u8 : "{"u8);
                target.Write(utf8[start..(int)reader.BytesConsumed]);
                any = true;
            }
        }

        target.Write(any ? "}"u8 : "{}"u8);
    }

    private static JsonNode? ReadValue(ref Utf8JsonReader reader, string path, List<string>? duplicates)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                var map = new JsonObject();
                while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
                {
                    string name = reader.GetString()!;
                    _ = reader.Read();
                    string child = path.Length == 0 ? name : $"{path}.{name}";
                    JsonNode? value = ReadValue(ref reader, child, duplicates);
                    if (map.ContainsKey(name))
                    {
                        duplicates?.Add(child);
                    }

                    map[name] = value;
                }

                return map;
            case JsonTokenType.StartArray:
                var list = new JsonArray();
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                {
                    list.Add(ReadValue(ref reader, duplicates is null ? "" : $"{path}[{list.Count}]", duplicates));
                }

                return list;
            case JsonTokenType.String:
                return JsonValue.Create(reader.GetString());
            case JsonTokenType.True:
                return JsonValue.Create(true);
            case JsonTokenType.False:
                return JsonValue.Create(false);
            case JsonTokenType.Null:
                return null;
            default:
                if (reader.TryGetInt64(out long integer))
                {
                    return JsonValue.Create(integer);
                }

                using (JsonDocument number = JsonDocument.ParseValue(ref reader))
                {
                    return JsonValue.Create(number.RootElement.Clone());
                }
        }
    }
}
