using System.Text.Json.Nodes;

namespace Fleet.Chart.Tests;

/// <summary>The operator may do what it does and nothing else, where it is told to and nowhere else.</summary>
public sealed class PermissionTests
{
    /// <summary>What the operator asks of the API server in a namespace with testnets; resource → verbs.</summary>
    private static readonly string[] Used =
    [
        "apps/statefulsets: create get list patch watch",
        "beaconfleet.dev/beaconnodes/finalizers: update",
        "beaconfleet.dev/beaconnodes/status: patch",
        "beaconfleet.dev/beaconnodes: create delete get list patch watch",
        "beaconfleet.dev/canaryrollouts/finalizers: update",
        "beaconfleet.dev/canaryrollouts/status: patch",
        "beaconfleet.dev/canaryrollouts: create delete get list patch watch",
        "beaconfleet.dev/chainresets/finalizers: update",
        "beaconfleet.dev/chainresets/status: patch",
        "beaconfleet.dev/chainresets: create delete get list patch watch",
        "beaconfleet.dev/testnets/finalizers: update",
        "beaconfleet.dev/testnets/status: patch",
        "beaconfleet.dev/testnets: get list patch watch",
        "configmaps: create delete get list patch watch",
        "events: create list patch",
        "persistentvolumeclaims: create get list patch watch",
        "pods/log: get",
        "pods: delete list patch watch",
        "policy/poddisruptionbudgets: create get list patch watch",
        "secrets: create get",
        "services: create get list patch watch",
    ];

    /// <summary>What people with the role view see.</summary>
    private static readonly string[] Seen =
    [
        "beaconfleet.dev/beaconnodes/status: get list watch",
        "beaconfleet.dev/beaconnodes: get list watch",
        "beaconfleet.dev/canaryrollouts/status: get list watch",
        "beaconfleet.dev/canaryrollouts: get list watch",
        "beaconfleet.dev/chainresets/status: get list watch",
        "beaconfleet.dev/chainresets: get list watch",
        "beaconfleet.dev/testnets/status: get list watch",
        "beaconfleet.dev/testnets: get list watch",
    ];

    public static TheoryData<string> Names => [.. Rendered.Names];

    [Fact]
    public void By_default_only_the_namespace_of_the_release_is_opened()
    {
        var rendered = Rendered.Read("default");
        JsonObject role = rendered.Only("Role", ":fleet-fleet-operator");
        Assert.Equal("fleet-system", role.Text("metadata.namespace"));
        Assert.Equal(Used, Rules(role));
        AssertBinds(rendered.Only("RoleBinding", ":fleet-fleet-operator"), role);
        Assert.Empty(rendered.Of("ClusterRoleBinding"));
        Assert.Equal(2, rendered.Of("Role").Count);
        Assert.Equal("--watch-namespaces=fleet-system", Argument(rendered, "watch-namespaces"));
    }

    [Fact]
    public void Every_listed_namespace_has_the_role_and_no_other()
    {
        var rendered = Rendered.Read("namespaces");
        JsonObject[] roles = [.. rendered.Of("Role").Where(role => role.Text("metadata.name")!.EndsWith(":fleet-fleet-operator", StringComparison.Ordinal))];
        Assert.Equal(["team-a", "team-b"], roles.Select(role => role.Text("metadata.namespace")));
        Assert.All(roles, role => Assert.Equal(Used, Rules(role)));
        Assert.All(roles, role => AssertBinds(Assert.Single(rendered.Of("RoleBinding"), binding => binding.Text("metadata.namespace") == role.Text("metadata.namespace")), role));
        Assert.Empty(rendered.Of("ClusterRoleBinding"));
        Assert.Equal("--watch-namespaces=team-a,team-b", Argument(rendered, "watch-namespaces"));
    }

    [Fact]
    public void The_empty_list_opens_all_namespaces()
    {
        var rendered = Rendered.Read("all-namespaces");
        JsonObject role = rendered.Only("ClusterRole", ":fleet-fleet-operator");
        Assert.Equal(Used, Rules(role));
        AssertBinds(rendered.Only("ClusterRoleBinding"), role);
        Assert.Equal("fleet-fleet-operator-leader", Assert.Single(rendered.Of("Role")).Text("metadata.name"));
        Assert.Equal("--watch-namespaces=", Argument(rendered, "watch-namespaces"));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Nothing_is_given_by_wildcard_and_no_Secret_is_listed(string name)
    {
        foreach (JsonObject role in Rendered.Read(name).Objects.Where(item => item.Text("kind") is "Role" or "ClusterRole"))
        {
            foreach (JsonObject rule in role.Items("rules"))
            {
                Assert.DoesNotContain("*", rule.Texts("apiGroups").Concat(rule.Texts("resources")).Concat(rule.Texts("verbs")));
                if (rule.Texts("resources").Contains("secrets"))
                {
                    Assert.Empty(rule.Texts("verbs").Except(["get", "create"], StringComparer.Ordinal));
                }
            }
        }
    }

    [Fact]
    public void The_lease_is_the_only_one_that_may_be_changed()
    {
        var rendered = Rendered.Read("default");
        JsonObject role = rendered.Only("Role", "-leader");
        Assert.Equal(["coordination.k8s.io/leases: create get update"], Rules(role));
        JsonObject byName = Assert.Single(role.Items("rules"), rule => rule.Texts("verbs").Contains("update"));
        Assert.Equal(["--leader-election-id=" + Assert.Single(byName.Texts("resourceNames"))], [Argument(rendered, "leader-election-id")]);
        Assert.Equal("--leader-election-namespace=" + role.Text("metadata.namespace"), Argument(rendered, "leader-election-namespace"));
        AssertBinds(rendered.Only("RoleBinding", "-leader"), role);
    }

    [Fact]
    public void View_edit_and_admin_of_the_cluster_get_what_their_names_say()
    {
        var rendered = Rendered.Read("default");
        Dictionary<string, string[]> expected = new(StringComparer.Ordinal)
        {
            [":view"] = Seen,
            [":edit"] = ["beaconfleet.dev/beaconnodes: create delete patch update", "beaconfleet.dev/testnets: create delete patch update"],
            [":admin"] = ["beaconfleet.dev/beaconnodes: deletecollection", "beaconfleet.dev/canaryrollouts: delete deletecollection", "beaconfleet.dev/chainresets: delete deletecollection", "beaconfleet.dev/testnets: deletecollection"],
        };
        Assert.Equal(expected.Count + 1, rendered.Of("ClusterRole").Count);
        foreach ((string suffix, string[] rules) in expected)
        {
            JsonObject role = rendered.Only("ClusterRole", suffix);
            Assert.Equal(rules, Rules(role));
            string[] order = [":view", ":edit", ":admin"];
            string[] into = [.. role.Entries("metadata.labels").Keys.Where(key => key.StartsWith("rbac.authorization.k8s.io/aggregate-to-", StringComparison.Ordinal)).Select(key => key[key.LastIndexOf('-')..].Replace('-', ':'))];
            Assert.Equal(order[Array.IndexOf(order, suffix)..], into.OrderBy(item => Array.IndexOf(order, item)));
        }
    }

    [Fact]
    public void Who_may_edit_testnets_decides_no_roll_out_and_ends_no_chain_and_who_does_edits_none()
    {
        JsonObject approver = Rendered.Read("default").Only("ClusterRole", ":approver");
        Assert.Equal(
            Seen.Select(rule => rule switch
            {
                "beaconfleet.dev/canaryrollouts: get list watch" => "beaconfleet.dev/canaryrollouts: get list patch update watch",
                "beaconfleet.dev/chainresets: get list watch" => "beaconfleet.dev/chainresets: create get list watch",
                _ => rule,
            }),
            Rules(approver));
        Assert.Equal(
            ["rbac.authorization.k8s.io/aggregate-to-admin"],
            approver.Entries("metadata.labels").Keys.Where(key => key.StartsWith("rbac.authorization.k8s.io/aggregate-to-", StringComparison.Ordinal)));
    }

    [Fact]
    public void Roles_made_by_others_are_left_to_them()
    {
        var rendered = Rendered.Read("smallest");
        Assert.DoesNotContain(rendered.Objects, item => item.Text("apiVersion")!.StartsWith("rbac.", StringComparison.Ordinal));
        Assert.Empty(rendered.Of("ServiceAccount"));
        Assert.Equal("fleet", rendered.Only("Deployment").Text("spec.template.spec.serviceAccountName"));
    }

    private static string Argument(Rendered rendered, string flag) =>
        Assert.Single(Assert.Single(rendered.Only("Deployment").Items("spec.template.spec.containers")).Texts("args"), argument => argument.StartsWith($"--{flag}=", StringComparison.Ordinal));

    private static void AssertBinds(JsonObject binding, JsonObject role)
    {
        Assert.Equal((role.Text("kind"), role.Text("metadata.name"), role.Text("metadata.namespace")), (binding.Text("roleRef.kind"), binding.Text("roleRef.name"), binding.Text("metadata.namespace")));
        JsonObject subject = Assert.Single(binding.Items("subjects"));
        Assert.Equal(("ServiceAccount", "fleet-fleet-operator", "fleet-system"), (subject.Text("kind"), subject.Text("name"), subject.Text("namespace")));
    }

    /// <summary>Rules by resource, sorted.</summary>
    private static string[] Rules(JsonObject role) =>
        [.. role.Items("rules")
            .SelectMany(rule => rule.Texts("apiGroups").SelectMany(group => rule.Texts("resources").Select(resource => (Resource: group.Length == 0 ? resource : $"{group}/{resource}", Verbs: rule.Texts("verbs")))))
            .GroupBy(pair => pair.Resource, StringComparer.Ordinal)
            .Select(resource => $"{resource.Key}: {string.Join(' ', resource.SelectMany(pair => pair.Verbs).Order(StringComparer.Ordinal))}")
            .Order(StringComparer.Ordinal)];
}
