using System.Net;
using Beacon.ApiClient.Json;
using Beacon.Types;
using TestKit;

namespace Beacon.ApiClient.Tests;

/// <summary>
/// One golden file per route: the request the client makes and the answer a server gives. <c>FLEET_UPDATE_GOLDEN=1</c> rewrites the files,
/// which is then reviewed against the standard.
/// </summary>
public sealed class GoldenTests
{
    private static readonly ApiMetadata State = new() { ExecutionOptimistic = false, Finalized = true };
    private static readonly ApiMetadata Duty = new() { DependentRoot = Samples.Root(0x0d), ExecutionOptimistic = false };
    private static readonly ApiMetadata Versioned = new() { Version = Routes.Phase0, ExecutionOptimistic = false, Finalized = false };

    private static readonly RouteCase[] Cases =
    [
        RouteCase.Bare(
            "node_identity", default,
            new NodeIdentity
            {
                PeerId = "16Uiu2HAm", Enr = "enr:-", P2pAddresses = ["/ip4/127.0.0.1/tcp/9000/p2p/16Uiu2HAm"], DiscoveryAddresses = [],
                Metadata = new NodeMetadata { SeqNumber = 3, Attnets = "0xffffffffffffffff" },
            },
            BeaconApiJson.Default.NodeIdentity, static (client, token) => client.GetIdentityAsync(token)),
        RouteCase.Bare(
            "node_peers", new ApiMetadata { Count = 2 },
            [
                new NodePeer { PeerId = "a", Enr = "enr:-", LastSeenP2pAddress = "/ip4/127.0.0.2/tcp/9000", State = PeerState.Connected, Direction = PeerDirection.Inbound },
                new NodePeer { PeerId = "b", LastSeenP2pAddress = "/ip4/127.0.0.3/tcp/9000", State = PeerState.Disconnecting, Direction = PeerDirection.Outbound },
            ],
            BeaconApiJson.Default.NodePeerArray, static async (client, token) => [.. await client.GetPeersAsync(PeerState.Connected, token)]),
        RouteCase.Bare(
            "node_peer_count", default, new PeerCount { Disconnected = 1, Connecting = 2, Connected = 3, Disconnecting = 4 },
            BeaconApiJson.Default.PeerCount, static (client, token) => client.GetPeerCountAsync(token)),
        RouteCase.Bare(
            "node_syncing", default, new SyncingStatus { HeadSlot = new Slot(41), SyncDistance = 2, IsSyncing = true },
            BeaconApiJson.Default.SyncingStatus, static (client, token) => client.GetSyncingAsync(token)),
        RouteCase.Bare(
            "node_version", default, new NodeVersion { Version = "FleetOperator/0.1.0" },
            BeaconApiJson.Default.NodeVersion, static async (client, token) => new NodeVersion { Version = await client.GetVersionAsync(token) }),
        RouteCase.Bare(
            "config_spec", default, new Dictionary<string, string> { ["SLOTS_PER_EPOCH"] = "8", ["GENESIS_FORK_VERSION"] = "0x00000001" },
            BeaconApiJson.Default.DictionaryStringString, static async (client, token) => new Dictionary<string, string>(await client.GetSpecAsync(token))),
        RouteCase.Containers("config_fork_schedule", default, Samples.Fork, static (client, token) => client.GetForkScheduleAsync(token)),
        RouteCase.Bare(
            "config_deposit_contract", default,
            new DepositContractInfo { ChainId = 1337, Address = ExecutionAddress.Parse("0x4242424242424242424242424242424242424242") },
            BeaconApiJson.Default.DepositContractInfo, static (client, token) => client.GetDepositContractAsync(token)),
        RouteCase.Bare(
            "beacon_genesis", default,
            new GenesisInfo { GenesisTime = 1_700_000_000, GenesisValidatorsRoot = Samples.Root(1), GenesisForkVersion = ForkVersion.Parse("0x00000001") },
            BeaconApiJson.Default.GenesisInfo, static (client, token) => client.GetGenesisAsync(token)),
        RouteCase.Bare(
            "beacon_headers", State, [Samples.HeaderInfo], BeaconApiJson.Default.BlockHeaderInfoArray,
            static async (client, token) => [.. await client.GetHeadersAsync(new Slot(41), Samples.Root(3), token)]),
        RouteCase.Of(
            "beacon_header", State, Samples.HeaderInfo, BeaconApiJson.Default.BlockHeaderInfo,
            static async (client, token) => Split(await client.GetHeaderAsync("head", token))),
        RouteCase.Container("beacon_block", Versioned, Samples.SignedBlock, static async (client, token) => (await client.GetBlockAsync("41", token)).Data),
        RouteCase.Of(
            "beacon_block_root", State, new RootInfo { Root = Samples.Root(1) }, BeaconApiJson.Default.RootInfo,
            static async (client, token) => Split(await client.GetBlockRootAsync("finalized", token))),
        RouteCase.Containers(
            "beacon_block_attestations", State, Samples.Attestation, static async (client, token) => (await client.GetBlockAttestationsAsync("head", token)).Data),
        RouteCase.Post("beacon_publish_block", static (client, token) => client.PublishBlockAsync(Samples.SignedBlock, token)),
        RouteCase.Of(
            "state_root", State, new RootInfo { Root = Samples.Root(1) }, BeaconApiJson.Default.RootInfo,
            static async (client, token) => Split(await client.GetStateRootAsync("head", token))),
        RouteCase.Container("state_fork", State, Samples.Fork, static (client, token) => client.GetForkAsync("head", token)),
        RouteCase.Bare(
            "state_finality_checkpoints", State,
            new FinalityCheckpoints { PreviousJustified = Samples.Checkpoint(2), CurrentJustified = Samples.Checkpoint(3), Finalized = Samples.Checkpoint(1) },
            BeaconApiJson.Default.FinalityCheckpoints, static (client, token) => client.GetFinalityCheckpointsAsync("head", token)),
        RouteCase.Bare(
            "state_validators", State, [Samples.Validator], BeaconApiJson.Default.ValidatorInfoArray,
            static async (client, token) => [.. await client.GetValidatorsAsync("head", ["7", Samples.Key(2).ToString()], token)]),
        RouteCase.Bare(
            "state_validators_many", State, [Samples.Validator], BeaconApiJson.Default.ValidatorInfoArray,
            static async (client, token) => [.. await client.GetValidatorsAsync("head", [.. Enumerable.Range(0, 20).Select(static i => i.ToString())], token)]),
        RouteCase.Bare(
            "state_validator", State, Samples.Validator, BeaconApiJson.Default.ValidatorInfo, static (client, token) => client.GetValidatorAsync("head", "7", token)),
        RouteCase.Bare(
            "state_validator_balances", State, [new ValidatorBalance { Index = new ValidatorIndex(1), Balance = new Gwei(2) }],
            BeaconApiJson.Default.ValidatorBalanceArray, static async (client, token) => [.. await client.GetValidatorBalancesAsync("head", ["1"], token)]),
        RouteCase.Bare(
            "state_committees", State,
            [new CommitteeInfo { Index = new CommitteeIndex(1), Slot = new Slot(41), Validators = [new ValidatorIndex(3), new ValidatorIndex(1)] }],
            BeaconApiJson.Default.CommitteeInfoArray,
            static async (client, token) => [.. await client.GetCommitteesAsync("head", new Epoch(5), new Slot(41), new CommitteeIndex(1), token)]),
        RouteCase.Containers(
            "pool_attestations", default, Samples.Attestation, static (client, token) => client.GetPoolAttestationsAsync(new Slot(41), new CommitteeIndex(1), token)),
        RouteCase.Post("pool_attestations_post", static (client, token) => client.PublishAttestationsAsync([Samples.Attestation], token)),
        RouteCase.Containers("pool_attester_slashings", default, Samples.AttesterSlashing, static (client, token) => client.GetPoolAttesterSlashingsAsync(token)),
        RouteCase.Post("pool_attester_slashings_post", static (client, token) => client.PublishAttesterSlashingAsync(Samples.AttesterSlashing, token)),
        RouteCase.Containers("pool_proposer_slashings", default, Samples.ProposerSlashing, static (client, token) => client.GetPoolProposerSlashingsAsync(token)),
        RouteCase.Post("pool_proposer_slashings_post", static (client, token) => client.PublishProposerSlashingAsync(Samples.ProposerSlashing, token)),
        RouteCase.Containers("pool_voluntary_exits", default, Samples.Exit, static (client, token) => client.GetPoolVoluntaryExitsAsync(token)),
        RouteCase.Post("pool_voluntary_exits_post", static (client, token) => client.PublishVoluntaryExitAsync(Samples.Exit, token)),
        RouteCase.Of(
            "validator_duties_attester", Duty,
            [
                new AttesterDuty
                {
                    Pubkey = Samples.Key(1), ValidatorIndex = new ValidatorIndex(7), CommitteeIndex = new CommitteeIndex(1), CommitteeLength = 4,
                    CommitteesAtSlot = 2, ValidatorCommitteeIndex = 3, Slot = new Slot(41),
                },
            ],
            BeaconApiJson.Default.AttesterDutyArray,
            static async (client, token) => Split(await client.GetAttesterDutiesAsync(new Epoch(5), [new ValidatorIndex(7), new ValidatorIndex(8)], token))),
        RouteCase.Of(
            "validator_duties_proposer", Duty, [new ProposerDuty { Pubkey = Samples.Key(1), ValidatorIndex = new ValidatorIndex(7), Slot = new Slot(41) }],
            BeaconApiJson.Default.ProposerDutyArray, static async (client, token) => Split(await client.GetProposerDutiesAsync(new Epoch(5), token))),
        RouteCase.Container(
            "validator_blocks", new ApiMetadata { Version = Routes.Phase0 }, Samples.Block,
            static (client, token) => client.ProduceBlockAsync(new Slot(41), Samples.Signature(11), Samples.Root(14), token)),
        RouteCase.Container(
            "validator_attestation_data", default, Samples.Data, static (client, token) => client.GetAttestationDataAsync(new Slot(41), new CommitteeIndex(1), token)),
        RouteCase.Container(
            "validator_aggregate_attestation", default, Samples.Attestation, static (client, token) => client.GetAggregateAsync(Samples.Root(1), new Slot(41), token)),
        RouteCase.Post("validator_aggregate_and_proofs", static (client, token) => client.PublishAggregatesAsync([Samples.Aggregate], token)),
        RouteCase.Post(
            "validator_beacon_committee_subscriptions",
            static (client, token) => client.SubscribeCommitteesAsync(
                [
                    new CommitteeSubscription
                    {
                        ValidatorIndex = new ValidatorIndex(7), CommitteeIndex = new CommitteeIndex(1), CommitteesAtSlot = 2, Slot = new Slot(41), IsAggregator = true,
                    },
                ],
                token)),
        RouteCase.Post(
            "validator_prepare_beacon_proposer",
            static (client, token) => client.PrepareProposersAsync([new ProposerPreparation { ValidatorIndex = new ValidatorIndex(7), FeeRecipient = default }], token)),
        RouteCase.Bare(
            "debug_heads", default, [new ChainHeadInfo { Root = Samples.Root(1), Slot = new Slot(41) }],
            BeaconApiJson.Default.ChainHeadInfoArray, static async (client, token) => [.. await client.GetHeadsAsync(token)]),
    ];

    public static TheoryData<string> Names => [.. Cases.Select(static route => route.Name)];

    private static string Directory => Path.Combine(Repository.Root, "tests", "Beacon.ApiClient.Tests", "Golden");

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Request_and_answer_are_those_of_the_golden_file(string name)
    {
        RouteCase route = Cases.Single(candidate => candidate.Name == name);
        string path = Path.Combine(Directory, name + ".json");
        bool update = Environment.GetEnvironmentVariable("FLEET_UPDATE_GOLDEN") == "1";
        byte[] answer = update ? route.Answer : GoldenFile.AnswerOf(await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken));
        using var handler = new ScriptedHandler(_ => new HttpResponseMessage(HttpStatusCode.OK) { Content = new ByteArrayContent(answer) });
        using var http = new HttpClient(handler);
        byte[] read = await route.Call(new BeaconApiClient(http, new Uri("http://node:5052")), TestContext.Current.CancellationToken);

        string actual = GoldenFile.Render(handler.Method, handler.PathAndQuery, handler.Body, read);
        if (update)
        {
            await File.WriteAllTextAsync(path, actual, TestContext.Current.CancellationToken);
        }

        Assert.Equal(await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken), actual);
        Assert.Equal(actual, GoldenFile.Render(handler.Method, handler.PathAndQuery, handler.Body, route.Answer));
    }

    [Fact]
    public void Every_golden_file_belongs_to_a_route() =>
        Assert.Equal(
            Cases.Select(static route => route.Name).Order(StringComparer.Ordinal),
            System.IO.Directory.EnumerateFiles(Directory, "*.json").Select(static file => Path.GetFileNameWithoutExtension(file)).Order(StringComparer.Ordinal));

    private static (T, ApiMetadata) Split<T>(ApiResponse<T> response) => (response.Data, response.Metadata);
}
