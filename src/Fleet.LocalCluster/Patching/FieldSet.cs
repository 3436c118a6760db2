using System.Text.Json.Nodes;

namespace Fleet.LocalCluster.Patching;

/// <summary>
/// A set of field paths as <c>fieldsV1</c> writes it: <c>f:name</c> for members, <c>k:{…}</c> for list items by key, <c>v:…</c> for
/// list items by value.
/// </summary>
internal sealed class FieldSet
{
    private readonly SortedDictionary<string, FieldSet> _children = new(StringComparer.Ordinal);

    /// <summary>Whether the path that leads here is itself in the set.</summary>
    public bool Self { get; set; }

    /// <summary>The sets one step deeper.</summary>
    public IReadOnlyDictionary<string, FieldSet> Children => _children;

    /// <summary>Whether no path is in the set.</summary>
    public bool IsEmpty => !Self && _children.Values.All(c => c.IsEmpty);

    /// <summary>The set below an element, made where it is missing.</summary>
    public FieldSet Child(string element)
    {
        if (!_children.TryGetValue(element, out FieldSet? child))
        {
            child = new FieldSet();
            _children[element] = child;
        }

        return child;
    }

    /// <summary>Adds all paths of another set.</summary>
    public void UnionWith(FieldSet other)
    {
        Self |= other.Self;
        foreach ((string element, FieldSet child) in other._children)
        {
            Child(element).UnionWith(child);
        }
    }

    /// <summary>Removes exactly the paths of another set.</summary>
    public void ExceptWith(FieldSet other)
    {
        Self &= !other.Self;
        foreach ((string element, FieldSet child) in other._children)
        {
            if (_children.TryGetValue(element, out FieldSet? mine))
            {
                mine.ExceptWith(child);
                if (mine.IsEmpty)
                {
                    _children.Remove(element);
                }
            }
        }
    }

    /// <summary>Removes the paths of another set and everything below them.</summary>
    public void ExceptTrees(FieldSet other)
    {
        foreach ((string element, FieldSet child) in other._children)
        {
            if (!_children.TryGetValue(element, out FieldSet? mine))
            {
                continue;
            }

            if (child.Self)
            {
                _children.Remove(element);
                continue;
            }

            mine.ExceptTrees(child);
            if (mine.IsEmpty)
            {
                _children.Remove(element);
            }
        }
    }

    /// <summary>The paths in both sets.</summary>
    public FieldSet Intersect(FieldSet other)
    {
        var result = new FieldSet { Self = Self && other.Self };
        foreach ((string element, FieldSet child) in _children)
        {
            if (other._children.TryGetValue(element, out FieldSet? theirs) && child.Intersect(theirs) is { IsEmpty: false } both)
            {
                result._children[element] = both;
            }
        }

        return result;
    }

    /// <summary>A copy.</summary>
    public FieldSet Clone()
    {
        var copy = new FieldSet();
        copy.UnionWith(this);
        return copy;
    }

    /// <summary>Whether two sets hold the same paths.</summary>
    public bool SetEquals(FieldSet other)
    {
        FieldSet left = Clone();
        left.ExceptWith(other);
        FieldSet right = other.Clone();
        right.ExceptWith(this);
        return left.IsEmpty && right.IsEmpty;
    }

    /// <summary>All paths, as conflict messages show them: <c>.spec.containers[name="a"].image</c>.</summary>
    public IEnumerable<string> Paths(string prefix = "")
    {
        if (Self)
        {
            yield return prefix;
        }

        foreach ((string element, FieldSet child) in _children)
        {
            foreach (string path in child.Paths(prefix + Show(element)))
            {
                yield return path;
            }
        }
    }

    /// <summary>As <c>fieldsV1</c>.</summary>
    public JsonObject ToJson()
    {
        var json = new JsonObject();
        if (Self && _children.Count > 0)
        {
            json["."] = new JsonObject();
        }

        foreach ((string element, FieldSet child) in _children)
        {
            if (!child.IsEmpty)
            {
                json[element] = child.ToJson();
            }
        }

        return json;
    }

    /// <summary>Reads <c>fieldsV1</c>; the root itself is not a member.</summary>
    public static FieldSet FromJson(JsonObject? json) => Read(json, true);

    private static FieldSet Read(JsonObject? json, bool root)
    {
        var set = new FieldSet { Self = !root && (json is null || json.Count == 0 || json.ContainsKey(".")) };
        foreach ((string element, JsonNode? child) in json ?? [])
        {
            if (element != ".")
            {
                set._children[element] = Read(child as JsonObject, false);
            }
        }

        return set;
    }

    private static string Show(string element)
    {
        string body = element[2..];
        switch (element[0])
        {
            case 'f':
                return "." + body;
            case 'k' when JsonNode.Parse(body) is JsonObject keys:
                return $"[{string.Join(",", keys.Select(k => $"{k.Key}={k.Value?.ToJsonString()}"))}]";
            case 'v':
                return $"[={body}]";
            default:
                return $"[{body}]";
        }
    }
}
