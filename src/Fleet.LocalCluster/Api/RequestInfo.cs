using Fleet.LocalCluster.Resources;

namespace Fleet.LocalCluster.Api;

/// <summary>What a resource path means: <c>/apis/{group}/{version}/namespaces/{ns}/{plural}/{name}/{sub}/{rest}</c>.</summary>
/// <param name="Group">API group, empty for the core group.</param>
/// <param name="Version">API version.</param>
/// <param name="Namespace">Namespace, empty where none is named.</param>
/// <param name="Plural">Resource.</param>
/// <param name="Name">Object, empty for the collection.</param>
/// <param name="Subresource">Sub-resource, or empty.</param>
/// <param name="Rest">What follows the sub-resource, with its leading slash (pod proxy).</param>
internal sealed record RequestInfo(string Group, string Version, string Namespace, string Plural, string Name, string Subresource, string Rest)
{
    /// <summary>Reads a path; null when it is no resource path.</summary>
    public static RequestInfo? Parse(string path)
    {
        string[] parts = path.Split('/');
        int at;
        string group;
        if (parts.Length > 3 && parts[1] == "api")
        {
            group = "";
            at = 2;
        }
        else if (parts.Length > 4 && parts[1] == "apis")
        {
            group = parts[2];
            at = 3;
        }
        else
        {
            return null;
        }

        string version = parts[at++];
        string ns = "";
        if (parts[at] == "namespaces" && parts.Length > at + 2 && parts[at + 2].Length > 0 && parts[at + 2] is not ("status" or "finalize"))
        {
            ns = parts[at + 1];
            at += 2;
        }

        string plural = parts[at++];
        string name = at < parts.Length ? Uri.UnescapeDataString(parts[at++]) : "";
        string sub = at < parts.Length ? parts[at++] : "";
        string rest = at <= parts.Length && sub.Length > 0 && at < parts.Length ? "/" + string.Join('/', parts[at..]) : "";
        return plural.Length == 0 ? null : new RequestInfo(group, version, ns, plural, name, sub, rest);
    }

    /// <summary>Looks the kind up.</summary>
    /// <exception cref="ApiException">404: no such kind or version, or a namespace where there must be none.</exception>
    public ResourceScope Resolve(ResourceRegistry registry)
    {
        ResourceType type = registry.Find(Group, Plural) ?? throw (BuiltinResources.All.Any(t => t.Group == Group) ? ApiException.NoRoute() : ApiException.NoPage());
        ServedVersion version = type.Version(Version) ?? throw ApiException.NoPage();
        if ((!type.Namespaced && Namespace.Length > 0) || (type.Namespaced && Namespace.Length == 0 && Name.Length > 0))
        {
            throw ApiException.NoRoute();
        }

        return new ResourceScope(type, version, Namespace);
    }
}
