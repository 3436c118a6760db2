using Fleet.Planning.Children;

namespace Fleet.Planning.Tests;

public sealed class IterationRecordTests
{
    [Fact]
    public void Keys_are_shared_in_the_order_of_pools_and_ordinals_without_gap_or_overlap()
    {
        var world = new PlanWorld("three-pools.yaml");
        var record = IterationRecord.Begin(world.Testnet, 1, "m", "f");
        Assert.Equal([15, 15, 15, 15, 15, 15, 10], record.Assignment.Ranges.Select(range => range.Count));
        int next = 0;
        foreach (KeyRange range in record.Assignment.Ranges)
        {
            Assert.Equal(next, range.First);
            next += range.Count;
        }

        Assert.Equal(100, next);
        Assert.Equal("trinet-archive-0", record.Assignment.Ranges[^1].Node);
        Assert.Equal("90-99", record.Assignment.Ranges[^1].ToString());
    }

    [Fact]
    public void A_record_survives_its_config_map()
    {
        var world = new PlanWorld();
        var record = IterationRecord.Begin(world.Testnet, 3, "devnet-mnemonic", "f");
        IterationRecord? read = IterationRecord.FromData(IterationMaps.Assignment(world.Testnet, record).Data);
        Assert.NotNull(read);
        Assert.Equal(record.Assignment.Ranges, read.Assignment.Ranges);
        Assert.Equal(record.Parameters.ProtocolId, read.Parameters.ProtocolId);
        Assert.Equal(record.Parameters.Config["SLOT_DURATION_MS"], read.Parameters.Config["SLOT_DURATION_MS"]);
        Assert.Empty(read.PendingFields(world.Testnet));
        Assert.Contains("\"ranges\":[{\"node\":\"devnet-eu-0\",\"pool\":\"eu\",\"ordinal\":0,\"first\":0,\"count\":16}", record.ToData()["assignment.json"]);
    }

    [Fact]
    public void Protocol_ids_differ_between_testnets_and_iterations()
    {
        var one = new PlanWorld();
        var other = new PlanWorld();
        other.Testnet.Metadata.Uid = "99999999-2222-3333-4444-555555555555";
        string[] ids = [IterationRecord.ProtocolId(one.Testnet, 1), IterationRecord.ProtocolId(one.Testnet, 2), IterationRecord.ProtocolId(other.Testnet, 1)];
        Assert.Equal(3, ids.Distinct().Count());
        Assert.All(ids, id => Assert.Matches("^/fleet/devnet-[0-9a-f]{6}/[12]$", id));
        one.Testnet.Spec.Network.ProtocolId = "standard";
        Assert.Equal("standard", IterationRecord.ProtocolId(one.Testnet, 2));
    }

    [Fact]
    public void The_budget_keeps_evictions_under_a_third_whichever_nodes_they_take()
    {
        Assert.Equal(1, DisruptionBudgetBuilder.MaxUnavailable(IterationRecord.Begin(new PlanWorld().Testnet, 1, "m", "f")));
        Assert.Equal(2, DisruptionBudgetBuilder.MaxUnavailable(IterationRecord.Begin(new PlanWorld("three-pools.yaml").Testnet, 1, "m", "f")));
        var concentrated = new PlanWorld();
        concentrated.Testnet.Spec.Pools[0].Replicas = 2;
        Assert.Equal(0, DisruptionBudgetBuilder.MaxUnavailable(IterationRecord.Begin(concentrated.Testnet, 1, "m", "f")));
    }

    [Fact]
    public void Peer_ids_are_those_of_the_compressed_key()
    {
        string? id = PeerIdentity.FromHex("0000000000000000000000000000000000000000000000000000000000000001");
        Assert.StartsWith("16Uiu2HA", id);
        Assert.Equal(id, PeerIdentity.FromHex(" 0000000000000000000000000000000000000000000000000000000000000001\n"));
        Assert.Null(PeerIdentity.FromHex("00"));
        Assert.Null(PeerIdentity.FromHex(new string('z', 64)));
    }
}
