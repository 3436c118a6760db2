using Fleet.Api.Manifests;
using Fleet.Kubernetes;
using Fleet.Kubernetes.Models;
using Fleet.LocalCluster;
using Microsoft.Extensions.Time.Testing;

namespace Fleet.Sweep;

/// <summary>A cluster with its controllers, a kubelet that runs nothing, nodes that therefore say nothing, and the operator, all in this process and in a time that passes when it is told to.</summary>
internal sealed class VirtualWorld : IAsyncDisposable
{
    /// <summary>Where the workloads are.</summary>
    public const string Namespace = "nets";

    /// <summary>So long nothing is written before the world counts as at rest; longer than a genesis delay and than every patience of the planner.</summary>
    private static readonly TimeSpan Rest = TimeSpan.FromMinutes(4);

    /// <summary>So long a living world has to be as it should be; longer than a lease, so that a stalled operator is not taken for one at peace.</summary>
    private static readonly TimeSpan LivingRest = TimeSpan.FromSeconds(90);

    /// <summary>Samples are taken every two seconds; a time that leaps would leave some out.</summary>
    private static readonly TimeSpan LivingStep = TimeSpan.FromSeconds(1);

    /// <summary>More than ten times what the longest workload takes.</summary>
    private const int MaxRounds = 5000;

    /// <summary>In real time.</summary>
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(1);

    /// <summary>So often is waited in a round for an operator that is at work; one that waits for the virtual time itself would never end.</summary>
    private const int MaxGlances = 15;

    private readonly string? _discarded;
    private readonly Fleet.LocalCluster.LocalCluster _cluster;
    private readonly KubernetesClient _user;
    private readonly KubernetesClientConfig _config;
    private readonly FakeTimeProvider _time;
    private readonly bool _elects;
    private readonly OperatorSuccession _operators;
    private readonly VirtualChain? _chain;
    private int _seen;
    private TimeSpan _quiet;
    private bool _isAsleep;

    private VirtualWorld(
        string? discarded, Fleet.LocalCluster.LocalCluster cluster, FakeTimeProvider time, Injector injector, bool elects, bool hasChain, Func<IKubernetesClient, IKubernetesClient> mistake)
    {
        _discarded = discarded;
        _cluster = cluster;
        _time = time;
        _elects = elects;
        Injector = injector;
        _config = Kubeconfig.Load(new KubeconfigOptions { Path = cluster.KubeconfigPath });
        _user = new KubernetesClient(_config, new KubernetesClientOptions { UserAgent = "user" });
        _chain = hasChain ? new VirtualChain(() => Now) : null;
        Processes = new PodProcesses(_user, _chain);

        // Every process has its clock, so that one can stand still.
        _operators = new OperatorSuccession(number => new OperatorInstance(number, _config, new FakeTimeProvider(Now), elects, mistake, _chain));
    }

    public Injector Injector { get; }

    public PodProcesses Processes { get; }

    public IKubernetesClient User => _user;

    /// <summary>Operators that ended by themselves, and why.</summary>
    public IReadOnlyList<string> Failures => _operators.Failures;

    /// <summary>Begins a world.</summary>
    /// <param name="directory">Where it is; what is there from an earlier world is there again.</param>
    /// <param name="isKept">Whether it is left there in the end.</param>
    /// <param name="plan">What will happen in it.</param>
    /// <param name="hasChain">Whether its nodes answer and have a chain.</param>
    /// <param name="seed">Chance.</param>
    /// <param name="now">What time it is.</param>
    /// <param name="mistake">What the operator does wrong; the identity in honest runs.</param>
    public static async Task<VirtualWorld> StartAsync(string directory, bool isKept, Plan plan, bool hasChain, int seed, DateTimeOffset now, Func<IKubernetesClient, IKubernetesClient> mistake)
    {
        var time = new FakeTimeProvider(now);
        var injector = new Injector(plan, seed) { Time = time };
        Fleet.LocalCluster.LocalCluster cluster = await Fleet.LocalCluster.LocalCluster.StartAsync(
            new LocalClusterOptions { DataDir = directory, RunPods = false, Faults = injector, TimeProvider = time });
        var world = new VirtualWorld(isKept ? null : directory, cluster, time, injector, plan.Disturbance == Disturbance.SecondInstance, hasChain, mistake);
        if (await world._user.FindAsync<Namespace>(new ObjectKey("", Namespace), CancellationToken.None) is null)
        {
            await world.PrepareAsync();
        }

        world._operators.Start();
        await world.UntilRestAsync();
        return world;
    }

    /// <summary>What time it is in this world.</summary>
    public DateTimeOffset Now => _time.GetUtcNow();

    /// <summary>A little time passes: pods begin and end, an operator that died is replaced, one that stands still gets a competitor.</summary>
    public async Task RoundAsync()
    {
        await Processes.RoundAsync(CancellationToken.None);
        if (_chain is not null)
        {
            await _chain.RoundAsync(_user);
        }

        await _operators.ReplaceAsync(Injector);
        bool idle = _operators.Running.All(instance => instance.IsIdle || IsPaused(instance)) && _operators.Running.Any(instance => instance.Leads && !IsPaused(instance));
        int stored = Injector.Stored.Count(Judge.Counts);
        TimeSpan step = Step(idle);
        step = _chain is not null && !_isAsleep && step > LivingStep ? LivingStep : step;
        _quiet = idle && stored == _seen ? _quiet + step : TimeSpan.Zero;
        _seen = stored;
        Advance(step);
        await KeepUpAsync(step);
    }

    /// <summary>
    /// What woke up runs in real time, which has to keep up with the virtual one: on a busy machine minutes would go by between two steps of an operator, and it would
    /// rightly repair what it finds.
    /// </summary>
    private async Task KeepUpAsync(TimeSpan step)
    {
        if (step > TimeSpan.FromMilliseconds(500))
        {
            await Task.Delay(_chain is null || _isAsleep ? Glance * 3 : Glance * 8, TimeProvider.System);
        }

        for (int glance = 0; glance < MaxGlances && _operators.Running.Any(instance => instance.IsAtWork && !IsPaused(instance)); glance++)
        {
            await Task.Delay(Glance, TimeProvider.System);
        }
    }

    /// <summary>Rounds until nothing has been written for a while.</summary>
    /// <returns>Whether it came to that.</returns>
    public async Task<bool> UntilRestAsync()
    {
        _isAsleep = true;
        _quiet = TimeSpan.Zero;
        for (int round = 0; round < MaxRounds; round++)
        {
            await RoundAsync();
            if (_quiet >= Rest && !Injector.HasCrashed)
            {
                if (!Injector.IsPaused)
                {
                    return true;
                }

                // The second operator has done all there was to do; now the first goes on with what it had in hand.
                Injector.Resume();
                _quiet = TimeSpan.Zero;
            }
        }

        return false;
    }

    /// <summary>Rounds until something has been so for a while, on a chain that never rests.</summary>
    /// <returns>Whether it came to that.</returns>
    public async Task<bool> UntilAsync(Func<IKubernetesClient, Task<bool>> condition)
    {
        _isAsleep = false;
        TimeSpan held = TimeSpan.Zero;
        for (int round = 0; round < MaxRounds; round++)
        {
            DateTimeOffset before = Now;
            await RoundAsync();
            held = await condition(_user) && !Injector.HasCrashed ? held + (Now - before) : TimeSpan.Zero;
            if (held < LivingRest)
            {
                continue;
            }

            if (!Injector.IsPaused)
            {
                return true;
            }

            Injector.Resume();
            held = TimeSpan.Zero;
        }

        return false;
    }

    /// <summary>Time passes in which nothing is to happen.</summary>
    public async Task PassAsync(TimeSpan time)
    {
        DateTimeOffset end = Now + time;
        while (Now < end)
        {
            await RoundAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        Injector.Resume();
        await _operators.DisposeAsync();
        _user.Dispose();
        await _cluster.DisposeAsync();
        if (_discarded is not null)
        {
            Directory.Delete(_discarded, recursive: true);
        }
    }

    private async Task PrepareAsync()
    {
        foreach (CustomResourceDefinition definition in CrdManifests.Read())
        {
            await _user.CreateAsync(definition, null, CancellationToken.None);
        }

        await _user.CreateAsync(new Namespace { Metadata = new ObjectMeta { Name = Namespace } }, null, CancellationToken.None);
    }

    private bool IsPaused(OperatorInstance instance) => Injector.IsPaused && instance == _operators.Running[0];

    /// <summary>Small steps while something happens.</summary>
    private TimeSpan Step(bool idle) =>
        !idle ? TimeSpan.FromMilliseconds(100)
        : _quiet < TimeSpan.FromSeconds(3) ? TimeSpan.FromMilliseconds(500)
        : _elects ? OperatorInstance.LeaseStep
        : TimeSpan.FromSeconds(_quiet < TimeSpan.FromSeconds(20) ? 2 : 10);

    private void Advance(TimeSpan step)
    {
        _time.Advance(step);
        foreach (OperatorInstance instance in _operators.Running.Where(instance => !IsPaused(instance)))
        {
            // A process that stood still finds that its clock has moved on meanwhile.
            ((FakeTimeProvider)instance.Time).Advance(Now - instance.Time.GetUtcNow());
        }
    }
}
