using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Fleet.LocalCluster.Json;

namespace Fleet.LocalCluster.Pods;

/// <summary>One probe of a container: when it is due, and what its results amount to under its thresholds.</summary>
internal sealed class Probe : IDisposable
{
    private readonly JsonObject _settings;
    private readonly JsonObject _container;
    private readonly string _address;
    private readonly TimeProvider _time;
    private readonly ExecProbe _exec;
    private readonly IReadOnlyList<string> _command;
    private readonly HttpClient _http;
    private readonly CancellationTokenSource _ended = new();
    private readonly long _period;
    private long _next;
    private int _successes;
    private int _failures;
    private Task? _running;
    private string? _unreported;

    /// <param name="settings">The probe as the pod's spec has it.</param>
    /// <param name="container">Its container's spec.</param>
    /// <param name="address">The pod's address.</param>
    /// <param name="initially">Whether it counts as passing before its first check.</param>
    /// <param name="exec">Runs commands where the container runs.</param>
    /// <param name="command">The command of an <c>exec</c> probe, else empty.</param>
    /// <param name="time">The clock.</param>
    public Probe(JsonObject settings, JsonObject container, string address, bool initially, ExecProbe exec, IReadOnlyList<string> command, TimeProvider time)
    {
        _settings = settings;
        _container = container;
        _address = address;
        _exec = exec;
        _command = command;
        _time = time;
        Passing = initially;
        _period = Ticks(Math.Max(1, settings.Int("periodSeconds") ?? 10));
        _next = time.GetTimestamp() + Ticks(settings.Int("initialDelaySeconds") ?? 0);
        _http = new HttpClient(new SocketsHttpHandler
        {
            UseProxy = false,
            AllowAutoRedirect = false,
            PooledConnectionLifetime = TimeSpan.Zero,
            SslOptions = new System.Net.Security.SslClientAuthenticationOptions { RemoteCertificateValidationCallback = (_, _, _, _) => true },
        })
        { Timeout = TimeSpan.FromSeconds(Math.Max(1, settings.Int("timeoutSeconds") ?? 1)) };
    }

    /// <summary>Whether the probe counts as passing.</summary>
    public bool Passing { get; private set; }

    /// <summary>Whether it failed as often in a row as its threshold says.</summary>
    public bool Failed { get; private set; }

    /// <summary>Why it failed last.</summary>
    public string LastFailure { get; private set; } = "";

    /// <summary>Starts a check when one is due; <paramref name="done"/> is called after it.</summary>
    public void RunIfDue(Action done, CancellationToken cancellationToken)
    {
        if (_running is { IsCompleted: false } || _time.GetTimestamp() < _next)
        {
            return;
        }

        _next = _time.GetTimestamp() + _period;
        _running = CheckAsync(done, cancellationToken);
    }

    /// <summary>How long until the next check.</summary>
    public TimeSpan Wait => _running is { IsCompleted: false } ? TimeSpan.FromSeconds(10) : _time.GetElapsedTime(_time.GetTimestamp(), _next);

    /// <summary>Why the last check failed, or null; once per failure.</summary>
    public string? TakeFailure() => Interlocked.Exchange(ref _unreported, null);

    /// <summary>Ends a check that runs.</summary>
    public void Dispose()
    {
        _ended.Cancel();
        _ended.Dispose();
        _http.Dispose();
    }

    private async Task CheckAsync(Action done, CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _ended.Token);
        string? failure;
        try
        {
            failure = await TryAsync(either.Token);
        }
        catch (Exception) when (either.IsCancellationRequested)
        {
            return; // the container's end, or the runner's: nobody asks for the result
        }
        catch (Exception error) when (error is HttpRequestException or OperationCanceledException or SocketException)
        {
            failure = Describe(error);
        }

        if (failure is null)
        {
            _failures = 0;
            _successes++;
            Passing |= _successes >= (_settings.Int("successThreshold") ?? 1);
        }
        else
        {
            _successes = 0;
            _failures++;
            LastFailure = _unreported = failure;
            if (_failures >= (_settings.Int("failureThreshold") ?? 3))
            {
                Passing = false;
                Failed = true;
            }
        }

        done();
    }

    private async Task<string?> TryAsync(CancellationToken cancellationToken)
    {
        if (_settings.Obj("httpGet") is JsonObject get)
        {
            using HttpResponseMessage response = await _http.GetAsync(Target(get), HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            int code = (int)response.StatusCode;
            return code is >= 200 and < 400 ? null : $"HTTP probe failed with statuscode: {code}";
        }

        if (_settings.Obj("tcpSocket") is JsonObject tcp)
        {
            using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(_http.Timeout);
            await socket.ConnectAsync(new IPEndPoint(IPAddress.Parse(_address), (int)Port(tcp["port"])), limit.Token);
            return null;
        }

        return _command.Count > 0
            ? await _exec.RunAsync(_command, _http.Timeout, cancellationToken)
            : "only httpGet, tcpSocket and exec probes are carried out by the local cluster";
    }

    /// <summary>A failed connection in the kubelet's words.</summary>
    private string Describe(Exception error)
    {
        SocketException? socket = error as SocketException ?? error.InnerException as SocketException;
        JsonObject? get = _settings.Obj("httpGet");
        string to = get is null ? $"{_address}:{Port(_settings.At("tcpSocket", "port"))}" : Target(get).Authority;
        string what = socket?.SocketErrorCode == SocketError.ConnectionRefused ? $"dial tcp {to}: connect: connection refused"
            : error is not OperationCanceledException ? error.Message
            : get is null ? $"dial tcp {to}: i/o timeout" : "context deadline exceeded (Client.Timeout exceeded while awaiting headers)";
        return get is null ? what : $"Get \"{Target(get)}\": {what}";
    }

    private Uri Target(JsonObject get)
    {
        string scheme = get.Str("scheme") == "HTTPS" ? "https" : "http";
        string path = get.Str("path") ?? "/";
        return new Uri($"{scheme}://{get.Str("host") ?? _address}:{Port(get["port"])}{(path.StartsWith('/') ? "" : "/")}{path}");
    }

    private long Port(JsonNode? port)
    {
        if (JsonPaths.AsInt(port) is long number)
        {
            return number;
        }

        return _container.Items("ports").FirstOrDefault(p => p.Str("name") == port.Str()).Int("containerPort") ?? 0;
    }

    private long Ticks(long seconds) => seconds * _time.TimestampFrequency;
}
