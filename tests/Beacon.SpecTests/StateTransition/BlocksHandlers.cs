using System.Globalization;
using Beacon.SpecTests.Runner;
using Beacon.StateTransition.Phase0;
using Beacon.Types;
using YamlDotNet.RepresentationModel;

namespace Beacon.SpecTests.StateTransition;

/// <summary>Whole blocks, or slots without blocks.</summary>
public abstract class BlocksHandlers(string runner, string blocksHandler) : ISpecHandlers
{
    /// <inheritdoc/>
    public string Runner => runner;

    /// <inheritdoc/>
    public SpecHandler? Find(string handler) => handler == blocksHandler ? Blocks : handler == "slots" ? Slots : null;

    private static void Blocks(SpecCase specCase)
    {
        int count = int.Parse(((YamlScalarNode)specCase.Meta!["blocks_count"]).Value!, CultureInfo.InvariantCulture);
        SignedBeaconBlock[] blocks = [.. Enumerable.Range(0, count).Select(index => SignedBeaconBlock.Deserialize(specCase.ReadSsz($"blocks_{index}")))];
        StateCases.Run(specCase, (state, mode) =>
        {
            foreach (SignedBeaconBlock block in blocks)
            {
                Transition.ProcessSlots(state, block.Message.Slot);
                Transition.ApplyAtSlot(state, block, StateCases.Verifier(mode));
            }
        });
    }

    private static void Slots(SpecCase specCase)
    {
        ulong slots = ulong.Parse(((YamlScalarNode)specCase.ReadYaml("slots.yaml")).Value!, CultureInfo.InvariantCulture);
        StateCases.Run(specCase, (state, _) => Transition.ProcessSlots(state, new Slot(state.Slot.Value + slots)));
    }
}

/// <summary><c>sanity</c>: blocks and slots.</summary>
public sealed class SanityHandlers() : BlocksHandlers("sanity", "blocks");

/// <summary><c>finality</c>: blocks over several epochs.</summary>
public sealed class FinalityHandlers() : BlocksHandlers("finality", "finality");

/// <summary><c>random</c>: blocks with random operations.</summary>
public sealed class RandomHandlers() : BlocksHandlers("random", "random");
