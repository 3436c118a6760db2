using Fleet.Api.Schema;
using Fleet.Api.Validation;
using Fleet.Kubernetes.Models;

namespace Fleet.Api;

/// <summary>What can be set on the pods of a pool or of one node.</summary>
public class PodKnobs
{
    /// <summary>Compute resources of the beacon container.</summary>
    public ResourceSpec? Resources { get; set; }

    /// <summary>Volume of each node.</summary>
    [Schema(Default = "{}")]
    public StorageSpec Storage { get; set => field = value ?? new(); } = new();

    /// <summary>Labels a Kubernetes node must have.</summary>
    [Schema(MaxItems = 32, ItemMaxLength = 63, ItemPattern = Patterns.LabelValue)]
    public Dictionary<string, string>? NodeSelector { get; set; }

    /// <summary>Taints that are tolerated.</summary>
    [Schema(MaxItems = 32)]
    public List<TolerationSpec>? Tolerations { get; set; }

    /// <summary>Kubernetes affinity, as in pods, but of this namespace only. Empty: nodes of a testnet spread over Kubernetes nodes.</summary>
    public Affinity? Affinity { get; set; }

    /// <summary>Priority class of the pods.</summary>
    [Schema(MaxLength = 253, Pattern = Patterns.OptionalObjectName)]
    public string? PriorityClassName { get; set; }

    /// <summary>Further arguments of the beacon process, each "--name=value".</summary>
    [Schema(MaxItems = 64, ItemMaxLength = 512, ItemPattern = Patterns.Argument)]
    [Rule("self.all(argument, @list.all(flag, argument != '--' + flag && !argument.startsWith('--' + flag + '=')))", "must not hold what the operator sets itself, such as --data-dir; leave it out", List = PodKnobsValidator.OwnFlagNames)]
    public List<string>? ExtraArgs { get; set; }

    /// <summary>Further environment variables of the containers.</summary>
    [Schema(MaxItems = 64, MapKey = "name")]
    [Rule("self.all(variable, !(variable.name in @list))", "must not hold what the operator sets itself, such as POD_IP; leave it out", List = PodKnobsValidator.OwnVariableNames)]
    public List<EnvironmentVariable>? Env { get; set; }

    /// <summary>Least severe level that is logged.</summary>
    [Schema(Values = "error|warn|info|debug|trace", Default = "\"info\"")]
    public string LogLevel { get; set => field = value ?? "info"; } = "info";
}

/// <summary>Compute resources of a container, in Kubernetes quantities.</summary>
public sealed class ResourceSpec
{
    /// <summary>What is reserved.</summary>
    [Schema(MaxItems = 8, ItemMaxLength = 32, ItemPattern = Patterns.Quantity, ItemMinimum = 1, ItemMaximum = PodKnobsValidator.MaxQuantity)]
    [Rule("self.all(name, name in @list)", "may name cpu, memory and ephemeral-storage only", List = PodKnobsValidator.ResourceNames)]
    public Dictionary<string, ConfigValue>? Requests { get; set; }

    /// <summary>What is the most that may be used.</summary>
    [Schema(MaxItems = 8, ItemMaxLength = 32, ItemPattern = Patterns.Quantity, ItemMinimum = 1, ItemMaximum = PodKnobsValidator.MaxQuantity)]
    [Rule("self.all(name, name in @list)", "may name cpu, memory and ephemeral-storage only", List = PodKnobsValidator.ResourceNames)]
    public Dictionary<string, ConfigValue>? Limits { get; set; }
}

/// <summary>Volume of a node.</summary>
[Rule("(has(self.className) ? self.className : '') == (has(oldSelf.className) ? oldSelf.className : '')", "className must not change, for volumes cannot move; make a new pool or node instead")]
public sealed class StorageSpec
{
    /// <summary>Size as a Kubernetes quantity; may grow.</summary>
    [Schema(MaxLength = 32, Pattern = Patterns.Size, Default = "\"5Gi\"")]
    [Rule(
        "double(self.find('^[0-9.]+')) * @factor[self.find('[A-Za-z]*$')] >= double(oldSelf.find('^[0-9.]+')) * @factor[oldSelf.find('[A-Za-z]*$')]",
        "may grow and not shrink, for volumes cannot; give at least the size it had")]
    public string Size { get; set => field = value ?? "5Gi"; } = "5Gi";

    /// <summary>Storage class. Empty: the cluster's default.</summary>
    [Schema(MaxLength = 253, Pattern = Patterns.OptionalObjectName)]
    public string? ClassName { get; set; }
}

/// <summary>A taint that is tolerated, as in pods.</summary>
[Rule("(has(self.key) && self.key != '') || (has(self.operator) && self.operator == 'Exists')", "operator must be Exists when key is empty")]
[Rule("!has(self.tolerationSeconds) || (has(self.effect) && self.effect == 'NoExecute')", "effect must be NoExecute when tolerationSeconds is set")]
[Rule("!has(self.operator) || self.operator != 'Exists' || !has(self.value) || self.value == ''", "value must be empty when operator is Exists")]
public sealed class TolerationSpec
{
    /// <summary>Key of the taint; empty matches every key when the operator is Exists.</summary>
    [Schema(MaxLength = 316, Pattern = Patterns.OptionalLabelKey)]
    public string? Key { get; set; }

    /// <summary>How value is compared.</summary>
    [Schema(Values = "Exists|Equal")]
    public string? Operator { get; set; }

    /// <summary>Value of the taint.</summary>
    [Schema(MaxLength = 63, Pattern = Patterns.LabelValue)]
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
    [Schema(Required = true, MinLength = 1, MaxLength = 128, Pattern = Patterns.VariableName)]
    public string Name { get; set => field = value ?? ""; } = "";

    /// <summary>Value.</summary>
    [Schema(MaxLength = 4096, Pattern = Patterns.VariableValue)]
    public string? Value { get; set; }
}

/// <summary>A Secret of the same namespace.</summary>
public sealed class SecretReference
{
    /// <summary>Name of the Secret.</summary>
    [Schema(Required = true, MinLength = 1, MaxLength = 253, Pattern = Patterns.ObjectName)]
    public string Name { get; set => field = value ?? ""; } = "";
}
