using System.Net;
using System.Text;
using Fleet.Operator.Probing;
using Fleet.Planning;
using Fleet.Planning.Steps;

namespace Fleet.Operator.Tests;

/// <summary>The formats of a node's database, which it tells with its metrics.</summary>
public sealed class DatabaseFormatQuestionTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeSeconds(1_700_000_000);
    private static readonly NodeSnapshot Before = new() { Node = "devnet-eu-0", PodUid = "uid", At = Now };

    [Theory]
    [InlineData("fleet_database_format 1\nfleet_database_format_newest 2\n", 1, 2)]
    [InlineData("fleet_database_format 2\n", 2, null)]
    [InlineData("fleet_database_format -1\nfleet_database_format_newest 1e300\n", null, null)]
    [InlineData("fleet_database_format NaN\nfleet_database_format_newest banana\n", null, null)]
    [InlineData(null, null, null)]
    public async Task A_node_tells_them_with_its_metrics(string? metrics, int? used, int? newest)
    {
        NodeSnapshot after = await AskAsync(metrics, Before);
        Assert.Equal((80, used, newest), (after.HeadSlot, after.DatabaseFormat, after.NewestDatabaseFormat));
    }

    [Fact]
    public async Task What_was_told_is_kept_when_the_metrics_are_silent_and_news_are_told_on()
    {
        NodeSnapshot first = await AskAsync("fleet_database_format 1\nfleet_database_format_newest 2\n", Before);
        NodeSnapshot second = await AskAsync(null, first with { FinalizedEpoch = null });
        Assert.Equal((1, 2), (second.DatabaseFormat, second.NewestDatabaseFormat));
        Assert.True(NodeProbe.IsTransition(second with { DatabaseFormat = 2 }, second));
        Assert.True(NodeProbe.IsTransition(second with { NewestDatabaseFormat = null }, second));
        Assert.False(NodeProbe.IsTransition(second, second with { Participation = 0.5 }));
    }

    private static async Task<NodeSnapshot> AskAsync(string? metrics, NodeSnapshot before)
    {
        using var http = new HttpClient(new Node(metrics));
        NodeSnapshot? after = await new NodeQuestions(http, "127.9.9.9", TimeProvider.System).AskAsync(before, new ChainClock(TimeSpan.FromSeconds(1), 8), Now, TestContext.Current.CancellationToken);
        Assert.NotNull(after);
        return after;
    }

    /// <summary>A node at slot 80 that has finalized epoch 8.</summary>
    private sealed class Node(string? metrics) : HttpMessageHandler
    {
        private static readonly string Root = "0x" + new string('a', 64);

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            string? body = request.RequestUri!.AbsolutePath switch
            {
                "/metrics" => metrics,
                "/eth/v1/node/syncing" => """{"data":{"head_slot":"80","sync_distance":"0","is_syncing":false,"is_optimistic":false,"el_offline":false}}""",
                "/eth/v1/beacon/states/head/finality_checkpoints" =>
                    $$$$"""{"execution_optimistic":false,"finalized":false,"data":{"previous_justified":{"epoch":"8","root":"{{{{Root}}}}"},"current_justified":{"epoch":"9","root":"{{{{Root}}}}"},"finalized":{"epoch":"8","root":"{{{{Root}}}}"}}}""",
                "/eth/v1/beacon/headers/0" or "/eth/v1/beacon/headers/head" =>
                    $$$$"""{"execution_optimistic":false,"finalized":false,"data":{"root":"{{{{Root}}}}","canonical":true,"header":{"message":{"slot":"80","proposer_index":"0","parent_root":"{{{{Root}}}}","state_root":"{{{{Root}}}}","body_root":"{{{{Root}}}}"},"signature":"0x{{{{new string('0', 192)}}}}"}}}""",
                _ => null,
            };
            return Task.FromResult(body is null
                ? new HttpResponseMessage(HttpStatusCode.NotFound) { Content = new StringContent("""{"code":404,"message":"No."}""", Encoding.UTF8, "application/json") }
                : new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent(body, Encoding.UTF8, "application/json") });
        }
    }
}
