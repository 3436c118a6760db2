using System.Text.Json.Nodes;
using Fleet.LocalCluster.Json;

namespace Fleet.LocalCluster.Schemas;

/// <summary>One thing that is wrong with one field, in Kubernetes' words.</summary>
/// <param name="Reason">Cause as in <c>StatusDetails</c>: <c>FieldValueInvalid</c>, <c>FieldValueRequired</c>, …</param>
/// <param name="Field">Path, e.g. <c>spec.pools[0].replicas</c>.</param>
/// <param name="Message">What the user reads after the path.</param>
internal sealed record FieldError(string Reason, string Field, string Message)
{
    public override string ToString() => $"{Field}: {Message}";
}

/// <summary>Collects field errors.</summary>
internal sealed class FieldErrors
{
    private const int Limit = 64;
    private readonly List<FieldError> _errors = [];

    public IReadOnlyList<FieldError> All => _errors;

    public bool Any => _errors.Count > 0;

    public void Invalid(string field, JsonNode? value, string detail) =>
        Add("FieldValueInvalid", field, $"Invalid value: {Show(value)}: {detail}");

    public void InvalidType(string field, JsonNode? value, string expected)
    {
        string actual = TypeName(value);
        Add("FieldValueTypeInvalid", field, $"Invalid value: \"{actual}\": {field} in body must be of type {expected}: \"{actual}\"");
    }

    public void Required(string field, string detail = "") =>
        Add("FieldValueRequired", field, detail.Length == 0 ? "Required value" : $"Required value: {detail}");

    public void Forbidden(string field, string detail) => Add("FieldValueForbidden", field, $"Forbidden: {detail}");

    public void Duplicate(string field, JsonNode? value) => Add("FieldValueDuplicate", field, $"Duplicate value: {Show(value)}");

    public void NotSupported(string field, JsonNode? value, IEnumerable<JsonNode?> supported) =>
        Add("FieldValueNotSupported", field, $"Unsupported value: {Show(value)}: supported values: {string.Join(", ", supported.Select(Show))}");

    public void NotFound(string field, JsonNode? value) => Add("FieldValueNotFound", field, $"Not found: {Show(value)}");

    public void TooLong(string field, long limit) => Add("FieldValueTooLong", field, $"Too long: may not be longer than {limit}");

    public void TooMany(string field, long count, long limit) =>
        Add("FieldValueTooMany", field, $"Too many: {count}: must have at most {limit} items");

    /// <summary>A value as messages show it: strings quoted, documents as JSON.</summary>
    public static string Show(JsonNode? value) => value is null ? "null" : JsonText.Text(value);

    public static string TypeName(JsonNode? value) => value?.GetValueKind() switch
    {
        null or System.Text.Json.JsonValueKind.Null => "null",
        System.Text.Json.JsonValueKind.Object => "object",
        System.Text.Json.JsonValueKind.Array => "array",
        System.Text.Json.JsonValueKind.String => "string",
        System.Text.Json.JsonValueKind.Number => JsonPaths.AsInt(value) is null ? "number" : "integer",
        _ => "boolean",
    };

    private void Add(string reason, string field, string message)
    {
        if (_errors.Count < Limit)
        {
            _errors.Add(new FieldError(reason, field, message));
        }
    }
}
