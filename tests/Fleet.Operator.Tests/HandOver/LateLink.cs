using Fleet.Kubernetes;
using Fleet.Kubernetes.Models;

namespace Fleet.Operator.Tests;

/// <summary>A network in which requests can be held up: they arrive when they are let go, also when their sender has given up long ago.</summary>
internal sealed class LateLink(IKubernetesClient inner, string identity) : IKubernetesClient
{
    private readonly Lock _lock = new();
    private TaskCompletionSource? _held;
    private int _waiting;
    private int? _transitions;
    private volatile bool _isOver;

    /// <summary>Writes to anything but leases and events that are held up.</summary>
    public int Waiting => Volatile.Read(ref _waiting);

    public Uri Server => inner.Server;

    public string DefaultNamespace => inner.DefaultNamespace;

    /// <summary>Whether the sender has led a term and begins another: then nothing of it is sent any more, so that its name stands for one term.</summary>
    public bool IsOver => _isOver;

    /// <summary>Whether reads and the lease fail at once, while writes are held up.</summary>
    public bool Cut { get; set; }

    /// <summary>Whether leases are held up as well, as everything is in a process that is paused.</summary>
    public bool HoldLeases { get; set; }

    public void Hold()
    {
        lock (_lock)
        {
            _held ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    public void Release()
    {
        lock (_lock)
        {
            _held?.SetResult();
            _held = null;
        }
    }

    public Task<T> GetAsync<T>(ObjectKey key, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<T> => SendAsync(token => inner.GetAsync<T>(key, token), IsFree<T>(isRead: true), cancellationToken);

    public Task<T?> FindAsync<T>(ObjectKey key, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<T> => SendAsync(token => inner.FindAsync<T>(key, token), IsFree<T>(isRead: true), cancellationToken);

    public Task<KubernetesList<T>> ListAsync<T>(string? @namespace, ListOptions? options, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<T> => SendAsync(token => inner.ListAsync<T>(@namespace, options, token), IsFree<T>(isRead: true), cancellationToken);

    public Task<T> CreateAsync<T>(T value, WriteOptions? options, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<T> => SendAsync(token => inner.CreateAsync(value, options, token), IsFree<T>(isRead: false), cancellationToken);

    public Task<T> UpdateAsync<T>(T value, WriteOptions? options, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<T> => SendAsync(token => inner.UpdateAsync(value, options, token), IsFree<T>(isRead: false), cancellationToken);

    public Task<T> PatchAsync<T>(ObjectKey key, Patch patch, WriteOptions? options, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<T> => SendAsync(token => inner.PatchAsync<T>(key, patch, options, token), IsFree<T>(isRead: false), cancellationToken);

    public Task<T> ApplyAsync<T>(T value, WriteOptions options, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<T> => SendAsync(token => inner.ApplyAsync(value, options, token), IsFree<T>(isRead: false), cancellationToken);

    public Task<bool> DeleteAsync<T>(ObjectKey key, DeleteOptions? options, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<T> => SendAsync(token => inner.DeleteAsync<T>(key, options, token), IsFree<T>(isRead: false), cancellationToken);

    public IAsyncEnumerable<WatchEvent<T>> WatchAsync<T>(string? @namespace, WatchOptions? options, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<T> => inner.WatchAsync<T>(@namespace, options, cancellationToken);

    public Task<Stream> ReadLogAsync(ObjectKey pod, LogOptions? options, CancellationToken cancellationToken) => inner.ReadLogAsync(pod, options, cancellationToken);

    public Task<HttpResponseMessage> ProxyPodAsync(ObjectKey pod, int port, HttpMethod method, string path, HttpContent? content, CancellationToken cancellationToken) =>
        inner.ProxyPodAsync(pod, port, method, path, content, cancellationToken);

    public Task<HttpResponseMessage> SendRawAsync(RawRequest request, CancellationToken cancellationToken) => inner.SendRawAsync(request, cancellationToken);

    /// <summary>Reads, leases and events are not what is judged.</summary>
    private static bool IsFree<T>(bool isRead) => isRead || typeof(T) == typeof(Lease) || typeof(T) == typeof(CoreEvent);

    private async Task<TResult> SendAsync<TResult>(Func<CancellationToken, Task<TResult>> send, bool isFree, CancellationToken cancellationToken)
    {
        TaskCompletionSource? held;
        lock (_lock)
        {
            held = _held;
        }

        if (held is not null && !isFree)
        {
            Interlocked.Increment(ref _waiting);
            return await ArriveLaterAsync(held.Task, send).WaitAsync(cancellationToken);
        }

        if (Cut || _isOver)
        {
            throw new KubernetesConnectionException("cut off");
        }

        if (held is not null && HoldLeases)
        {
            await held.Task.WaitAsync(cancellationToken);
        }

        TResult result = await send(cancellationToken);
        if (result is Lease { Spec: { HolderIdentity.Length: > 0 } spec } && spec.HolderIdentity == identity)
        {
            _isOver |= _transitions is { } before && before != spec.LeaseTransitions;
            _transitions ??= spec.LeaseTransitions;
        }

        return result;
    }

    private async Task<TResult> ArriveLaterAsync<TResult>(Task held, Func<CancellationToken, Task<TResult>> send)
    {
        await held;
        try
        {
            return await send(CancellationToken.None);
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }
}
