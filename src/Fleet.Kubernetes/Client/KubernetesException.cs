using System.Net;
using Fleet.Kubernetes.Models;

namespace Fleet.Kubernetes;

/// <summary>The API server refused a request.</summary>
public class KubernetesException : Exception
{
    /// <summary>A refusal as the server put it.</summary>
    public KubernetesException(Status status, Exception? inner = null)
        : base(status.Message is { Length: > 0 } message ? message : $"The API server answered {status.Code} {status.Reason}.", inner) => Status = status;

    /// <summary>What the server said.</summary>
    public Status Status { get; }

    /// <summary>HTTP status; 0 when there was no answer.</summary>
    public int Code => Status.Code ?? 0;

    /// <summary>See <see cref="StatusReasons"/>.</summary>
    public string Reason => Status.Reason ?? string.Empty;

    /// <summary>The object does not exist.</summary>
    public bool IsNotFound => Code == (int)HttpStatusCode.NotFound;

    /// <summary>An object of that name exists.</summary>
    public bool IsAlreadyExists => Reason == StatusReasons.AlreadyExists;

    /// <summary>The object changed meanwhile, or a field belongs to another manager.</summary>
    public bool IsConflict => Reason == StatusReasons.Conflict;

    /// <summary>The object breaks its schema.</summary>
    public bool IsInvalid => Code == (int)HttpStatusCode.UnprocessableEntity;

    /// <summary>The credentials may not do this.</summary>
    public bool IsForbidden => Code == (int)HttpStatusCode.Forbidden;
}

/// <summary>A resourceVersion or continue token is too old: list again.</summary>
public sealed class ResourceExpiredException(Status status) : KubernetesException(status);

/// <summary>The API server cannot be reached, or its answer broke off or makes no sense.</summary>
/// <remarks>A write may or may not have been carried out.</remarks>
public sealed class KubernetesConnectionException(string message, Exception? inner = null)
    : KubernetesException(new Status { Outcome = "Failure", Message = message, Reason = "Unreachable", Code = 0 }, inner);
