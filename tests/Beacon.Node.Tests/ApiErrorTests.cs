using System.Net;
using Beacon.Ssz;
using Beacon.Types;

namespace Beacon.Node.Tests;

/// <summary>What the API cannot answer: the status the standard gives it, and its error body.</summary>
public sealed class ApiErrorTests : IAsyncLifetime
{
    private const string Largest = "18446744073709551615";
    private ApiHost _host = null!;

    public async ValueTask InitializeAsync() => _host = await ApiHost.StartAsync();

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Theory]
    [InlineData(400, "beacon/states/current/root")]
    [InlineData(400, "beacon/states/0x12/root")]
    [InlineData(400, "beacon/states/-1/root")]
    [InlineData(400, "beacon/states/head/validators?id=0x12")]
    [InlineData(400, "beacon/states/head/validators?id=one")]
    [InlineData(400, "beacon/states/head/validators?status=asleep")]
    [InlineData(400, "beacon/states/head/validators/0xzz")]
    [InlineData(400, "beacon/states/head/committees?epoch=9")]
    [InlineData(400, "beacon/states/head/committees?slot=9&epoch=0")]
    [InlineData(400, "beacon/states/head/committees?epoch=" + Largest)]
    [InlineData(400, "beacon/states/head/committees?slot=" + Largest)]
    [InlineData(400, "beacon/headers?slot=first")]
    [InlineData(400, "beacon/headers?parent_root=0x12")]
    [InlineData(400, "beacon/headers/latest")]
    [InlineData(400, "beacon/pool/attestations?slot=x")]
    [InlineData(400, "events")]
    [InlineData(400, "events?topics=weather")]
    [InlineData(400, "node/peers?state=lonely")]
    [InlineData(400, "node/peers?direction=up")]
    [InlineData(400, "node/health?syncing_status=99")]
    [InlineData(400, "node/health?syncing_status=many")]
    [InlineData(400, "validator/attestation_data?committee_index=0")]
    [InlineData(400, "validator/attestation_data?slot=999&committee_index=0")]
    [InlineData(400, "validator/attestation_data?slot=" + Largest + "&committee_index=0")]
    [InlineData(400, "validator/attestation_data?slot=0&committee_index=" + Largest)]
    [InlineData(400, "validator/duties/proposer/9")]
    [InlineData(400, "validator/duties/proposer/" + Largest)]
    [InlineData(400, "validator/blocks/1")]
    [InlineData(400, "validator/blocks/1?randao_reveal=0x00")]
    [InlineData(400, "validator/aggregate_attestation?slot=1")]
    [InlineData(404, "beacon/states/999/root")]
    [InlineData(404, "beacon/states/" + Largest + "/root")]
    [InlineData(404, "beacon/states/0x0101010101010101010101010101010101010101010101010101010101010101/root")]
    [InlineData(404, "beacon/states/head/validators/99999")]
    [InlineData(404, "beacon/headers/999")]
    [InlineData(404, "beacon/blocks/0x0101010101010101010101010101010101010101010101010101010101010101")]
    [InlineData(404, "node/peers/nobody")]
    [InlineData(404, "beacon/weather")]
    [InlineData(404, "beacon/weather.json")]
    [InlineData(404, "validator/aggregate_attestation?slot=1&attestation_data_root=0x0101010101010101010101010101010101010101010101010101010101010101")]
    [InlineData(405, "validator/liveness/0")]
    public async Task A_get_that_cannot_be_answered_has_its_status_and_an_error_body(int status, string path) =>
        (await _host.GetAsync("/eth/v1/" + path)).Error(status);

    [Theory]
    [InlineData("beacon/blocks", "{}")]
    [InlineData("beacon/blocks", "")]
    [InlineData("beacon/blocks?broadcast_validation=maybe", "{}")]
    [InlineData("beacon/pool/attestations", "{}")]
    [InlineData("beacon/pool/attestations", "")]
    [InlineData("beacon/pool/attestations", "[{}]")]
    [InlineData("beacon/pool/voluntary_exits", "[]")]
    [InlineData("beacon/pool/proposer_slashings", "{\"signed_header_1\":1}")]
    [InlineData("beacon/pool/attester_slashings", "null")]
    [InlineData("beacon/states/head/validators", "[]")]
    [InlineData("beacon/states/head/validators", "{\"ids\":\"1\"}")]
    [InlineData("beacon/states/head/validators", "{\"statuses\":[\"asleep\"]}")]
    [InlineData("beacon/states/head/validator_balances", "{}")]
    [InlineData("validator/duties/attester/0", "{}")]
    [InlineData("validator/duties/attester/0", "[\"x\"]")]
    [InlineData("validator/duties/attester/0", "[")]
    [InlineData("validator/duties/attester/9", "[\"1\"]")]
    [InlineData("validator/liveness/9", "[\"1\"]")]
    [InlineData("validator/beacon_committee_subscriptions", "{}")]
    [InlineData("validator/beacon_committee_subscriptions", "[{}]")]
    [InlineData(
        "validator/beacon_committee_subscriptions",
        "[{\"validator_index\":\"1\",\"committee_index\":\"" + Largest + "\",\"committees_at_slot\":\"" + Largest + "\",\"slot\":\"" + Largest + "\",\"is_aggregator\":true}]")]
    public async Task A_post_with_a_wrong_body_is_a_bad_request(string path, string body) => (await _host.PostAsync("/eth/v1/" + path, body)).Error(400);

    [Fact]
    public async Task A_body_of_another_type_is_unsupported_and_one_of_another_fork_is_bad()
    {
        Assert.Contains("text/plain", (await _host.PostAsync("/eth/v1/beacon/pool/attestations", "[]", "text/plain")).Error(415));
        (await _host.PostAsync("/eth/v1/beacon/pool/attestations", [], "application/octet-stream")).Error(415);
        (await _host.PostAsync("/eth/v2/beacon/blocks", "{}", "text/yaml")).Error(415);
        Assert.Contains("phase0", (await _host.PostAsync("/eth/v2/beacon/blocks", "{}", fork: "deneb")).Error(400));
        (await _host.PostAsync("/eth/v2/beacon/blocks", [1, 2, 3], "application/octet-stream", "phase0")).Error(400);
        Assert.Equal(HttpStatusCode.OK, (await _host.PostAsync("/eth/v2/beacon/pool/attestations", "[]", "application/json; charset=utf-8", "phase0")).Status);
        Assert.Equal(HttpStatusCode.OK, (await _host.PostAsync("/eth/v1/beacon/pool/attestations", "[]", "")).Status);
    }

    [Theory]
    [InlineData("", "application/json")]
    [InlineData("*/*", "application/json")]
    [InlineData("application/*", "application/json")]
    [InlineData("application/json", "application/json")]
    [InlineData("application/json;q=1.0, application/octet-stream;q=0.9", "application/json")]
    [InlineData("application/octet-stream", "application/octet-stream")]
    [InlineData("application/octet-stream;q=1.0,application/json;q=0.9", "application/octet-stream")]
    [InlineData("application/json;q=0.5,*/*", "application/octet-stream")]
    [InlineData("Application/Octet-Stream, application/json", "application/octet-stream")]
    [InlineData("text/html, application/json;q=0.1", "application/json")]
    public async Task A_block_comes_in_the_encoding_that_the_client_prefers(string accept, string expected)
    {
        Answer answer = await _host.GetAsync("/eth/v2/beacon/blocks/head", accept);
        Assert.Equal((HttpStatusCode.OK, expected, "phase0"), (answer.Status, answer.ContentType, answer.Fork));
    }

    [Theory]
    [InlineData("/eth/v2/beacon/blocks/head", "text/html")]
    [InlineData("/eth/v2/beacon/blocks/head", "application/json;q=0")]
    [InlineData("/eth/v2/debug/beacon/states/head", "image/png")]
    [InlineData("/eth/v1/beacon/genesis", "application/octet-stream")]
    [InlineData("/eth/v1/validator/duties/proposer/0", "text/html;q=0.9")]
    public async Task An_encoding_that_does_not_exist_is_not_acceptable(string path, string accept) => (await _host.GetAsync(path, accept)).Error(406);

    [Fact]
    public async Task Wrong_methods_name_the_right_one()
    {
        Assert.Contains("POST", (await _host.GetAsync("/eth/v1/validator/duties/attester/0")).Error(405));
        Assert.Contains("GET", (await _host.PostAsync("/eth/v1/beacon/genesis", "{}")).Error(405));
    }

    [Fact]
    public async Task A_body_beyond_the_limit_is_too_large()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/eth/v1/beacon/pool/attestations") { Content = new ByteArrayContent(new byte[(16 << 20) + 1]) };
        request.Headers.ExpectContinue = true;
        (await _host.SendAsync(request)).Error(413);
    }

    [Fact]
    public async Task Without_a_chain_every_chain_route_is_unavailable_and_the_node_routes_answer()
    {
        _host.Context.Chain = null;
        _host.Context.IsReady = false;
        Assert.Contains("network directory", (await _host.GetAsync("/eth/v1/beacon/genesis")).Error(503));
        (await _host.GetAsync("/eth/v1/node/syncing")).Error(503);
        (await _host.PostAsync("/eth/v2/beacon/blocks", "{}")).Error(503);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await _host.GetAsync("/eth/v1/node/health")).Status);
        Assert.Equal(HttpStatusCode.OK, (await _host.GetAsync("/healthz")).Status);
        Assert.Equal(_host.Network.PeerId, (await _host.DataAsync("/eth/v1/node/identity")).GetProperty("peer_id").GetString());
        _host.Context.IsReady = true;
        Assert.Contains("bootnode", (await _host.GetAsync("/eth/v1/beacon/genesis")).Error(503));
    }

    [Fact]
    public async Task While_a_peer_is_ahead_health_is_206_and_duties_are_unavailable()
    {
        Assert.Equal(HttpStatusCode.OK, (await _host.GetAsync("/eth/v1/node/health")).Status);
        _host.Network.Statuses = [new Chain.PeerChainStatus(new Epoch(0), Root.Zero, new Slot(9), new Root([.. Enumerable.Repeat((byte)7, 32)]))];
        Assert.Equal(HttpStatusCode.PartialContent, (await _host.GetAsync("/eth/v1/node/health")).Status);
        Assert.Equal((HttpStatusCode)299, (await _host.GetAsync("/eth/v1/node/health?syncing_status=299")).Status);
        Assert.Equal("9", (await _host.DataAsync("/eth/v1/node/syncing")).GetProperty("sync_distance").GetString());
        foreach (string path in (string[])["duties/proposer/0", "attestation_data?slot=0&committee_index=0", "blocks/1", "aggregate_attestation"])
        {
            (await _host.GetAsync("/eth/v1/validator/" + path)).Error(503);
        }

        (await _host.PostAsync("/eth/v1/validator/duties/attester/0", "[\"1\"]")).Error(503);
    }
}
