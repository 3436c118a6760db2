using Beacon.Crypto;
using Beacon.Ssz;
using Beacon.Types;

namespace Beacon.StateTransition.Phase0;

/// <content>RANDAO.</content>
public static partial class BlockProcessing
{
    /// <summary>Mixes a proposer's reveal into the epoch's randao mix.</summary>
    [Spec("phase0/beacon-chain.md#randao")]
    public static void ProcessRandao(CachedBeaconState state, BeaconBlockBody body, SignatureVerifier verifier)
    {
        Epoch epoch = Accessors.GetCurrentEpoch(state);
        verifier.Require(
            InvalidReason.RandaoReveal,
            (state, body, epoch),
            static reveal => SignatureSets.RandaoReveal(reveal.state, Accessors.GetBeaconProposerIndex(reveal.state), reveal.epoch, reveal.body.RandaoReveal));
        Span<byte> mix = stackalloc byte[Root.Size];
        Sha256.Hash(body.RandaoReveal.AsSpan(), mix);
        ReadOnlySpan<byte> before = Accessors.GetRandaoMix(state.Spec, state.State, epoch).ToArray();
        for (int i = 0; i < mix.Length; i++)
        {
            mix[i] ^= before[i];
        }

        state.State.RandaoMixes[epoch.Value % state.Spec.Preset.EpochsPerHistoricalVector] = new Root(mix);
    }
}
