using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Fleet.Api;
using Fleet.Kubernetes.Models;

namespace Fleet.Planning.Children;

/// <summary>Whether an observed object is what the operator wants, and if not, where it first differs.</summary>
/// <remarks>
/// Desired fields must be there and equal; fields the operator does not set (defaults of the server, fields of other managers) stay out of it.
/// A field that is no longer desired is noticed by the hash of what was last applied.
/// </remarks>
public static class ObjectDiff
{
    /// <summary>Variables of a BeaconNode, to which people and drills may add their own.</summary>
    private const string VariablesOfNode = "spec.env";

    /// <summary>Adds the hash annotation; call it on every object that is applied.</summary>
    public static T Stamped<T>(T desired)
        where T : class, IKubernetesObject<T>
    {
        desired.Metadata.Annotations?.Remove(Annotations.AppliedHash);
        JsonObject node = KubernetesJson.ToNode(desired);
        string hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(node.ToJsonString())))[..16];
        desired.Metadata.Annotations ??= new Dictionary<string, string>(StringComparer.Ordinal);
        desired.Metadata.Annotations[Annotations.AppliedHash] = hash;
        return desired;
    }

    /// <summary>Path of the first difference; null when there is none. Hashes differ with what they stand for, so they are named last.</summary>
    public static string? FirstDifference<T>(T desired, T? observed)
        where T : class, IKubernetesObject<T>
    {
        if (observed is null)
        {
            return "(missing)";
        }

        JsonObject wanted = KubernetesJson.ToNode(desired);
        JsonObject actual = KubernetesJson.ToNode(observed);
        return Compare(wanted, actual, "", hashes: false) ?? Compare(wanted, actual, "", hashes: true);
    }

    private static string? Compare(JsonNode? desired, JsonNode? observed, string path, bool hashes)
    {
        switch (desired)
        {
            case null:
                return null;
            case JsonObject wanted:
                return CompareObjects(wanted, observed as JsonObject, path, hashes);
            case JsonArray wanted:
                return path.EndsWith(".ownerReferences", StringComparison.Ordinal) ? CompareMaps(wanted, observed as JsonArray, "uid", path, hashes)
                    : path == VariablesOfNode ? CompareMaps(wanted, observed as JsonArray, "name", path, hashes)
                    : CompareLists(wanted, observed as JsonArray, path, hashes);
            default:
                return AreEqual(desired, observed) ? null : path;
        }
    }

    private static string? CompareObjects(JsonObject wanted, JsonObject? observed, string path, bool hashes)
    {
        foreach ((string key, JsonNode? value) in wanted)
        {
            if (value is null or JsonObject { Count: 0 } or JsonArray { Count: 0 } || (!hashes && key is (Annotations.AppliedHash or Annotations.TemplateHash)))
            {
                // Servers leave out what is empty; hashes come later.
                continue;
            }

            string child = path.Length == 0 ? key : $"{path}.{key}";
            if (observed is null || !observed.TryGetPropertyValue(key, out JsonNode? actual))
            {
                // A false boolean without a default is left out as well.
                if (value.GetValueKind() == JsonValueKind.False)
                {
                    continue;
                }

                return child;
            }

            if (Compare(value, actual, child, hashes) is { } difference)
            {
                return difference;
            }
        }

        return null;
    }

    private static string? CompareLists(JsonArray wanted, JsonArray? observed, string path, bool hashes)
    {
        if (observed is null || observed.Count != wanted.Count)
        {
            return path;
        }

        for (int i = 0; i < wanted.Count; i++)
        {
            if (Compare(wanted[i], observed[i], $"{path}[{i}]", hashes) is { } difference)
            {
                return difference;
            }
        }

        return null;
    }

    /// <summary>Lists whose entries servers merge by a key: others may have entries of their own.</summary>
    private static string? CompareMaps(JsonArray wanted, JsonArray? observed, string key, string path, bool hashes)
    {
        foreach (JsonNode? entry in wanted)
        {
            JsonNode? same = observed?.FirstOrDefault(candidate => candidate?[key]?.GetValue<string>() == entry?[key]?.GetValue<string>());
            if (same is null || Compare(entry, same, path, hashes) is not null)
            {
                return path;
            }
        }

        return null;
    }

    private static bool AreEqual(JsonNode desired, JsonNode? observed)
    {
        if (JsonNode.DeepEquals(desired, observed))
        {
            return true;
        }

        // 1000m and 1 are the same quantity; the server writes the shortest form.
        return observed is not null
            && desired.GetValueKind() == JsonValueKind.String
            && observed.GetValueKind() == JsonValueKind.String
            && Quantity.TryParse(desired.GetValue<string>(), out Quantity left)
            && Quantity.TryParse(observed.GetValue<string>(), out Quantity right)
            && left == right;
    }
}
