using Beacon.Chain;
using Beacon.Ssz;
using Beacon.StateTransition.Phase0;
using Beacon.Types;

namespace Beacon.Node.Api;

/// <summary>A block that a request names.</summary>
internal readonly record struct FoundBlock(Root Root, SignedBeaconBlock Block, bool Canonical, bool Finalized);

/// <summary>A state that a request names. Shared: not to be changed.</summary>
internal readonly record struct FoundState(CachedBeaconState State, bool Finalized);

/// <summary>Block, state and validator identifiers of the Beacon API.</summary>
internal static class Ids
{
    public static FoundBlock Block(BeaconChain chain, string id)
    {
        ChainHead head = chain.Head;
        Root root = id switch
        {
            "head" => head.Root,
            "genesis" => chain.GenesisBlockRoot,
            "finalized" => head.Finalized.Root,
            "justified" => head.Justified.Root,
            _ when id.StartsWith("0x", StringComparison.Ordinal) => Root.TryParse(id, out Root parsed)
                ? parsed
                : throw ApiException.BadRequest($"Block id '{Request.Shorten(id)}' is not 32 bytes of hexadecimal."),
            _ => chain.GetCanonicalRoot(new Slot(Request.Number(id, "block_id"))) ?? throw ApiException.NotFound($"There is no block at slot {id}."),
        };
        SignedBeaconBlock block = chain.GetBlock(root) ?? throw ApiException.NotFound($"Block {root} is not known.");
        bool canonical = chain.IsCanonical(root, block.Message.Slot);
        return new FoundBlock(root, block, canonical, canonical && IsFinalized(chain, head, block.Message.Slot));
    }

    public static FoundState State(BeaconChain chain, string id)
    {
        ChainHead head = chain.Head;
        CachedBeaconState? state = id switch
        {
            "head" => head.State,
            "genesis" => chain.GetStateOfBlock(chain.GenesisBlockRoot),
            "finalized" => chain.GetCheckpointState(head.Finalized),
            "justified" => chain.GetCheckpointState(head.Justified),
            _ when id.StartsWith("0x", StringComparison.Ordinal) => Root.TryParse(id, out Root parsed)
                ? chain.GetStateByRoot(parsed)
                : throw ApiException.BadRequest($"State id '{Request.Shorten(id)}' is not 32 bytes of hexadecimal."),
            _ => chain.GetStateAtSlot(new Slot(Request.Number(id, "state_id"))),
        };
        return state is null
            ? throw ApiException.NotFound($"State '{Request.Shorten(id)}' is not known.")
            : new FoundState(state, IsFinalized(chain, head, state.Slot));
    }

    /// <summary>A validator by index or public key; null where the state has none.</summary>
    public static int? Validator(CachedBeaconState state, string id)
    {
        if (id.StartsWith("0x", StringComparison.Ordinal))
        {
            var bytes = new byte[BlsPublicKey.Size];
            return !Hex.TryParse(id, bytes) ? throw ApiException.BadRequest($"Validator id '{Request.Shorten(id)}' is not 48 bytes of hexadecimal.")
                : state.Keys.TryGetIndex(state.State, new BlsPublicKey(bytes), out int index) ? index
                : null;
        }

        ulong number = Request.Number(id, "validator_id");
        return number < (ulong)state.State.Validators.Count ? (int)number : null;
    }

    private static bool IsFinalized(BeaconChain chain, ChainHead head, Slot slot) =>
        slot.Value <= Misc.ComputeStartSlotAtEpoch(chain.Spec, head.Finalized.Epoch).Value;
}
