using System.Globalization;
using System.Numerics;
using System.Text;
using Beacon.Ssz;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Beacon.Types;

/// <content>Reading, checking, overriding and writing of values.</content>
public sealed partial class ChainConfig
{
    /// <summary>Greatest integer that JSON and the Kubernetes API carry exactly.</summary>
    private const ulong MaxExactInteger = 1UL << 53;

    /// <summary>Reads a <c>config.yaml</c>. Keys it leaves out are those of the official configuration of its <c>PRESET_BASE</c>.</summary>
    /// <exception cref="ChainConfigException">Not YAML, not a map of scalars, or a value that cannot be used.</exception>
    public static ChainConfig Parse(string yaml)
    {
        List<KeyValuePair<string, string>> given = ReadYaml(yaml);
        string preset = given.Find(pair => pair.Key == "PRESET_BASE").Value
            ?? throw new ChainConfigException("PRESET_BASE is missing: it says whether the preset is 'mainnet' or 'minimal'.");
        ChainConfig basis = preset switch
        {
            "mainnet" => Mainnet,
            "minimal" => Minimal,
            _ => throw new ChainConfigException($"PRESET_BASE is '{preset}', which is neither 'mainnet' nor 'minimal'."),
        };
        return basis.With(given);
    }

    /// <summary>Reads a <c>config.yaml</c> of the given preset, whatever keys it leaves out, <c>PRESET_BASE</c> included.</summary>
    /// <exception cref="ChainConfigException">As <see cref="Parse(string)"/>, or the file is for another preset.</exception>
    public static ChainConfig Parse(string yaml, Preset preset) =>
        (ReferenceEquals(preset, Preset.Minimal) ? Minimal : Mainnet).With(ReadYaml(yaml));

    /// <summary>This configuration with some values replaced or added.</summary>
    /// <param name="values">Key and text, as in a <c>config.yaml</c>.</param>
    /// <exception cref="ChainConfigException">A value that cannot be used, or another <c>PRESET_BASE</c>.</exception>
    public ChainConfig With(params IReadOnlyCollection<KeyValuePair<string, string>> values)
    {
        Dictionary<string, string> given = new(StringComparer.Ordinal);
        foreach ((string key, string value) in values)
        {
            given[key] = value;
        }

        if (given.TryGetValue("PRESET_BASE", out string? preset) && preset != PresetBase)
        {
            throw new ChainConfigException($"PRESET_BASE is '{preset}' where the preset is '{PresetBase}'.");
        }

        List<KeyValuePair<string, string>> merged = new(Values.Length + given.Count);
        foreach (KeyValuePair<string, string> pair in Values)
        {
            merged.Add(given.Remove(pair.Key, out string? value) ? new(pair.Key, value) : pair);
        }

        foreach (KeyValuePair<string, string> pair in values)
        {
            if (given.Remove(pair.Key, out string? value))
            {
                merged.Add(new(pair.Key, value));
            }
        }

        ReconcileSlotDuration(merged, values);
        return new ChainConfig([.. merged]);
    }

    /// <summary>Turns a value of a Testnet manifest into text: integers and strings are taken, hexadecimal only as a string.</summary>
    /// <param name="key">The key, for the message.</param>
    /// <param name="value">The integer as the manifest's JSON form has it.</param>
    /// <exception cref="ChainConfigException">The integer is negative or above 2^53, or the key takes bytes.</exception>
    public static string TextOfInteger(string key, long value)
    {
        if (BytesOf(key) is int bytes)
        {
            throw new ChainConfigException(
                $"{key} is the integer {value}; it takes {bytes} bytes as a string, such as \"0x{new string('0', Math.Min(bytes * 2, 8))}\" (put it in quotes).");
        }

        return value < 0
            ? throw new ChainConfigException($"{key} is negative.")
            : (ulong)value > MaxExactInteger
            ? throw new ChainConfigException($"{key} is above 2^53, where integers are no longer exact; write it as a string in quotes.")
            : value.ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>The configuration as a <c>config.yaml</c>.</summary>
    public string ToYaml()
    {
        StringBuilder yaml = new();
        foreach ((string key, string value) in Values)
        {
            yaml.Append(key).Append(": ").Append(IsPlain(value) ? value : "'" + value.Replace("'", "''", StringComparison.Ordinal) + "'").Append('\n');
        }

        return yaml.ToString();
    }

    private static bool IsPlain(string value) =>
        value.Length > 0 && (value.All(char.IsAsciiDigit) || (value.StartsWith("0x", StringComparison.Ordinal) && value[2..].All(char.IsAsciiHexDigit)));

    /// <summary>A slot duration given in one unit replaces the one of the other unit that was only a default.</summary>
    private static void ReconcileSlotDuration(List<KeyValuePair<string, string>> merged, IReadOnlyCollection<KeyValuePair<string, string>> given)
    {
        bool milliseconds = given.Any(pair => pair.Key == SlotDurationKey);
        bool seconds = given.Any(pair => pair.Key == SecondsPerSlotKey);
        if (seconds && !milliseconds)
        {
            merged.RemoveAll(pair => pair.Key == SlotDurationKey);
        }

        if (milliseconds && !seconds)
        {
            int index = merged.FindIndex(pair => pair.Key == SecondsPerSlotKey);
            bool whole = ulong.TryParse(merged.Find(pair => pair.Key == SlotDurationKey).Value, NumberStyles.None, CultureInfo.InvariantCulture, out ulong duration)
                && duration % 1000 == 0;
            if (whole && index >= 0)
            {
                merged[index] = new(SecondsPerSlotKey, (duration / 1000).ToString(CultureInfo.InvariantCulture));
            }
            else if (whole)
            {
                merged.Add(new(SecondsPerSlotKey, (duration / 1000).ToString(CultureInfo.InvariantCulture)));
            }
            else if (index >= 0)
            {
                merged.RemoveAt(index);
            }
        }

        if ((milliseconds || seconds) && !given.Any(pair => pair.Key == ClockDisparityKey))
        {
            int index = merged.FindIndex(pair => pair.Key == ClockDisparityKey);
            int at = merged.FindIndex(pair => pair.Key == (milliseconds ? SlotDurationKey : SecondsPerSlotKey));
            if (ulong.TryParse(merged[at].Value, NumberStyles.None, CultureInfo.InvariantCulture, out ulong duration) && index >= 0)
            {
                ulong half = (milliseconds ? duration : duration * 1000) / 2;
                merged[index] = new(ClockDisparityKey, Math.Min(500, half).ToString(CultureInfo.InvariantCulture));
            }
        }
    }

    private static List<KeyValuePair<string, string>> ReadYaml(string yaml)
    {
        List<KeyValuePair<string, string>> values = [];
        HashSet<string> keys = new(StringComparer.Ordinal);
        try
        {
            Parser parser = new(new StringReader(yaml));
            parser.Consume<StreamStart>();
            if (parser.Accept<StreamEnd>(out _))
            {
                return values;
            }

            parser.Consume<DocumentStart>();
            if (!parser.TryConsume<MappingStart>(out _))
            {
                throw new ChainConfigException("A chain configuration is a YAML map of keys to values; this is something else.");
            }

            while (!parser.TryConsume<MappingEnd>(out _))
            {
                string key = parser.Consume<Scalar>().Value;
                if (!parser.TryConsume<Scalar>(out Scalar? value))
                {
                    throw new ChainConfigException($"{key} is a list or map; a value is an integer or a string.");
                }

                if (!keys.Add(key))
                {
                    throw new ChainConfigException($"{key} is given twice.");
                }

                values.Add(new(key, value.Value));
            }

            return values;
        }
        catch (Exception e) when (e is YamlException or InvalidOperationException or ArgumentException)
        {
            // The parser gives up on some malformed input with exceptions that are not its own and know no line.
            string where = e is YamlException { Start.Line: var line } ? $"line {line}: " : "";
            throw new ChainConfigException($"The chain configuration is no valid YAML: {where}{e.Message}");
        }
    }

    /// <summary>How many bytes a key's hexadecimal value has; null where the value is an integer or free text.</summary>
    private static int? BytesOf(string key) => key switch
    {
        _ when key.EndsWith("_FORK_VERSION", StringComparison.Ordinal) => 4,
        _ when key.EndsWith("_ADDRESS", StringComparison.Ordinal) => 20,
        _ when key.StartsWith("DOMAIN_", StringComparison.Ordinal) || key.StartsWith("MESSAGE_DOMAIN_", StringComparison.Ordinal) => 4,
        "TERMINAL_BLOCK_HASH" => 32,
        _ => null,
    };

    private static bool IsText(string key) => key is "PRESET_BASE" or "CONFIG_NAME";

    /// <summary>Keys of the official files that take integers, and ours.</summary>
    private static readonly Lazy<HashSet<string>> KnownIntegers = new(() =>
    [
        .. ReadYaml(EmbeddedText("mainnet")).Select(pair => pair.Key).Where(key => BytesOf(key) is null && !IsText(key) && key != "TERMINAL_TOTAL_DIFFICULTY"),
        SlotDurationKey,
    ]);

    private static void CheckForm(string key, string value)
    {
        if (BytesOf(key) is int bytes)
        {
            if (!value.StartsWith("0x", StringComparison.Ordinal) || !Hex.TryParse(value, new byte[bytes]))
            {
                throw new ChainConfigException($"{key} is '{value}'; it takes {bytes} bytes as 0x and {bytes * 2} hexadecimal digits.");
            }
        }
        else if (key == "TERMINAL_TOTAL_DIFFICULTY")
        {
            if (!BigInteger.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out BigInteger difficulty)
                || difficulty.GetBitLength() > 256)
            {
                throw new ChainConfigException($"{key} is '{value}'; it takes a decimal number below 2^256.");
            }
        }
        else if (!IsText(key) && KnownIntegers.Value.Contains(key) && !ulong.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out _))
        {
            throw new ChainConfigException($"{key} is '{value}'; it takes a decimal number below 2^64.");
        }
    }
}
