using System.Net;
using System.Text;
using Fleet.Operator.Probing;
using Fleet.Planning;
using Fleet.Planning.Steps;

namespace Fleet.Operator.Tests;

/// <summary>What decisions are made from is read from an exposition that may be anything.</summary>
public sealed class NodeMetricsTests
{
    private const string Page = """
        # HELP fleet_previous_epoch_active_gwei Active stake.
        fleet_previous_epoch_active_gwei 2048000000000
        fleet_previous_epoch_target_gwei 1024000000000
        fleet_previous_epoch_head_gwei 1023000000000
        beacon_current_active_validators 64
        fleet_peers_refused_total{reason="fork_digest"} 3
        fleet_peers_refused_total{reason="genesis"} 4
        fleet_peers_refused_total_created 1e9
        fleet_node_time_seconds 1700000000.25
        """;

    private static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeSeconds(1_700_000_000);

    [Fact]
    public void Votes_refused_peers_and_the_clock_are_read()
    {
        var metrics = NodeMetrics.Of(Page);
        Assert.Equal(new VoteFacts(2_048_000_000_000, 1_024_000_000_000, 1_023_000_000_000, 64), metrics.Votes);
        Assert.Equal(7, metrics.StrayPeers);
        Assert.Equal(Now + TimeSpan.FromSeconds(0.25), metrics.Time);
    }

    [Theory]
    [InlineData("")]
    [InlineData("fleet_previous_epoch_active_gwei")]
    [InlineData("fleet_previous_epoch_active_gwei NaN\nfleet_previous_epoch_target_gwei NaN\nfleet_node_time_seconds NaN\nfleet_peers_refused_total NaN")]
    [InlineData("fleet_previous_epoch_active_gwei -1\nfleet_previous_epoch_target_gwei -2\nfleet_node_time_seconds -1\nfleet_peers_refused_total -5")]
    [InlineData("fleet_previous_epoch_active_gwei 1e30\nfleet_previous_epoch_target_gwei 1\nfleet_node_time_seconds 1e30\nfleet_peers_refused_total 1e30")]
    [InlineData("fleet_previous_epoch_active_gwei 10\nfleet_previous_epoch_target_gwei 11")]
    [InlineData("fleet_previous_epoch_active_gwei 10\nfleet_previous_epoch_target_gwei 9\nfleet_previous_epoch_head_gwei 11")]
    public void Nonsense_is_no_answer(string text) => Assert.Equal(new NodeMetrics(null, null, null, null, null), NodeMetrics.Of(text));

    private const string Exits = """
        fleet_exiting_first_epoch{slashed="false"} 0
        fleet_exiting_first_epoch{slashed="true"} 20
        fleet_exiting_gwei{slashed="false"} 0
        fleet_exiting_gwei{slashed="true"} 682000000000
        fleet_exiting_last_epoch{slashed="false"} 0
        fleet_exiting_last_epoch{slashed="true"} 30
        fleet_exiting_validators{slashed="false"} 0
        fleet_exiting_validators{slashed="true"} 22
        fleet_slashed_first_withdrawable_epoch 276
        fleet_slashed_last_withdrawable_epoch 286
        fleet_slashings_gwei 704000000000
        """;

    [Fact]
    public void Stake_on_its_way_out_is_read_where_a_node_tells_of_it()
    {
        Assert.Equal(new ExitFacts(new ExitingFacts(22, 682_000_000_000, 20, 30), default, 276, 286, 704_000_000_000), NodeMetrics.Of($"{Page}\n{Exits}").Votes!.Exits);
        VoteFacts? before = NodeMetrics.Of(Page).Votes;
        Assert.NotNull(before);
        Assert.Null(before.Exits);
    }

    [Theory]
    [InlineData("fleet_exiting_gwei{slashed=\"true\"} 682000000000", "fleet_exiting_gwei{slashed=\"true\"} 2048000000001")]
    [InlineData("fleet_exiting_gwei{slashed=\"false\"} 0", "fleet_exiting_gwei{slashed=\"false\"} 1366000000001")]
    [InlineData("fleet_exiting_validators{slashed=\"true\"} 22", "fleet_exiting_validators{slashed=\"true\"} -1")]
    [InlineData("fleet_exiting_validators{slashed=\"true\"} 22", "fleet_exiting_validators{slashed=\"true\"} 1e12")]
    [InlineData("fleet_exiting_last_epoch{slashed=\"true\"} 30", "fleet_exiting_last_epoch{slashed=\"true\"} 19")]
    [InlineData("fleet_exiting_last_epoch{slashed=\"true\"} 30", "fleet_exiting_last_epoch{slashed=\"true\"} 1e12")]
    [InlineData("fleet_exiting_first_epoch{slashed=\"true\"} 20", "fleet_exiting_first_epoch{slashed=\"true\"} -1")]
    [InlineData("fleet_slashed_first_withdrawable_epoch 276", "fleet_slashed_first_withdrawable_epoch 287")]
    [InlineData("fleet_slashed_last_withdrawable_epoch 286", "fleet_slashed_last_withdrawable_epoch NaN")]
    [InlineData("fleet_slashings_gwei 704000000000", "fleet_slashings_gwei 1e30")]
    [InlineData("fleet_slashings_gwei 704000000000", "")]
    public void Nonsense_about_exits_leaves_the_votes(string told, string nonsense)
    {
        Assert.Contains(told, Exits, StringComparison.Ordinal);
        Assert.Equal(NodeMetrics.Of(Page).Votes, NodeMetrics.Of($"{Page}\n{Exits.Replace(told, nonsense, StringComparison.Ordinal)}").Votes);
    }

    [Fact]
    public void Of_five_answers_the_one_with_the_shortest_round_trip_tells_the_skew()
    {
        var skews = new ClockSkews();
        Assert.Null(skews.Best);
        skews.Add(Now, Now + TimeSpan.FromMilliseconds(2), Now + TimeSpan.FromMilliseconds(11));
        Assert.Equal(TimeSpan.FromMilliseconds(10), skews.Best);
        for (int i = 0; i < 4; i++)
        {
            skews.Add(Now, Now + TimeSpan.FromSeconds(1), Now);
        }

        Assert.Equal(TimeSpan.FromMilliseconds(10), skews.Best);
        skews.Add(Now, Now + TimeSpan.FromMilliseconds(100), Now);
        Assert.Equal(TimeSpan.FromMilliseconds(-50), skews.Best);
    }

    [Fact]
    public async Task A_node_in_sync_is_asked_for_what_the_others_hold_to_be_final()
    {
        using var http = new HttpClient(new Node(isSyncing: false));
        NodeSnapshot? after = await AskAsync(http);
        Assert.Equal([Root(1), Root(2)], after!.Foreign);
        Assert.Equal((9, Root(5), 8, Root(6)), (after.JustifiedEpoch!.Value, after.JustifiedRoot, after.FinalizedEpoch!.Value, after.FinalizedRoot));
        Assert.Equal(7, after.StrayPeers);
        Assert.Equal(Now, after.AloneSince);
        Assert.Equal(0.5, after.Participation);
        Assert.NotNull(after.ClockSkew);
    }

    [Fact]
    public async Task A_node_that_catches_up_knows_nothing_of_it()
    {
        using var http = new HttpClient(new Node(isSyncing: true));
        Assert.Empty((await AskAsync(http))!.Foreign);
    }

    private static Task<NodeSnapshot?> AskAsync(HttpClient http)
    {
        var before = new NodeSnapshot { Node = "devnet-eu-0", PodUid = "uid", At = Now, Version = "v", Enr = "enr:", GenesisRoot = Root(9), LastSeen = Now };
        var questions = new NodeQuestions(http, "127.9.9.9", TimeProvider.System)
        {
            Others = [new SeenCheckpoint(9, Root(1)), new SeenCheckpoint(8, Root(2)), new SeenCheckpoint(9, Root(3)), new SeenCheckpoint(100, Root(4)), new SeenCheckpoint(0, Root(7))],
        };
        return questions.AskAsync(before, new ChainClock(TimeSpan.FromSeconds(1), 8), Now, TestContext.Current.CancellationToken);
    }

    private static string Root(int number) => $"0x{number:x64}";

    /// <summary>Knows block 3 as one of its chain, 1 as one beside it, and 2 not at all.</summary>
    private sealed class Node(bool isSyncing) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            string path = request.RequestUri!.AbsolutePath;
            (HttpStatusCode code, string body) = path switch
            {
                "/metrics" => (HttpStatusCode.OK, Page),
                "/eth/v1/node/peer_count" => (HttpStatusCode.OK, """{"data":{"disconnected":"0","connecting":"0","connected":"0","disconnecting":"0"}}"""),
                "/eth/v1/node/syncing" => (HttpStatusCode.OK, $$$"""{"data":{"head_slot":"80","sync_distance":"0","is_syncing":{{{(isSyncing ? "true" : "false")}}},"is_optimistic":false,"el_offline":false}}"""),
                "/eth/v1/beacon/states/head/finality_checkpoints" => (HttpStatusCode.OK, $$$$"""{"execution_optimistic":false,"finalized":false,"data":{"previous_justified":{"epoch":"8","root":"{{{{Root(6)}}}}"},"current_justified":{"epoch":"9","root":"{{{{Root(5)}}}}"},"finalized":{"epoch":"8","root":"{{{{Root(6)}}}}"}}}"""),
                _ when path == $"/eth/v1/beacon/headers/{Root(1)}" => (HttpStatusCode.OK, Header(1, canonical: false)),
                _ when path == $"/eth/v1/beacon/headers/{Root(3)}" => (HttpStatusCode.OK, Header(3, canonical: true)),
                "/eth/v1/beacon/headers/head" or "/eth/v1/beacon/headers/0" => (HttpStatusCode.OK, Header(9, canonical: true)),
                _ => (HttpStatusCode.NotFound, """{"code":404,"message":"There is no such block."}"""),
            };
            return Task.FromResult(new HttpResponseMessage(code) { Content = new StringContent(body, Encoding.UTF8, path == "/metrics" ? "text/plain" : "application/json") });
        }

        private static string Header(int number, bool canonical) =>
            $$$$"""{"execution_optimistic":false,"finalized":false,"data":{"root":"{{{{Root(number)}}}}","canonical":{{{{(canonical ? "true" : "false")}}}},"header":{"message":{"slot":"72","proposer_index":"1","parent_root":"{{{{Root(0)}}}}","state_root":"{{{{Root(0)}}}}","body_root":"{{{{Root(0)}}}}"},"signature":"0x{{{{new string('0', 192)}}}}"}}}""";
    }
}
