using System.Runtime.CompilerServices;
using System.Text.Json;
using Beacon.Chain;
using Beacon.Chain.Tests;
using Beacon.Ssz;
using Beacon.Types;

namespace Beacon.Node.Tests;

public sealed class EventRoutesTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Head_events_name_the_blocks_that_the_duties_depend_on()
    {
        await using ApiHost host = await ApiHost.StartAsync();
        await using EventStream stream = await EventStream.OpenAsync(host, "head");
        await host.Harness.RunSlotsAsync(1, 25, static _ => false);
        for (ulong slot = 1; slot <= 25; slot++)
        {
            (string topic, JsonElement head) = await stream.NextAsync();
            Assert.Equal(("head", $"{slot}"), (topic, head.GetProperty("slot").GetString()));
            Assert.Equal(host.Chain.GetCanonicalRoot(new Slot(slot)).ToString(), head.GetProperty("block").GetString());
            Assert.Equal(host.Chain.GetBlock(host.Chain.GetCanonicalRoot(new Slot(slot))!.Value)!.Message.StateRoot.ToString(), head.GetProperty("state").GetString());
            Assert.Equal(slot % 8 == 0, head.GetProperty("epoch_transition").GetBoolean());

            // The last block before the previous epoch, and before the head's; genesis where there is none.
            ulong epoch = slot / 8;
            Assert.Equal(LastBefore(epoch is 0 ? 0 : epoch - 1), head.GetProperty("previous_duty_dependent_root").GetString());
            Assert.Equal(LastBefore(epoch), head.GetProperty("current_duty_dependent_root").GetString());
        }

        // The same roots as those of the duties, or a client would fetch them again and again.
        Answer duties = await host.PostAsync("/eth/v1/validator/duties/attester/3", """["1"]""");
        Assert.Equal(LastBefore(2), duties.Json.GetProperty("dependent_root").GetString());
        duties = await host.PostAsync("/eth/v1/validator/duties/attester/4", """["1"]""");
        Assert.Equal(LastBefore(3), duties.Json.GetProperty("dependent_root").GetString());

        string LastBefore(ulong epoch) => (epoch == 0 ? host.Chain.GenesisBlockRoot : host.Chain.GetCanonicalRoot(new Slot((epoch * 8) - 1))!.Value).ToString();
    }

    [Fact]
    public async Task Blocks_attestations_and_finality_are_told()
    {
        await using ApiHost host = await ApiHost.StartAsync();
        await using EventStream blocks = await EventStream.OpenAsync(host, "block,block_gossip");
        await using EventStream votes = await EventStream.OpenAsync(host, "attestation");
        await using EventStream finality = await EventStream.OpenAsync(host, "finalized_checkpoint&topics=light_client_finality_update");
        await host.Harness.RunSlotsAsync(1, 1);
        (string Topic, JsonElement Data) gossip = await blocks.NextAsync();
        (string Topic, JsonElement Data) block = await blocks.NextAsync();
        Assert.Equal(("block_gossip", "block"), (gossip.Topic, block.Topic));
        Assert.Equal(host.Chain.Head.Root.ToString(), block.Data.GetProperty("block").GetString());
        Assert.Equal(host.Chain.Head.Root.ToString(), gossip.Data.GetProperty("block").GetString());
        Assert.False(block.Data.GetProperty("execution_optimistic").GetBoolean());
        (_, JsonElement vote) = await votes.NextAsync();
        Assert.Equal("1", vote.GetProperty("data").GetProperty("slot").GetString());
        Assert.StartsWith("0x", vote.GetProperty("aggregation_bits").GetString());

        await host.Harness.RunSlotsAsync(2, 33);
        (string topic, JsonElement finalized) = await finality.NextAsync();
        Checkpoint checkpoint = host.Chain.Head.Finalized;
        Assert.Equal(("finalized_checkpoint", "2", checkpoint.Root.ToString()), (topic, finalized.GetProperty("epoch").GetString(), finalized.GetProperty("block").GetString()));
        Assert.Equal(host.Chain.GetBlock(checkpoint.Root)!.Message.StateRoot.ToString(), finalized.GetProperty("state").GetString());
    }

    [Fact]
    public async Task A_reorganisation_names_both_heads_and_its_depth()
    {
        await using ApiHost host = await ApiHost.StartAsync();
        await using ChainHarness other = ChainHarness.Start();
        await using EventStream stream = await EventStream.OpenAsync(host, "chain_reorg");
        await host.Harness.RunSlotsAsync(1, 2, static validator => validator.Value < 4);
        ChainHead old = host.Chain.Head;
        other.MoveTo(2);
        foreach (ulong slot in new ulong[] { 3, 4 })
        {
            other.MoveTo(slot);
            Assert.True((await other.Chain.ImportAsync(other.Propose(slot, graffiti: 9), CancellationToken.None)).IsInChain);
            other.MoveTo(slot, 400);
            foreach (Attestation attestation in other.Attest(slot))
            {
                await other.Chain.PublishAsync(attestation, CancellationToken.None);
            }
        }

        other.MoveTo(5);
        host.Harness.MoveTo(5);
        Assert.True((await other.Chain.ImportAsync(other.Propose(5, graffiti: 9), CancellationToken.None)).IsInChain);
        foreach ((_, Root root) in other.Chain.GetCanonicalRoots(new Slot(1), 10))
        {
            Assert.True((await host.Chain.ImportAsync(other.Chain.GetBlock(root)!, CancellationToken.None)).IsInChain);
        }

        (_, JsonElement reorg) = await stream.NextAsync();
        Assert.Equal(("2", "0"), (reorg.GetProperty("depth").GetString(), reorg.GetProperty("epoch").GetString()));
        Assert.Equal((old.Root.ToString(), old.StateRoot.ToString()), (reorg.GetProperty("old_head_block").GetString(), reorg.GetProperty("old_head_state").GetString()));
        Assert.NotEqual(old.Root.ToString(), reorg.GetProperty("new_head_block").GetString());
        string slotOfHead = (await host.DataAsync("/eth/v1/beacon/headers/" + reorg.GetProperty("new_head_block").GetString())).GetProperty("header").GetProperty("message").GetProperty("slot").GetString()!;
        Assert.Equal(slotOfHead, reorg.GetProperty("slot").GetString());
    }

    [Fact]
    public async Task A_slashing_sent_to_the_node_is_told_and_shown_in_its_pool()
    {
        await using ApiHost host = await ApiHost.StartAsync();
        await using EventStream stream = await EventStream.OpenAsync(host, "proposer_slashing");
        await host.Harness.RunSlotsAsync(1, 1);
        SignedBeaconBlock first = host.Chain.GetBlock(host.Chain.Head.Root)!;
        var slashing = new ProposerSlashing { SignedHeader1 = first.ToHeader(), SignedHeader2 = host.Harness.Sign(first.Message with { StateRoot = Root.Zero }).ToHeader() };
        Assert.Contains("not taken", (await host.PostAsync("/eth/v1/beacon/pool/proposer_slashings", (slashing with { SignedHeader2 = slashing.SignedHeader1 }).ToJson())).Error(400), StringComparison.Ordinal);
        Assert.Equal(System.Net.HttpStatusCode.OK, (await host.PostAsync("/eth/v1/beacon/pool/proposer_slashings", slashing.ToJson())).Status);
        (_, JsonElement told) = await stream.NextAsync();
        Assert.Equal(slashing.ToJson(), told.GetRawText());
        Assert.Equal(slashing.ToJson(), Assert.Single((await host.DataAsync("/eth/v1/beacon/pool/proposer_slashings")).EnumerateArray()).GetRawText());
    }

    [Fact]
    public async Task Streams_end_when_the_server_stops()
    {
        ApiHost host = await ApiHost.StartAsync();
        await using EventStream stream = await EventStream.OpenAsync(host, "head");
        await host.DisposeAsync();
        await Assert.ThrowsAnyAsync<Exception>(stream.NextAsync);
    }

    /// <summary>An open event stream, read event by event.</summary>
    private sealed class EventStream : IAsyncDisposable
    {
        private readonly HttpClient _http;
        private readonly HttpResponseMessage _response;
        private readonly IAsyncEnumerator<(string Topic, JsonElement Data)> _events;

        private EventStream(HttpClient http, HttpResponseMessage response, Stream stream)
        {
            _http = http;
            _response = response;
            _events = ReadAsync(stream).GetAsyncEnumerator();
        }

        public static async Task<EventStream> OpenAsync(ApiHost host, string topics)
        {
            var http = new HttpClient { BaseAddress = host.Url };
            HttpResponseMessage response = await http.GetAsync("/eth/v1/events?topics=" + topics, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
            Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
            return new EventStream(http, response, await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));
        }

        public async Task<(string Topic, JsonElement Data)> NextAsync() =>
            await _events.MoveNextAsync().AsTask().WaitAsync(Patience) ? _events.Current : throw new EndOfStreamException("The stream of events ended.");

        public async ValueTask DisposeAsync()
        {
            _response.Dispose();
            _http.Dispose();
            await ValueTask.CompletedTask;
        }

        private static async IAsyncEnumerable<(string Topic, JsonElement Data)> ReadAsync(Stream stream, [EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            using var reader = new StreamReader(stream);
            string topic = "";
            while (await reader.ReadLineAsync(cancellationToken) is { } line)
            {
                if (line.StartsWith("event: ", StringComparison.Ordinal))
                {
                    topic = line["event: ".Length..];
                }
                else if (line.StartsWith("data: ", StringComparison.Ordinal))
                {
                    yield return (topic, JsonSerializer.Deserialize<JsonElement>(line["data: ".Length..]));
                }
            }
        }
    }
}
