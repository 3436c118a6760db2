using System.Text.Json.Nodes;
using Fleet.LocalCluster.Json;
using Microsoft.AspNetCore.Http;

namespace Fleet.LocalCluster.Api;

/// <summary>Writing of answers.</summary>
internal static class Responses
{
    /// <summary>Writes a document.</summary>
    public static Task WriteJsonAsync(this HttpContext http, JsonNode value, int code = 200) => http.WriteBytesAsync(JsonText.Bytes(value), "application/json", code);

    /// <summary>Writes a body.</summary>
    public static async Task WriteBytesAsync(this HttpContext http, ReadOnlyMemory<byte> body, string contentType, int code = 200)
    {
        http.Response.StatusCode = code;
        http.Response.ContentType = contentType;
        http.Response.ContentLength = body.Length;
        await http.Response.Body.WriteAsync(body, http.RequestAborted);
    }

    /// <summary>Writes a failure.</summary>
    public static Task WriteErrorAsync(this HttpContext http, ApiException error)
    {
        if (error.RetryAfterSeconds > 0)
        {
            http.Response.Headers.RetryAfter = error.RetryAfterSeconds.ToString(System.Globalization.CultureInfo.InvariantCulture);
        }

        return error.IsPlain
            ? http.WriteBytesAsync(System.Text.Encoding.UTF8.GetBytes(error.Message + "\n"), "text/plain; charset=utf-8", error.Code)
            : http.WriteJsonAsync(error.ToStatus(), error.Code);
    }

    /// <summary>Adds <c>Warning</c> headers.</summary>
    public static void Warn(this HttpContext http, IEnumerable<string> warnings)
    {
        foreach (string warning in warnings.Take(16))
        {
            string text = new([.. warning.Select(c => c is '"' or '\\' ? $"\\{c}" : char.IsAscii(c) && !char.IsControl(c) ? c.ToString() : "?").SelectMany(s => s)]);
            http.Response.Headers.Append("Warning", $"299 - \"{text}\"");
        }
    }

    /// <summary>One value of the query, empty when missing.</summary>
    public static string Query(this HttpContext http, string name) => http.Request.Query[name].ToString();

    /// <summary>Whether a flag of the query is set.</summary>
    public static bool Flag(this HttpContext http, string name) => http.Query(name) is "true" or "1";
}
