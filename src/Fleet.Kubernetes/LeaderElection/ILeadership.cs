namespace Fleet.Kubernetes;

/// <summary>Whether this process may write, and in which term.</summary>
public interface ILeadership
{
    /// <summary>Whether this process may write now. Ends before the lease does, by the local monotonic clock, also when the process was paused.</summary>
    bool IsLeader { get; }

    /// <summary>Number of the term, which rises with every change of the holder; 0 where nobody competes.</summary>
    long Term { get; }

    /// <summary>Confirms with the API server that the lease is held now.</summary>
    /// <exception cref="LeadershipLostException">It is not.</exception>
    /// <exception cref="KubernetesException">The API server cannot tell.</exception>
    Task VerifyAsync(CancellationToken cancellationToken);
}

/// <summary>Leadership without an election.</summary>
public static class Leadership
{
    /// <summary>Of a process that is alone by construction, as on a laptop.</summary>
    public static ILeadership Unopposed { get; } = new Alone();

    private sealed class Alone : ILeadership
    {
        public bool IsLeader => true;

        public long Term => 0;

        public Task VerifyAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}

/// <summary>Another process may lead by now: nothing is written any more.</summary>
public sealed class LeadershipLostException(string message) : Exception(message);
