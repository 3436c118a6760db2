using System.Buffers;
using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using Beacon.ApiClient;
using Beacon.ApiClient.Json;
using Beacon.Ssz;
using Beacon.Types;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;

namespace Beacon.Validator.Tests;

/// <summary>
/// A beacon node's API over HTTP with made-up duties: validator i attests in slot i of each epoch in committee 0, and proposer of slot s is validator
/// s mod n. Remembers what was published.
/// </summary>
internal sealed class FakeBeaconNode : IAsyncDisposable
{
    private readonly TestNetwork _network;
    private readonly WebApplication _app;
    private readonly CancellationTokenSource _stopped = new();

    private FakeBeaconNode(TestNetwork network, WebApplication app)
    {
        _network = network;
        _app = app;
        GenesisRoot = network.GenesisRoot;
    }

    public Uri Url { get; private set; } = new("http://127.0.0.1");

    public Root GenesisRoot { get; set; }

    public volatile bool IsSyncing;

    public volatile bool IsBroken;

    public volatile byte DependentRoot = 1;

    /// <summary>Changes what attestation data vote for.</summary>
    public volatile byte HeadRoot = 7;

    public ConcurrentQueue<Attestation> Attestations { get; } = new();

    public ConcurrentQueue<SignedBeaconBlock> Blocks { get; } = new();

    public ConcurrentQueue<SignedAggregateAndProof> Aggregates { get; } = new();

    public ConcurrentQueue<string> Requests { get; } = new();

    public ConcurrentQueue<CommitteeSubscription> Subscriptions { get; } = new();

    /// <summary>Head events to be sent to whoever listens.</summary>
    public ConcurrentQueue<HeadEvent> HeadEvents { get; } = new();

    public static async Task<FakeBeaconNode> StartAsync(TestNetwork network)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(static options => options.Listen(IPAddress.Loopback, 0));
        WebApplication app = builder.Build();
        var node = new FakeBeaconNode(network, app);
        app.Run(node.AnswerAsync);
        await app.StartAsync(TestContext.Current.CancellationToken);
        node.Url = new Uri(app.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.First());
        return node;
    }

    public async ValueTask DisposeAsync()
    {
        await _stopped.CancelAsync();
        using var now = new CancellationTokenSource(TimeSpan.Zero);
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
        _stopped.Dispose();
    }

    private static Root Filled(byte value) => new(Enumerable.Repeat(value, 32).ToArray());

    private async Task AnswerAsync(HttpContext context)
    {
        string path = context.Request.Path.Value!;
        Requests.Enqueue($"{context.Request.Method} {path}");
        if (IsBroken)
        {
            context.Response.StatusCode = 500;
            await context.Response.WriteAsync("""{"code":500,"message":"broken"}""");
            return;
        }

        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        if (path == Routes.Events)
        {
            await SendEventsAsync(context);
            return;
        }

        var output = new ArrayBufferWriter<byte>();
        Answer(path, context.Request.Query, body.ToArray(), output);
        await context.Response.BodyWriter.WriteAsync(output.WrittenMemory);
    }

    private void Answer(string path, IQueryCollection query, byte[] body, ArrayBufferWriter<byte> output)
    {
        string last = path[(path.LastIndexOf('/') + 1)..];
        switch (path)
        {
            case Routes.Genesis:
                Envelope.Write(output, default, new GenesisInfo { GenesisTime = (ulong)_network.GenesisTime, GenesisValidatorsRoot = _network.GenesisValidatorsRoot, GenesisForkVersion = default }, BeaconApiJson.Default.GenesisInfo);
                break;
            case "/eth/v1/beacon/headers/0":
                Envelope.Write(output, default, new BlockHeaderInfo { Root = GenesisRoot, Canonical = true, Header = EmptyHeader() }, BeaconApiJson.Default.BlockHeaderInfo);
                break;
            case "/eth/v1/beacon/states/head/fork":
                Envelope.Write(output, default, new Fork { PreviousVersion = ForkVersion.Parse("0x00000001"), CurrentVersion = ForkVersion.Parse("0x00000001"), Epoch = default });
                break;
            case Routes.NodeSyncing:
                Envelope.Write(output, default, new SyncingStatus { HeadSlot = default, SyncDistance = IsSyncing ? 9u : 0u, IsSyncing = IsSyncing }, BeaconApiJson.Default.SyncingStatus);
                break;
            case "/eth/v1/beacon/states/head/validators":
                Envelope.Write(output, default, Validators(), BeaconApiJson.Default.ValidatorInfoArray);
                break;
            case Routes.AttestationData:
                Envelope.Write(output, default, DataAt(ulong.Parse(query["slot"]!)));
                break;
            case Routes.AggregateAttestation:
                Envelope.Write(output, default, new Attestation { AggregationBits = Bitlist.Single(1, 0), Data = DataAt(ulong.Parse(query["slot"]!)), Signature = BlsSignature.Infinity });
                break;
            case Routes.PoolAttestations:
                ReadAll<Attestation>(body).ForEach(Attestations.Enqueue);
                break;
            case Routes.AggregateAndProofs:
                ReadAll<SignedAggregateAndProof>(body).ForEach(Aggregates.Enqueue);
                break;
            case Routes.PublishBlock:
                Blocks.Enqueue(SszJson.FromJson<SignedBeaconBlock>(body));
                break;
            case Routes.CommitteeSubscriptions:
                JsonSerializer.Deserialize(body, BeaconApiJson.Default.CommitteeSubscriptionArray)!.ToList().ForEach(Subscriptions.Enqueue);
                break;
            case { } when path.StartsWith("/eth/v1/validator/duties/attester/", StringComparison.Ordinal):
                Envelope.Write(output, new ApiMetadata { DependentRoot = Filled(DependentRoot) }, AttesterDuties(ulong.Parse(last)), BeaconApiJson.Default.AttesterDutyArray);
                break;
            case { } when path.StartsWith("/eth/v1/validator/duties/proposer/", StringComparison.Ordinal):
                Envelope.Write(output, new ApiMetadata { DependentRoot = Filled(DependentRoot) }, ProposerDuties(ulong.Parse(last)), BeaconApiJson.Default.ProposerDutyArray);
                break;
            case { } when path.StartsWith("/eth/v2/validator/blocks/", StringComparison.Ordinal):
                Envelope.Write(output, new ApiMetadata { Version = Routes.Phase0 }, Block(ulong.Parse(last), BlsSignature.Parse(query["randao_reveal"].ToString())));
                break;
            default:
                throw new InvalidOperationException("Unexpected request: " + path);
        }
    }

    private async Task SendEventsAsync(HttpContext context)
    {
        context.Response.ContentType = "text/event-stream";
        await context.Response.Body.FlushAsync();
        using var end = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, _stopped.Token);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        try
        {
            while (await timer.WaitForNextTickAsync(end.Token))
            {
                while (HeadEvents.TryDequeue(out HeadEvent? head))
                {
                    await context.Response.WriteAsync($"event: head\ndata: {JsonSerializer.Serialize(head, BeaconApiJson.Default.HeadEvent)}\n\n", end.Token);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The client or the test is done.
        }
    }

    private ValidatorInfo[] Validators() =>
    [
        .. _network.Keys.Select((_, i) => new ValidatorInfo
        {
            Index = new ValidatorIndex((ulong)i),
            Balance = new Gwei(32_000_000_000),
            Status = ValidatorStatus.ActiveOngoing,
            Validator = new Types.Validator
            {
                Pubkey = _network.PublicKey(i), WithdrawalCredentials = default, EffectiveBalance = new Gwei(32_000_000_000), Slashed = false,
                ActivationEligibilityEpoch = default, ActivationEpoch = default, ExitEpoch = Epoch.FarFuture, WithdrawableEpoch = Epoch.FarFuture,
            },
        }),
    ];

    private AttesterDuty[] AttesterDuties(ulong epoch) =>
    [
        .. _network.Keys.Select((_, i) => new AttesterDuty
        {
            Pubkey = _network.PublicKey(i), ValidatorIndex = new ValidatorIndex((ulong)i), CommitteeIndex = default, CommitteeLength = 1,
            CommitteesAtSlot = 1, ValidatorCommitteeIndex = 0, Slot = new Slot((epoch * 8) + (ulong)(i % 8)),
        }),
    ];

    private ProposerDuty[] ProposerDuties(ulong epoch) =>
    [
        .. Enumerable.Range(0, 8).Select(i =>
        {
            ulong slot = (epoch * 8) + (ulong)i;
            int proposer = (int)(slot % (ulong)_network.Keys.Count);
            return new ProposerDuty { Pubkey = _network.PublicKey(proposer), ValidatorIndex = new ValidatorIndex((ulong)proposer), Slot = new Slot(slot) };
        }),
    ];

    private AttestationData DataAt(ulong slot) => new()
    {
        Slot = new Slot(slot),
        Index = default,
        BeaconBlockRoot = Filled(HeadRoot),
        Source = new Checkpoint { Epoch = default, Root = default },
        Target = new Checkpoint { Epoch = new Epoch(slot / 8), Root = Filled(HeadRoot) },
    };

    private BeaconBlock Block(ulong slot, BlsSignature reveal) => new()
    {
        Slot = new Slot(slot),
        ProposerIndex = new ValidatorIndex(slot % (ulong)_network.Keys.Count),
        ParentRoot = Filled(HeadRoot),
        StateRoot = default,
        Body = new BeaconBlockBody
        {
            RandaoReveal = reveal,
            Eth1Data = new Eth1Data { DepositRoot = default, DepositCount = 0, BlockHash = default },
            Graffiti = default,
            ProposerSlashings = [],
            AttesterSlashings = [],
            Attestations = [],
            Deposits = [],
            VoluntaryExits = [],
        },
    };

    private static SignedBeaconBlockHeader EmptyHeader() => new()
    {
        Message = new BeaconBlockHeader { Slot = default, ProposerIndex = default, ParentRoot = default, StateRoot = default, BodyRoot = default },
        Signature = default,
    };

    private static List<T> ReadAll<T>(byte[] body)
        where T : IBeaconJson<T>
    {
        var reader = new Utf8JsonReader(body);
        reader.Read();
        return [.. Envelope.ReadArray<T>(ref reader)];
    }
}
