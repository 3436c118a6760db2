using Fleet.Kubernetes;
using Fleet.Kubernetes.Models;

namespace Fleet.E2E.Tests.Cluster;

/// <summary>Carries requests to a pod through the API server: pods of a cluster have no address that tests can reach.</summary>
internal sealed class PodProxyHandler(IKubernetesClient client, ObjectKey pod) : HttpMessageHandler
{
    /// <summary>Where a node's Beacon API seems to be for whoever uses this handler.</summary>
    public static Uri BeaconApi { get; } = new("http://pod:5052");

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            return await client.ProxyPodAsync(pod, request.RequestUri!.Port, request.Method, request.RequestUri.PathAndQuery, request.Content, cancellationToken);
        }
        catch (Exception e) when (e is KubernetesException or KubernetesConnectionException)
        {
            throw new HttpRequestException($"{pod} could not be asked: {e.Message}", e);
        }
    }
}
