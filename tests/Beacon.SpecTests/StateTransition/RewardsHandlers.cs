using System.Buffers.Binary;
using Beacon.SpecTests.Runner;
using Beacon.StateTransition.Phase0;

namespace Beacon.SpecTests.StateTransition;

/// <summary>Rewards and penalties by component.</summary>
public sealed class RewardsHandlers : ISpecHandlers
{
    /// <inheritdoc/>
    public string Runner => "rewards";

    /// <inheritdoc/>
    public SpecHandler? Find(string handler) => handler is "basic" or "leak" or "random" ? Deltas : null;

    private static void Deltas(SpecCase specCase)
    {
        CachedBeaconState state = StateCases.Load(specCase, specCase.ReadSsz("pre"));
        AttestationDeltas deltas = new(state, EpochSummary.Gather(state));
        Compare("source_deltas", (rewards, penalties) => deltas.AddSource(rewards, penalties));
        Compare("target_deltas", (rewards, penalties) => deltas.AddTarget(rewards, penalties));
        Compare("head_deltas", (rewards, penalties) => deltas.AddHead(rewards, penalties));
        Compare("inclusion_delay_deltas", (rewards, _) => deltas.AddInclusionDelay(rewards));
        Compare("inactivity_penalty_deltas", (_, penalties) => deltas.AddInactivity(penalties));

        void Compare(string file, Action<ulong[], ulong[]> add)
        {
            ulong[] rewards = new ulong[state.State.Validators.Count];
            ulong[] penalties = new ulong[rewards.Length];
            add(rewards, penalties);
            Assert.Equal(Convert.ToHexString(specCase.ReadSsz(file)), Convert.ToHexString(Encode(rewards, penalties)));
        }
    }

    /// <summary>The container <c>Deltas</c> of the vectors: two lists of Gwei.</summary>
    private static byte[] Encode(ulong[] rewards, ulong[] penalties)
    {
        byte[] bytes = new byte[8 + (8 * (rewards.Length + penalties.Length))];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, 8);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(4), 8 + (8 * rewards.Length));
        int position = 8;
        foreach (ulong value in rewards.Concat(penalties))
        {
            BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(position), value);
            position += 8;
        }

        return bytes;
    }
}
