using System.Globalization;

namespace Fleet.Kubernetes;

/// <summary>Which lease is competed for, and how.</summary>
/// <remarks>As in client-go: the holder renews every <see cref="RetryPeriod"/>, stops after <see cref="RenewDeadline"/> without success, and others take over after <see cref="LeaseDuration"/>.</remarks>
public sealed record LeaderElectionOptions
{
    /// <summary>Namespace of the Lease.</summary>
    public required string Namespace { get; init; }

    /// <summary>Name of the Lease.</summary>
    public required string Name { get; init; }

    /// <summary>Name of this process, which no other one and no later start of it shares. <value>Host name and a random part by default.</value></summary>
    public string Identity { get; init; } = string.Create(CultureInfo.InvariantCulture, $"{Environment.MachineName}_{Guid.NewGuid():N}");

    /// <summary>After this time without a renewal, as seen by their own clocks, others take over. Whole seconds. <value>15 s by default.</value></summary>
    public TimeSpan LeaseDuration { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>After this time without a successful renewal the holder stops. <value>10 s by default.</value></summary>
    public TimeSpan RenewDeadline { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Between two attempts. <value>2 s by default.</value></summary>
    public TimeSpan RetryPeriod { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// Seconds of real time that one second of a lease takes; tests make it small. <value>1 by default.</value>
    /// </summary>
    /// <remarks>The API counts whole seconds, so that shorter leases have to be told by a scale that all competitors share.</remarks>
    public double Scale { get; init; } = 1;

    /// <summary>Source of jitter.</summary>
    public Random Random { get; init; } = Random.Shared;

    /// <summary>Why the times make no sense, as a sentence; null when they do.</summary>
    public string? Problem() =>
        LeaseDuration < TimeSpan.FromSeconds(1) || LeaseDuration.Ticks % TimeSpan.TicksPerSecond != 0 ? "the lease duration must be a whole number of seconds, at least 1"
        : RenewDeadline >= LeaseDuration ? "the renew deadline must be shorter than the lease duration"
        : RetryPeriod <= TimeSpan.Zero || RetryPeriod * 2 > RenewDeadline ? "the retry period must be more than zero and at most half of the renew deadline"
        : null;
}
