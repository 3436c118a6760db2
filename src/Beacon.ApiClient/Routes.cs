namespace Beacon.ApiClient;

/// <summary>Paths of the standard Beacon API that client and server share; <c>{…}</c> are parameters.</summary>
public static class Routes
{
    public const string NodeIdentity = "/eth/v1/node/identity";
    public const string NodePeers = "/eth/v1/node/peers";
    public const string NodePeer = "/eth/v1/node/peers/{peer_id}";
    public const string NodePeerCount = "/eth/v1/node/peer_count";
    public const string NodeSyncing = "/eth/v1/node/syncing";
    public const string NodeHealth = "/eth/v1/node/health";
    public const string NodeVersion = "/eth/v1/node/version";

    public const string Genesis = "/eth/v1/beacon/genesis";
    public const string Headers = "/eth/v1/beacon/headers";
    public const string Header = "/eth/v1/beacon/headers/{block_id}";
    public const string Block = "/eth/v2/beacon/blocks/{block_id}";
    public const string BlockV1 = "/eth/v1/beacon/blocks/{block_id}";
    public const string BlockRoot = "/eth/v1/beacon/blocks/{block_id}/root";
    public const string BlockAttestations = "/eth/v1/beacon/blocks/{block_id}/attestations";
    public const string PublishBlock = "/eth/v2/beacon/blocks";
    public const string PublishBlockV1 = "/eth/v1/beacon/blocks";
    public const string StateRoot = "/eth/v1/beacon/states/{state_id}/root";
    public const string StateFork = "/eth/v1/beacon/states/{state_id}/fork";
    public const string StateFinalityCheckpoints = "/eth/v1/beacon/states/{state_id}/finality_checkpoints";
    public const string StateValidators = "/eth/v1/beacon/states/{state_id}/validators";
    public const string StateValidator = "/eth/v1/beacon/states/{state_id}/validators/{validator_id}";
    public const string StateValidatorBalances = "/eth/v1/beacon/states/{state_id}/validator_balances";
    public const string StateCommittees = "/eth/v1/beacon/states/{state_id}/committees";
    public const string PoolAttestations = "/eth/v1/beacon/pool/attestations";
    public const string PoolAttesterSlashings = "/eth/v1/beacon/pool/attester_slashings";
    public const string PoolProposerSlashings = "/eth/v1/beacon/pool/proposer_slashings";
    public const string PoolVoluntaryExits = "/eth/v1/beacon/pool/voluntary_exits";

    public const string ConfigSpec = "/eth/v1/config/spec";
    public const string ConfigForkSchedule = "/eth/v1/config/fork_schedule";
    public const string ConfigDepositContract = "/eth/v1/config/deposit_contract";

    public const string Events = "/eth/v1/events";

    public const string AttesterDuties = "/eth/v1/validator/duties/attester/{epoch}";
    public const string ProposerDuties = "/eth/v1/validator/duties/proposer/{epoch}";
    public const string ProduceBlock = "/eth/v2/validator/blocks/{slot}";
    public const string ProduceBlockV1 = "/eth/v1/validator/blocks/{slot}";
    public const string AttestationData = "/eth/v1/validator/attestation_data";
    public const string AggregateAttestation = "/eth/v1/validator/aggregate_attestation";
    public const string AggregateAndProofs = "/eth/v1/validator/aggregate_and_proofs";
    public const string CommitteeSubscriptions = "/eth/v1/validator/beacon_committee_subscriptions";
    public const string PrepareProposer = "/eth/v1/validator/prepare_beacon_proposer";

    public const string DebugState = "/eth/v2/debug/beacon/states/{state_id}";
    public const string DebugHeads = "/eth/v2/debug/beacon/heads";

    /// <summary>Content type of SSZ bodies.</summary>
    public const string SszContentType = "application/octet-stream";

    /// <summary>Header that names the fork of a block or state.</summary>
    public const string ConsensusVersionHeader = "Eth-Consensus-Version";

    /// <summary>The only fork there is so far.</summary>
    public const string Phase0 = "phase0";
}
