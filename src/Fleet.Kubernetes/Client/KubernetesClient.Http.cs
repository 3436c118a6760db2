using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text.Json;
using Fleet.Kubernetes.Models;

namespace Fleet.Kubernetes;

/// <content>Requests: credentials, retries, errors.</content>
public sealed partial class KubernetesClient
{
    /// <summary>How many more connections a read is given whose connection the server closes before it answers.</summary>
    private const int MaxReconnects = 3;

    /// <inheritdoc/>
    public async Task<HttpResponseMessage> SendRawAsync(RawRequest request, CancellationToken cancellationToken)
    {
        bool refresh = false;
        for (int retry = 0; ; retry++)
        {
            HttpResponseMessage response;
            try
            {
                response = await SendOnceAsync(request, refresh, cancellationToken);
            }
            catch (KubernetesConnectionException e) when (request.Method == HttpMethod.Get && retry < MaxReconnects && IsClosedByServer(e))
            {
                // A write is the caller's to repeat: it may have been carried out.
                Log.AskedAgain(_logger, request.PathAndQuery, e.Message);
                continue;
            }

            if (response.IsSuccessStatusCode)
            {
                return response;
            }

            using (response)
            {
                if (response.StatusCode == HttpStatusCode.Unauthorized && !refresh)
                {
                    // A token may have been replaced on disk since it was read.
                    refresh = true;
                    continue;
                }

                if (RetryDelay(response) is { } delay && retry < _options.MaxRetries)
                {
                    Log.Throttled(_logger, (int)response.StatusCode, request.PathAndQuery, delay.TotalSeconds);
                    await Task.Delay(delay, _time, cancellationToken);
                    continue;
                }

                throw await ErrorOfAsync(request, response, cancellationToken);
            }
        }
    }

    private async Task<byte[]> SendForBodyAsync(RawRequest request, CancellationToken cancellationToken)
    {
        using HttpResponseMessage response = await SendRawAsync(request, cancellationToken);
        return await ReadBodyAsync(response.Content, cancellationToken);
    }

    private async Task<byte[]> ReadBodyAsync(HttpContent content, CancellationToken cancellationToken)
    {
        using CancellationTokenSource timeout = StartTimeout(cancellationToken);
        try
        {
            if (content.Headers.ContentLength > _options.MaxBodySize)
            {
                throw new KubernetesConnectionException($"The API server at {Server} sent an answer larger than {_options.MaxBodySize} bytes.");
            }

            using Stream stream = await content.ReadAsStreamAsync(timeout.Token);
            using var buffer = new MemoryStream((int)(content.Headers.ContentLength ?? 4096));
            byte[] chunk = new byte[16384];
            int count;
            while ((count = await stream.ReadAsync(chunk, timeout.Token)) > 0)
            {
                if (buffer.Length + count > _options.MaxBodySize)
                {
                    throw new KubernetesConnectionException($"The API server at {Server} sent an answer larger than {_options.MaxBodySize} bytes.");
                }

                buffer.Write(chunk, 0, count);
            }

            return buffer.ToArray();
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw TimedOut(e);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            throw new KubernetesConnectionException($"The answer of the API server at {Server} broke off: {Innermost(e)}", e);
        }
    }

    private async Task<HttpResponseMessage> SendOnceAsync(RawRequest request, bool refreshCredential, CancellationToken cancellationToken)
    {
        Credential credential;
        try
        {
            credential = await _config.Credentials.GetAsync(refreshCredential, cancellationToken);
        }
        catch (KubeconfigException e)
        {
            throw new KubernetesConnectionException(e.Message, e);
        }

        _certificate = credential.Certificate;
        using var message = new HttpRequestMessage(request.Method, _prefix + request.PathAndQuery)
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
        };
        if (_config.TlsServerName is { } serverName)
        {
            // The handler takes the name it asks for and checks in the certificate from the Host header.
            message.Headers.Host = serverName;
        }

        message.Headers.TryAddWithoutValidation("Accept", request.Accept);
        message.Headers.TryAddWithoutValidation("User-Agent", _options.UserAgent);
        if (credential.Authorization is { } authorization)
        {
            message.Headers.TryAddWithoutValidation("Authorization", authorization);
        }

        if (_config.ImpersonateUser is { } user)
        {
            message.Headers.TryAddWithoutValidation("Impersonate-User", user);
            message.Headers.TryAddWithoutValidation("Impersonate-Group", _config.ImpersonateGroups);
        }

        if (request.Body is { } body)
        {
            message.Content = new ReadOnlyMemoryContent(body);
            message.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(request.ContentType);
        }

        using CancellationTokenSource timeout = StartTimeout(cancellationToken);
        try
        {
            // Only the headers count here: bodies have their own deadline, and streamed ones have none.
            HttpResponseMessage response = await _http.SendAsync(message, timeout.Token);
            Count(request, ((int)response.StatusCode).ToString(CultureInfo.InvariantCulture));
            return response;
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            Count(request, "<error>");
            throw TimedOut(e);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            Count(request, "<error>");
            throw new KubernetesConnectionException(Explain(e), e);
        }
    }

    private void Count(RawRequest request, string code) =>
        _metrics?.Requests.Add(1, new("code", code), new("method", request.Method.Method), new("host", _config.Server.Authority));

    private CancellationTokenSource StartTimeout(CancellationToken cancellationToken)
    {
        // Measured by the machine's own clock even where virtual time drives the retries: it guards against a real socket.
        var source = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        source.CancelAfter(_options.RequestTimeout);
        return source;
    }

    /// <summary>How long to wait before repeating, or null for an answer that is final.</summary>
    private TimeSpan? RetryDelay(HttpResponseMessage response)
    {
        int code = (int)response.StatusCode;
        TimeSpan? asked = response.Headers.RetryAfter switch
        {
            { Delta: { } delta } => delta,
            { Date: { } date } => date - _time.GetUtcNow(),
            _ => null,
        };
        if (code != 429 && (code < 500 || asked is null))
        {
            return null;
        }

        TimeSpan delay = asked ?? TimeSpan.FromSeconds(1);
        delay = delay < TimeSpan.Zero ? TimeSpan.Zero : delay > _options.MaxRetryAfter ? _options.MaxRetryAfter : delay;

        // Never earlier than asked for; up to a quarter later, so that throttled clients do not come back together.
        double jitter;
        lock (_options.Random)
        {
            jitter = _options.Random.NextDouble();
        }

        return delay + (Max(delay, TimeSpan.FromMilliseconds(200)) * 0.25 * jitter);
    }

    private async Task<KubernetesException> ErrorOfAsync(RawRequest request, HttpResponseMessage response, CancellationToken cancellationToken)
    {
        byte[] body = await ReadBodyAsync(response.Content, cancellationToken);
        Status? status = null;
        try
        {
            status = JsonSerializer.Deserialize(body, KubernetesJson.Context.Status);
        }
        catch (JsonException)
        {
            // A proxy or a plain-text error.
        }

        int code = (int)response.StatusCode;
        if (status?.Kind != "Status")
        {
            string text = System.Text.Encoding.UTF8.GetString(body.AsSpan(0, Math.Min(body.Length, 200))).Trim();
            status = new Status { Outcome = "Failure", Message = $"{Server} answered {request.Method} {request.PathAndQuery} with {code}: {text}" };
        }

        status.Code = code;
        status.Reason ??= code switch
        {
            401 => StatusReasons.Unauthorized,
            403 => StatusReasons.Forbidden,
            404 => StatusReasons.NotFound,
            409 => StatusReasons.Conflict,
            410 => StatusReasons.Expired,
            422 => StatusReasons.Invalid,
            429 => StatusReasons.TooManyRequests,
            503 => StatusReasons.ServiceUnavailable,
            504 => StatusReasons.Timeout,
            _ => code >= 500 ? StatusReasons.InternalError : StatusReasons.BadRequest,
        };
        return WatchReader.Exception(status);
    }

    /// <summary>
    /// Whether the server ended the connection and said nothing of the request: with GOAWAY and no error (RFC 9113 section 6.8), as an API server does
    /// that stops, with an end of the stream, or with a reset. The handler repeats what the server declares unprocessed, but not a request that it was
    /// about to send on that connection.
    /// </summary>
    private static bool IsClosedByServer(Exception e)
    {
        for (Exception? cause = e; cause is not null; cause = cause.InnerException)
        {
            if (cause is HttpProtocolException { ErrorCode: 0 } or HttpIOException { HttpRequestError: HttpRequestError.ResponseEnded } or SocketException { SocketErrorCode: SocketError.ConnectionReset })
            {
                return true;
            }
        }

        return false;
    }

    private KubernetesConnectionException TimedOut(Exception inner) =>
        new($"The API server at {Server} did not answer within {_options.RequestTimeout.TotalSeconds:0.#} s.", inner);

    private string Explain(Exception e)
    {
        for (Exception? cause = e; cause is not null; cause = cause.InnerException)
        {
            if (cause is AuthenticationException)
            {
                return _config.CertificateAuthority is null
                    ? $"The certificate of {Server} is not trusted by this machine: give its certificate authority in {OriginText}."
                    : $"The certificate of {Server} does not fit the certificate authority or the host name in {OriginText}: {cause.Message}";
            }

            if (cause is SocketException socket)
            {
                return socket.SocketErrorCode switch
                {
                    SocketError.ConnectionRefused => $"Nothing listens at {Server}: start the cluster, or choose another in {OriginText}.",
                    SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain =>
                        $"The host name of {Server} cannot be resolved: check the server in {OriginText}.",
                    SocketError.TimedOut or SocketError.HostUnreachable or SocketError.NetworkUnreachable =>
                        $"{Server} cannot be reached over the network: check the server in {OriginText}.",
                    _ => $"The connection to {Server} failed: {socket.Message}.",
                };
            }
        }

        return $"The connection to {Server} failed: {Innermost(e)}";
    }

    private string OriginText => _config.Origin.Length == 0 ? "the client's configuration" : _config.Origin;

    private static string Innermost(Exception e)
    {
        while (e.InnerException is { } inner)
        {
            e = inner;
        }

        return e.Message;
    }

    private static TimeSpan Max(TimeSpan left, TimeSpan right) => left > right ? left : right;
}
