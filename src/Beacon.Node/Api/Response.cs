using System.Buffers;
using System.Text.Json;
using Beacon.Ssz;
using Beacon.Types;

namespace Beacon.Node.Api;

/// <summary>Writing of answers.</summary>
internal static class Response
{
    /// <summary>The name of the only fork there is.</summary>
    public const string Fork = "phase0";

    /// <summary>A JSON document.</summary>
    public static async Task JsonAsync(this HttpContext context, Action<Utf8JsonWriter> write, int status = 200)
    {
        if (status < 400)
        {
            context.RequireJsonAccepted();
        }

        var buffer = new ArrayBufferWriter<byte>(4096);
        await using (var writer = new Utf8JsonWriter(buffer))
        {
            write(writer);
        }

        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = buffer.WrittenCount;
        await context.Response.Body.WriteAsync(buffer.WrittenMemory, context.RequestAborted);
    }

    /// <summary>An object with nothing but <c>data</c>.</summary>
    public static Task DataAsync(this HttpContext context, Action<Utf8JsonWriter> data) => context.JsonAsync(writer =>
    {
        writer.WriteStartObject();
        writer.WritePropertyName("data");
        data(writer);
        writer.WriteEndObject();
    });

    /// <summary>An object with the fork and <c>data</c>, for the second version of routes.</summary>
    public static Task VersionedDataAsync(this HttpContext context, Action<Utf8JsonWriter> data)
    {
        context.Response.Headers["Eth-Consensus-Version"] = Fork;
        return context.JsonAsync(writer =>
        {
            writer.WriteStartObject();
            writer.WriteString("version", Fork);
            writer.WritePropertyName("data");
            data(writer);
            writer.WriteEndObject();
        });
    }

    /// <summary>An answer about the chain: with finality and, for versioned objects, the fork.</summary>
    public static Task ChainDataAsync(this HttpContext context, bool finalized, Action<Utf8JsonWriter> data, bool versioned = false)
    {
        if (versioned)
        {
            context.Response.Headers["Eth-Consensus-Version"] = Fork;
        }

        return context.JsonAsync(writer =>
        {
            writer.WriteStartObject();
            if (versioned)
            {
                writer.WriteString("version", Fork);
            }

            writer.WriteBoolean("execution_optimistic", false);
            writer.WriteBoolean("finalized", finalized);
            writer.WritePropertyName("data");
            data(writer);
            writer.WriteEndObject();
        });
    }

    /// <summary>SSZ bytes.</summary>
    public static async Task SszAsync(this HttpContext context, byte[] bytes)
    {
        context.Response.Headers["Eth-Consensus-Version"] = Fork;
        context.Response.ContentType = "application/octet-stream";
        context.Response.ContentLength = bytes.Length;
        await context.Response.Body.WriteAsync(bytes, context.RequestAborted);
    }

    /// <summary>The Beacon API's error body.</summary>
    public static Task ErrorAsync(this HttpContext context, int status, string message) => context.JsonAsync(
        writer =>
        {
            writer.WriteStartObject();
            writer.WriteNumber("code", status);
            writer.WriteString("message", message);
            writer.WriteEndObject();
        },
        status);

    /// <summary>Several items of one request failed, the others were taken.</summary>
    public static Task IndexedErrorAsync(this HttpContext context, string message, IReadOnlyList<(int Index, string Message)> failures) => context.JsonAsync(
        writer =>
        {
            writer.WriteStartObject();
            writer.WriteNumber("code", 400);
            writer.WriteString("message", message);
            writer.WriteStartArray("failures");
            foreach ((int index, string reason) in failures)
            {
                writer.WriteStartObject();
                writer.WriteNumber("index", index);
                writer.WriteString("message", reason);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        },
        400);

    public static void Value<T>(this Utf8JsonWriter writer, string name, T value)
        where T : IBeaconJson<T>
    {
        writer.WritePropertyName(name);
        value.WriteJson(writer);
    }

    public static void Number(this Utf8JsonWriter writer, string name, ulong value)
    {
        writer.WritePropertyName(name);
        SszJson.WriteUInt64(writer, value);
    }

    public static void Array<T>(this Utf8JsonWriter writer, IEnumerable<T> items, Action<T> write)
    {
        writer.WriteStartArray();
        foreach (T item in items)
        {
            write(item);
        }

        writer.WriteEndArray();
    }

    public static void Object(this Utf8JsonWriter writer, Action write)
    {
        writer.WriteStartObject();
        write();
        writer.WriteEndObject();
    }

    public static byte[] Ssz(BeaconState state)
    {
        var bytes = new byte[state.SszSize];
        state.Serialize(bytes);
        return bytes;
    }
}
