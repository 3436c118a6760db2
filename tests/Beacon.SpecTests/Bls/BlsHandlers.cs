using Beacon.Crypto;
using Beacon.SpecTests.Runner;
using YamlDotNet.RepresentationModel;

namespace Beacon.SpecTests.Bls;

/// <summary>Runner <c>bls</c> of the consensus-spec archives: one <c>data.yaml</c> per case.</summary>
public sealed class ConsensusBlsHandlers : ISpecHandlers
{
    /// <inheritdoc/>
    public string Runner => "bls";

    /// <inheritdoc/>
    public SpecHandler? Find(string handler) => BlsOperations.Find(handler) is { } operation
        ? specCase => operation((YamlMappingNode)specCase.ReadYaml("data.yaml"))
        : null;
}

/// <summary>Runner <c>bls12-381</c>: one JSON file per case, of the same content.</summary>
public sealed class Bls12381Handlers : ISpecHandlers
{
    /// <inheritdoc/>
    public string Runner => "bls12-381";

    /// <inheritdoc/>
    public SpecHandler? Find(string handler) => BlsOperations.Find(handler) is { } operation
        ? specCase => operation((YamlMappingNode)specCase.ReadYaml(specCase.Files.Single()))
        : null;
}

/// <summary>What each handler checks, on a tree of input and output (JSON is read as the YAML it is).</summary>
internal static class BlsOperations
{
    public static Action<YamlMappingNode>? Find(string handler) => handler switch
    {
        "sign" => Sign,
        "verify" => Verify,
        "aggregate" => Aggregate,
        "fast_aggregate_verify" => FastAggregateVerify,
        "eth_fast_aggregate_verify" => EthFastAggregateVerify,
        "aggregate_verify" => AggregateVerify,
        "eth_aggregate_pubkeys" => AggregatePublicKeys,
        "batch_verify" => BatchVerify,
        "deserialization_G1" => DeserializeG1,
        "deserialization_G2" => DeserializeG2,
        "hash_to_G2" => HashToG2,
        _ => null,
    };

    private static void Sign(YamlMappingNode data)
    {
        YamlMappingNode input = Input(data);
        byte[]? actual = SecretKey.TryFromBytes(Bytes(input["privkey"]), out SecretKey? key) ? key.Sign(Bytes(input["message"])).ToBytes() : null;
        Assert.Equal(NullableBytes(data["output"]), actual);
    }

    private static void Verify(YamlMappingNode data)
    {
        YamlMappingNode input = Input(data);
        Assert.Equal(Bool(data["output"]), Crypto.Bls.Verify(Bytes(input["pubkey"]), Bytes(input["message"]), Bytes(input["signature"])));
    }

    private static void Aggregate(YamlMappingNode data) =>
        Assert.Equal(NullableBytes(data["output"]), Crypto.Bls.Aggregate(List(data["input"])));

    private static void AggregatePublicKeys(YamlMappingNode data) =>
        Assert.Equal(NullableBytes(data["output"]), Crypto.Bls.AggregatePublicKeys(List(data["input"])));

    private static void FastAggregateVerify(YamlMappingNode data)
    {
        YamlMappingNode input = Input(data);
        Assert.Equal(Bool(data["output"]), Crypto.Bls.FastAggregateVerify(List(input["pubkeys"]), Bytes(input["message"]), Bytes(input["signature"])));
    }

    private static void EthFastAggregateVerify(YamlMappingNode data)
    {
        YamlMappingNode input = Input(data);
        IReadOnlyList<ReadOnlyMemory<byte>> keys = List(input["pubkeys"]);
        byte[] signature = Bytes(input["signature"]);
        bool nobody = keys.Count == 0 && Signature.TryFromBytes(signature, out Signature? parsed) && parsed.IsInfinity;
        Assert.Equal(Bool(data["output"]), nobody || Crypto.Bls.FastAggregateVerify(keys, Bytes(input["message"]), signature));
    }

    private static void AggregateVerify(YamlMappingNode data)
    {
        YamlMappingNode input = Input(data);
        Assert.Equal(Bool(data["output"]), Crypto.Bls.AggregateVerify(List(input["pubkeys"]), List(input["messages"]), Bytes(input["signature"])));
    }

    private static void BatchVerify(YamlMappingNode data)
    {
        YamlMappingNode input = Input(data);
        IReadOnlyList<ReadOnlyMemory<byte>> keys = List(input["pubkeys"]);
        IReadOnlyList<ReadOnlyMemory<byte>> messages = List(input["messages"]);
        IReadOnlyList<ReadOnlyMemory<byte>> signatures = List(input["signatures"]);
        Assert.True(keys.Count == messages.Count && keys.Count == signatures.Count);

        var sets = new List<SignatureSet>();
        bool readable = true;
        for (int i = 0; i < keys.Count; i++)
        {
            if (PublicKey.TryFromBytes(keys[i].Span, out PublicKey? key) && Signature.TryFromBytes(signatures[i].Span, out Signature? signature))
            {
                sets.Add(new SignatureSet(key, messages[i], signature));
            }
            else
            {
                readable = false;
            }
        }

        SignatureSet[] all = [.. sets];
        bool expected = Bool(data["output"]);
        Assert.Equal(expected, readable && Crypto.Bls.VerifyBatch(all));

        // Bisection names exactly the sets that fail on their own.
        int[] single = [.. Enumerable.Range(0, all.Length).Where(i => !Crypto.Bls.Verify(all[i].PublicKey, all[i].Message.Span, all[i].Signature))];
        Assert.Equal(single, Crypto.Bls.FindInvalid(all));
    }

    private static void DeserializeG1(YamlMappingNode data) => Assert.Equal(Bool(data["output"]), PublicKey.IsWellFormed(Bytes(Input(data)["pubkey"])));

    private static void DeserializeG2(YamlMappingNode data) => Assert.Equal(Bool(data["output"]), Signature.TryFromBytes(Bytes(Input(data)["signature"]), out _));

    private static void HashToG2(YamlMappingNode data)
    {
        byte[] point = Crypto.Bls.HashToG2(System.Text.Encoding.UTF8.GetBytes(Text(Input(data)["msg"])), "QUUX-V01-CS02-with-BLS12381G2_XMD:SHA-256_SSWU_RO_"u8);
        var output = (YamlMappingNode)data["output"];
        Assert.Equal(Text(output["x"]), Coordinate(point.AsSpan(0, 96)));
        Assert.Equal(Text(output["y"]), Coordinate(point.AsSpan(96)));
    }

    /// <summary>The cases print the real part first, the encoding has it last.</summary>
    private static string Coordinate(ReadOnlySpan<byte> encoded) => $"0x{Convert.ToHexStringLower(encoded[48..])},0x{Convert.ToHexStringLower(encoded[..48])}";

    private static YamlMappingNode Input(YamlMappingNode data) => (YamlMappingNode)data["input"];

    private static string Text(YamlNode node) => ((YamlScalarNode)node).Value ?? "";

    private static bool Bool(YamlNode node) => bool.Parse(Text(node));

    private static byte[] Bytes(YamlNode node)
    {
        string text = Text(node);
        Assert.StartsWith("0x", text, StringComparison.Ordinal);
        return Convert.FromHexString(text[2..]);
    }

    private static byte[]? NullableBytes(YamlNode node) => Text(node) is "null" or "~" or "" ? null : Bytes(node);

    private static ReadOnlyMemory<byte>[] List(YamlNode node) => [.. ((YamlSequenceNode)node).Children.Select(static child => (ReadOnlyMemory<byte>)Bytes(child))];
}
