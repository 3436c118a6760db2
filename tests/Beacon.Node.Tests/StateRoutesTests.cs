using System.Text.Json;
using Beacon.Chain;
using Beacon.Chain.Tests;
using Beacon.Ssz;
using Beacon.Types;

namespace Beacon.Node.Tests;

public sealed class StateRoutesTests(FinalizedChain fixture) : IClassFixture<FinalizedChain>
{
    private const string States = "/eth/v1/beacon/states/";

    private readonly ApiHost _host = fixture.Host;

    [Theory]
    [InlineData("head", false)]
    [InlineData("genesis", true)]
    [InlineData("finalized", true)]
    [InlineData("justified", false)]
    [InlineData("16", true)]
    [InlineData("35", false)]
    public async Task A_state_is_named_in_every_way_and_its_root_names_it_too(string id, bool finalized)
    {
        BeaconChain chain = _host.Chain;
        Root expected = (id switch
        {
            "head" => chain.Head.State,
            "genesis" => chain.GetStateOfBlock(chain.GenesisBlockRoot)!,
            "finalized" => chain.GetCheckpointState(chain.Head.Finalized),
            "justified" => chain.GetCheckpointState(chain.Head.Justified),
            _ => chain.GetStateAtSlot(new Slot(ulong.Parse(id)))!,
        }).Clone().HashTreeRoot();
        JsonElement answer = await _host.JsonAsync(States + id + "/root");
        Assert.Equal(expected.ToString(), answer.GetProperty("data").GetProperty("root").GetString());
        Assert.Equal(finalized, answer.GetProperty("finalized").GetBoolean());
        Assert.False(answer.GetProperty("execution_optimistic").GetBoolean());
        if (chain.GetStateByRoot(expected) is not null)
        {
            Assert.Equal(expected.ToString(), (await _host.DataAsync(States + expected + "/root")).GetProperty("root").GetString());
        }
    }

    [Fact]
    public async Task Fork_and_checkpoints_are_those_of_the_state()
    {
        JsonElement fork = await _host.DataAsync(States + "head/fork");
        Assert.Equal(_host.Chain.GenesisForkVersion.ToString(), fork.GetProperty("current_version").GetString());
        Assert.Equal("0", fork.GetProperty("epoch").GetString());
        JsonElement finality = await _host.DataAsync(States + "head/finality_checkpoints");
        Assert.Equal("2", finality.GetProperty("finalized").GetProperty("epoch").GetString());
        Assert.Equal(_host.Chain.Head.Finalized.Root.ToString(), finality.GetProperty("finalized").GetProperty("root").GetString());
        Assert.Equal("3", finality.GetProperty("current_justified").GetProperty("epoch").GetString());
        Assert.Equal("2", finality.GetProperty("previous_justified").GetProperty("epoch").GetString());
        JsonElement genesis = await _host.DataAsync(States + "genesis/finality_checkpoints");
        Assert.Equal(Root.Zero.ToString(), genesis.GetProperty("finalized").GetProperty("root").GetString());
    }

    [Fact]
    public async Task Validators_are_filtered_by_index_key_and_status_by_get_and_post_alike()
    {
        JsonElement all = await _host.DataAsync(States + "head/validators");
        Assert.Equal(ChainHarness.Validators, all.GetArrayLength());
        JsonElement third = all[3];
        string pubkey = third.GetProperty("validator").GetProperty("pubkey").GetString()!;
        Assert.Equal("active_ongoing", third.GetProperty("status").GetString());
        Assert.Equal("32000000000", third.GetProperty("validator").GetProperty("effective_balance").GetString());
        Assert.Equal("18446744073709551615", third.GetProperty("validator").GetProperty("exit_epoch").GetString());
        Assert.False(third.GetProperty("validator").GetProperty("slashed").GetBoolean());

        string unknownKey = "0x" + new string('a', 96);
        Assert.Equal(["1", "3"], Indices(await _host.DataAsync($"{States}head/validators?id=1,{pubkey},1&id=99999,{unknownKey}")));
        Assert.Equal(["1"], Indices(await _host.DataAsync(States + "head/validators?id=1&status=active,pending")));
        Assert.Empty(Indices(await _host.DataAsync(States + "head/validators?status=exited_slashed,withdrawal")));
        Assert.Equal(["3", "7"], Indices(await PostAsync("head/validators", $$"""{"ids":["7","{{pubkey}}"],"statuses":["active_ongoing"]}""")));
        Assert.Equal(ChainHarness.Validators, (await PostAsync("head/validators", """{"ids":null,"statuses":null}""")).GetArrayLength());
        Assert.Equal(third.ToString(), (await _host.DataAsync(States + "head/validators/3")).ToString());
        Assert.Equal(third.ToString(), (await _host.DataAsync(States + "head/validators/" + pubkey)).ToString());
    }

    [Fact]
    public async Task Balances_are_those_of_the_state()
    {
        JsonElement some = await _host.DataAsync(States + "head/validator_balances?id=5,2");
        Assert.Equal(["2", "5"], Indices(some));
        Assert.Equal(_host.Chain.Head.State.State.Balances[2].Value.ToString(), some[0].GetProperty("balance").GetString());
        Assert.Equal(some.ToString(), (await PostAsync("head/validator_balances", """["5","2"]""")).ToString());
        Assert.Equal(ChainHarness.Validators, (await _host.DataAsync(States + "head/validator_balances")).GetArrayLength());
    }

    [Fact]
    public async Task Committees_of_an_epoch_have_every_validator_once()
    {
        JsonElement epoch = await _host.DataAsync(States + "head/committees?epoch=4");
        IEnumerable<string?> members = epoch.EnumerateArray().SelectMany(static committee => committee.GetProperty("validators").EnumerateArray().Select(static item => item.GetString()));
        Assert.Equal(Enumerable.Range(0, ChainHarness.Validators).Select(static i => $"{i}"), members.OrderBy(static index => int.Parse(index!)));
        Assert.Equal(Enumerable.Range(32, 8).Select(static slot => $"{slot}"), epoch.EnumerateArray().Select(static committee => committee.GetProperty("slot").GetString()).Distinct());
        JsonElement one = await _host.DataAsync(States + "head/committees?slot=33&index=0");
        Assert.Equal(("33", "0"), (one[0].GetProperty("slot").GetString(), one[0].GetProperty("index").GetString()));
        Assert.Equal(1, one.GetArrayLength());
        Assert.Equal(epoch.ToString(), (await _host.DataAsync(States + "head/committees")).ToString());
        Assert.Empty((await _host.DataAsync(States + "head/committees?index=63")).EnumerateArray());
    }

    [Theory]
    [InlineData("head")]
    [InlineData("finalized")]
    [InlineData("genesis")]
    public async Task A_whole_state_comes_as_ssz_and_as_json(string id)
    {
        string root = (await _host.DataAsync(States + id + "/root")).GetProperty("root").GetString()!;
        Answer ssz = await _host.GetAsync("/eth/v2/debug/beacon/states/" + id, "application/octet-stream");
        Assert.Equal(("application/octet-stream", "phase0"), (ssz.ContentType, ssz.Fork));
        Assert.Equal(root, BeaconState.Deserialize(ssz.Body, _host.Chain.Spec).HashTreeRoot().ToString());
        Answer json = await _host.GetAsync("/eth/v2/debug/beacon/states/" + id);
        Assert.Equal("phase0", json.Json.GetProperty("version").GetString());
        JsonElement data = json.Json.GetProperty("data");
        Assert.Equal(ChainHarness.Validators, data.GetProperty("validators").GetArrayLength());
        Assert.Equal(64, data.GetProperty("block_roots").GetArrayLength());
    }

    private static IEnumerable<string?> Indices(JsonElement items) => items.EnumerateArray().Select(static item => item.GetProperty("index").GetString());

    private async Task<JsonElement> PostAsync(string path, string body)
    {
        Answer answer = await _host.PostAsync(States + path, body);
        Assert.Equal(System.Net.HttpStatusCode.OK, answer.Status);
        return answer.Json.GetProperty("data");
    }
}
