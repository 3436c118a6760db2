using System.Collections;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;

namespace Beacon.Ssz.Generator;

/// <summary>What is known of a marked type. Holds values only, so that unchanged types are not generated again.</summary>
internal abstract record TypeModel(string Namespace, string Name, string Keyword, EquatableList<DiagnosticModel> Diagnostics);

/// <summary>A container.</summary>
internal sealed record ContainerModel(
    string Namespace,
    string Name,
    string Keyword,
    EquatableList<DiagnosticModel> Diagnostics,
    bool IsRecord,
    string? Context,
    string? ContextProperty,
    EquatableList<FieldModel> Fields)
    : TypeModel(Namespace, Name, Keyword, Diagnostics)
{
    /// <summary>Whether no field can change, so that the root can be kept.</summary>
    public bool IsImmutable => Fields.All(f => !f.IsMutable);

    /// <summary>Whether the roots of many can be computed side by side.</summary>
    public bool IsFlat => IsRecord && IsImmutable && Fields.Count > 1 && Fields.All(f => f.FlatSize is > 0 and <= 64);

    /// <summary>Whether some field lies behind an offset.</summary>
    public bool IsVariable => Fields.Any(f => f.IsVariable);

    public static ContainerModel Create(GeneratorAttributeSyntaxContext context, CancellationToken cancellationToken) =>
        ContainerReader.Read(context, cancellationToken);
}

/// <summary>How a field is encoded.</summary>
internal enum FieldKind
{
    UInt,
    Boolean,
    Value,
    Bitlist,
    Bitvector,
    List,
    Vector,
    PersistentList,
    PersistentVector,
}

/// <summary>A field of a container.</summary>
/// <param name="Name">Property name.</param>
/// <param name="Key">JSON key.</param>
/// <param name="Kind">How it is encoded.</param>
/// <param name="Type">Full name of the property's type.</param>
/// <param name="Element">Full name of the element type of lists and vectors.</param>
/// <param name="Size">Bytes of an integer.</param>
/// <param name="Limit">C# expression of limit or length.</param>
/// <param name="IsVariable">Whether it lies behind an offset.</param>
/// <param name="IsMutable">Whether the property can be set after construction, or its value changes in place.</param>
/// <param name="FlatSize">Bytes of a value without structure, or 0.</param>
internal sealed record FieldModel(
    string Name, string Key, FieldKind Kind, string Type, string Element, int Size, string Limit, bool IsVariable, bool IsMutable, int FlatSize);

/// <summary>A scalar: a number or a byte vector.</summary>
internal sealed record ScalarModel(string Namespace, string Name, string Keyword, EquatableList<DiagnosticModel> Diagnostics, int Size)
    : TypeModel(Namespace, Name, Keyword, Diagnostics)
{
    public static ScalarModel CreateUInt64(GeneratorAttributeSyntaxContext context, CancellationToken cancellationToken)
    {
        INamedTypeSymbol type = (INamedTypeSymbol)context.TargetSymbol;
        List<DiagnosticModel> diagnostics = [];
        CheckPartial(context, type, diagnostics);
        if (!type.IsRecord || !type.GetMembers("Value").OfType<IPropertySymbol>().Any(p => p.Type.SpecialType == SpecialType.System_UInt64))
        {
            diagnostics.Add(DiagnosticModel.Of(Rules.NotANumber, context.TargetNode, type.Name));
        }

        return new ScalarModel(NamespaceOf(type), type.Name, "record struct", new(diagnostics), 8);
    }

    public static ScalarModel CreateBytes(GeneratorAttributeSyntaxContext context, CancellationToken cancellationToken)
    {
        INamedTypeSymbol type = (INamedTypeSymbol)context.TargetSymbol;
        List<DiagnosticModel> diagnostics = [];
        CheckPartial(context, type, diagnostics);
        int size = context.Attributes[0].ConstructorArguments.FirstOrDefault().Value is int length ? length : 0;
        if (size <= 0)
        {
            diagnostics.Add(DiagnosticModel.Of(Rules.BadLimit, context.TargetNode, type.Name, size.ToString()));
        }

        return new ScalarModel(NamespaceOf(type), type.Name, "struct", new(diagnostics), size);
    }

    internal static string NamespaceOf(INamedTypeSymbol type) => type.ContainingNamespace.ToDisplayString();

    internal static void CheckPartial(GeneratorAttributeSyntaxContext context, INamedTypeSymbol type, List<DiagnosticModel> diagnostics)
    {
        if (context.TargetNode is TypeDeclarationSyntax declaration
            && !declaration.Modifiers.Any(SyntaxKind.PartialKeyword))
        {
            diagnostics.Add(DiagnosticModel.Of(Rules.NotPartial, context.TargetNode, type.Name));
        }

        if (type.ContainingType is not null || type.IsGenericType)
        {
            diagnostics.Add(DiagnosticModel.Of(Rules.Nested, context.TargetNode, type.Name));
        }
    }
}

/// <summary>A diagnostic as values.</summary>
internal sealed record DiagnosticModel(DiagnosticDescriptor Rule, string File, TextSpan Span, LinePositionSpan Lines, EquatableList<string> Arguments)
{
    public static DiagnosticModel Of(DiagnosticDescriptor rule, SyntaxNode node, params string[] arguments)
    {
        Location location = node switch
        {
            TypeDeclarationSyntax type => type.Identifier.GetLocation(),
            PropertyDeclarationSyntax property => property.Identifier.GetLocation(),
            _ => node.GetLocation(),
        };
        return new DiagnosticModel(
            rule, location.SourceTree?.FilePath ?? "", location.SourceSpan, location.GetLineSpan().Span, new(arguments));
    }

    public Diagnostic ToDiagnostic() => Diagnostic.Create(Rule, Location.Create(File, Span, Lines), [.. Arguments]);
}

/// <summary>A list that compares by its elements.</summary>
internal sealed class EquatableList<T>(IReadOnlyList<T> items) : IEquatable<EquatableList<T>>, IReadOnlyList<T>
{
    public int Count => items.Count;

    public T this[int index] => items[index];

    public bool Equals(EquatableList<T>? other) => other is not null && items.SequenceEqual(other);

    public override bool Equals(object? obj) => Equals(obj as EquatableList<T>);

    public override int GetHashCode()
    {
        int hash = items.Count;
        foreach (T item in items)
        {
            hash = unchecked((hash * 31) + (item?.GetHashCode() ?? 0));
        }

        return hash;
    }

    public IEnumerator<T> GetEnumerator() => items.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
