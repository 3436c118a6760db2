using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.RegularExpressions;

namespace TestKit;

/// <summary>Which kube-apiserver a test needs.</summary>
public enum ApiServerEdition
{
    /// <summary>The one that <c>make envtest</c> provides, of whatever version; that of <c>KUBEBUILDER_ASSETS</c> when it is set.</summary>
    Any,

    /// <summary>One of Kubernetes 1.25 or later, which checks the CEL rules of custom resources; tested where there is one.</summary>
    WithRules,
}

/// <summary>What an audit log holds; names as in Kubernetes' audit policies.</summary>
public enum AuditLevel
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>Who asked for what, and when and how it was answered.</summary>
    Metadata,

    /// <summary>With the bodies.</summary>
    RequestResponse,
}

/// <summary>A kube-apiserver with its etcd on loopback, for tests; see <c>make envtest</c>.</summary>
/// <remarks>
/// There is no controller manager: nothing collects garbage, ends namespaces or makes pods. Both programs end when this process ends, however that
/// comes: each runs under a shell that waits for the end of its standard input.
/// </remarks>
public sealed class RealApiServer : IAsyncDisposable
{
    private const string BuiltVersion = "1.20.2";

    /// <summary>Where people who test with kube-apiserver keep it.</summary>
    private const string UsualFolder = "/usr/local/kubebuilder/bin";

    private static readonly Version FirstWithRules = new(1, 25);

    private static readonly Lazy<(string Folder, Version Version)?> AnyAssets = new(FindAny);
    private static readonly Lazy<(string Folder, Version Version)?> AssetsWithRules = new(FindWithRules);

    private readonly List<Process> _processes = [];
    private string? _cores;
    private int _etcdPort;

    private RealApiServer(string directory, Version version)
    {
        Folder = directory;
        Version = version;
        Token = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
    }

    /// <summary>Version that the program reports, such as 1.32.4.</summary>
    public Version Version { get; }

    /// <summary>Address, <c>https://127.0.0.1:port</c>.</summary>
    public Uri Server { get; private set; } = null!;

    /// <summary>Bearer token of a member of <c>system:masters</c>.</summary>
    public string Token { get; }

    /// <summary>Certificate authority in PEM.</summary>
    public string AuthorityPem { get; private set; } = "";

    /// <summary>A kubeconfig for it.</summary>
    public string KubeconfigPath => Path.Combine(Folder, "kubeconfig");

    /// <summary>Processor time that etcd and kube-apiserver have used.</summary>
    public TimeSpan ProcessorTime
    {
        get
        {
            TimeSpan sum = TimeSpan.Zero;
            foreach (Process shell in _processes)
            {
                foreach (string child in File.ReadAllText($"/proc/{shell.Id}/task/{shell.Id}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries))
                {
                    using var process = Process.GetProcessById(int.Parse(child, System.Globalization.CultureInfo.InvariantCulture));
                    sum += process.TotalProcessorTime;
                }
            }

            return sum;
        }
    }

    /// <summary>Audit log, one JSON object per line; empty unless it was asked for.</summary>
    public string AuditLogPath => Path.Combine(Folder, "audit.log");

    /// <summary>Its files; removed at the end.</summary>
    public string Folder { get; }

    /// <summary>Why the programs cannot be run here; null when they can.</summary>
    public static string? WhyNot => WhyNotOf(ApiServerEdition.Any);

    /// <inheritdoc cref="WhyNot"/>
    public static string? WhyNotOf(ApiServerEdition edition) =>
        Assets(edition) is not null ? null
        : edition == ApiServerEdition.Any ? "not here: no kube-apiserver; 'make envtest' provides one"
        : $"not here: no kube-apiserver of Kubernetes {FirstWithRules} or later in KUBEBUILDER_ASSETS or {UsualFolder}";

    /// <summary>The one that checks rules, where there is one; else any.</summary>
    public static ApiServerEdition Newest => WhyNotOf(ApiServerEdition.WithRules) is null ? ApiServerEdition.WithRules : ApiServerEdition.Any;

    /// <summary>Version of the kube-apiserver that is run; null when none can be.</summary>
    public static Version? VersionOf(ApiServerEdition edition) => Assets(edition)?.Version;

    /// <summary>Starts both programs and waits until they are ready.</summary>
    /// <param name="audit">What to write of every request to <see cref="AuditLogPath"/>.</param>
    /// <param name="edition">Which kube-apiserver.</param>
    /// <param name="cores">Processor cores they may use, as <c>taskset</c> takes them; null: all.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="InvalidOperationException">They did not start; the message ends with what they said.</exception>
    public static async Task<RealApiServer> StartAsync(
        AuditLevel audit = AuditLevel.None, ApiServerEdition edition = ApiServerEdition.Any, string? cores = null, CancellationToken cancellationToken = default)
    {
        (string assets, Version version) = Assets(edition) ?? throw new InvalidOperationException($"{WhyNotOf(edition)}.");
        string root = Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath();
        var server = new RealApiServer(Directory.CreateDirectory(Path.Combine(root, "fleet-apiserver-" + Path.GetRandomFileName())).FullName, version) { _cores = cores };
        try
        {
            // Free ports may be taken by others until they are bound; then another set is tried.
            for (int attempt = 1; ; attempt++)
            {
                try
                {
                    await server.LaunchAsync(assets, audit, cancellationToken);
                    return server;
                }
                catch (InvalidOperationException) when (attempt < 3)
                {
                    await server.StopAsync();
                }
            }
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Makes etcd forget all versions before one. Felt by watches of leases, the one kind here that has no cache.</summary>
    public async Task CompactAsync(string version, CancellationToken cancellationToken)
    {
        using var handler = new SocketsHttpHandler { UseProxy = false };
        using var http = new HttpClient(handler);
        using var body = new StringContent("{\"revision\":\"" + version + "\",\"physical\":true}");
        using HttpResponseMessage response = await http.PostAsync(new Uri($"http://127.0.0.1:{_etcdPort}/v3/kv/compaction"), body, cancellationToken);
        response.EnsureSuccessStatusCode();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        Directory.Delete(Folder, recursive: true);
    }

    private static (string Folder, Version Version)? Assets(ApiServerEdition edition) => (edition == ApiServerEdition.Any ? AnyAssets : AssetsWithRules).Value;

    private static (string Folder, Version Version)? FindAny()
    {
        string? cache = Environment.GetEnvironmentVariable("FLEET_CACHE");
        string home = Environment.GetEnvironmentVariable("XDG_CACHE_HOME") ?? Path.Combine(Environment.GetEnvironmentVariable("HOME") ?? "/", ".cache");
        return Find(
            [
                Environment.GetEnvironmentVariable("KUBEBUILDER_ASSETS"),
                Path.Combine(cache ?? "/var/cache/fleet-operator", "envtest", BuiltVersion, "bin"),
                Path.Combine(home, "fleet-operator", "envtest", BuiltVersion, "bin"),
            ],
            new Version(1, 0));
    }

    private static (string Folder, Version Version)? FindWithRules() => Find([Environment.GetEnvironmentVariable("KUBEBUILDER_ASSETS"), UsualFolder], FirstWithRules);

    private static (string Folder, Version Version)? Find(string?[] candidates, Version least)
    {
        foreach (string? folder in candidates)
        {
            if (!string.IsNullOrEmpty(folder) && File.Exists(Path.Combine(folder, "etcd")) && VersionOf(Path.Combine(folder, "kube-apiserver")) is { } version && version >= least)
            {
                return (folder, version);
            }
        }

        return null;
    }

    /// <summary>What a program says of itself, <c>Kubernetes v1.32.4</c>; null when it says nothing of that kind.</summary>
    private static Version? VersionOf(string program)
    {
        if (!File.Exists(program))
        {
            return null;
        }

        using var process = Process.Start(new ProcessStartInfo(program, "--version") { RedirectStandardOutput = true, RedirectStandardError = true })!;
        string said = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Match match = Regex.Match(said, @"v(\d+\.\d+\.\d+)", RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1));
        return match.Success ? System.Version.Parse(match.Groups[1].Value) : null;
    }

    private async Task LaunchAsync(string assets, AuditLevel audit, CancellationToken cancellationToken)
    {
        int[] ports = FreePorts(3);
        _etcdPort = ports[0];
        WriteCertificates();
        Server = new Uri($"https://127.0.0.1:{ports[2]}");
        await File.WriteAllTextAsync(Path.Combine(Folder, "tokens.csv"), $"{Token},admin,admin,\"system:masters\"\n", cancellationToken);
        await File.WriteAllTextAsync(KubeconfigPath, Kubeconfig(), cancellationToken);

        string data = Path.Combine(Folder, "etcd-" + ports[0]);
        Run(
            Path.Combine(assets, "etcd"),
            [
                $"--data-dir={data}", $"--listen-client-urls=http://127.0.0.1:{ports[0]}", $"--advertise-client-urls=http://127.0.0.1:{ports[0]}",
                $"--listen-peer-urls=http://127.0.0.1:{ports[1]}", "--name=default", $"--initial-cluster=default=http://127.0.0.1:{ports[1]}",
                $"--initial-advertise-peer-urls=http://127.0.0.1:{ports[1]}", "--snapshot-count=100000",
            ]);

        List<string> arguments =
        [
            $"--etcd-servers=http://127.0.0.1:{ports[0]}", "--bind-address=127.0.0.1", "--advertise-address=127.0.0.1", $"--secure-port={ports[2]}",
            $"--tls-cert-file={Folder}/server.crt", $"--tls-private-key-file={Folder}/server.key", $"--token-auth-file={Folder}/tokens.csv",
            $"--service-account-key-file={Folder}/sa.pub", $"--service-account-signing-key-file={Folder}/sa.key",
            "--service-account-issuer=https://kubernetes.default.svc", "--service-cluster-ip-range=10.96.0.0/16", "--authorization-mode=RBAC",
            "--disable-admission-plugins=ServiceAccount", "--endpoint-reconciler-type=none", "--allow-privileged=true", "--anonymous-auth=true",
            "--enable-priority-and-fairness=false", "--profiling=false",

            // One kind without a cache in front of etcd, so that a compaction is felt.
            "--watch-cache-sizes=leases.coordination.k8s.io#0",
        ];
        if (Version < new Version(1, 24))
        {
            // Older ones would also serve without authentication.
            arguments.Add("--insecure-port=0");
        }

        if (audit != AuditLevel.None)
        {
            await File.WriteAllTextAsync(
                Path.Combine(Folder, "audit.yaml"), $"apiVersion: audit.k8s.io/v1\nkind: Policy\nomitStages: [RequestReceived]\nrules: [{{level: {audit}}}]\n", cancellationToken);
            arguments.Add($"--audit-policy-file={Folder}/audit.yaml");
            arguments.Add($"--audit-log-path={AuditLogPath}");
        }

        Process apiServer = Run(Path.Combine(assets, "kube-apiserver"), arguments);
        await WaitUntilReadyAsync(apiServer, cancellationToken);
    }

    private async Task WaitUntilReadyAsync(Process apiServer, CancellationToken cancellationToken)
    {
        using var handler = new SocketsHttpHandler { UseProxy = false };
        handler.SslOptions.RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null;
        using var http = new HttpClient(handler) { Timeout = TimeSpan.FromSeconds(5) };
        http.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", "Bearer " + Token);
        long start = TimeProvider.System.GetTimestamp();
        string last = "";
        while (TimeProvider.System.GetElapsedTime(start) < TimeSpan.FromSeconds(120))
        {
            if (apiServer.HasExited)
            {
                break;
            }

            try
            {
                using HttpResponseMessage response = await http.GetAsync(new Uri(Server, "/readyz"), cancellationToken);
                last = await response.Content.ReadAsStringAsync(cancellationToken);

                // The default namespace is made after readiness is first reported.
                using HttpResponseMessage created = await http.GetAsync(new Uri(Server, "/api/v1/namespaces/default"), cancellationToken);
                if (response.IsSuccessStatusCode && created.IsSuccessStatusCode)
                {
                    return;
                }
            }
            catch (Exception e) when (e is HttpRequestException || (e is TaskCanceledException && !cancellationToken.IsCancellationRequested))
            {
                last = e.Message;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, cancellationToken);
        }

        string log = Path.Combine(Folder, "kube-apiserver.log");
        string[] said = File.Exists(log) ? await File.ReadAllLinesAsync(log, cancellationToken) : [];
        throw new InvalidOperationException($"kube-apiserver was not ready: {last}\n{string.Join('\n', said.TakeLast(15))}");
    }

    private Process Run(string program, IReadOnlyList<string> arguments)
    {
        string log = Path.Combine(Folder, Path.GetFileName(program) + ".log");
        var start = new ProcessStartInfo("/bin/sh") { RedirectStandardInput = true, UseShellExecute = false, WorkingDirectory = Folder };
        start.ArgumentList.Add("-c");
        // The child has a standard input of its own; ours ends with this process, and with it the child.
        start.ArgumentList.Add("log=$1; shift; exec 3<&0 2>/dev/null; \"$@\" </dev/null 3<&- >\"$log\" 2>&1 & child=$!; (cat >/dev/null; kill -9 $child 2>/dev/null) <&3 & wait $child; kill $! 2>/dev/null");
        start.ArgumentList.Add("sh");
        start.ArgumentList.Add(log);
        if (_cores is not null)
        {
            start.ArgumentList.Add("taskset");
            start.ArgumentList.Add("--cpu-list");
            start.ArgumentList.Add(_cores);
        }

        start.ArgumentList.Add(program);
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        var process = Process.Start(start)!;
        _processes.Add(process);
        return process;
    }

    private async Task StopAsync()
    {
        // The API server before its store: the other way round it fills its log.
        for (int i = _processes.Count - 1; i >= 0; i--)
        {
            using Process process = _processes[i];
            process.StandardInput.Close();
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(10));
            try
            {
                await process.WaitForExitAsync(patience.Token);
            }
            catch (OperationCanceledException)
            {
                process.Kill(entireProcessTree: true);
            }
        }

        _processes.Clear();
    }

    private void WriteCertificates()
    {
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        using var authorityKey = RSA.Create(2048);
        var authorityRequest = new CertificateRequest("CN=fleet-test-ca", authorityKey, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        authorityRequest.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        authorityRequest.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.DigitalSignature, true));
        using X509Certificate2 authority = authorityRequest.CreateSelfSigned(now.AddHours(-1), now.AddDays(2));

        using var serverKey = RSA.Create(2048);
        var request = new CertificateRequest("CN=kube-apiserver", serverKey, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], false));
        using X509Certificate2 certificate = request.Create(authority, now.AddHours(-1), now.AddDays(1), RandomNumberGenerator.GetBytes(8));

        using var accounts = RSA.Create(2048);
        AuthorityPem = authority.ExportCertificatePem();
        File.WriteAllText(Path.Combine(Folder, "ca.crt"), AuthorityPem);
        File.WriteAllText(Path.Combine(Folder, "server.crt"), certificate.ExportCertificatePem());
        File.WriteAllText(Path.Combine(Folder, "server.key"), serverKey.ExportRSAPrivateKeyPem());
        File.WriteAllText(Path.Combine(Folder, "sa.key"), accounts.ExportRSAPrivateKeyPem());
        File.WriteAllText(Path.Combine(Folder, "sa.pub"), accounts.ExportSubjectPublicKeyInfoPem());
    }

    private string Kubeconfig() => $$"""
        apiVersion: v1
        kind: Config
        current-context: real
        clusters:
        - name: real
          cluster: {server: "{{Server.GetLeftPart(UriPartial.Authority)}}", certificate-authority: ca.crt}
        users:
        - name: admin
          user: {token: "{{Token}}"}
        contexts:
        - name: real
          context: {cluster: real, user: admin, namespace: default}

        """;

    private static int[] FreePorts(int count)
    {
        var listeners = new List<TcpListener>();
        for (int i = 0; i < count; i++)
        {
            var listener = new TcpListener(IPAddress.Loopback, 0);
            listener.Start();
            listeners.Add(listener);
        }

        int[] ports = [.. listeners.Select(listener => ((IPEndPoint)listener.LocalEndpoint).Port)];
        listeners.ForEach(listener => listener.Stop());
        return ports;
    }
}
