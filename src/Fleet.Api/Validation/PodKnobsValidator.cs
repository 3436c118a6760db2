using System.Collections.Frozen;
using System.Text.Json;
using System.Text.Json.Nodes;
using Fleet.Kubernetes.Models;

namespace Fleet.Api.Validation;

/// <summary>Rules of what can be set on pods.</summary>
internal static class PodKnobsValidator
{
    /// <summary>Flags the operator sets itself (docs/contracts.md), without their dashes; a second one would contradict it.</summary>
    internal const string OwnFlagNames =
        "network-dir peers-file identity-file data-dir iteration listen-address p2p-port http-port metrics-port keep chain-directory-suffix checkpoint-sync-url migrate-database log-level keys-dir beacon-node";

    /// <summary>Variables the operator sets itself.</summary>
    internal const string OwnVariableNames = "POD_IP POD_NAME FLEET_HOSTS_FILE";

    /// <summary>Resources that can be reserved and limited.</summary>
    internal const string ResourceNames = "cpu memory ephemeral-storage";

    /// <summary>Largest whole quantity.</summary>
    internal const long MaxQuantity = 999_999_999_999_999;

    /// <summary>Longest affinity, as JSON text in characters: it is copied into every pod of a pool.</summary>
    private const int MaxAffinity = 16_384;

    private static readonly FrozenSet<string> OwnFlags = OwnFlagNames.Split(' ').ToFrozenSet(StringComparer.Ordinal);

    private static readonly string[] OwnVariables = OwnVariableNames.Split(' ');

    private static readonly string[] Resource = ResourceNames.Split(' ');

    public static void Validate(string path, PodKnobs knobs, ErrorList errors)
    {
        Resources(path + ".resources", knobs.Resources, errors);
        errors.MaxLength(path + ".storage.size", knobs.Storage.Size, 32);
        errors.Form(path + ".storage.size", knobs.Storage.Size, Patterns.SizeRegex(), "a size such as 5Gi");
        errors.MaxLength(path + ".storage.className", knobs.Storage.ClassName, 253);
        errors.Form(path + ".storage.className", knobs.Storage.ClassName, Patterns.OptionalObjectNameRegex(), "the name of a storage class");
        NodeSelector(path + ".nodeSelector", knobs.NodeSelector, errors);
        errors.Items(path + ".tolerations", knobs.Tolerations, 32, (item, toleration) => Toleration(item, toleration, errors));
        if (knobs.Affinity is { } affinity)
        {
            Affinity(path + ".affinity", affinity, errors);
        }

        errors.MaxLength(path + ".priorityClassName", knobs.PriorityClassName, 253);
        errors.Form(path + ".priorityClassName", knobs.PriorityClassName, Patterns.OptionalObjectNameRegex(), "the name of a priority class");
        Arguments(path + ".extraArgs", knobs.ExtraArgs, errors);
        Environment(path + ".env", knobs.Env, errors);
        errors.OneOf(path + ".logLevel", knobs.LogLevel, "error", "warn", "info", "debug", "trace");
    }

    public static void Image(string path, string? image, ErrorList errors)
    {
        errors.MaxLength(path, image, 512);
        errors.Form(path, image, Patterns.ImageRegex(), "an image reference without spaces");
    }

    public static void Secret(string path, SecretReference secret, ErrorList errors)
    {
        errors.MaxLength(path + ".name", secret.Name, 253);
        errors.Form(path + ".name", secret.Name, Patterns.ObjectNameRegex(), "the name of a Secret in this namespace");
    }

    public static void Secrets(string path, List<SecretReference>? secrets, ErrorList errors) =>
        errors.Items(path, secrets, 16, (item, secret) => Secret(item, secret, errors));

    public static void Resources(string path, ResourceSpec? resources, ErrorList errors)
    {
        Quantities(path + ".requests", resources?.Requests, errors);
        Quantities(path + ".limits", resources?.Limits, errors);
        foreach ((string name, ConfigValue request) in resources?.Requests ?? [])
        {
            if (resources!.Limits?.TryGetValue(name, out ConfigValue limit) == true
                && Quantity.TryParse(request.Text, out Quantity reserved)
                && Quantity.TryParse(limit.Text, out Quantity most)
                && reserved > most)
            {
                errors.Add($"{path}.requests.{ErrorList.Shown(name)}", $"must not be more than the limit ({ErrorList.Shown(limit.Text)}), not {ErrorList.Shown(request.Text)}");
            }
        }
    }

    private static void Quantities(string path, Dictionary<string, ConfigValue>? quantities, ErrorList errors)
    {
        errors.MaxItems(path, quantities?.Count, 8);
        foreach ((string name, ConfigValue value) in quantities ?? [])
        {
            string entry = $"{path}.{ErrorList.Shown(name)}";
            if (!Resource.Contains(name, StringComparer.Ordinal))
            {
                errors.Add(entry, $"is not a resource that can be set; there are {string.Join(", ", Resource)}");
            }
            else if (value.Text.Length > 32 || !Patterns.QuantityRegex().IsMatch(value.Text) || (value.IsInteger && !value.TryGetUInt64(out _)))
            {
                errors.Add(entry, $"must be a quantity such as 500m or 1Gi, not \"{ErrorList.Shown(value.Text)}\"");
            }
        }
    }

    private static void NodeSelector(string path, Dictionary<string, string>? selector, ErrorList errors)
    {
        errors.MaxItems(path, selector?.Count, 32);
        foreach ((string key, string value) in selector ?? [])
        {
            string entry = $"{path}.{ErrorList.Shown(key)}";
            if (key.Length is 0 or > 316 || !Patterns.OptionalLabelKeyRegex().IsMatch(key))
            {
                errors.Add(entry, "is not the key of a label, such as kubernetes.io/arch");
            }

            // A map that was read may hold null all the same.
            if ((string?)value is null)
            {
                errors.Add(entry, "must not be null");
            }

            errors.MaxLength(entry, value, 63);
            errors.Form(entry, value, Patterns.LabelValueRegex(), "the value of a label");
        }
    }

    /// <summary>What nodes and pods of its own namespace an affinity names; other namespaces are none of a testnet's business.</summary>
    private static void Affinity(string path, Affinity affinity, ErrorList errors)
    {
        JsonNode json = JsonSerializer.SerializeToNode(affinity, KubernetesJson.Context.Affinity)!;
        if (json.ToJsonString().Length > MaxAffinity)
        {
            errors.Add(path, $"must be at most {MaxAffinity} characters long as JSON");
        }

        if (HoldsNull(json))
        {
            errors.Add(path, "must not hold null in a list");
        }

        PodAffinity?[] groups = [affinity.PodAffinity, affinity.PodAntiAffinity];
        IEnumerable<PodAffinityTerm?> terms = groups.SelectMany(group =>
            (group?.RequiredDuringSchedulingIgnoredDuringExecution ?? []).Concat((group?.PreferredDuringSchedulingIgnoredDuringExecution ?? []).Select(term => term?.PodAffinityTerm)));
        if (terms.Any(term => term is { Namespaces.Count: > 0 } or { NamespaceSelector: not null }))
        {
            errors.Add(path, "must not name other namespaces; leave namespaces and namespaceSelector out");
        }
    }

    private static bool HoldsNull(JsonNode node) => node switch
    {
        JsonArray list => list.Any(item => item is null || HoldsNull(item)),
        JsonObject fields => fields.Any(field => field.Value is { } value && HoldsNull(value)),
        _ => false,
    };

    private static void Toleration(string path, TolerationSpec toleration, ErrorList errors)
    {
        if (toleration.Operator is not null)
        {
            errors.OneOf(path + ".operator", toleration.Operator, "Exists", "Equal");
        }

        if (toleration.Effect is not null)
        {
            errors.OneOf(path + ".effect", toleration.Effect, "NoSchedule", "PreferNoSchedule", "NoExecute");
        }

        errors.MaxLength(path + ".key", toleration.Key, 316);
        errors.Form(path + ".key", toleration.Key, Patterns.OptionalLabelKeyRegex(), "the key of a taint");
        errors.MaxLength(path + ".value", toleration.Value, 63);
        errors.Form(path + ".value", toleration.Value, Patterns.LabelValueRegex(), "the value of a taint");
        if (toleration.TolerationSeconds is { } seconds)
        {
            errors.Range(path + ".tolerationSeconds", seconds, 0, 31_536_000);
        }

        if (toleration.Operator == "Exists" && !string.IsNullOrEmpty(toleration.Value))
        {
            errors.Add(path + ".value", "must be empty when operator is Exists");
        }

        if (string.IsNullOrEmpty(toleration.Key) && toleration.Operator != "Exists")
        {
            errors.Add(path + ".operator", "must be Exists when key is empty");
        }

        if (toleration.TolerationSeconds is not null && toleration.Effect != "NoExecute")
        {
            errors.Add(path + ".effect", "must be NoExecute when tolerationSeconds is set");
        }
    }

    private static void Arguments(string path, List<string>? arguments, ErrorList errors) => errors.Items(path, arguments, 64, (item, argument) =>
    {
        errors.MaxLength(item, argument, 512);
        if (errors.Form(item, argument, Patterns.ArgumentRegex(), "of the form --name=value in printable ASCII") && OwnFlags.Contains(argument[2..].Split('=', 2)[0]))
        {
            errors.Add(item, $"{argument.Split('=', 2)[0]} is set by the operator; leave it out");
        }
    });

    private static void Environment(string path, List<EnvironmentVariable>? variables, ErrorList errors)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        errors.Items(path, variables, 64, (item, variable) =>
        {
            if (variable.Name.Length > 128 || !Patterns.VariableNameRegex().IsMatch(variable.Name))
            {
                errors.Add(item + ".name", $"must be letters, digits and underscores, not \"{ErrorList.Shown(variable.Name)}\"");
            }
            else if (OwnVariables.Contains(variable.Name))
            {
                errors.Add(item + ".name", $"{variable.Name} is set by the operator; leave it out");
            }
            else if (!names.Add(variable.Name))
            {
                errors.Add(item + ".name", $"{variable.Name} is set twice");
            }

            errors.MaxLength(item + ".value", variable.Value, 4096);
            if (variable.Value is { } value && !Patterns.VariableValueRegex().IsMatch(value))
            {
                errors.Add(item + ".value", "must not hold the character NUL, which ends a variable");
            }
        });
    }
}
