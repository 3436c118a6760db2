using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;

namespace Beacon.Ssz.Generator;

/// <summary>Writes SSZ codec, hash tree root, equality and JSON of the types marked with the attributes of <c>Beacon.Ssz</c>.</summary>
[Generator(LanguageNames.CSharp)]
public sealed class SszGenerator : IIncrementalGenerator
{
    /// <inheritdoc/>
    public void Initialize(IncrementalGeneratorInitializationContext context)
    {
        Register(context, "Beacon.Ssz.SszContainerAttribute", ContainerModel.Create, ContainerEmitter.Emit);
        Register(context, "Beacon.Ssz.SszUInt64Attribute", ScalarModel.CreateUInt64, ScalarEmitter.EmitUInt64);
        Register(context, "Beacon.Ssz.SszBytesAttribute", ScalarModel.CreateBytes, ScalarEmitter.EmitBytes);
    }

    private static void Register<TModel>(
        IncrementalGeneratorInitializationContext context,
        string attribute,
        Func<GeneratorAttributeSyntaxContext, CancellationToken, TModel> create,
        Func<TModel, string> emit)
        where TModel : TypeModel
    {
        IncrementalValuesProvider<TModel> models = context.SyntaxProvider.ForAttributeWithMetadataName(
            attribute, static (node, _) => node is TypeDeclarationSyntax, create);
        context.RegisterSourceOutput(models, (output, model) =>
        {
            foreach (DiagnosticModel diagnostic in model.Diagnostics)
            {
                output.ReportDiagnostic(diagnostic.ToDiagnostic());
            }

            if (model.Diagnostics.Count == 0)
            {
                output.AddSource(model.Namespace + "." + model.Name + ".g.cs", SourceText.From(emit(model), Encoding.UTF8));
            }
        });
    }
}
