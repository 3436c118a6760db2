using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Fleet.LocalCluster.Json;

namespace Fleet.LocalCluster.Pods;

/// <summary>The fleet's own <c>127.A.0.0/16</c>, and the pods' addresses in it, stable by pod name across restarts.</summary>
/// <remarks>
/// A block is claimed by binding an abstract Unix socket that is named after it. Like the addresses, that name belongs to the network namespace; it
/// needs no directory that fleets of several users could write, and the kernel gives it back when the process ends in whatever way.
/// </remarks>
internal sealed class AddressPool : IDisposable
{
    private const int First = 16;
    private const int Last = 250;
    private readonly Lock _lock = new();
    private readonly Socket _claim;
    private readonly string _file;
    private readonly JsonObject _assigned;

    private AddressPool(Socket claim, int block, string file, JsonObject assigned)
    {
        _claim = claim;
        Block = block;
        _file = file;
        _assigned = assigned;
    }

    /// <summary>The second octet.</summary>
    public int Block { get; }

    /// <summary>Takes the block that the data directory had before, or another that is free.</summary>
    /// <exception cref="LocalClusterException">All blocks are taken.</exception>
    public static AddressPool Open(string dataDir)
    {
        string file = Path.Combine(dataDir, "addresses.json");
        JsonObject state = File.Exists(file) ? JsonText.ParseObject(File.ReadAllBytes(file)) : [];
        int wanted = (int)(state.Int("block") ?? Random.Shared.Next(First, Last + 1));
        for (int i = 0; i <= Last - First; i++)
        {
            int block = First + ((wanted - First + i) % (Last - First + 1));
            if (TryClaim(block) is Socket claim)
            {
                var pool = new AddressPool(claim, block, file, state.Obj("pods") ?? []);
                pool.Save();
                return pool;
            }
        }

        throw new LocalClusterException($"Every address block 127.{First}.0.0/16 to 127.{Last}.0.0/16 is taken by another fleet; stop one with `fleet down`.", new IOException("no free block"));
    }

    /// <summary>The address of a pod.</summary>
    public IPAddress For(string ns, string pod)
    {
        lock (_lock)
        {
            string key = $"{ns}/{pod}";
            if (_assigned.Int(key) is not long index)
            {
                var taken = _assigned.Select(a => JsonPaths.AsInt(a.Value) ?? 0).ToHashSet();
                index = 1;
                while (taken.Contains(index) || (index & 0xff) is 0 or 255)
                {
                    index++;
                }

                _assigned[key] = index;
                Save();
            }

            return new IPAddress([127, (byte)Block, (byte)(index >> 8), (byte)index]);
        }
    }

    public void Dispose() => _claim.Dispose();

    private static Socket? TryClaim(int block)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Bind(new UnixDomainSocketEndPoint(string.Create(CultureInfo.InvariantCulture, $"\0fleet-operator/127.{block}.0.0")));
            return socket;
        }
        catch (SocketException error) when (error.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            socket.Dispose();
            return null;
        }
    }

    private void Save()
    {
        var state = new JsonObject { ["block"] = (long)Block, ["pods"] = _assigned.DeepClone() };
        string temporary = string.Create(CultureInfo.InvariantCulture, $"{_file}.tmp");
        File.WriteAllBytes(temporary, JsonText.Bytes(state));
        File.Move(temporary, _file, true);
    }
}
