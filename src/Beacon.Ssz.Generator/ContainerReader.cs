using System.Text;
using Microsoft.CodeAnalysis;

namespace Beacon.Ssz.Generator;

/// <summary>Reads a container's declaration.</summary>
internal static class ContainerReader
{
    private static readonly SymbolDisplayFormat TypeFormat = SymbolDisplayFormat.FullyQualifiedFormat;

    public static ContainerModel Read(GeneratorAttributeSyntaxContext context, CancellationToken cancellationToken)
    {
        INamedTypeSymbol type = (INamedTypeSymbol)context.TargetSymbol;
        List<DiagnosticModel> diagnostics = [];
        ScalarModel.CheckPartial(context, type, diagnostics);
        ITypeSymbol? contextType = ContextOf(type);
        string? contextProperty = null;
        List<FieldModel> fields = [];
        foreach (IPropertySymbol property in Properties(type))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (contextType is not null && SymbolEqualityComparer.Default.Equals(property.Type, contextType))
            {
                contextProperty = property.Name;
                continue;
            }

            SyntaxNode node = property.DeclaringSyntaxReferences[0].GetSyntax(cancellationToken);
            if (ReadField(property, contextType is not null, node, diagnostics) is { } field)
            {
                fields.Add(field);
            }
        }

        if (diagnostics.Count == 0 && fields.Count is 0 or > 64)
        {
            diagnostics.Add(DiagnosticModel.Of(Rules.NoFields, context.TargetNode, type.Name, fields.Count.ToString()));
        }

        return new ContainerModel(
            ScalarModel.NamespaceOf(type),
            type.Name,
            type.IsRecord ? "record" : "class",
            new(diagnostics),
            type.IsRecord,
            contextType?.ToDisplayString(TypeFormat),
            contextProperty,
            new(fields));
    }

    private static ITypeSymbol? ContextOf(INamedTypeSymbol type) =>
        Attribute(type, "SszContainerAttribute")?.NamedArguments.FirstOrDefault(argument => argument.Key == "Context").Value.Value as ITypeSymbol;

    private static IEnumerable<IPropertySymbol> Properties(INamedTypeSymbol type) => type.GetMembers()
        .OfType<IPropertySymbol>()
        .Where(property => property is
        {
            IsStatic: false, IsIndexer: false, DeclaredAccessibility: Accessibility.Public, SetMethod: not null, IsImplicitlyDeclared: false,
        });

    private static AttributeData? Attribute(ISymbol symbol, string name) =>
        symbol.GetAttributes().FirstOrDefault(attribute => attribute.AttributeClass is { } type && type.Name == name
            && type.ContainingNamespace.ToDisplayString() == "Beacon.Ssz");

    private static FieldModel? ReadField(IPropertySymbol property, bool hasContext, SyntaxNode node, List<DiagnosticModel> diagnostics)
    {
        string type = property.Type.ToDisplayString(TypeFormat);
        string key = Attribute(property, "SszNameAttribute")?.ConstructorArguments[0].Value as string ?? SnakeCase(property.Name);
        bool mutable = property.SetMethod is { IsInitOnly: false };
        AttributeData? list = Attribute(property, "SszListAttribute");
        AttributeData? vector = Attribute(property, "SszVectorAttribute");
        FieldModel Field(FieldKind kind, bool variable, string element = "", int size = 0, string limit = "", bool inPlace = false, int flat = 0) =>
            new(property.Name, key, kind, type, element, size, limit, variable, mutable || inPlace, size + flat);

        switch (property.Type.SpecialType)
        {
            case SpecialType.System_Byte:
                return Field(FieldKind.UInt, false, size: 1);
            case SpecialType.System_UInt16:
                return Field(FieldKind.UInt, false, size: 2);
            case SpecialType.System_UInt32:
                return Field(FieldKind.UInt, false, size: 4);
            case SpecialType.System_UInt64:
                return Field(FieldKind.UInt, false, size: 8);
            case SpecialType.System_Boolean:
                return Field(FieldKind.Boolean, false, size: 1);
        }

        if (property.Type is not INamedTypeSymbol named)
        {
            diagnostics.Add(DiagnosticModel.Of(Rules.UnsupportedType, node, property.Name, property.Type.ToDisplayString()));
            return null;
        }

        string definition = named.OriginalDefinition.ToDisplayString();
        bool persistent = definition == "Beacon.Ssz.PersistentList<T>";
        bool array = definition == "System.Collections.Immutable.ImmutableArray<T>";
        bool bitlist = definition == "Beacon.Ssz.Bitlist";
        bool bitvector = definition == "Beacon.Ssz.Bitvector";
        if (!persistent && !array && !bitlist && !bitvector)
        {
            if (!IsSsz(named))
            {
                diagnostics.Add(DiagnosticModel.Of(Rules.UnsupportedType, node, property.Name, property.Type.ToDisplayString()));
                return null;
            }

            return Field(FieldKind.Value, IsVariable(named), flat: FlatSizeOf(named));
        }

        if (list is null && vector is null)
        {
            diagnostics.Add(DiagnosticModel.Of(Rules.MissingLimit, node, property.Name));
            return null;
        }

        if ((list is not null && (vector is not null || bitvector)) || (vector is not null && bitlist))
        {
            diagnostics.Add(DiagnosticModel.Of(
                Rules.WrongLimitKind, node, property.Name, property.Type.ToDisplayString(), list is not null ? "SszList" : "SszVector"));
            return null;
        }

        string? limit = LimitOf((list ?? vector)!, property, hasContext, persistent, node, diagnostics);
        if (limit is null)
        {
            return null;
        }

        if (bitlist)
        {
            return Field(FieldKind.Bitlist, true, limit: limit);
        }

        if (bitvector)
        {
            return Field(FieldKind.Bitvector, false, limit: limit);
        }

        if (named.TypeArguments[0] is not INamedTypeSymbol element || !IsSsz(element))
        {
            diagnostics.Add(DiagnosticModel.Of(Rules.UnsupportedType, node, property.Name, property.Type.ToDisplayString()));
            return null;
        }

        FieldKind kind = (persistent, list is not null) switch
        {
            (true, true) => FieldKind.PersistentList,
            (true, false) => FieldKind.PersistentVector,
            (false, true) => FieldKind.List,
            (false, false) => FieldKind.Vector,
        };
        return Field(kind, list is not null || IsVariable(element), element.ToDisplayString(TypeFormat), limit: limit, inPlace: persistent);
    }

    private static string? LimitOf(
        AttributeData attribute, IPropertySymbol property, bool hasContext, bool persistent, SyntaxNode node, List<DiagnosticModel> diagnostics)
    {
        switch (attribute.ConstructorArguments[0].Value)
        {
            case string member when hasContext && persistent:
                return "context." + member;
            case string:
                diagnostics.Add(DiagnosticModel.Of(Rules.MissingContext, node, property.Name));
                return null;
            case ulong number when number > 0:
                return number + "UL";
            default:
                diagnostics.Add(DiagnosticModel.Of(Rules.BadLimit, node, property.Name, "0"));
                return null;
        }
    }

    /// <summary>Whether a type has an SSZ form: it is marked, or implements the interface by hand.</summary>
    private static bool IsSsz(INamedTypeSymbol type) =>
        (Attribute(type, "SszContainerAttribute") is not null && ContextOf(type) is null)
        || Attribute(type, "SszUInt64Attribute") is not null
        || Attribute(type, "SszBytesAttribute") is not null
        || type.AllInterfaces.Any(i => i.OriginalDefinition.ToDisplayString() == "Beacon.Ssz.ISszSerializable<TSelf>");

    /// <summary>Bytes of a number or byte vector; 0 for everything else.</summary>
    private static int FlatSizeOf(INamedTypeSymbol type) =>
        Attribute(type, "SszUInt64Attribute") is not null ? 8
        : Attribute(type, "SszBytesAttribute") is { } bytes ? bytes.ConstructorArguments[0].Value as int? ?? 0
        : type.ToDisplayString() == "Beacon.Ssz.Root" ? 32
        : 0;

    /// <summary>Whether a type's values differ in size. Types implemented by hand are of fixed size.</summary>
    private static bool IsVariable(INamedTypeSymbol type)
    {
        if (Attribute(type, "SszContainerAttribute") is null)
        {
            return false;
        }

        foreach (IPropertySymbol property in Properties(type))
        {
            if (property.Type is not INamedTypeSymbol named || named.SpecialType != SpecialType.None)
            {
                continue;
            }

            if (Attribute(property, "SszListAttribute") is not null)
            {
                return true;
            }

            INamedTypeSymbol? inner = Attribute(property, "SszVectorAttribute") is null ? named
                : named.TypeArguments.Length == 1 ? named.TypeArguments[0] as INamedTypeSymbol
                : null;
            if (inner is not null && IsVariable(inner))
            {
                return true;
            }
        }

        return false;
    }

    private static string SnakeCase(string name)
    {
        StringBuilder text = new();
        for (int i = 0; i < name.Length; i++)
        {
            if (i > 0 && char.IsUpper(name[i]) && (!char.IsUpper(name[i - 1]) || (i + 1 < name.Length && char.IsLower(name[i + 1]))))
            {
                text.Append('_');
            }

            text.Append(char.ToLowerInvariant(name[i]));
        }

        return text.ToString();
    }
}
