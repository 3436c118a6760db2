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
    /// <returns>After what time withheld progress is due; null when nothing is withheld.</returns>
    public async Task<(bool Written, TimeSpan? DueAfter)> WriteAsync<T, TStatus>(
        T about, TStatus status, JsonTypeInfo<TStatus> type, StatusChange change, TimeSpan epoch, CancellationToken cancellationToken)
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

        var body = new JsonObject
        {
            ["apiVersion"] = T.Resource.ApiVersion,
            ["kind"] = T.Resource.Kind,

            // The UID is a precondition: a status never lands on a later object of the same name.
            ["metadata"] = new JsonObject { ["name"] = about.Metadata.Name, ["namespace"] = about.Metadata.Namespace, ["uid"] = about.Metadata.Uid },
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
