using System.Text;
using System.Text.Json;
using Beacon.SpecTests.Runner;
using Beacon.Ssz;
using Beacon.Types;
using Beacon.Validator.Protection;

namespace Beacon.SpecTests.SlashingProtection;

/// <summary>The slashing-protection cases of EIP-3076 against our complete database: <c>should_succeed_complete</c> counts.</summary>
public sealed class SlashingProtectionHandlers : ISpecHandlers
{
    /// <inheritdoc/>
    public string Runner => "eip-3076";

    /// <inheritdoc/>
    public SpecHandler? Find(string handler) => handler == "interchange" ? Run : null;

    private static void Run(SpecCase specCase)
    {
        using JsonDocument document = specCase.ReadJson();
        JsonElement test = document.RootElement;
        string directory = Directory.CreateTempSubdirectory("eip-3076-").FullName;
        try
        {
            using SlashingProtectionDatabase database = SlashingProtectionDatabase.Open(directory, Root.Parse(Text(test, "genesis_validators_root")));
            int number = 0;
            foreach (JsonElement step in test.GetProperty("steps").EnumerateArray())
            {
                RunStep(database, step, number++);
            }

            RoundTrip(database);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static void RunStep(SlashingProtectionDatabase database, JsonElement step, int number)
    {
        byte[] interchange = Encoding.UTF8.GetBytes(step.GetProperty("interchange").GetRawText());
        if (step.GetProperty("should_succeed").GetBoolean())
        {
            database.Import(interchange);
        }
        else
        {
            Assert.Throws<SlashingProtectionException>(() => database.Import(interchange));
        }

        foreach (JsonElement block in step.GetProperty("blocks").EnumerateArray())
        {
            ProtectionVerdict verdict = database.TrySignBlock(new BlockToSign(Key(block), new Slot(Number(block, "slot")), SigningRoot(block)));
            Assert.True(Expected(block) == verdict.MaySign(), $"step {number}, block {block.GetRawText()}: {verdict}");
        }

        foreach (JsonElement attestation in step.GetProperty("attestations").EnumerateArray())
        {
            ProtectionVerdict verdict = Assert.Single(database.TrySignAttestations(
            [
                new AttestationToSign(
                    Key(attestation), new Epoch(Number(attestation, "source_epoch")), new Epoch(Number(attestation, "target_epoch")), SigningRoot(attestation)),
            ]));
            Assert.True(Expected(attestation) == verdict.MaySign(), $"step {number}, attestation {attestation.GetRawText()}: {verdict}");
        }
    }

    /// <summary>What is exported and imported elsewhere is exported there again byte for byte.</summary>
    private static void RoundTrip(SlashingProtectionDatabase database)
    {
        byte[] exported = database.Export();
        string directory = Directory.CreateTempSubdirectory("eip-3076-").FullName;
        try
        {
            using SlashingProtectionDatabase other = SlashingProtectionDatabase.Open(directory, database.GenesisValidatorsRoot);
            other.Import(exported);
            Assert.Equal(exported, other.Export());
            Assert.Equal((0, 0), other.Import(exported));
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static bool Expected(JsonElement message) =>
        message.TryGetProperty("should_succeed_complete", out JsonElement complete) ? complete.GetBoolean() : message.GetProperty("should_succeed").GetBoolean();

    private static Root SigningRoot(JsonElement message) => message.TryGetProperty("signing_root", out JsonElement root) ? Root.Parse(root.GetString()) : Root.Zero;

    private static BlsPublicKey Key(JsonElement message) => BlsPublicKey.Parse(Text(message, "pubkey"));

    private static ulong Number(JsonElement element, string name) => ulong.Parse(Text(element, name));

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!;
}
