using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Beacon.Types;

namespace Fleet.Planning.Recovery;

/// <summary>The stake of a chain as it is at the beginning of an epoch. Immutable.</summary>
/// <remarks>Validators that wait for their activation are left out: they neither vote nor count before finality is back.</remarks>
public sealed record StakeObservation
{
    /// <summary>Preset and configuration of the iteration.</summary>
    public required ChainSpec Spec { get; init; }

    /// <summary>Epoch the chain is in by the clock.</summary>
    public required Epoch Epoch { get; init; }

    /// <summary>Finalized epoch.</summary>
    public required Epoch FinalizedEpoch { get; init; }

    /// <summary>All validators that have been activated. Where they leave in the same epoch, those of earlier groups go first.</summary>
    public required ImmutableArray<ValidatorGroup> Groups { get; init; }

    /// <summary>Stake that was slashed and that the second penalty is in proportion to; null: it is told from the groups.</summary>
    public Slashing? Slashing { get; init; }

    /// <summary>The stake of a chain that is well: everybody has the greatest effective balance, and finality is two epochs behind.</summary>
    /// <param name="spec">Preset and configuration.</param>
    /// <param name="validators">How many validators there are.</param>
    public static StakeObservation Healthy(ChainSpec spec, int validators) => new()
    {
        Spec = spec,
        Epoch = new Epoch(2),
        FinalizedEpoch = new Epoch(0),
        Groups = [new ValidatorGroup { Count = validators, Balance = spec.Preset.MaxEffectiveBalance, EffectiveBalance = spec.Preset.MaxEffectiveBalance, Votes = true }],
    };
}

/// <summary>Stake that was slashed.</summary>
/// <param name="Epoch">In which epoch.</param>
/// <param name="Stake">Its effective balance then.</param>
public readonly record struct Slashing(Epoch Epoch, Gwei Stake);

/// <summary>Validators that are alike in all that decides whether and when two thirds vote again.</summary>
public sealed record ValidatorGroup
{
    /// <summary>Parts of the effective-balance increment within which balances count as alike.</summary>
    private const ulong AlikeParts = 64;

    /// <summary>How many there are.</summary>
    public required int Count { get; init; }

    /// <summary>Balance of each.</summary>
    public required Gwei Balance { get; init; }

    /// <summary>Effective balance of each.</summary>
    public required Gwei EffectiveBalance { get; init; }

    /// <summary>Whether they vote, in time and for the target of the others. Votes of the slashed never count.</summary>
    public required bool Votes { get; init; }

    /// <summary>Whether they have been slashed.</summary>
    public bool IsSlashed { get; init; }

    /// <summary>First epoch in which they are not active any more; the far future while they stay.</summary>
    public Epoch ExitEpoch { get; init; } = Epoch.FarFuture;

    /// <summary>First epoch in which they may withdraw; of the slashed, it fixes when the second penalty is due.</summary>
    public Epoch WithdrawableEpoch { get; init; } = Epoch.FarFuture;

    /// <summary>Joins groups that are alike, up to a 64th of an increment of balance, which proposers gain by luck.</summary>
    /// <param name="groups">Groups, or single validators in the order of the registry.</param>
    /// <param name="spec">Preset and configuration.</param>
    /// <returns>Fewer groups, in the order of their first members; their balance is the mean.</returns>
    public static ImmutableArray<ValidatorGroup> Join(IEnumerable<ValidatorGroup> groups, ChainSpec spec)
    {
        ulong width = spec.Preset.EffectiveBalanceIncrement.Value / AlikeParts;
        Dictionary<ValidatorGroup, int> places = [];
        List<(ValidatorGroup Like, int Count, UInt128 Balance)> joined = [];
        foreach (ValidatorGroup group in groups.Where(group => group.Count > 0))
        {
            ValidatorGroup like = group with { Count = 0, Balance = new Gwei(group.Balance.Value / width) };
            ref int place = ref CollectionsMarshal.GetValueRefOrAddDefault(places, like, out bool known);
            if (!known)
            {
                place = joined.Count;
                joined.Add((like, 0, 0));
            }

            (_, int count, UInt128 balance) = joined[place];
            joined[place] = (like, count + group.Count, balance + ((UInt128)group.Balance.Value * (uint)group.Count));
        }

        return [.. joined.Select(static one => one.Like with { Count = one.Count, Balance = new Gwei((ulong)(one.Balance / (uint)one.Count)) })];
    }
}
