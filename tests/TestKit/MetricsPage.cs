using System.Text;
using Xunit;

namespace TestKit;

/// <summary>The tables of <c>docs/metrics.md</c> and <c>docs/operator.md</c>, which are what a process exports: names, types and meanings in the order of a scrape.</summary>
public static class MetricsPage
{
    /// <summary>Fails unless the table of a process has exactly the families of its exposition. <c>FLEET_UPDATE_GOLDEN=1</c> rewrites the table.</summary>
    /// <param name="process">What the page calls the process.</param>
    /// <param name="exposition">What it exports.</param>
    /// <param name="page">The page with its table.</param>
    public static void Matches(string process, string exposition, string page = "docs/metrics.md")
    {
        string file = Path.Combine(Repository.Root, page);
        string text = File.ReadAllText(file);
        string begin = $"<!-- begin: {process} -->\n";
        const string End = "<!-- end -->";
        int from = text.IndexOf(begin, StringComparison.Ordinal);
        Assert.True(from >= 0, $"{page} has no table of the {process}.");
        from += begin.Length;
        int to = text.IndexOf(End, from, StringComparison.Ordinal);
        string table = Table(exposition);
        if (Environment.GetEnvironmentVariable("FLEET_UPDATE_GOLDEN") == "1")
        {
            File.WriteAllText(file, text[..from] + table + text[to..]);
            return;
        }

        Assert.Equal(text[from..to], table);
    }

    private static string Table(string exposition)
    {
        var table = new StringBuilder("| name | type | meaning |\n|---|---|---|\n");
        string help = "";
        foreach (string line in exposition.Split('\n'))
        {
            string[] parts = line.Split(' ', 4);
            if (parts is ["#", "HELP", _, var meaning])
            {
                help = meaning;
            }
            else if (parts is ["#", "TYPE", var name, var type])
            {
                Assert.True(help.EndsWith('.'), $"{name} does not say in a sentence what it means.");
                table.Append($"| `{name}` | {type} | {help} |\n");
            }
        }

        return table.ToString();
    }
}
