using System.Text.RegularExpressions;

namespace Architecture.Tests;

/// <summary>Rules of the whole tree that no analyzer knows.</summary>
public sealed partial class SourceRuleTests
{
    [Fact]
    public void Log_event_ids_are_unique()
    {
        IEnumerable<string> repeated = Repository.SourceFiles("src")
            .SelectMany(path => EventId().Matches(File.ReadAllText(path)).Select(match => match.Groups[1].Value))
            .GroupBy(id => id, StringComparer.Ordinal)
            .Where(group => group.Count() > 1)
            .Select(group => group.Key);

        Assert.Empty(repeated);
    }

    [Fact]
    public void Product_code_is_finished()
    {
        IEnumerable<string> unfinished = Repository.SourceFiles("src")
            .Where(path => Unfinished().IsMatch(File.ReadAllText(path)))
            .Select(path => Path.GetRelativePath(Repository.Root, path));

        Assert.Empty(unfinished);
    }

    [Fact]
    public void Product_code_knows_nothing_of_planted_faults()
    {
        IEnumerable<string> planted = Repository.SourceFiles("src")
            .Where(path => File.ReadAllText(path).Contains("planted", StringComparison.OrdinalIgnoreCase))
            .Select(path => Path.GetRelativePath(Repository.Root, path));

        Assert.Empty(planted);
    }

    [Fact]
    public void Every_path_in_the_readme_exists()
    {
        string readme = File.ReadAllText(Path.Combine(Repository.Root, "README.md"));
        IEnumerable<string> missing = ReadmePath().Matches(readme)
            .Select(match => match.Groups[1].Value)
            .Where(path => !Path.Exists(Path.Combine(Repository.Root, path)));

        Assert.Empty(missing);
    }

    [Fact]
    public void Long_files_are_known()
    {
        IEnumerable<string> tooLong = Repository.SourceFiles("src")
            .Where(path => File.ReadLines(path).Count() > 600)
            .Select(path => Path.GetRelativePath(Repository.Root, path));

        Assert.Empty(tooLong);
    }

    [GeneratedRegex(@"\[LoggerMessage\((?:EventId *[=:] *)?(\d+)")]
    private static partial Regex EventId();

    [GeneratedRegex(@"NotImplementedException|\bTODO\b|\bFIXME\b|\bHACK\b")]
    private static partial Regex Unfinished();

    [GeneratedRegex(@"`((?:src|tests|docs|crds|e2e|charts)/[A-Za-z0-9_./-]+)`")]
    private static partial Regex ReadmePath();
}
