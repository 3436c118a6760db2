using System.Text.Json.Nodes;

namespace Fleet.LocalCluster.Patching;

/// <summary>JSON Merge Patch, RFC 7386.</summary>
internal static class MergePatch
{
    /// <summary>The target after the patch; neither argument is changed.</summary>
    public static JsonNode? Apply(JsonNode? target, JsonNode? patch)
    {
        if (patch is not JsonObject changes)
        {
            return patch?.DeepClone();
        }

        JsonObject result = target is JsonObject map ? (JsonObject)map.DeepClone() : [];
        foreach ((string name, JsonNode? change) in changes)
        {
            if (change is null)
            {
                result.Remove(name);
            }
            else
            {
                result[name] = Apply(result[name], change);
            }
        }

        return result;
    }
}
