using System.Text.Json;
using Beacon.ApiClient.Json;
using Beacon.Ssz;
using Beacon.Types;

namespace Beacon.ApiClient;

/// <content>Routes under <c>/eth/…/validator</c>.</content>
public sealed partial class BeaconApiClient
{
    /// <summary>Attester duties of validators in an epoch, the current or the next one.</summary>
    public Task<ApiResponse<AttesterDuty[]>> GetAttesterDutiesAsync(Epoch epoch, IReadOnlyList<ValidatorIndex> validators, CancellationToken cancellationToken) =>
        PostAsync(
            Path(Routes.AttesterDuties, epoch.Value.ToString()),
            JsonSerializer.SerializeToUtf8Bytes([.. validators], BeaconApiJson.Default.ValidatorIndexArray),
            Dto(BeaconApiJson.Default.AttesterDutyArray),
            cancellationToken);

    /// <summary>All proposer duties of an epoch.</summary>
    public Task<ApiResponse<ProposerDuty[]>> GetProposerDutiesAsync(Epoch epoch, CancellationToken cancellationToken) =>
        GetAsync(Path(Routes.ProposerDuties, epoch.Value.ToString()), Dto(BeaconApiJson.Default.ProposerDutyArray), cancellationToken);

    /// <summary>An unsigned block for a slot.</summary>
    /// <param name="slot">The slot.</param>
    /// <param name="randaoReveal">The proposer's signature over the epoch.</param>
    /// <param name="graffiti">32 bytes of the proposer's; the node's own when null.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public async Task<BeaconBlock> ProduceBlockAsync(Slot slot, BlsSignature randaoReveal, Root? graffiti, CancellationToken cancellationToken) =>
        (await GetAsync(
            Query(Path(Routes.ProduceBlock, slot.Value.ToString()), ("randao_reveal", randaoReveal.ToString()), ("graffiti", graffiti?.ToString())),
            Container<BeaconBlock>(),
            cancellationToken)).Data;

    /// <summary>What the members of a committee should attest.</summary>
    public async Task<AttestationData> GetAttestationDataAsync(Slot slot, CommitteeIndex committee, CancellationToken cancellationToken) =>
        (await GetAsync(
            Query(Routes.AttestationData, ("slot", slot.Value.ToString()), ("committee_index", committee.Value.ToString())),
            Container<AttestationData>(),
            cancellationToken)).Data;

    /// <summary>The best aggregate the node has for attestation data.</summary>
    public async Task<Attestation> GetAggregateAsync(Root attestationDataRoot, Slot slot, CancellationToken cancellationToken) =>
        (await GetAsync(
            Query(Routes.AggregateAttestation, ("attestation_data_root", attestationDataRoot.ToString()), ("slot", slot.Value.ToString())),
            Container<Attestation>(),
            cancellationToken)).Data;

    /// <summary>Publishes aggregates.</summary>
    public Task PublishAggregatesAsync(IReadOnlyList<SignedAggregateAndProof> aggregates, CancellationToken cancellationToken) =>
        PostAsync(Routes.AggregateAndProofs, ToJson(writer => Envelope.WriteArray(writer, aggregates)), cancellationToken);

    /// <summary>Announces which committees' attestations will be needed.</summary>
    public Task SubscribeCommitteesAsync(IReadOnlyList<CommitteeSubscription> subscriptions, CancellationToken cancellationToken) =>
        PostAsync(
            Routes.CommitteeSubscriptions,
            JsonSerializer.SerializeToUtf8Bytes([.. subscriptions], BeaconApiJson.Default.CommitteeSubscriptionArray),
            cancellationToken);

    /// <summary>Announces fee recipients; without effect in phase0.</summary>
    public Task PrepareProposersAsync(IReadOnlyList<ProposerPreparation> preparations, CancellationToken cancellationToken) =>
        PostAsync(
            Routes.PrepareProposer,
            JsonSerializer.SerializeToUtf8Bytes([.. preparations], BeaconApiJson.Default.ProposerPreparationArray),
            cancellationToken);
}
