using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Fleet.LocalCluster.Controllers;
using Fleet.LocalCluster.Json;
using Fleet.LocalCluster.Storage;

namespace Fleet.LocalCluster.Pods;

/// <summary>
/// The volumes of one pod as directories. ConfigMaps, Secrets and projections are laid out as the kubelet does: files are links into
/// <c>..data</c>, itself a link to a directory that is replaced by one rename, so a reader sees the old content or the new.
/// </summary>
internal sealed class Volumes(ObjectStore store, JsonObject pod, string directory, string claims)
{
    private readonly string _namespace = pod.Str("metadata", "namespace") ?? "";

    /// <summary>Directory of each volume by name; made by <see cref="Prepare()"/>.</summary>
    public Dictionary<string, string> Directories { get; } = new(StringComparer.Ordinal);

    /// <summary>Makes or refreshes all volumes.</summary>
    /// <exception cref="ContainerWaitException">A source that isn't optional is missing, or a claim is not bound yet.</exception>
    public void Prepare()
    {
        foreach (JsonObject volume in pod.Items("spec", "volumes"))
        {
            string name = volume.Str("name") ?? "";
            try
            {
                Directories[name] = Prepare(volume, Path.Combine(directory, name));
            }
            catch (ContainerWaitException wait)
            {
                throw new ContainerWaitException(wait.Reason, wait.Message) { Volume = name };
            }
        }
    }

    private string Prepare(JsonObject volume, string path)
    {
        if (volume.Obj("persistentVolumeClaim") is JsonObject claim)
        {
            return ClaimDirectory(claim.Str("claimName") ?? "");
        }

        if (volume.Obj("hostPath") is JsonObject host)
        {
            return host.Str("path") ?? "/";
        }

        Directory.CreateDirectory(path);
        if (Files(volume) is { } files)
        {
            Project(path, files);
        }

        return path;
    }

    /// <summary>The content of a ConfigMap or Secret.</summary>
    public static SortedDictionary<string, byte[]> Data(StoredObject source)
    {
        var data = new SortedDictionary<string, byte[]>(StringComparer.Ordinal);
        bool isSecret = source.Key.Resource == Kinds.Secrets;
        foreach ((string key, JsonNode? value) in source.ToNode().Obj("data") ?? [])
        {
            data[key] = isSecret ? Convert.FromBase64String(value.Str() ?? "") : Encoding.UTF8.GetBytes(value.Str() ?? "");
        }

        foreach ((string key, JsonNode? value) in source.ToNode().Obj("binaryData") ?? [])
        {
            data[key] = Convert.FromBase64String(value.Str() ?? "");
        }

        return data;
    }

    private string ClaimDirectory(string name)
    {
        StoredObject? claim = store.Get(new ObjectKey(Kinds.Claims, _namespace, name));
        string path = Path.Combine(claims, _namespace, name);
        return claim is { IsDeleting: false } && claim.Root.Str("status", "phase") == "Bound" && Directory.Exists(path)
            ? path : throw new ContainerWaitException("ContainerCreating", $"persistentvolumeclaim \"{name}\" not found or not bound");
    }

    /// <summary>The files of a projected volume; null for volumes that begin empty and belong to the process.</summary>
    private SortedDictionary<string, byte[]>? Files(JsonObject volume)
    {
        var files = new SortedDictionary<string, byte[]>(StringComparer.Ordinal);
        if (volume.Obj("configMap") is JsonObject map)
        {
            AddKeys(files, Kinds.ConfigMaps, map.Str("name"), map);
        }
        else if (volume.Obj("secret") is JsonObject secret)
        {
            AddKeys(files, Kinds.Secrets, secret.Str("secretName"), secret);
        }
        else if (volume.Obj("downwardAPI") is JsonObject downward)
        {
            AddFields(files, downward);
        }
        else if (volume.Obj("projected") is JsonObject projected)
        {
            foreach (JsonObject source in projected.Items("sources"))
            {
                if (source.Obj("configMap") is JsonObject m)
                {
                    AddKeys(files, Kinds.ConfigMaps, m.Str("name"), m);
                }
                else if (source.Obj("secret") is JsonObject s)
                {
                    AddKeys(files, Kinds.Secrets, s.Str("name"), s);
                }
                else if (source.Obj("downwardAPI") is JsonObject d)
                {
                    AddFields(files, d);
                }
            }
        }
        else
        {
            return null;
        }

        return files;
    }

    private void AddKeys(SortedDictionary<string, byte[]> files, GroupResource resource, string? name, JsonObject reference)
    {
        bool optional = reference.Bool("optional") == true;
        StoredObject? source = store.Get(new ObjectKey(resource, _namespace, name ?? ""));
        if (source is null)
        {
            if (!optional)
            {
                throw new ContainerWaitException("ContainerCreating", $"{resource.Plural[..^1]} \"{name}\" not found");
            }

            return;
        }

        SortedDictionary<string, byte[]> data = Data(source);
        if (reference.Arr("items") is not { Count: > 0 } items)
        {
            foreach ((string key, byte[] value) in data)
            {
                files[key] = value;
            }

            return;
        }

        foreach (JsonObject item in items.OfType<JsonObject>())
        {
            string key = item.Str("key") ?? "";
            if (data.TryGetValue(key, out byte[]? value))
            {
                files[SafePath(item.Str("path") ?? key)] = value;
            }
            else if (!optional)
            {
                throw new ContainerWaitException("ContainerCreating", $"references non-existent config key: {key}");
            }
        }
    }

    private void AddFields(SortedDictionary<string, byte[]> files, JsonObject source)
    {
        foreach (JsonObject item in source.Items("items"))
        {
            string path = item.Str("fieldRef", "fieldPath") ?? "";
            JsonNode? value = pod.At(path.Split('.'));
            string text = value is JsonObject map
                ? string.Join('\n', map.OrderBy(e => e.Key, StringComparer.Ordinal).Select(e => $"{e.Key}={FormatQuoted(e.Value.Str())}"))
                : value.Str() ?? "";
            files[SafePath(item.Str("path") ?? "")] = Encoding.UTF8.GetBytes(text);
        }
    }

    private static string FormatQuoted(string? text) => JsonText.Text(JsonValue.Create(text ?? ""));

    private static string SafePath(string path) => path.Length == 0 || Path.IsPathRooted(path) || path.Split('/').Contains("..")
        ? throw new ContainerWaitException("CreateContainerConfigError", $"invalid path \"{path}\" in a volume") : path;

    private static void Project(string path, SortedDictionary<string, byte[]> files)
    {
        string version = Fingerprint(files);
        string data = Path.Combine(path, "..data");
        if (new FileInfo(data).LinkTarget is string current && current == version)
        {
            return;
        }

        string target = Path.Combine(path, version);
        if (Directory.Exists(target))
        {
            Directory.Delete(target, true);
        }

        Directory.CreateDirectory(target);
        foreach ((string name, byte[] content) in files)
        {
            string file = Path.Combine(target, name);
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllBytes(file, content);
        }

        string? old = new FileInfo(data).LinkTarget;
        string temporary = Path.Combine(path, "..data_tmp");
        File.Delete(temporary);
        File.CreateSymbolicLink(temporary, version);
        ProcessTable.Rename(temporary, data);
        Link(path, files);
        if (old is not null && Directory.Exists(Path.Combine(path, old)))
        {
            Directory.Delete(Path.Combine(path, old), true);
        }
    }

    private static void Link(string path, SortedDictionary<string, byte[]> files)
    {
        var wanted = files.Keys.Select(f => f.Split('/')[0]).ToHashSet(StringComparer.Ordinal);
        foreach (string top in wanted)
        {
            string link = Path.Combine(path, top);
            if (new FileInfo(link).LinkTarget is null)
            {
                File.CreateSymbolicLink(link, Path.Combine("..data", top));
            }
        }

        foreach (string entry in Directory.EnumerateFileSystemEntries(path))
        {
            string name = Path.GetFileName(entry);
            if (!name.StartsWith("..", StringComparison.Ordinal) && !wanted.Contains(name))
            {
                File.Delete(entry);
            }
        }
    }

    private static string Fingerprint(SortedDictionary<string, byte[]> files)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach ((string name, byte[] content) in files)
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"{name}\0{content.Length}\0"));
            hash.AppendData(content);
        }

        return "..v_" + Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, 8));
    }
}
