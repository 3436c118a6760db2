using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace Fleet.LocalCluster.Api;

/// <summary>
/// Reads the protobuf bodies that <c>kubectl create namespace|configmap|secret|serviceaccount</c> send in some versions. Other kinds in
/// protobuf are refused: every client that reads its answer as JSON can also write JSON.
/// </summary>
internal static class ProtobufBody
{
    private static readonly Dictionary<int, Field> Metadata = new()
    {
        [1] = new("name"),
        [2] = new("generateName"),
        [3] = new("namespace"),
        [11] = new("labels", FieldKind.TextMap),
        [12] = new("annotations", FieldKind.TextMap),
    };

    private static readonly Dictionary<string, Dictionary<int, Field>> Kinds = new(StringComparer.Ordinal)
    {
        ["v1/Namespace"] = new() { [1] = new("metadata", FieldKind.Metadata) },
        ["v1/ServiceAccount"] = new() { [1] = new("metadata", FieldKind.Metadata) },
        ["v1/ConfigMap"] = new()
        {
            [1] = new("metadata", FieldKind.Metadata),
            [2] = new("data", FieldKind.TextMap),
            [3] = new("binaryData", FieldKind.BytesMap),
            [4] = new("immutable", FieldKind.Flag),
        },
        ["v1/Secret"] = new()
        {
            [1] = new("metadata", FieldKind.Metadata),
            [2] = new("data", FieldKind.BytesMap),
            [3] = new("type"),
            [4] = new("stringData", FieldKind.TextMap),
            [5] = new("immutable", FieldKind.Flag),
        },
    };

    private enum FieldKind
    {
        Text,
        TextMap,
        BytesMap,
        Flag,
        Metadata,
    }

    /// <summary>Whether a request's body is protobuf.</summary>
    public static bool Is(HttpContext http) =>
        (http.Request.ContentType ?? "").StartsWith("application/vnd.kubernetes.protobuf", StringComparison.Ordinal);

    /// <summary>Reads a body in Kubernetes' protobuf envelope.</summary>
    /// <exception cref="ApiException">415: not a kind that is read; 400: damaged.</exception>
    public static JsonObject Read(ReadOnlySpan<byte> body)
    {
        if (!body.StartsWith("k8s\0"u8))
        {
            throw ApiException.BadRequest("the body is not in Kubernetes' protobuf envelope");
        }

        string apiVersion = "";
        string kind = "";
        byte[] raw = [];
        foreach ((int field, byte[] value, _) in Fields(body[4..].ToArray()))
        {
            if (field == 1)
            {
                foreach ((int typeField, byte[] text, _) in Fields(value))
                {
                    apiVersion = typeField == 1 ? Encoding.UTF8.GetString(text) : apiVersion;
                    kind = typeField == 2 ? Encoding.UTF8.GetString(text) : kind;
                }
            }
            else if (field == 2)
            {
                raw = value;
            }
        }

        if (!Kinds.TryGetValue($"{apiVersion}/{kind}", out Dictionary<int, Field>? fields))
        {
            throw new ApiException(415, "UnsupportedMediaType",
                "the body of the request was in an unknown format - accepted media types include: application/json, application/yaml");
        }

        JsonObject result = Message(raw, fields);
        result["apiVersion"] = apiVersion;
        result["kind"] = kind;
        return result;
    }

    private static JsonObject Message(byte[] data, Dictionary<int, Field> fields)
    {
        var result = new JsonObject();
        foreach ((int number, byte[] value, ulong integer) in Fields(data))
        {
            if (!fields.TryGetValue(number, out Field field))
            {
                continue;
            }

            switch (field.Kind)
            {
                case FieldKind.Text when value.Length > 0:
                    result[field.Name] = Encoding.UTF8.GetString(value);
                    break;
                case FieldKind.Flag:
                    result[field.Name] = integer != 0;
                    break;
                case FieldKind.Metadata:
                    result[field.Name] = Message(value, Metadata);
                    break;
                case FieldKind.TextMap or FieldKind.BytesMap:
                    AddEntry(result, field, value);
                    break;
                default:
                    break;
            }
        }

        return result;
    }

    private static void AddEntry(JsonObject result, Field field, byte[] entry)
    {
        string key = "";
        byte[] value = [];
        foreach ((int number, byte[] part, _) in Fields(entry))
        {
            key = number == 1 ? Encoding.UTF8.GetString(part) : key;
            value = number == 2 ? part : value;
        }

        if (result[field.Name] is not JsonObject map)
        {
            map = [];
            result[field.Name] = map;
        }

        map[key] = field.Kind == FieldKind.BytesMap ? Convert.ToBase64String(value) : Encoding.UTF8.GetString(value);
    }

    private static List<(int Number, byte[] Value, ulong Integer)> Fields(byte[] data)
    {
        var result = new List<(int, byte[], ulong)>();
        int at = 0;
        while (at < data.Length)
        {
            ulong tag = Varint(data, ref at);
            int number = (int)(tag >> 3);
            switch (tag & 7)
            {
                case 0:
                    result.Add((number, [], Varint(data, ref at)));
                    break;
                case 1:
                    at += 8;
                    break;
                case 2:
                    ulong length = Varint(data, ref at);
                    if (length > (ulong)(data.Length - at))
                    {
                        throw Damaged();
                    }

                    result.Add((number, data[at..(at + (int)length)], 0));
                    at += (int)length;
                    break;
                case 5:
                    at += 4;
                    break;
                default:
                    throw Damaged();
            }
        }

        return result;
    }

    private static ulong Varint(byte[] data, ref int at)
    {
        ulong value = 0;
        for (int shift = 0; shift < 64; shift += 7)
        {
            if (at >= data.Length)
            {
                throw Damaged();
            }

            byte next = data[at++];
            value |= (ulong)(next & 0x7f) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }

        throw Damaged();
    }

    private static ApiException Damaged() => ApiException.BadRequest("the protobuf body is damaged");

    private readonly record struct Field(string Name, FieldKind Kind = FieldKind.Text);
}
