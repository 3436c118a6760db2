using System.Collections.Frozen;
using System.Text.Json;

namespace Fleet.Api.Validation;

/// <summary>Rules of what can be set on pods.</summary>
internal static class PodKnobsValidator
{
    /// <summary>Flags the operator sets itself (docs/contracts.md); a second one would contradict it.</summary>
    private static readonly FrozenSet<string> OwnFlags = FrozenSet.ToFrozenSet(
        [
            "network-dir", "peers-file", "identity-file", "data-dir", "iteration", "listen-address", "p2p-port", "http-port", "metrics-port", "keep",
            "chain-directory-suffix", "log-level", "keys-dir", "beacon-node",
        ],
        StringComparer.Ordinal);

    private static readonly string[] OwnVariables = ["POD_IP", "POD_NAME", "FLEET_HOSTS_FILE"];

    public static void Validate(string path, PodKnobs knobs, ErrorList errors)
    {
        Resources(path + ".resources", knobs.Resources, errors);
        if (!IsQuantity(knobs.Storage.Size))
        {
            errors.Add(path + ".storage.size", $"must be a size such as 5Gi, not \"{ErrorList.Shown(knobs.Storage.Size)}\"");
        }

        errors.MaxLength(path + ".storage.className", knobs.Storage.ClassName, 253);
        errors.MaxItems(path + ".nodeSelector", knobs.NodeSelector?.Count, 32);
        errors.MaxItems(path + ".tolerations", knobs.Tolerations?.Count, 32);
        for (int i = 0; i < (knobs.Tolerations?.Count ?? 0); i++)
        {
            Toleration($"{path}.tolerations[{i}]", knobs.Tolerations![i], errors);
        }

        if (knobs.Affinity is { } affinity && affinity.ValueKind is not JsonValueKind.Object)
        {
            errors.Add(path + ".affinity", "must be a Kubernetes affinity object");
        }

        errors.MaxLength(path + ".priorityClassName", knobs.PriorityClassName, 253);
        Arguments(path + ".extraArgs", knobs.ExtraArgs, errors);
        Environment(path + ".env", knobs.Env, errors);
        errors.OneOf(path + ".logLevel", knobs.LogLevel, "error", "warn", "info", "debug", "trace");
    }

    public static void Image(string path, string? image, ErrorList errors)
    {
        errors.MaxLength(path, image, 512);
        if (image is { Length: > 0 } && image.Any(c => c is <= ' ' or > '~'))
        {
            errors.Add(path, $"must be an image reference without spaces, not \"{ErrorList.Shown(image)}\"");
        }
    }

    public static void Secret(string path, SecretReference secret, ErrorList errors)
    {
        bool valid = secret.Name.Length is > 0 and <= 253
            && secret.Name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or '.')
            && char.IsAsciiLetterOrDigit(secret.Name[0]) && char.IsAsciiLetterOrDigit(secret.Name[^1]);
        if (!valid)
        {
            errors.Add(path + ".name", $"must be the name of a Secret in this namespace, not \"{ErrorList.Shown(secret.Name)}\"");
        }
    }

    public static void Secrets(string path, List<SecretReference>? secrets, ErrorList errors)
    {
        errors.MaxItems(path, secrets?.Count, 16);
        for (int i = 0; i < (secrets?.Count ?? 0); i++)
        {
            Secret($"{path}[{i}]", secrets![i], errors);
        }
    }

    public static void Resources(string path, ResourceSpec? resources, ErrorList errors)
    {
        Quantities(path + ".requests", resources?.Requests, errors);
        Quantities(path + ".limits", resources?.Limits, errors);
    }

    private static void Quantities(string path, Dictionary<string, ConfigValue>? quantities, ErrorList errors)
    {
        errors.MaxItems(path, quantities?.Count, 8);
        foreach ((string name, ConfigValue value) in quantities ?? [])
        {
            if (!IsQuantity(value.Text))
            {
                errors.Add($"{path}.{ErrorList.Shown(name)}", $"must be a quantity such as 500m or 1Gi, not \"{ErrorList.Shown(value.Text)}\"");
            }
        }
    }

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

        if (string.IsNullOrEmpty(toleration.Key) && toleration.Operator != "Exists")
        {
            errors.Add(path + ".operator", "must be Exists when key is empty");
        }

        if (toleration.TolerationSeconds is not null && toleration.Effect != "NoExecute")
        {
            errors.Add(path + ".effect", "must be NoExecute when tolerationSeconds is set");
        }
    }

    private static void Arguments(string path, List<string>? arguments, ErrorList errors)
    {
        errors.MaxItems(path, arguments?.Count, 64);
        for (int i = 0; i < (arguments?.Count ?? 0); i++)
        {
            string argument = arguments![i];
            int equals = argument.IndexOf('=', StringComparison.Ordinal);
            string flag = equals < 0 ? argument : argument[..equals];
            if (argument.Length > 512 || !flag.StartsWith("--", StringComparison.Ordinal) || !Names.IsDns1035Label(flag[2..], 63))
            {
                errors.Add($"{path}[{i}]", $"must have the form --name=value, not \"{ErrorList.Shown(argument)}\"");
            }
            else if (OwnFlags.Contains(flag[2..]))
            {
                errors.Add($"{path}[{i}]", $"{flag} is set by the operator; leave it out");
            }
        }
    }

    private static void Environment(string path, List<EnvironmentVariable>? variables, ErrorList errors)
    {
        errors.MaxItems(path, variables?.Count, 64);
        var names = new HashSet<string>(StringComparer.Ordinal);
        for (int i = 0; i < (variables?.Count ?? 0); i++)
        {
            EnvironmentVariable variable = variables![i];
            if (variable.Name.Length is 0 or > 128 || char.IsAsciiDigit(variable.Name[0]) || !variable.Name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_'))
            {
                errors.Add($"{path}[{i}].name", $"must be letters, digits and underscores, not \"{ErrorList.Shown(variable.Name)}\"");
            }
            else if (OwnVariables.Contains(variable.Name))
            {
                errors.Add($"{path}[{i}].name", $"{variable.Name} is set by the operator; leave it out");
            }
            else if (!names.Add(variable.Name))
            {
                errors.Add($"{path}[{i}].name", $"{variable.Name} is set twice");
            }

            errors.MaxLength($"{path}[{i}].value", variable.Value, 4096);
        }
    }

    /// <summary>Whether a text is a positive Kubernetes quantity.</summary>
    private static bool IsQuantity(string text)
    {
        int end = 0;
        while (end < text.Length && (char.IsAsciiDigit(text[end]) || text[end] == '.'))
        {
            end++;
        }

        return text.Length <= 32
            && decimal.TryParse(text.AsSpan(0, end), System.Globalization.NumberStyles.AllowDecimalPoint, System.Globalization.CultureInfo.InvariantCulture, out decimal value)
            && value > 0
            && text[end..] is "" or "m" or "k" or "M" or "G" or "T" or "P" or "Ki" or "Mi" or "Gi" or "Ti" or "Pi";
    }
}
