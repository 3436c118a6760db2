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
    private readonly HttpClient _http;
    private readonly long _period;
    private long _next;
    private int _successes;
    private int _failures;
    private Task? _running;

    public Probe(JsonObject settings, JsonObject container, string address, bool initially, TimeProvider time)
    {
        _settings = settings;
        _container = container;
        _address = address;
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

    public void Dispose() => _http.Dispose();

    private async Task CheckAsync(Action done, CancellationToken cancellationToken)
    {
        string? failure;
        try
        {
            failure = await TryAsync(cancellationToken);
        }
        catch (Exception error) when (error is HttpRequestException or OperationCanceledException or SocketException)
        {
            failure = error.Message;
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
            LastFailure = failure;
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
            string scheme = get.Str("scheme") == "HTTPS" ? "https" : "http";
            string path = get.Str("path") ?? "/";
            var uri = new Uri($"{scheme}://{get.Str("host") ?? _address}:{Port(get["port"])}{(path.StartsWith('/') ? "" : "/")}{path}");
            using HttpResponseMessage response = await _http.GetAsync(uri, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
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

        return "only httpGet and tcpSocket probes are carried out by the local cluster";
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
