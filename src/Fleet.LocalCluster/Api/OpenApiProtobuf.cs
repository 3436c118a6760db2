using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Fleet.LocalCluster.Json;

namespace Fleet.LocalCluster.Api;

/// <summary>
/// Writes an OpenAPI v2 document in the protobuf form (gnostic's <c>openapi.v2.Document</c>) that kubectl before 1.27 insists on. Only
/// what kubectl reads is written: definitions, and of the paths each operation's query parameters and extensions.
/// </summary>
internal static class OpenApiProtobuf
{
    /// <summary>Encodes a document.</summary>
    public static byte[] Encode(JsonObject document)
    {
        var writer = new Message();
        writer.Text(1, document.Str("swagger"));
        writer.Nested(2, m =>
        {
            m.Text(1, document.Str("info", "title"));
            m.Text(2, document.Str("info", "version"));
        });
        writer.Nested(8, m =>
        {
            foreach ((string path, JsonNode? item) in document.Obj("paths") ?? [])
            {
                m.Nested(2, named =>
                {
                    named.Text(1, path);
                    named.Nested(2, p => PathItem(p, item!.AsObject()));
                });
            }
        });
        writer.Nested(9, m => NamedSchemas(m, document.Obj("definitions")));
        return writer.ToArray();
    }

    private static void NamedSchemas(Message message, JsonObject? schemas)
    {
        foreach ((string name, JsonNode? schema) in schemas ?? [])
        {
            message.Nested(1, named =>
            {
                named.Text(1, name);
                named.Nested(2, m => Schema(m, schema as JsonObject ?? []));
            });
        }
    }

    private static void PathItem(Message message, JsonObject item)
    {
        foreach ((string method, int field) in ((string, int)[])[("get", 2), ("put", 3), ("post", 4), ("delete", 5), ("patch", 8)])
        {
            if (item.Obj(method) is JsonObject operation)
            {
                message.Nested(field, m => Operation(m, operation));
            }
        }
    }

    private static void Operation(Message message, JsonObject operation)
    {
        message.Text(5, operation.Str("operationId"));
        foreach (JsonObject parameter in operation.Items("parameters"))
        {
            // ParametersItem.parameter → Parameter.non_body_parameter → NonBodyParameter.query_parameter_sub_schema
            message.Nested(8, item => item.Nested(1, p => p.Nested(2, n => n.Nested(3, query =>
            {
                query.Text(2, "query");
                query.Text(4, parameter.Str("name"));
                query.Text(6, "string");
            }))));
        }

        message.Nested(9, responses => responses.Nested(1, code =>
        {
            code.Text(1, "200");
            code.Nested(2, value => value.Nested(1, response =>
            {
                response.Text(1, "OK");
                response.Nested(2, item => item.Nested(1, m => m.Text(1, operation.Str("responses", "200", "schema", "$ref"))));
            }));
        }));
        Extensions(message, 13, operation);
    }

    private static void Schema(Message message, JsonObject schema)
    {
        message.Text(1, schema.Str("$ref"));
        message.Text(2, schema.Str("format"));
        message.Text(3, schema.Str("title"));
        message.Text(4, schema.Str("description"));
        if (schema["default"] is JsonNode fallback)
        {
            message.Nested(5, m => m.Text(2, JsonText.Text(fallback)));
        }

        message.Number(7, JsonPaths.AsDouble(schema["maximum"]));
        message.Number(9, JsonPaths.AsDouble(schema["minimum"]));
        message.Integer(11, schema.Int("maxLength"));
        message.Integer(12, schema.Int("minLength"));
        message.Text(13, schema.Str("pattern"));
        message.Integer(14, schema.Int("maxItems"));
        message.Integer(15, schema.Int("minItems"));
        message.Integer(17, schema.Int("maxProperties"));
        message.Integer(18, schema.Int("minProperties"));
        foreach (JsonNode? required in schema.Arr("required") ?? [])
        {
            message.Text(19, required.Str());
        }

        foreach (JsonNode? value in schema.Arr("enum") ?? [])
        {
            message.Nested(20, m => m.Text(2, JsonText.Text(value)));
        }

        if (schema["additionalProperties"] is JsonNode additional)
        {
            message.Nested(21, m =>
            {
                if (additional is JsonObject inner)
                {
                    m.Nested(1, s => Schema(s, inner));
                }
                else
                {
                    m.Integer(2, additional.GetValueKind() == JsonValueKind.True ? 1 : 0);
                }
            });
        }

        if (schema.Str("type") is string type)
        {
            message.Nested(22, m => m.Text(1, type));
        }

        if (schema.Obj("items") is JsonObject items)
        {
            message.Nested(23, m => m.Nested(1, s => Schema(s, items)));
        }

        if (schema.Obj("properties") is JsonObject properties)
        {
            message.Nested(25, m => NamedSchemas(m, properties));
        }

        Extensions(message, 31, schema);
    }

    private static void Extensions(Message message, int field, JsonObject from)
    {
        foreach ((string name, JsonNode? value) in from)
        {
            if (name.StartsWith("x-", StringComparison.Ordinal))
            {
                message.Nested(field, named =>
                {
                    named.Text(1, name);
                    named.Nested(2, any => any.Text(2, JsonText.Text(value) + "\n"));
                });
            }
        }
    }

    /// <summary>A protobuf message being written.</summary>
    private sealed class Message
    {
        private readonly ArrayBufferWriter<byte> _buffer = new(64);

        public byte[] ToArray() => _buffer.WrittenSpan.ToArray();

        public void Text(int field, string? value)
        {
            if (value is not null)
            {
                Bytes(field, Encoding.UTF8.GetBytes(value));
            }
        }

        public void Nested(int field, Action<Message> write)
        {
            var inner = new Message();
            write(inner);
            Bytes(field, inner.ToArray());
        }

        public void Integer(int field, long? value)
        {
            if (value is long number)
            {
                Varint((ulong)field << 3);
                Varint((ulong)number);
            }
        }

        public void Number(int field, double? value)
        {
            if (value is double number)
            {
                Varint(((ulong)field << 3) | 1);
                _buffer.Write<byte>(BitConverter.GetBytes(number));
            }
        }

        private void Bytes(int field, byte[] value)
        {
            Varint(((ulong)field << 3) | 2);
            Varint((ulong)value.Length);
            _buffer.Write<byte>(value);
        }

        private void Varint(ulong value)
        {
            while (value >= 0x80)
            {
                _buffer.Write([(byte)(value | 0x80)]);
                value >>= 7;
            }

            _buffer.Write([(byte)value]);
        }
    }
}
