using Fleet.Api;
using Fleet.Kubernetes;
using Fleet.Kubernetes.Models;
using Microsoft.Extensions.Logging;

namespace Fleet.Operator.Gathering;

/// <summary>Local copies of everything the operator decides from, for one namespace or all of them. Secrets are not among them.</summary>
internal sealed class Informers
{
    public Informers(IKubernetesClient client, string? @namespace, KubernetesMetrics metrics, TimeProvider time, ILoggerFactory loggers)
    {
        Testnets = Make<Testnet>(null);
        Nodes = Make<BeaconNode>(null);
        const string Ours = Labels.AppManagedBy + "=" + Labels.ManagedByValue;
        StatefulSets = Make<StatefulSet>(Ours);
        Pods = Make<Pod>(Ours);
        ConfigMaps = Make<ConfigMap>(Ours);
        Services = Make<Service>(Ours);
        Budgets = Make<PodDisruptionBudget>(Ours);
        Claims = Make<PersistentVolumeClaim>(Ours);

        Informer<T> Make<T>(string? selector)
            where T : class, IKubernetesObject<T> =>
            new(client, new InformerOptions { Namespace = @namespace, LabelSelector = selector }, metrics, time, loggers.CreateLogger<Informer<T>>());
    }

    public Informer<Testnet> Testnets { get; }

    public Informer<BeaconNode> Nodes { get; }

    public Informer<StatefulSet> StatefulSets { get; }

    public Informer<Pod> Pods { get; }

    public Informer<ConfigMap> ConfigMaps { get; }

    public Informer<Service> Services { get; }

    public Informer<PodDisruptionBudget> Budgets { get; }

    public Informer<PersistentVolumeClaim> Claims { get; }

    private IEnumerable<IInformer> All => [Testnets, Nodes, StatefulSets, Pods, ConfigMaps, Services, Budgets, Claims];

    public Task RunAsync(CancellationToken cancellationToken) => Task.WhenAll(All.Select(informer => informer.RunAsync(cancellationToken)));

    public Task WaitForSyncAsync(CancellationToken cancellationToken) => Task.WhenAll(All.Select(informer => informer.WaitForSyncAsync(cancellationToken)));

    public bool AreFresh => All.All(informer => informer.IsFresh);
}
