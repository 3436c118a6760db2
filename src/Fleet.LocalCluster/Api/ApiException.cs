using System.Text.Json.Nodes;
using Fleet.LocalCluster.Schemas;
using Fleet.LocalCluster.Storage;

namespace Fleet.LocalCluster.Api;

/// <summary>A request that failed, as the <c>Status</c> object a client gets.</summary>
/// <param name="code">HTTP status.</param>
/// <param name="reason">Machine-readable reason, e.g. <c>NotFound</c>.</param>
/// <param name="message">For people, in Kubernetes' words.</param>
internal sealed class ApiException(int code, string reason, string message) : Exception(message)
{
    public int Code { get; } = code;

    public string Reason { get; } = reason;

    public GroupResource? Resource { get; init; }

    /// <summary>Kind for the details; the plural when null.</summary>
    public string? Kind { get; init; }

    public string Name { get; init; } = "";

    public string Uid { get; init; } = "";

    public int RetryAfterSeconds { get; init; }

    /// <summary>Whether the answer is the message alone.</summary>
    public bool IsPlain { get; private init; }

    public IReadOnlyList<FieldError> Causes { get; init; } = [];

    public static ApiException NotFound(GroupResource resource, string name) =>
        new(404, "NotFound", $"{resource} \"{name}\" not found") { Resource = resource, Name = name };

    public static ApiException NoRoute() =>
        new(404, "NotFound", "the server could not find the requested resource") { Resource = default(GroupResource) };

    /// <summary>Nothing is known of the path, not even its API group: answered by plain text, from which kubectl makes a sentence of its own.</summary>
    public static ApiException NoPage() => new(404, "NotFound", "404 page not found") { IsPlain = true };

    public static ApiException AlreadyExists(GroupResource resource, string name) =>
        new(409, "AlreadyExists", $"{resource} \"{name}\" already exists") { Resource = resource, Name = name };

    public static ApiException Conflict(GroupResource resource, string name, string why) =>
        new(409, "Conflict", $"Operation cannot be fulfilled on {resource} \"{name}\": {why}") { Resource = resource, Name = name };

    public static ApiException Modified(GroupResource resource, string name) =>
        Conflict(resource, name, "the object has been modified; please apply your changes to the latest version and try again");

    public static ApiException BadRequest(string message) => new(400, "BadRequest", message);

    public static ApiException Forbidden(GroupResource resource, string name, string why) =>
        new(403, "Forbidden", $"{resource} \"{name}\" is forbidden: {why}") { Resource = resource, Name = name };

    public static ApiException MethodNotAllowed() =>
        new(405, "MethodNotAllowed", "the server does not allow this method on the requested resource");

    public static ApiException Unauthorized() => new(401, "Unauthorized", "Unauthorized");

    public static ApiException Expired(string message) => new(410, "Expired", message);

    public static ApiException Invalid(string group, string kind, string name, FieldErrors errors)
    {
        string qualified = group.Length == 0 ? kind : $"{kind}.{group}";
        string detail = errors.All.Count == 1 ? errors.All[0].ToString() : $"[{string.Join(", ", errors.All)}]";
        return new ApiException(422, "Invalid", $"{qualified} \"{name}\" is invalid: {detail}")
        {
            Resource = new GroupResource(group, ""),
            Kind = kind,
            Name = name,
            Causes = errors.All,
        };
    }

    /// <summary>The <c>Status</c> object.</summary>
    public JsonObject ToStatus()
    {
        var status = new JsonObject
        {
            ["kind"] = "Status",
            ["apiVersion"] = "v1",
            ["metadata"] = new JsonObject(),
            ["status"] = "Failure",
            ["message"] = Message,
            ["reason"] = Reason,
        };
        if (Resource is not null || Causes.Count > 0 || RetryAfterSeconds > 0)
        {
            status["details"] = Details();
        }

        status["code"] = Code;
        return status;
    }

    private JsonObject Details()
    {
        var details = new JsonObject();
        if (Name.Length > 0)
        {
            details["name"] = Name;
        }

        if (Resource is { Group.Length: > 0 } resource)
        {
            details["group"] = resource.Group;
        }

        if (Kind is not null || Resource is { Plural.Length: > 0 })
        {
            details["kind"] = Kind ?? Resource!.Value.Plural;
        }

        if (Uid.Length > 0)
        {
            details["uid"] = Uid;
        }

        if (Causes.Count > 0)
        {
            details["causes"] = new JsonArray([.. Causes.Select(c => (JsonNode)new JsonObject
            {
                ["reason"] = c.Reason,
                ["message"] = c.Message,
                ["field"] = c.Field,
            })]);
        }

        if (RetryAfterSeconds > 0)
        {
            details["retryAfterSeconds"] = RetryAfterSeconds;
        }

        return details;
    }
}
