using System.Buffers;
using System.Text.Json;
using Beacon.Ssz;

namespace Beacon.Types.Tests;

/// <summary>Every container behind one shape, so that a test can go over all.</summary>
internal sealed record Codec(
    string Name,
    Func<RandomValues, object> Make,
    Func<object, byte[]> Encode,
    Func<byte[], object> Decode,
    Func<object, byte[]> ToJson,
    Func<byte[], object> FromJson,
    Func<object, Root> HashTreeRoot)
{
    public static IReadOnlyList<Codec> All { get; } =
    [
        Of<AggregateAndProof>(), Of<Attestation>(), Of<AttestationData>(), Of<AttesterSlashing>(), Of<BeaconBlock>(), Of<BeaconBlockBody>(),
        Of<BeaconBlockHeader>(), Of<BeaconBlocksByRangeRequest>(), Of<Checkpoint>(), Of<Deposit>(), Of<DepositData>(), Of<DepositMessage>(),
        Of<EnrForkId>(), Of<Eth1Block>(), Of<Eth1Data>(), Of<Fork>(), Of<ForkData>(), Of<IndexedAttestation>(), Of<Metadata>(),
        Of<PendingAttestation>(), Of<ProposerSlashing>(), Of<SignedAggregateAndProof>(), Of<SignedBeaconBlock>(), Of<SignedBeaconBlockHeader>(),
        Of<SignedVoluntaryExit>(), Of<SigningData>(), Of<Status>(), Of<Validator>(), Of<VoluntaryExit>(),
        State,
    ];

    public static Codec Find(string name) => All.Single(codec => codec.Name == name);

    private static Codec State => new(
        nameof(BeaconState),
        random => random.MakeState(ChainSpec.Minimal),
        value =>
        {
            BeaconState state = (BeaconState)value;
            byte[] bytes = new byte[state.SszSize];
            state.Serialize(bytes);
            return bytes;
        },
        bytes => BeaconState.Deserialize(bytes, ChainSpec.Minimal),
        value => Json(((BeaconState)value).WriteJson),
        bytes =>
        {
            Utf8JsonReader reader = new(bytes);
            reader.Read();
            return BeaconState.ReadJson(ref reader, ChainSpec.Minimal);
        },
        value => ((BeaconState)value).HashTreeRoot());

    private static Codec Of<T>()
        where T : ISszSerializable<T> => new(
            typeof(T).Name,
            random => random.Make<T>()!,
            value => ((T)value).ToSsz(),
            bytes => T.Deserialize(bytes),
            value => Json(((T)value).WriteJson),
            bytes => SszJson.FromJson<T>(bytes),
            value => ((T)value).HashTreeRoot());

    private static byte[] Json(Action<Utf8JsonWriter> write)
    {
        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter writer = new(buffer))
        {
            write(writer);
        }

        return buffer.WrittenSpan.ToArray();
    }
}
