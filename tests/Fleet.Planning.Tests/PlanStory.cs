using System.Text.Json;
using System.Text.Json.Nodes;
using Fleet.Api;
using Fleet.Kubernetes.Models;

namespace Fleet.Planning.Tests;

/// <summary>What happened before a decision, told in a few lines of YAML and played on a <see cref="PlanWorld"/>.</summary>
internal sealed class PlanStory(PlanWorld world)
{
    /// <summary>Plays one line; <c>what: argument</c>.</summary>
    public void Play(string what, JsonNode? argument)
    {
        switch (what)
        {
            case "settle":
                world.Settle();
                break;
            case "pass":
                for (int i = 0; i < argument!.GetValue<long>(); i++)
                {
                    world.Pass();
                }

                break;
            case "run":
                Each(argument, name => world.Run(name));
                break;
            case "runUnready":
                Each(argument, name => world.Run(name, ready: false));
                break;
            case "kill":
                Each(argument, Kill);
                break;
            case "outdated":
                Each(argument, Outdate);
                break;
            case "advance":
                world.Now += new Duration(argument!.GetValue<string>()).Value;
                break;
            case "genesisPlus":
                world.Now = world.Testnet.Status!.GenesisTime!.Value + new Duration(argument!.GetValue<string>()).Value;
                break;
            case "report":
                world.ReportAll(argument!["head"]!.GetValue<long>(), argument["finalized"]!.GetValue<long>());
                break;
            case "edit":
                Edit(argument!);
                break;
            case "operatorImage":
                world.Observation = world.Observation with { Settings = new OperatorSettings(argument?.GetValue<string>()) };
                break;
            case "other":
                Add(argument!);
                break;
            default:
                throw new InvalidOperationException($"nobody knows how to play {what}");
        }
    }

    /// <summary>Names, or <c>all</c>.</summary>
    private void Each(JsonNode? argument, Action<string> act)
    {
        IEnumerable<string> names = argument is JsonArray list ? list.Select(name => name!.GetValue<string>()) : world.Observation.Nodes.Keys;
        foreach (string name in names.ToList())
        {
            act(name);
        }
    }

    private void Kill(string node) => world.Observation = world.Observation with
    {
        Pods = world.Observation.Pods.Remove(Names.Pod(node)),
        Snapshots = world.Observation.Snapshots.Remove(node),
    };

    private void Outdate(string node)
    {
        StatefulSet set = world.Observation.StatefulSets[node];
        set.Spec!.Template = KubernetesJson.Clone(set.Spec.Template!, KubernetesJson.Context.PodTemplateSpec);
        set.Spec.Template.Metadata!.Annotations![Annotations.TemplateHash] = "of-the-new-image";
    }

    private void Edit(JsonNode patch)
    {
        JsonNode edited = CaseYaml.Merge(KubernetesJson.ToNode(world.Testnet), patch)!;
        Testnet testnet = edited.Deserialize(FleetApiJson.Context.Testnet)!;
        testnet.Metadata.Generation++;
        world.Observation = world.Observation with { Testnet = testnet };
    }

    private void Add(JsonNode other)
    {
        var testnet = new Testnet
        {
            Metadata = new ObjectMeta
            {
                Name = other["name"]!.GetValue<string>(),
                Namespace = "elsewhere",
                Uid = "99999999-8888-7777-6666-555555555555",
                CreationTimestamp = PlanWorld.Start + TimeSpan.FromSeconds(other["createdAfter"]!.GetValue<long>()),
            },
            Spec = new TestnetSpec { Network = new NetworkSpec { ProtocolId = other["protocolId"]!.GetValue<string>() } },
        };
        world.Observation = world.Observation with { Others = [.. world.Observation.Others, testnet] };
    }
}
