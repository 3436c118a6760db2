using System.Reflection;
using System.Text.Json.Nodes;
using Fleet.Api;
using Fleet.Api.Manifests;
using Fleet.Api.Schema;
using Fleet.Kubernetes.Models;

namespace Fleet.CrdGen;

/// <summary>CustomResourceDefinitions of Fleet.Api as files.</summary>
public static class CrdWriter
{
    /// <summary>The command that writes the files, for messages.</summary>
    public const string Command = "dotnet run --project src/Fleet.CrdGen -c Release";

    private static readonly Type[] Kinds = [typeof(BeaconNode), typeof(CanaryRollout), typeof(ChainReset), typeof(Testnet)];

    /// <summary>File name and text of every CRD.</summary>
    public static IReadOnlyList<(string FileName, string Text)> All()
    {
        var schemas = new SchemaBuilder(new XmlDocs(typeof(Testnet).Assembly, typeof(Condition).Assembly));
        return [.. Kinds.Select(kind =>
        {
            CustomResourceAttribute resource = kind.GetCustomAttribute<CustomResourceAttribute>()!;
            string text = $"# Generated from src/Fleet.Api by `{Command}`; do not edit.\n" + YamlText.Write(Definition(kind, resource, schemas));
            return ($"{FleetGroup.Name}_{resource.Plural}.yaml", text);
        })];
    }

    private static JsonObject Definition(Type kind, CustomResourceAttribute resource, SchemaBuilder schemas) => new()
    {
        ["apiVersion"] = "apiextensions.k8s.io/v1",
        ["kind"] = "CustomResourceDefinition",
        ["metadata"] = new JsonObject { ["name"] = $"{resource.Plural}.{FleetGroup.Name}" },
        ["spec"] = new JsonObject
        {
            ["group"] = FleetGroup.Name,
            ["names"] = new JsonObject
            {
                ["categories"] = new JsonArray("beaconfleet"),
                ["kind"] = resource.Kind,
                ["listKind"] = resource.Kind + "List",
                ["plural"] = resource.Plural,
                ["shortNames"] = new JsonArray(resource.ShortName),
                ["singular"] = resource.Kind.ToLowerInvariant(),
            },
            ["scope"] = "Namespaced",
            ["versions"] = new JsonArray(new JsonObject
            {
                ["name"] = FleetGroup.Version,
                ["served"] = true,
                ["storage"] = true,
                ["subresources"] = new JsonObject { ["status"] = new JsonObject() },
                ["additionalPrinterColumns"] = Columns(kind),
                ["schema"] = new JsonObject { ["openAPIV3Schema"] = Schema(kind, schemas) },
            }),
        },
    };

    private static JsonObject Schema(Type kind, SchemaBuilder schemas)
    {
        JsonObject schema = schemas.Root(kind);
        JsonObject properties = schema["properties"]!.AsObject();
        properties.Insert(0, "apiVersion", new JsonObject { ["description"] = "Group and version of this object.", ["type"] = "string" });
        properties.Insert(1, "kind", new JsonObject { ["description"] = "Kind of this object.", ["type"] = "string" });
        int maxName = kind.GetCustomAttribute<CustomResourceAttribute>()!.MaxName;
        properties.Insert(
            2,
            "metadata",
            new JsonObject { ["type"] = "object", ["properties"] = new JsonObject { ["name"] = new JsonObject { ["type"] = "string", ["maxLength"] = maxName, ["pattern"] = Names.Pattern } } });
        return schema;
    }

    private static JsonArray Columns(Type kind) => new(
        [.. kind.GetCustomAttributes<PrinterColumnAttribute>().OrderBy(column => column.Order).Select(column =>
        {
            var node = new JsonObject { ["name"] = column.Name, ["type"] = column.Type, ["jsonPath"] = column.JsonPath };
            if (column.Description is { } description)
            {
                node["description"] = description;
            }

            if (column.Wide)
            {
                node["priority"] = 1;
            }

            return node;
        })]);
}
