using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using Libp2p.Multiformats;

namespace Libp2p.Transport;

/// <summary>A TCP connection as a pair of pipes.</summary>
public sealed class TcpConnection : IDuplexPipe, IAsyncDisposable
{
    private const int ReadBuffer = 64 * 1024;
    private const int WriteBuffer = 16 * 1024;
    private readonly Socket _socket;
    private readonly NetworkStream _stream;

    internal TcpConnection(Socket socket)
    {
        _socket = socket;
        socket.NoDelay = true;
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, 20);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, 5);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, 4);
        _stream = new NetworkStream(socket, ownsSocket: true);

        // Zero-byte reads: an idle connection holds no buffer.
        Input = PipeReader.Create(_stream, new StreamPipeReaderOptions(bufferSize: ReadBuffer, minimumReadSize: 4096, useZeroByteReads: true, leaveOpen: true));
        Output = PipeWriter.Create(_stream, new StreamPipeWriterOptions(minimumBufferSize: WriteBuffer, leaveOpen: true));
        LocalEndPoint = (IPEndPoint)socket.LocalEndPoint!;
        RemoteEndPoint = (IPEndPoint)socket.RemoteEndPoint!;
    }

    /// <inheritdoc/>
    public PipeReader Input { get; }

    /// <inheritdoc/>
    public PipeWriter Output { get; }

    /// <summary>Our end.</summary>
    public IPEndPoint LocalEndPoint { get; }

    /// <summary>Their end.</summary>
    public IPEndPoint RemoteEndPoint { get; }

    /// <summary>Ends the connection now; pending reads and writes fail.</summary>
    public void Abort()
    {
        try
        {
            _socket.Shutdown(SocketShutdown.Both);
        }
        catch (SocketException)
        {
            // Gone already.
        }
        catch (ObjectDisposedException)
        {
            // Gone already.
        }

        _stream.Dispose();
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        Abort();
        return ValueTask.CompletedTask;
    }
}

/// <summary>Dials and listens on TCP.</summary>
public sealed class TcpTransport(IAddressResolver resolver, IPAddress? bindAddress)
{
    private const int Backlog = 128;

    /// <summary>Opens a listening socket.</summary>
    /// <exception cref="SocketException">The address is in use or not ours.</exception>
    public static Socket Listen(IPEndPoint endPoint)
    {
        var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            // .NET lets a restarted process take its port back although old connections linger in TIME_WAIT;
            // its ReuseAddress option would also let two processes share the port.
            socket.Bind(endPoint);
            socket.Listen(Backlog);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Connects to the first of <paramref name="address"/>'s IP addresses that answers.</summary>
    /// <exception cref="SocketException">None answered, or the name has no address.</exception>
    public async Task<TcpConnection> DialAsync(Multiaddr address, CancellationToken cancellationToken)
    {
        int port = address.TcpPort ?? throw new FormatException($"{address} has no /tcp part");
        IReadOnlyList<IPAddress> addresses = await ResolveAsync(address, cancellationToken);
        SocketException? failure = null;
        foreach (IPAddress candidate in addresses)
        {
            var socket = new Socket(candidate.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                if (bindAddress is not null && bindAddress.AddressFamily == candidate.AddressFamily)
                {
                    socket.Bind(new IPEndPoint(bindAddress, 0));
                }

                await socket.ConnectAsync(new IPEndPoint(candidate, port), cancellationToken);
                return new TcpConnection(socket);
            }
            catch (SocketException e)
            {
                socket.Dispose();
                failure = e;
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }

        throw failure ?? new SocketException((int)SocketError.HostNotFound, $"{address} resolves to no address");
    }

    private async ValueTask<IReadOnlyList<IPAddress>> ResolveAsync(Multiaddr address, CancellationToken cancellationToken)
    {
        MultiaddrPart host = address.Parts[0];
        return host.Protocol switch
        {
            MultiaddrProtocol.Ip4 or MultiaddrProtocol.Ip6 => [IPAddress.Parse(host.Value)],
            MultiaddrProtocol.Dns or MultiaddrProtocol.Dns4 or MultiaddrProtocol.Dns6 => await resolver.ResolveAsync(host.Value, host.Protocol, cancellationToken),
            _ => throw new FormatException($"{address} does not begin with an IP address or a name"),
        };
    }
}
