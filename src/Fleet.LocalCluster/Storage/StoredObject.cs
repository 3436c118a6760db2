using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Fleet.LocalCluster.Json;

namespace Fleet.LocalCluster.Storage;

/// <summary>One stored state of one object: immutable bytes, a read-only view of them, and the metadata that selectors and controllers ask for.</summary>
public sealed class StoredObject
{
    internal StoredObject(ObjectKey key, long revision, byte[] utf8)
    {
        Key = key;
        Revision = revision;
        Utf8 = utf8;
        using (JsonDocument document = JsonDocument.Parse(utf8))
        {
            Root = document.RootElement.Clone();
        }

        JsonElement metadata = Root.At("metadata") ?? default;
        Uid = metadata.Str("uid") ?? "";
        IsDeleting = metadata.At("deletionTimestamp") is { ValueKind: JsonValueKind.String };
        Labels = metadata.At("labels") is { ValueKind: JsonValueKind.Object } labels
            ? labels.EnumerateObject().Where(l => l.Value.ValueKind == JsonValueKind.String)
                .ToImmutableSortedDictionary(l => l.Name, l => l.Value.GetString()!, StringComparer.Ordinal)
            : ImmutableSortedDictionary<string, string>.Empty;
        Owners = [.. metadata.Items("ownerReferences").Select(o => o.Str("uid") ?? "")];
        Finalizers = [.. metadata.Items("finalizers").Select(f => f.GetString() ?? "")];
    }

    /// <summary>Identity.</summary>
    public ObjectKey Key { get; }

    /// <summary>The resourceVersion of this state; of the deletion, for a deleted object's last state.</summary>
    public long Revision { get; }

    /// <summary>The object as JSON.</summary>
    public ReadOnlyMemory<byte> Utf8 { get; }

    /// <summary>The object, read-only.</summary>
    public JsonElement Root { get; }

    /// <summary><c>metadata.uid</c>.</summary>
    public string Uid { get; }

    /// <summary>Whether <c>metadata.deletionTimestamp</c> is set.</summary>
    public bool IsDeleting { get; }

    /// <summary><c>metadata.labels</c>.</summary>
    public ImmutableSortedDictionary<string, string> Labels { get; }

    /// <summary>UIDs of <c>metadata.ownerReferences</c>.</summary>
    public ImmutableArray<string> Owners { get; }

    /// <summary><c>metadata.finalizers</c>.</summary>
    public ImmutableArray<string> Finalizers { get; }

    /// <summary>A copy that the caller may change.</summary>
    public JsonObject ToNode() => JsonText.ParseObject(Utf8.Span);

    /// <summary>The revision as the API shows it.</summary>
    public string ResourceVersion => Revision.ToString(CultureInfo.InvariantCulture);
}

/// <summary>What happened to an object.</summary>
public enum ChangeKind
{
    /// <summary>It is new.</summary>
    Added,

    /// <summary>It changed.</summary>
    Modified,

    /// <summary>It is gone.</summary>
    Deleted,
}

/// <summary>One write, in the order of the store.</summary>
/// <param name="Kind">What happened.</param>
/// <param name="Object">The new state; for a deletion the last one, carrying the deletion's revision.</param>
/// <param name="Previous">The state before, null when there was none.</param>
public sealed record Change(ChangeKind Kind, StoredObject Object, StoredObject? Previous)
{
    /// <summary>Position in the order of all writes.</summary>
    public long Revision => Object.Revision;
}
