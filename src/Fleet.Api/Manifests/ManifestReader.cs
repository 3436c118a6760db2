using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Fleet.Api.Validation;
using Fleet.Kubernetes.Models;

namespace Fleet.Api.Manifests;

/// <summary>An object read from a manifest.</summary>
/// <param name="File">File as the user named it.</param>
/// <param name="Object">A <see cref="Testnet"/>, <see cref="BeaconNode"/>, <see cref="CanaryRollout"/>, <see cref="ChainReset"/>, <see cref="Secret"/> or <see cref="Namespace"/>.</param>
/// <param name="Lines">Line of every field path that was given.</param>
public sealed record ManifestObject(string File, IKubernetesObject Object, IReadOnlyDictionary<string, int> Lines)
{
    /// <summary>Line of a field, or of the nearest object around it that was given.</summary>
    public int LineOf(string path)
    {
        while (true)
        {
            if (Lines.TryGetValue(path, out int line))
            {
                return line;
            }

            int cut = path.LastIndexOfAny(['.', '[']);
            if (cut < 0)
            {
                return Lines.GetValueOrDefault("", 1);
            }

            path = path[..cut];
        }
    }

    /// <summary>The exception for a broken rule of this object.</summary>
    public ManifestException Error(FieldError error) => new(File, LineOf(error.Path), error.Path, error.Message);
}

/// <summary>Reads manifests strictly: unknown fields, duplicate keys and wrong types are errors with file, line and field path.</summary>
public static class ManifestReader
{
    /// <summary>Most objects in one file.</summary>
    public const int MaxObjects = 256;

    /// <summary>The objects of a file with one or more YAML documents (JSON is YAML).</summary>
    /// <exception cref="ManifestException">The first thing that is wrong.</exception>
    public static IReadOnlyList<ManifestObject> Read(string text, string file)
    {
        List<YamlNode> documents = YamlTreeReader.Read(text, file);
        if (documents.Count == 0)
        {
            throw new ManifestException(file, 1, "", "holds no object");
        }

        if (documents.Count > MaxObjects)
        {
            throw new ManifestException(file, documents[MaxObjects].Line, "", $"holds more than {MaxObjects} objects");
        }

        return documents.ConvertAll(document => ReadObject(document, file));
    }

    /// <summary>Broken rules of the objects, each alone and all together, with their places.</summary>
    public static IReadOnlyList<ManifestException> Validate(IReadOnlyList<ManifestObject> objects)
    {
        var errors = new List<ManifestException>();
        var testnets = objects.Where(item => item.Object is Testnet).ToList();
        foreach (ManifestObject item in testnets)
        {
            errors.AddRange(TestnetValidator.Validate((Testnet)item.Object).Select(item.Error));
        }

        foreach (ManifestObject item in objects.Where(item => item.Object is BeaconNode))
        {
            errors.AddRange(BeaconNodeValidator.Validate((BeaconNode)item.Object).Select(item.Error));
        }

        foreach (ManifestObject item in objects.Where(item => item.Object is CanaryRollout))
        {
            errors.AddRange(CanaryRolloutValidator.Validate((CanaryRollout)item.Object).Select(item.Error));
        }

        foreach (ManifestObject item in objects.Where(item => item.Object is ChainReset))
        {
            errors.AddRange(ChainResetValidator.Validate((ChainReset)item.Object).Select(item.Error));
        }

        for (int i = 1; i < testnets.Count; i++)
        {
            // Pairs with what came before, so that the place is that of the later one.
            foreach (ManifestObject earlier in testnets.Take(i))
            {
                errors.AddRange(TestnetValidator.ValidateTogether([(Testnet)earlier.Object, (Testnet)testnets[i].Object]).Select(testnets[i].Error));
            }
        }

        return errors;
    }

    private static ManifestObject ReadObject(YamlNode document, string file)
    {
        if (document is not YamlMap map)
        {
            throw new ManifestException(file, document.Line, "", "must be a Kubernetes object with apiVersion and kind");
        }

        string? apiVersion = Scalar(map, "apiVersion", file);
        string? kind = Scalar(map, "kind", file);
        JsonTypeInfo type = TypeOf(map, apiVersion, kind, file);
        var lines = new Dictionary<string, int>(StringComparer.Ordinal);
        ReadOnlyMemory<byte> json = YamlToJson.Convert(map, type, FindType, file, lines);
        try
        {
            var value = (IKubernetesObject)JsonSerializer.Deserialize(json.Span, type)!;
            return new ManifestObject(file, value, lines);
        }
        catch (JsonException exception)
        {
            string path = exception.Path?.TrimStart('$').TrimStart('.') ?? "";
            throw new ManifestException(file, lines.GetValueOrDefault(path, map.Line), path, "has a value that cannot be read");
        }
    }

    private static string? Scalar(YamlMap map, string key, string file)
    {
        foreach ((string name, int line, YamlNode value) in map.Entries)
        {
            if (name == key)
            {
                return value is YamlScalar scalar ? scalar.Text : throw new ManifestException(file, line, key, "must be a text");
            }
        }

        throw new ManifestException(file, map.Line, key, "is missing");
    }

    private static JsonTypeInfo TypeOf(YamlMap map, string? apiVersion, string? kind, string file) => (apiVersion, kind) switch
    {
        (FleetGroup.ApiVersion, nameof(Testnet)) => Testnet.JsonType,
        (FleetGroup.ApiVersion, nameof(BeaconNode)) => BeaconNode.JsonType,
        (FleetGroup.ApiVersion, nameof(CanaryRollout)) => CanaryRollout.JsonType,
        (FleetGroup.ApiVersion, nameof(ChainReset)) => ChainReset.JsonType,
        ("v1", nameof(Secret)) => Secret.JsonType,
        ("v1", nameof(Namespace)) => Namespace.JsonType,
        (_, nameof(Testnet) or nameof(BeaconNode) or nameof(CanaryRollout) or nameof(ChainReset)) => throw new ManifestException(
            file, LineOf(map, "apiVersion"), "apiVersion", $"must be {FleetGroup.ApiVersion} for a {kind}, not \"{ErrorList.Shown(apiVersion)}\""),
        _ => throw new ManifestException(
            file, LineOf(map, "kind"), "kind", $"\"{ErrorList.Shown(kind)}\" ({ErrorList.Shown(apiVersion)}) is not a kind that can be used here; use Testnet, BeaconNode, CanaryRollout, ChainReset, Secret or Namespace"),
    };

    private static int LineOf(YamlMap map, string key) => map.Entries.Find(entry => entry.Key == key).KeyLine;

    private static JsonTypeInfo? FindType(Type type) => FleetApiJson.Context.GetTypeInfo(type) ?? KubernetesJson.Context.GetTypeInfo(type);
}
