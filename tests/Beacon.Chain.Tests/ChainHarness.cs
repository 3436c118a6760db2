using System.Collections.Concurrent;
using Beacon.Genesis;
using Beacon.Metrics;
using Beacon.Ssz;
using Beacon.StateTransition.Phase0;
using Beacon.Storage;
using Beacon.Types;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Beacon.Chain.Tests;

/// <summary>A chain with the keys of all its validators and a clock that the test moves.</summary>
internal sealed class ChainHarness : IAsyncDisposable
{
    public const ulong GenesisTime = 1_700_000_000;
    public const int Validators = 32;

    private static readonly Lazy<GenesisKey[]> SharedKeys = new(() => GenesisBuilder.DeriveKeys([.. Enumerable.Range(0, 64).Select(static i => (byte)i)], 0, Validators));
    private static readonly ConcurrentDictionary<ulong, byte[]> Genesis = new();

    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;

    private ChainHarness(ChainSpec spec, BeaconChain chain, FakeTimeProvider time, MetricsScope meters)
    {
        Spec = spec;
        Chain = chain;
        Time = time;
        Meters = meters;
        _running = chain.RunAsync(_stop.Token);
    }

    public ChainSpec Spec { get; }

    public BeaconChain Chain { get; }

    public FakeTimeProvider Time { get; }

    public MetricsScope Meters { get; }

    public static GenesisKey[] Keys => SharedKeys.Value;

    public static ChainHarness Start(IKeyValueStore? store = null, FakeTimeProvider? time = null, ChainOptions? options = null)
    {
        ChainSpec spec = new(GenesisConfig.Complete("minimal", [new("SLOT_DURATION_MS", "1000")], Validators, GenesisTime));
        byte[] ssz = Genesis.GetOrAdd(GenesisTime, genesisTime =>
        {
            BeaconState made = GenesisBuilder.FromKeys(spec, Keys, new GenesisIdentity("chain-tests", 1), genesisTime);
            var bytes = new byte[made.SszSize];
            made.Serialize(bytes);
            return bytes;
        });
        time ??= new FakeTimeProvider(DateTimeOffset.FromUnixTimeSeconds((long)GenesisTime));
        var meters = new MetricsScope();
        BeaconChain chain = BeaconChain.Open(
            spec, BeaconState.Deserialize(ssz, spec), BeaconDatabase.Open(store ?? new MemoryKeyValueStore()),
            new ChainServices(time, NullLogger<BeaconChain>.Instance, meters), options);
        return new ChainHarness(spec, chain, time, meters);
    }

    /// <summary>Moves the clock to a point of a slot.</summary>
    public void MoveTo(ulong slot, ulong milliseconds = 0)
    {
        DateTimeOffset at = DateTimeOffset.FromUnixTimeMilliseconds((long)((GenesisTime * 1000) + (slot * Spec.Config.SlotDurationMs) + milliseconds));
        if (at > Time.GetUtcNow())
        {
            Time.SetUtcNow(at);
        }
    }

    /// <summary>A block of the slot on the current head, signed by its proposer.</summary>
    public SignedBeaconBlock Propose(ulong slot, byte graffiti = 0)
    {
        ValidatorIndex proposer = Chain.GetProposerDuties(Misc.ComputeEpochAtSlot(Spec, new Slot(slot))).Items.Single(duty => duty.Slot.Value == slot).Validator;
        Epoch epoch = Misc.ComputeEpochAtSlot(Spec, new Slot(slot));
        BlsSignature reveal = Sign(proposer, epoch.HashTreeRoot(), DomainType.Randao);
        BeaconBlock block = Chain.ProduceBlock(new Slot(slot), reveal, new Root([.. Enumerable.Repeat(graffiti, 32)]));
        return Sign(block);
    }

    public SignedBeaconBlock Sign(BeaconBlock block) =>
        new() { Message = block, Signature = Sign(block.ProposerIndex, block.HashTreeRoot(), DomainType.BeaconProposer) };

    /// <summary>Every validator's attestation of the slot, as this chain's head has it.</summary>
    public IReadOnlyList<Attestation> Attest(ulong slot, Func<ValidatorIndex, bool>? who = null)
    {
        Epoch epoch = Misc.ComputeEpochAtSlot(Spec, new Slot(slot));
        Duties<AttesterDuty> duties = Chain.GetAttesterDuties(epoch, [.. Enumerable.Range(0, Validators).Select(static i => new ValidatorIndex((ulong)i))]);
        var attestations = new List<Attestation>();
        foreach (AttesterDuty duty in duties.Items.Where(duty => duty.Slot.Value == slot && (who?.Invoke(duty.Validator) ?? true)))
        {
            AttestationData data = Chain.GetAttestationData(duty.Slot, duty.Committee);
            attestations.Add(new Attestation
            {
                AggregationBits = Bitlist.Single((int)duty.CommitteeLength, (int)duty.Position),
                Data = data,
                Signature = Sign(duty.Validator, data.HashTreeRoot(), DomainType.BeaconAttester),
            });
        }

        return attestations;
    }

    /// <summary>An aggregate of a slot's committee with its proof, by one of its members.</summary>
    public SignedAggregateAndProof Aggregate(ulong slot, ValidatorIndex aggregator, Attestation aggregate)
    {
        var message = new AggregateAndProof
        {
            AggregatorIndex = aggregator,
            Aggregate = aggregate,
            SelectionProof = Sign(aggregator, new Slot(slot).HashTreeRoot(), DomainType.SelectionProof),
        };
        return new SignedAggregateAndProof { Message = message, Signature = Sign(aggregator, message.HashTreeRoot(), DomainType.AggregateAndProof) };
    }

    public BlsSignature Sign(ValidatorIndex validator, Root root, DomainType type)
    {
        Domain domain = Misc.ComputeDomain(type, Chain.GenesisForkVersion, Chain.GenesisValidatorsRoot);
        return new BlsSignature(Keys[validator.Value].Signing.Sign(Misc.ComputeSigningRoot(root, domain).AsSpan()).ToBytes());
    }

    /// <summary>Runs whole slots: the block is published and everyone (or those chosen) attests.</summary>
    public async Task RunSlotsAsync(ulong first, ulong last, Func<ValidatorIndex, bool>? attesters = null)
    {
        for (ulong slot = first; slot <= last; slot++)
        {
            MoveTo(slot);
            PublishedBlock published = await Chain.PublishAsync(Propose(slot), CancellationToken.None);
            Assert.Equal(GossipVerdict.Accept, published.Verdict);
            Assert.Equal((ImportOutcome.Imported, ""), (published.Import!.Value.Outcome, published.Import.Value.Reason));
            MoveTo(slot, Spec.Config.SlotDurationMs / 3);
            foreach (Attestation attestation in Attest(slot, attesters))
            {
                Assert.Equal(GossipVerdict.Accept, await Chain.PublishAsync(attestation, CancellationToken.None));
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running.ContinueWith(static _ => { }, TaskScheduler.Default);
        await Chain.DisposeAsync();
        _stop.Dispose();
    }
}
