using System.Buffers;
using System.Text;
using System.Text.Json;
using Beacon.Ssz;
using Beacon.Types;

namespace Beacon.SpecTests.Ssz;

/// <summary>The <c>ssz_static</c> runner: decode, encode, hash and carry each container through JSON.</summary>
/// <remarks>Handler name = container name; files <c>serialized.ssz_snappy</c> (here already decompressed) and <c>roots.yaml</c>.</remarks>
internal static class SszStaticCases
{
    private delegate void Check(byte[] serialized, Root expected, ChainSpec spec);

    private static readonly Dictionary<string, Check> Containers = new(StringComparer.Ordinal)
    {
        ["AggregateAndProof"] = CheckPlain<AggregateAndProof>,
        ["Attestation"] = CheckPlain<Attestation>,
        ["AttestationData"] = CheckPlain<AttestationData>,
        ["AttesterSlashing"] = CheckPlain<AttesterSlashing>,
        ["BeaconBlock"] = CheckPlain<BeaconBlock>,
        ["BeaconBlockBody"] = CheckPlain<BeaconBlockBody>,
        ["BeaconBlockHeader"] = CheckPlain<BeaconBlockHeader>,
        ["BeaconState"] = (serialized, expected, spec) => CheckWithContext<BeaconState, ChainSpec>(serialized, expected, spec),
        ["Checkpoint"] = CheckPlain<Checkpoint>,
        ["Deposit"] = CheckPlain<Deposit>,
        ["DepositData"] = CheckPlain<DepositData>,
        ["DepositMessage"] = CheckPlain<DepositMessage>,
        ["Eth1Block"] = CheckPlain<Eth1Block>,
        ["Eth1Data"] = CheckPlain<Eth1Data>,
        ["Fork"] = CheckPlain<Fork>,
        ["ForkData"] = CheckPlain<ForkData>,
        ["HistoricalBatch"] = (serialized, expected, spec) => CheckWithContext<HistoricalBatch, Preset>(serialized, expected, spec.Preset),
        ["IndexedAttestation"] = CheckPlain<IndexedAttestation>,
        ["PendingAttestation"] = CheckPlain<PendingAttestation>,
        ["ProposerSlashing"] = CheckPlain<ProposerSlashing>,
        ["SignedAggregateAndProof"] = CheckPlain<SignedAggregateAndProof>,
        ["SignedBeaconBlock"] = CheckPlain<SignedBeaconBlock>,
        ["SignedBeaconBlockHeader"] = CheckPlain<SignedBeaconBlockHeader>,
        ["SignedVoluntaryExit"] = CheckPlain<SignedVoluntaryExit>,
        ["SigningData"] = CheckPlain<SigningData>,
        ["Validator"] = CheckPlain<Types.Validator>,
        ["VoluntaryExit"] = CheckPlain<VoluntaryExit>,
    };

    /// <summary>Names of the containers there are checks for.</summary>
    public static IReadOnlyCollection<string> Handlers => Containers.Keys;

    /// <summary>Runs one case.</summary>
    /// <param name="container">Handler name.</param>
    /// <param name="serialized">The decompressed encoding.</param>
    /// <param name="root">The <c>root</c> of <c>roots.yaml</c>.</param>
    /// <param name="spec">Rules of the case's preset.</param>
    public static void Run(string container, byte[] serialized, string root, ChainSpec spec) =>
        Containers[container](serialized, Root.Parse(root), spec);

    /// <summary>Round trips and the root of a container without context.</summary>
    internal static void CheckPlain<T>(byte[] serialized, Root expected, ChainSpec spec)
        where T : ISszSerializable<T>
    {
        T value = T.Deserialize(serialized);
        Assert.Equal(serialized, value.ToSsz());
        Assert.Equal(expected, value.HashTreeRoot());
        Assert.Equal(expected, value.HashTreeRoot());
        T again = T.Deserialize(serialized);
        Assert.Equal(value, again);
        Assert.Equal(value.GetHashCode(), again.GetHashCode());
        T fromJson = SszJson.FromJson<T>(Encoding.UTF8.GetBytes(value.ToJson()));
        Assert.Equal(value, fromJson);
        Assert.Equal(expected, fromJson.HashTreeRoot());
    }

    private static void CheckWithContext<T, TContext>(byte[] serialized, Root expected, TContext context)
        where T : ISszSerializable<T, TContext>
    {
        T value = T.Deserialize(serialized, context);
        byte[] bytes = new byte[value.SszSize];
        value.Serialize(bytes);
        Assert.Equal(serialized, bytes);
        Assert.Equal(expected, value.HashTreeRoot());
        ArrayBufferWriter<byte> json = new();
        using (Utf8JsonWriter writer = new(json))
        {
            value.WriteJson(writer);
        }

        Utf8JsonReader reader = new(json.WrittenSpan);
        Assert.True(reader.Read());
        Assert.Equal(expected, T.ReadJson(ref reader, context).HashTreeRoot());
    }
}
