using Beacon.Types;

namespace Beacon.ApiClient;

/// <summary>When and where a validator attests.</summary>
public sealed record AttesterDuty
{
    /// <summary>Its public key.</summary>
    public required BlsPublicKey Pubkey { get; init; }

    /// <summary>Its index.</summary>
    public required ValidatorIndex ValidatorIndex { get; init; }

    /// <summary>The committee.</summary>
    public required CommitteeIndex CommitteeIndex { get; init; }

    /// <summary>Members of the committee.</summary>
    public required ulong CommitteeLength { get; init; }

    /// <summary>Committees at the slot.</summary>
    public required ulong CommitteesAtSlot { get; init; }

    /// <summary>Position in the committee.</summary>
    public required ulong ValidatorCommitteeIndex { get; init; }

    /// <summary>The slot.</summary>
    public required Slot Slot { get; init; }
}

/// <summary>When a validator proposes.</summary>
public sealed record ProposerDuty
{
    /// <summary>Its public key.</summary>
    public required BlsPublicKey Pubkey { get; init; }

    /// <summary>Its index.</summary>
    public required ValidatorIndex ValidatorIndex { get; init; }

    /// <summary>The slot.</summary>
    public required Slot Slot { get; init; }
}

/// <summary>A wish to hear a committee's attestations.</summary>
public sealed record CommitteeSubscription
{
    /// <summary>The member.</summary>
    public required ValidatorIndex ValidatorIndex { get; init; }

    /// <summary>The committee.</summary>
    public required CommitteeIndex CommitteeIndex { get; init; }

    /// <summary>Committees at the slot.</summary>
    public required ulong CommitteesAtSlot { get; init; }

    /// <summary>The slot.</summary>
    public required Slot Slot { get; init; }

    /// <summary>Whether the member aggregates.</summary>
    public required bool IsAggregator { get; init; }
}

/// <summary>Where a proposer's fees go; without meaning in phase0.</summary>
public sealed record ProposerPreparation
{
    /// <summary>The proposer.</summary>
    public required ValidatorIndex ValidatorIndex { get; init; }

    /// <summary>The account.</summary>
    public required ExecutionAddress FeeRecipient { get; init; }
}
