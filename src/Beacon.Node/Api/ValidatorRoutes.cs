using System.Text.Json;
using Beacon.Chain;
using Beacon.Ssz;
using Beacon.StateTransition.Phase0;
using Beacon.Types;

namespace Beacon.Node.Api;

/// <summary><c>/eth/v1/validator</c>: duties and what validators sign.</summary>
internal static class ValidatorRoutes
{
    public static void Map(IEndpointRouteBuilder routes, ApiContext api)
    {
        routes.Post("/eth/v1/validator/duties/attester/{epoch}", api, AttesterDutiesAsync);
        routes.Get("/eth/v1/validator/duties/proposer/{epoch}", api, ProposerDutiesAsync);
        routes.Get("/eth/v1/validator/blocks/{slot}", api, static (context, chain) => ProduceAsync(context, chain, version: 1));
        routes.Get("/eth/v2/validator/blocks/{slot}", api, static (context, chain) => ProduceAsync(context, chain, version: 2));
        routes.Get("/eth/v3/validator/blocks/{slot}", api, static (context, chain) => ProduceAsync(context, chain, version: 3));
        routes.Get("/eth/v1/validator/attestation_data", api, static (context, chain) =>
        {
            RequireSynced(chain);
            AttestationData data = chain.GetAttestationData(new Slot(context.QueryNumber("slot")), new CommitteeIndex(context.QueryNumber("committee_index")));
            return context.DataAsync(data.WriteJson);
        });
        routes.Get("/eth/v1/validator/aggregate_attestation", api, static (context, chain) => context.DataAsync(FindAggregate(context, chain).WriteJson));
        routes.Get("/eth/v2/validator/aggregate_attestation", api, static (context, chain) => context.VersionedDataAsync(FindAggregate(context, chain).WriteJson));
        foreach (string version in PoolRoutes.Versions)
        {
            routes.Post($"/eth/{version}/validator/aggregate_and_proofs", api, static (context, chain) =>
                PoolRoutes.EachAsync<SignedAggregateAndProof>(context, aggregate => chain.PublishAsync(aggregate, CancellationToken.None)));
        }

        routes.Post("/eth/v1/validator/beacon_committee_subscriptions", api, async (context, chain) =>
            api.Network.Subscribe(ReadSubscriptions(chain.Spec, await context.JsonBodyAsync())));
        routes.Post("/eth/v1/validator/liveness/{epoch}", api, LivenessAsync);

        // Fee recipients mean nothing before execution payloads; clients send them in every fork.
        routes.Post("/eth/v1/validator/prepare_beacon_proposer", api, static (_, _) => Task.CompletedTask);
        routes.Post("/eth/v1/validator/register_validator", api, static (_, _) => Task.CompletedTask);
    }

    private static void RequireSynced(BeaconChain chain)
    {
        if (chain.SyncStatus is { IsSyncing: true } sync)
        {
            throw ApiException.Unavailable($"The node is {sync.SyncDistance} slots behind its peers.");
        }
    }

    private static Attestation FindAggregate(HttpContext context, BeaconChain chain)
    {
        RequireSynced(chain);
        return chain.GetAggregate(new Slot(context.QueryNumber("slot")), context.QueryRoot("attestation_data_root"))
            ?? throw ApiException.NotFound("No attestation with this data is known.");
    }

    private static async Task AttesterDutiesAsync(HttpContext context, BeaconChain chain)
    {
        RequireSynced(chain);
        ChainHead head = chain.Head;
        int count = head.State.State.Validators.Count;
        ValidatorIndex[] validators = [.. StateRoutes.ReadStrings(await context.JsonBodyAsync())
            .Select(static text => new ValidatorIndex(Request.Number(text, "validator index")))
            .Where(index => index.Value < (ulong)count)];
        Duties<AttesterDuty> duties = chain.GetAttesterDuties(new Epoch(context.RouteNumber("epoch")), validators);
        await DutiesAsync(context, duties, static (writer, duty) =>
        {
            writer.Value("pubkey", duty.Pubkey);
            writer.Number("validator_index", duty.Validator.Value);
            writer.Number("committee_index", duty.Committee.Value);
            writer.Number("committee_length", duty.CommitteeLength);
            writer.Number("committees_at_slot", duty.CommitteesAtSlot);
            writer.Number("validator_committee_index", duty.Position);
            writer.Number("slot", duty.Slot.Value);
        });
    }

    private static Task ProposerDutiesAsync(HttpContext context, BeaconChain chain)
    {
        RequireSynced(chain);
        return DutiesAsync(context, chain.GetProposerDuties(new Epoch(context.RouteNumber("epoch"))), static (writer, duty) =>
        {
            writer.Value("pubkey", duty.Pubkey);
            writer.Number("validator_index", duty.Validator.Value);
            writer.Number("slot", duty.Slot.Value);
        });
    }

    private static Task DutiesAsync<T>(HttpContext context, Duties<T> duties, Action<Utf8JsonWriter, T> write) => context.JsonAsync(writer => writer.Object(() =>
    {
        writer.Value("dependent_root", duties.DependentRoot);
        writer.WriteBoolean("execution_optimistic", false);
        writer.WritePropertyName("data");
        writer.Array(duties.Items, duty => writer.Object(() => write(writer, duty)));
    }));

    private static Task ProduceAsync(HttpContext context, BeaconChain chain, int version)
    {
        RequireSynced(chain);
        var slot = new Slot(context.RouteNumber("slot"));
        var reveal = new byte[BlsSignature.Size];
        if (!Hex.TryParse(context.Request.Query["randao_reveal"].ToString(), reveal))
        {
            throw ApiException.BadRequest("'randao_reveal' must be 96 bytes as hexadecimal.");
        }

        Root graffiti = context.Request.Query["graffiti"].ToString() is { Length: > 0 } text
            ? Root.TryParse(text, out Root parsed) ? parsed : throw ApiException.BadRequest("'graffiti' must be 32 bytes as hexadecimal.")
            : Root.Zero;
        BeaconBlock block = chain.ProduceBlock(slot, new BlsSignature(reveal), graffiti);
        if (version == 3)
        {
            context.Response.Headers["Eth-Execution-Payload-Blinded"] = "false";
            context.Response.Headers["Eth-Execution-Payload-Value"] = "0";
            context.Response.Headers["Eth-Consensus-Block-Value"] = "0";
        }

        if (context.WantsSsz())
        {
            return context.SszAsync(block.ToSsz());
        }

        context.Response.Headers["Eth-Consensus-Version"] = Response.Fork;
        return context.JsonAsync(writer => writer.Object(() =>
        {
            writer.WriteString("version", Response.Fork);
            if (version == 3)
            {
                writer.WriteBoolean("execution_payload_blinded", false);
                writer.WriteString("execution_payload_value", "0");
                writer.WriteString("consensus_block_value", "0");
            }

            writer.Value("data", block);
        }));
    }

    /// <summary>Whether validators were seen attesting, in the current or the previous epoch, in blocks of the head's chain.</summary>
    private static async Task LivenessAsync(HttpContext context, BeaconChain chain)
    {
        var epoch = new Epoch(context.RouteNumber("epoch"));
        CachedBeaconState state = chain.Head.State;
        Epoch current = Accessors.GetCurrentEpoch(state);
        if (epoch.Value > current.Value || epoch.Value + 1 < current.Value)
        {
            throw ApiException.BadRequest($"Epoch {epoch.Value} is neither the head's epoch {current.Value} nor the one before.");
        }

        HashSet<ulong> live = [];
        foreach (PendingAttestation pending in state.State.PreviousEpochAttestations.Concat(state.State.CurrentEpochAttestations))
        {
            if (pending.Data.Target.Epoch == epoch)
            {
                live.UnionWith(Accessors.GetAttestingIndices(state, pending.Data, pending.AggregationBits).Select(static index => index.Value));
            }
        }

        List<string> asked = StateRoutes.ReadStrings(await context.JsonBodyAsync());
        await context.DataAsync(writer => writer.Array(asked, text => writer.Object(() =>
        {
            ulong index = Request.Number(text, "validator index");
            writer.Number("index", index);
            writer.WriteBoolean("is_live", live.Contains(index));
        })));
    }

    private static List<CommitteeSubscription> ReadSubscriptions(ChainSpec spec, byte[] body)
    {
        using JsonDocument document = JsonDocument.Parse(body);
        return document.RootElement.ValueKind != JsonValueKind.Array
            ? throw ApiException.BadRequest("An array of subscriptions is wanted.")
            : [.. document.RootElement.EnumerateArray().Select(item => new CommitteeSubscription(
                new ValidatorIndex(Field(item, "validator_index")),
                new CommitteeIndex(Below(Field(item, "committees_at_slot"), Field(item, "committee_index"), "committee_index")),
                Below(spec.Preset.MaxCommitteesPerSlot + 1, Field(item, "committees_at_slot"), "committees_at_slot"),
                new Slot(Field(item, "slot")),
                item.TryGetProperty("is_aggregator", out JsonElement aggregator) && aggregator.ValueKind == JsonValueKind.True))];

        static ulong Below(ulong end, ulong value, string name) => value < end ? value : throw ApiException.BadRequest($"'{name}' is {value}; it must be below {end}.");

        static ulong Field(JsonElement item, string name) => item.ValueKind == JsonValueKind.Object && item.TryGetProperty(name, out JsonElement value)
            ? Request.Number(value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText(), name)
            : throw ApiException.BadRequest($"'{name}' is missing.");
    }
}
