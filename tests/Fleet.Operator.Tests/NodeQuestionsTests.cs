using System.Net;
using System.Text;
using Fleet.Operator.Probing;
using Fleet.Planning;
using Fleet.Planning.Steps;

namespace Fleet.Operator.Tests;

/// <summary>What is asked of a node that has no genesis: a bootnode never has one, another one waits for it.</summary>
public sealed class NodeQuestionsTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeSeconds(1_700_000_000);
    private static readonly NodeSnapshot Before = new() { Node = "devnet-boot-0", PodUid = "uid", At = Now };

    [Fact]
    public async Task A_bootnode_tells_its_peers()
    {
        NodeSnapshot? after = await AskAsync(peers: 4);
        Assert.Equal(4, after?.Peers);
        Assert.Null(after?.GenesisRoot);
    }

    [Fact]
    public async Task No_peer_before_the_genesis_is_no_news()
    {
        NodeSnapshot? after = await AskAsync(peers: 0);
        Assert.NotNull(after);
        Assert.Null(after.Peers);
    }

    [Fact]
    public async Task A_bootnode_that_loses_its_peers_says_so()
    {
        NodeSnapshot? after = await AskAsync(peers: 0, Before with { Peers = 3 });
        Assert.Equal(0, after?.Peers);
    }

    private static async Task<NodeSnapshot?> AskAsync(int peers, NodeSnapshot? before = null)
    {
        using var http = new HttpClient(new Bootnode(peers));
        return await new NodeQuestions(http, "127.9.9.9", TimeProvider.System).AskAsync(before ?? Before, new ChainClock(TimeSpan.FromSeconds(1), 8), Now, TestContext.Current.CancellationToken);
    }

    /// <summary>Answers as <c>beacon bootnode</c> does.</summary>
    private sealed class Bootnode(int peers) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            (HttpStatusCode code, string body) = request.RequestUri!.AbsolutePath switch
            {
                "/eth/v1/node/peer_count" => (HttpStatusCode.OK, $$$"""{"data":{"disconnected":"0","connecting":"0","connected":"{{{peers}}}","disconnecting":"0"}}"""),
                "/eth/v1/node/version" => (HttpStatusCode.OK, """{"data":{"version":"FleetOperator-beacon/1"}}"""),
                _ => (HttpStatusCode.ServiceUnavailable, """{"code":503,"message":"A bootnode has no chain; ask a node."}"""),
            };
            return Task.FromResult(new HttpResponseMessage(code) { Content = new StringContent(body, Encoding.UTF8, "application/json") });
        }
    }
}
