using Fleet.Kubernetes.Models;

namespace Fleet.Kubernetes.Tests;

/// <summary>A server that closes a connection on which it owes an answer.</summary>
public sealed class DepartureTests
{
    private const string Map = """{"metadata":{"name":"m"}}""";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(Departure.End)]
    [InlineData(Departure.Reset)]
    [InlineData(Departure.GoAway)]
    public async Task A_read_is_asked_again_on_another_connection(Departure departure)
    {
        using var authority = new TestAuthority("ours");
        await using var server = new DepartingServer(authority.IssueServer(), departure, departures: 3, Map);
        using KubernetesClient client = Client(server, authority);

        Assert.Equal("m", (await client.GetAsync<ConfigMap>(new ObjectKey("n", "m"), Token)).Metadata.Name);
        Assert.Equal(4, server.Requests);
    }

    [Theory]
    [InlineData(Departure.End)]
    [InlineData(Departure.Reset)]
    [InlineData(Departure.GoAway)]
    public async Task But_not_for_ever(Departure departure)
    {
        using var authority = new TestAuthority("ours");
        await using var server = new DepartingServer(authority.IssueServer(), departure, departures: 100, Map);
        using KubernetesClient client = Client(server, authority);

        await Assert.ThrowsAsync<KubernetesConnectionException>(() => client.GetAsync<ConfigMap>(new ObjectKey("n", "m"), Token));

        // Where an HTTP/1.1 stream ends without a byte of an answer, the handler has asked four times before it says so.
        Assert.InRange(server.Requests, 4, 16);
    }

    [Theory]
    [InlineData(Departure.End)]
    [InlineData(Departure.Reset)]
    [InlineData(Departure.GoAway)]
    public async Task A_write_that_may_have_been_carried_out_is_not_repeated(Departure departure)
    {
        using var authority = new TestAuthority("ours");
        await using var server = new DepartingServer(authority.IssueServer(), departure, departures: 1, Map);
        using KubernetesClient client = Client(server, authority);
        var map = new ConfigMap { Metadata = new ObjectMeta { Name = "m", Namespace = "n" } };

        await Assert.ThrowsAsync<KubernetesConnectionException>(() => client.CreateAsync(map, null, Token));
        Assert.Equal(1, server.Requests);
    }

    private static KubernetesClient Client(DepartingServer server, TestAuthority authority) =>
        new(new KubernetesClientConfig { Server = server.Address, CertificateAuthority = CertificateAuthority.FromPem(authority.Pem) });
}
