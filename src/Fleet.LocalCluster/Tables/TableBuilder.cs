using System.Text.Json;
using System.Text.Json.Nodes;
using Fleet.LocalCluster.Resources;

namespace Fleet.LocalCluster.Tables;

/// <summary>One column of a table.</summary>
/// <param name="Name">Header.</param>
/// <param name="Type"><c>string integer number boolean date</c>.</param>
/// <param name="Priority">0: always shown; higher: with <c>-o wide</c>.</param>
/// <param name="Cell">Its value for an object.</param>
internal sealed record Column(string Name, string Type, int Priority, Func<JsonElement, JsonNode?> Cell)
{
    public string Format { get; init; } = "";

    public string Description { get; init; } = "";
}

/// <summary>Makes the tables that <c>kubectl get</c> prints.</summary>
internal sealed class TableBuilder(TimeProvider time)
{
    /// <summary>A table of objects.</summary>
    /// <param name="include"><c>None</c>, <c>Metadata</c> (default) or <c>Object</c>: what each row carries beside its cells.</param>
    public JsonObject Build(ResourceScope scope, IReadOnlyList<JsonElement> items, string resourceVersion, string include)
    {
        IReadOnlyList<Column> columns = scope.Type.IsCustom ? CustomColumns.Of(scope.Version.Columns, time) : BuiltinColumns.Of(scope.Type, time);
        var rows = new JsonArray();
        foreach (JsonElement item in items)
        {
            var row = new JsonObject { ["cells"] = new JsonArray([.. columns.Select(c => c.Cell(item))]) };
            if (include != "None")
            {
                JsonObject whole = JsonNode.Parse(item.GetRawText())!.AsObject();
                row["object"] = include == "Object" ? ObjectService.InVersion(whole, scope) : Api.ListHandler.MetadataOf(whole);
            }

            rows.Add((JsonNode)row);
        }

        return new JsonObject
        {
            ["kind"] = "Table",
            ["apiVersion"] = "meta.k8s.io/v1",
            ["metadata"] = new JsonObject { ["resourceVersion"] = resourceVersion },
            ["columnDefinitions"] = new JsonArray([.. columns.Select(c => (JsonNode)new JsonObject
            {
                ["name"] = c.Name,
                ["type"] = c.Type,
                ["format"] = c.Name == "Name" ? "name" : c.Format,
                ["description"] = c.Description,
                ["priority"] = c.Priority,
            })]),
            ["rows"] = rows,
        };
    }
}
