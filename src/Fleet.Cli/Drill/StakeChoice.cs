using System.Collections.Immutable;
using System.Globalization;
using Fleet.Cli.Common;

namespace Fleet.Cli.Drill;

/// <summary>Chooses nodes by the share of the stake that their keys are. Pure; the same for the same testnet.</summary>
internal static class StakeChoice
{
    /// <summary>Reads a share such as <c>40%</c>.</summary>
    /// <param name="text">A number above 0 and up to 100, with or without its sign.</param>
    /// <returns>The share, above 0 and up to 1.</returns>
    /// <exception cref="CliException">It is none.</exception>
    public static double ParseShare(string text) =>
        double.TryParse(text.EndsWith('%') ? text[..^1] : text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double percent) && percent is > 0 and <= 100
            ? percent / 100
            : throw new CliException($"'{SafeText.Neutralise(text)}' is no share of the stake; write a number above 0 and up to 100, such as 40%.", ExitCodes.BadInput);

    /// <summary>The nodes that together hold as little as possible of the stake above a share, or exactly it; of equals the fewest nodes, of those the first by name.</summary>
    /// <exception cref="CliException">No node has keys.</exception>
    public static ImmutableArray<DrillNode> AtLeast(DrillTarget target, double share)
    {
        int wanted = Math.Max(1, (int)Math.Ceiling((target.TotalKeys * share) - 1e-9));
        DrillNode[] nodes = [.. target.Nodes.Where(node => node.Keys > 0)];
        if (nodes.Length == 0)
        {
            throw new CliException($"No node of testnet {target.Name} has keys, so no share of the stake can be chosen.");
        }

        // fewest[i][k]: the fewest of the first i nodes whose keys are k together.
        int total = target.TotalKeys;
        int[][] fewest = [.. Enumerable.Range(0, nodes.Length + 1).Select(_ => Enumerable.Repeat(int.MaxValue, total + 1).ToArray())];
        fewest[nodes.Length][0] = 0;
        for (int i = nodes.Length - 1; i >= 0; i--)
        {
            for (int keys = 0; keys <= total; keys++)
            {
                fewest[i][keys] = Math.Min(fewest[i + 1][keys], With(i, keys));
            }
        }

        int best = Enumerable.Range(wanted, total - wanted + 1).First(keys => fewest[0][keys] != int.MaxValue);
        ImmutableArray<DrillNode>.Builder chosen = ImmutableArray.CreateBuilder<DrillNode>();
        for (int i = 0, keys = best; keys > 0; i++)
        {
            if (With(i, keys) == fewest[i][keys])
            {
                chosen.Add(nodes[i]);
                keys -= nodes[i].Keys;
            }
        }

        return chosen.ToImmutable();

        int With(int i, int keys)
        {
            int rest = keys - nodes[i].Keys;
            return rest < 0 || fewest[i + 1][rest] == int.MaxValue ? int.MaxValue : fewest[i + 1][rest] + 1;
        }
    }

    /// <summary>About a third of the nodes that follow the chain, and less than a third of the stake where the nodes allow it.</summary>
    public static ImmutableArray<DrillNode> Third(DrillTarget target)
    {
        int most = Math.Max(1, target.ChainNodes.Count() / 3);
        ImmutableArray<DrillNode>.Builder chosen = ImmutableArray.CreateBuilder<DrillNode>();
        foreach (DrillNode node in target.ChainNodes.OrderBy(node => node.Keys))
        {
            if (chosen.Count == 0 || (chosen.Count < most && (chosen.Sum(other => other.Keys) + node.Keys) * 3 < target.TotalKeys))
            {
                chosen.Add(node);
            }
        }

        return chosen.ToImmutable();
    }
}
