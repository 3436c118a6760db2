using System.Text;
using System.Text.Json.Nodes;
using Fleet.LocalCluster.Controllers;
using Fleet.LocalCluster.Json;
using Fleet.LocalCluster.Storage;

namespace Fleet.LocalCluster.Pods;

/// <summary>A container can't be started yet; what is missing may still come.</summary>
/// <param name="reason">Reason of the waiting state, e.g. <c>CreateContainerConfigError</c>.</param>
internal sealed class ContainerWaitException(string reason, string message) : Exception(message)
{
    public string Reason { get; } = reason;

    /// <summary>The volume that can't be made, or empty.</summary>
    public string Volume { get; init; } = "";
}

/// <summary>Turns a container of a pod spec into a command line and an environment of this machine.</summary>
/// <param name="store">Where ConfigMaps and Secrets are read.</param>
/// <param name="pod">The pod.</param>
/// <param name="address">Its address.</param>
/// <param name="volumes">Directory of each volume by name.</param>
internal sealed class ContainerSpec(ObjectStore store, JsonObject pod, string address, IReadOnlyDictionary<string, string> volumes)
{
    private const string MinimalPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    /// <summary>The argument vector.</summary>
    /// <exception cref="ContainerWaitException">The image names no local build.</exception>
    public IReadOnlyList<string> Command(JsonObject container, IReadOnlyDictionary<string, string> environment, IReadOnlyDictionary<string, string> images)
    {
        string image = container.Str("image") ?? "";
        List<string> command = [.. (container.Arr("command") ?? []).Select(c => c.Str() ?? "")];
        if (command.Count == 0)
        {
            command.Add(images.TryGetValue(image, out string? path) ? path : throw new ContainerWaitException("ErrImageNeverPull",
                $"there is no local build for the image \"{image}\": name one with --image {image}=PATH"));
        }

        command.AddRange((container.Arr("args") ?? []).Select(a => a.Str() ?? ""));
        (string Mount, string Directory)[] mounts = Mounts(container);
        // The build that stands for the image lies on this machine, whatever the container mounts there.
        return [.. command.Select((c, i) => i == 0 && c == images.GetValueOrDefault(image) ? c : Rewrite(Expand(c, environment), mounts))];
    }

    /// <summary>The command of an <c>exec</c> probe; empty for other probes. Its arguments are taken as they are, but for the mount paths in them.</summary>
    public IReadOnlyList<string> ProbeCommand(JsonObject container, JsonObject probe)
    {
        (string Mount, string Directory)[] mounts = Mounts(container);
        return [.. (probe.Arr("exec", "command") ?? []).Select(c => Rewrite(c.Str() ?? "", mounts))];
    }

    /// <summary>The environment.</summary>
    /// <exception cref="ContainerWaitException">A ConfigMap or Secret, or a key of it, is missing.</exception>
    public IReadOnlyDictionary<string, string> Environment(JsonObject container, string hostsFile, string home)
    {
        var result = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["PATH"] = MinimalPath,
            ["HOME"] = home,
            ["HOSTNAME"] = pod.Str("spec", "hostname") ?? pod.Str("metadata", "name") ?? "",
        };
        foreach (System.Collections.DictionaryEntry entry in System.Environment.GetEnvironmentVariables())
        {
            if (entry.Key is string name && name.StartsWith("DOTNET_", StringComparison.Ordinal) && entry.Value is string value)
            {
                result[name] = value;
            }
        }

        var own = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (JsonObject source in container.Items("envFrom"))
        {
            AddAll(own, source);
        }

        (string Mount, string Directory)[] mounts = Mounts(container);
        foreach (JsonObject variable in container.Items("env"))
        {
            string name = variable.Str("name") ?? "";
            string? value = variable.Obj("valueFrom") is JsonObject from ? Resolve(from, container) : Expand(variable.Str("value") ?? "", own);
            if (value is not null)
            {
                own[name] = value;
            }
        }

        foreach ((string name, string value) in own)
        {
            result[name] = Rewrite(value, mounts);
        }

        result["FLEET_HOSTS_FILE"] = hostsFile;
        result["FLEET_POD_UID"] = pod.Str("metadata", "uid") ?? "";
        return result;
    }

    /// <summary>Replaces <c>$(NAME)</c> by a variable that is known, as the kubelet does; <c>$$</c> stands for a dollar.</summary>
    public static string Expand(string text, IReadOnlyDictionary<string, string> variables)
    {
        var result = new StringBuilder();
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] != '$' || i + 1 >= text.Length)
            {
                result.Append(text[i]);
            }
            else if (text[i + 1] == '$')
            {
                result.Append('$');
                i++;
            }
            else if (text[i + 1] == '(' && text.IndexOf(')', i) is int end and > 0)
            {
                string name = text[(i + 2)..end];
                result.Append(variables.TryGetValue(name, out string? value) ? value : text[i..(end + 1)]);
                i = end;
            }
            else
            {
                result.Append('$');
            }
        }

        return result.ToString();
    }

    /// <summary>Replaces a leading mount path, of the whole text or of what follows its first <c>=</c>, by the volume's directory.</summary>
    public static string Rewrite(string text, IReadOnlyList<(string Mount, string Directory)> mounts)
    {
        foreach (int at in (int[])[0, text.IndexOf('=', StringComparison.Ordinal) + 1])
        {
            foreach ((string mount, string directory) in mounts)
            {
                if (string.CompareOrdinal(text, at, mount, 0, mount.Length) == 0 && (text.Length == at + mount.Length || text[at + mount.Length] == '/'))
                {
                    return text[..at] + directory + text[(at + mount.Length)..];
                }
            }
        }

        return text;
    }

    private (string Mount, string Directory)[] Mounts(JsonObject container) =>
    [
        .. container.Items("volumeMounts")
            .Where(m => volumes.ContainsKey(m.Str("name") ?? ""))
            .Select(m => (Mount: (m.Str("mountPath") ?? "").TrimEnd('/'), Directory: SubPath(volumes[m.Str("name")!], m.Str("subPath"))))
            .Where(m => m.Mount.Length > 0)
            .OrderByDescending(m => m.Mount.Length),
    ];

    private static string SubPath(string directory, string? sub) => string.IsNullOrEmpty(sub) ? directory : Path.Combine(directory, sub);

    private string? Resolve(JsonObject from, JsonObject container)
    {
        if (from.Str("fieldRef", "fieldPath") is string field)
        {
            return Field(field);
        }

        if (from.Obj("configMapKeyRef") is JsonObject map)
        {
            return Key(Kinds.ConfigMaps, map, "configmap");
        }

        if (from.Obj("secretKeyRef") is JsonObject secret)
        {
            return Key(Kinds.Secrets, secret, "secret");
        }

        return from.Str("resourceFieldRef", "resource") is string resource
            ? container.At("resources", resource.Split('.')[0], resource.Split('.')[^1]).Str() ?? "0" : null;
    }

    private string Field(string path)
    {
        int bracket = path.IndexOf("['", StringComparison.Ordinal);
        if (bracket > 0 && path.EndsWith("']", StringComparison.Ordinal))
        {
            return pod.At([.. path[..bracket].Split('.')]).Str(path[(bracket + 2)..^2]) ?? "";
        }

        return path switch
        {
            "status.podIP" or "status.podIPs" => address,
            "status.hostIP" => "127.0.0.1",
            _ => pod.At(path.Split('.')).Str() ?? "",
        };
    }

    private string? Key(GroupResource resource, JsonObject reference, string what)
    {
        string name = reference.Str("name") ?? "";
        string key = reference.Str("key") ?? "";
        StoredObject? source = store.Get(new ObjectKey(resource, pod.Str("metadata", "namespace") ?? "", name));
        bool optional = reference.Bool("optional") == true;
        if (source is null)
        {
            return optional ? null : throw new ContainerWaitException("CreateContainerConfigError", $"{what} \"{name}\" not found");
        }

        return Volumes.Data(source).TryGetValue(key, out byte[]? value) ? Encoding.UTF8.GetString(value)
            : optional ? null : throw new ContainerWaitException("CreateContainerConfigError", $"couldn't find key {key} in {what} {name}");
    }

    private void AddAll(Dictionary<string, string> variables, JsonObject source)
    {
        bool isSecret = source["secretRef"] is not null;
        JsonObject? reference = source.Obj(isSecret ? "secretRef" : "configMapRef");
        string name = reference.Str("name") ?? "";
        StoredObject? found = store.Get(new ObjectKey(isSecret ? Kinds.Secrets : Kinds.ConfigMaps, pod.Str("metadata", "namespace") ?? "", name));
        if (found is null)
        {
            if (reference.Bool("optional") != true)
            {
                throw new ContainerWaitException("CreateContainerConfigError", $"{(isSecret ? "secret" : "configmap")} \"{name}\" not found");
            }

            return;
        }

        foreach ((string key, byte[] value) in Volumes.Data(found))
        {
            variables[(source.Str("prefix") ?? "") + key] = Encoding.UTF8.GetString(value);
        }
    }
}
