using System.Collections.Immutable;
using Beacon.Ssz;
using Beacon.StateTransition.Phase0;
using Beacon.Types;

namespace Beacon.Chain;

/// <summary>Chooses the attestations of a block: again and again the one with the most attesters that nobody included yet.</summary>
/// <remarks>
/// Greedy maximum coverage, within 1 − 1/e of the best choice. PERF: an attestation's gain only shrinks, so a stale gain is an upper bound and
/// only the front of the queue is ever counted again.
/// </remarks>
internal static class AttestationPacking
{
    public static ImmutableArray<Attestation> Select(CachedBeaconState state, IReadOnlyList<Attestation> candidates, int limit)
    {
        Dictionary<(ulong Slot, ulong Index), Bitlist> covered = Included(state);
        var queue = new PriorityQueue<Attestation, (int Loss, ulong Age)>();
        foreach (Attestation candidate in candidates)
        {
            Enqueue(candidate);
        }

        ImmutableArray<Attestation>.Builder chosen = ImmutableArray.CreateBuilder<Attestation>();
        while (chosen.Count < limit && queue.TryDequeue(out Attestation? best, out (int Loss, ulong Age) rank))
        {
            int gain = Gain(best);
            if (gain == 0)
            {
                continue;
            }

            if (gain < -rank.Loss)
            {
                Enqueue(best);
                continue;
            }

            chosen.Add(best);
            (ulong, ulong) key = (best.Data.Slot.Value, best.Data.Index.Value);
            covered[key] = covered.TryGetValue(key, out Bitlist? bits) ? bits.Or(best.AggregationBits) : best.AggregationBits;
        }

        return chosen.DrainToImmutable();

        void Enqueue(Attestation attestation)
        {
            if (Gain(attestation) is > 0 and int gain)
            {
                // Among equals the newest: its attesters earn the most by being included at once.
                queue.Enqueue(attestation, (-gain, ulong.MaxValue - attestation.Data.Slot.Value));
            }
        }

        int Gain(Attestation attestation)
        {
            if (!covered.TryGetValue((attestation.Data.Slot.Value, attestation.Data.Index.Value), out Bitlist? known))
            {
                return attestation.AggregationBits.SetCount;
            }

            return known.Length != attestation.AggregationBits.Length ? 0 : known.Or(attestation.AggregationBits).SetCount - known.SetCount;
        }
    }

    /// <summary>Attesters that blocks of this and the previous epoch have, by slot and committee.</summary>
    private static Dictionary<(ulong Slot, ulong Index), Bitlist> Included(CachedBeaconState state)
    {
        var included = new Dictionary<(ulong, ulong), Bitlist>();
        foreach (PendingAttestation pending in state.State.PreviousEpochAttestations.Concat(state.State.CurrentEpochAttestations))
        {
            (ulong, ulong) key = (pending.Data.Slot.Value, pending.Data.Index.Value);
            included[key] = included.TryGetValue(key, out Bitlist? bits) ? bits.Or(pending.AggregationBits) : pending.AggregationBits;
        }

        return included;
    }
}
