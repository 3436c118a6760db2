using Fleet.Kubernetes;
using Fleet.Kubernetes.Models;

namespace Fleet.Cli.Common;

/// <summary>Follows one object and prints a line for each change that a person would notice, until there is nothing left to follow.</summary>
/// <typeparam name="T">Its kind.</typeparam>
/// <param name="client">Access to the API server.</param>
/// <param name="time">The clock, for the lines.</param>
/// <param name="output">Where the lines go.</param>
/// <param name="lineOf">What to say of it.</param>
/// <param name="isDone">Whether nothing follows.</param>
/// <param name="listVerb">Command that lists what there is, for when it was deleted.</param>
internal sealed class ObjectFollower<T>(IKubernetesClient client, TimeProvider time, TextWriter output, Func<T, string> lineOf, Func<T, bool> isDone, string listVerb)
    where T : class, IKubernetesObject<T>
{
    private string? _last;

    /// <summary>Follows it.</summary>
    /// <returns>The object when it is done.</returns>
    /// <exception cref="CliException">It was deleted.</exception>
    public async Task<T> FollowAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        while (true)
        {
            T current = await client.FindAsync<T>(key, cancellationToken) ?? throw Deleted(key);
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

    private async Task<T?> WatchAsync(ObjectKey key, WatchOptions since, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (WatchEvent<T> change in client.WatchAsync<T>(key.Namespace, since, cancellationToken))
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
    private bool Tell(T value)
    {
        string line = SafeText.Neutralise(lineOf(value));
        if (line != _last)
        {
            _last = line;
            output.WriteLine($"{time.GetUtcNow():HH:mm:ss}  {line}");
        }

        return isDone(value);
    }

    private CliException Deleted(ObjectKey key) => new($"{key.Name} was deleted; '{listVerb}' lists what there is.");
}
