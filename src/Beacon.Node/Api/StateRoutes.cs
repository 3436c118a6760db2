using System.Text.Json;
using Beacon.ApiClient;
using Beacon.Chain;
using Beacon.Ssz;
using Beacon.StateTransition.Phase0;
using Beacon.Types;

namespace Beacon.Node.Api;

/// <summary><c>/eth/v1/beacon/states</c> and <c>/eth/v1/debug/beacon/states</c>.</summary>
internal static class StateRoutes
{
    public static void Map(IEndpointRouteBuilder routes, ApiContext api)
    {
        const string Prefix = "/eth/v1/beacon/states/{state_id}";
        routes.Get(Prefix + "/root", api, static (context, chain) =>
        {
            FoundState found = Find(context, chain);
            Root root = found.State.Clone().HashTreeRoot();
            return context.ChainDataAsync(found.Finalized, writer => writer.Object(() => writer.Value("root", root)));
        });
        routes.Get(Prefix + "/fork", api, static (context, chain) =>
        {
            FoundState found = Find(context, chain);
            return context.ChainDataAsync(found.Finalized, found.State.State.Fork.WriteJson);
        });
        routes.Get(Prefix + "/finality_checkpoints", api, static (context, chain) =>
        {
            FoundState found = Find(context, chain);
            BeaconState state = found.State.State;
            return context.ChainDataAsync(found.Finalized, writer => writer.Object(() =>
            {
                writer.Value("previous_justified", state.PreviousJustifiedCheckpoint);
                writer.Value("current_justified", state.CurrentJustifiedCheckpoint);
                writer.Value("finalized", state.FinalizedCheckpoint);
            }));
        });
        routes.Get(Prefix + "/validators", api, static (context, chain) =>
            ValidatorsAsync(context, Find(context, chain), context.QueryList("id"), context.QueryList("status")));
        routes.Post(Prefix + "/validators", api, static async (context, chain) =>
        {
            (List<string> ids, List<string> statuses) = ReadFilter(await context.JsonBodyAsync());
            await ValidatorsAsync(context, Find(context, chain), ids, statuses);
        });
        routes.Get(Prefix + "/validators/{validator_id}", api, static (context, chain) =>
        {
            FoundState found = Find(context, chain);
            int index = Ids.Validator(found.State, context.Route("validator_id")) ?? throw ApiException.NotFound("The state has no such validator.");
            return context.ChainDataAsync(found.Finalized, writer => WriteValidator(writer, found.State, index));
        });
        routes.Get(Prefix + "/validator_balances", api, static (context, chain) => BalancesAsync(context, Find(context, chain), context.QueryList("id")));
        routes.Post(Prefix + "/validator_balances", api, static async (context, chain) =>
            await BalancesAsync(context, Find(context, chain), ReadStrings(await context.JsonBodyAsync())));
        routes.Get(Prefix + "/committees", api, CommitteesAsync);
        routes.Get("/eth/v1/debug/beacon/states/{state_id}", api, StateAsync);
        routes.Get("/eth/v2/debug/beacon/states/{state_id}", api, StateAsync);
    }

    /// <summary>Strings of a JSON array.</summary>
    internal static List<string> ReadStrings(byte[] body)
    {
        using JsonDocument document = JsonDocument.Parse(body);
        return Strings(document.RootElement);
    }

    private static FoundState Find(HttpContext context, BeaconChain chain) => Ids.State(chain, context.Route("state_id"));

    private static Task StateAsync(HttpContext context, BeaconChain chain)
    {
        FoundState found = Find(context, chain);
        return context.WantsSsz()
            ? context.SszAsync(Response.Ssz(found.State.State))
            : context.ChainDataAsync(found.Finalized, found.State.State.WriteJson, versioned: true);
    }

    private static Task ValidatorsAsync(HttpContext context, FoundState found, List<string> ids, List<string> statuses)
    {
        CachedBeaconState state = found.State;
        Epoch epoch = Accessors.GetCurrentEpoch(state);
        IEnumerable<int> indices = Select(state, ids);
        if (statuses.Count > 0)
        {
            foreach (string unknown in statuses.Where(static status => !Array.Exists(Enum.GetValues<ValidatorStatus>(), known => known.Matches(status))))
            {
                throw ApiException.BadRequest($"'{Request.Shorten(unknown)}' is not a validator status.");
            }

            indices = indices.Where(index =>
            {
                ValidatorStatus status = ValidatorStatuses.Of(state.State.Validators[index], state.State.Balances[index], epoch);
                return statuses.Exists(wanted => status.Matches(wanted));
            });
        }

        return context.ChainDataAsync(found.Finalized, writer => writer.Array(indices, index => WriteValidator(writer, state, index)));
    }

    private static Task BalancesAsync(HttpContext context, FoundState found, List<string> ids)
    {
        BeaconState state = found.State.State;
        return context.ChainDataAsync(found.Finalized, writer => writer.Array(Select(found.State, ids), index => writer.Object(() =>
        {
            writer.Number("index", (ulong)index);
            writer.Number("balance", state.Balances[index].Value);
        })));
    }

    private static Task CommitteesAsync(HttpContext context, BeaconChain chain)
    {
        FoundState found = Find(context, chain);
        ulong? slot = context.OptionalQueryNumber("slot");
        ulong? wanted = context.OptionalQueryNumber("index");
        ulong slotsPerEpoch = chain.Spec.Preset.SlotsPerEpoch;
        var epoch = new Epoch(context.OptionalQueryNumber("epoch") ?? (slot / slotsPerEpoch) ?? Accessors.GetCurrentEpoch(found.State).Value);
        if (slot is not null && slot / slotsPerEpoch != epoch.Value)
        {
            throw ApiException.BadRequest($"Slot {slot} is not in epoch {epoch.Value}.");
        }

        CommitteeShuffling shuffling = chain.GetCommittees(found.State, epoch);
        return context.ChainDataAsync(found.Finalized, writer =>
        {
            writer.WriteStartArray();
            ulong start = epoch.Value * slotsPerEpoch;
            for (ulong at = slot ?? start; at < (slot + 1 ?? start + slotsPerEpoch); at++)
            {
                for (ulong index = wanted ?? 0; index < Math.Min(wanted + 1 ?? ulong.MaxValue, shuffling.CommitteesPerSlot); index++)
                {
                    writer.WriteStartObject();
                    writer.Number("index", index);
                    writer.Number("slot", at);
                    writer.WriteStartArray("validators");
                    foreach (ValidatorIndex validator in shuffling.GetCommittee(new Slot(at), new CommitteeIndex(index)))
                    {
                        SszJson.WriteUInt64(writer, validator.Value);
                    }

                    writer.WriteEndArray();
                    writer.WriteEndObject();
                }
            }

            writer.WriteEndArray();
        });
    }

    /// <summary>The validators that were asked for, ascending and once each; unknown ones are left out. All without a filter.</summary>
    private static IEnumerable<int> Select(CachedBeaconState state, List<string> ids) =>
        ids.Count == 0
            ? Enumerable.Range(0, state.State.Validators.Count)
            : ids.Select(id => Ids.Validator(state, id)).OfType<int>().Distinct().Order();

    private static void WriteValidator(Utf8JsonWriter writer, CachedBeaconState state, int index) => writer.Object(() =>
    {
        Validator validator = state.State.Validators[index];
        Gwei balance = state.State.Balances[index];
        ValidatorStatus status = ValidatorStatuses.Of(validator, balance, Accessors.GetCurrentEpoch(state));
        writer.Number("index", (ulong)index);
        writer.Number("balance", balance.Value);
        writer.WriteString("status", JsonNamingPolicy.SnakeCaseLower.ConvertName(status.ToString()));
        writer.Value("validator", validator);
    });

    private static (List<string> Ids, List<string> Statuses) ReadFilter(byte[] body)
    {
        if (body.Length == 0)
        {
            return ([], []);
        }

        using JsonDocument document = JsonDocument.Parse(body);
        JsonElement root = document.RootElement;
        return root.ValueKind != JsonValueKind.Object
            ? throw ApiException.BadRequest("The body must be an object with 'ids' and 'statuses'.")
            : (Member(root, "ids"), Member(root, "statuses"));

        static List<string> Member(JsonElement root, string name) =>
            root.TryGetProperty(name, out JsonElement member) && member.ValueKind != JsonValueKind.Null ? Strings(member) : [];
    }

    private static List<string> Strings(JsonElement element) => element.ValueKind != JsonValueKind.Array
        ? throw ApiException.BadRequest("An array of strings is wanted.")
        : [.. element.EnumerateArray().Select(static item => item.ValueKind switch
        {
            JsonValueKind.String => item.GetString()!,
            JsonValueKind.Number => item.GetRawText(),
            _ => throw ApiException.BadRequest("An array of strings is wanted."),
        })];
}
