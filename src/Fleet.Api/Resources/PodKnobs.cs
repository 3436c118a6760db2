using System.Text.Json;
using Fleet.Api.Schema;

namespace Fleet.Api;

/// <summary>What can be set on the pods of a pool or of one node.</summary>
public class PodKnobs
{
    /// <summary>Compute resources of the beacon container.</summary>
    public ResourceSpec? Resources { get; set; }

    /// <summary>Volume of each node.</summary>
    [Schema(Default = "{}")]
    public StorageSpec Storage { get; set; } = new();

    /// <summary>Labels a Kubernetes node must have.</summary>
    [Schema(MaxItems = 32, ItemMaxLength = 63)]
    public Dictionary<string, string>? NodeSelector { get; set; }

    /// <summary>Taints that are tolerated.</summary>
    [Schema(MaxItems = 32)]
    public List<TolerationSpec>? Tolerations { get; set; }

    /// <summary>Kubernetes affinity, passed through. Empty: nodes of a testnet spread over Kubernetes nodes.</summary>
    [Schema(PreserveUnknown = true)]
    public JsonElement? Affinity { get; set; }

    /// <summary>Priority class of the pods.</summary>
    [Schema(MaxLength = 253)]
    public string? PriorityClassName { get; set; }

    /// <summary>Further arguments of the beacon process, each "--name=value".</summary>
    [Schema(MaxItems = 64, ItemMaxLength = 512, ItemPattern = "^--[a-z][a-z0-9-]*(=.*)?$")]
    public List<string>? ExtraArgs { get; set; }

    /// <summary>Further environment variables of the containers.</summary>
    [Schema(MaxItems = 64, MapKey = "name")]
    public List<EnvironmentVariable>? Env { get; set; }

    /// <summary>Least severe level that is logged.</summary>
    [Schema(Values = "error|warn|info|debug|trace", Default = "\"info\"")]
    public string LogLevel { get; set; } = "info";
}

/// <summary>Compute resources of a container, in Kubernetes quantities.</summary>
public sealed class ResourceSpec
{
    /// <summary>What is reserved.</summary>
    [Schema(MaxItems = 8, ItemMaxLength = 32)]
    public Dictionary<string, ConfigValue>? Requests { get; set; }

    /// <summary>What is the most that may be used.</summary>
    [Schema(MaxItems = 8, ItemMaxLength = 32)]
    public Dictionary<string, ConfigValue>? Limits { get; set; }
}

/// <summary>Volume of a node.</summary>
public sealed class StorageSpec
{
    /// <summary>Size as a Kubernetes quantity; may grow.</summary>
    [Schema(MaxLength = 32, Pattern = "^[0-9]+(\\.[0-9]+)?(Ki|Mi|Gi|Ti|k|M|G|T)?$", Default = "\"5Gi\"")]
    public string Size { get; set; } = "5Gi";

    /// <summary>Storage class. Empty: the cluster's default.</summary>
    [Schema(MaxLength = 253)]
    public string? ClassName { get; set; }
}

/// <summary>A taint that is tolerated, as in pods.</summary>
public sealed class TolerationSpec
{
    /// <summary>Key of the taint; empty matches every key when the operator is Exists.</summary>
    [Schema(MaxLength = 316)]
    public string? Key { get; set; }

    /// <summary>How value is compared.</summary>
    [Schema(Values = "Exists|Equal")]
    public string? Operator { get; set; }

    /// <summary>Value of the taint.</summary>
    [Schema(MaxLength = 63)]
    public string? Value { get; set; }

    /// <summary>Effect of the taint. Empty: every effect.</summary>
    [Schema(Values = "NoSchedule|PreferNoSchedule|NoExecute")]
    public string? Effect { get; set; }

    /// <summary>How long a NoExecute taint is tolerated, in seconds.</summary>
    [Schema(Minimum = 0, Maximum = 31536000)]
    public long? TolerationSeconds { get; set; }
}

/// <summary>An environment variable with a plain value.</summary>
public sealed class EnvironmentVariable
{
    /// <summary>Name.</summary>
    [Schema(Required = true, MinLength = 1, MaxLength = 128, Pattern = "^[A-Za-z_][A-Za-z0-9_]*$")]
    public string Name { get; set; } = "";

    /// <summary>Value.</summary>
    [Schema(MaxLength = 4096)]
    public string? Value { get; set; }
}

/// <summary>A Secret of the same namespace.</summary>
public sealed class SecretReference
{
    /// <summary>Name of the Secret.</summary>
    [Schema(Required = true, MinLength = 1, MaxLength = 253, Pattern = "^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$")]
    public string Name { get; set; } = "";
}
