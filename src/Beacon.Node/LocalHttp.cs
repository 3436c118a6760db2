using System.Net;
using System.Net.Sockets;
using Libp2p.Multiformats;
using Libp2p.Transport;

namespace Beacon.Node;

/// <summary>HTTP from this pod's own address, with names looked up as those of peers are.</summary>
internal static class LocalHttp
{
    /// <summary>Makes a client. Time limits are per request, by token.</summary>
    /// <param name="localAddress">Where connections come from; an unspecified address leaves it to the system.</param>
    public static HttpClient CreateClient(IPAddress localAddress)
    {
        var resolver = HostsFileResolver.FromEnvironment();
        var handler = new SocketsHttpHandler
        {
            ConnectTimeout = TimeSpan.FromSeconds(5),
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
            ConnectCallback = (context, cancellationToken) => ConnectAsync(resolver, localAddress, context.DnsEndPoint, cancellationToken),
        };
        return new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
    }

    private static async ValueTask<Stream> ConnectAsync(HostsFileResolver resolver, IPAddress localAddress, DnsEndPoint to, CancellationToken cancellationToken)
    {
        MultiaddrProtocol family = localAddress.AddressFamily == AddressFamily.InterNetworkV6 ? MultiaddrProtocol.Dns6 : MultiaddrProtocol.Dns4;
        IReadOnlyList<IPAddress> addresses = IPAddress.TryParse(to.Host, out IPAddress? literal) ? [literal] : await resolver.ResolveAsync(to.Host, family, cancellationToken);
        if (addresses.Count == 0)
        {
            throw new IOException($"the name {to.Host} has no address");
        }

        var socket = new Socket(addresses[0].AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            if (!localAddress.Equals(IPAddress.Any) && !localAddress.Equals(IPAddress.IPv6Any))
            {
                socket.Bind(new IPEndPoint(localAddress, 0));
            }

            await socket.ConnectAsync(addresses[0], to.Port, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
