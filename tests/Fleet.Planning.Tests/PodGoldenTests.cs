using Fleet.Api;
using Fleet.Api.Manifests;
using Fleet.Kubernetes.Models;
using Fleet.Planning.Children;
using TestKit;

namespace Fleet.Planning.Tests;

/// <summary>Children as files: what the operator makes can be read, and a change of it is seen. FLEET_UPDATE_GOLDEN=1 rewrites them.</summary>
public sealed class PodGoldenTests
{
    [Theory]
    [InlineData("devnet-eu-0")]
    [InlineData("devnet-boot-0")]
    public void A_stateful_set_is_as_the_contracts_say(string name)
    {
        var world = new PlanWorld();
        world.Settle();
        BeaconNode node = world.Observation.Nodes[name];
        node.Metadata.Uid = "uid-of-the-node";
        StatefulSet set = StatefulSetBuilder.Build(new PodParameters(node, "beacon:dev", 1, Names.IdentitySecret(name), 1));
        string text = YamlText.Write(KubernetesJson.ToNode(set));
        GoldenFile.Matches(Path.Combine("tests", "Fleet.Planning.Tests", "Golden", name + ".statefulset.yaml"), text);
    }

    /// <summary>Of a node whose volume was made while the chain ran.</summary>
    [Fact]
    public void A_validator_is_told_from_when_on_it_may_sign()
    {
        var world = new PlanWorld();
        world.Settle();
        BeaconNode node = world.Observation.Nodes["devnet-eu-0"];
        PodParameters parameters = new(node, "beacon:dev", 1, Names.IdentitySecret("devnet-eu-0"), 1);
        List<string>[] before = [.. PodTemplateBuilder.Build(parameters).Spec!.Containers.Select(container => container.Args!)];
        List<string>[] after = [.. PodTemplateBuilder.Build(parameters with { SignFromEpoch = 57 }).Spec!.Containers.Select(container => container.Args!)];
        Assert.Equal(before[0], after[0]);
        Assert.Equal(["--sign-from-epoch=57"], after[1].Except(before[1]));
        Assert.Equal(before[1], after[1].Where(flag => flag != "--sign-from-epoch=57"));
    }

    [Fact]
    public void The_peers_file_lists_every_node_and_marks_bootnodes()
    {
        var world = new PlanWorld();
        world.Settle();
        string text = world.Observation.ConfigMaps["devnet-peers"].Data!["peers.yaml"];
        Assert.StartsWith("fence: []\npeers:\n- name: devnet-boot-0\n  bootnode: true\n  addresses: [\"/dns4/devnet-boot-0-0.devnet.default.svc/tcp/9000/p2p/16Uiu2HAdevnetboot0\"]\n", text);
        Assert.Equal(5, text.Split("- name: ").Length - 1);
    }

    [Theory]
    [InlineData("A=1", "A=1 B=2", null)]
    [InlineData("", "B=2", null)]
    [InlineData("A=1", "B=2", "spec.env")]
    [InlineData("A=1", "A=2 B=2", "spec.env")]
    public void Variables_that_others_add_to_a_node_are_left_alone(string wanted, string observed, string? difference)
    {
        static BeaconNode With(string variables) => new()
        {
            Spec = new BeaconNodeSpec
            {
                Env = [.. variables.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(variable => new EnvironmentVariable { Name = variable[..1], Value = variable[2..] })],
            },
        };
        Assert.Equal(difference, ObjectDiff.FirstDifference(With(wanted), With(observed)));
    }

    [Theory]
    [InlineData("1", "1000m", null)]
    [InlineData("1Gi", "1024Mi", null)]
    [InlineData("1", "2", "spec.template.spec.containers[0].resources.requests.cpu")]
    public void Quantities_are_compared_by_value(string wanted, string observed, string? difference)
    {
        StatefulSet With(string cpu) => new()
        {
            Spec = new StatefulSetSpec
            {
                Template = new PodTemplateSpec
                {
                    Spec = new PodSpec { Containers = [new Container { Name = "beacon", Resources = new ResourceRequirements { Requests = new Dictionary<string, Quantity> { ["cpu"] = cpu } } }] },
                },
            },
        };
        Assert.Equal(difference, ObjectDiff.FirstDifference(With(wanted), With(observed)));
    }
}
