using Microsoft.AspNetCore.Http;

namespace Fleet.LocalCluster.Api;

/// <summary>How a client wants objects to be shown.</summary>
internal enum Shape
{
    /// <summary>As they are.</summary>
    Object,

    /// <summary>A server-side printed table.</summary>
    Table,

    /// <summary>Their metadata only.</summary>
    Metadata,
}

/// <summary>Reads <c>Accept</c>.</summary>
internal static class Negotiation
{
    /// <summary>The first acceptable shape.</summary>
    /// <exception cref="ApiException">406: JSON is not among what the client accepts.</exception>
    public static Shape ShapeOf(HttpRequest request)
    {
        string accept = request.Headers.Accept.ToString();
        if (accept.Length == 0)
        {
            return Shape.Object;
        }

        foreach (string part in accept.Split(',', StringSplitOptions.TrimEntries))
        {
            string[] pieces = part.Split(';', StringSplitOptions.TrimEntries);
            if (pieces[0] is not ("application/json" or "*/*" or "application/*" or "application/yaml" or "text/html"))
            {
                continue;
            }

            string? kind = pieces.FirstOrDefault(p => p.StartsWith("as=", StringComparison.Ordinal))?[3..];
            switch (kind)
            {
                case null:
                    return Shape.Object;
                case "Table":
                    return Shape.Table;
                case "PartialObjectMetadata" or "PartialObjectMetadataList":
                    return Shape.Metadata;
                default:
                    continue;
            }
        }

        throw new ApiException(406, "NotAcceptable", "only the following media types are accepted: application/json, application/yaml");
    }
}
