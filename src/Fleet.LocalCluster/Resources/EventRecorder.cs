using System.Globalization;
using System.Text.Json.Nodes;
using Fleet.LocalCluster.Api;
using Fleet.LocalCluster.Controllers;
using Fleet.LocalCluster.Json;

namespace Fleet.LocalCluster.Resources;

/// <summary>What happened to an object, for <c>kubectl describe</c> and <c>kubectl get events</c>.</summary>
/// <param name="Source">Component that saw it, e.g. <c>kubelet</c>.</param>
/// <param name="Type"><c>Normal</c> or <c>Warning</c>.</param>
/// <param name="Reason">Machine-readable reason, e.g. <c>Started</c>.</param>
/// <param name="Message">For people.</param>
/// <param name="FieldPath">Part of the object that it is about, e.g. <c>spec.containers{beacon}</c>, or empty.</param>
internal sealed record Occurrence(string Source, string Type, string Reason, string Message, string FieldPath = "");

/// <summary>
/// Writes core/v1 events. The same occurrence of the same object is one event whose count rises; what is there already is looked up, so nothing
/// has to be remembered. Names end in the time, as those of other clusters do: lists of events are in the order in which things happened.
/// </summary>
internal sealed class EventRecorder(ObjectService objects, TimeProvider time)
{
    private const string Node = "local";
    private long _last;

    /// <summary>Writes or counts up an event; where its namespace takes nothing new any more, nothing is written.</summary>
    public void Record(JsonObject about, Occurrence what)
    {
        string ns = about.Str("metadata", "namespace") ?? "default";
        ResourceScope scope = objects.Scope("", "events", ns);
        var context = new WriteContext(what.Source);
        try
        {
            if (Find(ns, about, what) is string known)
            {
                _ = objects.Edit(scope, known, context, value =>
                {
                    value["count"] = (value.Int("count") ?? 1) + 1;
                    value["lastTimestamp"] = objects.Now;
                    return value;
                });
                return;
            }

            string name = string.Create(CultureInfo.InvariantCulture, $"{about.Str("metadata", "name")}.{Nanoseconds():x16}");
            _ = objects.Create(scope, Event(name, about, what), context);
        }
        catch (ApiException error) when (error.Code is 403 or 404 or 409)
        {
            // The namespace goes, or the event just did: what happened in it is of no interest any more.
        }
    }

    private string? Find(string ns, JsonObject about, Occurrence what)
    {
        string prefix = about.Str("metadata", "name") + ".";
        string? uid = about.Str("metadata", "uid");
        return objects.Store.List(Kinds.Events, ns).Items.FirstOrDefault(e =>
            e.Key.Name.StartsWith(prefix, StringComparison.Ordinal) && e.Root.Str("involvedObject", "uid") == uid && e.Root.Str("reason") == what.Reason
            && e.Root.Str("message") == what.Message && e.Root.Str("type") == what.Type && e.Root.Str("source", "component") == what.Source
            && (e.Root.Str("involvedObject", "fieldPath") ?? "") == what.FieldPath)?.Key.Name;
    }

    /// <summary>Nanoseconds since 1970, each time more than before.</summary>
    private long Nanoseconds()
    {
        long now = (time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * 100;
        long last;
        long next;
        do
        {
            last = Interlocked.Read(ref _last);
            next = Math.Max(now, last + 1);
        }
        while (Interlocked.CompareExchange(ref _last, next, last) != last);
        return next;
    }

    private JsonObject Event(string name, JsonObject about, Occurrence what)
    {
        var involved = new JsonObject
        {
            ["kind"] = about.Str("kind"),
            ["namespace"] = about.Str("metadata", "namespace"),
            ["name"] = about.Str("metadata", "name"),
            ["uid"] = about.Str("metadata", "uid"),
            ["apiVersion"] = about.Str("apiVersion"),
            ["resourceVersion"] = about.Str("metadata", "resourceVersion"),
        };
        if (what.FieldPath.Length > 0)
        {
            involved["fieldPath"] = what.FieldPath;
        }

        var source = new JsonObject { ["component"] = what.Source };
        if (what.Source == "kubelet")
        {
            source["host"] = Node;
        }

        string now = objects.Now;
        return new JsonObject
        {
            ["metadata"] = new JsonObject { ["name"] = name },
            ["involvedObject"] = involved,
            ["reason"] = what.Reason,
            ["message"] = what.Message,
            ["source"] = source,
            ["firstTimestamp"] = now,
            ["lastTimestamp"] = now,
            ["count"] = 1,
            ["type"] = what.Type,
            ["reportingComponent"] = what.Source,
            ["reportingInstance"] = what.Source == "kubelet" ? Node : "",
        };
    }
}

/// <summary>
/// How many events one object may cause, as the kubelet limits them: 25 at once, then one in five minutes. Without it a probe that fails each second
/// would write each second.
/// </summary>
internal sealed class EventBudget(TimeProvider time)
{
    private const double Burst = 25;
    private static readonly TimeSpan Refill = TimeSpan.FromMinutes(5);
    private double _left = Burst;
    private long _last = time.GetTimestamp();

    /// <summary>Takes one event's worth; false when there is none left.</summary>
    public bool TryTake()
    {
        long now = time.GetTimestamp();
        _left = Math.Min(Burst, _left + (time.GetElapsedTime(_last, now) / Refill));
        _last = now;
        if (_left < 1)
        {
            return false;
        }

        _left--;
        return true;
    }
}
