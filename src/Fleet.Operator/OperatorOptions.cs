using System.Diagnostics.Metrics;
using Fleet.Kubernetes;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Fleet.Operator;

/// <summary>Settings of an operator.</summary>
public sealed record OperatorOptions
{
    /// <summary>Image for testnets that name none. <value>None by default: such testnets are not accepted.</value></summary>
    public string? BeaconImage { get; init; }

    /// <summary>Namespaces that are looked after. <value>Empty by default: all of them.</value></summary>
    public IReadOnlyList<string> Namespaces { get; init; } = [];

    /// <summary>Testnets, and nodes, worked on at the same time. <value>4 by default.</value></summary>
    public int Workers { get; init; } = 4;

    /// <summary>What <c>spec.observability.prometheusURL</c> may begin with; see <see cref="Sampling.PrometheusPrefixes"/>. <value>Empty by default: no Prometheus is asked.</value></summary>
    public IReadOnlyList<Uri> PrometheusUrlPrefixes { get; init; } = [];

    /// <summary>How this instance competes with others for the right to write. <value>None by default: there is no other.</value></summary>
    public LeaderElectionOptions? Election { get; init; }

    /// <summary>Instruments. <value>By default some of its own, which nobody sees.</value></summary>
    public KubernetesMetrics? Metrics { get; init; }

    /// <summary>Where the gauges about testnets are made. <value>None by default: there are none.</value></summary>
    public IMeterFactory? Meters { get; init; }

    /// <summary>How nodes are reached. <value>None by default: over the network.</value></summary>
    public HttpMessageHandler? NodeHandler { get; init; }

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Where logs go.</summary>
    public ILoggerFactory LoggerFactory { get; init; } = NullLoggerFactory.Instance;
}
