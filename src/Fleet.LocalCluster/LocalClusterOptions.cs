using System.Collections.Immutable;
using System.Net;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Fleet.LocalCluster;

/// <summary>How a local cluster is to be run.</summary>
public sealed record LocalClusterOptions
{
    /// <summary>Where everything of this cluster lies: state, credentials, claims, pods' files, logs. One process at a time uses it.</summary>
    public required string DataDir { get; init; }

    /// <summary>Port of the API server; 0: one that is free, the same again at the next start when it still is.</summary>
    public int ApiPort { get; init; }

    /// <summary>Address the API server listens on.</summary>
    public IPAddress Address { get; init; } = IPAddress.Loopback;

    /// <summary>Container images and the local builds (executables) that stand for them.</summary>
    public IReadOnlyDictionary<string, string> ImageMap { get; init; } = ImmutableDictionary<string, string>.Empty;

    /// <summary>Whether pods are run as processes; without, they stay pending unless a test plays the kubelet.</summary>
    public bool RunPods { get; init; } = true;

    /// <summary>Whether the controllers run (StatefulSets, garbage collection, namespaces, claims, budgets, endpoints).</summary>
    public bool RunControllers { get; init; } = true;

    /// <summary>Faults of the API server, for tests.</summary>
    public IFaultInjector? Faults { get; init; }

    /// <summary>The clock.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Where logs go.</summary>
    public ILoggerFactory LoggerFactory { get; init; } = NullLoggerFactory.Instance;
}
