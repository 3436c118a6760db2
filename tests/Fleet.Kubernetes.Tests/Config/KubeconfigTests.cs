using System.Text;
using Microsoft.Extensions.Time.Testing;

namespace Fleet.Kubernetes.Tests;

public sealed class KubeconfigTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Of_several_files_the_first_that_says_something_wins()
    {
        string first = _folder.Write("1/config", """
            current-context: dev
            users: [{name: u, user: {token: first}}]
            contexts: [{name: dev, context: {cluster: k, user: u}}]
            """);
        string second = _folder.Write("2/config", """
            current-context: prod
            clusters: [{name: k, cluster: {server: "https://10.1.2.3:6443", insecure-skip-tls-verify: true, tls-server-name: api}}]
            users: [{name: u, user: {token: second}}, {name: v, user: {username: a, password: b}}]
            contexts: [{name: prod, context: {cluster: k, user: v, namespace: p}}]
            """);
        KubernetesClientConfig current = Load($"{first}:/missing:{second}");
        KubernetesClientConfig chosen = Load($"{first}:{second}", context: "prod");

        Assert.Equal(new Uri("https://10.1.2.3:6443"), current.Server);
        Assert.Equal(("default", true, "api"), (current.Namespace, current.SkipTlsVerify, current.TlsServerName));
        Assert.Equal("Bearer first", (await current.Credentials.GetAsync(false, Token)).Authorization);
        Assert.Equal("p", chosen.Namespace);
        Assert.Equal("Basic " + Convert.ToBase64String("a:b"u8), (await chosen.Credentials.GetAsync(false, Token)).Authorization);
        Assert.Contains("context 'prod'", chosen.Origin, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Inline_data_is_decoded()
    {
        using var authority = new TestAuthority("a");
        (string certificate, string key) = authority.Issue("bob", loopback: false);
        string file = _folder.Write("config", $$$"""
            current-context: c
            clusters: [{name: k, cluster: {server: "https://x", certificate-authority-data: {{{Base64(authority.Pem)}}} }}]
            users: [{name: u, user: {client-certificate-data: {{{Base64(certificate)}}} , client-key-data: {{{Base64(key)}}} , as: root, as-groups: [g, h]}}]
            contexts: [{name: c, context: {cluster: k, user: u}}]
            """);

        KubernetesClientConfig config = Load(file);

        Assert.Single(config.CertificateAuthority!.Read());
        Assert.Equal("CN=bob", (await config.Credentials.GetAsync(false, Token)).Certificate!.Subject);
        Assert.Equal("root", config.ImpersonateUser);
        Assert.Equal(["g", "h"], config.ImpersonateGroups);
    }

    [Theory]
    [InlineData("", "has no current-context")]
    [InlineData("current-context: c", "has no context 'c'; it has: none")]
    [InlineData("{current-context: c, contexts: [{name: c, context: {cluster: k}}], clusters: [{name: l, cluster: {server: 'https://a'}}]}", "names the cluster 'k', which is not there; there are: l")]
    [InlineData("{current-context: c, contexts: [{name: c, context: {cluster: k}}], clusters: [{name: k, cluster: {server: 'a b'}}]}", "is no URL: 'a b'")]
    [InlineData("{current-context: c, contexts: [{name: c, context: {cluster: k}}], clusters: [{name: k, cluster: {proxy-url: x}}]}", "has no server")]
    [InlineData("{current-context: c, contexts: [{name: c, context: {cluster: k, user: u}}], clusters: [{name: k, cluster: {server: 'https://a'}}]}", "names the user 'u'")]
    [InlineData("{current-context: c, contexts: [{name: c, context: {cluster: k}}], clusters: [{name: k, cluster: {server: 'https://a', certificate-authority-data: '!'}}]}", "is not base64")]
    [InlineData("{current-context: c, contexts: [{name: c, context: {cluster: k}}], clusters: [{name: k, cluster: {server: 'https://a', certificate-authority: nowhere}}]}", "nowhere cannot be read")]
    [InlineData("{current-context: c, contexts: [{name: c, context: {cluster: k, user: u}}], clusters: [{name: k, cluster: {server: 'https://a'}}], users: [{name: u, user: {auth-provider: {name: gcp}}}]}", "use an exec plugin")]
    [InlineData("a: [", "is not valid YAML")]
    [InlineData("- a", "is no mapping")]
    public void What_cannot_be_used_is_one_sentence_that_names_the_fault(string text, string expected)
    {
        string file = _folder.Write("config", text);

        KubeconfigException e = Assert.Throws<KubeconfigException>(() => Load(file));

        Assert.Contains(expected, e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', e.Message);
    }

    [Fact]
    public void Missing_files_say_which()
    {
        Assert.Contains("None of the files of KUBECONFIG exists: /no/a, /no/b", Assert.Throws<KubeconfigException>(() => Load("/no/a:/no/b")).Message, StringComparison.Ordinal);
        Assert.Contains("/no/c does not exist", Assert.Throws<KubeconfigException>(() => Kubeconfig.Load(new KubeconfigOptions { Path = "/no/c" })).Message, StringComparison.Ordinal);
        Assert.Contains("No cluster is configured", Assert.Throws<KubeconfigException>(() => Kubeconfig.Load(new KubeconfigOptions { Environment = _ => null })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_plugin_is_asked_once_and_again_when_its_credential_ends_or_is_refused()
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
        string script = _folder.Write("plugin.sh", """
            #!/bin/sh
            n=$(cat "$COUNT" 2>/dev/null || echo 0); n=$((n + 1)); echo $n >"$COUNT"
            case "$KUBERNETES_EXEC_INFO" in *'"interactive":false'*) ;; *) exit 9 ;; esac
            echo '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"'"$1$n"'","expirationTimestamp":"2026-01-01T01:00:00Z"}}'
            """);
        KubernetesClientConfig config = LoadPlugin(time, "/bin/sh", $"args: [{script}, tok], env: [{{name: COUNT, value: {_folder.Root}/count}}]");

        async Task<string?> Ask(bool refresh) => (await config.Credentials.GetAsync(refresh, Token)).Authorization;

        Assert.Equal("Bearer tok1", await Ask(false));
        Assert.Equal("Bearer tok1", await Ask(false));
        Assert.Equal("Bearer tok2", await Ask(true));
        time.Advance(TimeSpan.FromHours(1));
        Assert.Equal("Bearer tok3", await Ask(false));
    }

    [Theory]
    [InlineData("/no/such/plugin", "", "cannot be started: get it from x.")]
    [InlineData("/bin/sh", "args: [-c, 'echo broken >&2; exit 3']", "ended with 3: broken")]
    [InlineData("/bin/sh", "args: [-c, 'echo hello']", "printed no ExecCredential")]
    [InlineData("/bin/sh", "args: [-c, 'echo {}']", "neither a token nor a certificate")]
    public async Task A_plugin_that_fails_says_so(string command, string rest, string expected)
    {
        KubernetesClientConfig config = LoadPlugin(TimeProvider.System, command, rest);

        KubeconfigException e = await Assert.ThrowsAsync<KubeconfigException>(async () => await config.Credentials.GetAsync(false, Token));

        Assert.Contains(expected, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task In_a_pod_the_service_account_is_used()
    {
        using var authority = new TestAuthority("a");
        _folder.Write("sa/ca.crt", authority.Pem);
        _folder.Write("sa/token", "t1\n");
        _folder.Write("sa/namespace", "fleet\n");
        var time = new FakeTimeProvider();
        static string? Variable(string name) => name switch { "KUBERNETES_SERVICE_HOST" => "fd00::1", "KUBERNETES_SERVICE_PORT" => "443", _ => null };

        KubernetesClientConfig config = InClusterConfig.TryLoad(Variable, time, Path.Combine(_folder.Root, "sa"))!;
        string? before = (await config.Credentials.GetAsync(false, Token)).Authorization;
        _folder.Write("sa/token", "t2");
        string? cached = (await config.Credentials.GetAsync(false, Token)).Authorization;
        time.Advance(TimeSpan.FromMinutes(2));
        string? after = (await config.Credentials.GetAsync(false, Token)).Authorization;

        Assert.Equal(("https://[fd00::1]/", "fleet"), (config.Server.ToString(), config.Namespace));
        Assert.Equal(("Bearer t1", "Bearer t1", "Bearer t2"), (before, cached, after));
        Assert.Null(InClusterConfig.TryLoad(_ => null, time, _folder.Root));
    }

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    private static KubernetesClientConfig Load(string kubeconfig, string? context = null) =>
        Kubeconfig.Load(new KubeconfigOptions { Context = context, Environment = name => name == "KUBECONFIG" ? kubeconfig : null });

    private KubernetesClientConfig LoadPlugin(TimeProvider time, string command, string rest)
    {
        string file = _folder.Write("config", $$$"""
            current-context: c
            clusters: [{name: k, cluster: {server: "https://x"}}]
            users:
            - name: u
              user:
                exec: {apiVersion: client.authentication.k8s.io/v1, command: {{{command}}}, installHint: get it from x, {{{rest}}} }
            contexts: [{name: c, context: {cluster: k, user: u}}]
            """.Replace(",  }", " }", StringComparison.Ordinal));
        return Kubeconfig.Load(new KubeconfigOptions { Path = file, Time = time });
    }
}
