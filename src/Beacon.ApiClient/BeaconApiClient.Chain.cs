using System.Text.Json;
using Beacon.ApiClient.Json;
using Beacon.Ssz;
using Beacon.Types;

namespace Beacon.ApiClient;

/// <content>Routes under <c>/eth/…/beacon</c> and <c>/eth/…/debug</c>.</content>
public sealed partial class BeaconApiClient
{
    /// <summary>The chain's beginning.</summary>
    public async Task<GenesisInfo> GetGenesisAsync(CancellationToken cancellationToken) =>
        (await GetAsync(Routes.Genesis, Dto(BeaconApiJson.Default.GenesisInfo), cancellationToken)).Data;

    /// <summary>Headers at a slot, or with a parent, or (without both) of the head.</summary>
    public async Task<IReadOnlyList<BlockHeaderInfo>> GetHeadersAsync(Slot? slot, Root? parentRoot, CancellationToken cancellationToken) =>
        (await GetAsync(
            Query(Routes.Headers, ("slot", slot?.Value.ToString()), ("parent_root", parentRoot?.ToString())),
            Dto(BeaconApiJson.Default.BlockHeaderInfoArray),
            cancellationToken)).Data;

    /// <summary>A block's header.</summary>
    public Task<ApiResponse<BlockHeaderInfo>> GetHeaderAsync(string blockId, CancellationToken cancellationToken) =>
        GetAsync(Path(Routes.Header, blockId), Dto(BeaconApiJson.Default.BlockHeaderInfo), cancellationToken);

    /// <summary>A block.</summary>
    public Task<ApiResponse<SignedBeaconBlock>> GetBlockAsync(string blockId, CancellationToken cancellationToken) =>
        GetAsync(Path(Routes.Block, blockId), Container<SignedBeaconBlock>(), cancellationToken);

    /// <summary>A block's root.</summary>
    public Task<ApiResponse<RootInfo>> GetBlockRootAsync(string blockId, CancellationToken cancellationToken) =>
        GetAsync(Path(Routes.BlockRoot, blockId), Dto(BeaconApiJson.Default.RootInfo), cancellationToken);

    /// <summary>The attestations in a block.</summary>
    public Task<ApiResponse<IReadOnlyList<Attestation>>> GetBlockAttestationsAsync(string blockId, CancellationToken cancellationToken) =>
        GetAsync(Path(Routes.BlockAttestations, blockId), Containers<Attestation>(), cancellationToken);

    /// <summary>Publishes a block. Returns when the node broadcast it, whether or not it could import it.</summary>
    public Task PublishBlockAsync(SignedBeaconBlock block, CancellationToken cancellationToken) =>
        PostAsync(Routes.PublishBlock, ToJson(block.WriteJson), cancellationToken);

    /// <summary>A state's root.</summary>
    public Task<ApiResponse<RootInfo>> GetStateRootAsync(string stateId, CancellationToken cancellationToken) =>
        GetAsync(Path(Routes.StateRoot, stateId), Dto(BeaconApiJson.Default.RootInfo), cancellationToken);

    /// <summary>A state's fork.</summary>
    public async Task<Fork> GetForkAsync(string stateId, CancellationToken cancellationToken) =>
        (await GetAsync(Path(Routes.StateFork, stateId), Container<Fork>(), cancellationToken)).Data;

    /// <summary>A state's checkpoints.</summary>
    public async Task<FinalityCheckpoints> GetFinalityCheckpointsAsync(string stateId, CancellationToken cancellationToken) =>
        (await GetAsync(Path(Routes.StateFinalityCheckpoints, stateId), Dto(BeaconApiJson.Default.FinalityCheckpoints), cancellationToken)).Data;

    /// <summary>A state's validators, in the order of their index.</summary>
    /// <param name="stateId">Which state.</param>
    /// <param name="ids">Indices or 0x-prefixed public keys; all validators when empty. Unknown ones are left out of the answer.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public async Task<IReadOnlyList<ValidatorInfo>> GetValidatorsAsync(string stateId, IReadOnlyList<string> ids, CancellationToken cancellationToken)
    {
        // A public key in an address has 98 characters: beyond a few they go into a body.
        const int MostInAddress = 16;
        string path = Path(Routes.StateValidators, stateId);
        return ids.Count > MostInAddress
            ? (await PostAsync(
                path,
                JsonSerializer.SerializeToUtf8Bytes(new ValidatorQuery { Ids = ids }, BeaconApiJson.Default.ValidatorQuery),
                Dto(BeaconApiJson.Default.ValidatorInfoArray),
                cancellationToken)).Data
            : (await GetAsync(
                Query(path, Each("id", ids)), Dto(BeaconApiJson.Default.ValidatorInfoArray), cancellationToken)).Data;
    }

    /// <summary>A validator.</summary>
    public async Task<ValidatorInfo> GetValidatorAsync(string stateId, string validatorId, CancellationToken cancellationToken) =>
        (await GetAsync(Path(Routes.StateValidator, stateId, validatorId), Dto(BeaconApiJson.Default.ValidatorInfo), cancellationToken)).Data;

    /// <summary>Exact balances of some or (without ids) all validators.</summary>
    public async Task<IReadOnlyList<ValidatorBalance>> GetValidatorBalancesAsync(string stateId, IReadOnlyList<string> ids, CancellationToken cancellationToken) =>
        (await GetAsync(
            Query(Path(Routes.StateValidatorBalances, stateId), Each("id", ids)),
            Dto(BeaconApiJson.Default.ValidatorBalanceArray),
            cancellationToken)).Data;

    /// <summary>Committees of an epoch (the state's own without one), or of one slot, or one committee index.</summary>
    public async Task<IReadOnlyList<CommitteeInfo>> GetCommitteesAsync(
        string stateId, Epoch? epoch, Slot? slot, CommitteeIndex? index, CancellationToken cancellationToken) =>
        (await GetAsync(
            Query(
                Path(Routes.StateCommittees, stateId),
                ("epoch", epoch?.Value.ToString()), ("index", index?.Value.ToString()), ("slot", slot?.Value.ToString())),
            Dto(BeaconApiJson.Default.CommitteeInfoArray),
            cancellationToken)).Data;

    /// <summary>Attestations waiting for inclusion.</summary>
    public async Task<IReadOnlyList<Attestation>> GetPoolAttestationsAsync(Slot? slot, CommitteeIndex? committee, CancellationToken cancellationToken) =>
        (await GetAsync(
            Query(Routes.PoolAttestations, ("slot", slot?.Value.ToString()), ("committee_index", committee?.Value.ToString())),
            Containers<Attestation>(),
            cancellationToken)).Data;

    /// <summary>Publishes attestations of single validators.</summary>
    public Task PublishAttestationsAsync(IReadOnlyList<Attestation> attestations, CancellationToken cancellationToken) =>
        PostAsync(Routes.PoolAttestations, ToJson(writer => Envelope.WriteArray(writer, attestations)), cancellationToken);

    /// <summary>Attester slashings waiting for inclusion.</summary>
    public async Task<IReadOnlyList<AttesterSlashing>> GetPoolAttesterSlashingsAsync(CancellationToken cancellationToken) =>
        (await GetAsync(Routes.PoolAttesterSlashings, Containers<AttesterSlashing>(), cancellationToken)).Data;

    /// <summary>Publishes an attester slashing.</summary>
    public Task PublishAttesterSlashingAsync(AttesterSlashing slashing, CancellationToken cancellationToken) =>
        PostAsync(Routes.PoolAttesterSlashings, ToJson(slashing.WriteJson), cancellationToken);

    /// <summary>Proposer slashings waiting for inclusion.</summary>
    public async Task<IReadOnlyList<ProposerSlashing>> GetPoolProposerSlashingsAsync(CancellationToken cancellationToken) =>
        (await GetAsync(Routes.PoolProposerSlashings, Containers<ProposerSlashing>(), cancellationToken)).Data;

    /// <summary>Publishes a proposer slashing.</summary>
    public Task PublishProposerSlashingAsync(ProposerSlashing slashing, CancellationToken cancellationToken) =>
        PostAsync(Routes.PoolProposerSlashings, ToJson(slashing.WriteJson), cancellationToken);

    /// <summary>Exits waiting for inclusion.</summary>
    public async Task<IReadOnlyList<SignedVoluntaryExit>> GetPoolVoluntaryExitsAsync(CancellationToken cancellationToken) =>
        (await GetAsync(Routes.PoolVoluntaryExits, Containers<SignedVoluntaryExit>(), cancellationToken)).Data;

    /// <summary>Publishes an exit.</summary>
    public Task PublishVoluntaryExitAsync(SignedVoluntaryExit exit, CancellationToken cancellationToken) =>
        PostAsync(Routes.PoolVoluntaryExits, ToJson(exit.WriteJson), cancellationToken);

    /// <summary>A whole state, from its SSZ form.</summary>
    public async Task<BeaconState> GetStateAsync(string stateId, ChainSpec spec, CancellationToken cancellationToken)
    {
        string path = Path(Routes.DebugState, stateId);
        byte[] body = await SendAsync(HttpMethod.Get, path, null, Routes.SszContentType, cancellationToken);
        try
        {
            return BeaconState.Deserialize(body, spec);
        }
        catch (SszException exception)
        {
            throw new BeaconApiException($"{_baseUrl}{path.TrimStart('/')} answered something that is not a state: {exception.Message}", null, null, exception);
        }
    }

    /// <summary>A whole state, from its JSON form.</summary>
    public Task<ApiResponse<BeaconState>> GetStateJsonAsync(string stateId, ChainSpec spec, CancellationToken cancellationToken) =>
        GetAsync(Path(Routes.DebugState, stateId), (ref Utf8JsonReader reader) => BeaconState.ReadJson(ref reader, spec), cancellationToken);

    /// <summary>Blocks without children.</summary>
    public async Task<IReadOnlyList<ChainHeadInfo>> GetHeadsAsync(CancellationToken cancellationToken) =>
        (await GetAsync(Routes.DebugHeads, Dto(BeaconApiJson.Default.ChainHeadInfoArray), cancellationToken)).Data;
}
