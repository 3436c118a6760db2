using Fleet.LocalCluster.Tests.Support;
using TestKit;

namespace Fleet.LocalCluster.Tests;

/// <summary>What a user is told about pods by <c>kubectl describe</c> and <c>kubectl get events</c>; and what decides about them: probes, the node.</summary>
public sealed class PodEventTests
{
    private const string Sleeper = "#!/bin/sh\nexec sleep 1000\n";
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task A_pods_life_is_told_in_order_in_the_kubelets_words()
    {
        await using TestCluster cluster = await StartAsync(Sleeper);
        await cluster.KubectlAsync("apply -f -", Pod("p"));
        await cluster.KubectlAsync("wait --for=condition=Ready pod/p --timeout=60s");
        string events = await EventsAsync(cluster, "p");
        Assert.Equal(
            """
            default-scheduler Normal Scheduled Successfully assigned default/p to local
            kubelet Normal Pulled Container image "node:1" already present on machine
            kubelet Normal Created Created container: main
            kubelet Normal Started Started container main

            """,
            events);
        string described = await cluster.KubectlAsync("describe pod p");
        Assert.Matches(@"Normal +Started +\d+s +kubelet +Started container main", described);
        await cluster.KubectlAsync("delete pod p --timeout=60s");
        Assert.Contains("kubelet Normal Killing Stopping container main\n", await EventsAsync(cluster, "p"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_crashing_container_is_one_event_whose_count_rises()
    {
        await using TestCluster cluster = await StartAsync("#!/bin/sh\nexit 3\n");
        await cluster.KubectlAsync("apply -f -", Pod("p"));
        string uid = await cluster.KubectlAsync("get pod p -o jsonpath={.metadata.uid}");
        await Eventually.TrueAsync(
            async () => int.TryParse(await cluster.KubectlAsync("get events --field-selector reason=BackOff -o jsonpath={.items[*].count}"), out int n) && n >= 2,
            () => "the back-off is counted up",
            Limit);
        Assert.Equal(
            $"Back-off restarting failed container main in pod p_default({uid})",
            await cluster.KubectlAsync("get events --field-selector reason=BackOff -o jsonpath={.items[*].message}"));
        Assert.Matches(@"Warning +BackOff +pod/p +Back-off restarting", await cluster.KubectlAsync("get events"));
        Assert.Matches(@"\(x\d+ over \d+s\)", await cluster.KubectlAsync("describe pod p"));
    }

    [Fact]
    public async Task An_exec_probe_is_run_with_the_containers_environment_and_volumes()
    {
        await using TestCluster cluster = await StartAsync(Sleeper);
        await cluster.KubectlAsync("create configmap gate --from-literal=closed=yes");
        string pod = Pod("p", "readinessProbe: {exec: {command: [sh, -c, 'echo $WHO waits; test -e \"$0\"', /etc/gate/open]}, periodSeconds: 1}")
            + "    env: [{name: WHO, value: it}]\n    volumeMounts: [{name: gate, mountPath: /etc/gate}]\n  volumes: [{name: gate, configMap: {name: gate}}]\n";
        await cluster.KubectlAsync("apply -f -", pod);
        await EventAsync(cluster, "p", "kubelet Warning Unhealthy Readiness probe failed: it waits\n");
        Assert.Equal("false", await cluster.KubectlAsync("get pod p -o jsonpath={.status.containerStatuses[0].ready}"));
        await cluster.KubectlAsync("patch configmap gate -p '{\"data\":{\"open\":\"yes\"}}'");
        await cluster.KubectlAsync("wait --for=condition=Ready pod/p --timeout=60s");
    }

    [Fact]
    public async Task An_exec_probe_that_takes_too_long_fails_and_leaves_nothing_behind()
    {
        await using TestCluster cluster = await StartAsync(Sleeper);
        await cluster.KubectlAsync("apply -f -", Pod("p", "livenessProbe: {exec: {command: [sleep, '987654']}, periodSeconds: 1, failureThreshold: 1}"));
        await EventAsync(cluster, "p", "kubelet Warning Unhealthy Liveness probe failed: command \"sleep 987654\" timed out after 1s\n");
        await EventAsync(cluster, "p", "kubelet Normal Killing Container main failed liveness probe, will be restarted\n");
        await cluster.KubectlAsync("delete pod p --timeout=60s");
        await Eventually.TrueAsync(
            () => !Directory.EnumerateDirectories("/proc").Any(d => IsSleeping(d)), () => "no process of the probe is left", Limit);
    }

    [Fact]
    public async Task A_pod_whose_node_selector_fits_no_node_waits_and_says_why()
    {
        await using TestCluster cluster = await StartAsync(Sleeper);
        await cluster.KubectlAsync("apply -f -", Pod("p") + "  nodeSelector: {disk: ssd}\n");
        await EventAsync(cluster, "p", "default-scheduler Warning FailedScheduling 0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector.");
        Assert.Matches("p +0/1 +Pending ", await cluster.KubectlAsync("get pods"));
        Assert.Equal("Unschedulable", await cluster.KubectlAsync("get pod p -o jsonpath={.status.conditions[?(@.type==\"PodScheduled\")].reason}"));
        await cluster.KubectlAsync("label node local disk=ssd");
        await cluster.KubectlAsync("wait --for=condition=Ready pod/p --timeout=60s");
    }

    [Theory]
    [InlineData("cordon local", "uncordon local", "1 node(s) were unschedulable")]
    [InlineData("taint node local a=b:NoSchedule", "taint node local a-", "1 node(s) had untolerated taint {a: b}")]
    public async Task A_node_that_is_closed_takes_no_pod_until_it_is_open_again(string close, string open, string why)
    {
        await using TestCluster cluster = await StartAsync(Sleeper);
        await cluster.KubectlAsync(close);
        await cluster.KubectlAsync("apply -f -", Pod("p"));
        await EventAsync(cluster, "p", why);
        await cluster.KubectlAsync(open);
        await cluster.KubectlAsync("wait --for=condition=Ready pod/p --timeout=60s");
    }

    [Fact]
    public async Task A_missing_volume_source_is_named()
    {
        await using TestCluster cluster = await StartAsync(Sleeper);
        await cluster.KubectlAsync("apply -f -", Pod("p") + "  volumes: [{name: settings, configMap: {name: none}}]\n");
        await EventAsync(cluster, "p", "kubelet Warning FailedMount MountVolume.SetUp failed for volume \"settings\" : configmap \"none\" not found\n");
    }

    [Fact]
    public async Task A_stateful_set_says_which_pods_it_makes_and_deletes()
    {
        await using TestCluster cluster = await StartAsync(Sleeper);
        await cluster.KubectlAsync("apply -f -", """
            apiVersion: apps/v1
            kind: StatefulSet
            metadata: {name: s}
            spec:
              serviceName: s
              selector: {matchLabels: {app: s}}
              template: {metadata: {labels: {app: s}}, spec: {terminationGracePeriodSeconds: 1, containers: [{name: main, image: "node:1"}]}}
            """);
        Assert.Contains("1 new pods have been updated", await cluster.KubectlAsync("rollout status sts/s --timeout=60s"), StringComparison.Ordinal);
        await cluster.KubectlAsync("scale sts s --replicas=0");
        await cluster.KubectlAsync("wait --for=delete pod/s-0 --timeout=60s");
        Assert.Equal(
            "statefulset-controller Normal SuccessfulCreate create Pod s-0 in StatefulSet s successful\nstatefulset-controller Normal SuccessfulDelete delete Pod s-0 in StatefulSet s successful\n",
            await EventsAsync(cluster, "s"));
    }

    private static bool IsSleeping(string process)
    {
        try
        {
            return File.ReadAllText(Path.Combine(process, "cmdline")).Contains("987654", StringComparison.Ordinal);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false; // no process, or one that has just ended
        }
    }

    private static string Pod(string name, string more = "args: []") => $$"""
        apiVersion: v1
        kind: Pod
        metadata: {name: {{name}}}
        spec:
          terminationGracePeriodSeconds: 1
          containers:
          - name: main
            image: node:1
            {{more}}

        """;

    private static async Task<TestCluster> StartAsync(string script) =>
        await TestCluster.StartAsync(c => c.Images["node:1"] = c.WriteFile("node.sh", script, true));

    private static Task<string> EventsAsync(TestCluster cluster, string name) => cluster.KubectlAsync(
        $"get events --field-selector involvedObject.name={name} -o 'jsonpath={{range .items[*]}}{{.source.component}} {{.type}} {{.reason}} {{.message}}{{\"\\n\"}}{{end}}'");

    private static async Task EventAsync(TestCluster cluster, string name, string text)
    {
        string events = "";
        await Eventually.TrueAsync(
            async () => (events = await EventsAsync(cluster, name)).Contains(text, StringComparison.Ordinal), () => $"the event '{text}' among:\n{events}", Limit);
    }
}
