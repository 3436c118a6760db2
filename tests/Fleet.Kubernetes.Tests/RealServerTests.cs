using Fleet.Kubernetes.Models;
using TestKit;

[assembly: AssemblyFixture(typeof(RealApiServerFixture))]

namespace Fleet.Kubernetes.Tests;

/// <summary>The client against a real kube-apiserver.</summary>
public sealed class RealServerTests(RealApiServerFixture fixture)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_written_object_comes_back()
    {
        RealApiServer server = await fixture.GetAsync();
        using var client = new KubernetesClient(Kubeconfig.Load(new KubeconfigOptions { Path = server.KubeconfigPath }));
        var map = new ConfigMap { Metadata = new ObjectMeta { GenerateName = "a-", Namespace = "default" }, Data = new() { ["a"] = "b" } };

        ConfigMap created = await client.CreateAsync(map, null, Token);
        ConfigMap read = await client.GetAsync<ConfigMap>(ObjectKey.Of(created), Token);

        Assert.StartsWith("a-", created.Metadata.Name, StringComparison.Ordinal);
        Assert.Equal("b", read.Data!["a"]);
        Assert.Equal(created.Metadata.Uid, read.Metadata.Uid);
    }
}
