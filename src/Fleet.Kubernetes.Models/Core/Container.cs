namespace Fleet.Kubernetes.Models;

/// <summary>One container of a pod.</summary>
public sealed class Container : KubernetesModel
{
    public string Name { get; set; } = "";

    public string? Image { get; set; }

    public List<string>? Command { get; set; }

    public List<string>? Args { get; set; }

    public string? WorkingDir { get; set; }

    public List<ContainerPort>? Ports { get; set; }

    public List<EnvFromSource>? EnvFrom { get; set; }

    public List<EnvVar>? Env { get; set; }

    public ResourceRequirements? Resources { get; set; }

    public List<VolumeMount>? VolumeMounts { get; set; }

    public Probe? LivenessProbe { get; set; }

    public Probe? ReadinessProbe { get; set; }

    public Probe? StartupProbe { get; set; }

    public Lifecycle? Lifecycle { get; set; }

    public string? TerminationMessagePath { get; set; }

    public string? TerminationMessagePolicy { get; set; }

    /// <summary><c>Always</c>, <c>IfNotPresent</c> or <c>Never</c>.</summary>
    public string? ImagePullPolicy { get; set; }

    public SecurityContext? SecurityContext { get; set; }

    public bool? Stdin { get; set; }

    public bool? Tty { get; set; }
}

/// <summary>Port of a container.</summary>
public sealed class ContainerPort : KubernetesModel
{
    public string? Name { get; set; }

    public int? HostPort { get; set; }

    /// <summary>Port number; the field is named <c>containerPort</c> on the wire.</summary>
    [System.Text.Json.Serialization.JsonPropertyName("containerPort")]
    public int Port { get; set; }

    /// <summary><c>TCP</c>, <c>UDP</c> or <c>SCTP</c>.</summary>
    public string? Protocol { get; set; }

    public string? HostIP { get; set; }
}

/// <summary>One environment variable.</summary>
public sealed class EnvVar : KubernetesModel
{
    public string Name { get; set; } = "";

    public string? Value { get; set; }

    public EnvVarSource? ValueFrom { get; set; }
}

/// <summary>Where the value of a variable comes from; exactly one is set.</summary>
public sealed class EnvVarSource : KubernetesModel
{
    public ObjectFieldSelector? FieldRef { get; set; }

    public ResourceFieldSelector? ResourceFieldRef { get; set; }

    public KeySelector? ConfigMapKeyRef { get; set; }

    public KeySelector? SecretKeyRef { get; set; }
}

/// <summary>Field of the pod itself.</summary>
public sealed class ObjectFieldSelector : KubernetesModel
{
    public string? ApiVersion { get; set; }

    public string FieldPath { get; set; } = "";
}

/// <summary>Resource of a container.</summary>
public sealed class ResourceFieldSelector : KubernetesModel
{
    public string? ContainerName { get; set; }

    public string Resource { get; set; } = "";

    public Quantity? Divisor { get; set; }
}

/// <summary>Key of a ConfigMap or Secret.</summary>
public sealed class KeySelector : KubernetesModel
{
    public string? Name { get; set; }

    public string Key { get; set; } = "";

    public bool? Optional { get; set; }
}

/// <summary>All keys of a ConfigMap or Secret as variables.</summary>
public sealed class EnvFromSource : KubernetesModel
{
    public string? Prefix { get; set; }

    public OptionalReference? ConfigMapRef { get; set; }

    public OptionalReference? SecretRef { get; set; }
}

/// <summary>Reference to an object that may be absent.</summary>
public sealed class OptionalReference : KubernetesModel
{
    public string? Name { get; set; }

    public bool? Optional { get; set; }
}

/// <summary>What a container asks for and may use at most.</summary>
public sealed class ResourceRequirements : KubernetesModel
{
    public Dictionary<string, Quantity>? Limits { get; set; }

    public Dictionary<string, Quantity>? Requests { get; set; }
}

/// <summary>Where a volume appears in a container.</summary>
public sealed class VolumeMount : KubernetesModel
{
    public string Name { get; set; } = "";

    public bool? ReadOnly { get; set; }

    public string MountPath { get; set; } = "";

    public string? SubPath { get; set; }

    public string? SubPathExpr { get; set; }

    public string? MountPropagation { get; set; }
}

/// <summary>Health check; exactly one handler is set. Durations are in seconds.</summary>
public sealed class Probe : KubernetesModel
{
    public HttpGetAction? HttpGet { get; set; }

    public TcpSocketAction? TcpSocket { get; set; }

    public ExecAction? Exec { get; set; }

    public int? InitialDelaySeconds { get; set; }

    public int? TimeoutSeconds { get; set; }

    public int? PeriodSeconds { get; set; }

    public int? SuccessThreshold { get; set; }

    public int? FailureThreshold { get; set; }

    public long? TerminationGracePeriodSeconds { get; set; }
}

/// <summary>Hooks of a container.</summary>
public sealed class Lifecycle : KubernetesModel
{
    public LifecycleHandler? PostStart { get; set; }

    public LifecycleHandler? PreStop { get; set; }
}

/// <summary>One hook; exactly one handler is set.</summary>
public sealed class LifecycleHandler : KubernetesModel
{
    public ExecAction? Exec { get; set; }

    public HttpGetAction? HttpGet { get; set; }
}

/// <summary>GET request; 200 to 399 is success.</summary>
public sealed class HttpGetAction : KubernetesModel
{
    public string? Path { get; set; }

    public IntOrString Port { get; set; }

    public string? Host { get; set; }

    /// <summary><c>HTTP</c> or <c>HTTPS</c>.</summary>
    public string? Scheme { get; set; }

    public List<HttpHeader>? HttpHeaders { get; set; }
}

/// <summary>Header of a probe.</summary>
public sealed class HttpHeader : KubernetesModel
{
    public string Name { get; set; } = "";

    public string Value { get; set; } = "";
}

/// <summary>Connection to a port.</summary>
public sealed class TcpSocketAction : KubernetesModel
{
    public IntOrString Port { get; set; }

    public string? Host { get; set; }
}

/// <summary>Command in the container.</summary>
public sealed class ExecAction : KubernetesModel
{
    public List<string>? Command { get; set; }
}

/// <summary>Security of one container.</summary>
public sealed class SecurityContext : KubernetesModel
{
    public Capabilities? Capabilities { get; set; }

    public bool? Privileged { get; set; }

    public long? RunAsUser { get; set; }

    public long? RunAsGroup { get; set; }

    public bool? RunAsNonRoot { get; set; }

    public bool? ReadOnlyRootFilesystem { get; set; }

    public bool? AllowPrivilegeEscalation { get; set; }

    public string? ProcMount { get; set; }

    public SeccompProfile? SeccompProfile { get; set; }
}

/// <summary>POSIX capabilities.</summary>
public sealed class Capabilities : KubernetesModel
{
    public List<string>? Add { get; set; }

    public List<string>? Drop { get; set; }
}
