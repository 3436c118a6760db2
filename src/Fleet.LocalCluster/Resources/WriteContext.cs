namespace Fleet.LocalCluster.Resources;

/// <summary>What happens to fields that a kind doesn't know.</summary>
internal enum FieldValidation
{
    /// <summary>Dropped silently.</summary>
    Ignore,

    /// <summary>Dropped with a warning header.</summary>
    Warn,

    /// <summary>The request fails.</summary>
    Strict,
}

/// <summary>How a write is to be done, beside its body.</summary>
/// <param name="Manager">Field manager.</param>
internal sealed record WriteContext(string Manager)
{
    /// <summary>Everything is done except storing.</summary>
    public bool DryRun { get; init; }

    public FieldValidation FieldValidation { get; init; }

    /// <summary>Keys that occurred twice in the body.</summary>
    public IReadOnlyList<string> DuplicateFields { get; init; } = [];

    /// <summary>Texts for <c>Warning</c> headers.</summary>
    public List<string> Warnings { get; } = [];

    /// <summary><c>status</c>, <c>scale</c> or empty.</summary>
    public string Subresource { get; init; } = "";
}

/// <summary>Options of a deletion.</summary>
internal sealed record DeleteContext
{
    public long? GracePeriodSeconds { get; init; }

    public string? Uid { get; init; }

    public string? ResourceVersion { get; init; }

    /// <summary><c>Background</c> (default), <c>Foreground</c> or <c>Orphan</c>.</summary>
    public string PropagationPolicy { get; init; } = "Background";

    public bool DryRun { get; init; }
}

/// <summary>A kind in one version and (for namespaced kinds) one namespace; empty namespace: all.</summary>
internal sealed record ResourceScope(ResourceType Type, ServedVersion Version, string Namespace)
{
    public string ApiVersion => Type.ApiVersion(Version.Name);
}
