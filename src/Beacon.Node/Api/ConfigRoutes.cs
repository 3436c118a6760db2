using Beacon.Types;

namespace Beacon.Node.Api;

/// <summary><c>/eth/v1/config</c>.</summary>
internal static class ConfigRoutes
{
    public static void Map(IEndpointRouteBuilder routes, ApiContext api)
    {
        routes.Get("/eth/v1/config/spec", api, static (context, chain) => context.DataAsync(writer => writer.Object(() =>
        {
            // A key may come from the preset and the file; the file is the more special one and comes later.
            var values = new Dictionary<string, string>(StringComparer.Ordinal);
            foreach ((string key, string value) in chain.Spec.ToSpecValues())
            {
                values[key] = value;
            }

            foreach ((string key, string value) in values)
            {
                writer.WriteString(key, value);
            }
        })));
        routes.Get("/eth/v1/config/fork_schedule", api, static (context, chain) => context.DataAsync(writer => writer.Array(
            [new Fork { PreviousVersion = chain.GenesisForkVersion, CurrentVersion = chain.GenesisForkVersion, Epoch = new Epoch(0) }], fork => fork.WriteJson(writer))));
        routes.Get("/eth/v1/config/deposit_contract", api, static (context, chain) => context.DataAsync(writer => writer.Object(() =>
        {
            writer.Number("chain_id", chain.Spec.Config.DepositChainId);
            writer.Value("address", chain.Spec.Config.DepositContractAddress);
        })));
    }
}
