using System.Net;
using System.Text.Json;
using Beacon.Chain.Tests;
using Beacon.Ssz;
using Beacon.StateTransition.Phase0;
using Beacon.Types;

namespace Beacon.Node.Tests;

/// <summary>The duties of a validator client, done over HTTP as one does them.</summary>
public sealed class ValidatorRoutesTests : IAsyncLifetime
{
    private ApiHost _host = null!;

    public async ValueTask InitializeAsync() => _host = await ApiHost.StartAsync();

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Theory]
    [InlineData(1, false)]
    [InlineData(2, false)]
    [InlineData(2, true)]
    [InlineData(3, false)]
    [InlineData(3, true)]
    public async Task A_block_is_made_signed_published_and_imported(int version, bool ssz)
    {
        _host.Harness.MoveTo(1);
        SignedBeaconBlock signed = await MakeBlockAsync(1, version, ssz);
        Answer published = ssz
            ? await _host.PostAsync("/eth/v2/beacon/blocks", signed.ToSsz(), "application/octet-stream", "phase0")
            : await _host.PostAsync("/eth/v1/beacon/blocks", signed.ToJson());
        Assert.Equal((HttpStatusCode.OK, ""), (published.Status, published.Text));
        Assert.Equal(signed.Message.HashTreeRoot(), _host.Chain.Head.Root);
        Assert.Equal(signed, Assert.Single(_host.Network.Published));

        // A client that did not hear the answer sends it again.
        Assert.Equal(HttpStatusCode.OK, (await _host.PostAsync("/eth/v2/beacon/blocks", signed.ToJson())).Status);
        Assert.Single(_host.Network.Published);
    }

    [Fact]
    public async Task A_block_that_cannot_be_imported_is_published_or_not_as_the_client_wants()
    {
        _host.Harness.MoveTo(1);
        SignedBeaconBlock good = await MakeBlockAsync(1, 2, ssz: false);
        SignedBeaconBlock wrong = _host.Harness.Sign(good.Message with { StateRoot = Root.Zero });
        (await _host.PostAsync("/eth/v2/beacon/blocks?broadcast_validation=consensus", wrong.ToJson())).Error(400);
        Assert.Empty(_host.Network.Published);

        _host.Harness.MoveTo(2);
        SignedBeaconBlock next = await MakeBlockAsync(2, 2, ssz: false);
        SignedBeaconBlock nextWrong = _host.Harness.Sign(next.Message with { StateRoot = Root.Zero });
        Assert.Equal(HttpStatusCode.Accepted, (await _host.PostAsync("/eth/v2/beacon/blocks", nextWrong.ToJson())).Status);
        Assert.Equal(nextWrong, Assert.Single(_host.Network.Published));

        _host.Harness.MoveTo(3);
        SignedBeaconBlock third = await MakeBlockAsync(3, 2, ssz: false);
        (await _host.PostAsync("/eth/v2/beacon/blocks", (third with { Signature = default }).ToJson())).Error(400);
        Assert.Equal(HttpStatusCode.OK, (await _host.PostAsync("/eth/v2/beacon/blocks?broadcast_validation=consensus_and_equivocation", third.ToJson())).Status);
        Assert.Equal(third.Message.HashTreeRoot(), _host.Chain.Head.Root);
    }

    [Fact]
    public async Task A_block_of_a_slot_beyond_64_bits_of_milliseconds_is_not_taken_and_harms_nothing()
    {
        _host.Harness.MoveTo(1);
        SignedBeaconBlock good = await MakeBlockAsync(1, 2, ssz: false);
        SignedBeaconBlock far = good with { Message = good.Message with { Slot = new Slot(ulong.MaxValue) } };
        Assert.Equal(HttpStatusCode.Accepted, (await _host.PostAsync("/eth/v2/beacon/blocks", far.ToJson())).Status);
        Assert.Empty(_host.Network.Published);
        Assert.Equal(HttpStatusCode.OK, (await _host.PostAsync("/eth/v2/beacon/blocks", good.ToJson())).Status);
    }

    [Fact]
    public async Task Attesting_and_aggregating_go_from_duty_to_pool()
    {
        await _host.Harness.RunSlotsAsync(1, 1, static _ => false);
        JsonElement duties = (await PostAsync("/eth/v1/validator/duties/attester/0", Everyone)).Json;
        Assert.Equal(_host.Chain.GenesisBlockRoot.ToString(), duties.GetProperty("dependent_root").GetString());
        Assert.Equal(ChainHarness.Validators, duties.GetProperty("data").GetArrayLength());
        JsonElement[] mine = [.. duties.GetProperty("data").EnumerateArray().Where(static duty => duty.GetProperty("slot").GetString() == "1")];
        JsonElement first = mine[0];
        string committee = first.GetProperty("committee_index").GetString()!;
        AttestationData data = Read<AttestationData>(await _host.DataAsync($"/eth/v1/validator/attestation_data?slot=1&committee_index={committee}"));
        Assert.Equal(_host.Chain.Head.Root, data.BeaconBlockRoot);

        Attestation[] attestations = [.. mine.Where(duty => duty.GetProperty("committee_index").GetString() == committee).Select(duty => new Attestation
        {
            AggregationBits = Bitlist.Single(Number(duty, "committee_length"), Number(duty, "validator_committee_index")),
            Data = data,
            Signature = _host.Harness.Sign(Validator(duty), data.HashTreeRoot(), DomainType.BeaconAttester),
        })];
        Attestation bad = attestations[0] with { Signature = attestations[^1].Signature };
        Answer refused = await _host.PostAsync("/eth/v1/beacon/pool/attestations", Array([attestations[1], bad]));
        refused.Error(400);
        JsonElement failure = Assert.Single(refused.Json.GetProperty("failures").EnumerateArray());
        Assert.Equal(1, failure.GetProperty("index").GetInt32());
        Assert.Contains("signature", failure.GetProperty("message").GetString());
        await PostAsync("/eth/v2/beacon/pool/attestations", Array(attestations));
        await PostAsync("/eth/v1/beacon/pool/attestations", Array(attestations));

        string query = $"?slot=1&attestation_data_root={data.HashTreeRoot()}";
        Attestation aggregate = Read<Attestation>(await _host.DataAsync("/eth/v1/validator/aggregate_attestation" + query));
        Assert.Equal(attestations.Length, aggregate.AggregationBits.SetCount);
        Assert.Equal("phase0", (await _host.JsonAsync("/eth/v2/validator/aggregate_attestation" + query)).GetProperty("version").GetString());
        SignedAggregateAndProof proof = _host.Harness.Aggregate(1, Validator(first), aggregate);
        (await _host.PostAsync("/eth/v2/validator/aggregate_and_proofs", Array([proof with { Signature = default }]))).Error(400);
        await PostAsync("/eth/v1/validator/aggregate_and_proofs", Array([proof]));
        Assert.Contains(proof, _host.Network.Published);
    }

    [Fact]
    public async Task Proposer_duties_name_every_slot_and_the_block_they_depend_on()
    {
        await _host.Harness.RunSlotsAsync(1, 9, static _ => false);
        JsonElement duties = await _host.JsonAsync("/eth/v1/validator/duties/proposer/1");
        Assert.Equal(_host.Chain.GetCanonicalRoot(new Slot(7)).ToString(), duties.GetProperty("dependent_root").GetString());
        Assert.Equal(Enumerable.Range(8, 8).Select(static slot => $"{slot}"), duties.GetProperty("data").EnumerateArray().Select(static duty => duty.GetProperty("slot").GetString()));
        JsonElement ninth = duties.GetProperty("data")[1];
        SignedBeaconBlock block = _host.Chain.GetBlock(_host.Chain.Head.Root)!;
        Assert.Equal(block.Message.ProposerIndex, Validator(ninth));
        Assert.Equal(_host.Chain.Head.State.State.Validators[block.Message.ProposerIndex.Value].Pubkey.ToString(), ninth.GetProperty("pubkey").GetString());
        Assert.Equal(8, (await _host.DataAsync("/eth/v1/validator/duties/proposer/2")).GetArrayLength());
    }

    [Fact]
    public async Task Liveness_shows_who_attested()
    {
        await _host.Harness.RunSlotsAsync(1, 9, static validator => validator.Value < 16);
        JsonElement live = (await PostAsync("/eth/v1/validator/liveness/0", """["1","20","999"]""")).Json.GetProperty("data");
        Assert.Equal(["1 True", "20 False", "999 False"], live.EnumerateArray().Select(static item => $"{item.GetProperty("index").GetString()} {item.GetProperty("is_live").GetBoolean()}"));
    }

    [Fact]
    public async Task Subscriptions_reach_the_network_and_hints_of_later_forks_are_taken()
    {
        await PostAsync(
            "/eth/v1/validator/beacon_committee_subscriptions",
            """[{"validator_index":"1","committee_index":"0","committees_at_slot":"1","slot":"3","is_aggregator":true}]""");
        Assert.Equal(new Node.Api.CommitteeSubscription(new ValidatorIndex(1), new CommitteeIndex(0), 1, new Slot(3), true), Assert.Single(_host.Network.Subscriptions));
        await PostAsync("/eth/v1/validator/prepare_beacon_proposer", "[]");
        await PostAsync("/eth/v1/validator/register_validator", "[]");
    }

    private static string Everyone => JsonSerializer.Serialize(Enumerable.Range(0, ChainHarness.Validators).Select(static i => $"{i}"));

    private static string Array<T>(IEnumerable<T> items)
        where T : IBeaconJson<T> => $"[{string.Join(',', items.Select(static item => item.ToJson()))}]";

    private static T Read<T>(JsonElement element)
        where T : IBeaconJson<T> => SszJson.FromJson<T>(System.Text.Encoding.UTF8.GetBytes(element.GetRawText()));

    private static int Number(JsonElement duty, string name) => int.Parse(duty.GetProperty(name).GetString()!);

    private static ValidatorIndex Validator(JsonElement duty) => new((ulong)Number(duty, "validator_index"));

    private async Task<Answer> PostAsync(string path, string body)
    {
        Answer answer = await _host.PostAsync(path, body);
        Assert.True(answer.Status == HttpStatusCode.OK, $"{path}: {answer.Status} {answer.Text}");
        return answer;
    }

    private async Task<SignedBeaconBlock> MakeBlockAsync(ulong slot, int version, bool ssz)
    {
        JsonElement duties = await _host.DataAsync($"/eth/v1/validator/duties/proposer/{slot / 8}");
        ValidatorIndex proposer = Validator(duties.EnumerateArray().Single(duty => duty.GetProperty("slot").GetString() == $"{slot}"));
        BlsSignature reveal = _host.Harness.Sign(proposer, Misc.ComputeEpochAtSlot(_host.Chain.Spec, new Slot(slot)).HashTreeRoot(), DomainType.Randao);
        string graffiti = new Root([.. Enumerable.Repeat((byte)0x41, 32)]).ToString();
        Answer answer = await _host.GetAsync($"/eth/v{version}/validator/blocks/{slot}?randao_reveal={reveal}&graffiti={graffiti}", ssz ? "application/octet-stream" : null);
        Assert.Equal((HttpStatusCode.OK, "phase0"), (answer.Status, answer.Fork));
        BeaconBlock block;
        if (ssz)
        {
            block = BeaconBlock.Deserialize(answer.Body);
        }
        else
        {
            Assert.Equal("phase0", answer.Json.GetProperty("version").GetString());
            Assert.Equal(version == 3, answer.Json.TryGetProperty("execution_payload_blinded", out _));
            block = Read<BeaconBlock>(answer.Json.GetProperty("data"));
        }

        Assert.Equal((slot, proposer, graffiti), (block.Slot.Value, block.ProposerIndex, block.Body.Graffiti.ToString()));
        return _host.Harness.Sign(block);
    }
}
