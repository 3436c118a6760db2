using Fleet.Kubernetes.Models;

namespace Fleet.Kubernetes.Tests;

/// <summary>One Lease as an API server keeps it: with versions, conflicts and uids, in memory and at once.</summary>
internal sealed class LeaseTable
{
    private readonly Lock _lock = new();
    private Lease? _lease;
    private long _version = 100;

    /// <summary>What is stored.</summary>
    public Lease? Stored
    {
        get
        {
            lock (_lock)
            {
                return _lease is null ? null : KubernetesJson.Clone(_lease, Lease.JsonType);
            }
        }
    }

    public string? Holder => Stored?.Spec?.HolderIdentity;

    public void Delete()
    {
        lock (_lock)
        {
            _lease = null;
        }
    }

    public Lease Create(Lease value)
    {
        lock (_lock)
        {
            if (_lease is not null)
            {
                throw Refusal(409, StatusReasons.AlreadyExists);
            }

            value.Metadata.Uid = Guid.NewGuid().ToString();
            return Store(value);
        }
    }

    public Lease Update(Lease value)
    {
        lock (_lock)
        {
            if (_lease is null)
            {
                throw Refusal(404, StatusReasons.NotFound);
            }

            return value.Metadata.ResourceVersion == _lease.Metadata.ResourceVersion ? Store(value) : throw Refusal(409, StatusReasons.Conflict);
        }
    }

    private Lease Store(Lease value)
    {
        _lease = KubernetesJson.Clone(value, Lease.JsonType);
        _lease.Metadata.ResourceVersion = (++_version).ToString(System.Globalization.CultureInfo.InvariantCulture);
        return KubernetesJson.Clone(_lease, Lease.JsonType);
    }

    private static KubernetesException Refusal(int code, string reason) => new(new Status { Code = code, Reason = reason, Message = reason });
}

/// <summary>How one candidate reaches the table: whole, cut off, hanging, or without answers.</summary>
internal sealed class LeaseLink(LeaseTable table) : IKubernetesClient
{
    private volatile bool _cut;
    private int _lostAnswers;
    private int _hangOne;
    private volatile TaskCompletionSource? _hanging;

    /// <summary>Requests that reached the table.</summary>
    public int Arrived { get; private set; }

    /// <summary>Whether every request fails at once.</summary>
    public bool Cut
    {
        get => _cut;
        set => _cut = value;
    }

    public Uri Server { get; } = new("https://table");

    public string DefaultNamespace => "default";

    /// <summary>Requests hang until their caller gives up, or until <see cref="Continue"/>.</summary>
    public void Hang() => _hanging = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Only the next request hangs, for ever.</summary>
    public void HangOne() => Interlocked.Exchange(ref _hangOne, 1);

    /// <summary>Requests that hang go on, as after a pause; they reach the table late.</summary>
    public void Continue() => Interlocked.Exchange(ref _hanging, null)?.SetResult();

    /// <summary>The next write is carried out, and its answer lost.</summary>
    public void LoseAnswer() => Interlocked.Increment(ref _lostAnswers);

    public async Task<T?> FindAsync<T>(ObjectKey key, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<T>
    {
        await ArriveAsync(cancellationToken);
        return (T?)(object?)table.Stored;
    }

    public async Task<T> CreateAsync<T>(T value, WriteOptions? options, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<T>
    {
        await ArriveAsync(cancellationToken);
        return Answer((T)(object)table.Create((Lease)(object)value));
    }

    public async Task<T> UpdateAsync<T>(T value, WriteOptions? options, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<T>
    {
        await ArriveAsync(cancellationToken);
        return Answer((T)(object)table.Update((Lease)(object)value));
    }

    public Task<T> GetAsync<T>(ObjectKey key, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<T> => throw new NotSupportedException();

    public Task<KubernetesList<T>> ListAsync<T>(string? @namespace, ListOptions? options, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<T> => throw new NotSupportedException();

    public Task<T> PatchAsync<T>(ObjectKey key, Patch patch, WriteOptions? options, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<T> => throw new NotSupportedException();

    public Task<T> ApplyAsync<T>(T value, WriteOptions options, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<T> => throw new NotSupportedException();

    public Task<bool> DeleteAsync<T>(ObjectKey key, DeleteOptions? options, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<T> => throw new NotSupportedException();

    public IAsyncEnumerable<WatchEvent<T>> WatchAsync<T>(string? @namespace, WatchOptions? options, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<T> => throw new NotSupportedException();

    public Task<Stream> ReadLogAsync(ObjectKey pod, LogOptions? options, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<HttpResponseMessage> ProxyPodAsync(ObjectKey pod, int port, HttpMethod method, string path, HttpContent? content, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public Task<HttpResponseMessage> SendRawAsync(RawRequest request, CancellationToken cancellationToken) => throw new NotSupportedException();

    private async Task ArriveAsync(CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _hangOne, 0) == 1)
        {
            await new TaskCompletionSource().Task.WaitAsync(cancellationToken);
        }

        if (_hanging is { } hanging)
        {
            await hanging.Task.WaitAsync(cancellationToken);
        }

        if (_cut)
        {
            throw new KubernetesConnectionException("cut off");
        }

        Arrived++;
    }

    private T Answer<T>(T value)
    {
        if (Interlocked.CompareExchange(ref _lostAnswers, 0, 1) == 1)
        {
            throw new KubernetesConnectionException("the answer was lost");
        }

        return value;
    }
}
