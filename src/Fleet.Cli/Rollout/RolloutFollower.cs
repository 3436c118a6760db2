using Fleet.Api;
using Fleet.Cli.Common;
using Fleet.Kubernetes;
using Fleet.Kubernetes.Models;

namespace Fleet.Cli.Rollout;

/// <summary>Follows a roll-out and prints a line for each change, until it has ended or a person is asked.</summary>
internal sealed class RolloutFollower(IKubernetesClient client, TimeProvider time, TextWriter output)
{
    /// <summary>Follows it.</summary>
    /// <returns>The roll-out when it has ended or asks.</returns>
    /// <exception cref="CliException">It was deleted.</exception>
    public Task<CanaryRollout> FollowAsync(ObjectKey key, CancellationToken cancellationToken) =>
        new ObjectFollower<CanaryRollout>(
            client, time, output, Line, rollout => RolloutPhases.IsEnd(RolloutWords.PhaseOf(rollout)) || RolloutWords.IsAsking(rollout), "fleet rollout get").FollowAsync(key, cancellationToken);

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

    private static string Line(CanaryRollout rollout)
    {
        string phase = RolloutWords.PhaseOf(rollout);
        string wave = rollout.Status?.Waves?.Summary is { } summary && RolloutPhases.IsPromoted(phase) ? $", wave {summary}" : "";
        string score = rollout.Status?.Score is { } value ? $", score {RolloutWords.ScoreOf(value)}" : "";
        string message = rollout.Status?.Message is { Length: > 0 } said ? ": " + said.ReplaceLineEndings(" ") : "";
        return $"{rollout.Metadata.Name} {phase}{wave}{score}{message}";
    }
}
