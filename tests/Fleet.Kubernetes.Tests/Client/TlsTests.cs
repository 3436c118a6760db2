using Fleet.Kubernetes.Models;

namespace Fleet.Kubernetes.Tests;

public sealed class TlsTests
{
    private const string Map = """{"metadata":{"name":"m"}}""";
    private static readonly ObjectKey Key = new("n", "m");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_given_authority_is_trusted_and_no_other()
    {
        using var ours = new TestAuthority("ours");
        using var theirs = new TestAuthority("theirs");
        await using StubServer server = await StubServer.StartAsync((context, _) => StubServer.AnswerAsync(context, 200, Map), ours.IssueServer());

        using (KubernetesClient client = Client(server, CertificateAuthority.FromPem(ours.Pem)))
        {
            Assert.Equal("m", (await client.GetAsync<ConfigMap>(Key, Token)).Metadata.Name);
        }

        using (KubernetesClient client = Client(server, CertificateAuthority.FromPem(theirs.Pem)))
        {
            KubernetesConnectionException e = await Assert.ThrowsAsync<KubernetesConnectionException>(() => client.GetAsync<ConfigMap>(Key, Token));
            Assert.Contains("does not fit the certificate authority", e.Message, StringComparison.Ordinal);
        }

        using (KubernetesClient client = Client(server, null))
        {
            KubernetesConnectionException e = await Assert.ThrowsAsync<KubernetesConnectionException>(() => client.GetAsync<ConfigMap>(Key, Token));
            Assert.Contains("not trusted by this machine", e.Message, StringComparison.Ordinal);
        }

        using (var client = new KubernetesClient(new KubernetesClientConfig { Server = server.Address, SkipTlsVerify = true }))
        {
            Assert.Equal("m", (await client.GetAsync<ConfigMap>(Key, Token)).Metadata.Name);
        }
    }

    [Fact]
    public async Task A_certificate_for_another_name_is_refused()
    {
        using var ours = new TestAuthority("ours");
        await using StubServer server = await StubServer.StartAsync((context, _) => StubServer.AnswerAsync(context, 200, Map), ours.IssueServer());
        using var client = new KubernetesClient(new KubernetesClientConfig
        {
            Server = server.Address,
            CertificateAuthority = CertificateAuthority.FromPem(ours.Pem),
            TlsServerName = "elsewhere.example",
        });

        await Assert.ThrowsAsync<KubernetesConnectionException>(() => client.GetAsync<ConfigMap>(Key, Token));
    }

    [Fact]
    public async Task A_replaced_authority_file_is_picked_up()
    {
        using var folder = new TemporaryFolder();
        using var before = new TestAuthority("before");
        using var after = new TestAuthority("after");
        string file = folder.Write("ca.crt", before.Pem);
        CertificateAuthority authority = CertificateAuthority.FromFile(file);
        await using StubServer server = await StubServer.StartAsync((context, _) => StubServer.AnswerAsync(context, 200, Map), after.IssueServer());
        using KubernetesClient client = Client(server, authority);
        await Assert.ThrowsAsync<KubernetesConnectionException>(() => client.GetAsync<ConfigMap>(Key, Token));

        File.WriteAllText(file, after.Pem);

        Assert.Equal("m", (await client.GetAsync<ConfigMap>(Key, Token)).Metadata.Name);
    }

    [Fact]
    public async Task An_authority_that_the_kubelet_replaces_is_picked_up()
    {
        using var folder = new TemporaryFolder();
        using var before = new TestAuthority("before");
        using var after = new TestAuthority("after");

        // A projected volume: ca.crt never changes, it points through a link that is swapped.
        folder.Write("1/ca.crt", before.Pem);
        folder.Write("2/ca.crt", after.Pem);
        string data = Path.Combine(folder.Root, "..data");
        string file = Path.Combine(folder.Root, "ca.crt");
        File.CreateSymbolicLink(data, "1");
        File.CreateSymbolicLink(file, "..data/ca.crt");
        CertificateAuthority authority = CertificateAuthority.FromFile(file);
        await using StubServer server = await StubServer.StartAsync((context, _) => StubServer.AnswerAsync(context, 200, Map), after.IssueServer());
        using KubernetesClient client = Client(server, authority);
        await Assert.ThrowsAsync<KubernetesConnectionException>(() => client.GetAsync<ConfigMap>(Key, Token));

        Directory.Delete(data);
        File.CreateSymbolicLink(data, "2");

        Assert.Equal("m", (await client.GetAsync<ConfigMap>(Key, Token)).Metadata.Name);
    }

    [Fact]
    public async Task A_client_certificate_reaches_the_server()
    {
        using var ours = new TestAuthority("ours");
        string? subject = null;
        await using StubServer server = await StubServer.StartAsync(
            (context, _) =>
            {
                subject = context.Connection.ClientCertificate?.Subject;
                return StubServer.AnswerAsync(context, 200, Map);
            },
            ours.IssueServer(),
            wantClientCertificate: true);
        (string certificate, string key) = ours.Issue("alice", loopback: false);
        using var folder = new TemporaryFolder();
        folder.Write("alice.crt", certificate);
        folder.Write("alice.key", key);
        folder.Write("ca.crt", ours.Pem);
        string kubeconfig = folder.Write("config", $$$"""
            current-context: c
            clusters: [{name: k, cluster: {server: "{{{server.Address}}}", certificate-authority: ca.crt}}]
            users: [{name: u, user: {client-certificate: alice.crt, client-key: alice.key}}]
            contexts: [{name: c, context: {cluster: k, user: u, namespace: mine}}]
            """);
        KubernetesClientConfig config = Kubeconfig.Load(new KubeconfigOptions { Path = kubeconfig });
        using var client = new KubernetesClient(config);

        await client.GetAsync<ConfigMap>(Key, Token);

        Assert.Equal("CN=alice", subject);
        Assert.Equal("mine", client.DefaultNamespace);
    }

    private static KubernetesClient Client(StubServer server, CertificateAuthority? authority) =>
        new(new KubernetesClientConfig { Server = server.Address, CertificateAuthority = authority });
}
