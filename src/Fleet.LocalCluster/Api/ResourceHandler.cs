using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Fleet.LocalCluster.Json;
using Fleet.LocalCluster.Patching;
using Fleet.LocalCluster.Resources;
using Fleet.LocalCluster.Schemas;
using Fleet.LocalCluster.Storage;
using Fleet.LocalCluster.Tables;
using Microsoft.AspNetCore.Http;

namespace Fleet.LocalCluster.Api;

/// <summary>Carries out the verbs on resources: get, list, watch, create, update, patch, delete.</summary>
internal sealed class ResourceHandler(ObjectService objects, ListHandler lists, WatchHandler watches, TableBuilder tables, PodSubresources pods)
{
    private const int MaxBody = 6 << 20;

    /// <summary>The verb of a request, as audit logs and RBAC name it.</summary>
    public static string VerbOf(HttpContext http, RequestInfo info) => http.Request.Method switch
    {
        "GET" or "HEAD" => info.Name.Length > 0 ? "get" : http.Flag("watch") ? "watch" : "list",
        "POST" => "create",
        "PUT" => "update",
        "PATCH" => "patch",
        "DELETE" => info.Name.Length > 0 ? "delete" : "deletecollection",
        _ => "",
    };

    /// <summary>Answers one request.</summary>
    public async Task HandleAsync(HttpContext http, RequestInfo info, ApiRequest request)
    {
        if (await pods.TryHandleAsync(http, info))
        {
            return;
        }

        ResourceScope scope = info.Resolve(objects.Registry);
        CheckSubresource(scope, info);
        switch (request.Verb)
        {
            case "get":
                await WriteObjectAsync(http, scope, Shown(scope, objects.Get(scope, info.Name), info), 200);
                break;
            case "list":
                await lists.HandleAsync(http, scope);
                break;
            case "watch":
                await watches.HandleAsync(http, scope, request);
                break;
            case "create" when info.Name.Length == 0:
                await CreateAsync(http, scope);
                break;
            case "update" when info.Name.Length > 0:
                await UpdateAsync(http, scope, info);
                break;
            case "patch" when info.Name.Length > 0:
                await PatchAsync(http, scope, info);
                break;
            case "delete" when info.Subresource.Length == 0:
                await DeleteAsync(http, scope, info.Name);
                break;
            case "deletecollection":
                await DeleteCollectionAsync(http, scope);
                break;
            default:
                throw ApiException.MethodNotAllowed();
        }
    }

    private static void CheckSubresource(ResourceScope scope, RequestInfo info)
    {
        bool known = info.Subresource switch
        {
            "" => true,
            "status" => scope.Version.HasStatus,
            "scale" => scope.Version.Scale is not null,
            "finalize" => scope.Type is { Group: "", Plural: "namespaces" },
            _ => false,
        };
        if (!known || info.Rest.Length > 0)
        {
            throw scope.Type.IsCustom ? ApiException.NotFound(scope.Type.Resource, info.Name) : ApiException.NoRoute();
        }
    }

    private static JsonObject Shown(ResourceScope scope, StoredObject stored, RequestInfo info)
    {
        JsonObject value = ObjectService.InVersion(stored.ToNode(), scope);
        return info.Subresource == "scale" ? ScaleView.Of(scope, value) : value;
    }

    private async Task CreateAsync(HttpContext http, ResourceScope scope)
    {
        if (scope.Type.Namespaced && scope.Namespace.Length == 0)
        {
            throw ApiException.MethodNotAllowed();
        }

        (JsonObject body, WriteContext context) = await ReadObjectAsync(http, "");
        JsonObject made = objects.Create(scope, body, context);
        http.Warn(context.Warnings);
        await WriteObjectAsync(http, scope, made, 201);
    }

    private async Task UpdateAsync(HttpContext http, ResourceScope scope, RequestInfo info)
    {
        (JsonObject body, WriteContext context) = await ReadObjectAsync(http, info.Subresource);
        JsonObject made = info.Subresource == "scale"
            ? ScaleView.Of(scope, objects.Edit(scope, info.Name, context, old => ScaleView.Apply(scope, old, body)))
            : objects.Update(scope, info.Name, body, context);
        http.Warn(context.Warnings);
        await WriteObjectAsync(http, scope, made, 200);
    }

    private async Task PatchAsync(HttpContext http, ResourceScope scope, RequestInfo info)
    {
        string type = (http.Request.ContentType ?? "").Split(';')[0].Trim();
        byte[] bytes = await ReadBodyAsync(http);
        if (type is "application/apply-patch+yaml" or "application/apply-patch+json")
        {
            await ApplyAsync(http, scope, info, bytes);
            return;
        }

        if (http.Request.Query.ContainsKey("force"))
        {
            throw new ApiException(422, "Invalid", "PatchOptions.meta.k8s.io \"\" is invalid: force: Forbidden: may not be specified for non-apply patch");
        }

        var duplicates = new List<string>();
        JsonNode? patch = Parse(bytes, duplicates);
        WriteContext context = Context(http, info.Subresource, duplicates);
        JsonObject made = objects.Edit(scope, info.Name, context, old =>
        {
            if (info.Subresource == "scale")
            {
                return ScaleView.Apply(scope, old, Patched(scope, ScaleView.Of(scope, old), patch, type));
            }

            return Patched(scope, old, patch, type);
        });
        http.Warn(context.Warnings);
        await WriteObjectAsync(http, scope, info.Subresource == "scale" ? ScaleView.Of(scope, made) : made, 200);
    }

    private static JsonObject Patched(ResourceScope scope, JsonObject old, JsonNode? patch, string type)
    {
        try
        {
            JsonNode? result = type switch
            {
                "application/json-patch+json" => JsonPatch.Apply(old, patch),
                "application/merge-patch+json" => MergePatch.Apply(old, patch),
                "application/strategic-merge-patch+json" when !scope.Type.IsCustom =>
                    StrategicMergePatch.Apply(old, patch as JsonObject ?? throw new PatchException("a strategic merge patch is an object"), scope.Version.Schema),
                _ => throw new ApiException(415, "UnsupportedMediaType", "the body of the request was in an unknown format - accepted media types include: " +
                    (scope.Type.IsCustom ? "application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml"
                        : "application/json-patch+json, application/merge-patch+json, application/strategic-merge-patch+json, application/apply-patch+yaml")),
            };
            var patched = result as JsonObject ?? throw new PatchException("the patch does not result in an object");
            if (!scope.Type.IsCustom && ObjectService.WrongType(scope, patched) is string wrong)
            {
                var errors = new FieldErrors();
                errors.Invalid("patch", JsonText.Text(patched), wrong);
                throw ApiException.Invalid("", "", "", errors);
            }

            return patched;
        }
        catch (PatchException error)
        {
            throw type == "application/json-patch+json" && !error.IsMalformed
                ? new ApiException(422, "Invalid", $"the server rejected our request due to an error in our request: {error.Message}") { Name = "" }
                : ApiException.BadRequest(error.Message);
        }
    }

    private async Task ApplyAsync(HttpContext http, ResourceScope scope, RequestInfo info, byte[] bytes)
    {
        var duplicates = new List<string>();
        WriteContext context = Context(http, info.Subresource, duplicates);
        if (http.Query("fieldManager").Length == 0)
        {
            throw new ApiException(422, "Invalid", "PatchOptions.meta.k8s.io \"\" is invalid: fieldManager: Required value: is required for apply patch");
        }

        JsonObject body = ParseYamlOrJson(bytes, duplicates) as JsonObject ?? throw ApiException.BadRequest("an object is expected");
        if (body.Str("apiVersion") is null || body.Str("kind") is null)
        {
            throw ApiException.BadRequest("apiVersion and kind must be set in an applied object");
        }

        (JsonObject value, bool created) = objects.Apply(scope, info.Name, body, context, http.Flag("force"));
        http.Warn(context.Warnings);
        await WriteObjectAsync(http, scope, value, created ? 201 : 200);
    }

    private async Task DeleteAsync(HttpContext http, ResourceScope scope, string name)
    {
        DeleteContext options = await ReadDeleteOptionsAsync(http);
        (JsonObject value, bool gone) = objects.Delete(scope, name, options);
        if (!gone || scope.Type is { Group: "", Plural: "pods" or "services" or "namespaces" or "persistentvolumeclaims" or "persistentvolumes" or "serviceaccounts" })
        {
            await WriteObjectAsync(http, scope, value, 200);
            return;
        }

        var details = new JsonObject { ["name"] = name };
        if (scope.Type.Group.Length > 0)
        {
            details["group"] = scope.Type.Group;
        }

        details["kind"] = scope.Type.Plural;
        details["uid"] = value.Str("metadata", "uid");
        await http.WriteJsonAsync(new JsonObject
        {
            ["kind"] = "Status",
            ["apiVersion"] = "v1",
            ["metadata"] = new JsonObject(),
            ["status"] = "Success",
            ["details"] = details,
        });
    }

    private async Task DeleteCollectionAsync(HttpContext http, ResourceScope scope)
    {
        DeleteContext options = await ReadDeleteOptionsAsync(http);
        var selector = new Selector(http.Query("labelSelector"), http.Query("fieldSelector"), scope.Type.Plural, scope.Type.IsCustom);
        var items = new JsonArray();
        (IReadOnlyList<StoredObject> all, long revision) = objects.Store.List(scope.Type.Resource, scope.Namespace.Length == 0 ? null : scope.Namespace);
        foreach (StoredObject item in all.Where(selector.Matches))
        {
            try
            {
                JsonObject last = objects.Delete(scope with { Namespace = item.Key.Namespace }, item.Key.Name, options).Value;
                if (!scope.Type.IsCustom)
                {
                    last.Remove("apiVersion");
                    last.Remove("kind");
                }

                items.Add((JsonNode)last);
            }
            catch (ApiException error) when (error.Code == 404)
            {
                // Gone already.
            }
        }

        await http.WriteJsonAsync(ListHandler.Envelope(scope, items, revision));
    }

    private static async Task<(JsonObject Body, WriteContext Context)> ReadObjectAsync(HttpContext http, string subresource)
    {
        var duplicates = new List<string>();
        byte[] bytes = await ReadBodyAsync(http);
        string type = (http.Request.ContentType ?? "application/json").Split(';')[0].Trim();
        if (type == "application/vnd.kubernetes.protobuf")
        {
            return (ProtobufBody.Read(bytes), Context(http, subresource, duplicates));
        }

        JsonObject body = (type == "application/yaml" ? ParseYamlOrJson(bytes, duplicates) : Parse(bytes, duplicates)) as JsonObject
            ?? throw ApiException.BadRequest("an object is expected");
        return (body, Context(http, subresource, duplicates));
    }

    private static WriteContext Context(HttpContext http, string subresource, IReadOnlyList<string> duplicates)
    {
        string manager = http.Query("fieldManager");
        if (manager.Length == 0)
        {
            string agent = http.Request.Headers.UserAgent.ToString();
            int end = agent.IndexOf('/', StringComparison.Ordinal);
            manager = agent.Length == 0 ? "unknown" : end > 0 ? agent[..end] : agent.Split(' ')[0];
        }

        string dryRun = http.Query("dryRun");
        if (dryRun is not ("" or "All"))
        {
            throw new ApiException(422, "Invalid", $"Invalid value: \"{dryRun}\": dryRun: Unsupported value: \"{dryRun}\": supported values: \"All\"");
        }

        return new WriteContext(manager)
        {
            DryRun = dryRun == "All",
            Subresource = subresource,
            DuplicateFields = duplicates,
            FieldValidation = http.Query("fieldValidation") switch
            {
                "Strict" => FieldValidation.Strict,
                "Ignore" => FieldValidation.Ignore,
                "" or "Warn" => FieldValidation.Warn,
                string other => throw new ApiException(422, "Invalid", $"fieldValidation: Unsupported value: \"{other}\": supported values: \"\", \"Ignore\", \"Strict\", \"Warn\""),
            },
        };
    }

    private static async Task<DeleteContext> ReadDeleteOptionsAsync(HttpContext http)
    {
        byte[] bytes = await ReadBodyAsync(http);
        JsonObject options = bytes.Length == 0 ? [] : Parse(bytes, []) as JsonObject ?? [];
        string? policy = options.Str("propagationPolicy") ?? (http.Query("propagationPolicy") is { Length: > 0 } q ? q : null);
        policy ??= options.Bool("orphanDependents") == true ? "Orphan" : "Background";
        if (policy is not ("Background" or "Foreground" or "Orphan"))
        {
            throw new ApiException(422, "Invalid", $"DeleteOptions.meta.k8s.io \"\" is invalid: propagationPolicy: Unsupported value: \"{policy}\": supported values: \"Foreground\", \"Background\", \"Orphan\", \"nil\"");
        }

        return new DeleteContext
        {
            GracePeriodSeconds = options.Int("gracePeriodSeconds") ?? (long.TryParse(http.Query("gracePeriodSeconds"), out long grace) ? grace : null),
            Uid = options.Str("preconditions", "uid"),
            ResourceVersion = options.Str("preconditions", "resourceVersion"),
            PropagationPolicy = policy,
            DryRun = http.Query("dryRun") == "All" || options.Arr("dryRun")?.Any(d => d.Str() == "All") == true,
        };
    }

    internal static async Task<byte[]> ReadBodyAsync(HttpContext http)
    {
        using var buffer = new MemoryStream();
        byte[] chunk = new byte[16384];
        int read;
        while ((read = await http.Request.Body.ReadAsync(chunk, http.RequestAborted)) > 0)
        {
            if (buffer.Length + read > MaxBody)
            {
                throw new ApiException(413, "RequestEntityTooLarge", $"Request entity too large: limit is {MaxBody}");
            }

            buffer.Write(chunk, 0, read);
        }

        return buffer.ToArray();
    }

    internal static JsonNode? Parse(byte[] bytes, List<string> duplicates)
    {
        try
        {
            return JsonText.Parse(bytes, duplicates);
        }
        catch (JsonException error)
        {
            throw ApiException.BadRequest($"couldn't read the body as JSON: {error.Message}");
        }
    }

    private static JsonNode? ParseYamlOrJson(byte[] bytes, List<string> duplicates)
    {
        if (bytes.AsSpan().TrimStart(" \t\r\n"u8) is [(byte)'{', ..])
        {
            return Parse(bytes, duplicates);
        }

        try
        {
            return YamlBody.Parse(Encoding.UTF8.GetString(bytes));
        }
        catch (JsonException error)
        {
            throw ApiException.BadRequest(error.Message);
        }
    }

    private async Task WriteObjectAsync(HttpContext http, ResourceScope scope, JsonObject value, int code)
    {
        switch (Negotiation.ShapeOf(http.Request))
        {
            case Shape.Table when value.Str("kind") == scope.Type.Kind:
                await http.WriteJsonAsync(tables.Build(scope, [Element(value)], value.Str("metadata", "resourceVersion") ?? "", http.Query("includeObject")), code);
                break;
            case Shape.Metadata:
                await http.WriteJsonAsync(ListHandler.MetadataOf(value), code);
                break;
            default:
                await http.WriteJsonAsync(value, code);
                break;
        }
    }

    private static JsonElement Element(JsonObject value)
    {
        using JsonDocument document = JsonDocument.Parse(JsonText.Bytes(value));
        return document.RootElement.Clone();
    }
}
