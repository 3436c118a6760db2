using System.Text.Json;
using Beacon.Chain.Tests;
using Beacon.Ssz;
using Beacon.Types;

namespace Beacon.Node.Tests;

public sealed class BlockRoutesTests(FinalizedChain fixture) : IClassFixture<FinalizedChain>
{
    private readonly ApiHost _host = fixture.Host;

    private Root RootAt(ulong slot) => _host.Chain.GetCanonicalRoot(new Slot(slot))!.Value;

    [Fact]
    public async Task Genesis_has_time_root_and_fork()
    {
        JsonElement genesis = await _host.DataAsync("/eth/v1/beacon/genesis");
        Assert.Equal(ChainHarness.GenesisTime.ToString(), genesis.GetProperty("genesis_time").GetString());
        Assert.Equal(_host.Chain.GenesisValidatorsRoot.ToString(), genesis.GetProperty("genesis_validators_root").GetString());
        Assert.Equal(_host.Chain.GenesisForkVersion.ToString(), genesis.GetProperty("genesis_fork_version").GetString());
    }

    [Fact]
    public async Task Headers_are_found_by_slot_by_parent_and_by_both()
    {
        JsonElement head = await _host.JsonAsync("/eth/v1/beacon/headers");
        Assert.Equal(_host.Chain.Head.Root.ToString(), Only(head).GetProperty("root").GetString());
        Assert.False(head.GetProperty("finalized").GetBoolean());
        Assert.True(Only(head).GetProperty("canonical").GetBoolean());
        Assert.Equal("35", Only(head).GetProperty("header").GetProperty("message").GetProperty("slot").GetString());

        Assert.Equal(RootAt(20).ToString(), Only(await _host.JsonAsync("/eth/v1/beacon/headers?slot=20")).GetProperty("root").GetString());
        JsonElement final = await _host.JsonAsync("/eth/v1/beacon/headers?slot=9");
        Assert.True(final.GetProperty("finalized").GetBoolean());
        Assert.Empty((await _host.DataAsync($"/eth/v1/beacon/headers?slot={FinalizedChain.Gap}")).EnumerateArray());

        // One in the tree, one across the empty slot, one that is final.
        foreach ((ulong parent, ulong child) in new[] { (33UL, 34UL), (FinalizedChain.Gap - 1, FinalizedChain.Gap + 1), (4UL, 5UL) })
        {
            JsonElement found = Only(await _host.JsonAsync($"/eth/v1/beacon/headers?parent_root={RootAt(parent)}"));
            Assert.Equal(RootAt(child).ToString(), found.GetProperty("root").GetString());
            Assert.Single((await _host.DataAsync($"/eth/v1/beacon/headers?slot={child}&parent_root={RootAt(parent)}")).EnumerateArray());
            Assert.Empty((await _host.DataAsync($"/eth/v1/beacon/headers?slot={child + 1}&parent_root={RootAt(parent)}")).EnumerateArray());
        }

        static JsonElement Only(JsonElement answer) => Assert.Single(answer.GetProperty("data").EnumerateArray());
    }

    [Theory]
    [InlineData("genesis")]
    [InlineData("finalized")]
    [InlineData("justified")]
    [InlineData("head")]
    [InlineData("12")]
    public async Task A_block_its_root_and_its_header_agree_in_both_encodings(string id)
    {
        string root = (await _host.DataAsync($"/eth/v1/beacon/blocks/{id}/root")).GetProperty("root").GetString()!;
        foreach (string version in (string[])["v1", "v2"])
        {
            Answer ssz = await _host.GetAsync($"/eth/{version}/beacon/blocks/{id}", "application/octet-stream");
            Assert.Equal(root, SignedBeaconBlock.Deserialize(ssz.Body).Message.HashTreeRoot().ToString());
            Answer json = await _host.GetAsync($"/eth/{version}/beacon/blocks/{root}");
            Assert.Equal(("phase0", "phase0"), (json.Fork, json.Json.GetProperty("version").GetString()));
            byte[] data = System.Text.Encoding.UTF8.GetBytes(json.Json.GetProperty("data").GetRawText());
            Assert.Equal(root, SszJson.FromJson<SignedBeaconBlock>(data).Message.HashTreeRoot().ToString());
        }

        JsonElement header = await _host.DataAsync($"/eth/v1/beacon/headers/{id}");
        Assert.Equal(root, header.GetProperty("root").GetString());
        byte[] message = System.Text.Encoding.UTF8.GetBytes(header.GetProperty("header").GetProperty("message").GetRawText());
        Assert.Equal(root, SszJson.FromJson<BeaconBlockHeader>(message).HashTreeRoot().ToString());
    }

    [Fact]
    public async Task Attestations_of_a_block_are_those_in_its_body()
    {
        int expected = _host.Chain.GetBlock(RootAt(20))!.Message.Body.Attestations.Length;
        Assert.True(expected > 0);
        JsonElement first = await _host.JsonAsync("/eth/v1/beacon/blocks/20/attestations");
        Assert.Equal(expected, first.GetProperty("data").GetArrayLength());
        Assert.False(first.TryGetProperty("version", out _));
        JsonElement second = await _host.JsonAsync("/eth/v2/beacon/blocks/20/attestations");
        Assert.Equal("phase0", second.GetProperty("version").GetString());
        Assert.Equal("19", second.GetProperty("data")[0].GetProperty("data").GetProperty("slot").GetString());
    }

    [Fact]
    public async Task Pools_show_what_waits_for_a_block()
    {
        JsonElement all = await _host.DataAsync("/eth/v1/beacon/pool/attestations");
        Assert.True(all.GetArrayLength() > 0);
        JsonElement last = await _host.JsonAsync($"/eth/v2/beacon/pool/attestations?slot={FinalizedChain.Last}");
        Assert.Equal("phase0", last.GetProperty("version").GetString());
        Assert.All(last.GetProperty("data").EnumerateArray(), static item => Assert.Equal("35", item.GetProperty("data").GetProperty("slot").GetString()));
        Assert.Empty((await _host.DataAsync("/eth/v1/beacon/pool/attestations?committee_index=63")).EnumerateArray());
        foreach (string pool in (string[])["v1/beacon/pool/voluntary_exits", "v1/beacon/pool/proposer_slashings", "v1/beacon/pool/attester_slashings", "v2/beacon/pool/attester_slashings"])
        {
            Assert.Empty((await _host.DataAsync("/eth/" + pool)).EnumerateArray());
        }
    }

    [Fact]
    public async Task The_tree_of_blocks_shows_heads_parents_and_weights()
    {
        Assert.Equal(_host.Chain.Head.Root.ToString(), Assert.Single((await _host.DataAsync("/eth/v2/debug/beacon/heads")).EnumerateArray()).GetProperty("root").GetString());
        JsonElement tree = await _host.JsonAsync("/eth/v1/debug/fork_choice");
        Assert.Equal("2", tree.GetProperty("finalized_checkpoint").GetProperty("epoch").GetString());
        Assert.Equal("3", tree.GetProperty("justified_checkpoint").GetProperty("epoch").GetString());
        JsonElement[] nodes = [.. tree.GetProperty("fork_choice_nodes").EnumerateArray()];
        Assert.Equal(_host.Chain.Head.Finalized.Root.ToString(), nodes[0].GetProperty("block_root").GetString());
        HashSet<string?> roots = [.. nodes.Select(static node => node.GetProperty("block_root").GetString())];
        Assert.All(nodes[1..], node => Assert.Contains(node.GetProperty("parent_root").GetString(), roots));
        Assert.True(ulong.Parse(nodes[1].GetProperty("weight").GetString()!) > 0);
        Assert.All(nodes, static node => Assert.Equal("valid", node.GetProperty("validity").GetString()));
    }

    [Fact]
    public async Task Configuration_is_complete_and_all_text()
    {
        JsonElement spec = await _host.DataAsync("/eth/v1/config/spec");
        Assert.All(spec.EnumerateObject(), static pair => Assert.Equal(JsonValueKind.String, pair.Value.ValueKind));
        Assert.Equal("8", spec.GetProperty("SLOTS_PER_EPOCH").GetString());
        Assert.Equal("1000", spec.GetProperty("SLOT_DURATION_MS").GetString());
        Assert.Equal("32000000000", spec.GetProperty("MAX_EFFECTIVE_BALANCE").GetString());
        Assert.Equal("0x00000000", spec.GetProperty("DOMAIN_BEACON_PROPOSER").GetString());
        JsonElement fork = Assert.Single((await _host.DataAsync("/eth/v1/config/fork_schedule")).EnumerateArray());
        Assert.Equal(fork.GetProperty("previous_version").GetString(), fork.GetProperty("current_version").GetString());
        JsonElement contract = await _host.DataAsync("/eth/v1/config/deposit_contract");
        Assert.NotEqual("1", contract.GetProperty("chain_id").GetString());
        Assert.StartsWith("0x", contract.GetProperty("address").GetString());
    }

    [Fact]
    public async Task Identity_peers_and_version_are_those_of_the_node()
    {
        JsonElement identity = await _host.DataAsync("/eth/v1/node/identity");
        Assert.EndsWith("/p2p/" + _host.Network.PeerId, identity.GetProperty("p2p_addresses")[0].GetString());
        Assert.Equal("3", identity.GetProperty("metadata").GetProperty("seq_number").GetString());
        Assert.Equal("0x2000000000000000", identity.GetProperty("metadata").GetProperty("attnets").GetString());
        JsonElement peers = await _host.JsonAsync("/eth/v1/node/peers?state=connected&direction=outbound");
        Assert.Equal(1, peers.GetProperty("meta").GetProperty("count").GetInt32());
        Assert.Equal("two", peers.GetProperty("data")[0].GetProperty("peer_id").GetString());
        Assert.Equal("inbound", (await _host.DataAsync("/eth/v1/node/peers/one")).GetProperty("direction").GetString());
        JsonElement count = await _host.DataAsync("/eth/v1/node/peer_count");
        Assert.Equal(("2", "1", "0"), (count.GetProperty("connected").GetString(), count.GetProperty("disconnected").GetString(), count.GetProperty("connecting").GetString()));
        Assert.StartsWith("FleetOperator-beacon/", (await _host.DataAsync("/eth/v1/node/version")).GetProperty("version").GetString());
        JsonElement syncing = await _host.DataAsync("/eth/v1/node/syncing");
        Assert.Equal(("35", "0", false), (syncing.GetProperty("head_slot").GetString(), syncing.GetProperty("sync_distance").GetString(), syncing.GetProperty("is_syncing").GetBoolean()));
    }
}
