using System.Net;
using System.Text;
using Beacon.Chain;
using Beacon.Ssz;
using Beacon.Types;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace Beacon.Node.Tests;

/// <summary>Starting from another node's API: a real node's, and one that lies.</summary>
public sealed class CheckpointSyncTests(FinalizedChain chain) : IClassFixture<FinalizedChain>
{
    private const string Genesis = "/eth/v1/beacon/genesis";
    private const string Spec = "/eth/v1/config/spec";
    private const string Finality = "/eth/v1/beacon/states/head/finality_checkpoints";
    private const string State = "/eth/v2/debug/beacon/states/finalized";

    private static readonly Dictionary<string, (Func<ApiHost, Tampering> Make, int Code, string Said)> Cases = new()
    {
        ["another genesis"] = (static host => Text(Genesis, host.Chain.GenesisValidatorsRoot.ToString(), Root.Zero.ToString()), ExitCodes.WrongGenesis, "is on another chain: its genesis validators root is 0x0000"),
        ["another configuration"] = (static _ => Text(Spec, "\"SHARD_COMMITTEE_PERIOD\":\"64\"", "\"SHARD_COMMITTEE_PERIOD\":\"65\""), ExitCodes.WrongGenesis, "its configuration has SHARD_COMMITTEE_PERIOD 65, ours has 64"),
        ["not a Beacon API"] = (static _ => new(Genesis, static (context, _) => context.Response.WriteAsync("<html>")), ExitCodes.BadConfiguration, "answered something unexpected"),
        ["no such route"] = (static _ => new(State, static (context, _) => Status(context, 404)), ExitCodes.BadConfiguration, "answered 404"),
        ["always busy"] = (static _ => new(State, static (context, _) => Status(context, 503)), ExitCodes.Internal, "failed 2 times"),
        ["truncated, and says so"] = (static _ => new(State, static (context, body) => Ssz(context, body.AsMemory(0, body.Length - 5))), ExitCodes.BadConfiguration, "cannot be decoded"),
        ["broken off"] = (static _ => new(State, static async (context, body) =>
        {
            context.Response.ContentLength = body.Length;
            await context.Response.Body.WriteAsync(body.AsMemory(0, body.Length / 2));
            await context.Response.Body.FlushAsync();
            context.Abort();
        }), ExitCodes.Internal, "could not be read"),
        ["JSON instead of SSZ"] = (static _ => new(State, static (context, _) =>
        {
            context.Response.ContentType = "application/json";
            return context.Response.WriteAsync("{}");
        }), ExitCodes.BadConfiguration, "answered application/json instead of application/octet-stream"),
        ["a block that is not the finalized one"] = (static host => new($"/eth/v2/beacon/blocks/{host.Chain.Head.Finalized.Root}", (context, _) => Ssz(context, host.Chain.GetBlockBytes(host.Chain.Head.Root)!)), ExitCodes.BadConfiguration, "but the finalized checkpoint is"),
        ["a checkpoint that no block has"] = (static host => Text(Finality, host.Chain.Head.Finalized.Root.ToString(), "0x" + new string('5', 64)), ExitCodes.BadConfiguration, "answered 404"),
        ["another state"] = (static host => new("/eth/v2/debug/", (context, _) => Ssz(context, Bytes(host.Chain.Head.State.State))), ExitCodes.BadConfiguration, "is not the state"),
        ["never an answer"] = (static _ => new(Finality, static (context, _) => Forever(context)), ExitCodes.Internal, "gave no complete answer"),
        ["one byte and then nothing"] = (static _ => new(State, static async (context, _) =>
        {
            await context.Response.Body.WriteAsync(new byte[1]);
            await context.Response.Body.FlushAsync();
            await Forever(context);
        }), ExitCodes.Internal, "gave no complete answer"),
        ["huge, and says so"] = (static _ => new(State, static (context, _) =>
        {
            context.Response.ContentLength = 1L << 40;
            return context.Response.Body.FlushAsync();
        }), ExitCodes.BadConfiguration, "answers more than"),
        ["endless"] = (static _ => new(State, static async (context, _) =>
        {
            while (!context.RequestAborted.IsCancellationRequested)
            {
                await context.Response.Body.WriteAsync(new byte[64 << 10], context.RequestAborted);
            }
        }), ExitCodes.BadConfiguration, "answers more than"),
    };

    public static TheoryData<string> CaseNames => [.. Cases.Keys];

    private ApiHost Host => chain.Host;

    private BeaconState GenesisState => Host.Chain.GetStateOfBlock(Host.Chain.GenesisBlockRoot)!.State;

    [Fact]
    public async Task The_anchor_of_a_node_is_its_finalized_block_with_the_state_after_it()
    {
        CheckpointAnchor? anchor = await Sync(Host.Url).FetchAsync(TestContext.Current.CancellationToken);
        Assert.Equal(Host.Chain.Head.Finalized, anchor!.Checkpoint);
        Assert.Equal(Host.Chain.Head.Slot, anchor.HeadSlot);
        Assert.Equal(anchor.Block.Message.StateRoot, anchor.State.HashTreeRoot());
    }

    [Theory]
    [MemberData(nameof(CaseNames))]
    public async Task What_is_wrong_is_said_in_one_sentence_with_the_next_step(string name)
    {
        (Func<ApiHost, Tampering> make, int code, string said) = Cases[name];
        await using TamperingServer server = await TamperingServer.StartAsync(Host.Url, make(Host));
        NodeException exception = await Assert.ThrowsAsync<NodeException>(() => Sync(server.Url, said.StartsWith("gave no", StringComparison.Ordinal) ? 0.3 : 60).FetchAsync(TestContext.Current.CancellationToken));
        Assert.Equal((code, name), (exception.ExitCode, name));
        Assert.Contains(said, exception.Message, StringComparison.Ordinal);
        Assert.Contains("--checkpoint-sync-url", exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', exception.Message);
    }

    [Fact]
    public async Task A_node_that_is_not_ready_yet_is_asked_again()
    {
        int asked = 0;
        await using TamperingServer server = await TamperingServer.StartAsync(
            Host.Url, new(State, (context, body) => Interlocked.Increment(ref asked) == 1 ? Status(context, 503) : Ssz(context, body)));
        Assert.NotNull(await Sync(server.Url).FetchAsync(TestContext.Current.CancellationToken));
        Assert.Equal(2, asked);
    }

    [Fact]
    public async Task Nobody_at_the_address_is_said_with_the_address()
    {
        NodeException exception = await Assert.ThrowsAsync<NodeException>(() => Sync(new Uri("http://127.0.0.1:1")).FetchAsync(TestContext.Current.CancellationToken));
        Assert.Equal(ExitCodes.Internal, exception.ExitCode);
        Assert.Contains("http://127.0.0.1:1/eth/v1/beacon/genesis", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_nothing_is_finalized_the_chain_starts_from_genesis()
    {
        await using ApiHost young = await ApiHost.StartAsync();
        await young.Harness.RunSlotsAsync(1, 3);
        Assert.Null(await Sync(young.Url).FetchAsync(TestContext.Current.CancellationToken));
    }

    private CheckpointSync Sync(Uri url, double patience = 60) => new(
        url, Host.Harness.Spec, GenesisState, IPAddress.Loopback,
        new CheckpointSyncLimits { Attempts = 2, Pause = TimeSpan.FromMilliseconds(1), Patience = TimeSpan.FromSeconds(patience), MaximumState = 8 << 20 },
        TimeProvider.System, NullLogger<CheckpointSync>.Instance);

    private static Tampering Text(string path, string old, string with) => new(path, (context, body) =>
    {
        string text = Encoding.UTF8.GetString(body);
        Assert.Contains(old, text, StringComparison.Ordinal);
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync(text.Replace(old, with, StringComparison.Ordinal));
    });

    private static byte[] Bytes(BeaconState state)
    {
        var bytes = new byte[state.SszSize];
        state.Serialize(bytes);
        return bytes;
    }

    private static Task Status(HttpContext context, int status)
    {
        context.Response.StatusCode = status;
        return Task.CompletedTask;
    }

    private static Task Ssz(HttpContext context, ReadOnlyMemory<byte> bytes)
    {
        context.Response.ContentType = "application/octet-stream";
        return context.Response.Body.WriteAsync(bytes).AsTask();
    }

    private static Task Forever(HttpContext context) =>
        Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted).ContinueWith(static _ => { }, TaskScheduler.Default);

    /// <summary>What a server answers instead of the truth, for paths that begin like this.</summary>
    private sealed record Tampering(string Path, Func<HttpContext, byte[], Task> Answer);

    /// <summary>A server in front of a node that changes one of its answers.</summary>
    private sealed class TamperingServer : IAsyncDisposable
    {
        private readonly WebApplication _app;
        private readonly HttpClient _http;

        private TamperingServer(WebApplication app, HttpClient http)
        {
            _app = app;
            _http = http;
        }

        public Uri Url => new(_app.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.First());

        public static async Task<TamperingServer> StartAsync(Uri node, Tampering tampering)
        {
            WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
            builder.WebHost.UseKestrelCore().ConfigureKestrel(static options => options.Listen(IPAddress.Loopback, 0));
            WebApplication app = builder.Build();
            var http = new HttpClient { BaseAddress = node };
            app.Run(async context =>
            {
                using var request = new HttpRequestMessage(HttpMethod.Get, context.Request.Path + context.Request.QueryString);
                request.Headers.TryAddWithoutValidation("Accept", context.Request.Headers.Accept.ToString());
                using HttpResponseMessage response = await http.SendAsync(request, context.RequestAborted);
                byte[] body = await response.Content.ReadAsByteArrayAsync(context.RequestAborted);
                if (context.Request.Path.Value!.StartsWith(tampering.Path, StringComparison.Ordinal))
                {
                    await tampering.Answer(context, body);
                    return;
                }

                context.Response.StatusCode = (int)response.StatusCode;
                context.Response.ContentType = response.Content.Headers.ContentType?.ToString();
                await context.Response.Body.WriteAsync(body, context.RequestAborted);
            });
            await app.StartAsync();
            return new TamperingServer(app, http);
        }

        public async ValueTask DisposeAsync()
        {
            using var now = new CancellationTokenSource(TimeSpan.FromMilliseconds(100));
            await _app.StopAsync(now.Token);
            await _app.DisposeAsync();
            _http.Dispose();
        }
    }
}
