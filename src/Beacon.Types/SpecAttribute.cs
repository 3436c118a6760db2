namespace Beacon.Types;

/// <summary>Names the section of the pinned consensus specification that a type or function implements.</summary>
/// <param name="section">File under <c>specs/</c> and anchor, for example <c>phase0/beacon-chain.md#slashings</c>.</param>
[AttributeUsage(AttributeTargets.All, AllowMultiple = true, Inherited = false)]
public sealed class SpecAttribute(string section) : Attribute
{
    /// <summary>File and anchor.</summary>
    public string Section { get; } = section;
}

/// <summary>The release of the consensus specification this client follows.</summary>
public static class SpecVersion
{
    /// <summary>The release tag.</summary>
    public const string Tag = "v1.5.0";
}
