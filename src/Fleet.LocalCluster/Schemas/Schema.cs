using System.Text.Json.Nodes;

namespace Fleet.LocalCluster.Schemas;

/// <summary>How a list or a map is merged and owned under server-side apply.</summary>
internal enum Topology
{
    /// <summary>Lists: atomic; maps: granular.</summary>
    Default,

    /// <summary>Replaced as a whole, one owner.</summary>
    Atomic,

    /// <summary>A list of unique scalars.</summary>
    Set,

    /// <summary>A list of objects told apart by keys; for maps: granular.</summary>
    Map,
}

/// <summary>A type of a field: what Kubernetes' OpenAPI documents and CRD schemas can say.</summary>
internal sealed class Schema
{
    /// <summary>A schema that allows everything and keeps unknown fields.</summary>
    public static readonly Schema Anything = new() { PreserveUnknown = true };

    private Schema? _target;

    /// <summary><c>object array string integer number boolean</c>, or empty for any.</summary>
    public string Type { get; set; } = "";

    public string Format { get; set; } = "";

    public string Description { get; set; } = "";

    public Dictionary<string, Schema> Properties { get; } = new(StringComparer.Ordinal);

    /// <summary>Type of the values of a map; null where other properties than those named are unknown.</summary>
    public Schema? Values { get; set; }

    public Schema? Items { get; set; }

    public IReadOnlyList<string> Required { get; set; } = [];

    public JsonArray? Enum { get; set; }

    public JsonNode? Default { get; set; }

    public bool Nullable { get; set; }

    public bool PreserveUnknown { get; set; }

    public bool IntOrString { get; set; }

    public bool EmbeddedResource { get; set; }

    public Topology Topology { get; set; }

    public IReadOnlyList<string> MapKeys { get; set; } = [];

    /// <summary>Strategic merge: the strategies (<c>merge</c>, <c>retainKeys</c>) and the key of list items.</summary>
    public string PatchStrategy { get; set; } = "";

    public string PatchMergeKey { get; set; } = "";

    public double? Minimum { get; set; }

    public double? Maximum { get; set; }

    public bool ExclusiveMinimum { get; set; }

    public bool ExclusiveMaximum { get; set; }

    public double? MultipleOf { get; set; }

    public long? MinLength { get; set; }

    public long? MaxLength { get; set; }

    public long? MinItems { get; set; }

    public long? MaxItems { get; set; }

    public long? MinProperties { get; set; }

    public long? MaxProperties { get; set; }

    public bool UniqueItems { get; set; }

    public SchemaPattern? Pattern { get; set; }

    public IReadOnlyList<Schema> AllOf { get; set; } = [];

    public IReadOnlyList<Schema> AnyOf { get; set; } = [];

    public IReadOnlyList<Schema> OneOf { get; set; } = [];

    public Schema? Not { get; set; }

    /// <summary>Name of another definition that this one stands for (built-in documents only).</summary>
    public string Reference { get; set; } = "";

    /// <summary>Looks references up; set by the document that holds them.</summary>
    public IReadOnlyDictionary<string, Schema>? Definitions { get; set; }

    /// <summary>The type itself, references followed.</summary>
    public Schema Resolved => Reference.Length == 0 ? this : _target ??= Definitions!.TryGetValue(Reference, out Schema? found) ? found : Anything;

    /// <summary>Whether this is a list whose items are merged by keys or by value.</summary>
    public bool IsAssociative => Topology is Topology.Map or Topology.Set;

    /// <summary>The type of a member, or null when the schema doesn't know it.</summary>
    public Schema? Member(string name) =>
        Properties.TryGetValue(name, out Schema? found) ? found : Values ?? (PreserveUnknown ? Anything : null);
}
