namespace Fleet.Planning.Tests.Recovery;

/// <summary>One chain of blocks, and the stake as it is on it. Epochs are all there is; groups of validators fare alike.</summary>
/// <remarks>A model of its own, simpler than the predictor's: attestation penalties, the inactivity leak, hysteresis, ejection at once; the slashed leave one after another.</remarks>
internal sealed class SimulatedBranch
{
    private const ulong Full = 32_000_000_000;
    private const ulong Increment = 1_000_000_000;
    private const ulong Ejection = 16_000_000_000;
    private const ulong InactivityPenaltyQuotient = 1 << 25;

    private readonly string _name;
    private readonly SimulatedBranch? _parent;
    private readonly long _forkEpoch;
    private readonly int[] _counts;
    private readonly ulong[] _balances;
    private readonly ulong[] _effective;
    private readonly bool[] _slashed;
    private readonly List<(int Group, long Exit)> _exits = [];
    private long _emptyEpochs;

    public SimulatedBranch(string name, int[] counts)
    {
        _name = name;
        _counts = counts;
        _balances = [.. counts.Select(_ => Full)];
        _effective = [.. counts.Select(_ => Full)];
        _slashed = new bool[counts.Length];
    }

    /// <summary>A branch that leaves another one after an epoch.</summary>
    public SimulatedBranch(string name, SimulatedBranch parent, long forkEpoch)
    {
        _name = name;
        _parent = parent;
        _forkEpoch = forkEpoch;
        _counts = parent._counts;
        _balances = [.. parent._balances];
        _effective = [.. parent._effective];
        _slashed = [.. parent._slashed];
        _exits = [.. parent._exits];
        _emptyEpochs = parent._emptyEpochs;
        JustifiedEpoch = parent.JustifiedEpoch;
        FinalizedEpoch = parent.FinalizedEpoch;
        HeadEpoch = parent.HeadEpoch;
        Votes = parent.Votes;
    }

    public long JustifiedEpoch { get; private set; }

    public long FinalizedEpoch { get; private set; }

    /// <summary>Last epoch with blocks.</summary>
    public long HeadEpoch { get; private set; }

    /// <summary>What a node counts of the last epoch with blocks.</summary>
    public VoteFacts Votes { get; private set; } = new(0, 0, 0, null);

    /// <summary>Root of the first block of an epoch.</summary>
    public string RootAt(long epoch) => epoch == 0 ? "0x00" : _parent is not null && epoch <= _forkEpoch ? _parent.RootAt(epoch) : $"0x{_name}{epoch:D5}";

    /// <summary>Root of the last block.</summary>
    public string HeadRoot => $"{RootAt(HeadEpoch)}h";

    /// <summary>A group is slashed: its votes count no more, and it leaves.</summary>
    /// <param name="group">The group.</param>
    /// <param name="epoch">In which epoch.</param>
    /// <param name="perEpoch">Exits per epoch.</param>
    public void Slash(int group, long epoch, int perEpoch)
    {
        _slashed[group] = true;
        _balances[group] -= Full / 64;
        _exits.AddRange(Enumerable.Range(0, _counts[group]).Select(number => (group, epoch + 5 + (number / perEpoch))));
    }

    /// <summary>An epoch goes by. Without blocks it is made up for when there are some again.</summary>
    /// <param name="epoch">The epoch.</param>
    /// <param name="votes">Which groups vote on this branch.</param>
    /// <param name="blocks">Whether blocks are made: somebody who is active has to.</param>
    public void EndEpoch(long epoch, bool[] votes, bool blocks)
    {
        for (; blocks && _emptyEpochs > 0; _emptyEpochs--)
        {
            Apply(epoch - _emptyEpochs, new bool[votes.Length]);
        }

        if (!blocks || !votes.Where((voting, group) => voting && _effective[group] > 0).Any())
        {
            _emptyEpochs++;
            return;
        }

        Apply(epoch, votes);
        HeadEpoch = epoch;
    }

    private void Apply(long epoch, bool[] votes)
    {
        votes = [.. votes.Select((voting, group) => voting && !_slashed[group])];
        ulong active = Sum(epoch, _ => true);
        ulong target = Sum(epoch, group => votes[group]);
        if (active > 0 && target * 3 >= active * 2)
        {
            FinalizedEpoch = JustifiedEpoch == epoch - 1 ? Math.Max(FinalizedEpoch, JustifiedEpoch) : FinalizedEpoch;
            JustifiedEpoch = epoch;
        }

        Votes = new VoteFacts((long)active, (long)target, (long)target, _counts.Where((_, group) => _effective[group] > 0).Sum() - _exits.Count(exit => exit.Exit <= epoch)) { Exits = Exits(epoch + 1) };
        ulong delay = (ulong)(epoch - FinalizedEpoch);
        ulong root = (ulong)Math.Sqrt(active);
        for (int group = 0; group < _counts.Length; group++)
        {
            if (!votes[group] && _effective[group] > 0)
            {
                ulong reward = _effective[group] * 64 / root / 4;
                ulong leak = delay > 4 ? (4 * reward) + (_effective[group] * delay / InactivityPenaltyQuotient) : 0;
                _balances[group] -= Math.Min(_balances[group], (3 * reward) + leak);
                _effective[group] = _balances[group] + (Increment / 4) < _effective[group] ? _balances[group] / Increment * Increment : _effective[group];
                _effective[group] = _effective[group] <= Ejection ? 0 : _effective[group];
            }
        }
    }

    /// <summary>Withdrawal is as late as the exit makes it.</summary>
    private ExitFacts Exits(long epoch)
    {
        (int Group, long Exit)[] leaving = [.. _exits.Where(exit => exit.Exit > epoch)];
        return leaving.Length == 0 ? new ExitFacts(default, default, 0, 0, 0) : new ExitFacts(
            new ExitingFacts(leaving.Length, leaving.Sum(exit => (long)_effective[exit.Group]), leaving.Min(exit => exit.Exit), leaving.Max(exit => exit.Exit)),
            default,
            leaving.Min(exit => exit.Exit) + 256,
            leaving.Max(exit => exit.Exit) + 256,
            (long)Full * _exits.Count);
    }

    private ulong Sum(long epoch, Func<int, bool> counts)
    {
        ulong sum = 0;
        for (int group = 0; group < _counts.Length; group++)
        {
            sum += counts(group) ? (ulong)(_counts[group] - _exits.Count(exit => exit.Group == group && exit.Exit <= epoch)) * _effective[group] : 0;
        }

        return sum;
    }
}
