using System.Net;

namespace Beacon.ApiClient;

/// <summary>A request to a beacon node that did not succeed.</summary>
public sealed class BeaconApiException : Exception
{
    /// <summary>Makes an exception.</summary>
    public BeaconApiException(string message, HttpStatusCode? statusCode, ApiError? error, Exception? innerException)
        : base(message, innerException)
    {
        StatusCode = statusCode;
        Error = error;
    }

    /// <summary>Status of the answer; null when there was none (refused, reset, timed out) or it could not be read.</summary>
    public HttpStatusCode? StatusCode { get; }

    /// <summary>What the node said, where it said something.</summary>
    public ApiError? Error { get; }

    /// <summary>Whether the node does not have what was asked for.</summary>
    public bool IsNotFound => StatusCode == HttpStatusCode.NotFound;

    /// <summary>Whether the node is not ready (syncing or starting).</summary>
    public bool IsUnavailable => StatusCode == HttpStatusCode.ServiceUnavailable;
}
