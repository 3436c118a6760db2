namespace Fleet.Kubernetes;

/// <summary>Habits of a <see cref="KubernetesClient"/>.</summary>
public sealed record KubernetesClientOptions
{
    /// <summary>Longest duration of a request that is not streamed, retries not counted. <value>60 seconds by default.</value></summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Longest time to make a connection. <value>10 seconds by default.</value></summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How often an answer with Retry-After is obeyed before it is an error. <value>8 by default.</value></summary>
    public int MaxRetries { get; init; } = 8;

    /// <summary>Longest single wait the server may ask for. <value>60 seconds by default.</value></summary>
    public TimeSpan MaxRetryAfter { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Largest body that is read as a whole, in bytes. <value>128 MiB by default.</value></summary>
    public int MaxBodySize { get; init; } = 128 << 20;

    /// <summary>Value of the User-Agent header.</summary>
    public string UserAgent { get; init; } = "fleet-operator";

    /// <summary>Source of jitter; a seeded one makes a run repeatable.</summary>
    public Random Random { get; init; } = Random.Shared;
}
