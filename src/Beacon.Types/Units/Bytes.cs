using Beacon.Ssz;

namespace Beacon.Types;

/// <summary>A compressed BLS12-381 G1 point. Whether it is one is not checked here.</summary>
[SszBytes(48)]
public readonly partial struct BlsPublicKey;

/// <summary>A compressed BLS12-381 G2 point. Whether it is one is not checked here.</summary>
[SszBytes(96)]
public readonly partial struct BlsSignature
{
    /// <summary>The encoding of the point at infinity (<c>0xc0</c> and zeros), the aggregate of no signatures.</summary>
    public static BlsSignature Infinity { get; } = new([0xc0, .. new byte[Size - 1]]);
}

/// <summary>The version of the protocol rules between two forks.</summary>
[SszBytes(4)]
public readonly partial struct ForkVersion;

/// <summary>First bytes of the fork data root: tells chains and forks apart on the network.</summary>
[SszBytes(4)]
public readonly partial struct ForkDigest;

/// <summary>Kind of a signed message.</summary>
[SszBytes(4)]
public readonly partial struct DomainType
{
    /// <summary><c>DOMAIN_BEACON_PROPOSER</c>.</summary>
    public static DomainType BeaconProposer { get; } = new([0, 0, 0, 0]);

    /// <summary><c>DOMAIN_BEACON_ATTESTER</c>.</summary>
    public static DomainType BeaconAttester { get; } = new([1, 0, 0, 0]);

    /// <summary><c>DOMAIN_RANDAO</c>.</summary>
    public static DomainType Randao { get; } = new([2, 0, 0, 0]);

    /// <summary><c>DOMAIN_DEPOSIT</c>.</summary>
    public static DomainType Deposit { get; } = new([3, 0, 0, 0]);

    /// <summary><c>DOMAIN_VOLUNTARY_EXIT</c>.</summary>
    public static DomainType VoluntaryExit { get; } = new([4, 0, 0, 0]);

    /// <summary><c>DOMAIN_SELECTION_PROOF</c>.</summary>
    public static DomainType SelectionProof { get; } = new([5, 0, 0, 0]);

    /// <summary><c>DOMAIN_AGGREGATE_AND_PROOF</c>.</summary>
    public static DomainType AggregateAndProof { get; } = new([6, 0, 0, 0]);

    /// <summary><c>DOMAIN_APPLICATION_MASK</c>.</summary>
    public static DomainType ApplicationMask { get; } = new([0, 0, 0, 1]);
}

/// <summary>What is signed together with an object root: kind of message and fork.</summary>
[SszBytes(32)]
public readonly partial struct Domain;

/// <summary>An execution-layer account.</summary>
[SszBytes(20)]
public readonly partial struct ExecutionAddress;
