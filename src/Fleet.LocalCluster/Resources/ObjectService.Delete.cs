using System.Text.Json.Nodes;
using Fleet.LocalCluster.Api;
using Fleet.LocalCluster.Json;
using Fleet.LocalCluster.Storage;

namespace Fleet.LocalCluster.Resources;

internal sealed partial class ObjectService
{
    /// <summary>Deletes an object, or marks it for deletion while finalizers or a grace period hold it.</summary>
    /// <returns>The last or marked state, and whether the object is gone.</returns>
    /// <exception cref="ApiException">404, or 409 when a precondition doesn't hold.</exception>
    public (JsonObject Value, bool Gone) Delete(ResourceScope scope, string name, DeleteContext options)
    {
        ObjectKey key = Key(scope, name);
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            StoredObject current = store.Get(key) ?? throw ApiException.NotFound(scope.Type.Resource, name);
            CheckDeletePreconditions(scope, name, current, options);
            JsonObject value = InVersion(current.ToNode(), scope);
            bool changed = Mark(scope, value, options);
            bool gone = IsReadyToGo(scope, value);
            if (options.DryRun)
            {
                return (value, gone);
            }

            if (gone)
            {
                if (store.Remove(key, current, ForStorage(scope, value)) is StoredObject last)
                {
                    return (InVersion(last.ToNode(), scope), true);
                }
            }
            else if (!changed)
            {
                return (value, false);
            }
            else if (store.Put(key, ForStorage(scope, value), current) is StoredObject stored)
            {
                return (InVersion(stored.ToNode(), scope), false);
            }
        }

        throw ApiException.Modified(scope.Type.Resource, name);
    }

    private static void CheckDeletePreconditions(ResourceScope scope, string name, StoredObject current, DeleteContext options)
    {
        if (options.Uid is { Length: > 0 } uid && uid != current.Uid)
        {
            throw ApiException.Conflict(scope.Type.Resource, name,
                $"Precondition failed: UID in precondition: {uid}, UID in object meta: {current.Uid}");
        }

        if (options.ResourceVersion is { Length: > 0 } version && version != current.ResourceVersion)
        {
            throw ApiException.Conflict(scope.Type.Resource, name,
                $"Precondition failed: ResourceVersion in precondition: {version}, ResourceVersion in object meta: {current.ResourceVersion}");
        }
    }

    /// <summary>Sets deletion time, grace period and the finalizers of the propagation policy; returns whether anything changed.</summary>
    private bool Mark(ResourceScope scope, JsonObject value, DeleteContext options)
    {
        JsonObject metadata = value.Need("metadata");
        bool changed = false;
        string? finalizer = options.PropagationPolicy switch { "Foreground" => "foregroundDeletion", "Orphan" => "orphan", _ => null };
        JsonArray? finalizers = metadata.Arr("finalizers");
        if (finalizer is not null && finalizers?.Any(f => f.Str() == finalizer) != true && metadata.Str("deletionTimestamp") is null)
        {
            finalizers ??= [];
            finalizers.Add((JsonNode)finalizer);
            metadata["finalizers"] = finalizers.DeepClone();
            changed = true;
        }

        long grace = options.GracePeriodSeconds ?? scope.Type.Behavior.GracePeriod(value);
        if (scope.Type.Behavior.GracePeriod(value) == 0)
        {
            grace = 0;
        }

        if (metadata.Str("deletionTimestamp") is null)
        {
            metadata["deletionTimestamp"] = After(grace);
            metadata["deletionGracePeriodSeconds"] = grace;
            if (scope.Type.Behavior.HasGeneration)
            {
                metadata["generation"] = (metadata.Int("generation") ?? 0) + 1;
            }

            changed = true;
        }
        else if (options.GracePeriodSeconds is not null && grace < (metadata.Int("deletionGracePeriodSeconds") ?? 0))
        {
            metadata["deletionTimestamp"] = After(grace);
            metadata["deletionGracePeriodSeconds"] = grace;
            changed = true;
        }

        if (scope.Type is { Group: "", Plural: "namespaces" } && value.Str("status", "phase") != "Terminating")
        {
            value.Need("status")["phase"] = "Terminating";
            changed = true;
        }

        return changed;
    }

    /// <summary>Whether nothing holds a marked object any more.</summary>
    private static bool IsReadyToGo(ResourceScope scope, JsonObject value)
    {
        if (value.Arr("metadata", "finalizers") is { Count: > 0 } || (value.Int("metadata", "deletionGracePeriodSeconds") ?? 0) > 0)
        {
            return false;
        }

        return scope.Type is not { Group: "", Plural: "namespaces" } || value.Arr("spec", "finalizers") is not { Count: > 0 };
    }
}
