namespace Fleet.Cli.Observation;

/// <summary>Orders names so that <c>eu-2</c> comes before <c>eu-10</c>.</summary>
internal sealed class NaturalOrder : IComparer<string?>
{
    public static NaturalOrder Instance { get; } = new();

    public int Compare(string? x, string? y)
    {
        (string xStem, int xNumber) = Split(x ?? "");
        (string yStem, int yNumber) = Split(y ?? "");
        int byStem = string.CompareOrdinal(xStem, yStem);
        return byStem != 0 ? byStem : xNumber.CompareTo(yNumber);
    }

    private static (string Stem, int Number) Split(string name)
    {
        int dash = name.LastIndexOf('-');
        return dash > 0 && int.TryParse(name.AsSpan(dash + 1), out int number) ? (name[..dash], number) : (name, -1);
    }
}
