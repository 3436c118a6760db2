using System.Text.Json;

namespace Fleet.Kubernetes.Models;

/// <summary>Outcome of a request that returns no object (meta/v1 Status).</summary>
public sealed class Status : KubernetesModel
{
    public string? Kind { get; set; }

    public string? ApiVersion { get; set; }

    public ListMeta? Metadata { get; set; }

    /// <summary><c>Success</c> or <c>Failure</c>; on the wire the field is named <c>status</c>.</summary>
    [System.Text.Json.Serialization.JsonPropertyName("status")]
    public string? Outcome { get; set; }

    /// <summary>For people.</summary>
    public string? Message { get; set; }

    /// <summary>For programs, see <see cref="StatusReasons"/>.</summary>
    public string? Reason { get; set; }

    public StatusDetails? Details { get; set; }

    /// <summary>HTTP status code.</summary>
    public int? Code { get; set; }
}

/// <summary>What a <see cref="Status"/> is about.</summary>
public sealed class StatusDetails : KubernetesModel
{
    public string? Name { get; set; }

    public string? Group { get; set; }

    public string? Kind { get; set; }

    public string? Uid { get; set; }

    public List<StatusCause>? Causes { get; set; }

    /// <summary>Seconds to wait before the request may be repeated.</summary>
    public int? RetryAfterSeconds { get; set; }
}

/// <summary>One of several causes of a failure.</summary>
public sealed class StatusCause : KubernetesModel
{
    public string? Reason { get; set; }

    public string? Message { get; set; }

    /// <summary>Path of the offending field.</summary>
    public string? Field { get; set; }
}

/// <summary>Values of <see cref="Status.Reason"/>.</summary>
public static class StatusReasons
{
    public const string Unauthorized = "Unauthorized";
    public const string Forbidden = "Forbidden";
    public const string NotFound = "NotFound";
    public const string AlreadyExists = "AlreadyExists";
    public const string Conflict = "Conflict";
    public const string Gone = "Gone";
    public const string Expired = "Expired";
    public const string Invalid = "Invalid";
    public const string BadRequest = "BadRequest";
    public const string MethodNotAllowed = "MethodNotAllowed";
    public const string NotAcceptable = "NotAcceptable";
    public const string UnsupportedMediaType = "UnsupportedMediaType";
    public const string RequestEntityTooLarge = "RequestEntityTooLarge";
    public const string TooManyRequests = "TooManyRequests";
    public const string InternalError = "InternalError";
    public const string ServiceUnavailable = "ServiceUnavailable";
    public const string ServerTimeout = "ServerTimeout";
    public const string Timeout = "Timeout";
}

/// <summary>Event types of a watch.</summary>
public static class WatchEventTypes
{
    public const string Added = "ADDED";
    public const string Modified = "MODIFIED";
    public const string Deleted = "DELETED";
    public const string Bookmark = "BOOKMARK";
    public const string Error = "ERROR";
}

/// <summary>One line of a watch response, its object not yet interpreted.</summary>
public sealed class RawWatchEvent
{
    /// <summary>See <see cref="WatchEventTypes"/>.</summary>
    public string Type { get; set; } = "";

    /// <summary>The object, or a <see cref="Status"/> when the type is ERROR.</summary>
    public JsonElement Object { get; set; }
}

/// <summary>Preconditions and manner of a deletion (meta/v1 DeleteOptions).</summary>
public sealed class DeleteOptions : KubernetesModel
{
    public string? ApiVersion { get; set; } = "v1";

    public string? Kind { get; set; } = "DeleteOptions";

    public Preconditions? Preconditions { get; set; }

    /// <summary>See <see cref="PropagationPolicies"/>.</summary>
    public string? PropagationPolicy { get; set; }

    public long? GracePeriodSeconds { get; set; }

    public List<string>? DryRun { get; set; }
}

/// <summary>What must still be true of an object for the request to be carried out.</summary>
public sealed class Preconditions : KubernetesModel
{
    public string? Uid { get; set; }

    public string? ResourceVersion { get; set; }
}

/// <summary>What happens to dependents.</summary>
public static class PropagationPolicies
{
    public const string Orphan = "Orphan";
    public const string Background = "Background";
    public const string Foreground = "Foreground";
}
