using Beacon.Ssz;
using Beacon.StateTransition.Phase0;
using Beacon.Types;

namespace Beacon.Chain;

/// <summary>The head at one moment; replaced as a whole, never changed.</summary>
/// <param name="Root">Root of the head block.</param>
/// <param name="Slot">Its slot.</param>
/// <param name="StateRoot">Root of the state after it.</param>
/// <param name="State">That state. Shared: clone before changing it.</param>
/// <param name="Justified">Fork choice's justified checkpoint.</param>
/// <param name="Finalized">Fork choice's finalized checkpoint.</param>
public sealed record ChainHead(Root Root, Slot Slot, Root StateRoot, CachedBeaconState State, Checkpoint Justified, Checkpoint Finalized);

/// <summary>The p2p Status of this node, without the network's own fields.</summary>
public sealed record ChainStatus(ForkDigest ForkDigest, Root FinalizedRoot, Epoch FinalizedEpoch, Root HeadRoot, Slot HeadSlot);
