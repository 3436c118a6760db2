using System.Globalization;
using System.Text.Json.Nodes;
using Fleet.LocalCluster.Json;
using Fleet.LocalCluster.Resources;
using Fleet.LocalCluster.Storage;
using Microsoft.Extensions.Logging;

namespace Fleet.LocalCluster.Controllers;

/// <summary>Counts how many evictions each PodDisruptionBudget allows now.</summary>
internal sealed class BudgetController(ObjectService objects, TimeProvider time, ILogger logger) : Controller(objects, time, logger)
{
    private static readonly WriteContext Context = new("disruption-controller") { Subresource = "status" };

    protected override IEnumerable<ReconcileKey> Affected(Change change)
    {
        ObjectKey key = change.Object.Key;
        if (key.Resource == Kinds.Budgets)
        {
            return [new ReconcileKey(key.Namespace, key.Name)];
        }

        return key.Resource == Kinds.Pods ? Objects.Store.List(Kinds.Budgets, key.Namespace).Items.Select(b => new ReconcileKey(key.Namespace, b.Key.Name)) : [];
    }

    protected override IEnumerable<ReconcileKey> Everything() =>
        Objects.Store.List(Kinds.Budgets).Items.Select(b => new ReconcileKey(b.Key.Namespace, b.Key.Name));

    protected override TimeSpan? Reconcile(ReconcileKey key)
    {
        StoredObject? budget = Objects.Store.Get(new ObjectKey(Kinds.Budgets, key.Namespace, key.Name));
        if (budget is null || budget.IsDeleting)
        {
            return null;
        }

        JsonObject value = budget.ToNode();
        (int healthy, int desired, int expected) = Count(Objects, key.Namespace, value);
        _ = Objects.Edit(Objects.Scope("policy", "poddisruptionbudgets", key.Namespace), key.Name, Context, current =>
        {
            JsonObject status = current.Need("status");
            status["currentHealthy"] = healthy;
            status["desiredHealthy"] = desired;
            status["expectedPods"] = expected;
            status["disruptionsAllowed"] = Math.Max(0, healthy - desired);
            status["observedGeneration"] = value.Int("metadata", "generation") ?? 1;
            return current;
        });
        return null;
    }

    /// <summary>Counts the pods of a budget by what is stored now; its status tells how many there were when it was last counted.</summary>
    public static (int Healthy, int Desired, int Expected) Count(ObjectService objects, string ns, JsonObject budget)
    {
        List<StoredObject> pods = [.. objects.Store.List(Kinds.Pods, ns).Items
            .Where(p => Selectors.Matches(budget.At("spec", "selector"), p.ToNode().Obj("metadata", "labels")))];
        int expected = pods.Count;
        int desired = budget.At("spec", "maxUnavailable") is JsonNode most ? Math.Max(0, expected - Amount(most, expected)) : Amount(budget.At("spec", "minAvailable"), expected);
        return (pods.Count(p => !p.IsDeleting && StatefulSetController.IsReady(p)), desired, expected);
    }

    /// <summary>A count, or a percentage rounded up.</summary>
    private static int Amount(JsonNode? node, int of)
    {
        if (node.Str() is string text && text.EndsWith('%') && int.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out int percent))
        {
            return (int)Math.Ceiling(of * percent / 100.0);
        }

        return (int)(JsonPaths.AsInt(node) ?? 0);
    }
}
