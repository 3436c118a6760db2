using Microsoft.CodeAnalysis;

namespace Beacon.Ssz.Generator;

/// <summary>What the generator complains about.</summary>
internal static class Rules
{
    public static readonly DiagnosticDescriptor NotPartial = Error(
        "SSZ001", "An SSZ type must be partial", "'{0}' is marked as an SSZ type but is not partial");

    public static readonly DiagnosticDescriptor MissingLimit = Error(
        "SSZ002", "A list or vector needs its limit", "'{0}' needs [SszList(limit)] or [SszVector(length)]");

    public static readonly DiagnosticDescriptor UnsupportedType = Error(
        "SSZ003", "A type that SSZ does not know", "'{0}' has the type '{1}', which has no SSZ form");

    public static readonly DiagnosticDescriptor MissingContext = Error(
        "SSZ004", "A limit by name needs a context", "'{0}' takes its limit by name: the container needs Context and the field a PersistentList");

    public static readonly DiagnosticDescriptor NoFields = Error(
        "SSZ005", "A container needs 1 to 64 fields", "'{0}' has {1} fields, a container has 1 to 64");

    public static readonly DiagnosticDescriptor BadLimit = Error(
        "SSZ006", "A length must be positive", "'{0}' has the length or limit {1}");

    public static readonly DiagnosticDescriptor NotANumber = Error(
        "SSZ007", "A number type wraps a ulong", "'{0}' must be a record struct with one parameter 'ulong Value'");

    public static readonly DiagnosticDescriptor Nested = Error(
        "SSZ008", "An SSZ type stands in a namespace", "'{0}' must not be nested or generic");

    public static readonly DiagnosticDescriptor WrongLimitKind = Error(
        "SSZ009", "List and vector attributes fit their types", "'{0}' of type '{1}' cannot be [{2}]");

    private static DiagnosticDescriptor Error(string id, string title, string message) =>
        new(id, title, message, "Ssz", DiagnosticSeverity.Error, isEnabledByDefault: true);
}
