using System.Net;
using Microsoft.Extensions.Logging;

namespace Fleet.Manager;

/// <summary>What the command line says.</summary>
internal sealed record ManagerSettings
{
    /// <summary>File; null: environment or service account.</summary>
    public string? Kubeconfig { get; init; }

    /// <summary>Namespaces to look after; empty: all.</summary>
    public IReadOnlyList<string> WatchNamespaces { get; init; } = [];

    /// <summary>Image for testnets that name none.</summary>
    public string? BeaconImage { get; init; }

    /// <summary>Whether several instances compete.</summary>
    public bool LeaderElect { get; init; }

    /// <summary>Namespace of the Lease; null: that of the pod.</summary>
    public string? LeaderElectionNamespace { get; init; }

    /// <summary>Name of the Lease.</summary>
    public required string LeaderElectionId { get; init; }

    /// <summary>See <see cref="Fleet.Kubernetes.LeaderElectionOptions.LeaseDuration"/>.</summary>
    public required TimeSpan LeaseDuration { get; init; }

    /// <summary>See <see cref="Fleet.Kubernetes.LeaderElectionOptions.RenewDeadline"/>.</summary>
    public required TimeSpan RenewDeadline { get; init; }

    /// <summary>See <see cref="Fleet.Kubernetes.LeaderElectionOptions.RetryPeriod"/>.</summary>
    public required TimeSpan RetryPeriod { get; init; }

    /// <summary>Where <c>/metrics</c> is served; null: nowhere.</summary>
    public required IPEndPoint? MetricsAddress { get; init; }

    /// <summary>Where <c>/healthz</c> and <c>/readyz</c> are served; null: nowhere.</summary>
    public required IPEndPoint? HealthAddress { get; init; }

    /// <summary>See <see cref="Fleet.Operator.OperatorOptions.PrometheusUrlPrefixes"/>.</summary>
    public IReadOnlyList<Uri> PrometheusUrlPrefixes { get; init; } = [];

    /// <summary>Objects of a kind worked on at the same time.</summary>
    public required int Workers { get; init; }

    /// <summary>Least severity that is logged.</summary>
    public required LogLevel LogLevel { get; init; }
}
