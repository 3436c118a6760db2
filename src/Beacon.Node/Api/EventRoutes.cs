using System.Buffers;
using System.Text;
using System.Text.Json;
using Beacon.Chain;
using Beacon.Ssz;

namespace Beacon.Node.Api;

/// <summary><c>/eth/v1/events</c>: server-sent events.</summary>
internal static class EventRoutes
{
    private static readonly string[] Topics =
        ["head", "block", "block_gossip", "attestation", "voluntary_exit", "proposer_slashing", "attester_slashing", "finalized_checkpoint", "chain_reorg"];

    private static readonly TimeSpan LongestSilence = TimeSpan.FromSeconds(15);

    public static void Map(IEndpointRouteBuilder routes, ApiContext api, CancellationToken stopping) =>
        routes.Get("/eth/v1/events", api, (context, chain) => StreamAsync(context, chain, api.Time, stopping));

    private static async Task StreamAsync(HttpContext context, BeaconChain chain, TimeProvider time, CancellationToken stopping)
    {
        List<string> topics = context.QueryList("topics");
        if (topics.Count == 0)
        {
            throw ApiException.BadRequest($"'topics' is missing; known are {string.Join(", ", Topics)}.");
        }

        // Topics of later forks may be asked for by clients that know them; a list without any known topic is a mistake.
        if (!topics.Exists(Topics.Contains))
        {
            throw ApiException.BadRequest($"Topic '{Request.Shorten(topics[0])}' is not known; known are {string.Join(", ", Topics)}.");
        }

        using ChainEvents.Subscription subscription = chain.Events.Subscribe();
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
        context.Response.ContentType = "text/event-stream";
        context.Response.Headers.CacheControl = "no-cache";
        await context.Response.StartAsync(ending.Token);
        await context.Response.Body.FlushAsync(ending.Token);
        try
        {
            long written = time.GetTimestamp();
            await foreach (ChainEvent happened in subscription.Reader.ReadAllAsync(ending.Token))
            {
                string? text = Render(happened) is var (topic, data) && topics.Contains(topic) ? $"event: {topic}\ndata: {data}\n\n"
                    : time.GetElapsedTime(written) > LongestSilence ? ":\n\n"
                    : null;
                if (text is not null)
                {
                    // The comment now and then is how a client that vanished without a word is noticed.
                    await context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(text), ending.Token);
                    await context.Response.Body.FlushAsync(ending.Token);
                    written = time.GetTimestamp();
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The client went away, or the node stops.
        }
    }

    private static (string Topic, string Data) Render(ChainEvent happened) => happened switch
    {
        ChainEvent.Head head => ("head", Json(writer =>
        {
            writer.Number("slot", head.Slot.Value);
            writer.Value("block", head.Root);
            writer.Value("state", head.StateRoot);
            writer.WriteBoolean("epoch_transition", head.EpochTransition);
            writer.Value("previous_duty_dependent_root", head.PreviousDutyDependentRoot);
            writer.Value("current_duty_dependent_root", head.CurrentDutyDependentRoot);
            writer.WriteBoolean("execution_optimistic", false);
        })),
        ChainEvent.Block block => ("block", Json(writer =>
        {
            writer.Number("slot", block.Slot.Value);
            writer.Value("block", block.Root);
            writer.WriteBoolean("execution_optimistic", false);
        })),
        ChainEvent.BlockAccepted block => ("block_gossip", Json(writer =>
        {
            writer.Number("slot", block.Slot.Value);
            writer.Value("block", block.Root);
        })),
        ChainEvent.Finalized finalized => ("finalized_checkpoint", Json(writer =>
        {
            writer.Value("block", finalized.Checkpoint.Root);
            writer.Value("state", finalized.StateRoot);
            writer.Number("epoch", finalized.Checkpoint.Epoch.Value);
            writer.WriteBoolean("execution_optimistic", false);
        })),
        ChainEvent.Reorg reorg => ("chain_reorg", Json(writer =>
        {
            writer.Number("slot", reorg.Slot.Value);
            writer.Number("depth", reorg.Depth);
            writer.Value("old_head_block", reorg.OldHead);
            writer.Value("new_head_block", reorg.NewHead);
            writer.Value("old_head_state", reorg.OldState);
            writer.Value("new_head_state", reorg.NewState);
            writer.Number("epoch", reorg.Epoch.Value);
            writer.WriteBoolean("execution_optimistic", false);
        })),
        ChainEvent.AttestationAccepted accepted => ("attestation", accepted.Attestation.ToJson()),
        ChainEvent.ExitAccepted accepted => ("voluntary_exit", accepted.Exit.ToJson()),
        ChainEvent.ProposerSlashingAccepted accepted => ("proposer_slashing", accepted.Slashing.ToJson()),
        ChainEvent.AttesterSlashingAccepted accepted => ("attester_slashing", accepted.Slashing.ToJson()),
        _ => throw new InvalidOperationException($"An event of kind {happened.GetType().Name} has no topic."),
    };

    private static string Json(Action<Utf8JsonWriter> members)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.Object(() => members(writer));
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
