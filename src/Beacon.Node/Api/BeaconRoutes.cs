using System.Text.Json;
using Beacon.Chain;
using Beacon.ForkChoice;
using Beacon.Ssz;
using Beacon.Types;

namespace Beacon.Node.Api;

/// <summary><c>/eth/v1/beacon</c>: genesis, headers and blocks; and the block tree under <c>/eth/v1/debug</c>.</summary>
internal static class BeaconRoutes
{
    /// <summary>Slots after a final block in which its child is looked for.</summary>
    private const ulong LongestGap = 4096;

    public static void Map(IEndpointRouteBuilder routes, ApiContext api)
    {
        routes.Get("/eth/v1/beacon/genesis", api, static (context, chain) => context.DataAsync(writer => writer.Object(() =>
        {
            writer.Number("genesis_time", chain.Clock.GenesisTimeMs / 1000);
            writer.Value("genesis_validators_root", chain.GenesisValidatorsRoot);
            writer.Value("genesis_fork_version", chain.GenesisForkVersion);
        })));
        routes.Get("/eth/v1/beacon/headers", api, HeadersAsync);
        routes.Get("/eth/v1/beacon/headers/{block_id}", api, static (context, chain) =>
        {
            FoundBlock found = Ids.Block(chain, context.Route("block_id"));
            return context.ChainDataAsync(found.Finalized, writer => WriteHeader(writer, found));
        });
        routes.Get("/eth/v1/beacon/blocks/{block_id}", api, static (context, chain) => BlockAsync(context, chain));
        routes.Get("/eth/v2/beacon/blocks/{block_id}", api, static (context, chain) => BlockAsync(context, chain));
        routes.Get("/eth/v1/beacon/blocks/{block_id}/root", api, static (context, chain) =>
        {
            FoundBlock found = Ids.Block(chain, context.Route("block_id"));
            return context.ChainDataAsync(found.Finalized, writer => writer.Object(() => writer.Value("root", found.Root)));
        });
        routes.Get("/eth/v1/beacon/blocks/{block_id}/attestations", api, static (context, chain) => AttestationsAsync(context, chain, versioned: false));
        routes.Get("/eth/v2/beacon/blocks/{block_id}/attestations", api, static (context, chain) => AttestationsAsync(context, chain, versioned: true));
        routes.Post("/eth/v1/beacon/blocks", api, PublishAsync);
        routes.Post("/eth/v2/beacon/blocks", api, PublishAsync);
        routes.Get("/eth/v1/debug/beacon/heads", api, HeadsAsync);
        routes.Get("/eth/v2/debug/beacon/heads", api, HeadsAsync);
        routes.Get("/eth/v1/debug/fork_choice", api, ForkChoiceAsync);
    }

    private static Task HeadersAsync(HttpContext context, BeaconChain chain)
    {
        ulong? slot = context.OptionalQueryNumber("slot");
        string parent = context.Request.Query["parent_root"].ToString();
        var found = new List<FoundBlock>();
        if (parent.Length > 0)
        {
            Root parentRoot = context.QueryRoot("parent_root");
            found.AddRange(chain.GetTree()
                .Where(node => node.Block.ParentRoot == parentRoot && (slot is null || node.Block.Slot.Value == slot))
                .Select(node => Ids.Block(chain, node.Block.Root.ToString())));
            if (found.Count == 0 && chain.GetBlock(parentRoot)?.Message.Slot is { } parentSlot)
            {
                // Both are final: at most the next block of the canonical chain has this parent.
                found.AddRange(chain.GetCanonicalRoots(new Slot(parentSlot.Value + 1), LongestGap).Take(1)
                    .Select(next => Ids.Block(chain, next.Root.ToString()))
                    .Where(next => next.Block.Message.ParentRoot == parentRoot && (slot is null || next.Block.Message.Slot.Value == slot)));
            }
        }
        else if (slot is not null)
        {
            found.AddRange(chain.GetTree().Where(node => node.Block.Slot.Value == slot).Select(node => Ids.Block(chain, node.Block.Root.ToString())));
            if (found.Count == 0 && chain.GetCanonicalRoot(new Slot(slot.Value)) is { } root)
            {
                found.Add(Ids.Block(chain, root.ToString()));
            }
        }
        else
        {
            found.Add(Ids.Block(chain, "head"));
        }

        return context.ChainDataAsync(found.Count > 0 && found.TrueForAll(static block => block.Finalized), writer => writer.Array(found, block => WriteHeader(writer, block)));
    }

    private static Task BlockAsync(HttpContext context, BeaconChain chain)
    {
        FoundBlock found = Ids.Block(chain, context.Route("block_id"));
        return context.WantsSsz()
            ? context.SszAsync(found.Block.ToSsz())
            : context.ChainDataAsync(found.Finalized, found.Block.WriteJson, versioned: true);
    }

    private static Task AttestationsAsync(HttpContext context, BeaconChain chain, bool versioned)
    {
        FoundBlock found = Ids.Block(chain, context.Route("block_id"));
        return context.ChainDataAsync(found.Finalized, writer => writer.Array(found.Block.Message.Body.Attestations, attestation => attestation.WriteJson(writer)), versioned);
    }

    private static async Task PublishAsync(HttpContext context, BeaconChain chain)
    {
        string level = context.Request.Query["broadcast_validation"].ToString();
        bool importFirst = level switch
        {
            "" or "gossip" => false,

            // A second block of the same proposal never passes the gossip checks, so the third level asks for no more than the second.
            "consensus" or "consensus_and_equivocation" => true,
            _ => throw ApiException.BadRequest($"'broadcast_validation' is '{Request.Shorten(level)}'; it can be gossip, consensus or consensus_and_equivocation."),
        };
        bool ssz = context.IsSsz();
        byte[] body = await context.BodyAsync();
        SignedBeaconBlock block = ssz ? SignedBeaconBlock.Deserialize(body) : SszJson.FromJson<SignedBeaconBlock>(body);

        // The client may go away; the block is published and imported nevertheless.
        PublishedBlock published = await chain.PublishAsync(block, importFirst, CancellationToken.None);
        switch (published.Verdict.Outcome)
        {
            case GossipOutcome.Reject:
                throw ApiException.BadRequest($"The block was not published: {published.Verdict.Reason}.");
            case GossipOutcome.Ignore when published.Verdict.Reason is "already_known":
                return;
            case GossipOutcome.Ignore:
                context.Response.StatusCode = 202;
                return;
            default:
                context.Response.StatusCode = published.Import is { IsInChain: true } ? 200 : 202;
                return;
        }
    }

    private static Task HeadsAsync(HttpContext context, BeaconChain chain) => context.DataAsync(writer => writer.Array(chain.GetTreeHeads(), head => writer.Object(() =>
    {
        writer.Value("root", head.Root);
        writer.Number("slot", head.Slot.Value);
        writer.WriteBoolean("execution_optimistic", false);
    })));

    private static Task ForkChoiceAsync(HttpContext context, BeaconChain chain)
    {
        ChainHead head = chain.Head;
        return context.JsonAsync(writer => writer.Object(() =>
        {
            writer.Value("justified_checkpoint", head.Justified);
            writer.Value("finalized_checkpoint", head.Finalized);
            writer.WritePropertyName("fork_choice_nodes");
            writer.Array(chain.GetTree(), node => writer.Object(() => WriteNode(writer, node.Block, node.Weight)));
            writer.WriteStartObject("extra_data");
            writer.WriteEndObject();
        }));
    }

    private static void WriteNode(Utf8JsonWriter writer, ForkChoiceBlock block, long weight)
    {
        writer.Number("slot", block.Slot.Value);
        writer.Value("block_root", block.Root);
        writer.Value("parent_root", block.ParentRoot);
        writer.Number("justified_epoch", block.Justified.Epoch.Value);
        writer.Number("finalized_epoch", block.Finalized.Epoch.Value);
        writer.Number("weight", (ulong)weight);
        writer.WriteString("validity", "valid");
        writer.Value("execution_block_hash", Root.Zero);
        writer.WriteStartObject("extra_data");
        writer.WriteEndObject();
    }

    private static void WriteHeader(Utf8JsonWriter writer, FoundBlock found) => writer.Object(() =>
    {
        writer.Value("root", found.Root);
        writer.WriteBoolean("canonical", found.Canonical);
        writer.Value("header", found.Block.ToHeader());
    });
}
