using System.Globalization;
using System.Text.Json.Nodes;
using Fleet.Api;
using Fleet.Cli.Common;
using Fleet.Kubernetes;
using Fleet.Kubernetes.Models;

namespace Fleet.Cli.Rollout;

/// <summary>Has refused images of a testnet tried again.</summary>
internal sealed class RolloutRetry(IKubernetesClient client, string @namespace, TimeProvider time)
{
    /// <summary>Asks for it.</summary>
    /// <exception cref="CliException">There is no such testnet, nothing is refused, or it is another one by now.</exception>
    public async Task AskAsync(string name, TextWriter output, CancellationToken cancellationToken)
    {
        var key = new ObjectKey(@namespace, name);
        Testnet testnet = await client.FindAsync<Testnet>(key, cancellationToken)
            ?? throw new CliException($"There is no testnet {name} in namespace {@namespace}; 'kubectl get testnets -A' lists all.");
        if (testnet.Status?.Images?.Rejected is not { Count: > 0 } rejected)
        {
            throw new CliException($"Testnet {name} refuses no image, so there is nothing to try again; a roll-out begins when its spec.image changes.");
        }

        // To the tick, so that it differs from the one before; what it says is for people only.
        string value = time.GetUtcNow().UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'", CultureInfo.InvariantCulture);
        var body = new JsonObject
        {
            ["metadata"] = new JsonObject { ["uid"] = testnet.Metadata.Uid, ["annotations"] = new JsonObject { [Annotations.Retry] = value } },
        };
        try
        {
            await client.PatchAsync<Testnet>(key, Patch.Merge(body), new WriteOptions { FieldManager = "fleet" }, cancellationToken);
        }
        catch (KubernetesException refused) when (refused.IsNotFound || refused.IsInvalid || refused.IsConflict)
        {
            // Another one of this name refuses nothing yet; any other refusal is the server's to explain.
            Testnet? now = await client.FindAsync<Testnet>(key, cancellationToken);
            if (now?.Metadata.Uid == testnet.Metadata.Uid)
            {
                throw;
            }

            throw new CliException($"Testnet {name} was deleted meanwhile, so nothing is tried again; 'kubectl get testnets -A' lists all.");
        }

        string images = string.Join(", ", rejected.Select(image => image.Image).Distinct(StringComparer.Ordinal));
        output.WriteLine(SafeText.Neutralise($"Testnet {name} forgets that it refused {images}; if spec.image still asks for it, a new roll-out begins."));
    }
}
