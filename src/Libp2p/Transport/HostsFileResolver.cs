using System.Net;
using System.Net.Sockets;
using Libp2p.Multiformats;

namespace Libp2p.Transport;

/// <summary>Looks names up in a file like <c>/etc/hosts</c> first and in the system's resolver after that.</summary>
/// <remarks>The file is read again whenever its time or size changed, so that a running process sees new names. A missing file is an empty one.</remarks>
public sealed class HostsFileResolver(string? hostsFile) : IAddressResolver
{
    /// <summary>Environment variable that names the file.</summary>
    public const string HostsFileVariable = "FLEET_HOSTS_FILE";

    private const int MaxFileBytes = 4 << 20;
    private readonly Lock _lock = new();
    private (DateTime Written, long Length) _seen;
    private Dictionary<string, List<IPAddress>> _names = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>A resolver for the file named by <see cref="HostsFileVariable"/>, if one is named.</summary>
    public static HostsFileResolver FromEnvironment() => new(Environment.GetEnvironmentVariable(HostsFileVariable));

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<IPAddress>> ResolveAsync(string name, MultiaddrProtocol family, CancellationToken cancellationToken)
    {
        IReadOnlyList<IPAddress> listed = Matching(Lookup(name), family);
        if (listed.Count > 0)
        {
            return listed;
        }

        try
        {
            return Matching(await Dns.GetHostAddressesAsync(name, cancellationToken), family);
        }
        catch (SocketException)
        {
            return [];
        }
    }

    private static List<IPAddress> Matching(IReadOnlyList<IPAddress> addresses, MultiaddrProtocol family) => family switch
    {
        MultiaddrProtocol.Dns4 => [.. addresses.Where(static a => a.AddressFamily == AddressFamily.InterNetwork)],
        MultiaddrProtocol.Dns6 => [.. addresses.Where(static a => a.AddressFamily == AddressFamily.InterNetworkV6)],
        _ => [.. addresses],
    };

    private IReadOnlyList<IPAddress> Lookup(string name)
    {
        if (string.IsNullOrEmpty(hostsFile))
        {
            return [];
        }

        lock (_lock)
        {
            try
            {
                var info = new FileInfo(hostsFile);
                if (!info.Exists)
                {
                    return [];
                }

                (DateTime, long) now = (info.LastWriteTimeUtc, info.Length);
                if (now != _seen && info.Length <= MaxFileBytes)
                {
                    _names = Parse(File.ReadAllLines(hostsFile));
                    _seen = now;
                }
            }
            catch (IOException)
            {
                // Being replaced at this moment: what was read before stays in force until the next look-up.
            }

            return _names.TryGetValue(name.TrimEnd('.'), out List<IPAddress>? found) ? found : [];
        }
    }

    private static Dictionary<string, List<IPAddress>> Parse(IEnumerable<string> lines)
    {
        var names = new Dictionary<string, List<IPAddress>>(StringComparer.OrdinalIgnoreCase);
        foreach (string line in lines)
        {
            string[] words = line.Split('#')[0].Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
            if (words.Length < 2 || !IPAddress.TryParse(words[0], out IPAddress? address))
            {
                continue;
            }

            foreach (string name in words.Skip(1))
            {
                if (!names.TryGetValue(name, out List<IPAddress>? list))
                {
                    names[name] = list = [];
                }

                list.Add(address);
            }
        }

        return names;
    }
}
