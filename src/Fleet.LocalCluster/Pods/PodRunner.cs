using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Fleet.LocalCluster.Api;
using Fleet.LocalCluster.Controllers;
using Fleet.LocalCluster.Json;
using Fleet.LocalCluster.Resources;
using Fleet.LocalCluster.Storage;
using Microsoft.Extensions.Logging;

namespace Fleet.LocalCluster.Pods;

/// <summary>Runs pods as processes of this machine; the scheduler and kubelet of a cluster with one node, <c>local</c>.</summary>
internal sealed partial class PodRunner : IPodLogs, IAsyncDisposable
{
    public static readonly WriteContext Scheduler = new("kube-scheduler");
    public static readonly WriteContext Kubelet = new("kubelet") { Subresource = "status" };

    private const int Batch = 512;
    private readonly string _dataDir;
    private readonly ILogger _logger;
    private readonly ConcurrentDictionary<(string Namespace, string Name), (PodWorker Worker, Task Done)> _workers = new();
    private readonly ConcurrentDictionary<string, (DateTime Changed, string Id)> _imageIds = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _starting = new();
    private Task _following = Task.CompletedTask;

    public PodRunner(LocalClusterOptions options, ObjectService objects, AddressPool addresses, ILogger logger)
    {
        _dataDir = Path.GetFullPath(options.DataDir);
        _logger = logger;
        Objects = objects;
        Events = new EventRecorder(objects, options.TimeProvider);
        Addresses = addresses;
        Images = options.ImageMap;
        Time = options.TimeProvider;
    }

    public ObjectService Objects { get; }

    public EventRecorder Events { get; }

    public AddressPool Addresses { get; }

    public IReadOnlyDictionary<string, string> Images { get; }

    public TimeProvider Time { get; }

    public string PodsDirectory => Path.Combine(_dataDir, "pods");

    public string ClaimsDirectory => Path.Combine(_dataDir, "claims");

    public string HostsFile => Path.Combine(_dataDir, "hosts");

    /// <summary>Kills what a former fleet process left running, removes the files of pods that are gone, and marks the pods as not running.</summary>
    public void CleanUpAfterCrash()
    {
        if (Directory.Exists(PodsDirectory))
        {
            foreach (string record in Directory.EnumerateFiles(PodsDirectory, "*.process", SearchOption.AllDirectories).ToArray())
            {
                ContainerProcess.KillLeftover(record);
            }

            var known = Objects.Store.List(Kinds.Pods).Items.Select(p => p.Uid).ToHashSet(StringComparer.Ordinal);
            foreach (string pod in Directory.EnumerateDirectories(PodsDirectory).SelectMany(Directory.EnumerateDirectories).SelectMany(Directory.EnumerateDirectories).ToArray())
            {
                if (!known.Contains(Path.GetFileName(pod)))
                {
                    Directory.Delete(pod, true);
                }
            }
        }

        foreach (StoredObject pod in Objects.Store.List(Kinds.Pods).Items)
        {
            _ = Objects.Edit(Objects.Scope("", "pods", pod.Key.Namespace), pod.Key.Name, Kubelet, value => MarkStopped(value));
        }
    }

    /// <summary>Begins to follow the store.</summary>
    public void Start() => _following = Task.Run(FollowAsync);

    /// <summary>Name of the build behind an image: a digest over its files.</summary>
    public string ImageIdOf(string image)
    {
        if (!Images.TryGetValue(image, out string? path) || !File.Exists(path))
        {
            return "";
        }

        // A .NET build is its host and the assembly of the same name; a change of either is a new build.
        string[] files = [.. ((string[])[path, path + ".dll", Path.ChangeExtension(path, ".dll")]).Distinct().Where(File.Exists)];
        DateTime changed = files.Max(File.GetLastWriteTimeUtc);
        if (_imageIds.TryGetValue(image, out (DateTime Changed, string Id) cached) && cached.Changed == changed)
        {
            return cached.Id;
        }

        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (string file in files)
        {
            hash.AppendData(File.ReadAllBytes(file));
        }

        string id = "sha256:" + Convert.ToHexStringLower(hash.GetHashAndReset());
        _imageIds[image] = (changed, id);
        return id;
    }

    /// <summary>Removes the logs of an earlier pod of that name.</summary>
    public void RemoveLogs(string ns, string pod)
    {
        string directory = Path.Combine(_dataDir, "logs", ns, pod);
        if (Directory.Exists(directory))
        {
            Directory.Delete(directory, true);
        }
    }

    /// <summary>The log file of a container's run.</summary>
    public string LogPath(string ns, string pod, string container, int run) => Path.Combine(_dataDir, "logs", ns, pod, container, $"{run}.log");

    /// <inheritdoc/>
    public string? PathOf(string ns, string pod, string uid, string container, bool previous)
    {
        if (!_workers.TryGetValue((ns, pod), out (PodWorker Worker, Task Done) entry) || entry.Worker.RunOf(uid, container) is not int run)
        {
            return null;
        }

        string path = LogPath(ns, pod, container, previous ? run - 1 : run);
        return File.Exists(path) ? path : null;
    }

    /// <inheritdoc/>
    public bool IsRunning(string ns, string pod, string uid, string container) =>
        _workers.TryGetValue((ns, pod), out (PodWorker Worker, Task Done) entry) && entry.Worker.IsRunning(uid, container);

    /// <summary>Terminates all pods' processes; their objects stay.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _following;
        (PodWorker Worker, Task Done)[] all = [.. _workers.Values];
        await Task.WhenAll(all.Select(w => w.Done));
        await Task.WhenAll(all.Select(w => w.Worker.ShutDownAsync()));
        Addresses.Dispose();
        _stopping.Dispose();
    }

    private static JsonObject? MarkStopped(JsonObject pod)
    {
        if (pod.Items("status", "containerStatuses").All(s => s.At("state", "running") is null))
        {
            return null;
        }

        foreach (JsonObject status in pod.Items("status", "containerStatuses"))
        {
            if (status.Obj("state", "running") is JsonObject running)
            {
                status["lastState"] = new JsonObject
                {
                    ["terminated"] = new JsonObject { ["exitCode"] = 137, ["reason"] = "Unknown", ["startedAt"] = running["startedAt"]?.DeepClone(), ["finishedAt"] = running["startedAt"]?.DeepClone() },
                };
                status["state"] = new JsonObject { ["waiting"] = new JsonObject { ["reason"] = "ContainerCreating", ["message"] = "the fleet was restarted" } };
            }

            status["ready"] = false;
            status["started"] = false;
        }

        foreach (JsonObject condition in pod.Items("status", "conditions").Where(c => c.Str("type") is "Ready" or "ContainersReady"))
        {
            condition["status"] = "False";
        }

        return pod;
    }

    private async Task FollowAsync()
    {
        long cursor = Objects.Store.Revision;
        WakeAll();
        while (!_stopping.IsCancellationRequested)
        {
            IReadOnlyList<Change>? changes = Objects.Store.ReadHistory(cursor, Batch, out Task changed, out long current);
            cursor = current;
            if (changes is null)
            {
                WakeAll();
            }

            foreach (Change change in changes ?? [])
            {
                ObjectKey key = change.Object.Key;
                if (key.Resource == Kinds.Pods)
                {
                    Wake(key.Namespace, key.Name, change.Kind != ChangeKind.Deleted);
                }
                else if (key.Resource == Kinds.Nodes)
                {
                    WakeAll();
                }
                else if (key.Resource == Kinds.ConfigMaps || key.Resource == Kinds.Secrets || key.Resource == Kinds.Claims)
                {
                    foreach (((string Namespace, string Name) pod, (PodWorker Worker, Task Done) entry) in _workers)
                    {
                        if (pod.Namespace == key.Namespace)
                        {
                            entry.Worker.Wake();
                        }
                    }
                }
            }

            if (changes is { Count: 0 })
            {
                try
                {
                    await changed.WaitAsync(_stopping.Token);
                }
                catch (OperationCanceledException)
                {
                    return;
                }
            }
        }
    }

    private void WakeAll()
    {
        foreach (StoredObject pod in Objects.Store.List(Kinds.Pods).Items)
        {
            Wake(pod.Key.Namespace, pod.Key.Name, true);
        }
    }

    private void Wake(string ns, string name, bool start)
    {
        lock (_starting)
        {
            if (_workers.TryGetValue((ns, name), out (PodWorker Worker, Task Done) entry))
            {
                entry.Worker.Wake();
            }
            else if (start && !_stopping.IsCancellationRequested)
            {
                var worker = new PodWorker(this, ns, name);
                _workers[(ns, name)] = (worker, Task.Run(() => WorkAsync(worker, ns, name)));
            }
        }
    }

    private async Task WorkAsync(PodWorker worker, string ns, string name)
    {
        if (!await worker.RunAsync(_stopping.Token))
        {
            return;
        }

        lock (_starting)
        {
            _ = _workers.TryRemove((ns, name), out _);
        }

        // A new pod of that name may have come between the last look and the removal.
        Wake(ns, name, Objects.Store.Get(new ObjectKey(Kinds.Pods, ns, name)) is not null);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Pod {Namespace}/{Name} is tried again")]
    public partial void LogTrouble(Exception error, string @namespace, string name);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Pod {Namespace}/{Name}: container {Container} is restarted: {Failure}")]
    public partial void LogProbe(string @namespace, string name, string container, string failure);
}
