using Fleet.Api;
using Fleet.Api.Manifests;
using Fleet.Kubernetes;
using Fleet.Kubernetes.Models;
using Fleet.LocalCluster;
using Fleet.Sweep;
using Microsoft.Extensions.Time.Testing;

namespace Fleet.Operator.Tests;

/// <summary>One operator on one API server in one virtual time, from a manifest to a genesis, with faults on the way.</summary>
internal sealed class FaultRun : IAsyncDisposable
{
    public const string Namespace = "default";

    private readonly string _directory;
    private readonly CancellationTokenSource _stop = new();
    private readonly KubernetesClient _user;
    private readonly KubernetesClient _victim;
    private readonly string _tokenFile;
    private readonly string _authorityFile;
    private readonly int _port;
    private Fleet.LocalCluster.LocalCluster _cluster;
    private Task _operator = Task.CompletedTask;
    private OperatorHost? _host;
    private int _quiet;
    private int _seen = -1;

    private FaultRun(string directory, Fleet.LocalCluster.LocalCluster cluster, FakeTimeProvider time, FaultScript script, TimeSpan requestTimeout)
    {
        _directory = directory;
        _cluster = cluster;
        _port = new Uri(cluster.ApiServerUrl).Port;
        Time = time;
        Script = script;
        KubernetesClientConfig config = Kubeconfig.Load(new KubeconfigOptions { Path = cluster.KubeconfigPath });
        string pki = Path.Combine(directory, "pki");
        _user = new KubernetesClient(
            config with { Credentials = CredentialSource.TokenFile(Path.Combine(pki, "token"), TimeProvider.System), CertificateAuthority = CertificateAuthority.FromFile(Path.Combine(pki, "ca.pem")) },
            new KubernetesClientOptions { UserAgent = "user" });
        _tokenFile = Path.Combine(directory, "token");
        _authorityFile = Path.Combine(directory, "ca.crt");
        TellOperator();
        _victim = new KubernetesClient(
            config with { Credentials = CredentialSource.TokenFile(_tokenFile, time), CertificateAuthority = CertificateAuthority.FromFile(_authorityFile) },
            new KubernetesClientOptions { UserAgent = FaultScript.Victim, RequestTimeout = requestTimeout, Random = new Random(1) },
            time);
        Kubelet = new ScriptedKubelet(_user, Namespace);
    }

    public FakeTimeProvider Time { get; }

    public FaultScript Script { get; }

    public ScriptedKubelet Kubelet { get; }

    public IKubernetesClient User => _user;

    public bool IsFreshOrBusy => _host is { IsReady: true };

    public static async Task<FaultRun> StartAsync(string kind, int seed, TimeSpan? requestTimeout = null)
    {
        string directory = Directory.CreateTempSubdirectory("fleet-fault-").FullName;
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        var script = new FaultScript(kind, seed, time);
        var run = new FaultRun(directory, await ClusterAsync(directory, 0, time, script), time, script, requestTimeout ?? TimeSpan.FromSeconds(30));
        foreach (CustomResourceDefinition definition in CrdManifests.Read())
        {
            await run._user.CreateAsync(definition, null, CancellationToken.None);
        }

        run._operator = Task.Run(
            () => OperatorHost.RunAsync(run._victim, new OperatorOptions { BeaconImage = "beacon:dev", Time = time }, host => run._host = host, run._stop.Token), CancellationToken.None);
        return run;
    }

    public Task ApplyAsync()
    {
        Testnet testnet = Workload.NewTestnet();
        testnet.Metadata.Namespace = Namespace;
        return _user.CreateAsync(testnet, null, CancellationToken.None);
    }

    /// <summary>The server comes back with a certificate of another authority. Users know it at once, the operator when it is told.</summary>
    public async Task RotateAuthorityAsync()
    {
        await _cluster.DisposeAsync();
        Directory.Delete(Path.Combine(_directory, "pki"), recursive: true);
        _cluster = await ClusterAsync(_directory, _port, Time, Script);
    }

    /// <summary>The operator's files are replaced, as a kubelet does: whom to trust, and the token.</summary>
    public void TellOperator()
    {
        File.Copy(Path.Combine(_directory, "pki", "ca.pem"), _authorityFile, overwrite: true);
        SetToken(null);
    }

    public void SetToken(string? token) => File.WriteAllText(_tokenFile, token ?? _cluster.Token);

    /// <summary>One round: the kubelet does its work, and time passes.</summary>
    public async Task RoundAsync(TimeSpan? step = null)
    {
        await Kubelet.RoundAsync(CancellationToken.None);
        int writes = Script.Writes.Count;
        bool idle = _host is { IsReady: true, IsIdle: true };
        _quiet = idle && writes == _seen ? _quiet + 1 : 0;
        _seen = writes;
        Time.Advance(step ?? TimeSpan.FromMilliseconds(idle ? 500 : 100));
    }

    /// <summary>Rounds until the operator has nothing left to do and the time of the genesis, at which nodes that do not exist say nothing, is past.</summary>
    public async Task UntilDoneAsync(string what)
    {
        for (int round = 0; round < 6000; round++)
        {
            await RoundAsync();
            if (_quiet >= 20 && round % 5 == 0 && await IsDoneAsync())
            {
                return;
            }
        }

        Assert.Fail($"{what}: the operator does not come to rest; last writes:\n{string.Join('\n', Script.Writes.TakeLast(20))}\n{await WorldDump.TakeAsync(_user, Namespace)}");
    }

    public async Task<bool> IsDoneAsync() =>
        (await _user.FindAsync<Testnet>(new ObjectKey(Namespace, "devnet"), CancellationToken.None))?.Status is { Nodes.Summary: "3/3" } status
        && status.Conditions?.Find(condition => condition.Type == ConditionTypes.GenesisReady)?.Reason == Reasons.WaitingForNodes
        && status.Conditions.Find(condition => condition.Type == ConditionTypes.ChainProgressing)?.Reason == Reasons.NoData;

    /// <summary>What is stored now, to come back to; the server is away for a moment.</summary>
    public async Task BackupAsync()
    {
        await _cluster.DisposeAsync();
        Copy(Path.Combine(_directory, "store"), Path.Combine(_directory, "backup"));
        _cluster = await ClusterAsync(_directory, _port, Time, Script);
    }

    /// <summary>The server is stopped and comes back with what it held at the backup.</summary>
    public async Task RestoreAsync()
    {
        await _cluster.DisposeAsync();
        string store = Path.Combine(_directory, "store");
        Directory.Delete(store, recursive: true);
        Copy(Path.Combine(_directory, "backup"), store);
        _cluster = await ClusterAsync(_directory, _port, Time, Script);
    }

    public async ValueTask DisposeAsync()
    {
        Script.Lift();
        await _stop.CancelAsync();
        await _operator;
        _victim.Dispose();
        _user.Dispose();
        await _cluster.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
        _stop.Dispose();
    }

    private static Task<Fleet.LocalCluster.LocalCluster> ClusterAsync(string directory, int port, TimeProvider time, FaultScript script) =>
        Fleet.LocalCluster.LocalCluster.StartAsync(
            new LocalClusterOptions { DataDir = directory, ApiPort = port, RunPods = false, RunControllers = false, Faults = script, TimeProvider = time });

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (string file in Directory.EnumerateFiles(from))
        {
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)), overwrite: true);
        }
    }
}
