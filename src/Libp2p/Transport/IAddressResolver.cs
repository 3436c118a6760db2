using System.Net;
using Libp2p.Multiformats;

namespace Libp2p.Transport;

/// <summary>Turns names of <c>/dns</c>, <c>/dns4</c> and <c>/dns6</c> addresses into IP addresses.</summary>
public interface IAddressResolver
{
    /// <summary>Addresses of <paramref name="name"/>; empty when there are none.</summary>
    ValueTask<IReadOnlyList<IPAddress>> ResolveAsync(string name, MultiaddrProtocol family, CancellationToken cancellationToken);
}
