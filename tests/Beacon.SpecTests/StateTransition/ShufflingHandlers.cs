using System.Globalization;
using Beacon.SpecTests.Runner;
using Beacon.Ssz;
using Beacon.StateTransition.Phase0;
using YamlDotNet.RepresentationModel;

namespace Beacon.SpecTests.StateTransition;

/// <summary>The swap-or-not shuffle: both the one for a position and the one for a list.</summary>
public sealed class ShufflingHandlers : ISpecHandlers
{
    /// <inheritdoc/>
    public string Runner => "shuffling";

    /// <inheritdoc/>
    public SpecHandler? Find(string handler) => handler == "core" ? Shuffle : null;

    private static void Shuffle(SpecCase specCase)
    {
        var root = (YamlMappingNode)specCase.ReadYaml("mapping.yaml");
        byte[] seed = Root.Parse(((YamlScalarNode)root["seed"]).Value).ToArray();
        int count = int.Parse(((YamlScalarNode)root["count"]).Value!, CultureInfo.InvariantCulture);
        int[] mapping = [.. ((YamlSequenceNode)root["mapping"]).Select(static node => int.Parse(((YamlScalarNode)node).Value!, CultureInfo.InvariantCulture))];
        Assert.Equal(count, mapping.Length);
        int rounds = specCase.Spec.Preset.ShuffleRoundCount;
        Assert.Equal(mapping, Enumerable.Range(0, count).Select(index => (int)Shuffling.ComputeShuffledIndex((ulong)index, (ulong)count, seed, rounds)));
        int[] list = [.. Enumerable.Range(0, count)];
        Shuffling.ShuffleList<int>(list, seed, rounds);
        Assert.Equal(mapping, list);
    }
}
