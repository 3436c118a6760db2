using Fleet.Api;
using Fleet.Kubernetes;
using Fleet.Kubernetes.Models;
using Microsoft.Extensions.Logging;

namespace Fleet.Operator.Gathering;

/// <summary>Local copies of everything the operator decides from, of some namespaces or of all. Secrets are not among them.</summary>
internal sealed class Informers
{
    public Informers(IKubernetesClient client, IReadOnlyCollection<string> namespaces, Action onSetBack, KubernetesMetrics metrics, TimeProvider time, ILoggerFactory loggers)
    {
        Testnets = Make<Testnet>(null, static _ => null);
        Nodes = Make<BeaconNode>(null, static node => node.Spec.Testnet);
        Rollouts = Make<CanaryRollout>(null, static rollout => rollout.Spec.Testnet);
        Resets = Make<ChainReset>(null, static reset => reset.Spec.Testnet);
        const string Ours = Labels.AppManagedBy + "=" + Labels.ManagedByValue;
        StatefulSets = Make<StatefulSet>(Ours, TestnetOf);
        Pods = Make<Pod>(Ours, TestnetOf);
        ConfigMaps = Make<ConfigMap>(Ours, TestnetOf);
        Services = Make<Service>(Ours, TestnetOf);
        Budgets = Make<PodDisruptionBudget>(Ours, TestnetOf);
        Claims = Make<PersistentVolumeClaim>(Ours, TestnetOf);

        // One kind shows it, all have it.
        void DistrustAll()
        {
            onSetBack();
            foreach (IInformer informer in All)
            {
                informer.Distrust();
            }
        }

        // A pass over one testnet looks at what is its own, however many others there are.
        static string? TestnetOf(IKubernetesObject value) => value.Metadata.Labels?.GetValueOrDefault(Labels.Testnet);

        IInformer<T> Make<T>(string? selector, Func<T, string?> groupOf)
            where T : class, IKubernetesObject<T>
        {
            return namespaces.Count == 0 ? Single(null) : new NamespacedInformers<T>(namespaces, Single);

            Informer<T> Single(string? name) =>
                new(client, new InformerOptions { Namespace = name, LabelSelector = selector, OnSetBack = DistrustAll }, metrics, time, loggers.CreateLogger<Informer<T>>(), groupOf);
        }
    }

    public IInformer<Testnet> Testnets { get; }

    public IInformer<BeaconNode> Nodes { get; }

    public IInformer<CanaryRollout> Rollouts { get; }

    public IInformer<ChainReset> Resets { get; }

    public IInformer<StatefulSet> StatefulSets { get; }

    public IInformer<Pod> Pods { get; }

    public IInformer<ConfigMap> ConfigMaps { get; }

    public IInformer<Service> Services { get; }

    public IInformer<PodDisruptionBudget> Budgets { get; }

    public IInformer<PersistentVolumeClaim> Claims { get; }

    private IEnumerable<IInformer> All => [Testnets, Nodes, Rollouts, Resets, StatefulSets, Pods, ConfigMaps, Services, Budgets, Claims];

    /// <summary>Whether every first list is in.</summary>
    public bool HaveSynced => All.All(informer => informer.HasSynced);

    /// <summary>Whether every copy is known to follow the server now.</summary>
    public bool AreFresh => All.All(informer => informer.IsFresh);

    /// <summary>Plural name of a kind whose loop no longer turns; null when all do.</summary>
    public string? Stuck => All.FirstOrDefault(informer => informer.IsStuck)?.Resource.Plural;

    public Task RunAsync(CancellationToken cancellationToken) => Task.WhenAll(All.Select(informer => informer.RunAsync(cancellationToken)));
}
