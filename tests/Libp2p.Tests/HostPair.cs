using System.Net;
using Libp2p.Crypto;
using Libp2p.Hosting;
using Microsoft.Extensions.Logging.Abstractions;

namespace Libp2p.Tests;

/// <summary>Two hosts on loopback.</summary>
internal sealed class HostPair : IAsyncDisposable
{
    private HostPair(Libp2pHost a, Libp2pHost b)
    {
        A = a;
        B = b;
    }

    public Libp2pHost A { get; }

    public Libp2pHost B { get; }

    public static Libp2pHost NewHost(Libp2pOptions? options = null, Identity? identity = null)
    {
        options ??= new Libp2pOptions();
        var host = new Libp2pHost(
            options with { Listen = options.Listen.Count > 0 ? options.Listen : [new IPEndPoint(IPAddress.Loopback, 0)] },
            identity ?? Identity.New(),
            NullLoggerFactory.Instance,
            TimeProvider.System);
        return host;
    }

    public static HostPair Start(Libp2pOptions? options = null, Action<Libp2pHost>? configure = null)
    {
        Libp2pHost a = NewHost(options);
        Libp2pHost b = NewHost(options, Identity.FromEd25519(System.Security.Cryptography.RandomNumberGenerator.GetBytes(32)));
        configure?.Invoke(a);
        configure?.Invoke(b);
        a.Start();
        b.Start();
        return new HostPair(a, b);
    }

    public Task<PeerConnection> ConnectAsync() => A.DialAsync(B.ListenAddresses[0], TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        await A.DisposeAsync();
        await B.DisposeAsync();
    }
}
