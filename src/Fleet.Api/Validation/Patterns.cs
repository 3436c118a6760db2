using System.Text.RegularExpressions;

namespace Fleet.Api.Validation;

/// <summary>Regular expressions that the CRDs and the validators share: the common subset of RE2 and .NET, always anchored.</summary>
internal static partial class Patterns
{
    /// <summary>DNS-1035 label.</summary>
    public const string Label = "^[a-z]([-a-z0-9]*[a-z0-9])?$";

    /// <summary>Name of a Secret or a class: a DNS subdomain, as far as its length is bounded elsewhere.</summary>
    public const string ObjectName = "^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$";

    /// <summary>As <see cref="ObjectName"/>, or nothing.</summary>
    public const string OptionalObjectName = "^([a-z0-9]([-a-z0-9.]*[a-z0-9])?)?$";

    /// <summary>Image reference, or nothing: no blank, nothing but ASCII.</summary>
    public const string Image = "^[!-~]*$";

    /// <summary>RFC 3339 time that every reader takes: days that exist in the years 1000 to 2999, offsets up to 14 hours.</summary>
    /// <remarks>Instead of the format date-time, for which API servers let lists pass: one object the operator cannot read would keep it from all others.</remarks>
    public const string Time =
        "^([12][0-9]{3}-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|1[0-9]|2[0-8]))|([12][0-9](0[48]|[2468][048]|[13579][26])|(12|16|20|24|28)00)-02-29)"
        + "T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]([.][0-9]{1,7})?(Z|[+-](0[0-9]|1[0-3]):[0-5][0-9]|[+-]14:00)$";

    /// <summary>Longest time in characters.</summary>
    public const int MaxTime = 40;

    /// <summary>Multiaddress of a bootnode: nothing in it ends a quoted text of YAML.</summary>
    public const string Bootnode = "^(/[A-Za-z0-9._:%-]+)+/p2p/[A-Za-z0-9]+$";

    /// <summary>Positive quantity of a resource; the bounded digits keep every value within what the API can hold.</summary>
    public const string Quantity = "^([1-9][0-9]{0,14}([.][0-9]{1,9})?|0[.][0-9]{0,8}[1-9][0-9]{0,8})(m|k|M|G|T|Ki|Mi|Gi|Ti)?$";

    /// <summary>Positive size of a volume: as <see cref="Quantity"/>, but without thousandths of a byte.</summary>
    public const string Size = "^([1-9][0-9]{0,14}([.][0-9]{1,9})?|0[.][0-9]{0,8}[1-9][0-9]{0,8})(k|M|G|T|Ki|Mi|Gi|Ti)?$";

    /// <summary>Value of a label, or nothing.</summary>
    public const string LabelValue = "^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$";

    /// <summary>Key of a label or a taint, or nothing.</summary>
    public const string OptionalLabelKey = "^(([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$";

    /// <summary>Further argument of a process: <c>--name</c> or <c>--name=value</c>, the value of printable ASCII.</summary>
    public const string Argument = "^--[a-z]([-a-z0-9]{0,61}[a-z0-9])?(=[ -~]*)?$";

    /// <summary>Name of an environment variable.</summary>
    public const string VariableName = "^[A-Za-z_][A-Za-z0-9_]*$";

    /// <summary>Value of an environment variable: everything but the character that ends it in a process.</summary>
    public const string VariableValue = "^[^\\x00]*$";

    /// <summary>Prefix of protocol IDs, "standard", or nothing.</summary>
    public const string ProtocolId = "^(standard|(/[A-Za-z0-9._-]+)+)?$";

    /// <summary>Text among the configuration values: printable ASCII without quotes and backslashes; what begins with 0x is hexadecimal.</summary>
    public const string ConfigText = "^(0x[0-9a-fA-F]+|0|0[ !#-\\[\\]-wy-~][ !#-\\[\\]-~]*|[ !#-/1-\\[\\]-~][ !#-\\[\\]-~]*)$";

    /// <summary>Name of a chain directory: iteration, eight digits of the genesis root, and the suffix of a roll-out.</summary>
    public const string ChainDirectory = "^[1-9][0-9]{0,5}-[0-9a-f]{8}(-[a-z0-9]([-a-z0-9]*[a-z0-9])?)?$";

    /// <summary>Suffix of a directory, or nothing.</summary>
    public const string DirectorySuffix = "^([a-z0-9]([-a-z0-9]*[a-z0-9])?)?$";

    /// <summary>A number of nodes, or a share of them.</summary>
    public const string Wave = "^([1-9][0-9]{0,2}|([1-9][0-9]?|100)%)$";

    /// <summary>Name of a Prometheus series.</summary>
    public const string SeriesName = "^[a-zA-Z_:][a-zA-Z0-9_:]*$";

    /// <summary>Root of a Beacon API; nothing after the port.</summary>
    public const string BeaconUrl = "^https?://[A-Za-z0-9.-]{1,220}(:[0-9]{1,5})?$";

    /// <summary>Root of a Prometheus, or nothing. No part of its path begins with a dot, so that none leads back up.</summary>
    public const string PrometheusUrl = "^(https?://[A-Za-z0-9]([A-Za-z0-9.-]{0,218}[A-Za-z0-9])?(:[0-9]{1,5})?(/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*/?)?$";

    /// <summary>In .NET the end of a pattern also matches before a last line feed, for an API server it does not.</summary>
    private const string End = "(?!\\n)";

    /// <summary>Reads <see cref="Label"/>.</summary>
    [GeneratedRegex(Label + End, RegexOptions.CultureInvariant)]
    internal static partial Regex LabelRegex();

    /// <summary>Reads <see cref="ObjectName"/>.</summary>
    [GeneratedRegex(ObjectName + End, RegexOptions.CultureInvariant)]
    internal static partial Regex ObjectNameRegex();

    /// <summary>Reads <see cref="OptionalObjectName"/>.</summary>
    [GeneratedRegex(OptionalObjectName + End, RegexOptions.CultureInvariant)]
    internal static partial Regex OptionalObjectNameRegex();

    /// <summary>Reads <see cref="Image"/>.</summary>
    [GeneratedRegex(Image + End, RegexOptions.CultureInvariant)]
    internal static partial Regex ImageRegex();

    /// <summary>Reads <see cref="Time"/>.</summary>
    [GeneratedRegex(Time + End, RegexOptions.CultureInvariant)]
    internal static partial Regex TimeRegex();

    /// <summary>Reads <see cref="Bootnode"/>.</summary>
    [GeneratedRegex(Bootnode + End, RegexOptions.CultureInvariant)]
    internal static partial Regex BootnodeRegex();

    /// <summary>Reads <see cref="Quantity"/>.</summary>
    [GeneratedRegex(Quantity + End, RegexOptions.CultureInvariant)]
    internal static partial Regex QuantityRegex();

    /// <summary>Reads <see cref="Size"/>.</summary>
    [GeneratedRegex(Size + End, RegexOptions.CultureInvariant)]
    internal static partial Regex SizeRegex();

    /// <summary>Reads <see cref="LabelValue"/>.</summary>
    [GeneratedRegex(LabelValue + End, RegexOptions.CultureInvariant)]
    internal static partial Regex LabelValueRegex();

    /// <summary>Reads <see cref="OptionalLabelKey"/>.</summary>
    [GeneratedRegex(OptionalLabelKey + End, RegexOptions.CultureInvariant)]
    internal static partial Regex OptionalLabelKeyRegex();

    /// <summary>Reads <see cref="Argument"/>.</summary>
    [GeneratedRegex(Argument + End, RegexOptions.CultureInvariant)]
    internal static partial Regex ArgumentRegex();

    /// <summary>Reads <see cref="VariableName"/>.</summary>
    [GeneratedRegex(VariableName + End, RegexOptions.CultureInvariant)]
    internal static partial Regex VariableNameRegex();

    /// <summary>Reads <see cref="VariableValue"/>.</summary>
    [GeneratedRegex(VariableValue + End, RegexOptions.CultureInvariant)]
    internal static partial Regex VariableValueRegex();

    /// <summary>Reads <see cref="ProtocolId"/>.</summary>
    [GeneratedRegex(ProtocolId + End, RegexOptions.CultureInvariant)]
    internal static partial Regex ProtocolIdRegex();

    /// <summary>Reads <see cref="ConfigText"/>.</summary>
    [GeneratedRegex(ConfigText + End, RegexOptions.CultureInvariant)]
    internal static partial Regex ConfigTextRegex();

    /// <summary>Reads <see cref="ChainDirectory"/>.</summary>
    [GeneratedRegex(ChainDirectory + End, RegexOptions.CultureInvariant)]
    internal static partial Regex ChainDirectoryRegex();

    /// <summary>Reads <see cref="DirectorySuffix"/>.</summary>
    [GeneratedRegex(DirectorySuffix + End, RegexOptions.CultureInvariant)]
    internal static partial Regex DirectorySuffixRegex();

    /// <summary>Reads <see cref="Wave"/>.</summary>
    [GeneratedRegex(Wave + End, RegexOptions.CultureInvariant)]
    internal static partial Regex WaveRegex();

    /// <summary>Reads <see cref="SeriesName"/>.</summary>
    [GeneratedRegex(SeriesName + End, RegexOptions.CultureInvariant)]
    internal static partial Regex SeriesNameRegex();

    /// <summary>Reads <see cref="PrometheusUrl"/>.</summary>
    [GeneratedRegex(PrometheusUrl + End, RegexOptions.CultureInvariant)]
    internal static partial Regex PrometheusUrlRegex();

    /// <summary>Reads <see cref="BeaconUrl"/>.</summary>
    [GeneratedRegex(BeaconUrl + End, RegexOptions.CultureInvariant)]
    internal static partial Regex BeaconUrlRegex();
}
