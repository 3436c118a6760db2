using System.Collections.Immutable;
using System.Text;

namespace Fleet.Kubernetes.Models;

/// <summary>Where and under which names the API server serves a kind.</summary>
/// <param name="Group">API group; empty for the core group.</param>
/// <param name="Version">Version within the group.</param>
/// <param name="Plural">Lower-case plural, the path segment.</param>
/// <param name="Kind">Kind as in manifests.</param>
/// <param name="Namespaced">Whether objects live in a namespace.</param>
public sealed record ResourceType(string Group, string Version, string Plural, string Kind, bool Namespaced)
{
    /// <summary>Names users may type instead of the plural.</summary>
    public ImmutableArray<string> ShortNames { get; init; } = [];

    /// <summary>Categories such as <c>all</c>.</summary>
    public ImmutableArray<string> Categories { get; init; } = [];

    /// <summary>Older versions with the same fields, best first, for servers that do not serve <see cref="Version"/> yet.</summary>
    public ImmutableArray<string> FallbackVersions { get; init; } = [];

    /// <summary>Lower-case singular.</summary>
    public string Singular => Kind.ToLowerInvariant();

    /// <summary>Kind of a list of these objects.</summary>
    public string ListKind => Kind + "List";

    /// <summary>The <c>apiVersion</c> field of these objects.</summary>
    public string ApiVersion => Group.Length == 0 ? Version : Group + "/" + Version;

    /// <summary>Plural qualified by the group, as CustomResourceDefinitions are named.</summary>
    public string QualifiedName => Group.Length == 0 ? Plural : Plural + "." + Group;

    /// <summary>Root path of the group and version, without a trailing slash.</summary>
    public string RootPath => Group.Length == 0 ? "/api/" + Version : "/apis/" + Group + "/" + Version;

    /// <summary>Path of a collection, an object or a sub-resource.</summary>
    /// <param name="namespace">Namespace; null or empty: all namespaces, or a cluster-scoped kind.</param>
    /// <param name="name">Object name; null: the collection.</param>
    /// <param name="subresource">For example <c>status</c>.</param>
    public string Path(string? @namespace, string? name = null, string? subresource = null)
    {
        var path = new StringBuilder(RootPath);
        if (Namespaced && !string.IsNullOrEmpty(@namespace))
        {
            path.Append("/namespaces/").Append(Uri.EscapeDataString(@namespace));
        }

        path.Append('/').Append(Plural);
        if (name is not null)
        {
            path.Append('/').Append(Uri.EscapeDataString(name));
        }

        if (subresource is not null)
        {
            path.Append('/').Append(subresource);
        }

        return path.ToString();
    }

    /// <summary>Whether an <c>apiVersion</c> and <c>kind</c> name this kind in any version.</summary>
    public bool IsSameKind(string? apiVersion, string? kind)
    {
        if (apiVersion is null || kind != Kind)
        {
            return false;
        }

        int slash = apiVersion.IndexOf('/', StringComparison.Ordinal);
        return Group == (slash < 0 ? string.Empty : apiVersion[..slash]);
    }
}

/// <summary>Namespace and name of an object; the namespace is empty for cluster-scoped ones.</summary>
public readonly record struct ObjectKey(string Namespace, string Name) : IComparable<ObjectKey>
{
    /// <summary>Key of an object as it says itself.</summary>
    public static ObjectKey Of(IKubernetesObject value) => new(value.Metadata.Namespace ?? string.Empty, value.Metadata.Name ?? string.Empty);

    /// <inheritdoc/>
    public int CompareTo(ObjectKey other)
    {
        int order = string.CompareOrdinal(Namespace, other.Namespace);
        return order != 0 ? order : string.CompareOrdinal(Name, other.Name);
    }

    /// <inheritdoc/>
    public override string ToString() => Namespace.Length == 0 ? Name : Namespace + "/" + Name;
}
