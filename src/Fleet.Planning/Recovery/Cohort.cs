using Beacon.Types;

namespace Fleet.Planning.Recovery;

/// <summary>A group of validators on its way through the epochs of a <see cref="StakeSimulation"/>.</summary>
/// <remarks>
/// When it is ejected its members leave a few per epoch. They stay one cohort: until a member has left it fares like the others, and afterwards it
/// counts nowhere.
/// </remarks>
internal sealed class Cohort
{
    private readonly ulong _count;
    private ulong _firstExit;
    private ulong _leaveFirst;
    private ulong _leavePerEpoch;

    public Cohort(ValidatorGroup group)
    {
        _count = (ulong)group.Count;
        Balance = group.Balance.Value;
        EffectiveBalance = group.EffectiveBalance.Value;
        IsSlashed = group.IsSlashed;
        Votes = group.Votes && !group.IsSlashed;
        WithdrawableEpoch = group.WithdrawableEpoch.Value;
        _firstExit = group.ExitEpoch.Value;
        _leaveFirst = _count;
    }

    /// <summary>Balance of each, Gwei.</summary>
    public ulong Balance { get; set; }

    /// <summary>Effective balance of each, Gwei.</summary>
    public ulong EffectiveBalance { get; set; }

    /// <summary>Whether their votes count.</summary>
    public bool Votes { get; }

    /// <summary>Whether they are slashed.</summary>
    public bool IsSlashed { get; }

    /// <summary>First epoch in which they may withdraw.</summary>
    public ulong WithdrawableEpoch { get; }

    /// <summary>Whether nobody of them has begun to exit.</summary>
    public bool IsStaying => _firstExit == Epoch.FarFuture.Value;

    /// <summary>How many are active in an epoch.</summary>
    public ulong ActiveIn(ulong epoch)
    {
        if (epoch < _firstExit)
        {
            return _count;
        }

        ulong gone = _leaveFirst + (_leavePerEpoch * (epoch - _firstExit));
        return gone < _count ? _count - gone : 0;
    }

    /// <summary>Puts all into the queue of exits.</summary>
    /// <param name="queue">The queue as it is.</param>
    /// <param name="earliest">Earliest epoch in which somebody who begins to exit now can be gone.</param>
    /// <param name="churn">Most exits per epoch.</param>
    /// <returns>The queue with them.</returns>
    public ExitLine Leave(ExitLine queue, ulong earliest, ulong churn)
    {
        ulong epoch = Math.Max(queue.LastEpoch, earliest);
        ulong taken = epoch == queue.LastEpoch ? queue.Exits : 0;
        if (taken >= churn)
        {
            epoch++;
            taken = 0;
        }

        _firstExit = epoch;
        _leaveFirst = Math.Min(_count, churn - taken);
        _leavePerEpoch = churn;
        ulong rest = _count - _leaveFirst;
        return rest == 0 ? new ExitLine(epoch, taken + _leaveFirst) : new ExitLine(epoch + ((rest + churn - 1) / churn), ((rest - 1) % churn) + 1);
    }
}

/// <summary>End of the queue of exits.</summary>
/// <param name="LastEpoch">Last epoch in which somebody leaves; 0 without exits.</param>
/// <param name="Exits">How many leave then.</param>
internal readonly record struct ExitLine(ulong LastEpoch, ulong Exits)
{
    /// <summary>The queue with validators whose exit is known.</summary>
    public ExitLine With(Epoch exit, int count) =>
        exit == Epoch.FarFuture || exit.Value < LastEpoch ? this
        : exit.Value > LastEpoch ? new ExitLine(exit.Value, (ulong)count)
        : this with { Exits = Exits + (ulong)count };
}
