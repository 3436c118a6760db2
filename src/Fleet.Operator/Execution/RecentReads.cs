using System.Collections.Concurrent;
using Fleet.Kubernetes.Models;

namespace Fleet.Operator.Execution;

/// <summary>Which testnets and nodes the API server itself was heard of, and when: what it told a moment ago, to whichever pass, is not asked again.</summary>
internal sealed class RecentReads(TimeProvider time)
{
    /// <summary>As long as a few writes take. Requests that hang make a read old.</summary>
    private static readonly TimeSpan MaxAge = TimeSpan.FromSeconds(1);

    /// <summary>Most reads that are kept: of a second, with room to spare.</summary>
    private const int Capacity = 16_384;

    private readonly ConcurrentDictionary<string, Read> _reads = new(StringComparer.Ordinal);

    /// <summary>Reads that are remembered.</summary>
    public int Count => _reads.Count;

    /// <summary>Sends a request and notes the testnet or node that the server answers with. Its age counts from before the request: it may have changed since.</summary>
    /// <param name="request">Reads, creates or changes it.</param>
    public async Task<T> AskAsync<T>(Func<Task<T>> request)
        where T : IKubernetesObject?
    {
        long asked = time.GetTimestamp();
        T answer = await request();
        if (answer is not { Metadata: { Uid: { } uid } metadata })
        {
            return answer;
        }

        if (metadata.DeletionTimestamp is not null)
        {
            Forget(uid);
            return answer;
        }

        if (_reads.Count >= Capacity)
        {
            _reads.Clear();
        }

        _reads[uid] = new Read(metadata.Generation, asked);
        return answer;
    }

    /// <summary>An object is going away.</summary>
    public void Forget(string uid) => _reads.TryRemove(uid, out _);

    /// <summary>Forgets everything: the server was set back, and what it told no longer holds.</summary>
    public void Clear() => _reads.Clear();

    /// <summary>Whether an object of this uid lived a moment ago.</summary>
    public bool Lives(string uid) => Find(uid) is not null;

    /// <summary>Whether an object lived a moment ago and had the spec it has here.</summary>
    public bool IsCurrent(IKubernetesObject local) => Find(local.Metadata.Uid!) is { } read && read.Generation == local.Metadata.Generation;

    private Read? Find(string uid) => _reads.TryGetValue(uid, out Read? read) && time.GetElapsedTime(read.AskedAt) < MaxAge ? read : null;

    private sealed record Read(long? Generation, long AskedAt);
}
