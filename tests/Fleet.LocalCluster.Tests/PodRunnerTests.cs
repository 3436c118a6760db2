using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Fleet.LocalCluster.Tests.Support;
using TestKit;

namespace Fleet.LocalCluster.Tests;

/// <summary>Pods as processes: what a container sees, how it is restarted, probed and stopped. The images are shell scripts.</summary>
public sealed class PodRunnerTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private const string Fleet = """
        apiVersion: v1
        kind: Service
        metadata: {name: net}
        spec: {clusterIP: None, publishNotReadyAddresses: true, selector: {app: node}, ports: [{port: 9000}]}
        ---
        apiVersion: v1
        kind: PersistentVolumeClaim
        metadata: {name: data}
        spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
        ---
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: settings}
        data: {color: blue}
        ---
        apiVersion: apps/v1
        kind: StatefulSet
        metadata: {name: node}
        spec:
          serviceName: net
          podManagementPolicy: Parallel
          updateStrategy: {type: OnDelete}
          selector: {matchLabels: {app: node}}
          template:
            metadata: {labels: {app: node}}
            spec:
              terminationGracePeriodSeconds: 5
              containers:
              - name: main
                image: node:1
                args: ["--ip=$(POD_IP)", "--data=/data/chain", "/etc/settings/color", "--late=/etc/late"]
                env:
                - {name: POD_IP, valueFrom: {fieldRef: {fieldPath: status.podIP}}}
                - {name: COLOR, valueFrom: {configMapKeyRef: {name: settings, key: color}}}
                volumeMounts:
                - {name: data, mountPath: /data}
                - {name: settings, mountPath: /etc/settings}
                - {name: late, mountPath: /etc/late}
              volumes:
              - {name: data, persistentVolumeClaim: {claimName: data}}
              - {name: settings, configMap: {name: settings}}
              - {name: late, projected: {sources: [{configMap: {name: late, optional: true}}]}}
        """;

    [Fact]
    public async Task A_pod_of_a_stateful_set_sees_its_address_volumes_and_names_and_keeps_its_data()
    {
        await using TestCluster cluster = await StartAsync("""
            #!/bin/sh
            trap 'echo bye; exit 0' TERM
            echo "$@" color=$COLOR; cat "$3"; echo
            data=${2#--data=}; mkdir -p "$data"; echo run >> "$data/runs"; wc -l < "$data/runs"
            late=${4#--late=}
            while :; do [ -f "$late/x" ] && { cat "$late/x"; echo; }; sleep 0.2; done
            """);
        await cluster.KubectlAsync("apply -f -", Fleet);
        await cluster.KubectlAsync("wait --for=condition=Ready pod/node-0 --timeout=60s");
        string ip = await cluster.KubectlAsync("get pod node-0 -o jsonpath={.status.podIP}");
        await LogAsync(cluster, "node-0", "color=blue");
        string log = await cluster.KubectlAsync("logs node-0");
        string claims = Path.Combine(cluster.DataDir, "claims", "default", "data");
        Assert.StartsWith($"--ip={ip} --data={claims}/chain {cluster.DataDir}/pods/default/node-0/", log, StringComparison.Ordinal);
        Assert.Contains("\nblue\n", log, StringComparison.Ordinal);
        Assert.Contains($"{ip} node-0.net.default.svc node-0.net.default.svc.cluster.local", await File.ReadAllTextAsync(Path.Combine(cluster.DataDir, "hosts")), StringComparison.Ordinal);
        Assert.Equal("local", await cluster.KubectlAsync("get pod node-0 -o jsonpath={.spec.nodeName}"));
        Assert.StartsWith("sha256:", await cluster.KubectlAsync("get pod node-0 -o jsonpath={.status.containerStatuses[0].imageID}"), StringComparison.Ordinal);

        await cluster.KubectlAsync("create configmap late --from-literal=x=arrived");
        await LogAsync(cluster, "node-0", "arrived");

        string pid = await PidAsync(cluster, "node-0");
        await cluster.KubectlAsync("delete pod node-0");
        Assert.False(Directory.Exists($"/proc/{pid}"));
        await cluster.KubectlAsync("wait --for=create pod/node-0 --timeout=60s");
        await cluster.KubectlAsync("wait --for=condition=Ready pod/node-0 --timeout=60s");
        await LogAsync(cluster, "node-0", "\n2\n");
        Assert.Equal(ip, await cluster.KubectlAsync("get pod node-0 -o jsonpath={.status.podIP}"));

        await cluster.KubectlAsync("scale sts node --replicas=0");
        await cluster.KubectlAsync("wait --for=delete pod/node-0 --timeout=60s");
        await cluster.KubectlAsync("delete pvc data --timeout=60s");
        await Eventually.TrueAsync(() => !Directory.Exists(claims), () => "the claim's directory is removed", Limit);
    }

    [Fact]
    public async Task A_failing_container_is_restarted_with_back_off_and_its_previous_log_is_kept()
    {
        await using TestCluster cluster = await StartAsync("#!/bin/sh\necho hello from run; exit 3\n");
        await cluster.KubectlAsync("apply -f -", Pod("p", "args: []"));
        await Eventually.TrueAsync(
            async () => int.TryParse(await cluster.KubectlAsync("get pod p -o jsonpath={.status.containerStatuses[0].restartCount}"), NumberStyles.None, CultureInfo.InvariantCulture, out int n) && n >= 2,
            () => "two restarts", Limit);
        Assert.Equal("3", await cluster.KubectlAsync("get pod p -o jsonpath={.status.containerStatuses[0].lastState.terminated.exitCode}"));
        Assert.Equal("hello from run\n", await cluster.KubectlAsync("logs p --previous"));
        Assert.Matches(@"^\d{4}-\d\d-\d\dT.*Z hello from run", await cluster.KubectlAsync("logs p --previous --timestamps"));
        await cluster.KubectlAsync("delete pod p --timeout=60s");
    }

    [Fact]
    public async Task A_readiness_probe_decides_whether_the_pod_is_ready()
    {
        await using TestCluster cluster = await StartAsync("#!/bin/sh\nexec sleep 1000\n");
        await cluster.KubectlAsync("apply -f -", Pod("p", "readinessProbe: {httpGet: {path: /ok, port: 18080}, periodSeconds: 1}"));
        await Eventually.TrueAsync(async () => (await cluster.KubectlAsync("get pod p -o jsonpath={.status.containerStatuses[0].state.running.startedAt}")).Length > 0, () => "the container runs", Limit);
        Assert.Equal("false", await cluster.KubectlAsync("get pod p -o jsonpath={.status.containerStatuses[0].ready}"));
        string ip = await cluster.KubectlAsync("get pod p -o jsonpath={.status.podIP}");
        await using var server = new EchoServer($"http://{ip}:18080/");
        await cluster.KubectlAsync("wait --for=condition=Ready pod/p --timeout=60s");
        Assert.Equal("served /x", await cluster.KubectlAsync("get --raw /api/v1/namespaces/default/pods/p:18080/proxy/x"));
        await cluster.KubectlAsync("delete pod p --timeout=60s");
    }

    [Fact]
    public async Task A_missing_image_is_said_in_the_pods_status()
    {
        await using TestCluster cluster = await StartAsync("#!/bin/sh\n");
        await cluster.KubectlAsync("apply -f -", Pod("p", "args: []").Replace("node:1", "other:2", StringComparison.Ordinal));
        await Eventually.TrueAsync(async () => await cluster.KubectlAsync("get pod p -o jsonpath={.status.containerStatuses[0].state.waiting.message}")
            == "there is no local build for the image \"other:2\": name one with --image other:2=PATH", () => "the reason is shown", Limit);
        Assert.Contains("ErrImageNeverPull", await cluster.KubectlAsync("get pods"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task After_a_stop_and_a_start_the_same_pod_runs_again_once()
    {
        await using TestCluster cluster = await StartAsync("#!/bin/sh\nexec sleep 1000\n");
        await cluster.KubectlAsync("apply -f -", Pod("p", "args: []"));
        await cluster.KubectlAsync("wait --for=condition=Ready pod/p --timeout=60s");
        string uid = await cluster.KubectlAsync("get pod p -o jsonpath={.metadata.uid}");
        string ip = await cluster.KubectlAsync("get pod p -o jsonpath={.status.podIP}");
        string pid = await PidAsync(cluster, "p");
        await cluster.RestartAsync();
        Assert.False(Directory.Exists($"/proc/{pid}"));
        await cluster.KubectlAsync("wait --for=condition=Ready pod/p --timeout=60s");
        Assert.Equal($"{uid} {ip} 1", await cluster.KubectlAsync("get pod p -o 'jsonpath={.metadata.uid} {.status.podIP} {.status.containerStatuses[0].restartCount}'"));
    }

    private static string Pod(string name, string more) => $$"""
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

    private static async Task LogAsync(TestCluster cluster, string pod, string text) => await Eventually.TrueAsync(
        async () => (await cluster.TryKubectlAsync($"logs {pod}")).Output.Contains(text, StringComparison.Ordinal), () => $"the log of {pod} contains {text}", Limit);

    private static async Task<string> PidAsync(TestCluster cluster, string pod) =>
        (await cluster.KubectlAsync($"get pod {pod} -o jsonpath={{.status.containerStatuses[0].containerID}}"))["process://".Length..];

    /// <summary>Answers every request with its path.</summary>
    private sealed class EchoServer : IAsyncDisposable
    {
        private readonly HttpListener _listener = new();
        private readonly Task _serving;

        public EchoServer(string prefix)
        {
            _listener.Prefixes.Add(prefix);
            _listener.Start();
            _serving = ServeAsync();
        }

        public async ValueTask DisposeAsync()
        {
            _listener.Close();
            await _serving;
        }

        private async Task ServeAsync()
        {
            try
            {
                while (true)
                {
                    HttpListenerContext context = await _listener.GetContextAsync();
                    byte[] body = System.Text.Encoding.UTF8.GetBytes($"served {context.Request.Url!.AbsolutePath}");
                    await context.Response.OutputStream.WriteAsync(body);
                    context.Response.Close();
                }
            }
            catch (Exception error) when (error is HttpListenerException or ObjectDisposedException or SocketException)
            {
                // The test is over.
            }
        }
    }
}
