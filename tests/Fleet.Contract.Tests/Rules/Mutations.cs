using System.Globalization;
using System.Text.Json.Nodes;

namespace Fleet.Contract.Tests.Rules;

/// <summary>A full object with one property changed.</summary>
/// <param name="Path">Path of the property in the schema, lists and maps as <c>[]</c>.</param>
/// <param name="What">What was done to it.</param>
/// <param name="Value">The object.</param>
internal sealed record Mutation(string Path, string What, JsonObject Value);

/// <summary>Objects with every property of a spec at and beyond its bounds, of other types, of odd texts; made from the schema.</summary>
internal static class Mutations
{
    /// <summary>Texts that some property takes and most do not.</summary>
    private static readonly string[] Texts =
    [
        "", " ", "a", "A", "a b", "a.b", "a\nb", "a\n", "\na", "a\tb", "-a", "a-", ".a", "a.", "a..b", "_a", "a_b", "a/b", "a//b", "/a", "/a/", "/ipfs/x", "standard", "standard/x", "../a", "a\u0000b",
        "a\u007fb", "é", "😀", "\"", "'", "\\", "a\"b", "$(A)", "`a`", "${a}", "{{a}}", "a:b", "a=b", "a,b", "#", "- a", "true", "null", "0", "1", "-1", "+1", "007", "1.5", "1.", ".5", "1e3", "1m", "0.5m", "0Gi", "1Gi", "1.5Gi",
        "1 Gi", "1GB", "1gi", "100Ti", "1Pi", "500m", "12345678901234567890", "0x", "0x0", "0xzz", "0X12", "0s", "1ms", "99ms", "100ms", "1s", "20s", "1.5s", "-1s", "1d", "24h", "25h", "23h59m60s", "1h1m1s1ms", "1h1m1s1ms1h", "1us",
        "999999999h", "s", "2026-01-31T12:00:00Z", "2026-02-30T12:00:00Z", "2026-01-31T24:00:00Z", "2026-01-31T12:00:00+14:00", "2026-01-31T12:00:00+15:00", "2026-01-31T12:00:00.123456789Z", "2026-01-31 12:00:00Z", "2026-01-31", "0001-01-01T00:00:00Z",
        "--a", "--a=", "--a=b c", "--a-", "--a-=b", "--A", "-a=b", "---a", "--data-dir", "--data-dir=/etc", "--data-dirs=/x", "--a=é", "--a=\nb", "boot", "canary", "baseline", "bootnode", "POD_IP", "FLEET_HOSTS_FILE", "9a",
        "/dns4/x/tcp/9000/p2p/16Uiu2", "/dns4/x/tcp/9000", "/p2p/x", "/x/p2p/", "/dns4/x\"]/p2p/a", "/dns4/x y/p2p/a", "/dns4/x/p2p/a/b", "x.example:5000/a/b:c@sha256:0",
    ];

    private static readonly long[] Numbers = [-9007199254740993, -2147483649, -1, 0, 1, 2, 3, 7, 8, 31, 65536, 65537, 2147483647, 2147483648, 9007199254740992, 9007199254740993, 999999999999999, 1000000000000000];

    /// <summary>Names for maps.</summary>
    private static readonly string[] Keys =
    [
        "", "a", "A", "a b", "a/b", "a/b/c", "/a", "a/", "a..b", "-a", "é", "A_B", "A-B", "9A", "FORK_EPOCH", "DENEB_FORK_EPOCH", "SLOTS_PER_EPOCH", "MIN_GENESIS_TIME", "PRESET_BASE", "X_ADDRESS", "X_FORK_VERSION", "DOMAIN_X", "DOMAIN_X_ADDRESS",
        "CHURN_LIMIT_QUOTIENT", "cpu", "ephemeral-storage", "nvidia.com/gpu", "hugepages-2Mi", new('A', 96), new('A', 97), new('a', 63), new('a', 64), new string('a', 253) + "/b",
    ];

    /// <summary>Of the same type as the affinity to pods, which is mutated.</summary>
    private const string Twin = ".podAntiAffinity.";

    /// <summary>All mutations of a kind.</summary>
    public static IEnumerable<Mutation> Of(string kind)
    {
        JsonObject full = FullObjects.Of(kind, "mutated");
        string[] names = ["", "A", "a", "1a", "a.b", "a-", new('a', 28), new('a', 29), new('a', 45), new('a', 46)];
        return Of(kind, "spec", full).Concat(names.Select(name => new Mutation("metadata.name", $"\"{name}\"", With(full, ["metadata", "name"], name, remove: false))));
    }

    /// <summary>Mutations of the status; the rest of the object is that of a stored one.</summary>
    public static IEnumerable<Mutation> OfStatus(string kind, JsonObject stored)
    {
        JsonObject full = stored.DeepClone().AsObject();
        full["status"] = FullObjects.StatusOf(kind);
        return Of(kind, "status", full);
    }

    private static IEnumerable<Mutation> Of(string kind, string part, JsonObject full)
    {
        JsonObject whole = Definitions.Schemas[kind]["properties"]![part]!.AsObject();
        foreach ((string path, JsonObject schema, object[] place) in Walk(whole, full[part]!, part, [part]))
        {
            // The texts of affinities have no form of their own: a few of them are enough.
            bool isFree = path.Contains(".affinity.", StringComparison.Ordinal);
            foreach ((string what, JsonNode? value) in Values(schema, At(full, place)).Where((item, i) => !isFree || item.What[0] != '"' || i % 8 == 0))
            {
                yield return new Mutation(path, what, With(full, place, value, remove: false));
            }

            if (place[^1] is string)
            {
                yield return new Mutation(path, "left out", With(full, place, null, remove: true));
            }
        }
    }

    /// <summary>Paths of the properties of a spec or status that its full object does not say.</summary>
    public static IEnumerable<string> Unsaid(string kind, string part)
    {
        JsonObject schema = Definitions.Schemas[kind]["properties"]![part]!.AsObject();
        JsonObject full = part == "spec" ? FullObjects.Of(kind, "x")["spec"]!.AsObject() : FullObjects.StatusOf(kind);
        HashSet<string> said = [.. Walk(schema, full, part, [part]).Select(place => place.Path)];
        return Paths(schema, part).Where(path => !said.Contains(path) && !path.Contains(Twin, StringComparison.Ordinal));
    }

    private static IEnumerable<string> Paths(JsonObject schema, string path) =>
        Definitions.Children(schema, path).SelectMany(child => Paths(child.Schema, child.Path).Prepend(child.Path));

    /// <summary>Every property that the object has, with its place in it; of lists and maps the first element.</summary>
    private static IEnumerable<(string Path, JsonObject Schema, object[] Place)> Walk(JsonObject schema, JsonNode value, string path, object[] place)
    {
        yield return (path, schema, place);
        if (path.EndsWith(Twin[..^1], StringComparison.Ordinal))
        {
            yield break;
        }

        foreach ((string childPath, JsonObject child) in Definitions.Children(schema, path))
        {
            object? step = (value, childPath.EndsWith("[]", StringComparison.Ordinal)) switch
            {
                (JsonArray { Count: > 0 }, true) => 0,
                (JsonObject { Count: > 0 } map, true) => map.First().Key,
                (JsonObject map, false) when map.ContainsKey(childPath[(path.Length + 1)..]) => childPath[(path.Length + 1)..],
                _ => null,
            };
            if (step is not null)
            {
                foreach ((string, JsonObject, object[]) deeper in Walk(child, At(value, [step])!, childPath, [.. place, step]))
                {
                    yield return deeper;
                }
            }
        }
    }

    private static IEnumerable<(string What, JsonNode? Value)> Values(JsonObject schema, JsonNode? current)
    {
        string type = (string?)schema["type"] ?? "either";
        yield return ("null", null);
        yield return ("a boolean", true);
        yield return ("a list", new JsonArray("a"));
        yield return ("an object", new JsonObject { ["a"] = "b" });
        yield return ("a fraction", 1.5);
        foreach (long number in type is "integer" or "either" ? Numbers.Concat(Around(schema)) : [1])
        {
            yield return (number.ToString(CultureInfo.InvariantCulture), number);
        }

        foreach (string text in type is "string" or "either" ? Texts.Concat(Lengths(schema, current)).Concat(schema["enum"]?.AsArray().Select(item => (string)item!) ?? []) : ["1"])
        {
            yield return ($"\"{text}\"", text);
        }

        foreach ((string, JsonNode?) many in type == "array" ? Lists(schema, current!.AsArray()) : type == "object" && schema["additionalProperties"] is not null ? Maps(schema, current!.AsObject()) : [])
        {
            yield return many;
        }
    }

    private static IEnumerable<long> Around(JsonObject schema) =>
        from bound in (string[])["minimum", "maximum"]
        where schema[bound] is not null
        from step in (long[])[-1, 0, 1]
        select (long)schema[bound]! + step;

    private static IEnumerable<string> Lengths(JsonObject schema, JsonNode? current)
    {
        if (schema["maxLength"] is { } bound)
        {
            // What is valid now, made longer by what most forms allow; characters beyond the basic plane count as one.
            string text = current?.GetValueKind() == System.Text.Json.JsonValueKind.String ? (string)current! : "";
            int most = (int)bound;
            yield return new string('a', most);
            yield return new string('a', most + 1);
            yield return text.PadRight(most, 'a');
            yield return text.PadRight(most + 1, 'a');
            yield return string.Concat(Enumerable.Repeat("😀", most));
            yield return string.Concat(Enumerable.Repeat("😀", most + 1));
        }
    }

    private static IEnumerable<(string What, JsonNode? Value)> Lists(JsonObject schema, JsonArray current)
    {
        yield return ("no element", new JsonArray());
        yield return ("an element twice", new JsonArray(current[0]!.DeepClone(), current[0]!.DeepClone()));
        int most = (int?)schema["maxItems"] ?? 2;
        foreach (int count in (int[])[most, most + 1])
        {
            string? key = (string?)schema["x-kubernetes-list-map-keys"]?[0];
            var list = new JsonArray();
            for (int i = 0; i < count; i++)
            {
                JsonNode item = current[^1]!.DeepClone();
                if (key is not null)
                {
                    item[key] = string.Create(CultureInfo.InvariantCulture, $"a{i}");
                }

                if (item is JsonObject fields && fields.ContainsKey("validators"))
                {
                    fields["validators"] = 2;
                }

                list.Add(item);
            }

            yield return (string.Create(CultureInfo.InvariantCulture, $"{count} elements"), list);
        }
    }

    private static IEnumerable<(string What, JsonNode? Value)> Maps(JsonObject schema, JsonObject current)
    {
        yield return ("no entry", new JsonObject());
        JsonNode? value = current.First().Value;
        foreach (string key in Keys)
        {
            yield return ($"entry \"{key}\"", new JsonObject { [key] = value?.DeepClone() });
        }

        foreach (string hex in (string[])["0x00000001", "0x0000000g", "00000000001", "0x" + new string('A', 40)])
        {
            foreach (string key in (string[])["X_FORK_VERSION", "DOMAIN_X", "X_ADDRESS", "X_VALUE"])
            {
                yield return ($"{key}: \"{hex}\"", new JsonObject { [key] = hex });
            }
        }

        int most = (int?)schema["maxProperties"] ?? 2;
        foreach (int count in (int[])[most, most + 1])
        {
            yield return (
                string.Create(CultureInfo.InvariantCulture, $"{count} entries"),
                new JsonObject(Enumerable.Range(0, count).Select(i => KeyValuePair.Create(string.Create(CultureInfo.InvariantCulture, $"KEY_{i}"), value?.DeepClone()))));
        }
    }

    private static JsonNode? At(JsonNode root, object[] place)
    {
        JsonNode? node = root;
        foreach (object step in place)
        {
            node = step is int index ? node![index] : node![(string)step];
        }

        return node;
    }

    private static JsonObject With(JsonObject full, object[] place, JsonNode? value, bool remove)
    {
        JsonObject copy = full.DeepClone().AsObject();
        JsonNode parent = At(copy, place[..^1])!;
        if (remove)
        {
            parent.AsObject().Remove((string)place[^1]);
        }
        else if (place[^1] is int index)
        {
            parent[index] = value?.DeepClone();
        }
        else
        {
            parent[(string)place[^1]] = value?.DeepClone();
        }

        return copy;
    }
}
