using System.Globalization;
using System.Text.Json.Nodes;
using Fleet.Api;
using Fleet.Kubernetes;
using Fleet.Kubernetes.Models;

namespace Fleet.Operator.Execution;

/// <summary>Marks a testnet with the number of the term before anything of it is touched in that term.</summary>
/// <remarks>
/// The mark changes the testnet's version, so that whatever a former leader still has under way for it is refused. Nothing is marked without a
/// need to write: a change of leaders over a steady world costs no write.
/// </remarks>
internal sealed class TermFence(IKubernetesClient client, ILeadership leadership, RecentReads reads)
{
    private static readonly WriteOptions Write = new() { FieldManager = Labels.ManagedByValue };

    /// <summary>The testnet with the mark of this term, and with the version it then has.</summary>
    /// <exception cref="LeadershipLostException">A later term has begun.</exception>
    public async Task<Testnet> ClaimAsync(Testnet testnet, CancellationToken cancellationToken)
    {
        long term = leadership.Term;
        string? mark = testnet.Metadata.Annotations?.GetValueOrDefault(Annotations.Term);
        string wanted = term.ToString(CultureInfo.InvariantCulture);
        if (term == 0 || mark == wanted)
        {
            return testnet;
        }

        if (long.TryParse(mark, NumberStyles.None, CultureInfo.InvariantCulture, out long other) && other > term)
        {
            // A successor's, or left from a lease that was deleted, or written by a user: the API server knows.
            await leadership.VerifyAsync(cancellationToken);
        }

        var body = new JsonObject
        {
            ["metadata"] = new JsonObject
            {
                ["uid"] = testnet.Metadata.Uid,
                ["resourceVersion"] = testnet.Metadata.ResourceVersion,
                ["annotations"] = new JsonObject { [Annotations.Term] = wanted },
            },
        };
        return await reads.AskAsync(() => client.PatchAsync<Testnet>(ObjectKey.Of(testnet), Patch.Merge(body), Write, cancellationToken));
    }
}
