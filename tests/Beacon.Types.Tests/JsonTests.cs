using System.Text;
using System.Text.Json;
using Beacon.Ssz;

namespace Beacon.Types.Tests;

public sealed class JsonTests
{
    private const string AttestationDataJson =
        """
        {"slot":"18446744073709551615","index":"1","beacon_block_root":"0x0000000000000000000000000000000000000000000000000000000000000000","source":{"epoch":"2","root":"0x0101010101010101010101010101010101010101010101010101010101010101"},"target":{"epoch":"3","root":"0x0202020202020202020202020202020202020202020202020202020202020202"}}
        """;

    [Fact]
    public void Keys_are_snake_case_and_integers_are_quoted()
    {
        AttestationData data = new()
        {
            Slot = new(ulong.MaxValue),
            Index = new(1),
            BeaconBlockRoot = Root.Zero,
            Source = new() { Epoch = new(2), Root = new(Enumerable.Repeat((byte)1, 32).ToArray()) },
            Target = new() { Epoch = new(3), Root = new(Enumerable.Repeat((byte)2, 32).ToArray()) },
        };
        Assert.Equal(AttestationDataJson, data.ToJson());
        Assert.Equal(data, Read<AttestationData>(AttestationDataJson));
    }

    [Theory]
    [InlineData(nameof(ProposerSlashing), "signed_header_1,signed_header_2")]
    [InlineData(nameof(AttesterSlashing), "attestation_1,attestation_2")]
    [InlineData(nameof(BeaconBlockBody), "randao_reveal,eth1_data,graffiti,proposer_slashings,attester_slashings,attestations,deposits,voluntary_exits")]
    [InlineData(nameof(Validator), "pubkey,withdrawal_credentials,effective_balance,slashed,activation_eligibility_epoch,activation_epoch,exit_epoch,withdrawable_epoch")]
    [InlineData(nameof(BeaconState), "genesis_time,genesis_validators_root,slot,fork,latest_block_header,block_roots,state_roots,historical_roots,eth1_data,eth1_data_votes,eth1_deposit_index,validators,balances,randao_mixes,slashings,previous_epoch_attestations,current_epoch_attestations,justification_bits,previous_justified_checkpoint,current_justified_checkpoint,finalized_checkpoint")]
    public void Keys_are_the_names_of_the_specification(string container, string keys)
    {
        Codec codec = Codec.Find(container);
        using JsonDocument document = JsonDocument.Parse(codec.ToJson(codec.Make(new RandomValues(1))));
        Assert.Equal(keys, string.Join(",", document.RootElement.EnumerateObject().Select(property => property.Name)));
    }

    [Fact]
    public void Bits_are_hexadecimal_with_the_delimiting_bit()
    {
        Attestation attestation = new RandomValues(1).Make<Attestation>() with { AggregationBits = Bitlist.Of([true, false, true]) };
        Assert.Contains("\"aggregation_bits\":\"0x0d\"", attestation.ToJson(), StringComparison.Ordinal);
    }

    [Fact]
    public void Unknown_keys_are_skipped_whatever_they_hold() => Assert.Equal(
        new Epoch(5),
        Read<Checkpoint>("""{"more":{"a":[1,{"epoch":"9"}]},"epoch":"5","x":null,"root":"0x0101010101010101010101010101010101010101010101010101010101010101"}""").Epoch);

    [Theory]
    [InlineData("""{"root":"0x0101010101010101010101010101010101010101010101010101010101010101"}""", "Checkpoint: 'epoch' is missing.")]
    [InlineData("""{"epoch":"-1"}""", "Checkpoint.epoch: ")]
    [InlineData("""{"epoch":"18446744073709551616"}""", "Checkpoint.epoch: ")]
    [InlineData("""{"epoch":""}""", "Checkpoint.epoch: ")]
    [InlineData("""{"epoch":" 1"}""", "Checkpoint.epoch: ")]
    [InlineData("""{"epoch":true}""", "Checkpoint.epoch: ")]
    [InlineData("""{"epoch":"1","root":"0x01"}""", "Checkpoint.root: 32 bytes")]
    [InlineData("""{"epoch":"1","root":"0101010101010101010101010101010101010101010101010101010101010101"}""", "Checkpoint.root: 32 bytes")]
    [InlineData("""{"epoch":"1","root":null}""", "Checkpoint.root: 32 bytes")]
    [InlineData("[]", "Checkpoint: an object is wanted")]
    [InlineData("", "")]
    [InlineData("{", "")]
    public void What_is_wrong_is_named(string json, string message) =>
        Assert.StartsWith(message, Assert.ThrowsAny<JsonException>(() => Read<Checkpoint>(json)).Message, StringComparison.Ordinal);

    [Fact]
    public void The_path_to_a_wrong_value_leads_through_all_containers()
    {
        string json = AttestationDataJson.Replace("\"epoch\":\"3\"", "\"epoch\":\"x\"", StringComparison.Ordinal);
        Assert.StartsWith(
            "AttestationData.target: Checkpoint.epoch: ", Assert.Throws<JsonException>(() => Read<AttestationData>(json)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Lists_above_their_limit_are_refused()
    {
        BeaconBlockBody body = BeaconBlockBody.CreateDefault() with
        {
            VoluntaryExits = [.. Enumerable.Repeat(SignedVoluntaryExit.CreateDefault(), 17)],
        };
        Assert.Contains("16", Assert.Throws<JsonException>(() => Read<BeaconBlockBody>(body.ToJson())).Message, StringComparison.Ordinal);
        Assert.Throws<SszException>(() => BeaconBlockBody.Deserialize(body.ToSsz()));
    }

    private static T Read<T>(string json)
        where T : IBeaconJson<T> => SszJson.FromJson<T>(Encoding.UTF8.GetBytes(json));
}
