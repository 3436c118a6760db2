using System.Collections.Immutable;
using System.Text.Json;
using Fleet.LocalCluster.Json;
using Fleet.LocalCluster.Schemas;
using Fleet.LocalCluster.Storage;

namespace Fleet.LocalCluster.Resources;

/// <summary>The kinds served now: built-in ones and those of CustomResourceDefinitions, which come and go with their objects.</summary>
internal sealed class ResourceRegistry
{
    /// <summary>Where CRDs are kept.</summary>
    public static readonly GroupResource Definitions = new("apiextensions.k8s.io", "customresourcedefinitions");

    private ImmutableSortedDictionary<(string Group, string Plural), ResourceType> _types;

    public ResourceRegistry(ObjectStore store)
    {
        _types = BuiltinResources.All.ToImmutableSortedDictionary(t => (t.Group, t.Plural), t => t);
        store.Committed += OnCommitted;
        foreach (StoredObject definition in store.List(Definitions).Items)
        {
            Set(definition);
        }
    }

    /// <summary>Raised after the set of kinds changed.</summary>
    public event Action? Changed;

    /// <summary>All kinds, sorted by group and plural.</summary>
    public IEnumerable<ResourceType> All => _types.Values;

    /// <summary>Bumped with every change; for caches of documents made from the kinds.</summary>
    public long Version { get; private set; }

    /// <summary>The kind behind a path, or null.</summary>
    public ResourceType? Find(string group, string plural) => _types.GetValueOrDefault((group, plural));

    /// <summary>The kind of an owner reference, or null.</summary>
    public ResourceType? FindKind(string group, string kind) => _types.Values.FirstOrDefault(t => t.Group == group && t.Kind == kind);

    private void OnCommitted(Change change)
    {
        if (change.Object.Key.Resource != Definitions)
        {
            return;
        }

        if (change.Kind == ChangeKind.Deleted)
        {
            JsonElement spec = change.Object.Root.At("spec") ?? default;
            _types = _types.Remove((spec.Str("group") ?? "", spec.Str("names", "plural") ?? ""));
        }
        else
        {
            Set(change.Object);
        }

        Version++;
        Changed?.Invoke();
    }

    private void Set(StoredObject definition)
    {
        ResourceType type = CustomResources.TypeOf(definition.Root);
        _types = _types.SetItem((type.Group, type.Plural), type);
        Version++;
    }
}

/// <summary>Makes kinds of CustomResourceDefinitions.</summary>
internal static class CustomResources
{
    /// <summary>The kind that a (valid) definition declares.</summary>
    public static ResourceType TypeOf(JsonElement definition)
    {
        JsonElement spec = definition.At("spec")!.Value;
        JsonElement names = spec.At("names")!.Value;
        string group = spec.Str("group")!;
        var versions = spec.Items("versions").Where(v => v.At("served") is { ValueKind: JsonValueKind.True }).ToList();
        return new ResourceType
        {
            Group = group,
            Plural = names.Str("plural")!,
            Singular = names.Str("singular") ?? names.Str("kind")!.ToLowerInvariant(),
            Kind = names.Str("kind")!,
            ShortNames = [.. names.Items("shortNames").Select(n => n.GetString()!)],
            Categories = [.. names.Items("categories").Select(n => n.GetString()!)],
            Namespaced = spec.Str("scope") == "Namespaced",
            IsCustom = true,
            StorageVersion = spec.Items("versions").First(v => v.At("storage") is { ValueKind: JsonValueKind.True }).Str("name")!,
            Versions = [.. versions.Select(v => Version(group, names.Str("kind")!, v))],
            Behavior = CustomBehavior.Instance,
        };
    }

    private static ServedVersion Version(string group, string kind, JsonElement version)
    {
        JsonElement raw = version.At("schema", "openAPIV3Schema") ?? default;
        JsonElement? scale = version.At("subresources", "scale");
        ScalePaths? paths = scale is null ? null : new ScalePaths(
            Split(scale.Value.Str("specReplicasPath"))!, Split(scale.Value.Str("statusReplicasPath"))!, Split(scale.Value.Str("labelSelectorPath")));
        string name = version.Str("name")!;
        Schema schema = SchemaReader.Read(raw);
        Schema? nameSchema = schema.Properties.GetValueOrDefault("metadata")?.Properties.GetValueOrDefault("name");
        schema.Properties["apiVersion"] = new Schema { Type = "string" };
        schema.Properties["kind"] = new Schema { Type = "string" };
        schema.Properties["metadata"] = BuiltinSchemas.ObjectMeta;
        return new ServedVersion(name, schema, version.At("subresources", "status") is not null, paths, [.. version.Items("additionalPrinterColumns")])
        {
            Definition = $"{string.Join('.', group.Split('.').Reverse())}.{name}.{kind}",
            RawSchema = raw,
            NameSchema = nameSchema,
        };
    }

    private static string[]? Split(string? path) => path?.Split('.', StringSplitOptions.RemoveEmptyEntries);
}

/// <summary>Custom resources count generations; everything else about them is in their schema.</summary>
internal sealed class CustomBehavior : ResourceBehavior
{
    public static readonly CustomBehavior Instance = new();

    public override bool HasGeneration => true;
}
