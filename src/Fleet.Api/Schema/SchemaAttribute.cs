namespace Fleet.Api.Schema;

/// <summary>Bounds of one field, for the generated CRD.</summary>
/// <remarks>
/// The description comes from the property's XML summary, the type from its .NET type, the default from <see cref="Default"/>.
/// Rules that need more are <see cref="RuleAttribute"/>s.
/// </remarks>
[AttributeUsage(AttributeTargets.Property)]
public sealed class SchemaAttribute : Attribute
{
    /// <summary>Must be given; an empty object is refused.</summary>
    public bool Required { get; set; }

    /// <summary>Smallest number; <see cref="double.NaN"/> when unbounded.</summary>
    public double Minimum { get; set; } = double.NaN;

    /// <summary>Largest number; <see cref="double.NaN"/> when unbounded.</summary>
    public double Maximum { get; set; } = double.NaN;

    /// <summary>Shortest text in characters; 0 when unbounded.</summary>
    public int MinLength { get; set; }

    /// <summary>Longest text in characters; 0 when unbounded.</summary>
    public int MaxLength { get; set; }

    /// <summary>Regular expression (RE2 and ECMA common subset) the text must match.</summary>
    public string? Pattern { get; set; }

    /// <summary>The only texts allowed, separated by <c>|</c>.</summary>
    public string? Values { get; set; }

    /// <summary>Fewest list elements.</summary>
    public int MinItems { get; set; }

    /// <summary>Most list elements, or most entries of a map; 0 when unbounded, which a map may be only in Kubernetes' own types.</summary>
    public int MaxItems { get; set; }

    /// <summary>Field that identifies a list element (server-side apply merges by it).</summary>
    public string? MapKey { get; set; }

    /// <summary>JSON text of the default the API server fills in.</summary>
    public string? Default { get; set; }

    /// <summary>Longest element of a list of texts, or longest value of a map of texts.</summary>
    public int ItemMaxLength { get; set; }

    /// <summary>Pattern of the elements of a list of texts.</summary>
    public string? ItemPattern { get; set; }

    /// <summary>Smallest integer among the values of a map; <see cref="double.NaN"/> when unbounded.</summary>
    public double ItemMinimum { get; set; } = double.NaN;

    /// <summary>Largest integer among the values of a map; <see cref="double.NaN"/> when unbounded.</summary>
    public double ItemMaximum { get; set; } = double.NaN;
}

/// <summary>How a custom resource is served: names, short names and printer columns.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class CustomResourceAttribute(string kind, string plural) : Attribute
{
    /// <summary>Kind, in CamelCase.</summary>
    public string Kind { get; } = kind;

    /// <summary>Plural, in lower case; part of the URL.</summary>
    public string Plural { get; } = plural;

    /// <summary>Short name for kubectl.</summary>
    public string ShortName { get; set; } = "";

    /// <summary>Longest name of an object in characters.</summary>
    public int MaxName { get; set; }
}

/// <summary>One column of <c>kubectl get</c>, in the order given.</summary>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = true)]
public sealed class PrinterColumnAttribute(int order, string name, string type, string jsonPath) : Attribute
{
    /// <summary>Position; lowest first.</summary>
    public int Order { get; } = order;

    /// <summary>Heading.</summary>
    public string Name { get; } = name;

    /// <summary>OpenAPI type: string, integer, date.</summary>
    public string Type { get; } = type;

    /// <summary>Where the value is.</summary>
    public string JsonPath { get; } = jsonPath;

    /// <summary>Shown with <c>-o wide</c> only.</summary>
    public bool Wide { get; set; }

    /// <summary>Explanation shown by clients.</summary>
    public string? Description { get; set; }
}
