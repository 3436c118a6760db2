using System.Text.Json.Nodes;
using Fleet.LocalCluster.Api;
using Fleet.LocalCluster.Json;
using Fleet.LocalCluster.Patching;
using Fleet.LocalCluster.Storage;

namespace Fleet.LocalCluster.Resources;

/// <summary>What Kubernetes does around each write of an object: the one way by which HTTP requests and controllers change the store.</summary>
internal sealed partial class ObjectService(ObjectStore store, ResourceRegistry registry, TimeProvider time)
{
    private const int Attempts = 16;

    public ObjectStore Store => store;

    public ResourceRegistry Registry => registry;

    /// <summary>The time as objects carry it, in whole seconds.</summary>
    public string Now => time.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>A scope of a kind in its preferred version.</summary>
    /// <exception cref="ApiException">404: there is no such kind.</exception>
    public ResourceScope Scope(string group, string plural, string ns = "")
    {
        ResourceType type = registry.Find(group, plural) ?? throw ApiException.NoRoute();
        return new ResourceScope(type, type.Versions[0], ns);
    }

    /// <summary>One object.</summary>
    /// <exception cref="ApiException">404.</exception>
    public StoredObject Get(ResourceScope scope, string name) =>
        store.Get(Key(scope, name)) ?? throw ApiException.NotFound(scope.Type.Resource, name);

    /// <summary>Creates an object.</summary>
    /// <exception cref="ApiException">The object is invalid, exists, or its namespace doesn't take it.</exception>
    public JsonObject Create(ResourceScope scope, JsonObject body, WriteContext context)
    {
        JsonObject value = Decode(scope, body, context);
        JsonObject metadata = value.Need("metadata");
        if (metadata.Str("name") is not { Length: > 0 } && metadata.Str("generateName") is { Length: > 0 } prefix)
        {
            metadata["name"] = prefix + RandomSuffix();
        }

        PlaceInNamespace(scope, value);
        string name = metadata.Str("name") ?? "";
        if (name.Length == 0)
        {
            throw Invalid(scope, "", e => e.Required("metadata.name", "name or generateName is required"));
        }

        metadata.Remove("resourceVersion");
        metadata.Remove("deletionTimestamp");
        metadata.Remove("deletionGracePeriodSeconds");
        metadata["uid"] = Guid.NewGuid().ToString("D");
        metadata["creationTimestamp"] = Now;
        if (scope.Type.Behavior.HasGeneration)
        {
            metadata["generation"] = 1;
        }
        else
        {
            metadata.Remove("generation");
        }

        if (scope.Version.HasStatus)
        {
            value.Remove("status");
        }

        return Insert(scope, name, value, context, fields => fields.RecordUpdate(null, value, context.Manager));
    }

    /// <summary>Replaces an object (or its status).</summary>
    /// <exception cref="ApiException">404, 409 or 422.</exception>
    public JsonObject Update(ResourceScope scope, string name, JsonObject body, WriteContext context)
    {
        JsonObject decoded = Decode(scope, body, context);
        PlaceInNamespace(scope, decoded);
        if (decoded.Str("metadata", "name") is { Length: > 0 } inBody && inBody != name)
        {
            throw ApiException.BadRequest($"the name of the object ({inBody}) does not match the name on the URL ({name})");
        }

        decoded.Need("metadata")["name"] = name;
        string? version = decoded.Str("metadata", "resourceVersion");
        if (string.IsNullOrEmpty(version) && (scope.Type.IsCustom || scope.Type.Plural == "leases"))
        {
            _ = Get(scope, name);
            throw Invalid(scope, name, e => e.Invalid("metadata.resourceVersion", JsonValue.Create(0), "must be specified for an update"));
        }

        return Change(scope, name, context, Replace, recordUpdate: true);

        JsonObject Replace(JsonObject old)
        {
            CheckUid(scope, name, decoded, old);
            CheckVersion(scope, name, decoded, old);
            return (JsonObject)decoded.DeepClone();
        }
    }

    /// <summary>Reads, changes and writes an object, again when somebody else wrote in between.</summary>
    /// <param name="edit">Makes the wanted object of a copy of the stored one; null: leave it as it is.</param>
    /// <exception cref="ApiException">404, 409 or 422.</exception>
    public JsonObject Edit(ResourceScope scope, string name, WriteContext context, Func<JsonObject, JsonObject?> edit)
    {
        return Change(scope, name, context, Edited, recordUpdate: true);

        JsonObject? Edited(JsonObject old)
        {
            JsonObject? edited = edit((JsonObject)old.DeepClone());
            if (edited is not null)
            {
                CheckVersion(scope, name, edited, old);
                KeepsUid(scope, name, edited, old);
            }

            return edited;
        }
    }

    /// <summary>Server-side apply.</summary>
    /// <exception cref="ApiException">409 on conflicts with other managers, 422 when the result is invalid.</exception>
    public (JsonObject Value, bool Created) Apply(ResourceScope scope, string name, JsonObject body, WriteContext context, bool force)
    {
        if (body.Arr("metadata", "managedFields") is { Count: > 0 })
        {
            throw ApiException.BadRequest("metadata.managedFields must be nil");
        }

        JsonObject applied = Decode(scope, body, context);
        applied.Need("metadata")["name"] ??= name;
        PlaceInNamespace(scope, applied);
        if (applied.Str("metadata", "name") != name)
        {
            throw ApiException.BadRequest($"the name of the object ({applied.Str("metadata", "name")}) does not match the name on the URL ({name})");
        }

        if (store.Get(Key(scope, name)) is null)
        {
            if (context.Subresource.Length > 0 || !string.IsNullOrEmpty(applied.Str("metadata", "uid")))
            {
                throw context.Subresource.Length > 0
                    ? ApiException.NotFound(scope.Type.Resource, name)
                    : ApiException.Conflict(scope.Type.Resource, name, $"uid mismatch: the provided object specified uid {applied.Str("metadata", "uid")}, and no existing object was found");
            }

            var value = new JsonObject();
            JsonObject made = Fields(scope, context).Apply(null, applied, context.Manager, force);
            foreach ((string key, JsonNode? part) in made)
            {
                value[key] = part?.DeepClone();
            }

            JsonObject metadata = value.Need("metadata");
            metadata["name"] = name;
            metadata["uid"] = Guid.NewGuid().ToString("D");
            metadata["creationTimestamp"] = Now;
            if (scope.Type.Behavior.HasGeneration)
            {
                metadata["generation"] = 1;
            }

            if (scope.Version.HasStatus)
            {
                value.Remove("status");
            }

            try
            {
                return (Insert(scope, name, value, context, _ => { }), true);
            }
            catch (ApiException error) when (error.Reason == "AlreadyExists")
            {
                // Somebody was quicker: apply to what is there.
            }
        }

        return (Change(scope, name, context, ApplyTo, recordUpdate: false), false);

        JsonObject? ApplyTo(JsonObject old)
        {
            // A version in the applied configuration is a precondition, as in an update.
            CheckVersion(scope, name, applied, old);
            KeepsUid(scope, name, applied, old);
            JsonObject merged = Fields(scope, context).Apply(old, applied, context.Manager, force);
            if (context.Manager == LastApplied.Manager)
            {
                LastApplied.Follow(merged, body);
            }

            return merged;
        }
    }

    private JsonObject Change(ResourceScope scope, string name, WriteContext context, Func<JsonObject, JsonObject?> make, bool recordUpdate)
    {
        ObjectKey key = Key(scope, name);
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            StoredObject current = store.Get(key) ?? throw ApiException.NotFound(scope.Type.Resource, name);
            JsonObject old = InVersion(current.ToNode(), scope);
            JsonObject? value = make(old);
            if (value is null)
            {
                return old;
            }

            JsonObject prepared = PrepareUpdate(scope, name, value, old, context, recordUpdate);
            if (SameButForTimes(prepared, old))
            {
                return old;
            }

            if (context.DryRun)
            {
                return prepared;
            }

            if (prepared.Str("metadata", "deletionTimestamp") is not null && IsReadyToGo(scope, prepared))
            {
                if (store.Remove(key, current, prepared) is not null)
                {
                    return prepared;
                }
            }
            else if (store.Put(key, ForStorage(scope, prepared), current) is StoredObject stored)
            {
                return InVersion(stored.ToNode(), scope);
            }
        }

        throw ApiException.Modified(scope.Type.Resource, name);
    }

    private JsonObject Insert(ResourceScope scope, string name, JsonObject value, WriteContext context, Action<ManagedFields> record)
    {
        scope.Type.Behavior.Default(value);
        Shape(scope, value);
        record(Fields(scope, context)); // what the server adds by itself belongs to nobody
        scope.Type.Behavior.PrepareCreate(value);
        Validate(scope, name, value, null);
        CheckNamespace(scope, name);
        if (store.Get(Key(scope, name)) is not null)
        {
            throw ApiException.AlreadyExists(scope.Type.Resource, name);
        }

        if (context.DryRun)
        {
            return value;
        }

        StoredObject stored = store.Put(Key(scope, name), ForStorage(scope, value), null)
            ?? throw ApiException.AlreadyExists(scope.Type.Resource, name);
        return InVersion(stored.ToNode(), scope);
    }

    private static string RandomSuffix()
    {
        const string Alphabet = "bcdfghjklmnpqrstvwxz2456789";
        return string.Create(5, 0, (span, _) =>
        {
            foreach (ref char c in span)
            {
                c = Alphabet[Random.Shared.Next(Alphabet.Length)];
            }
        });
    }
}
