using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using Beacon.Networking.Gossip;
using Beacon.Networking.Peers;
using Beacon.Networking.ReqResp;
using Beacon.Ssz;
using Beacon.Types;
using Libp2p;

namespace Beacon.Networking.Tests;

/// <summary>Everything of the beacon protocols that comes from the wire, fed with mutations of valid input. Inputs come from fixed seeds.</summary>
public sealed class WireDecoderTests
{
    private const int Inputs = 2000;
    private const int MaxPayload = 1 << 16;

    private static readonly AttestationData Data = new()
    {
        Slot = new Slot(5),
        Index = new CommitteeIndex(0),
        BeaconBlockRoot = Root.Zero,
        Source = new Checkpoint { Epoch = new Epoch(0), Root = Root.Zero },
        Target = new Checkpoint { Epoch = new Epoch(0), Root = Root.Zero },
    };

    private static readonly Attestation Vote = new() { AggregationBits = Bitlist.Single(9, 3), Data = Data, Signature = default };

    private static readonly IndexedAttestation Indexed = new() { AttestingIndices = [new ValidatorIndex(1), new ValidatorIndex(2)], Data = Data, Signature = default };

    private static readonly SignedBeaconBlock Block = new()
    {
        Message = new BeaconBlock
        {
            Slot = new Slot(6),
            ProposerIndex = new ValidatorIndex(1),
            ParentRoot = Root.Zero,
            StateRoot = Root.Zero,
            Body = BeaconBlockBody.CreateDefault() with { Attestations = [Vote, Vote], AttesterSlashings = [new AttesterSlashing { Attestation1 = Indexed, Attestation2 = Indexed }] },
        },
        Signature = default,
    };

    [Fact]
    public void Containers_of_gossip_and_requests_refuse_mutations_only_as_ssz_does()
    {
        Fuzz(Block);
        Fuzz(Vote);
        Fuzz(new SignedAggregateAndProof { Message = new AggregateAndProof { AggregatorIndex = new ValidatorIndex(3), Aggregate = Vote, SelectionProof = default }, Signature = default });
        Fuzz(new SignedVoluntaryExit { Message = new VoluntaryExit { Epoch = new Epoch(1), ValidatorIndex = new ValidatorIndex(2) }, Signature = default });
        Fuzz(new ProposerSlashing { SignedHeader1 = Block.ToHeader(), SignedHeader2 = Block.ToHeader() });
        Fuzz(new AttesterSlashing { Attestation1 = Indexed, Attestation2 = Indexed });
        Fuzz(new Status { ForkDigest = default, FinalizedRoot = Root.Zero, FinalizedEpoch = new Epoch(1), HeadRoot = Root.Zero, HeadSlot = new Slot(9) });
        Fuzz(new Metadata { SeqNumber = 1, Attnets = Bitvector.Create(64) });
        Fuzz(new BeaconBlocksByRangeRequest { StartSlot = new Slot(1), Count = 64, Step = 1 });
    }

    [Fact]
    public void What_a_container_takes_it_writes_back_the_same()
    {
        var random = new Random(21);
        byte[] valid = Block.ToSsz();
        int taken = 0;
        for (int i = 0; i < Inputs; i++)
        {
            byte[] input = Mutate(valid, random);
            try
            {
                Assert.Equal(input, SignedBeaconBlock.Deserialize(input).ToSsz());
                taken++;
            }
            catch (SszException)
            {
                // Refused.
            }
        }

        Assert.InRange(taken, 1, Inputs - 1);
    }

    [Fact]
    public void A_snappy_block_gives_at_most_what_was_permitted_or_nothing()
    {
        byte[] plain = [.. Enumerable.Range(0, 4000).Select(static i => (byte)(i / 7))];
        byte[] valid = SnappyBlock.Compress(plain);
        Assert.Equal(plain, SnappyBlock.TryDecompress(valid, plain.Length));
        Assert.Null(SnappyBlock.TryDecompress(valid, plain.Length - 1));

        // Claims 4 GiB: refused by the claim alone.
        Assert.Null(SnappyBlock.TryDecompress([0xff, 0xff, 0xff, 0xff, 0x0f, 0], MaxPayload));
        var random = new Random(22);
        for (int i = 0; i < Inputs; i++)
        {
            byte[] input = Mutate(valid, random);
            Assert.True(SnappyBlock.TryDecompress(input, MaxPayload) is null or { Length: <= MaxPayload }, Convert.ToHexStringLower(input));
        }
    }

    [Fact]
    public async Task Snappy_frames_refuse_mutations_as_protocol_violations()
    {
        var output = new ArrayBufferWriter<byte>();
        byte[] plain = [.. Enumerable.Range(0, 70_000).Select(static i => (byte)(i / 300))];
        SnappyFrames.Write(output, plain);
        byte[] valid = output.WrittenSpan.ToArray();
        Assert.Equal(plain, await SnappyFrames.ReadAsync(PipeReader.Create(new ReadOnlySequence<byte>(valid)), plain.Length, CancellationToken.None));
        var random = new Random(23);
        for (int i = 0; i < Inputs; i++)
        {
            byte[] input = Mutate(valid, random);
            await RefusesAsync(input, async reader => Assert.Equal(plain.Length, (await SnappyFrames.ReadAsync(reader, plain.Length, CancellationToken.None)).Length));
        }
    }

    [Theory]
    [InlineData("00000000", "a frame before the stream identifier")]
    [InlineData("ff060000734e615070590200000000", "a reserved frame that may not be skipped")]
    [InlineData("ff060000734e6150705900ffffff", "a frame longer than any can be")]
    [InlineData("ff060000734e61507059010500000000000041", "a wrong checksum")]
    [InlineData("ff060000734e615070590103000000000000", "a frame shorter than its checksum")]
    [InlineData("ff060000734e61507059fe000000fe000000fe000000fe000000fe000000fe000000fe000000fe000000fe000000", "padding without end")]
    public async Task Snappy_frames_that_break_a_rule_are_refused(string hex, string rule)
    {
        Exception? refusal = await Record.ExceptionAsync(async () =>
            await SnappyFrames.ReadAsync(PipeReader.Create(new ReadOnlySequence<byte>(Convert.FromHexString(hex))), 1, CancellationToken.None));
        Assert.True(refusal is ProtocolViolationException, $"{rule} was not refused: {refusal}");
    }

    [Fact]
    public async Task Payloads_refuse_mutations_and_lengths_that_their_type_cannot_have()
    {
        byte[] ssz = Block.ToSsz();
        var pipe = new Pipe();
        Messages.WriteChunk(pipe.Writer, [1, 2, 3, 4], ssz);
        await pipe.Writer.FlushAsync();
        await pipe.Writer.CompleteAsync();
        byte[] valid = (await pipe.Reader.ReadAtLeastAsync(1)).Buffer.ToArray();
        Assert.Equal(ssz, await ReadChunkAsync(PipeReader.Create(new ReadOnlySequence<byte>(valid)), MaxPayload));
        await Assert.ThrowsAsync<ProtocolViolationException>(() => ReadChunkAsync(PipeReader.Create(new ReadOnlySequence<byte>(valid)), ssz.Length - 1));
        var random = new Random(24);
        for (int i = 0; i < Inputs; i++)
        {
            await RefusesAsync(Mutate(valid, random), async reader => await ReadChunkAsync(reader, MaxPayload));
        }

        static async Task<byte[]?> ReadChunkAsync(PipeReader reader, int maxLength)
        {
            if (await Messages.ReadResultAsync(reader, CancellationToken.None) is null)
            {
                return null;
            }

            await Messages.ReadContextAsync(reader, CancellationToken.None);
            return await Messages.ReadPayloadAsync(reader, 100, maxLength, CancellationToken.None);
        }
    }

    [Fact]
    public void Message_ids_are_computed_of_anything()
    {
        var ids = new MessageIds(ChainSpec.Minimal.Config);
        byte[] valid = SnappyBlock.Compress(Vote.ToSsz());
        var random = new Random(25);
        for (int i = 0; i < Inputs; i++)
        {
            (byte[] id, object? decoded) = ids.Compute("/eth2/00000000/beacon_attestation_1/ssz_snappy", Mutate(valid, random));
            Assert.Equal(20, id.Length);
            Assert.True(decoded is null or byte[]);
        }
    }

    [Fact]
    public void A_peers_file_is_read_or_refused_with_its_line()
    {
        const string Valid = "fence: []\npeers:\n- name: a\n  bootnode: true\n  addresses: [/ip4/127.0.0.1/tcp/9000/p2p/16Uiu2HAkuWD6rPyxgV9iHW87jGghQKQSXxCxQDQKFyLVTcrF4oLf]\n";
        ListedPeer peer = Assert.Single(PeersFile.Parse(Valid));
        Assert.Equal(("a", true, 9000), (peer.Name, peer.IsBootnode, peer.Addresses[0].TcpPort!.Value));
        byte[] bytes = Encoding.UTF8.GetBytes(Valid);
        var random = new Random(26);
        for (int i = 0; i < Inputs; i++)
        {
            string text = Encoding.UTF8.GetString(Mutate(bytes, random));
            try
            {
                PeersFile.Parse(text);
            }
            catch (FormatException e)
            {
                Assert.Contains("the peers file", e.Message, StringComparison.Ordinal);
            }
        }
    }

    private static async Task RefusesAsync(byte[] input, Func<PipeReader, Task> read)
    {
        try
        {
            await read(PipeReader.Create(new ReadOnlySequence<byte>(input)));
        }
        catch (ProtocolViolationException)
        {
            // The one way to refuse.
        }
        catch (Exception e)
        {
            Assert.Fail($"{Convert.ToHexStringLower(input)}: {e}");
        }
    }

    private static void Fuzz<T>(T value)
        where T : ISszSerializable<T>
    {
        byte[] valid = value.ToSsz();
        Assert.Equal(valid, T.Deserialize(valid).ToSsz());
        var random = new Random(valid.Length);
        for (int i = 0; i < Inputs; i++)
        {
            byte[] input = Mutate(valid, random);
            try
            {
                T.Deserialize(input);
            }
            catch (SszException)
            {
                // The one way to refuse.
            }
            catch (Exception e)
            {
                Assert.Fail($"{typeof(T).Name} {Convert.ToHexStringLower(input)}: {e}");
            }
        }
    }

    private static byte[] Mutate(byte[] valid, Random random)
    {
        byte[] copy = [.. valid];
        switch (random.Next(5))
        {
            case 0:
                return copy[..random.Next(copy.Length)];
            case 1:
                return [.. copy[..random.Next(copy.Length)], (byte)random.Next(256), .. copy[random.Next(copy.Length)..]];
            case 2:
                // Offsets and lengths are four bytes: the largest and the smallest of them are where bounds are forgotten.
                BitConverter.TryWriteBytes(copy.AsSpan(random.Next(Math.Max(1, copy.Length - 4))), random.Next(2) == 0 ? uint.MaxValue : 0);
                return copy;
            case 3:
                random.NextBytes(copy);
                return copy;
            default:
                for (int i = random.Next(1, 4); i > 0; i--)
                {
                    copy[random.Next(copy.Length)] = (byte)random.Next(256);
                }

                return copy;
        }
    }
}
