using System.IO.Compression;
using System.Text.Json;

namespace Fleet.Planning.Canary.Report;

/// <summary>A whole verdict as bytes that are kept beside a roll-out: what was measured, what came of it, and why. JSON, compressed by gzip.</summary>
/// <remarks>The JSON is for this class alone and says in <c>format</c> which one it is; what scripts read is written by the command line's reports.</remarks>
public static class VerdictEvidence
{
    /// <summary>Key of the evidence in a ConfigMap's <c>binaryData</c>.</summary>
    public const string Key = "verdict.json.gz";

    /// <summary>Most samples that are kept of each metric and side. A drawing shows fewer.</summary>
    public const int MostSamples = 1000;

    /// <summary>Size that evidence is made to fit, in bytes: a ConfigMap may have 1 MiB, and base64 makes four of three.</summary>
    public const int MostBytes = 600 * 1024;

    /// <summary>Size beyond which nothing is unpacked, in bytes.</summary>
    public const int MostUnpackedBytes = 16 * 1024 * 1024;

    /// <summary>
    /// Writes it. A side with more than <see cref="MostSamples"/> samples is thinned evenly, and all are thinned further while the whole is larger than
    /// <see cref="MostBytes"/>. The verdict itself is kept whole. The same report gives the same bytes.
    /// </summary>
    public static byte[] Write(VerdictReport report)
    {
        int limit = MostSamples;
        byte[] data = Pack(EvidenceDocument.Of(report, limit));
        while (data.Length > MostBytes && limit > 0)
        {
            limit /= 2;
            data = Pack(EvidenceDocument.Of(report, limit));
        }

        return data;
    }

    /// <summary>Reads it. Definitions come back without where their samples came from. Null: the bytes are not evidence of a verdict.</summary>
    public static VerdictReport? Read(byte[] data)
    {
        try
        {
            return Unpack(data) is { } json ? JsonSerializer.Deserialize(json.AsSpan(), EvidenceJson.Default.EvidenceDocument)?.ToReport() : null;
        }
        catch (Exception exception) when (exception is InvalidDataException or JsonException or ArgumentException)
        {
            // No gzip, no such JSON, or times that no calendar has.
            return null;
        }
    }

    private static byte[] Pack(EvidenceDocument document)
    {
        using MemoryStream packed = new();
        using (GZipStream gzip = new(packed, CompressionLevel.Optimal, leaveOpen: true))
        {
            JsonSerializer.Serialize(gzip, document, EvidenceJson.Default.EvidenceDocument);
        }

        return packed.ToArray();
    }

    /// <summary>Null: it is larger than anything that was written here.</summary>
    private static byte[]? Unpack(byte[] data)
    {
        using MemoryStream packed = new(data);
        using GZipStream gzip = new(packed, CompressionMode.Decompress);
        using MemoryStream json = new();
        byte[] buffer = new byte[64 * 1024];
        while (gzip.Read(buffer) is > 0 and int count)
        {
            if (json.Length + count > MostUnpackedBytes)
            {
                return null;
            }

            json.Write(buffer.AsSpan(0, count));
        }

        return json.ToArray();
    }
}
