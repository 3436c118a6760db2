using System.Globalization;
using Fleet.Api;

namespace Fleet.Planning.Rollouts;

/// <summary>Which nodes have the new image after which wave. Pure; the testnet's and the roll-out's controller both ask here.</summary>
public static class Waves
{
    /// <summary>Nodes outside the pair in the order in which they get a new image: pools and ordinals as the spec has them, bootnodes last.</summary>
    public static IEnumerable<string> Order(Testnet testnet)
    {
        string name = testnet.Metadata.Name!;
        foreach (PoolSpec pool in testnet.Spec.Pools)
        {
            for (int i = 0; i < pool.Replicas; i++)
            {
                yield return Names.Node(name, pool.Name, i);
            }
        }

        for (int i = 0; i < testnet.Spec.Bootnodes.Replicas; i++)
        {
            yield return Names.Node(name, Names.BootnodePool, i);
        }
    }

    /// <summary>Nodes that have the image during a wave.</summary>
    /// <param name="testnet">The testnet.</param>
    /// <param name="wave">From 1; beyond the last: as the last.</param>
    public static IReadOnlySet<string> Nodes(Testnet testnet, int wave)
    {
        string[] order = [.. Order(testnet)];
        int count = 0;
        foreach (string text in testnet.Spec.Rollout.Waves.Take(wave))
        {
            count = Math.Max(count, Count(text, order.Length));
        }

        return order.Take(wave >= testnet.Spec.Rollout.Waves.Count ? order.Length : count).ToHashSet(StringComparer.Ordinal);
    }

    /// <summary>A wave's number of nodes; shares are rounded up.</summary>
    private static int Count(string wave, int nodes) =>
        wave.EndsWith('%')
            ? (int)Math.Ceiling(nodes * int.Parse(wave[..^1], CultureInfo.InvariantCulture) / 100.0)
            : int.Parse(wave, CultureInfo.InvariantCulture);
}
