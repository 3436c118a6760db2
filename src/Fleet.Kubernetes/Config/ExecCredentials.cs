using System.Diagnostics;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using System.Text.Json.Nodes;
using Fleet.Kubernetes.Models;
using YamlDotNet.RepresentationModel;

namespace Fleet.Kubernetes;

/// <summary>Credentials printed by a program (client.authentication.k8s.io ExecCredential), kept until they expire or are refused.</summary>
[System.Diagnostics.CodeAnalysis.SuppressMessage("Design", "CA1001", Justification = "A semaphore whose wait handle is never taken holds nothing to dispose.")]
internal sealed class ExecCredentials : CredentialSource
{
    private const int MaxOutput = 1 << 20;
    private static readonly TimeSpan Timeout = TimeSpan.FromMinutes(1);

    /// <summary>A credential is renewed this long before it expires, so that no request carries one that ends on its way.</summary>
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(10);

    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly string _command;
    private readonly IReadOnlyList<string> _arguments;
    private readonly IReadOnlyList<KeyValuePair<string, string>> _environment;
    private readonly string _execInfo;
    private readonly string _origin;
    private readonly string? _installHint;
    private readonly TimeProvider _time;
    private Credential? _current;
    private DateTimeOffset? _expires;

    private ExecCredentials(
        string command, IReadOnlyList<string> arguments, IReadOnlyList<KeyValuePair<string, string>> environment, string execInfo, string origin,
        string? installHint, TimeProvider time)
    {
        _command = command;
        _arguments = arguments;
        _environment = environment;
        _execInfo = execInfo;
        _origin = origin;
        _installHint = installHint;
        _time = time;
    }

    /// <summary>The plugin a user entry describes.</summary>
    /// <exception cref="KubeconfigException">The description is incomplete.</exception>
    public static ExecCredentials FromKubeconfig(
        YamlMappingNode exec, YamlMappingNode cluster, string file, string origin, TimeProvider time)
    {
        string command = exec.Text("command") ?? throw new KubeconfigException($"The exec plugin of {origin} names no command.");
        string apiVersion = exec.Text("apiVersion") ?? throw new KubeconfigException($"The exec plugin of {origin} names no apiVersion.");
        if (command.Contains('/', StringComparison.Ordinal))
        {
            command = Path.GetFullPath(command, Path.GetDirectoryName(Path.GetFullPath(file))!);
        }

        var spec = new JsonObject { ["interactive"] = false };
        if (exec.Flag("provideClusterInfo"))
        {
            spec["cluster"] = new JsonObject
            {
                ["server"] = cluster.Text("server"),
                ["certificate-authority-data"] = cluster.Text("certificate-authority-data"),
            };
        }

        var info = new JsonObject { ["apiVersion"] = apiVersion, ["kind"] = "ExecCredential", ["spec"] = spec };
        List<KeyValuePair<string, string>> variables =
            [.. exec.Items("env").Select(item => KeyValuePair.Create(item.Text("name") ?? "", item.Text("value") ?? "")).Where(pair => pair.Key.Length > 0)];
        return new ExecCredentials(command, exec.Texts("args"), variables, info.ToJsonString(), origin, exec.Text("installHint"), time);
    }

    /// <inheritdoc/>
    public override async ValueTask<Credential> GetAsync(bool refresh, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            if (_current is null || refresh || (_expires is { } expires && _time.GetUtcNow() >= expires - Margin))
            {
                Parse(await RunAsync(cancellationToken));
            }

            return _current!;
        }
        finally
        {
            _gate.Release();
        }
    }

    private async Task<string> RunAsync(CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(_command) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true, UseShellExecute = false };
        foreach (string argument in _arguments)
        {
            start.ArgumentList.Add(argument);
        }

        foreach ((string name, string value) in _environment)
        {
            start.Environment[name] = value;
        }

        start.Environment["KUBERNETES_EXEC_INFO"] = _execInfo;
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(Timeout);
        Process? process = null;
        try
        {
            process = Process.Start(start) ?? throw new KubeconfigException($"The exec plugin '{_command}' of {_origin} did not start.");
            process.StandardInput.Close();
            Task<string> output = ReadBoundedAsync(process.StandardOutput, timeout.Token);
            Task<string> errors = ReadBoundedAsync(process.StandardError, timeout.Token);
            await process.WaitForExitAsync(timeout.Token);
            string text = await output;
            if (process.ExitCode != 0)
            {
                throw new KubeconfigException($"The exec plugin '{_command}' of {_origin} ended with {process.ExitCode}: {(await errors).Trim()}");
            }

            return text;
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            string hint = _installHint is null ? "install it or correct the path" : _installHint.Trim();
            throw new KubeconfigException($"The exec plugin '{_command}' of {_origin} cannot be started: {hint}.", e);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new KubeconfigException($"The exec plugin '{_command}' of {_origin} printed nothing within {Timeout.TotalSeconds:F0} s.", e);
        }
        finally
        {
            if (process is { HasExited: false })
            {
                process.Kill(entireProcessTree: true);
            }

            process?.Dispose();
        }
    }

    private static async Task<string> ReadBoundedAsync(StreamReader reader, CancellationToken cancellationToken)
    {
        char[] buffer = new char[MaxOutput];
        int length = await reader.ReadBlockAsync(buffer, cancellationToken);
        return new string(buffer, 0, length);
    }

    private void Parse(string output)
    {
        ExecCredentialStatus? status;
        try
        {
            status = JsonSerializer.Deserialize(output, ExecJsonContext.Default.ExecCredential)?.Status;
        }
        catch (JsonException e)
        {
            throw new KubeconfigException($"The exec plugin '{_command}' of {_origin} printed no ExecCredential: {e.Message}", e);
        }

        if (status is not ({ Token.Length: > 0 } or { ClientCertificateData.Length: > 0 }))
        {
            throw new KubeconfigException($"The exec plugin '{_command}' of {_origin} printed neither a token nor a certificate.");
        }

        X509Certificate2? certificate = status.ClientCertificateData is { Length: > 0 } pem
            ? LoadCertificate(pem, status.ClientKeyData ?? "", $"the exec plugin '{_command}'")
            : null;
        _current = new Credential(status.Token is { Length: > 0 } token ? "Bearer " + token : null, certificate);
        _expires = status.ExpirationTimestamp;
    }
}

/// <summary>What a plugin prints.</summary>
internal sealed record ExecCredential(ExecCredentialStatus? Status);

/// <summary>The credential itself.</summary>
internal sealed record ExecCredentialStatus(string? Token, string? ClientCertificateData, string? ClientKeyData)
{
    [System.Text.Json.Serialization.JsonConverter(typeof(TimeConverter))]
    public DateTimeOffset? ExpirationTimestamp { get; init; }
}

[System.Text.Json.Serialization.JsonSourceGenerationOptions(PropertyNamingPolicy = System.Text.Json.Serialization.JsonKnownNamingPolicy.CamelCase)]
[System.Text.Json.Serialization.JsonSerializable(typeof(ExecCredential))]
internal sealed partial class ExecJsonContext : System.Text.Json.Serialization.JsonSerializerContext;
