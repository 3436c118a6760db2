using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Fleet.Kubernetes;
using Fleet.Kubernetes.Models;
using Fleet.Planning;
using Fleet.Planning.Resets;

namespace Fleet.Operator.Execution;

/// <summary>Adds to the evidence of a reset what only the API server has: the ends of the logs, and the events.</summary>
/// <remarks>The chain is down while it is collected: it takes as long as it may, and what has not come by then is left out.</remarks>
internal sealed class EvidenceCollector(IKubernetesClient client, TimeProvider time)
{
    private const int LogLines = 200;
    private const int LogCharacters = 64 * 1024;
    private const int MaxContainers = 64;
    private const int MaxEvents = 200;

    /// <summary>Longest time that collecting may hold a reset up.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>The evidence with events and logs, as far as they could be had in time.</summary>
    public async Task<ResetEvidence> CompleteAsync(ResetEvidence evidence, TestnetObservation world, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(Patience, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        Task<ImmutableArray<string>> events = TryAsync(() => EventsAsync(world, both.Token), [], cancellationToken);
        (string Name, Task<string?> Text)[] logs =
        [
            .. world.Pods.Values
                .SelectMany(pod => (pod.Spec?.Containers ?? []).Select(container => (Pod: pod, container.Name)))
                .Take(MaxContainers)
                .Select(of => ($"{of.Pod.Metadata.Name}/{of.Name}", TryAsync(() => LogAsync(ObjectKey.Of(of.Pod), of.Name, both.Token), null, cancellationToken))),
        ];
        var texts = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        foreach ((string name, Task<string?> text) in logs)
        {
            if (await text is { Length: > 0 } found)
            {
                texts[name] = found;
            }
        }

        return evidence with { Events = await events, Logs = texts.ToImmutable() };
    }

    private async Task<ImmutableArray<string>> EventsAsync(TestnetObservation world, CancellationToken cancellationToken)
    {
        KubernetesList<CoreEvent> list = await client.ListAllAsync<CoreEvent>(world.Namespace, null, cancellationToken);
        return
        [
            .. list.Items
                .Where(found => found.InvolvedObject?.Name is { } name && (name == world.Name || name.StartsWith(world.Name + "-", StringComparison.Ordinal)))
                .OrderBy(found => found.LastTimestamp)
                .TakeLast(MaxEvents)
                .Select(found => string.Create(CultureInfo.InvariantCulture, $"{found.LastTimestamp:yyyy-MM-dd'T'HH:mm:ss'Z'} {found.InvolvedObject!.Kind}/{found.InvolvedObject.Name} {found.Reason}: {found.Message}")),
        ];
    }

    private async Task<string?> LogAsync(ObjectKey pod, string container, CancellationToken cancellationToken)
    {
        await using Stream stream = await client.ReadLogAsync(pod, new LogOptions { Container = container, TailLines = LogLines }, cancellationToken);
        using var reader = new StreamReader(stream, Encoding.UTF8);
        char[] buffer = new char[LogCharacters];
        int count = await reader.ReadBlockAsync(buffer, cancellationToken);
        return new string(buffer, 0, count);
    }

    /// <summary>What cannot be had in time, or at all, holds nothing up.</summary>
    private static async Task<T> TryAsync<T>(Func<Task<T>> question, T otherwise, CancellationToken cancellationToken)
    {
        try
        {
            return await question();
        }
        catch (Exception exception) when (exception is KubernetesException or IOException or HttpRequestException || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return otherwise;
        }
    }
}
