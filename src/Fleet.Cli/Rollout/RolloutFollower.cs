using Fleet.Api;
using Fleet.Cli.Common;
using Fleet.Kubernetes;
using Fleet.Kubernetes.Models;

namespace Fleet.Cli.Rollout;

/// <summary>Follows a roll-out and prints a line for each change, until it has ended or a person is asked.</summary>
internal sealed class RolloutFollower(IKubernetesClient client, TimeProvider time, TextWriter output)
{
    private string? _last;

    /// <summary>Follows it.</summary>
    /// <returns>The roll-out when it has ended or asks.</returns>
    /// <exception cref="CliException">It was deleted.</exception>
    public async Task<CanaryRollout> FollowAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        while (true)
        {
            CanaryRollout current = await client.FindAsync<CanaryRollout>(key, cancellationToken) ?? throw Deleted(key);
            if (Tell(current))
            {
                return current;
            }

            var since = new WatchOptions { FieldSelector = $"metadata.name={key.Name}", ResourceVersion = current.Metadata.ResourceVersion };
            if (await WatchAsync(key, since, cancellationToken) is { } last)
            {
                return last;
            }
        }
    }

    /// <summary>Waits for a roll-out of a testnet with a higher number than all before.</summary>
    public async Task<CanaryRollout> NextOfAsync(string @namespace, string testnet, int number, CancellationToken cancellationToken)
    {
        while (true)
        {
            KubernetesList<CanaryRollout> list = await client.ListAllAsync<CanaryRollout>(@namespace, options: null, cancellationToken);
            if (list.Items.Find(IsNext) is { } found)
            {
                return found;
            }

            try
            {
                await foreach (WatchEvent<CanaryRollout> change in client.WatchAsync<CanaryRollout>(@namespace, new WatchOptions { ResourceVersion = list.Metadata.ResourceVersion }, cancellationToken))
                {
                    if (change.Type is not "BOOKMARK" && IsNext(change.Object))
                    {
                        return change.Object;
                    }
                }
            }
            catch (Exception exception) when (exception is ResourceExpiredException or KubernetesConnectionException)
            {
                // What was missed is in the next list, which also tells whether the server is there.
            }
        }

        bool IsNext(CanaryRollout rollout) => rollout.Spec.Testnet == testnet && rollout.Spec.Number > number;
    }

    private async Task<CanaryRollout?> WatchAsync(ObjectKey key, WatchOptions since, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (WatchEvent<CanaryRollout> change in client.WatchAsync<CanaryRollout>(key.Namespace, since, cancellationToken))
            {
                if (change.Type == "DELETED")
                {
                    throw Deleted(key);
                }

                if (change.Type != "BOOKMARK" && Tell(change.Object))
                {
                    return change.Object;
                }
            }
        }
        catch (Exception exception) when (exception is ResourceExpiredException or KubernetesConnectionException)
        {
            // Watches end; what was missed is in the object, and reading it tells whether the server is there.
        }

        return null;
    }

    /// <summary>Prints what is new.</summary>
    /// <returns>Whether there is nothing left to follow.</returns>
    private bool Tell(CanaryRollout rollout)
    {
        string phase = RolloutWords.PhaseOf(rollout);
        string wave = rollout.Status?.Waves?.Summary is { } summary && RolloutPhases.IsPromoted(phase) ? $", wave {summary}" : "";
        string score = rollout.Status?.Score is { } value ? $", score {RolloutWords.ScoreOf(value)}" : "";
        string message = rollout.Status?.Message is { Length: > 0 } said ? ": " + said.ReplaceLineEndings(" ") : "";
        string line = SafeText.Neutralise($"{rollout.Metadata.Name} {phase}{wave}{score}{message}");
        if (line != _last)
        {
            _last = line;
            output.WriteLine($"{time.GetUtcNow():HH:mm:ss}  {line}");
        }

        return RolloutPhases.IsEnd(phase) || RolloutWords.IsAsking(rollout);
    }

    private static CliException Deleted(ObjectKey key) => new($"{key.Name} was deleted; 'fleet rollout get' lists what there is.");
}
