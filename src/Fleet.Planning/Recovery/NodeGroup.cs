using System.Collections.Immutable;
using System.Globalization;

namespace Fleet.Planning.Recovery;

/// <summary>Some nodes of a chain, as sentences name them.</summary>
/// <param name="Nodes">Their names, in order.</param>
/// <param name="Keys">Keys they sign with.</param>
/// <param name="Share">Their share of the active stake, such as <c>12.5%</c>.</param>
internal sealed record NodeGroup(ImmutableArray<string> Nodes, int Keys, string Share)
{
    /// <summary>More than these are counted.</summary>
    private const int Named = 4;

    /// <summary>Their names, or how many they are.</summary>
    public string Names => Nodes.Length <= Named ? string.Join(", ", Nodes) : string.Create(CultureInfo.InvariantCulture, $"{Nodes[0]} and {Nodes.Length - 1} others");

    /// <summary>The nodes of which something holds.</summary>
    public static NodeGroup Of(ChainHealth health, Func<NodeHealth, bool> holds)
    {
        NodeHealth[] nodes = [.. health.Nodes.Where(holds)];
        int keys = nodes.Sum(node => node.Keys);
        return new NodeGroup([.. nodes.Select(node => node.Name)], keys, ShareOf(keys, health));
    }

    /// <summary>The share of the active stake that some keys are.</summary>
    public static string ShareOf(int keys, ChainHealth health) => Percent((double)keys / health.ActiveKeys);

    /// <summary>A share, 0 to 1, as people read it.</summary>
    public static string Percent(double share) => string.Create(CultureInfo.InvariantCulture, $"{share * 100:0.#}%");

    /// <summary>A word by their number.</summary>
    public string Word(string one, string many) => Nodes.Length == 1 ? one : many;

    /// <summary>Names and share.</summary>
    public override string ToString() => $"{Names} with {Share} of the stake";
}
