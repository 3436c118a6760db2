using System.Buffers;

namespace Fleet.Api.Validation;

/// <summary>Rules of <c>spec.network</c>.</summary>
internal static class ConfigValidator
{
    /// <summary>Protocol names of libp2p itself; a prefix that begins with one would collide.</summary>
    internal const string ReservedPrefixNames = "/multistream /noise /yamux /mplex /ipfs /libp2p /meshsub /floodsub /eth2";

    private static readonly string[] ReservedPrefixes = ReservedPrefixNames.Split(' ');

    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdefABCDEF");

    public static void Validate(NetworkSpec network, ErrorList errors)
    {
        errors.OneOf("spec.network.preset", network.Preset, "minimal", "mainnet");
        ProtocolId(network.ProtocolId, errors);
        if (network.Config is null)
        {
            return;
        }

        errors.MaxItems("spec.network.config", network.Config.Count, 256);
        foreach ((string key, ConfigValue value) in network.Config.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            Entry(network.Preset, key, value, errors);
        }

        Slot(network, errors);
    }

    private static void ProtocolId(string? protocolId, ErrorList errors)
    {
        const string Path = "spec.network.protocolId";
        if (string.IsNullOrEmpty(protocolId) || protocolId == "standard")
        {
            return;
        }

        errors.MaxLength(Path, protocolId, 96);
        if (!Patterns.ProtocolIdRegex().IsMatch(protocolId))
        {
            errors.Add(Path, $"must be \"standard\" or segments of letters, digits, '.', '_' and '-' such as /fleet/mynet, not \"{ErrorList.Shown(protocolId)}\"");
            return;
        }

        foreach (string reserved in ReservedPrefixes)
        {
            if (protocolId == reserved || protocolId.StartsWith(reserved + "/", StringComparison.Ordinal))
            {
                errors.Add(Path, $"must not begin with {reserved}, which other protocols use; choose a prefix of your own such as /fleet/mynet");
            }
        }
    }

    private static void Entry(string preset, string key, ConfigValue value, ErrorList errors)
    {
        string path = $"spec.network.config.{ErrorList.Shown(key)}";
        if (key.Length is 0 or > 96 || !char.IsAsciiLetterUpper(key[0]) || !key.All(c => char.IsAsciiLetterUpper(c) || char.IsAsciiDigit(c) || c == '_'))
        {
            errors.Add(path, "is not a configuration name; names are in capitals, such as SLOT_DURATION_MS");
            return;
        }

        if (key.EndsWith("_FORK_EPOCH", StringComparison.Ordinal))
        {
            errors.Add(path, "must not be set; this version runs phase0 only and schedules no fork");
            return;
        }

        if (ConfigKeys.PresetConstants.Contains(key))
        {
            errors.Add(path, "is a constant of the preset and cannot be configured; choose another spec.network.preset or leave it out");
            return;
        }

        if (ConfigKeys.SetByOperator.Contains(key))
        {
            errors.Add(path, "is set by the operator at genesis; leave it out");
            return;
        }

        if (key == "PRESET_BASE" && value.Text != preset)
        {
            errors.Add(path, $"must agree with spec.network.preset ({ErrorList.Shown(preset)}), not {ErrorList.Shown(value.Text)}");
            return;
        }

        Value(path, key, value, errors);
    }

    private static void Value(string path, string key, ConfigValue value, ErrorList errors)
    {
        int hexBytes = ConfigKeys.HexBytes(key);
        if (value.IsInteger)
        {
            if (hexBytes > 0)
            {
                errors.Add(path, $"is a hexadecimal value and must be a text of {2 + (2 * hexBytes)} characters in quotes, such as \"0x{new string('0', 2 * hexBytes)}\"");
            }
            else if (value.Text.Length > 16 && value.Text.All(char.IsAsciiDigit))
            {
                errors.Add(path, $"is above 2^53 and must be a text in quotes: \"{ErrorList.Shown(value.Text)}\"");
            }
            else if (!value.TryGetUInt64(out ulong number))
            {
                errors.Add(path, $"must be a whole number of at least 0, not {ErrorList.Shown(value.Text)}");
            }
            else if (number > (ulong)ConfigValue.MaxExactInteger)
            {
                errors.Add(path, $"is above 2^53 and must be a text in quotes: \"{number}\"");
            }
            else
            {
                Positive(path, key, number, errors);
            }

            return;
        }

        errors.MaxLength(path, value.Text, 256);
        if (!Patterns.ConfigTextRegex().IsMatch(value.Text))
        {
            errors.Add(path, "must be a text of printable ASCII characters without quotes and backslashes, and after 0x there must be hexadecimal digits alone");
        }
        else if (hexBytes > 0 && !IsHex(value.Text, hexBytes))
        {
            errors.Add(path, $"must be 0x and {2 * hexBytes} hexadecimal digits, not \"{ErrorList.Shown(value.Text)}\"");
        }
        else if (ConfigKeys.Positive.Contains(key))
        {
            if (value.Text.All(char.IsAsciiDigit) && value.TryGetUInt64(out ulong number))
            {
                Positive(path, key, number, errors);
            }
            else
            {
                errors.Add(path, $"must be a whole number, not \"{ErrorList.Shown(value.Text)}\"");
            }
        }
    }

    private static void Positive(string path, string key, ulong number, ErrorList errors)
    {
        if (key == ConfigKeys.SlotDurationMs && number < ConfigKeys.MinSlotDurationMs)
        {
            errors.Add(path, $"must be at least {ConfigKeys.MinSlotDurationMs} (milliseconds), not {number}");
        }
        else if (key == ConfigKeys.SlotDurationMs && number > 3_600_000)
        {
            errors.Add(path, $"must be at most 3600000 (milliseconds), not {number}");
        }
        else if (key == ConfigKeys.SecondsPerSlot && number > 3600)
        {
            errors.Add(path, $"must be at most 3600 (seconds), not {number}");
        }
        else if (number == 0 && ConfigKeys.Positive.Contains(key))
        {
            errors.Add(path, "must be at least 1, not 0");
        }
    }

    private static void Slot(NetworkSpec network, ErrorList errors)
    {
        const string Path = "spec.network.config." + ConfigKeys.SlotDurationMs;
        if (!network.Config!.TryGetValue(ConfigKeys.SlotDurationMs, out ConfigValue milliseconds) || !milliseconds.TryGetUInt64(out ulong slot))
        {
            return;
        }

        if (network.Config.TryGetValue(ConfigKeys.SecondsPerSlot, out ConfigValue seconds)
            && seconds.TryGetUInt64(out ulong whole)
            && whole <= 3600
            && whole * 1000 != slot)
        {
            errors.Add(Path, $"{slot} disagrees with {ConfigKeys.SecondsPerSlot} {whole} ({whole * 1000} ms); give one of them");
        }

        if (network.ProtocolId == "standard" && slot % 1000 != 0)
        {
            errors.Add(Path, $"{slot} is not a whole number of seconds, which protocolId standard needs because other clients know only {ConfigKeys.SecondsPerSlot}");
        }
    }

    private static bool IsHex(string text, int bytes) =>
        text.Length == 2 + (2 * bytes) && text.StartsWith("0x", StringComparison.Ordinal) && text.AsSpan(2).IndexOfAnyExcept(HexDigits) < 0;
}
