using Fleet.LocalCluster.Tests.Support;

namespace Fleet.LocalCluster.Tests;

/// <summary>The verbs of an unmodified kubectl, each against a live cluster; a namespace per test.</summary>
public sealed class KubectlTests(TestCluster cluster) : IClassFixture<TestCluster>
{
    private const string Config = """
        apiVersion: v1
        kind: ConfigMap
        metadata:
          name: a
          labels: {app: x}
        data:
          one: "1"
          two: "2"
        """;

    private static int _count;

    [Fact]
    public async Task Create_and_get_show_objects_in_every_output_format()
    {
        string ns = await NamespaceAsync();
        await cluster.KubectlAsync($"create configmap plain -n {ns} --from-literal=k=v");
        await cluster.KubectlAsync($"create secret generic s -n {ns} --from-literal=k=v");
        Assert.Equal("v", await cluster.KubectlAsync($"get cm plain -n {ns} -o jsonpath={{.data.k}}"));
        Assert.Equal("dg==", await cluster.KubectlAsync($"get secret s -n {ns} -o jsonpath={{.data.k}}"));
        Assert.Equal("configmap/plain\n", await cluster.KubectlAsync($"get cm -n {ns} -o name"));
        Assert.Contains("k: v", await cluster.KubectlAsync($"get cm plain -n {ns} -o yaml"), StringComparison.Ordinal);
        Assert.Matches("NAME +DATA +AGE\nplain +1 +", await cluster.KubectlAsync($"get cm -n {ns} -o wide"));
    }

    [Fact]
    public async Task Client_side_apply_creates_changes_and_prunes_fields()
    {
        string ns = await NamespaceAsync();
        Assert.Equal("configmap/a created\n", await cluster.KubectlAsync($"apply -n {ns} -f -", Config));
        Assert.Equal("configmap/a unchanged\n", await cluster.KubectlAsync($"apply -n {ns} -f -", Config));
        Assert.Equal("configmap/a configured\n", await cluster.KubectlAsync($"apply -n {ns} -f -", Config.Replace("  two: \"2\"", "  three: \"3\"", StringComparison.Ordinal)));
        Assert.Equal("{\"one\":\"1\",\"three\":\"3\"}", await cluster.KubectlAsync($"get cm a -n {ns} -o jsonpath={{.data}}"));
    }

    [Fact]
    public async Task Server_side_apply_refuses_a_conflict_and_takes_it_by_force()
    {
        string ns = await NamespaceAsync();
        await cluster.KubectlAsync($"apply --server-side --field-manager=first -n {ns} -f -", Config);
        string other = Config.Replace("one: \"1\"", "one: \"changed\"", StringComparison.Ordinal).Replace("  two: \"2\"", "", StringComparison.Ordinal);
        (int code, _, string error) = await cluster.TryKubectlAsync($"apply --server-side --field-manager=second -n {ns} -f -", other);
        Assert.NotEqual(0, code);
        Assert.Contains("conflict with \"first\": .data.one", error, StringComparison.Ordinal);
        await cluster.KubectlAsync($"apply --server-side --field-manager=second --force-conflicts -n {ns} -f -", other);
        Assert.Equal("{\"one\":\"changed\",\"two\":\"2\"}", await cluster.KubectlAsync($"get cm a -n {ns} -o jsonpath={{.data}}"));
        await cluster.KubectlAsync($"apply --server-side --field-manager=first -n {ns} -f -", Config.Replace("  one: \"1\"\n", "", StringComparison.Ordinal).Replace("  two: \"2\"", "  three: \"3\"", StringComparison.Ordinal));
        Assert.Equal("{\"one\":\"changed\",\"three\":\"3\"}", await cluster.KubectlAsync($"get cm a -n {ns} -o jsonpath={{.data}}"));
    }

    [Fact]
    public async Task Diff_shows_the_change_and_stores_nothing()
    {
        string ns = await NamespaceAsync();
        await cluster.KubectlAsync($"apply -n {ns} -f -", Config);
        (int code, string output, _) = await cluster.TryKubectlAsync($"diff -n {ns} -f -", Config.Replace("\"1\"", "\"9\"", StringComparison.Ordinal));
        Assert.Equal(1, code);
        Assert.Contains("+  one: \"9\"", output, StringComparison.Ordinal);
        Assert.Equal("1", await cluster.KubectlAsync($"get cm a -n {ns} -o jsonpath={{.data.one}}"));
    }

    [Theory]
    [InlineData("json", "[{\"op\":\"replace\",\"path\":\"/data/one\",\"value\":\"p\"}]")]
    [InlineData("merge", "{\"data\":{\"one\":\"p\"}}")]
    [InlineData("strategic", "{\"data\":{\"one\":\"p\"}}")]
    public async Task Patch_changes_an_object_in_each_of_the_three_forms(string type, string patch)
    {
        string ns = await NamespaceAsync();
        await cluster.KubectlAsync($"apply -n {ns} -f -", Config);
        await cluster.KubectlAsync($"patch cm a -n {ns} --type={type} -p '{patch}'");
        Assert.Equal("p", await cluster.KubectlAsync($"get cm a -n {ns} -o jsonpath={{.data.one}}"));
    }

    [Fact]
    public async Task Edit_label_and_annotate_change_an_object()
    {
        string ns = await NamespaceAsync();
        await cluster.KubectlAsync($"apply -n {ns} -f -", Config);
        (int code, _, string error) = await cluster.TryKubectlAsync($"edit cm a -n {ns}", editor: "sed -i s/two:.*/two:\\ edited/");
        Assert.True(code == 0, error);
        await cluster.KubectlAsync($"label cm a -n {ns} app=y --overwrite");
        await cluster.KubectlAsync($"annotate cm a -n {ns} note=n");
        Assert.Equal("edited y n", await cluster.KubectlAsync($"get cm a -n {ns} -o 'jsonpath={{.data.two}} {{.metadata.labels.app}} {{.metadata.annotations.note}}'"));
        Assert.Equal("configmap/a\n", await cluster.KubectlAsync($"get cm -n {ns} -l 'app in (y,z)' -o name"));
        Assert.Equal("", await cluster.KubectlAsync($"get cm -n {ns} -l app!=y -o name"));
    }

    [Fact]
    public async Task Delete_waits_until_objects_and_namespaces_are_gone()
    {
        string ns = await NamespaceAsync();
        await cluster.KubectlAsync($"apply -n {ns} -f -", Config);
        Assert.Equal($"configmap \"a\" deleted", (await cluster.KubectlAsync($"delete cm a -n {ns}")).Trim().Split(" from")[0]);
        await cluster.KubectlAsync($"apply -n {ns} -f -", Config);
        await cluster.KubectlAsync($"delete ns {ns} --timeout=60s");
        (_, _, string error) = await cluster.TryKubectlAsync($"get ns {ns}");
        Assert.Contains("NotFound", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Explain_api_resources_version_and_can_i_answer()
    {
        Assert.Contains("restartPolicy", await cluster.KubectlAsync("explain pod.spec.restartPolicy"), StringComparison.Ordinal);
        Assert.Matches("statefulsets +sts +apps/v1 +true +StatefulSet", await cluster.KubectlAsync("api-resources"));
        Assert.Contains("v1.32", await cluster.KubectlAsync("version"), StringComparison.Ordinal);
        Assert.Equal("yes\n", await cluster.KubectlAsync("auth can-i create pods"));
        Assert.Matches(@"\*\.\* +\[\] +\[\] +\[\*\]", await cluster.KubectlAsync("auth can-i --list"));
        Assert.Matches("Username +fleet-admin", await cluster.KubectlAsync("auth whoami"));
        Assert.Contains("is running at " + cluster.Cluster.ApiServerUrl, await cluster.KubectlAsync("cluster-info"), StringComparison.Ordinal);
        Assert.Contains("policy/v1\n", await cluster.KubectlAsync("api-versions"), StringComparison.Ordinal);
        Assert.Matches("local +Ready +<none> +[0-9ms]+ +v1.32[^ ]* +127.0.0.1 +<none> ", await cluster.KubectlAsync("get nodes -o wide"));
        Assert.Contains("Ready            True", await cluster.KubectlAsync("describe node local"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Unknown_fields_and_wrong_types_are_named_with_their_path()
    {
        string ns = await NamespaceAsync();
        (int code, _, string error) = await cluster.TryKubectlAsync($"apply -n {ns} -f -", Config + "\nspek: {a: 1}");
        Assert.NotEqual(0, code);
        Assert.Contains("unknown field \"spek\"", error, StringComparison.Ordinal);
        (_, _, error) = await cluster.TryKubectlAsync($"apply -n {ns} -f -", Config.Replace("a\n", "A_b\n", StringComparison.Ordinal));
        Assert.Contains("metadata.name: Invalid value: \"A_b\"", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_missing_token_is_refused()
    {
        (int code, _, string error) = await cluster.TryKubectlAsync("get ns --token=wrong");
        Assert.NotEqual(0, code);
        Assert.Contains("You must be logged in to the server", error, StringComparison.Ordinal);
    }

    private async Task<string> NamespaceAsync()
    {
        string name = $"t{Interlocked.Increment(ref _count)}";
        await cluster.KubectlAsync($"create ns {name}");
        return name;
    }
}
