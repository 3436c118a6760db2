using System.Globalization;
using Fleet.LocalCluster.Json;
using Fleet.LocalCluster.Resources;
using Fleet.LocalCluster.Storage;
using Microsoft.Extensions.Logging;

namespace Fleet.LocalCluster.Controllers;

/// <summary>Removes events an hour after they were seen last, as a kube-apiserver does by itself.</summary>
internal sealed class EventExpiry(ObjectService objects, TimeProvider time, ILogger logger) : Controller(objects, time, logger)
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(1);

    protected override IEnumerable<ReconcileKey> Affected(Change change) =>
        change.Object.Key.Resource == Kinds.Events && change.Kind != ChangeKind.Deleted ? [new ReconcileKey(change.Object.Key.Namespace, change.Object.Key.Name)] : [];

    protected override IEnumerable<ReconcileKey> Everything() =>
        Objects.Store.List(Kinds.Events).Items.Select(e => new ReconcileKey(e.Key.Namespace, e.Key.Name));

    protected override TimeSpan? Reconcile(ReconcileKey key)
    {
        StoredObject? value = Objects.Store.Get(new ObjectKey(Kinds.Events, key.Namespace, key.Name));
        if (value is null)
        {
            return null;
        }

        TimeSpan left = LastSeen(value) + Lifetime - Time.GetUtcNow();
        if (left > TimeSpan.Zero)
        {
            return left;
        }

        _ = Objects.Delete(Objects.Scope("", "events", key.Namespace), key.Name, new DeleteContext { Uid = value.Uid });
        return null;
    }

    private static DateTimeOffset LastSeen(StoredObject value)
    {
        string?[] times = [value.Root.Str("metadata", "creationTimestamp"), value.Root.Str("lastTimestamp"), value.Root.Str("series", "lastObservedTime")];
        return times.Max(t => DateTimeOffset.TryParse(t, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset at) ? at : DateTimeOffset.MinValue);
    }
}
