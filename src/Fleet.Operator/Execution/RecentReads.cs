using Fleet.Kubernetes.Models;

namespace Fleet.Operator.Execution;

/// <summary>Which owners one reconciliation has read from the server itself, and when: what was read a moment ago is not read again.</summary>
internal sealed class RecentReads(TimeProvider time)
{
    /// <summary>As long as a few writes take. Requests that hang make a read old.</summary>
    private static readonly TimeSpan MaxAge = TimeSpan.FromSeconds(1);

    private readonly Dictionary<string, (long? Generation, long At)> _reads = new(StringComparer.Ordinal);

    /// <summary>Notes that an object was found living, with this generation.</summary>
    public void Add(IKubernetesObject live) => _reads[live.Metadata.Uid!] = (live.Metadata.Generation, time.GetTimestamp());

    /// <summary>Whether an object of this uid lived a moment ago.</summary>
    public bool Lives(string uid) => _reads.TryGetValue(uid, out (long? Generation, long At) read) && time.GetElapsedTime(read.At) < MaxAge;

    /// <summary>Whether an object lived a moment ago and had the spec it has here.</summary>
    public bool IsCurrent(IKubernetesObject local) => Lives(local.Metadata.Uid!) && _reads[local.Metadata.Uid!].Generation == local.Metadata.Generation;
}
