using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Fleet.Kubernetes.Tests;

/// <summary>How a server leaves a connection on which a request has arrived.</summary>
public enum Departure
{
    /// <summary>HTTP/1.1: the stream ends.</summary>
    End,

    /// <summary>HTTP/1.1: the connection is reset.</summary>
    Reset,

    /// <summary>HTTP/2: GOAWAY without an error and without saying which streams were not processed, then the end.</summary>
    GoAway,
}

/// <summary>A server over TLS that leaves its first connections without an answer, and answers one request on every later one.</summary>
public sealed class DepartingServer : IAsyncDisposable
{
    private static readonly byte[] SettingsAndGoAway =
    [
        0, 0, 0, 4, 0, 0, 0, 0, 0,
        0, 0, 8, 7, 0, 0, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff, 0, 0, 0, 0,
    ];

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly X509Certificate2 _certificate;
    private readonly Departure _departure;
    private readonly int _departures;
    private readonly string _body;
    private readonly Task _serving;
    private int _requests;

    public DepartingServer(X509Certificate2 certificate, Departure departure, int departures, string body)
    {
        (_certificate, _departure, _departures, _body) = (certificate, departure, departures, body);
        _listener.Start();
        _serving = ServeAsync();
    }

    public Uri Address => new("https://" + _listener.LocalEndpoint);

    /// <summary>How many requests arrived.</summary>
    public int Requests => Volatile.Read(ref _requests);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _serving;
        _listener.Dispose();
        _certificate.Dispose();
        _stop.Dispose();
    }

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                using TcpClient connection = await _listener.AcceptTcpClientAsync(_stop.Token);
                await AnswerAsync(connection);
            }
        }
        catch (OperationCanceledException)
        {
            // The test is over.
        }
    }

    private async Task AnswerAsync(TcpClient connection)
    {
        bool departs = Requests < _departures;
        bool frames = departs && _departure == Departure.GoAway;
        await using var stream = new SslStream(connection.GetStream());
        await stream.AuthenticateAsServerAsync(
            new SslServerAuthenticationOptions { ServerCertificate = _certificate, ApplicationProtocols = [frames ? SslApplicationProtocol.Http2 : SslApplicationProtocol.Http11] }, _stop.Token);
        await (frames ? ReadHeadersFrameAsync(stream) : ReadHeadAsync(stream));
        Interlocked.Increment(ref _requests);
        if (frames)
        {
            await stream.WriteAsync(SettingsAndGoAway, _stop.Token);
        }
        else if (!departs)
        {
            await stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {_body.Length}\r\n\r\n{_body}"), _stop.Token);
        }

        if (departs && _departure == Departure.Reset)
        {
            connection.Client.Close(0);
        }
    }

    private async Task ReadHeadAsync(Stream stream)
    {
        using var reader = new StreamReader(stream, leaveOpen: true);
        while (!string.IsNullOrEmpty(await reader.ReadLineAsync(_stop.Token)))
        {
        }
    }

    private async Task ReadHeadersFrameAsync(Stream stream)
    {
        const int PrefaceSize = 24;
        const byte Headers = 1;
        await stream.ReadExactlyAsync(new byte[PrefaceSize], _stop.Token);
        byte[] frame = new byte[9];
        do
        {
            await stream.ReadExactlyAsync(frame, _stop.Token);
            await stream.ReadExactlyAsync(new byte[(frame[0] << 16) | (frame[1] << 8) | frame[2]], _stop.Token);
        }
        while (frame[3] != Headers);
    }
}
