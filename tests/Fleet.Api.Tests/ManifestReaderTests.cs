using System.Text;
using Fleet.Api.Manifests;
using Fleet.Kubernetes.Models;

namespace Fleet.Api.Tests;

public sealed class ManifestReaderTests
{
    private const string Minimal =
        """
        apiVersion: beaconfleet.dev/v1alpha1
        kind: Testnet
        metadata: {name: devnet}
        spec:
          network: {preset: minimal, config: {SLOT_DURATION_MS: 1000}}
          genesis: {validators: 64}
          pools:
          - name: eu
            replicas: 4
        """;

    [Theory]
    [InlineData("crds/samples/devnet.yaml", 4, 64)]
    [InlineData("crds/samples/three-pools.yaml", 7, 100)]
    [InlineData("crds/samples/canary.yaml", 3, 56)]
    public void Samples_are_valid(string path, int nodes, int validators)
    {
        IReadOnlyList<ManifestObject> objects = ManifestReader.Read(Repository.Read(path), path);
        Assert.Empty(ManifestReader.Validate(objects));
        var testnet = Assert.IsType<Testnet>(Assert.Single(objects).Object);
        Assert.Equal(nodes, testnet.Spec.Pools.Sum(pool => pool.Replicas));
        Assert.Equal(validators, testnet.Spec.Genesis.Validators);
        Assert.Equal(1000UL, testnet.Spec.Network.Config!["SLOT_DURATION_MS"].TryGetUInt64(out ulong slot) ? slot : 0);
        Assert.Equal("IfNotPresent", testnet.Spec.ImagePullPolicy);
        Assert.Equal("5Gi", testnet.Spec.Pools[0].Storage.Size);
        Assert.Equal(TimeSpan.FromSeconds(30), testnet.Spec.Health.NoBlockAfter.Value);
        Assert.Equal(path.Contains("canary", StringComparison.Ordinal) ? RolloutStrategies.Canary : RolloutStrategies.AllAtOnce, testnet.Spec.Rollout.Strategy);
    }

    [Fact]
    public void A_roll_out_is_held_to_its_rules()
    {
        const string Text = "apiVersion: beaconfleet.dev/v1alpha1\nkind: CanaryRollout\nmetadata: {name: devnet-r1}\nspec:\n  {testnet: devnet, from: 'beacon:1', to: 'beacon:2', iteration: 1, number: 1, decision: Approve}\n";
        IReadOnlyList<ManifestObject> objects = ManifestReader.Read(Text, "rollout.yaml");
        Assert.IsType<CanaryRollout>(Assert.Single(objects).Object);
        Assert.Empty(ManifestReader.Validate(objects));
        ManifestException error = Assert.Single(ManifestReader.Validate(ManifestReader.Read(Text.Replace("Approve", "Perhaps"), "rollout.yaml")));
        Assert.Equal("rollout.yaml:5: spec.decision: must be Approve or Reject or Abort, not \"Perhaps\"", error.Message);
    }

    [Fact]
    public void A_reset_is_held_to_its_rules()
    {
        const string Text = "apiVersion: beaconfleet.dev/v1alpha1\nkind: ChainReset\nmetadata: {name: devnet-i1}\nspec:\n  {testnet: devnet, fromIteration: 1, reason: 'a try', criterion: U1}\n";
        IReadOnlyList<ManifestObject> objects = ManifestReader.Read(Text, "reset.yaml");
        Assert.IsType<ChainReset>(Assert.Single(objects).Object);
        Assert.Empty(ManifestReader.Validate(objects));
        Assert.Equal(
            ["reset.yaml:5: spec.fromIteration: must be between 1 and 999999, not 0", "reset.yaml:5: spec.criterion: must be U1 or U2 or U3 or U4 or U5 or U6, not \"U7\""],
            ManifestReader.Validate(ManifestReader.Read(Text.Replace("U1", "U7").Replace("fromIteration: 1", "fromIteration: 0"), "reset.yaml")).Select(error => error.Message));
    }

    [Fact]
    public void Several_documents_make_several_objects()
    {
        string text = Minimal + "\n---\n# nothing\n---\napiVersion: v1\nkind: Secret\nmetadata: {name: words}\nstringData: {mnemonic: \"a b c\"}\n";
        IReadOnlyList<ManifestObject> objects = ManifestReader.Read(text, "nets.yaml");
        Assert.Collection(objects, item => Assert.IsType<Testnet>(item.Object), item => Assert.IsType<Secret>(item.Object));
    }

    [Theory]
    [InlineData("kind: Testnet", "kind: Deployment", "nets.yaml:2: kind: \"Deployment\" (beaconfleet.dev/v1alpha1) is not a kind that can be used here; use Testnet, BeaconNode, CanaryRollout, ChainReset, Secret or Namespace")]
    [InlineData("beaconfleet.dev/v1alpha1", "beaconfleet.dev/v1", "nets.yaml:1: apiVersion: must be beaconfleet.dev/v1alpha1 for a Testnet, not \"beaconfleet.dev/v1\"")]
    [InlineData("    replicas: 4", "    replica: 4", "nets.yaml:9: spec.pools[0].replica: is not a known field; did you mean \"replicas\"?")]
    [InlineData("    replicas: 4", "    replicas: 4\n    replicas: 5", "nets.yaml:10: spec.pools[0].replicas: is given twice")]
    [InlineData("    replicas: 4", "    replicas: \"4\"", "nets.yaml:9: spec.pools[0].replicas: must be a whole number, not \"4\"")]
    [InlineData("    replicas: 4", "    replicas: 4.5", "nets.yaml:9: spec.pools[0].replicas: must be a whole number, not 4.5")]
    [InlineData("    replicas: 4", "    replicas: 99999999999", "nets.yaml:9: spec.pools[0].replicas: 99999999999 is out of range")]
    [InlineData("    replicas: 4", "    replicas: [4]", "nets.yaml:9: spec.pools[0].replicas: must be a whole number, not a list")]
    [InlineData("- name: eu", "- name: 12", "nets.yaml:8: spec.pools[0].name: must be a text; put 12 in quotes")]
    [InlineData("  genesis: {validators: 64}", "  genesis: 64", "nets.yaml:6: spec.genesis: must be an object, not 64")]
    [InlineData("preset: minimal", "preset: minimal, rollout: {}", "nets.yaml:5: spec.network.rollout: is not a known field")]
    [InlineData("metadata: {name: devnet}", "metadata: {name: devnet", "nets.yaml:3: is not valid YAML")]
    [InlineData("metadata: {name: devnet}", "metadata: *nowhere", "nets.yaml:3: metadata: refers to the anchor \"nowhere\", which does not come before it")]
    [InlineData("SLOT_DURATION_MS: 1000", "SLOT_DURATION_MS: true", "nets.yaml:5: spec.network.config.SLOT_DURATION_MS: must be a number or a text, not true")]
    public void What_is_wrong_is_said_in_one_sentence_with_its_place(string good, string bad, string message)
    {
        Assert.Contains(good, Minimal);
        var exception = Assert.Throws<ManifestException>(() => ManifestReader.Read(Minimal.Replace(good, bad), "nets.yaml"));
        Assert.StartsWith(message, exception.Message);
        Assert.DoesNotContain('\n', exception.Message);
    }

    [Theory]
    [InlineData("")]
    [InlineData("# only a comment\n")]
    [InlineData("---\n---\n")]
    public void A_file_without_objects_is_refused(string text) =>
        Assert.Equal("nets.yaml:1: holds no object", Assert.Throws<ManifestException>(() => ManifestReader.Read(text, "nets.yaml")).Message);

    [Fact]
    public void A_document_without_a_kind_is_refused() =>
        Assert.Equal("x.yaml:1: kind: is missing", Assert.Throws<ManifestException>(() => ManifestReader.Read("apiVersion: v1\n", "x.yaml")).Message);

    [Fact]
    public void A_bomb_of_aliases_is_refused_before_it_goes_off()
    {
        var text = new StringBuilder("apiVersion: v1\nkind: Secret\nmetadata:\n  name: bomb\n  annotations: {}\nx0: &x0 [a, a, a, a, a, a, a, a, a, a]\n");
        for (int i = 1; i <= 30; i++)
        {
            text.Append($"x{i}: &x{i} [*x{i - 1}, *x{i - 1}, *x{i - 1}, *x{i - 1}, *x{i - 1}, *x{i - 1}, *x{i - 1}, *x{i - 1}, *x{i - 1}]\n");
        }

        Assert.Throws<ManifestException>(() => ManifestReader.Read(text.ToString(), "bomb.yaml"));

        // Where anything may stand, as in the schemas of definitions.
        var exception = Assert.Throws<ManifestException>(() => YamlToJson.Convert(
            YamlTreeReader.Read(text.ToString(), "bomb.yaml")[0], KubernetesJson.Context.JsonElement, KubernetesJson.Context.GetTypeInfo, "bomb.yaml", []));
        Assert.Contains("expands to more than", exception.Message);
    }

    [Fact]
    public void Deep_nesting_is_refused()
    {
        string deep = new string('[', 5000) + new string(']', 5000);
        Assert.Throws<ManifestException>(() => ManifestReader.Read(Minimal + "\n    affinity: {a: " + deep + "}\n", "deep.yaml"));
    }

    [Fact]
    public void A_rule_that_is_broken_is_reported_at_its_line()
    {
        IReadOnlyList<ManifestObject> objects = ManifestReader.Read(Minimal.Replace("replicas: 4", "replicas: 0"), "nets.yaml");
        ManifestException error = Assert.Single(ManifestReader.Validate(objects));
        Assert.Equal("nets.yaml:9: spec.pools[0].replicas: must be between 1 and 250, not 0", error.Message);
    }

    [Fact]
    public void Two_testnets_with_one_protocol_id_are_refused_at_the_second()
    {
        string one = Minimal.Replace("preset: minimal", "preset: minimal, protocolId: /fleet/mine");
        string text = one + "\n---\n" + one.Replace("devnet", "other");
        ManifestException error = Assert.Single(ManifestReader.Validate(ManifestReader.Read(text, "nets.yaml")));
        Assert.Equal("spec.network.protocolId", error.Path);
        Assert.Equal(15, error.Line);
        Assert.Contains("/fleet/mine is used by testnet devnet", error.Message);
    }

    [Fact]
    public void Hexadecimal_numbers_without_quotes_become_integers_and_are_refused_by_their_rule()
    {
        IReadOnlyList<ManifestObject> objects = ManifestReader.Read(Minimal.Replace("SLOT_DURATION_MS: 1000", "GENESIS_FORK_VERSION: 0x00000001"), "nets.yaml");
        ManifestException error = Assert.Single(ManifestReader.Validate(objects));
        Assert.Contains("hexadecimal", error.Message);
    }
}
