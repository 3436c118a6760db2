namespace Fleet.E2E.Tests.Cluster;

/// <summary>A cluster with an operator on it: everything the cases need that the Kubernetes API does not say.</summary>
/// <remarks>There are two: <see cref="EmbeddedCluster"/>, the default, and <see cref="HelmCluster"/> where <c>FLEET_E2E_KUBECONFIG</c> names a real one.</remarks>
public interface IClusterUnderTest : IAsyncDisposable
{
    /// <summary>How kubectl reaches it.</summary>
    string KubeconfigPath { get; }

    /// <summary>Namespace of the operator, in which it looks after testnets.</summary>
    string Namespace { get; }

    /// <summary>A namespace in which it does so only while it watches all.</summary>
    string OtherNamespace { get; }

    /// <summary>An image that cannot be had.</summary>
    string UnpullableImage { get; }

    /// <summary>An image whose containers end at once.</summary>
    string CrashingImage { get; }

    /// <summary>Another name of the beacon image, or the next release of it; null: there is none.</summary>
    string? NextBeaconImage { get; }

    /// <summary>Why there is none.</summary>
    string WhyNoNextImage { get; }

    /// <summary>Slot duration of testnets here, in milliseconds.</summary>
    int SlotMilliseconds { get; }

    /// <summary>Why there is no Helm release and no pod security here; null where there are.</summary>
    string? WhyNoHelm { get; }

    /// <summary>Makes the namespaces and installs the operator, two instances of it. Returns when both are ready.</summary>
    Task StartAsync();

    /// <summary>Installs the operator again after <see cref="UninstallAsync"/>.</summary>
    Task InstallAsync();

    /// <summary>Replaces the operator by a newer release, as an upgrade does. Returns when it is ready.</summary>
    Task UpgradeAsync();

    /// <summary>Makes the operator look after testnets in all namespaces from now on.</summary>
    Task WatchAllNamespacesAsync();

    /// <summary>Removes the operator. Returns the names of what is left of its installation, other than the definitions of our kinds, which must be.</summary>
    Task<IReadOnlyList<string>> UninstallAsync();

    /// <summary>Identities of the operator's running instances; each instance has another one.</summary>
    Task<IReadOnlySet<string>> OperatorsAsync();

    /// <summary>Ends the instance that holds the Lease without giving it time to hand over; another is started in its place.</summary>
    Task KillLeaderAsync();

    /// <summary>The same with all instances at once.</summary>
    Task KillOperatorsAsync();
}
