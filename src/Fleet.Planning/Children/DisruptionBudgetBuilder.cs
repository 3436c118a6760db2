using Fleet.Api;
using Fleet.Kubernetes.Models;

namespace Fleet.Planning.Children;

/// <summary>The budget that keeps voluntary evictions under a third of the stake.</summary>
public static class DisruptionBudgetBuilder
{
    /// <summary>The PodDisruptionBudget of an iteration.</summary>
    public static PodDisruptionBudget Build(Testnet testnet, IterationRecord record) => new()
    {
        Metadata = ChildMetadata.Of(testnet, Names.DisruptionBudget(testnet.Metadata.Name!), "network"),
        Spec = new PodDisruptionBudgetSpec
        {
            MaxUnavailable = MaxUnavailable(record),
            Selector = new LabelSelector
            {
                MatchLabels = new Dictionary<string, string> { [Labels.Testnet] = testnet.Metadata.Name! },
                MatchExpressions = [new LabelSelectorRequirement { Key = Labels.Role, Operator = "NotIn", Values = [NodeRoles.Bootnode] }],
            },
        },
    };

    /// <summary>How many nodes may be gone whichever they are: the largest number whose heaviest choice stays under a third.</summary>
    internal static int MaxUnavailable(IterationRecord record)
    {
        long total = record.Assignment.Ranges.Sum(range => (long)range.Count);
        long gone = 0;
        int nodes = 0;
        foreach (int stake in record.Assignment.Ranges.Select(range => range.Count).OrderDescending())
        {
            gone += stake;
            if (gone * 3 >= total)
            {
                break;
            }

            nodes++;
        }

        return nodes;
    }
}
