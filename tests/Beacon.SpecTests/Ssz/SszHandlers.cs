using Beacon.SpecTests.Runner;
using YamlDotNet.RepresentationModel;

namespace Beacon.SpecTests.Ssz;

/// <summary><c>ssz_static</c>: the containers of the chain.</summary>
public sealed class SszStaticHandlers : ISpecHandlers
{
    /// <inheritdoc/>
    public string Runner => "ssz_static";

    /// <inheritdoc/>
    public SpecHandler? Find(string handler) => SszStaticCases.Handlers.Contains(handler)
        ? specCase => SszStaticCases.Run(handler, specCase.ReadSsz("serialized"), Scalar(specCase.ReadYaml("roots.yaml"), "root"), specCase.Spec)
        : null;

    internal static string Scalar(YamlNode node, string key) => ((YamlScalarNode)((YamlMappingNode)node)[key]).Value!;
}

/// <summary><c>ssz_generic</c>: valid encodings of test types, and invalid ones that must be refused.</summary>
public sealed class SszGenericHandlers : ISpecHandlers
{
    /// <inheritdoc/>
    public string Runner => "ssz_generic";

    /// <inheritdoc/>
    public SpecHandler? Find(string handler) => SszGenericCases.Handlers.Contains(handler) ? specCase => Run(handler, specCase) : null;

    private static void Run(string handler, SpecCase specCase)
    {
        byte[] serialized = specCase.ReadSsz("serialized");
        switch (specCase.Suite)
        {
            case "valid":
                string? value = null;
                if ((handler is "uints" or "boolean") && specCase.Has("value.yaml"))
                {
                    value = ((YamlScalarNode)specCase.ReadYaml("value.yaml")).Value;
                }
                else
                {
                    specCase.Ignore("value.yaml", "a composite value is checked by its encoding and its root");
                }

                SszGenericCases.RunValid(handler, specCase.Name, serialized, SszStaticHandlers.Scalar(specCase.Meta!, "root"), value);
                break;
            case "invalid":
                SszGenericCases.RunInvalid(handler, specCase.Name, serialized);
                break;
            default:
                throw new InvalidOperationException($"The suite '{specCase.Suite}' is neither valid nor invalid.");
        }
    }
}
