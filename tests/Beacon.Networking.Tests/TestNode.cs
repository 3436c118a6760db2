using System.Net;
using Beacon.Chain;
using Beacon.Genesis;
using Beacon.Metrics;
using Beacon.Networking.Peers;
using Beacon.Ssz;
using Beacon.StateTransition.Phase0;
using Beacon.Storage;
using Beacon.Types;
using Libp2p.Crypto;
using Libp2p.Multiformats;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Beacon.Networking.Tests;

/// <summary>A list of peers that tests change.</summary>
internal sealed class TestPeers : IPeerSource
{
    private IReadOnlyList<ListedPeer> _peers = [];

    public IReadOnlyList<ListedPeer> GetPeers() => Volatile.Read(ref _peers);

    public void Add(string name, Multiaddr address, bool bootnode = false) =>
        Volatile.Write(ref _peers, [.. _peers, new ListedPeer(name, address.PeerId!, [address], bootnode)]);

    public void Clear() => Volatile.Write(ref _peers, []);
}

/// <summary>A chain with a network on loopback; chain time is moved by the test, network time is real.</summary>
internal sealed class TestNode : IAsyncDisposable
{
    public const ulong GenesisTime = 1_700_000_000;
    public const int Validators = 32;
    public const string ProtocolId = "/fleet/devnet-7-3f9a1c/1";

    private static readonly Lazy<GenesisKey[]> SharedKeys = new(() => GenesisBuilder.DeriveKeys([.. Enumerable.Range(0, 64).Select(static i => (byte)i)], 0, Validators));
    private static readonly System.Collections.Concurrent.ConcurrentDictionary<int, byte[]> Genesis = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;
    private bool _disposed;

    private TestNode(ChainSpec spec, BeaconChain chain, BeaconNetwork network)
    {
        Spec = spec;
        Chain = chain;
        Network = network;
        network.Start();
        _running = Task.WhenAll(chain.RunAsync(_stop.Token), network.RunAsync(_stop.Token));
    }

    public ChainSpec Spec { get; }

    public BeaconChain Chain { get; }

    public BeaconNetwork Network { get; }

    public Multiaddr Address => Network.Identity.Addresses[0];

    public static FakeTimeProvider NewTime() => new(DateTimeOffset.FromUnixTimeSeconds((long)GenesisTime));

    public static ChainSpec NewSpec() => new(GenesisConfig.Complete("minimal", [new("SLOT_DURATION_MS", "1000")], Validators, GenesisTime));

    public static TestNode Start(
        TimeProvider time,
        IPeerSource peers,
        string protocolId = ProtocolId,
        int chainNumber = 1,
        (ChainSpec Spec, byte[] Genesis)? made = null,
        IKeyValueStore? store = null,
        Identity? identity = null,
        int port = 0,
        ILoggerFactory? loggers = null,
        ChainOptions? options = null)
    {
        ChainSpec spec = made?.Spec ?? NewSpec();
        byte[] ssz = made?.Genesis ?? Genesis.GetOrAdd(chainNumber, number => MakeGenesis(spec, number, GenesisTime));
        var meters = new MetricsScope();
        BeaconChain chain = BeaconChain.Open(
            spec,
            BeaconState.Deserialize(ssz, spec),
            BeaconDatabase.Open(store ?? new MemoryKeyValueStore()),
            new ChainServices(time, NullLogger<BeaconChain>.Instance, meters),
            options);
        var network = new BeaconNetwork(
            chain,
            new NetworkOptions { ProtocolId = protocolId, ListenAddress = IPAddress.Loopback, Port = port },
            identity ?? Identity.New(),
            peers,
            loggers ?? NullLoggerFactory.Instance,
            meters,
            TimeProvider.System);
        return new TestNode(spec, chain, network);
    }

    public static byte[] MakeGenesis(ChainSpec spec, int chainNumber, ulong genesisTime)
    {
        BeaconState state = GenesisBuilder.FromKeys(spec, SharedKeys.Value, new GenesisIdentity("network-tests", chainNumber), genesisTime);
        byte[] bytes = new byte[state.SszSize];
        state.Serialize(bytes);
        return bytes;
    }

    public static void MoveTo(FakeTimeProvider time, ulong slot, ulong milliseconds = 0)
    {
        DateTimeOffset at = DateTimeOffset.FromUnixTimeMilliseconds((long)((GenesisTime * 1000) + (slot * 1000) + milliseconds));
        if (at > time.GetUtcNow())
        {
            time.SetUtcNow(at);
        }
    }

    public ValidatorIndex ProposerOf(ulong slot) =>
        Chain.GetProposerDuties(Misc.ComputeEpochAtSlot(Spec, new Slot(slot))).Items.Single(duty => duty.Slot.Value == slot).Validator;

    public SignedBeaconBlock Propose(ulong slot)
    {
        ValidatorIndex proposer = ProposerOf(slot);
        Epoch epoch = Misc.ComputeEpochAtSlot(Spec, new Slot(slot));
        BeaconBlock block = Chain.ProduceBlock(new Slot(slot), Sign(proposer, epoch.HashTreeRoot(), DomainType.Randao), Root.Zero);
        return new SignedBeaconBlock { Message = block, Signature = Sign(proposer, block.HashTreeRoot(), DomainType.BeaconProposer) };
    }

    public IEnumerable<Attestation> Attest(ulong slot, Func<ValidatorIndex, bool> who)
    {
        Epoch epoch = Misc.ComputeEpochAtSlot(Spec, new Slot(slot));
        Duties<AttesterDuty> duties = Chain.GetAttesterDuties(epoch, [.. Enumerable.Range(0, Validators).Select(static i => new ValidatorIndex((ulong)i))]);
        foreach (AttesterDuty duty in duties.Items.Where(duty => duty.Slot.Value == slot && who(duty.Validator)))
        {
            AttestationData data = Chain.GetAttestationData(duty.Slot, duty.Committee);
            yield return new Attestation
            {
                AggregationBits = Bitlist.Single((int)duty.CommitteeLength, (int)duty.Position),
                Data = data,
                Signature = Sign(duty.Validator, data.HashTreeRoot(), DomainType.BeaconAttester),
            };
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        await Network.DisposeAsync();
        await _stop.CancelAsync();
        await _running.ContinueWith(static _ => { }, TaskScheduler.Default);
        await Chain.DisposeAsync();
        _stop.Dispose();
    }

    private BlsSignature Sign(ValidatorIndex validator, Root root, DomainType type)
    {
        Domain domain = Misc.ComputeDomain(type, Chain.GenesisForkVersion, Chain.GenesisValidatorsRoot);
        return new BlsSignature(SharedKeys.Value[validator.Value].Signing.Sign(Misc.ComputeSigningRoot(root, domain).AsSpan()).ToBytes());
    }
}
