using System.Net;
using System.Text;
using System.Text.Json;
using Beacon.Types;

namespace Beacon.ApiClient.Tests;

public sealed class ClientTests
{
    [Fact]
    public async Task An_error_carries_status_message_and_failures()
    {
        using HttpClient http = Answering(HttpStatusCode.BadRequest, """{"code":400,"message":"some failed","failures":[{"index":2,"message":"bad signature"}]}""");
        BeaconApiException exception = await Assert.ThrowsAsync<BeaconApiException>(() => Client(http).PublishAttestationsAsync([Samples.Attestation], Token));
        Assert.Equal(HttpStatusCode.BadRequest, exception.StatusCode);
        Assert.Equal(2, Assert.Single(exception.Error!.Failures!).Index);
        Assert.Contains("some failed; item 2: bad signature", exception.Message, StringComparison.Ordinal);
        Assert.Contains("http://node:5052/eth/v1/beacon/pool/attestations", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(404, true, false)]
    [InlineData(503, false, true)]
    public async Task Not_found_and_unavailable_are_told_apart(int status, bool notFound, bool unavailable)
    {
        using HttpClient http = Answering((HttpStatusCode)status, "<html>no JSON</html>");
        BeaconApiException exception = await Assert.ThrowsAsync<BeaconApiException>(() => Client(http).GetGenesisAsync(Token));
        Assert.Equal(notFound, exception.IsNotFound);
        Assert.Equal(unavailable, exception.IsUnavailable);
        Assert.Null(exception.Error);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("{\"data\":null}")]
    [InlineData("{\"data\":{\"genesis_time\":\"1\"}}")]
    [InlineData("{\"data\":{\"genesis_time\":\"-1\",\"genesis_validators_root\":\"0x00\",\"genesis_fork_version\":\"0x00000000\"}}")]
    [InlineData("{\"data\":")]
    public async Task An_answer_of_another_form_is_an_error_of_the_node(string body)
    {
        using HttpClient http = Answering(HttpStatusCode.OK, body);
        BeaconApiException exception = await Assert.ThrowsAsync<BeaconApiException>(() => Client(http).GetGenesisAsync(Token));
        Assert.Null(exception.StatusCode);
        Assert.Contains("unexpected", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unreachable_node_and_a_cancelled_caller_are_told_apart()
    {
        using var refused = new HttpClient(new ScriptedHandler(static _ => throw new HttpRequestException("Connection refused")));
        BeaconApiException exception = await Assert.ThrowsAsync<BeaconApiException>(() => Client(refused).GetSyncingAsync(Token));
        Assert.Contains("Connection refused", exception.Message, StringComparison.Ordinal);

        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        using HttpClient http = Answering(HttpStatusCode.OK, "{}");
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Client(http).GetSyncingAsync(cancelled.Token));

        using var late = new HttpClient(new ScriptedHandler(static _ => throw new TaskCanceledException("late", new TimeoutException())));
        exception = await Assert.ThrowsAsync<BeaconApiException>(() => Client(late).GetSyncingAsync(Token));
        Assert.Contains("no answer in time", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(200)]
    [InlineData(206)]
    [InlineData(503)]
    public async Task Health_is_a_status_and_never_an_exception(int status)
    {
        using HttpClient http = Answering((HttpStatusCode)status, "");
        Assert.Equal(status, await Client(http).GetHealthAsync(Token));
    }

    [Fact]
    public async Task A_path_in_the_base_address_is_kept()
    {
        using var handler = new ScriptedHandler(static _ => new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent("""{"data":{"version":"x"}}""") });
        using var http = new HttpClient(handler);
        Assert.Equal("x", await new BeaconApiClient(http, new Uri("http://proxy/pods/a")).GetVersionAsync(Token));
        Assert.Equal("/pods/a/eth/v1/node/version", handler.PathAndQuery);
    }

    [Fact]
    public async Task Unknown_members_and_order_do_not_matter()
    {
        using HttpClient http = Answering(HttpStatusCode.OK, """{"new":{"a":[1]},"data":{"future":1,"head_slot":"5","sync_distance":"0","is_syncing":false},"finalized":true}""");
        SyncingStatus status = await Client(http).GetSyncingAsync(Token);
        Assert.Equal(new Slot(5), status.HeadSlot);
    }

    [Fact]
    public async Task A_state_is_read_from_SSZ_and_from_JSON()
    {
        BeaconState state = BeaconState.CreateDefault(ChainSpec.Minimal);
        state.Slot = new Slot(9);
        byte[] ssz = new byte[state.SszSize];
        state.Serialize(ssz);
        using var handler = new ScriptedHandler(_ => new HttpResponseMessage(HttpStatusCode.OK) { Content = new ByteArrayContent(ssz) });
        using var http = new HttpClient(handler);
        BeaconState read = await Client(http).GetStateAsync("head", ChainSpec.Minimal, Token);
        Assert.Equal(state.HashTreeRoot(), read.HashTreeRoot());

        var output = new System.Buffers.ArrayBufferWriter<byte>();
        Json.Envelope.Write(output, new Json.ApiMetadata { Version = Routes.Phase0 }, state.WriteJson);
        using HttpClient json = Answering(HttpStatusCode.OK, Encoding.UTF8.GetString(output.WrittenSpan));
        Json.ApiResponse<BeaconState> response = await Client(json).GetStateJsonAsync("head", ChainSpec.Minimal, Token);
        Assert.Equal(state.HashTreeRoot(), response.Data.HashTreeRoot());
        Assert.Equal(Routes.Phase0, response.Metadata.Version);

        using HttpClient damaged = Answering(HttpStatusCode.OK, "no state");
        await Assert.ThrowsAsync<BeaconApiException>(() => Client(damaged).GetStateAsync("head", ChainSpec.Minimal, Token));
    }

    [Fact]
    public async Task Events_are_read_until_the_stream_ends()
    {
        BeaconEvent[] sent =
        [
            new BeaconEvent.Head(new HeadEvent
            {
                Slot = new Slot(41), Block = Samples.Root(1), State = Samples.Root(2), EpochTransition = true,
                PreviousDutyDependentRoot = Samples.Root(3), CurrentDutyDependentRoot = Samples.Root(4),
            }),
            new BeaconEvent.Block(new BlockEvent { Slot = new Slot(41), Block = Samples.Root(1) }),
            new BeaconEvent.AttestationReceived(Samples.Attestation),
            new BeaconEvent.ExitReceived(Samples.Exit),
            new BeaconEvent.FinalizedCheckpoint(new FinalizedCheckpointEvent { Block = Samples.Root(1), State = Samples.Root(2), Epoch = new Epoch(3) }),
            new BeaconEvent.ChainReorg(new ChainReorgEvent
            {
                Slot = new Slot(41), Depth = 2, OldHeadBlock = Samples.Root(1), NewHeadBlock = Samples.Root(2),
                OldHeadState = Samples.Root(3), NewHeadState = Samples.Root(4), Epoch = new Epoch(5),
            }),
        ];
        var stream = new StringBuilder(": comment\n\nevent: unheard_of\ndata: {}\n\n");
        foreach (BeaconEvent happened in sent)
        {
            var output = new System.Buffers.ArrayBufferWriter<byte>();
            using (var writer = new Utf8JsonWriter(output))
            {
                happened.WriteData(writer);
            }

            stream.Append("event: ").Append(happened.Topic).Append("\ndata: ").Append(Encoding.UTF8.GetString(output.WrittenSpan)).Append("\n\n");
        }

        using var handler = new ScriptedHandler(_ => new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent(stream.ToString()) });
        using var http = new HttpClient(handler);
        var received = new List<BeaconEvent>();
        await foreach (BeaconEvent happened in Client(http).ListenAsync(EventTopics.All, Token))
        {
            received.Add(happened);
        }

        Assert.Equal(sent, received);
        Assert.Equal(EventTopics.All, sent.Select(static happened => happened.Topic));
        Assert.Equal(
            "/eth/v1/events?topics=head&topics=block&topics=attestation&topics=voluntary_exit&topics=finalized_checkpoint&topics=chain_reorg", handler.PathAndQuery);
    }

    [Theory]
    [InlineData(HttpStatusCode.BadRequest, "{\"code\":400,\"message\":\"no such topic\"}", "no such topic")]
    [InlineData(HttpStatusCode.OK, "event: head\ndata: {}\n\n", "cannot be read")]
    public async Task A_refused_or_damaged_stream_is_an_error(HttpStatusCode status, string body, string reason)
    {
        using HttpClient http = Answering(status, body);
        BeaconApiException exception = await Assert.ThrowsAsync<BeaconApiException>(async () =>
        {
            await foreach (BeaconEvent happened in Client(http).ListenAsync([EventTopics.Head], Token))
            {
                Assert.Fail(happened.Topic);
            }
        });
        Assert.Contains(reason, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_status_follows_from_record_and_epoch()
    {
        Validator validator = Samples.Validator.Validator;
        var pending = validator with { ActivationEligibilityEpoch = Epoch.FarFuture, ActivationEpoch = Epoch.FarFuture };
        var exiting = validator with { ExitEpoch = new Epoch(10), WithdrawableEpoch = new Epoch(20) };
        var gwei = new Gwei(1);
        Assert.Equal(ValidatorStatus.PendingInitialized, ValidatorStatuses.Of(pending, gwei, new Epoch(5)));
        Assert.Equal(ValidatorStatus.PendingQueued, ValidatorStatuses.Of(pending with { ActivationEligibilityEpoch = new Epoch(1) }, gwei, new Epoch(5)));
        Assert.Equal(ValidatorStatus.ActiveOngoing, ValidatorStatuses.Of(validator, gwei, new Epoch(5)));
        Assert.Equal(ValidatorStatus.ActiveExiting, ValidatorStatuses.Of(exiting, gwei, new Epoch(5)));
        Assert.Equal(ValidatorStatus.ActiveSlashed, ValidatorStatuses.Of(exiting with { Slashed = true }, gwei, new Epoch(5)));
        Assert.Equal(ValidatorStatus.ExitedUnslashed, ValidatorStatuses.Of(exiting, gwei, new Epoch(15)));
        Assert.Equal(ValidatorStatus.ExitedSlashed, ValidatorStatuses.Of(exiting with { Slashed = true }, gwei, new Epoch(15)));
        Assert.Equal(ValidatorStatus.WithdrawalPossible, ValidatorStatuses.Of(exiting, gwei, new Epoch(20)));
        Assert.Equal(ValidatorStatus.WithdrawalDone, ValidatorStatuses.Of(exiting, default, new Epoch(20)));
        Assert.True(ValidatorStatus.ActiveOngoing.Matches("active"));
        Assert.True(ValidatorStatus.ActiveOngoing.Matches("active_ongoing"));
        Assert.False(ValidatorStatus.ActiveOngoing.Matches("active_exiting"));
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static BeaconApiClient Client(HttpClient http) => new(http, new Uri("http://node:5052"));

    private static HttpClient Answering(HttpStatusCode status, string body) =>
        new(new ScriptedHandler(_ => new HttpResponseMessage(status) { Content = new StringContent(body) }));
}
