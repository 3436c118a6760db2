using System.Text;
using System.Text.Json.Nodes;
using Fleet.LocalCluster.Api;
using Fleet.LocalCluster.Json;
using Fleet.LocalCluster.Resources;
using Fleet.LocalCluster.Storage;
using Microsoft.Extensions.Logging;

namespace Fleet.LocalCluster.Controllers;

/// <summary>
/// Endpoints of services, and the hosts file with the names of pods behind headless services; the file is replaced as a whole, so that
/// readers never see half of it.
/// </summary>
internal sealed class EndpointsController(ObjectService objects, string hostsFile, TimeProvider time, ILogger logger) : Controller(objects, time, logger)
{
    private static readonly ReconcileKey Hosts = new("", "hosts");
    private static readonly WriteContext Context = new("endpoint-controller");
    private string _written = "";

    protected override IEnumerable<ReconcileKey> Affected(Change change)
    {
        ObjectKey key = change.Object.Key;
        if (key.Resource == Kinds.Services)
        {
            return [new ReconcileKey(key.Namespace, key.Name), Hosts];
        }

        return key.Resource != Kinds.Pods ? [] : [.. ServicesOf(key.Namespace), Hosts];
    }

    protected override IEnumerable<ReconcileKey> Everything() =>
        [.. Objects.Store.List(Kinds.Services).Items.Select(s => new ReconcileKey(s.Key.Namespace, s.Key.Name)), Hosts];

    protected override TimeSpan? Reconcile(ReconcileKey key)
    {
        if (key == Hosts)
        {
            WriteHosts();
            return null;
        }

        StoredObject? service = Objects.Store.Get(new ObjectKey(Kinds.Services, key.Namespace, key.Name));
        ResourceScope scope = Objects.Scope("", "endpoints", key.Namespace);
        if (service is null)
        {
            if (Objects.Store.Get(new ObjectKey(Kinds.Endpoints, key.Namespace, key.Name)) is not null)
            {
                _ = Objects.Delete(scope, key.Name, new DeleteContext());
            }

            return null;
        }

        if (service.IsDeleting || service.ToNode().Obj("spec", "selector") is not { Count: > 0 })
        {
            return null;
        }

        WriteEndpoints(scope, service);
        return null;
    }

    private void WriteEndpoints(ResourceScope scope, StoredObject service)
    {
        JsonObject value = service.ToNode();
        JsonArray subsets = Subsets(value, service.Key.Namespace);
        JsonObject labels = (JsonObject?)value.At("metadata", "labels")?.DeepClone() ?? [];
        if (Objects.Store.Get(new ObjectKey(Kinds.Endpoints, service.Key.Namespace, service.Key.Name)) is null)
        {
            try
            {
                _ = Objects.Create(scope, new JsonObject { ["metadata"] = new JsonObject { ["name"] = service.Key.Name, ["labels"] = labels }, ["subsets"] = subsets }, Context);
                return;
            }
            catch (ApiException error) when (error.Reason == "AlreadyExists")
            {
                // Fall through: update it.
            }
        }

        _ = Objects.Edit(scope, service.Key.Name, Context, endpoints =>
        {
            endpoints["subsets"] = subsets.DeepClone();
            return endpoints;
        });
    }

    private JsonArray Subsets(JsonObject service, string ns)
    {
        bool publishAll = service.Bool("spec", "publishNotReadyAddresses") == true;
        var ready = new JsonArray();
        var waiting = new JsonArray();
        foreach (StoredObject pod in Objects.Store.List(Kinds.Pods, ns).Items)
        {
            if (pod.Root.Str("status", "podIP") is not string address || (pod.IsDeleting && !publishAll)
                || !service.Obj("spec", "selector")!.All(s => pod.Labels.GetValueOrDefault(s.Key) == s.Value.Str()))
            {
                continue;
            }

            var entry = new JsonObject { ["ip"] = address, ["nodeName"] = "local" };
            if (pod.Root.Str("spec", "hostname") is string hostname)
            {
                entry["hostname"] = hostname;
            }

            entry["targetRef"] = new JsonObject { ["kind"] = "Pod", ["namespace"] = ns, ["name"] = pod.Key.Name, ["uid"] = pod.Uid };
            (publishAll || StatefulSetController.IsReady(pod) ? ready : waiting).Add((JsonNode)entry);
        }

        if (ready.Count + waiting.Count == 0)
        {
            return [];
        }

        var subset = new JsonObject();
        if (ready.Count > 0)
        {
            subset["addresses"] = ready;
        }

        if (waiting.Count > 0)
        {
            subset["notReadyAddresses"] = waiting;
        }

        subset["ports"] = new JsonArray([.. service.Items("spec", "ports").Select(p =>
        {
            var port = new JsonObject { ["port"] = p.Int("targetPort") ?? p.Int("port"), ["protocol"] = p.Str("protocol") ?? "TCP" };
            if (p.Str("name") is string name)
            {
                port["name"] = name;
            }

            return (JsonNode)port;
        })]);
        return [subset];
    }

    private void WriteHosts()
    {
        var text = new StringBuilder("127.0.0.1 localhost\n");
        foreach (StoredObject pod in Objects.Store.List(Kinds.Pods).Items)
        {
            if (pod.Root.Str("status", "podIP") is not string address || pod.Root.Str("spec", "hostname") is not string host
                || pod.Root.Str("spec", "subdomain") is not string subdomain
                || Objects.Store.Get(new ObjectKey(Kinds.Services, pod.Key.Namespace, subdomain)) is not StoredObject service
                || service.Root.Str("spec", "clusterIP") != "None")
            {
                continue;
            }

            bool publish = service.Root.At("spec", "publishNotReadyAddresses") is { ValueKind: System.Text.Json.JsonValueKind.True };
            if (publish || StatefulSetController.IsReady(pod))
            {
                string name = $"{host}.{subdomain}.{pod.Key.Namespace}.svc";
                text.Append(address).Append(' ').Append(name).Append(' ').Append(name).Append(".cluster.local\n");
            }
        }

        string content = text.ToString();
        if (content == _written && File.Exists(hostsFile))
        {
            return;
        }

        string temporary = hostsFile + ".tmp";
        File.WriteAllText(temporary, content);
        File.Move(temporary, hostsFile, true);
        _written = content;
    }

    private IEnumerable<ReconcileKey> ServicesOf(string ns) => Objects.Store.List(Kinds.Services, ns).Items.Select(s => new ReconcileKey(ns, s.Key.Name));
}
