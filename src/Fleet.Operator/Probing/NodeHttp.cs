namespace Fleet.Operator.Probing;

/// <summary>How nodes are reached: at their pods' addresses, without proxy and redirects, which would lead elsewhere.</summary>
internal static class NodeHttp
{
    private const int MaxAnswer = 4 << 20;

    /// <summary>A client.</summary>
    /// <param name="handler">What to send through; null: the network.</param>
    public static HttpClient Create(HttpMessageHandler? handler) => new(
        handler ?? new SocketsHttpHandler
        {
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            ConnectTimeout = TimeSpan.FromSeconds(2),
            UseProxy = false,
            AllowAutoRedirect = false,
            MaxConnectionsPerServer = 4,
        },
        disposeHandler: handler is null)
    {
        MaxResponseContentBufferSize = MaxAnswer,
    };
}
