using System.Text.Json;
using System.Text.Json.Nodes;
using Fleet.Api;
using Fleet.Api.Manifests;
using Fleet.Kubernetes.Models;
using TestKit;

namespace Fleet.Planning.Tests;

/// <summary>
/// Decisions as files. Each folder of Cases holds a manifest, what happened before (<c>story.yaml</c>), and what is decided then: <c>plan.yaml</c>, and
/// in <c>children.yaml</c> the objects that are written. FLEET_UPDATE_GOLDEN=1 rewrites what is expected.
/// </summary>
public sealed class CaseTests
{
    private static readonly string Folder = Path.Combine(Repository.Root, "tests", "Fleet.Planning.Tests", "Cases");

    public static TheoryData<string> Cases => [.. Directory.EnumerateDirectories(Folder).Select(folder => Path.GetFileName(folder)!).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_decision_is_as_recorded(string name)
    {
        string folder = Path.Combine(Folder, name);
        var world = new PlanWorld(Path.Combine(folder, "testnet.yaml"));
        var story = new PlanStory(world);
        foreach (JsonNode? line in (JsonArray?)CaseYaml.Read(Path.Combine(folder, "story.yaml")) ?? [])
        {
            (string what, JsonNode? argument) = line!.AsObject().Single();
            story.Play(what, argument);
        }

        TestnetPlan plan = TestnetPlanner.Plan(world.Observation, world.Now);
        Check(Path.Combine(folder, "plan.yaml"), YamlText.Write(Describe(plan)));
        Check(Path.Combine(folder, "children.yaml"), string.Join("---\n", plan.Actions.Select(ObjectOf).Where(child => child is not null).Select(child => YamlText.Write(child))));

        // The same observation at the same time is decided the same way.
        Assert.Equal(YamlText.Write(Describe(plan)), YamlText.Write(Describe(TestnetPlanner.Plan(world.Observation, world.Now))));
    }

    [Fact]
    public void Every_kind_of_case_is_there()
    {
        string[] needed =
        [
            "all-pods-running-genesis", "fresh-testnet", "image-change-under-on-delete", "invalid-spec-keys-disagree", "invalid-spec-no-image", "node-killed", "scale-down-refused",
            "scaled-down", "scaled-down-and-back", "scaled-up", "suspend", "two-testnets-one-protocol-id",
        ];
        Assert.Empty(needed.Except(Directory.EnumerateDirectories(Folder).Select(folder => Path.GetFileName(folder)), StringComparer.Ordinal));
    }

    private static void Check(string file, string text)
    {
        if (Environment.GetEnvironmentVariable("FLEET_UPDATE_GOLDEN") == "1")
        {
            File.WriteAllText(file, text);
        }

        Assert.Equal(File.ReadAllText(file), text);
    }

    private static JsonObject Describe(TestnetPlan plan) => new()
    {
        ["actions"] = new JsonArray([.. plan.Actions.Select(Action)]),
        ["conditions"] = new JsonArray([.. plan.Status.Conditions!.Select(condition => (JsonNode)new JsonObject
        {
            ["type"] = condition.Type,
            ["status"] = condition.Status,
            ["reason"] = condition.Reason,
            ["message"] = condition.Message,
        })]),
        ["events"] = new JsonArray([.. plan.Events.Select(planned => (JsonNode)$"{planned.Type} {planned.Reason}: {planned.Message}")]),
        ["lookAgainAfter"] = plan.LookAgainAfter is { } delay ? Duration.From(delay).Text : null,
        ["status"] = Progress(plan.Status),
    };

    /// <summary>The status without what stands above.</summary>
    private static JsonObject Progress(TestnetStatus status)
    {
        JsonObject node = JsonSerializer.SerializeToNode(status, FleetApiJson.Context.TestnetStatus)!.AsObject();
        node.Remove("conditions");
        return node;
    }

    private static JsonNode Action(PlanAction action)
    {
        JsonObject? child = ObjectOf(action);
        string what = child is null ? "" : $" {child["kind"]} {child["metadata"]?["name"]}";
        string detail = action switch
        {
            PlanAction.EnsureKeys keys => $", keys {keys.Range}",
            PlanAction.RefreshPod refresh => $", {Annotations.Network}={refresh.GenesisRoot}",
            PlanAction.WriteGenesis genesis => $" of iteration {genesis.Iteration.Iteration} at {genesis.GenesisTime.UtcDateTime:yyyy-MM-ddTHH:mm:ssZ}",
            _ => "",
        };
        return $"{action.GetType().Name}{what}{detail}: {action.Why}";
    }

    private static JsonObject? ObjectOf(PlanAction action) => action switch
    {
        PlanAction.Apply { Object: BeaconNode node } => KubernetesJson.ToNode(node),
        PlanAction.Apply { Object: Service service } => KubernetesJson.ToNode(service),
        PlanAction.Apply { Object: ConfigMap map } => KubernetesJson.ToNode(map),
        PlanAction.Apply { Object: PodDisruptionBudget budget } => KubernetesJson.ToNode(budget),
        PlanAction.Create { Object: ConfigMap map } => KubernetesJson.ToNode(map),
        PlanAction.Delete { Object: BeaconNode node } => Reference("BeaconNode", node),
        PlanAction.Delete { Object: ConfigMap map } => Reference("ConfigMap", map),
        PlanAction.ReplacePod replace => Reference("Pod", replace.Pod),
        PlanAction.RefreshPod refresh => new JsonObject { ["kind"] = "Pod", ["metadata"] = new JsonObject { ["name"] = refresh.Pod.Metadata.Name } },
        PlanAction.EnsureMnemonic mnemonic => KubernetesJson.ToNode(mnemonic.Shell),
        PlanAction.EnsureKeys keys => KubernetesJson.ToNode(keys.Shell),
        PlanAction.WriteGenesis => null,
        _ => throw new InvalidOperationException($"{action.GetType().Name} has no file form"),
    };

    /// <summary>What goes is told by its name.</summary>
    private static JsonObject Reference(string kind, IKubernetesObject value) => new() { ["kind"] = kind, ["metadata"] = new JsonObject { ["name"] = value.Metadata.Name }, ["deleted"] = true };
}
