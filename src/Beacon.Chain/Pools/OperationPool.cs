using Beacon.Ssz;
using Beacon.Types;

namespace Beacon.Chain.Pools;

/// <summary>Exits and slashings that wait for a block, one per validator or offence. Bounded and thread-safe.</summary>
/// <remarks>Everything in here was valid when it came in; whoever builds a block checks it against the block's state again.</remarks>
public sealed class OperationPool
{
    /// <summary>Operations kept of each kind.</summary>
    public const int Capacity = 4096;

    private readonly Lock _lock = new();
    private readonly Dictionary<ulong, SignedVoluntaryExit> _exits = [];
    private readonly Dictionary<ulong, ProposerSlashing> _proposerSlashings = [];
    private readonly Dictionary<Root, AttesterSlashing> _attesterSlashings = [];

    /// <summary>Voluntary exits.</summary>
    public IReadOnlyList<SignedVoluntaryExit> Exits
    {
        get
        {
            lock (_lock)
            {
                return [.. _exits.Values];
            }
        }
    }

    /// <summary>Proposer slashings.</summary>
    public IReadOnlyList<ProposerSlashing> ProposerSlashings
    {
        get
        {
            lock (_lock)
            {
                return [.. _proposerSlashings.Values];
            }
        }
    }

    /// <summary>Attester slashings.</summary>
    public IReadOnlyList<AttesterSlashing> AttesterSlashings
    {
        get
        {
            lock (_lock)
            {
                return [.. _attesterSlashings.Values];
            }
        }
    }

    /// <summary>Adds an exit; false when the validator has one already or the pool is full.</summary>
    public bool Add(SignedVoluntaryExit exit) => TryAdd(_exits, exit.Message.ValidatorIndex.Value, exit);

    /// <summary>Adds a proposer slashing; false when the proposer has one already or the pool is full.</summary>
    public bool Add(ProposerSlashing slashing) => TryAdd(_proposerSlashings, slashing.SignedHeader1.Message.ProposerIndex.Value, slashing);

    /// <summary>Adds an attester slashing; false when it is known or the pool is full.</summary>
    public bool Add(AttesterSlashing slashing) => TryAdd(_attesterSlashings, slashing.HashTreeRoot(), slashing);

    /// <summary>Whether a validator's exit is in the pool.</summary>
    public bool ContainsExit(ValidatorIndex validator)
    {
        lock (_lock)
        {
            return _exits.ContainsKey(validator.Value);
        }
    }

    /// <summary>Whether a proposer's slashing is in the pool.</summary>
    public bool ContainsProposerSlashing(ValidatorIndex proposer)
    {
        lock (_lock)
        {
            return _proposerSlashings.ContainsKey(proposer.Value);
        }
    }

    /// <summary>Validators that the attester slashings of the pool name twice.</summary>
    public HashSet<ulong> AttesterSlashedIndices()
    {
        lock (_lock)
        {
            return [.. _attesterSlashings.Values.SelectMany(SlashedBy)];
        }
    }

    /// <summary>Validators in both attestations of a slashing.</summary>
    public static IEnumerable<ulong> SlashedBy(AttesterSlashing slashing)
    {
        HashSet<ulong> first = [.. slashing.Attestation1.AttestingIndices.Select(static index => index.Value)];
        return slashing.Attestation2.AttestingIndices.Select(static index => index.Value).Where(first.Contains);
    }

    /// <summary>Drops what a block of the chain carries.</summary>
    public void RemoveIncluded(BeaconBlockBody body)
    {
        lock (_lock)
        {
            foreach (SignedVoluntaryExit exit in body.VoluntaryExits)
            {
                _exits.Remove(exit.Message.ValidatorIndex.Value);
            }

            foreach (ProposerSlashing slashing in body.ProposerSlashings)
            {
                _proposerSlashings.Remove(slashing.SignedHeader1.Message.ProposerIndex.Value);
            }

            foreach (AttesterSlashing slashing in body.AttesterSlashings)
            {
                _attesterSlashings.Remove(slashing.HashTreeRoot());
            }
        }
    }

    private bool TryAdd<TKey, TValue>(Dictionary<TKey, TValue> pool, TKey key, TValue value)
        where TKey : notnull
    {
        lock (_lock)
        {
            return pool.Count < Capacity && pool.TryAdd(key, value);
        }
    }
}
