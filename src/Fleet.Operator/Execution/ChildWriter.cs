using System.Text.Json;
using System.Text.Json.Nodes;
using Fleet.Api;
using Fleet.Kubernetes;
using Fleet.Kubernetes.Models;

namespace Fleet.Operator.Execution;

/// <summary>Writes children so that only the object that was observed is changed, and only what is missing is created.</summary>
/// <remarks>
/// Server-side apply cannot say "only if it does not exist", so what is missing is created by a POST, and later changes are applied with uid and
/// resourceVersion. A POST notes the operator as the one who <em>updated</em> the fields; before the first apply that entry is turned into one of
/// <em>apply</em>, else a field that is no longer wanted would stay.
/// </remarks>
internal sealed class ChildWriter(IKubernetesClient client)
{
    private static readonly WriteOptions Apply = new() { FieldManager = Labels.ManagedByValue, Force = true };
    private static readonly WriteOptions Create = new() { FieldManager = Labels.ManagedByValue };

    /// <summary>Creates or applies.</summary>
    /// <returns>The object as the server has it then.</returns>
    /// <exception cref="OperatorException">An object of that name belongs to somebody else.</exception>
    /// <exception cref="KubernetesException">Conflict: the object is another than the one observed.</exception>
    public async Task<T> WriteAsync<T>(T desired, T? observed, Testnet testnet, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<T>
    {
        if (observed is null)
        {
            try
            {
                return await client.CreateAsync(desired, Create, cancellationToken);
            }
            catch (KubernetesException exception) when (exception.IsAlreadyExists)
            {
                // Made a moment ago by ourselves or a predecessor, or hidden from the local copy because its labels were edited.
                observed = await client.GetAsync<T>(ObjectKey.Of(desired), cancellationToken);
            }
        }

        CheckOwner(desired, observed, testnet);
        T current = await OwnByApplyAsync(observed, cancellationToken);
        desired.Metadata.Uid = current.Metadata.Uid;
        desired.Metadata.ResourceVersion = current.Metadata.ResourceVersion;
        return await client.ApplyAsync(desired, Apply, cancellationToken);
    }

    /// <summary>Creates an immutable record; one that exists stays as it is, and the decision has to be made again from it.</summary>
    /// <exception cref="KubernetesException">AlreadyExists as a conflict.</exception>
    public async Task CreateAsync<T>(T record, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<T>
    {
        try
        {
            await client.CreateAsync(record, Create, cancellationToken);
        }
        catch (KubernetesException exception) when (exception.IsAlreadyExists)
        {
            T existing = await client.GetAsync<T>(ObjectKey.Of(record), cancellationToken);
            CheckOwner(record, existing, null);
            await RestoreLabelsAsync(record, existing, cancellationToken);
            throw Ownership.LookAgain(existing, "exists already, and counts", exception);
        }
    }

    /// <summary>Sets one annotation of exactly the object that was observed, and leaves everything else to whom it belongs.</summary>
    /// <exception cref="KubernetesException">Conflict: the object has changed.</exception>
    public Task AnnotateAsync<T>(T observed, string name, string value, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<T> =>
        PatchMetadataAsync(observed, "annotations", new JsonObject { [name] = value }, cancellationToken);

    /// <summary>Makes exactly the object that was observed belong to a testnet, with which it goes when that is deleted.</summary>
    /// <exception cref="KubernetesException">Conflict: the object has changed.</exception>
    public Task AdoptAsync<T>(T observed, Testnet testnet, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<T>
    {
        IEnumerable<OwnerReference> owners = [.. observed.Metadata.OwnerReferences ?? [], OwnerReference.To(testnet)];
        return PatchMetadataAsync(
            observed, "ownerReferences", new JsonArray([.. owners.Select(owner => JsonSerializer.SerializeToNode(owner, KubernetesJson.Context.OwnerReference))]), cancellationToken);
    }

    /// <summary>Without its labels a record is not in the local copy, and would be missed for ever.</summary>
    private async Task RestoreLabelsAsync<T>(T wanted, T existing, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<T>
    {
        JsonObject missing = [];
        foreach ((string name, string value) in wanted.Metadata.Labels ?? [])
        {
            if (existing.Metadata.Labels?.GetValueOrDefault(name) != value)
            {
                missing[name] = value;
            }
        }

        if (missing.Count > 0)
        {
            await PatchMetadataAsync(existing, "labels", missing, cancellationToken);
        }
    }

    private async Task<T> OwnByApplyAsync<T>(T observed, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<T>
    {
        bool IsOurs(ManagedFieldsEntry entry, string operation) => entry.Manager == Labels.ManagedByValue && entry.Operation == operation && string.IsNullOrEmpty(entry.Subresource);
        List<ManagedFieldsEntry> entries = observed.Metadata.ManagedFields ?? [];
        if (!entries.Exists(entry => IsOurs(entry, "Update")) || entries.Exists(entry => IsOurs(entry, "Apply")))
        {
            return observed;
        }

        JsonArray changed = [];
        foreach (ManagedFieldsEntry entry in entries)
        {
            JsonObject node = JsonSerializer.SerializeToNode(entry, KubernetesJson.Context.ManagedFieldsEntry)!.AsObject();
            if (IsOurs(entry, "Update"))
            {
                node["operation"] = "Apply";
            }

            changed.Add((JsonNode)node);
        }

        return await PatchMetadataAsync(observed, "managedFields", changed, cancellationToken);
    }

    private Task<T> PatchMetadataAsync<T>(T about, string field, JsonNode value, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<T>
    {
        var metadata = new JsonObject { ["uid"] = about.Metadata.Uid, ["resourceVersion"] = about.Metadata.ResourceVersion, [field] = value };
        return client.PatchAsync<T>(ObjectKey.Of(about), Patch.Merge(new JsonObject { ["metadata"] = metadata }), Create, cancellationToken);
    }

    /// <summary>
    /// What nobody controls may be taken over, such as a volume that was retained; what another one controls may not. A volume that is to be retained
    /// from now on has no owner any more, and still has the testnet's.
    /// </summary>
    private static void CheckOwner<T>(T desired, T existing, Testnet? testnet)
        where T : class, IKubernetesObject<T>
    {
        bool isOperators = existing.Metadata.Labels?.GetValueOrDefault(Labels.AppManagedBy) == Labels.ManagedByValue;
        IReadOnlyList<string?> owners = [.. Ownership.OwnersOf(desired), testnet?.Metadata.Uid];
        if (Ownership.IsOfAnother(existing, owners))
        {
            throw isOperators ? Ownership.LookAgain(existing, "belonged to an earlier object and is being collected") : NotOurs(existing);
        }

        // What was retained is for a testnet of the same name, not for any in the namespace.
        string? label = existing.Metadata.Labels?.GetValueOrDefault(Labels.Testnet);
        bool isOfAnotherTestnet = existing.Metadata.OwnerReferences is null or [] && label is not null && label != desired.Metadata.Labels?.GetValueOrDefault(Labels.Testnet);
        if (isOfAnotherTestnet)
        {
            throw NotOurs(existing);
        }

        if (!isOperators && !Ownership.OwnersOf(existing).Intersect(owners, StringComparer.Ordinal).Any())
        {
            throw NotOurs(existing);
        }
    }

    private static OperatorException NotOurs<T>(T existing)
        where T : class, IKubernetesObject<T> =>
        new($"{T.Resource.Kind} {ObjectKey.Of(existing)} exists and does not belong to this testnet; delete or rename it, or name the testnet otherwise.");
}
