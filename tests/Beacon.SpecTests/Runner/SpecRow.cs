namespace Beacon.SpecTests.Runner;

/// <summary>All cases of one handler of one runner in one archive.</summary>
/// <param name="Archive">Where they are from.</param>
/// <param name="Preset"><c>minimal</c>, <c>mainnet</c>, <c>general</c>, or empty.</param>
/// <param name="Runner">Runner's name.</param>
/// <param name="Handler">Handler's name.</param>
/// <param name="Path">The handler's folder.</param>
public sealed record SpecRow(SpecArchive Archive, string Preset, string Runner, string Handler, string Path)
{
    /// <summary>Files of the JSON archives that are no case, each with its reason.</summary>
    private static readonly Dictionary<string, string> NotCases = new(StringComparer.Ordinal)
    {
        ["schema.json"] = "the schema of the interchange format; the cases are checked against our reader",
    };

    /// <summary>The cases, in order of suite and name.</summary>
    public IEnumerable<SpecCase> Cases()
    {
        if (Preset.Length == 0)
        {
            return Directory.EnumerateFiles(Path, "*", SearchOption.AllDirectories)
                .Where(static file => !NotCases.ContainsKey(System.IO.Path.GetFileName(file)))
                .Order(StringComparer.Ordinal)
                .Select(file => SpecCase.FromFile(Archive, Runner, Handler, file));
        }

        return from suite in Directory.EnumerateDirectories(Path).Order(StringComparer.Ordinal)
               from specCase in Directory.EnumerateDirectories(suite).Order(StringComparer.Ordinal)
               select SpecCase.FromDirectory(Archive, Preset, "phase0", Runner, Handler, System.IO.Path.GetFileName(suite), specCase);
    }

    /// <summary>Files below the handler's folder that belong to no case: a different layout than the one known, so something would be missed.</summary>
    public IEnumerable<string> Strays() => Preset.Length == 0
        ? []
        : Directory.EnumerateFiles(Path).Concat(Directory.EnumerateDirectories(Path).SelectMany(Directory.EnumerateFiles))
            .Concat(Directory.EnumerateDirectories(Path).SelectMany(Directory.EnumerateDirectories).SelectMany(Directory.EnumerateDirectories));

    /// <inheritdoc/>
    public override string ToString() => Preset.Length == 0 ? $"{Archive.Name}: {Runner}/{Handler}" : $"{Archive.Name}: {Preset}/{Runner}/{Handler}";
}
