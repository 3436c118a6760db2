using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Fleet.Api;
using Fleet.Kubernetes;
using Fleet.Kubernetes.Models;
using Fleet.Planning;

namespace Fleet.Operator.Execution;

/// <summary>Writes statuses: facts at once, progress now and then, nothing when nothing changed.</summary>
internal sealed class StatusWriter(IKubernetesClient client, TimeProvider time)
{
    /// <summary>Shortest time between two writes of progress alone.</summary>
    private static readonly TimeSpan MinProgressInterval = TimeSpan.FromSeconds(30);

    /// <summary>Most objects whose last write is remembered.</summary>
    private const int Capacity = 65_536;

    private readonly ConcurrentDictionary<string, long> _lastWrite = new(StringComparer.Ordinal);

    /// <summary>Writes a status if it is time.</summary>
    /// <param name="about">The object as it was observed.</param>
    /// <param name="claim">Called before a write; the object as it is then, with the version that is the precondition.</param>
    /// <param name="status">The status.</param>
    /// <param name="type">How it is written.</param>
    /// <param name="change">What is new in it.</param>
    /// <param name="epoch">Length of an epoch.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>After what time withheld progress is due; null when nothing is withheld.</returns>
    public async Task<(bool Written, TimeSpan? DueAfter)> WriteAsync<T, TStatus>(
        T about, Func<Task<T>> claim, TStatus status, JsonTypeInfo<TStatus> type, StatusChange change, TimeSpan epoch, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<T>
    {
        string uid = about.Metadata.Uid ?? "";
        if (change == StatusChange.None)
        {
            return (false, null);
        }

        if (change == StatusChange.Progress && _lastWrite.TryGetValue(uid, out long last))
        {
            TimeSpan interval = Interval(uid, epoch);
            TimeSpan waited = time.GetElapsedTime(last);
            if (waited < interval)
            {
                return (false, interval - waited);
            }
        }

        about = await claim();
        var body = new JsonObject
        {
            ["apiVersion"] = T.Resource.ApiVersion,
            ["kind"] = T.Resource.Kind,

            // Preconditions: a status never lands on a later object of the same name, nor over what another one has written since.
            ["metadata"] = new JsonObject
            {
                ["name"] = about.Metadata.Name,
                ["namespace"] = about.Metadata.Namespace,
                ["uid"] = about.Metadata.Uid,
                ["resourceVersion"] = about.Metadata.ResourceVersion,
            },
            ["status"] = JsonSerializer.SerializeToNode(status, type),
        };
        _ = await client.PatchStatusAsync<T>(ObjectKey.Of(about), Patch.Apply(body), new WriteOptions { FieldManager = Labels.ManagedByValue, Force = true }, cancellationToken);
        if (_lastWrite.Count >= Capacity)
        {
            _lastWrite.Clear();
        }

        _lastWrite[uid] = time.GetTimestamp();
        return (true, null);
    }

    /// <summary>Epoch or 30 s, plus up to a quarter by the object, so that a fleet's writes spread.</summary>
    private static TimeSpan Interval(string uid, TimeSpan epoch)
    {
        TimeSpan least = epoch < MinProgressInterval ? MinProgressInterval : epoch;
        int skew = 0;
        foreach (char c in uid)
        {
            skew = ((skew * 31) + c) & 0xff;
        }

        return least + (least * (skew / 1024.0));
    }
}
