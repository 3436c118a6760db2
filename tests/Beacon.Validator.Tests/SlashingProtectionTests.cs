using System.Text;
using Beacon.Ssz;
using Beacon.Types;
using Beacon.Validator.Protection;

namespace Beacon.Validator.Tests;

public sealed class SlashingProtectionTests : IDisposable
{
    private static readonly BlsPublicKey Key = new(Enumerable.Repeat((byte)5, 48).ToArray());
    private static readonly Root Chain = Filled(1);

    private readonly string _directory = Directory.CreateTempSubdirectory("slashing-").FullName;

    [Fact]
    public void What_was_signed_is_remembered_by_the_next_process()
    {
        using (SlashingProtectionDatabase database = Open())
        {
            Assert.Equal(ProtectionVerdict.Safe, database.TrySignBlock(new BlockToSign(Key, new Slot(10), Filled(1))));
            Assert.Equal([ProtectionVerdict.Safe], database.TrySignAttestations([Attestation(1, 2, 1)]));
        }

        using SlashingProtectionDatabase again = Open();
        Assert.Equal(ProtectionVerdict.SameAsBefore, again.TrySignBlock(new BlockToSign(Key, new Slot(10), Filled(1))));
        Assert.Equal(ProtectionVerdict.DoubleBlock, again.TrySignBlock(new BlockToSign(Key, new Slot(10), Filled(2))));
        Assert.Equal(ProtectionVerdict.BlockTooOld, again.TrySignBlock(new BlockToSign(Key, new Slot(9), Filled(1))));
        Assert.Equal([ProtectionVerdict.SameAsBefore, ProtectionVerdict.DoubleVote], again.TrySignAttestations([Attestation(1, 2, 1), Attestation(1, 2, 2)]));
    }

    [Fact]
    public void Each_condition_has_its_verdict()
    {
        using SlashingProtectionDatabase database = Open();
        Assert.Equal([ProtectionVerdict.Safe, ProtectionVerdict.Safe], database.TrySignAttestations([Attestation(2, 3, 1), Attestation(3, 8, 2)]));
        Assert.Equal(
            [
                ProtectionVerdict.SurroundedVote, ProtectionVerdict.SurroundingVote, ProtectionVerdict.AttestationTooOld, ProtectionVerdict.AttestationTooOld,
                ProtectionVerdict.SourceAfterTarget, ProtectionVerdict.OutOfRange, ProtectionVerdict.Safe,
            ],
            database.TrySignAttestations(
            [
                Attestation(4, 7, 3), Attestation(2, 9, 3), Attestation(1, 2, 3), Attestation(2, 2, 3), Attestation(9, 8, 3), Attestation(3, ulong.MaxValue, 3), Attestation(3, 9, 3),
            ]));
    }

    /// <summary>A key whose database was lost, seeded at epoch 5 of eight slots; and one that still has what it signed.</summary>
    [Fact]
    public void Raised_to_an_epoch_it_refuses_everything_before_it_for_ever()
    {
        var other = new BlsPublicKey(Enumerable.Repeat((byte)6, 48).ToArray());
        using (SlashingProtectionDatabase database = Open())
        {
            Assert.Equal([ProtectionVerdict.Safe, ProtectionVerdict.Safe], database.TrySignAttestations([new AttestationToSign(other, new Epoch(1), new Epoch(2), Filled(1)), new AttestationToSign(other, new Epoch(2), new Epoch(4), Filled(1))]));
            Assert.Equal(ProtectionVerdict.Safe, database.TrySignBlock(new BlockToSign(other, new Slot(45), Filled(1))));
            Assert.Equal(2, database.BeginAt([Key, other], new Epoch(5), 8));
            Assert.Equal(0, database.BeginAt([Key, other], new Epoch(5), 8));
            Assert.Equal(0, database.BeginAt([Key, other], new Epoch(3), 8));
            Assert.Equal(0, database.BeginAt([Key, other], new Epoch(0), 8));
        }

        using SlashingProtectionDatabase again = Open();
        Assert.Equal(ProtectionVerdict.BlockTooOld, again.TrySignBlock(new BlockToSign(Key, new Slot(38), Filled(1))));
        Assert.Equal(ProtectionVerdict.DoubleBlock, again.TrySignBlock(new BlockToSign(Key, new Slot(39), Filled(1))));
        Assert.Equal(ProtectionVerdict.Safe, again.TrySignBlock(new BlockToSign(Key, new Slot(40), Filled(1))));
        Assert.Equal(ProtectionVerdict.DoubleBlock, again.TrySignBlock(new BlockToSign(other, new Slot(45), Filled(2))));
        Assert.Equal(
            [ProtectionVerdict.SurroundedVote, ProtectionVerdict.DoubleVote, ProtectionVerdict.Safe],
            again.TrySignAttestations([Attestation(2, 3, 1), Attestation(3, 4, 1), Attestation(3, 5, 1)]));

        // What was signed with source 2 and forgotten is still not surrounded.
        Assert.Equal(
            [ProtectionVerdict.SurroundingVote, ProtectionVerdict.Safe],
            again.TrySignAttestations([new AttestationToSign(other, new Epoch(1), new Epoch(6), Filled(1)), new AttestationToSign(other, new Epoch(2), new Epoch(6), Filled(1))]));
    }

    [Fact]
    public void The_bound_is_part_of_an_export()
    {
        byte[] export;
        using (SlashingProtectionDatabase database = Open())
        {
            database.BeginAt([Key], new Epoch(5), 8);
            export = database.Export();
        }

        string other = Directory.CreateTempSubdirectory("slashing-import-").FullName;
        try
        {
            using var imported = SlashingProtectionDatabase.Open(other, Chain);
            imported.Import(export);
            Assert.Equal([ProtectionVerdict.SurroundedVote, ProtectionVerdict.Safe], imported.TrySignAttestations([Attestation(2, 3, 1), Attestation(3, 5, 1)]));
            Assert.False(imported.TrySignBlock(new BlockToSign(Key, new Slot(39), Filled(1))).MaySign());
        }
        finally
        {
            Directory.Delete(other, recursive: true);
        }
    }

    [Fact]
    public void An_epoch_beyond_all_chains_is_refused()
    {
        using SlashingProtectionDatabase database = Open();
        Assert.Throws<SlashingProtectionException>(() => database.BeginAt([Key], new Epoch(ulong.MaxValue), 8));
    }

    [Fact]
    public void Two_contradicting_votes_in_one_batch_are_not_both_signed()
    {
        using SlashingProtectionDatabase database = Open();
        Assert.Equal([ProtectionVerdict.Safe, ProtectionVerdict.DoubleVote], database.TrySignAttestations([Attestation(0, 1, 1), Attestation(0, 1, 2)]));
    }

    [Fact]
    public void Only_one_process_holds_the_database()
    {
        using SlashingProtectionDatabase first = Open();
        SlashingProtectionException exception = Assert.Throws<SlashingProtectionException>(Open);
        Assert.Contains("another process", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_database_of_another_chain_is_refused()
    {
        Open().Dispose();
        SlashingProtectionException exception = Assert.Throws<SlashingProtectionException>(() => SlashingProtectionDatabase.Open(_directory, Filled(2)));
        Assert.Contains(Chain.ToString(), exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_missing_or_emptied_database_beside_the_marker_is_refused(bool emptied)
    {
        Open().Dispose();
        string path = Path.Combine(_directory, SlashingProtectionDatabase.FileName);
        File.Delete(path);
        if (emptied)
        {
            File.WriteAllBytes(path, []);
        }

        SlashingProtectionException exception = Assert.Throws<SlashingProtectionException>(Open);
        Assert.Contains("interchange", exception.Message, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(_directory, SlashingProtectionDatabase.MarkerName)));
    }

    [Fact]
    public void A_damaged_database_is_refused()
    {
        Open().Dispose();
        File.WriteAllText(Path.Combine(_directory, SlashingProtectionDatabase.FileName), new string('x', 8192));
        Assert.Throws<SlashingProtectionException>(Open);
    }

    [Fact]
    public void Pruning_forgets_old_messages_but_forbids_what_it_forgot()
    {
        using SlashingProtectionDatabase database = Open();
        for (ulong i = 1; i <= 50; i++)
        {
            Assert.True(database.TrySignBlock(new BlockToSign(Key, new Slot(i), Filled((byte)i))).MaySign());
            Assert.True(database.TrySignAttestations([Attestation(i - 1, i, (byte)i)])[0].MaySign());
        }

        database.Prune(slots: 10, epochs: 10);
        string exported = Encoding.UTF8.GetString(database.Export());
        Assert.DoesNotContain("\"slot\": \"39\"", exported, StringComparison.Ordinal);
        Assert.Contains("\"slot\": \"40\"", exported, StringComparison.Ordinal);
        for (ulong i = 1; i <= 50; i++)
        {
            Assert.False(database.TrySignBlock(new BlockToSign(Key, new Slot(i), Filled(200))).MaySign());
            Assert.False(database.TrySignAttestations([Attestation(i - 1, i, 200)])[0].MaySign());
        }

        // Surrounds a forgotten vote.
        Assert.False(database.TrySignAttestations([Attestation(3, 60, 200)])[0].MaySign());
    }

    [Theory]
    [InlineData("", "not an EIP-3076 interchange")]
    [InlineData("{}", "not an EIP-3076 interchange")]
    [InlineData("{\"metadata\":{\"interchange_format_version\":\"4\",\"genesis_validators_root\":\"0x00\"},\"data\":[]}", "version '4'")]
    public void What_is_not_an_interchange_is_refused(string json, string reason)
    {
        using SlashingProtectionDatabase database = Open();
        SlashingProtectionException exception = Assert.Throws<SlashingProtectionException>(() => database.Import(Encoding.UTF8.GetBytes(json)));
        Assert.Contains(reason, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_interchange_with_one_bad_record_changes_nothing()
    {
        using SlashingProtectionDatabase database = Open();
        string before = Encoding.UTF8.GetString(database.Export());
        string json = $$"""
            {"metadata":{"interchange_format_version":"5","genesis_validators_root":"{{Chain}}"},
             "data":[{"pubkey":"{{Key}}","signed_blocks":[{"slot":"7"},{"slot":"-1"}],"signed_attestations":[]}]}
            """;
        Assert.Throws<SlashingProtectionException>(() => database.Import(Encoding.UTF8.GetBytes(json)));
        Assert.Equal(before, Encoding.UTF8.GetString(database.Export()));
        Assert.Equal(ProtectionVerdict.Safe, database.TrySignBlock(new BlockToSign(Key, new Slot(7), Filled(1))));
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private static Root Filled(byte value) => new(Enumerable.Repeat(value, 32).ToArray());

    private static AttestationToSign Attestation(ulong source, ulong target, byte root) => new(Key, new Epoch(source), new Epoch(target), Filled(root));

    private SlashingProtectionDatabase Open() => SlashingProtectionDatabase.Open(_directory, Chain);
}
