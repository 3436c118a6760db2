using System.Reflection;
using System.Text.Json;
using Fleet.Kubernetes.Models;

namespace Fleet.Api.Manifests;

/// <summary>The custom resource definitions that belong to this build, as in <c>crds/</c>.</summary>
public static class CrdManifests
{
    /// <summary>File name and YAML text of every definition.</summary>
    public static IReadOnlyList<(string FileName, string Text)> Files { get; } = Load();

    /// <summary>The definitions as objects.</summary>
    public static IReadOnlyList<CustomResourceDefinition> Read() =>
        [.. Files.Select(file =>
        {
            YamlNode root = YamlTreeReader.Read(file.Text, file.FileName)[0];
            ReadOnlyMemory<byte> json = YamlToJson.Convert(root, CustomResourceDefinition.JsonType, KubernetesJson.Context.GetTypeInfo, file.FileName, []);
            return JsonSerializer.Deserialize(json.Span, CustomResourceDefinition.JsonType)!;
        })];

    private static List<(string, string)> Load()
    {
        Assembly assembly = typeof(CrdManifests).Assembly;
        var files = new List<(string, string)>();
        foreach (string name in assembly.GetManifestResourceNames().Where(name => name.StartsWith("crds/", StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
            files.Add((name["crds/".Length..], reader.ReadToEnd()));
        }

        return files;
    }
}
