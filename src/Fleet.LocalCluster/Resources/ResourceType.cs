using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using Fleet.LocalCluster.Schemas;
using Fleet.LocalCluster.Storage;

namespace Fleet.LocalCluster.Resources;

/// <summary>One served version of a kind.</summary>
/// <param name="Name">E.g. <c>v1alpha1</c>.</param>
/// <param name="Schema">Type of the whole object.</param>
/// <param name="HasStatus">Whether <c>/status</c> is a sub-resource of its own.</param>
/// <param name="Scale">Paths of the scale sub-resource, or null.</param>
/// <param name="Columns">Additional printer columns of a CRD.</param>
internal sealed record ServedVersion(string Name, Schema Schema, bool HasStatus, ScalePaths? Scale, ImmutableArray<JsonElement> Columns)
{
    /// <summary>Name of the schema in the OpenAPI document.</summary>
    public string Definition { get; init; } = "";

    /// <summary>The raw <c>openAPIV3Schema</c> of a CRD, for the OpenAPI documents.</summary>
    public JsonElement RawSchema { get; init; }

    /// <summary>What a CRD demands of <c>metadata.name</c>, or null.</summary>
    public Schema? NameSchema { get; init; }
}

/// <summary>Where the scale sub-resource finds its values, as member names from the root.</summary>
internal sealed record ScalePaths(string[] SpecReplicas, string[] StatusReplicas, string[]? Selector);

/// <summary>What is special about a built-in kind; the defaults fit custom resources.</summary>
internal class ResourceBehavior
{
    /// <summary>Sets defaults beyond those of the schema.</summary>
    public virtual void Default(JsonObject value)
    {
    }

    /// <summary>Completes a new object before it is checked.</summary>
    public virtual void PrepareCreate(JsonObject value)
    {
    }

    /// <summary>Completes a changed object before it is checked (fields a client can't change keep their value).</summary>
    public virtual void PrepareUpdate(JsonObject value, JsonObject old)
    {
    }

    /// <summary>Checks; <paramref name="old"/> is null for a new object.</summary>
    public virtual void Validate(JsonObject value, JsonObject? old, FieldErrors errors)
    {
    }

    /// <summary>Grace period in seconds with which an object goes by default; 0: at once.</summary>
    public virtual long GracePeriod(JsonObject value) => 0;

    /// <summary>Whether <c>metadata.generation</c> counts changes of the spec.</summary>
    public virtual bool HasGeneration => false;
}

/// <summary>A kind that the API serves.</summary>
internal sealed class ResourceType
{
    public required string Group { get; init; }

    public required string Plural { get; init; }

    public required string Singular { get; init; }

    public required string Kind { get; init; }

    public string ListKind => $"{Kind}List";

    public ImmutableArray<string> ShortNames { get; init; } = [];

    public ImmutableArray<string> Categories { get; init; } = [];

    public required bool Namespaced { get; init; }

    public bool IsCustom { get; init; }

    /// <summary>Served versions, the preferred one first.</summary>
    public required ImmutableArray<ServedVersion> Versions { get; init; }

    public string StorageVersion { get; init; } = "";

    public ResourceBehavior Behavior { get; init; } = new();

    public GroupResource Resource => new(Group, Plural);

    /// <summary>The version of that name, or null when it isn't served.</summary>
    public ServedVersion? Version(string name) => Versions.FirstOrDefault(v => v.Name == name);

    /// <summary><c>apiVersion</c> of objects in a version.</summary>
    public string ApiVersion(string version) => Group.Length == 0 ? version : $"{Group}/{version}";
}
