using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using System.Text;
using System.Text.Json.Nodes;
using Fleet.Api;
using Fleet.Api.Manifests;
using Fleet.Kubernetes;
using Fleet.Kubernetes.Models;
using TestKit;

namespace Fleet.Chart.Tests;

/// <summary>The operator with the chart's own arguments and permissions, against a real kube-apiserver.</summary>
/// <remarks>Where <c>make images</c> has built its image, that is what runs, as a pod would run it; elsewhere the program of this build.</remarks>
[SupportedOSPlatform("linux")]
public sealed class OperatorTests
{
    private const string Namespace = "fleet-system";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    /// <summary>Only root can make the image's root file system the root of a process.</summary>
    private static bool RunsImage { get; } = Environment.IsPrivilegedProcess && File.Exists(Path.Combine(Repository.Root, "artifacts", "images", "operator.tar"));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Ends of the names of roles that are for people.</summary>
    private static readonly string[] OfPeople = [":view", ":edit", ":approver", ":admin"];

    /// <summary>What is granted and not asked for in the run below, and when it would be.</summary>
    private static readonly Dictionary<string, string> UsedElsewhere = new(StringComparer.Ordinal)
    {
        ["update testnets/finalizers"] = "no request: who may do this may name the object as an owner that holds up deletion",
        ["update beaconnodes/finalizers"] = "no request: as above",
        ["update canaryrollouts/finalizers"] = "no request: as above",
        ["create canaryrollouts"] = "a new image on a testnet whose chain runs; no chain runs here",
        ["get canaryrollouts"] = "as above",
        ["patch canaryrollouts"] = "as above",
        ["patch canaryrollouts/status"] = "as above",
        ["delete canaryrollouts"] = "the eleventh roll-out of a testnet that has ended",
        ["update chainresets/finalizers"] = "no request: as above",
        ["create chainresets"] = "a chain that is beyond repair; no chain runs here",
        ["get chainresets"] = "as above",
        ["patch chainresets"] = "as above",
        ["patch chainresets/status"] = "as above",
        ["delete chainresets"] = "the eleventh reset of a testnet that has ended",
        ["get pods/log"] = "evidence of a reset; no chain is ended here",
        ["list events"] = "as above",
        ["get services"] = "when a creation finds one of the name",
        ["get configmaps"] = "when a creation finds one of the name",
        ["get persistentvolumeclaims"] = "when a creation finds one of the name, or a node that has run seems to have none",
        ["get poddisruptionbudgets"] = "when a creation finds one of the name",
        ["get statefulsets"] = "when a creation finds one of the name, or its pod is there and it has lost its labels",
        ["delete configmaps"] = "a genesis time that passed before its files were written",
        ["patch pods"] = "a pod that waits for its network files; there is no kubelet here",
        ["delete pods"] = "a pod of an outdated template; there is no kubelet here",
        ["patch events"] = "an event that happens again",
    };

    [Theory]
    [InlineData("default")]
    [InlineData("all-namespaces")]
    public async Task It_does_its_work_with_the_permissions_of_the_chart(string values)
    {
        Assert.SkipUnless(RealApiServer.WhyNot is null, RealApiServer.WhyNot ?? "");
        await using RealApiServer server = await RealApiServer.StartAsync(audit: AuditLevel.RequestResponse, cancellationToken: Token);
        using var client = new KubernetesClient(Kubeconfig.Load(new KubeconfigOptions { Path = server.KubeconfigPath }));
        var rendered = Rendered.Read(values);
        await InstallAsync(client, rendered);
        string folder = Directory.CreateTempSubdirectory("operator-image-").FullName;
        try
        {
            // Readable for the image's user; the token inside is worth something for an hour on a server that ends with this test.
            string kubeconfig = Path.Combine(folder, "kubeconfig");
            await File.WriteAllTextAsync(kubeconfig, KubeconfigText(server, await TokenAsync(client)), Token);
            File.SetUnixFileMode(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);
            File.SetUnixFileMode(kubeconfig, UnixFileMode.UserRead | UnixFileMode.OtherRead);

            (string metrics, string health) = (FreeAddress(), FreeAddress());
            using Process program = Run(folder, rendered, ["--kubeconfig=" + kubeconfig, "--metrics-bind-address=" + metrics, "--health-probe-bind-address=" + health], out StringBuilder output);
            try
            {
                await WorksAsync(client, program, metrics, health, output);
                await Eventually.TrueAsync(() => Requests(server).Contains(("create events", 201)), () => "an event is written; the operator said: " + Said(output), Patience, Token);
                await ChangesAsync(client, output);
                await EndsOnSignalAsync(program, output);
            }
            finally
            {
                if (!program.HasExited)
                {
                    program.Kill(entireProcessTree: true);
                }
            }

            // Nothing it asked for was refused.
            (string Request, int Code)[] requests = Requests(server);
            Assert.Equal([], requests.Where(request => request.Code == 403).Distinct());

            // And nothing is granted that nobody asks for.
            string[] granted = Granted(rendered);
            Assert.Contains("create secrets", granted);
            string[] unused = [.. granted.Except(requests.Select(request => request.Request), StringComparer.Ordinal)];
            Assert.Equal([], unused.Where(request => !UsedElsewhere.ContainsKey(request)));
            Assert.Equal([], UsedElsewhere.Keys.Except(granted, StringComparer.Ordinal));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>A testnet that is changed in everything it may be, and a user who meddles with what the operator made.</summary>
    private static async Task ChangesAsync(KubernetesClient client, StringBuilder output)
    {
        var testnet = new ObjectKey(Namespace, "devnet");
        await client.PatchAsync<Testnet>(
            testnet,
            Patch.Merge(JsonNode.Parse("""
                {"metadata":{"annotations":{"beaconfleet.dev/force":"true"}},"spec":{"pools":[{"name":"eu","replicas":3,"validators":64,"storage":{"size":"6Gi"},"env":[{"name":"TZ","value":"UTC"}]}]}}
                """)!.AsObject()),
            null,
            Token);
        var meddled = new JsonObject { ["metadata"] = new JsonObject { ["labels"] = new JsonObject { [Labels.AppInstance] = "mine" } } };
        await client.PatchAsync<Service>(testnet, Patch.Merge(meddled.DeepClone().AsObject()), null, Token);
        await client.PatchAsync<ConfigMap>(new ObjectKey(Namespace, "devnet-peers"), Patch.Merge(meddled.DeepClone().AsObject()), null, Token);
        await client.PatchAsync<PodDisruptionBudget>(testnet, Patch.Merge(meddled.DeepClone().AsObject()), null, Token);
        var node = new ObjectKey(Namespace, "devnet-eu-0");
        var claim = new ObjectKey(Namespace, "data-devnet-eu-0");
        await Eventually.TrueAsync(
            async () => await client.FindAsync<BeaconNode>(new ObjectKey(Namespace, "devnet-eu-3"), Token) is null
                && (await client.GetAsync<StatefulSet>(node, Token)).Spec!.Template!.Spec!.Containers[0].Env!.Exists(variable => variable.Name == "TZ")
                && (await client.GetAsync<Service>(testnet, Token)).Metadata.Labels![Labels.AppInstance] == "devnet"
                && (await client.GetAsync<ConfigMap>(new ObjectKey(Namespace, "devnet-peers"), Token)).Metadata.Labels![Labels.AppInstance] == "devnet"
                && (await client.GetAsync<PodDisruptionBudget>(testnet, Token)).Metadata.Labels![Labels.AppInstance] == "devnet",
            () => "the operator sets all right; it said: " + Said(output),
            Patience,
            Token);

        // A node that the operator has just heard of is not read before something of it is written; a second later it is.
        await Task.Delay(TimeSpan.FromSeconds(1.5), TimeProvider.System, Token);
        await client.PatchAsync<PersistentVolumeClaim>(claim, Patch.Merge(meddled), null, Token);
        await Eventually.TrueAsync(
            async () => (await client.GetAsync<PersistentVolumeClaim>(claim, Token)).Metadata.Labels![Labels.AppInstance] == "devnet",
            () => "the operator sets the volume right; it said: " + Said(output),
            Patience,
            Token);
    }

    /// <summary>Verbs and resources of all roles bound to the operator's account.</summary>
    private static string[] Granted(Rendered rendered) =>
    [
        .. rendered.Objects.Where(item => item.Text("kind") is "Role" or "ClusterRole" && !OfPeople.Any(suffix => item.Text("metadata.name")!.EndsWith(suffix, StringComparison.Ordinal)))
            .SelectMany(role => role.Items("rules"))
            .SelectMany(rule => rule.Texts("resources").SelectMany(resource => rule.Texts("verbs").Select(verb => $"{verb} {resource}")))
            .Distinct(StringComparer.Ordinal),
    ];

    /// <summary>What the operator's account asked of the server, and the answers.</summary>
    private static (string Request, int Code)[] Requests(RealApiServer server)
    {
        using var reader = new StreamReader(new FileStream(server.AuditLogPath, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        return
        [
            .. reader.ReadToEnd().Split('\n').Where(line => line.EndsWith('}')).Select(line => JsonNode.Parse(line)!)
                .Where(entry => entry.Text("user.username") == $"system:serviceaccount:{Namespace}:fleet-fleet-operator" && entry.At("objectRef") is not null)
                .Select(entry => (
                    $"{entry.Text("verb")} {entry.Text("objectRef.resource")}" + (entry.Text("objectRef.subresource") is { } part ? "/" + part : ""),
                    (int?)entry.At("responseStatus.code") ?? 0)),
        ];
    }

    private static async Task WorksAsync(KubernetesClient client, Process program, string metrics, string health, StringBuilder output)
    {
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        await Eventually.TrueAsync(
            async () => !program.HasExited && await IsOkAsync(http, $"http://{health}/readyz"), () => "the operator is ready; it said: " + Said(output), Patience, Token);
        Assert.True(await IsOkAsync(http, $"http://{health}/healthz"));

        string sample = Path.Combine(Repository.Root, "crds", "samples", "devnet.yaml");
        var testnet = (Testnet)ManifestReader.Read(await File.ReadAllTextAsync(sample, Token), sample)[0].Object;
        testnet.Metadata.Namespace = Namespace;
        await client.CreateAsync(testnet, null, Token);

        // The keys of the last node: everything before it was written, and BLS worked.
        await Eventually.TrueAsync(
            async () => await client.FindAsync<StatefulSet>(new ObjectKey(Namespace, "devnet-eu-3"), Token) is not null
                && await client.FindAsync<Secret>(new ObjectKey(Namespace, "devnet-eu-3-keys-i1"), Token) is not null,
            () => "the nodes of the testnet exist; the operator said: " + Said(output),
            Patience,
            Token);
        await Eventually.TrueAsync(
            async () => (await client.FindAsync<Testnet>(new ObjectKey(Namespace, "devnet"), Token))?.Status?.Conditions is { Count: > 0 },
            () => "the testnet has a status; the operator said: " + Said(output),
            Patience,
            Token);
        Assert.Contains("controller_runtime_reconcile_total", await http.GetStringAsync(new Uri($"http://{metrics}/metrics"), Token), StringComparison.Ordinal);
    }

    private static async Task EndsOnSignalAsync(Process program, StringBuilder output)
    {
        string child = RunsImage ? (await File.ReadAllTextAsync($"/proc/{program.Id}/task/{program.Id}/children", Token)).Trim() : program.Id.ToString(CultureInfo.InvariantCulture);
        using (var kill = Process.Start("kill", ["-TERM", child]))
        {
            await kill.WaitForExitAsync(Token);
        }

        await program.WaitForExitAsync(Token);
        Assert.True(program.ExitCode == 0, $"exit code {program.ExitCode}; it said: {Said(output)}");
    }

    private static Process Run(string folder, Rendered rendered, string[] replaced, out StringBuilder output)
    {
        IEnumerable<string> given = Assert.Single(rendered.Only("Deployment").Items("spec.template.spec.containers")).Texts("args")
            .Where(argument => !replaced.Any(other => other.Split('=')[0] == argument.Split('=')[0]));
        string program = RunsImage ? Path.Combine(Repository.Root, ".ci", "in-image.sh") : Path.Combine(Repository.Root, "artifacts", "bin", "Fleet.Manager", "release", "Fleet.Manager");
        var start = new ProcessStartInfo(program) { RedirectStandardOutput = true, RedirectStandardError = true };
        string[] before = RunsImage ? ["operator", "--bind", folder] : [];
        foreach (string argument in (string[])[.. before, .. given, .. replaced])
        {
            start.ArgumentList.Add(argument);
        }

        var said = new StringBuilder();
        void Keep(object sender, DataReceivedEventArgs line)
        {
            lock (said)
            {
                said.AppendLine(line.Data);
            }
        }

        Process process = Process.Start(start)!;
        process.OutputDataReceived += Keep;
        process.ErrorDataReceived += Keep;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        output = said;
        return process;
    }

    /// <summary>What <c>helm install</c> would send, as far as the operator needs it outside of a cluster: definitions, account and roles.</summary>
    private static async Task InstallAsync(KubernetesClient client, Rendered rendered)
    {
        await SendAsync(client, "/api/v1/namespaces", new JsonObject { ["apiVersion"] = "v1", ["kind"] = "Namespace", ["metadata"] = new JsonObject { ["name"] = Namespace } });
        foreach (CustomResourceDefinition definition in CrdManifests.Read())
        {
            await client.CreateAsync(definition, null, Token);
        }

        await SendAsync(client, $"/api/v1/namespaces/{Namespace}/serviceaccounts", rendered.Only("ServiceAccount"));
        foreach (JsonObject item in rendered.Objects.Where(item => item.Text("apiVersion") == "rbac.authorization.k8s.io/v1"))
        {
            string place = item.Text("metadata.namespace") is { } name ? $"namespaces/{name}/" : "";
            await SendAsync(client, $"/apis/rbac.authorization.k8s.io/v1/{place}{item.Text("kind")!.ToLowerInvariant()}s", item);
        }
    }

    private static async Task<string> TokenAsync(KubernetesClient client)
    {
        JsonNode? answer = await SendAsync(
            client,
            $"/api/v1/namespaces/{Namespace}/serviceaccounts/fleet-fleet-operator/token",
            new JsonObject { ["apiVersion"] = "authentication.k8s.io/v1", ["kind"] = "TokenRequest", ["spec"] = new JsonObject { ["expirationSeconds"] = 3600, ["audiences"] = new JsonArray() } });
        return answer!.Text("status.token")!;
    }

    private static async Task<JsonNode?> SendAsync(KubernetesClient client, string path, JsonObject body)
    {
        try
        {
            using HttpResponseMessage response = await client.SendRawAsync(new RawRequest(HttpMethod.Post, path) { Body = Encoding.UTF8.GetBytes(body.ToJsonString()) }, Token);
            return JsonNode.Parse(await response.Content.ReadAsStringAsync(Token));
        }
        catch (KubernetesException exception) when (exception.IsAlreadyExists)
        {
            // The namespace, which other tests of this server use too.
            return null;
        }
    }

    private static string KubeconfigText(RealApiServer server, string token) =>
        $"""
        apiVersion: v1
        kind: Config
        current-context: test
        contexts:
        - name: test
          context:
            cluster: test
            user: test
        clusters:
        - name: test
          cluster:
            server: {server.Server}
            certificate-authority-data: {Convert.ToBase64String(Encoding.ASCII.GetBytes(server.AuthorityPem))}
        users:
        - name: test
          user:
            token: {token}
        """;

    private static async Task<bool> IsOkAsync(HttpClient http, string url)
    {
        try
        {
            using HttpResponseMessage response = await http.GetAsync(new Uri(url), Token);
            return response.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private static string FreeAddress()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}");
    }

    private static string Said(StringBuilder output)
    {
        lock (output)
        {
            return output.Length > 4000 ? "…" + output.ToString(output.Length - 4000, 4000) : output.ToString();
        }
    }
}
