using System.Text.Json;
using Beacon.Chain;
using Beacon.Ssz;
using Beacon.Types;

namespace Beacon.Node.Api;

/// <summary><c>/eth/v1/beacon/pool</c>.</summary>
internal static class PoolRoutes
{
    /// <summary>Versions of the routes that differ only in what later forks send.</summary>
    internal static readonly string[] Versions = ["v1", "v2"];

    public static void Map(IEndpointRouteBuilder routes, ApiContext api)
    {
        routes.Get("/eth/v1/beacon/pool/attestations", api, static (context, chain) => context.DataAsync(WriteAttestations(context, chain)));
        routes.Get("/eth/v2/beacon/pool/attestations", api, static (context, chain) => context.VersionedDataAsync(WriteAttestations(context, chain)));
        foreach (string version in Versions)
        {
            routes.Post($"/eth/{version}/beacon/pool/attestations", api, static (context, chain) =>
                EachAsync<Attestation>(context, attestation => chain.PublishAsync(attestation, CancellationToken.None)));
            routes.Post($"/eth/{version}/beacon/pool/attester_slashings", api, static async (context, chain) =>
                Answer(await chain.PublishAsync(SszJson.FromJson<AttesterSlashing>(await context.JsonBodyAsync()), CancellationToken.None)));
        }

        routes.Get("/eth/v1/beacon/pool/voluntary_exits", api, static (context, chain) =>
            context.DataAsync(writer => writer.Array(chain.OperationPool.Exits, exit => exit.WriteJson(writer))));
        routes.Post("/eth/v1/beacon/pool/voluntary_exits", api, static async (context, chain) =>
            Answer(await chain.PublishAsync(SszJson.FromJson<SignedVoluntaryExit>(await context.JsonBodyAsync()), CancellationToken.None)));
        routes.Get("/eth/v1/beacon/pool/proposer_slashings", api, static (context, chain) =>
            context.DataAsync(writer => writer.Array(chain.OperationPool.ProposerSlashings, slashing => slashing.WriteJson(writer))));
        routes.Post("/eth/v1/beacon/pool/proposer_slashings", api, static async (context, chain) =>
            Answer(await chain.PublishAsync(SszJson.FromJson<ProposerSlashing>(await context.JsonBodyAsync()), CancellationToken.None)));
        routes.Get("/eth/v1/beacon/pool/attester_slashings", api, static (context, chain) =>
            context.DataAsync(writer => writer.Array(chain.OperationPool.AttesterSlashings, slashing => slashing.WriteJson(writer))));
        routes.Get("/eth/v2/beacon/pool/attester_slashings", api, static (context, chain) =>
            context.VersionedDataAsync(writer => writer.Array(chain.OperationPool.AttesterSlashings, slashing => slashing.WriteJson(writer))));
    }

    /// <summary>Takes every item of a JSON array; those that are refused are reported by their index, the others count.</summary>
    internal static async Task EachAsync<T>(HttpContext context, Func<T, Task<GossipVerdict>> publish)
        where T : IBeaconJson<T>
    {
        IReadOnlyList<T> items = ReadArray<T>(await context.JsonBodyAsync());
        GossipVerdict[] verdicts = await Task.WhenAll(items.Select(publish));
        (int, string)[] failures = [.. verdicts
            .Select(static (verdict, index) => (Index: index, Verdict: verdict))
            .Where(static item => item.Verdict.Outcome == GossipOutcome.Reject || (item.Verdict.Outcome == GossipOutcome.Ignore && !IsDuplicate(item.Verdict)))
            .Select(static item => (item.Index, item.Verdict.ToString()))];
        if (failures.Length > 0)
        {
            await context.IndexedErrorAsync($"{failures.Length} of {items.Count} messages were not taken.", failures);
        }
    }

    /// <summary>Items of a JSON array of at most as many messages as a request can sensibly have.</summary>
    internal static IReadOnlyList<T> ReadArray<T>(byte[] body)
        where T : IBeaconJson<T>
    {
        var reader = new Utf8JsonReader(body);
        if (!reader.Read())
        {
            throw ApiException.BadRequest("The body is empty; a JSON array is wanted.");
        }

        return SszJson.ReadArray<T>(ref reader, 65536);
    }

    private static Action<Utf8JsonWriter> WriteAttestations(HttpContext context, BeaconChain chain)
    {
        ulong? slot = context.OptionalQueryNumber("slot");
        ulong? committee = context.OptionalQueryNumber("committee_index");
        IEnumerable<Attestation> attestations = chain.AttestationPool
            .GetAggregates(new Slot(slot ?? 0), new Slot(slot ?? ulong.MaxValue))
            .Where(attestation => committee is null || attestation.Data.Index.Value == committee);
        return writer => writer.Array(attestations, attestation => attestation.WriteJson(writer));
    }

    /// <summary>What the network has already is no failure of the one who sends it again.</summary>
    private static bool IsDuplicate(GossipVerdict verdict) => verdict.Reason.EndsWith("_seen", StringComparison.Ordinal);

    private static void Answer(GossipVerdict verdict)
    {
        if (!verdict.IsAccepted && !IsDuplicate(verdict))
        {
            throw ApiException.BadRequest($"The message was not taken: {verdict}.");
        }
    }
}
