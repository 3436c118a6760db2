using System.Text.Json.Serialization.Metadata;

namespace Fleet.Kubernetes.Models;

/// <summary>core/v1 Service.</summary>
public sealed class Service : KubernetesObject, IKubernetesObject<Service>
{
    /// <inheritdoc/>
    public static ResourceType Resource { get; } = new("", "v1", "services", "Service", true) { ShortNames = ["svc"], Categories = ["all"] };

    /// <inheritdoc/>
    public static JsonTypeInfo<Service> JsonType => KubernetesJson.Context.Service;

    /// <inheritdoc/>
    public static JsonTypeInfo<KubernetesList<Service>> ListJsonType => KubernetesJson.Context.KubernetesListService;

    public ServiceSpec? Spec { get; set; }

    public ServiceStatus? Status { get; set; }
}

/// <summary>Desired state of a service.</summary>
public sealed class ServiceSpec : KubernetesModel
{
    /// <summary><c>ClusterIP</c>, <c>NodePort</c>, <c>LoadBalancer</c> or <c>ExternalName</c>.</summary>
    public string? Type { get; set; }

    public List<ServicePort>? Ports { get; set; }

    public Dictionary<string, string>? Selector { get; set; }

    /// <summary><c>None</c> for a headless service.</summary>
    public string? ClusterIP { get; set; }

    public List<string>? ClusterIPs { get; set; }

    public List<string>? ExternalIPs { get; set; }

    public string? ExternalName { get; set; }

    public string? ExternalTrafficPolicy { get; set; }

    public string? SessionAffinity { get; set; }

    public bool? PublishNotReadyAddresses { get; set; }

    public List<string>? IpFamilies { get; set; }

    public string? IpFamilyPolicy { get; set; }

    public string? LoadBalancerIP { get; set; }
}

/// <summary>Port of a service.</summary>
public sealed class ServicePort : KubernetesModel
{
    public string? Name { get; set; }

    public string? Protocol { get; set; }

    public string? AppProtocol { get; set; }

    public int Port { get; set; }

    public IntOrString? TargetPort { get; set; }

    public int? NodePort { get; set; }
}

/// <summary>Observed state of a service.</summary>
public sealed class ServiceStatus : KubernetesModel
{
    public LoadBalancerStatus? LoadBalancer { get; set; }

    public List<Condition>? Conditions { get; set; }
}

/// <summary>Where a load balancer takes traffic.</summary>
public sealed class LoadBalancerStatus : KubernetesModel
{
    public List<LoadBalancerIngress>? Ingress { get; set; }
}

/// <summary>One address of a load balancer.</summary>
public sealed class LoadBalancerIngress : KubernetesModel
{
    public string? Ip { get; set; }

    public string? Hostname { get; set; }
}
