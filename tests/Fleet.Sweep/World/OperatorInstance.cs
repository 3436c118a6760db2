using System.Globalization;
using Fleet.Kubernetes;
using Fleet.Operator;

namespace Fleet.Sweep;

/// <summary>One operator process, as far as it matters: a client of its own, a clock of its own, and nothing in memory that an earlier one knew.</summary>
internal sealed class OperatorInstance : IAsyncDisposable
{
    /// <summary>Time may leap so far without a lease running out. Leases are longer than in production, so that fewer renewals are waited for.</summary>
    public static readonly TimeSpan LeaseStep = TimeSpan.FromSeconds(5);

    private readonly CancellationTokenSource _stop = new();
    private readonly KubernetesClient _client;
    private readonly Task _run;
    private OperatorHost? _host;

    public OperatorInstance(int number, KubernetesClientConfig config, TimeProvider time, bool elects, Func<IKubernetesClient, IKubernetesClient> mistake, HttpMessageHandler? nodes = null)
    {
        string name = Injector.OperatorPrefix + number.ToString(CultureInfo.InvariantCulture);
        Time = time;
        _client = new KubernetesClient(config, new KubernetesClientOptions { UserAgent = name, Random = new Random(number) }, time);
        var options = new OperatorOptions
        {
            BeaconImage = Workload.Image,
            PrometheusUrlPrefixes = [new Uri(Mutation.Prometheus)],
            Time = time,
            NodeHandler = nodes,
            Election = elects
                ? new LeaderElectionOptions
                {
                    Namespace = "kube-system",
                    Name = "fleet-operator",
                    Identity = name,
                    LeaseDuration = TimeSpan.FromSeconds(60),
                    RenewDeadline = TimeSpan.FromSeconds(40),
                    RetryPeriod = LeaseStep * 2,
                    Random = new Random(number),
                }
                : null,
        };
        IKubernetesClient client = mistake(_client);
        _run = Task.Run(() => OperatorHost.RunAsync(client, options, host => _host = host, _stop.Token));
    }

    /// <summary>Its clock.</summary>
    public TimeProvider Time { get; }

    /// <summary>Whether its local copies are complete and, if it leads, nothing waits.</summary>
    public bool IsIdle => _host is { IsReady: true } && (!_host.IsLeader || _host.IsIdle);

    /// <summary>Whether it fills its local copies, or has something in hand.</summary>
    public bool IsAtWork => _host is not { IsReady: true } || (_host.IsLeader && !_host.IsIdle);

    /// <summary>Whether it may write.</summary>
    public bool Leads => _host is { IsReady: true, IsLeader: true };

    /// <summary>Why it ended although nobody asked it to; null while it runs.</summary>
    public string? Failure => _run.IsFaulted ? _run.Exception.InnerException!.ToString() : _run.IsCompleted && !_stop.IsCancellationRequested ? "it ended by itself" : null;

    /// <summary>Nothing waits for what is under way: it is cancelled.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        try
        {
            await _run;
        }
        catch (Exception) when (_run.IsFaulted)
        {
            // Told by Failure.
        }

        _client.Dispose();
        _stop.Dispose();
    }
}
