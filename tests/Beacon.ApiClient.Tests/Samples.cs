using Beacon.Ssz;
using Beacon.Types;

namespace Beacon.ApiClient.Tests;

/// <summary>Values in which every field is different from its neighbours.</summary>
internal static class Samples
{
    public static Checkpoint Checkpoint(ulong epoch) => new() { Epoch = new Epoch(epoch), Root = Root((byte)epoch) };

    public static AttestationData Data { get; } = new()
    {
        Slot = new Slot(41),
        Index = new CommitteeIndex(1),
        BeaconBlockRoot = Root(1),
        Source = Checkpoint(4),
        Target = Checkpoint(5),
    };

    public static Attestation Attestation { get; } = new() { AggregationBits = Bitlist.Of([true, false, true, true]), Data = Data, Signature = Signature(2) };

    public static BeaconBlockHeader Header { get; } = new()
    {
        Slot = new Slot(41),
        ProposerIndex = new ValidatorIndex(7),
        ParentRoot = Root(3),
        StateRoot = Root(4),
        BodyRoot = Root(5),
    };

    public static SignedBeaconBlockHeader SignedHeader { get; } = new() { Message = Header, Signature = Signature(6) };

    public static ProposerSlashing ProposerSlashing { get; } = new() { SignedHeader1 = SignedHeader, SignedHeader2 = SignedHeader with { Signature = Signature(7) } };

    public static IndexedAttestation Indexed { get; } = new()
    {
        AttestingIndices = [new ValidatorIndex(1), new ValidatorIndex(ulong.MaxValue)],
        Data = Data,
        Signature = Signature(8),
    };

    public static AttesterSlashing AttesterSlashing { get; } = new() { Attestation1 = Indexed, Attestation2 = Indexed with { Signature = Signature(9) } };

    public static SignedVoluntaryExit Exit { get; } = new()
    {
        Message = new VoluntaryExit { Epoch = new Epoch(9), ValidatorIndex = new ValidatorIndex(3) },
        Signature = Signature(10),
    };

    public static BeaconBlock Block { get; } = new()
    {
        Slot = new Slot(41),
        ProposerIndex = new ValidatorIndex(7),
        ParentRoot = Root(3),
        StateRoot = Root(4),
        Body = new BeaconBlockBody
        {
            RandaoReveal = Signature(11),
            Eth1Data = new Eth1Data { DepositRoot = Root(12), DepositCount = 64, BlockHash = Root(13) },
            Graffiti = Root(14),
            ProposerSlashings = [ProposerSlashing],
            AttesterSlashings = [AttesterSlashing],
            Attestations = [Attestation],
            Deposits =
            [
                new Deposit
                {
                    Proof = [.. Enumerable.Range(0, 33).Select(static i => Root((byte)i))],
                    Data = new DepositData { Pubkey = Key(1), WithdrawalCredentials = Root(15), Amount = new Gwei(32_000_000_000), Signature = Signature(16) },
                },
            ],
            VoluntaryExits = [Exit],
        },
    };

    public static SignedBeaconBlock SignedBlock { get; } = new() { Message = Block, Signature = Signature(17) };

    public static SignedAggregateAndProof Aggregate { get; } = new()
    {
        Message = new AggregateAndProof { AggregatorIndex = new ValidatorIndex(5), Aggregate = Attestation, SelectionProof = Signature(18) },
        Signature = Signature(19),
    };

    public static Fork Fork { get; } = new() { PreviousVersion = ForkVersion.Parse("0x00000001"), CurrentVersion = ForkVersion.Parse("0x01000001"), Epoch = new Epoch(3) };

    public static ValidatorInfo Validator { get; } = new()
    {
        Index = new ValidatorIndex(7),
        Balance = new Gwei(31_999_999_999),
        Status = ValidatorStatus.ActiveOngoing,
        Validator = new Validator
        {
            Pubkey = Key(2),
            WithdrawalCredentials = Root(20),
            EffectiveBalance = new Gwei(32_000_000_000),
            Slashed = false,
            ActivationEligibilityEpoch = default,
            ActivationEpoch = default,
            ExitEpoch = Epoch.FarFuture,
            WithdrawableEpoch = Epoch.FarFuture,
        },
    };

    public static BlockHeaderInfo HeaderInfo { get; } = new() { Root = Root(21), Canonical = true, Header = SignedHeader };

    public static Root Root(byte value) => new(Enumerable.Repeat(value, 32).ToArray());

    public static BlsSignature Signature(byte value) => new(Enumerable.Repeat(value, 96).ToArray());

    public static BlsPublicKey Key(byte value) => new(Enumerable.Repeat(value, 48).ToArray());
}
