using Fleet.Api;
using Fleet.Kubernetes.Models;
using Fleet.Operator.Probing;
using Fleet.Planning;
using Fleet.Planning.Canary;
using Fleet.Planning.Canary.Samples;
using Fleet.Planning.Rollouts;

namespace Fleet.Operator.Sampling;

/// <summary>What is seen of one pair: both sides' metrics, what an outside node counts of their duties, and whether the canary follows the same chain.</summary>
/// <remarks>When a pod of the pair is another than before, everything begins anew: what is compared has to be of the same age.</remarks>
internal sealed class PairWatch(PairTarget target, SampleReader samples, NodeReader reader, Func<ObjectKey, Pod?> findPod, Func<ObjectKey, NodeSnapshot?> findSnapshot, TimeProvider time)
{
    /// <summary>Outside nodes that are asked for a block.</summary>
    private const int Witnesses = 3;

    /// <summary>So far below the head there is no more reason to differ.</summary>
    private const int SettledSlots = 2;

    private readonly Lock _lock = new();
    private readonly DutyLedger _duties = new(target.Baseline, target.Canary);
    private PairSamples _samples = null!;
    private (string? Baseline, string? Canary) _pods;
    private DateTimeOffset? _since;
    private DateTimeOffset? _baselineSilentSince;
    private DateTimeOffset? _canarySilentSince;
    private DateTimeOffset? _forkedSince;
    private long _polledSlot;
    private string? _configMismatch;
    private bool _isConfigKnown;
    private string? _counter;

    /// <summary>What is watched.</summary>
    public PairTarget Target { get; set; } = target;

    /// <summary>What was seen; null: both pods have not run at the same time yet.</summary>
    public PairFacts? Facts()
    {
        lock (_lock)
        {
            return _since is not { } since ? null : new PairFacts
            {
                Since = since,
                BaselineSilentSince = _baselineSilentSince,
                CanarySilentSince = _canarySilentSince,
                ForkedSince = _forkedSince,
                ConfigMismatch = _configMismatch,
                Duties = _duties.Last,
                Window = Window,
            };
        }
    }

    /// <summary>Looks once.</summary>
    public async Task LookAsync(CancellationToken cancellationToken)
    {
        Pod? baseline = Running(Target.Baseline);
        Pod? canary = Running(Target.Canary);
        Restart(baseline, canary);
        if (_since is null)
        {
            return;
        }

        await Task.WhenAll(
            ScrapeAsync(PairSide.Baseline, baseline, cancellationToken),
            ScrapeAsync(PairSide.Canary, canary, cancellationToken),
            CountDutiesAsync(cancellationToken),
            CompareChainsAsync(canary, cancellationToken),
            CompareConfigAsync(canary, cancellationToken));
    }

    private JudgeInput Window(DateTimeOffset start, DateTimeOffset end)
    {
        lock (_lock)
        {
            return _samples.Window(start, end);
        }
    }

    private Pod? Running(string node) =>
        findPod(new ObjectKey(Target.Namespace, Names.Pod(node))) is { Metadata: { Uid: not null, DeletionTimestamp: null }, Status.PodIP.Length: > 0 } pod ? pod : null;

    /// <summary>A pod that is away for a moment is silent; another one in its place is another side.</summary>
    private void Restart(Pod? baseline, Pod? canary)
    {
        (string? Baseline, string? Canary) pods = (baseline?.Metadata.Uid ?? _pods.Baseline, canary?.Metadata.Uid ?? _pods.Canary);
        if (pods == _pods || pods.Baseline is null || pods.Canary is null)
        {
            return;
        }

        lock (_lock)
        {
            _pods = pods;
            _samples = new PairSamples(Target.Metrics, (Target.Baseline, Target.Canary), Target.Clock.EpochDuration, Target.Timing.Capacity);
            _since = time.GetUtcNow();
            samples.Restart(Target.Baseline, Target.Canary);
            _baselineSilentSince = null;
            _canarySilentSince = null;
            _forkedSince = null;
            _polledSlot = 0;
            _configMismatch = null;
            _isConfigKnown = false;
            _duties.Restart();
        }
    }

    private async Task ScrapeAsync(PairSide side, Pod? pod, CancellationToken cancellationToken)
    {
        string node = side == PairSide.Baseline ? Target.Baseline : Target.Canary;
        Reading reading = pod is null ? new Reading(false, [], "its pod is not there") : await samples.ReadAsync(node, pod.Status!.PodIP!, cancellationToken);
        DateTimeOffset now = time.GetUtcNow();

        // A node without metrics that answers otherwise is not silent.
        bool answers = reading.Answered || (pod is not null && findSnapshot(NodeKey(node)) is { IsReachable: true } snapshot && snapshot.PodUid == pod.Metadata.Uid);
        lock (_lock)
        {
            if (side == PairSide.Baseline)
            {
                _baselineSilentSince = answers ? null : _baselineSilentSince ?? now;
            }
            else
            {
                _canarySilentSince = answers ? null : _canarySilentSince ?? now;
            }

            foreach ((DateTimeOffset at, Exposition exposition) in reading.Samples)
            {
                _samples.Observe(side, at, exposition);
            }

            if (reading.Problem is { } problem)
            {
                _samples.Fail(side, now, problem);
            }

            if (pod?.Status?.ContainerStatuses is { } containers)
            {
                _samples.ObserveRestarts(side, now, containers.Sum(container => (long)container.RestartCount));
            }
        }
    }

    /// <summary>One node counts for as long as it answers: another one's counters began at another time.</summary>
    private async Task CountDutiesAsync(CancellationToken cancellationToken)
    {
        foreach ((string node, string address) in Outside().OrderByDescending(outside => outside.Node == _counter))
        {
            if (await samples.ReadAsync(node, address, cancellationToken) is not { Problem: null } reading)
            {
                continue;
            }

            lock (_lock)
            {
                if (_counter != node)
                {
                    _counter = node;
                    _duties.Restart();
                    _samples.RestartOutside();
                }

                foreach ((DateTimeOffset at, Exposition exposition) in reading.Samples)
                {
                    _samples.ObserveOutside(at, exposition);
                    _duties.Observe(exposition);
                }
            }

            return;
        }
    }

    /// <summary>The canary has to have the block that most have, two slots below their head.</summary>
    private async Task CompareChainsAsync(Pod? canary, CancellationToken cancellationToken)
    {
        (string Node, string Address)[] witnesses = [.. Outside().Take(Witnesses)];
        if (canary is null || witnesses.Length == 0)
        {
            return;
        }

        long[] heads = [.. witnesses.Select(witness => findSnapshot(NodeKey(witness.Node))?.HeadSlot ?? 0).Order()];
        long slot = heads[heads.Length / 2] - SettledSlots;
        if (slot <= _polledSlot)
        {
            return;
        }

        _polledSlot = slot;
        (bool Answered, string? Root)[] answers = await Task.WhenAll(witnesses.Select(witness => reader.BlockRootAsync(witness.Address, slot, cancellationToken)));
        (bool answered, string? own) = await reader.BlockRootAsync(canary.Status!.PodIP!, slot, cancellationToken);
        string? majority = answers.Where(answer => answer.Root is not null).GroupBy(answer => answer.Root).FirstOrDefault(root => root.Count() * 2 > answers.Length)?.Key;

        // Who has not come so far has no other block; being late is judged as head lag.
        bool isBehind = own is null && !(findSnapshot(NodeKey(Target.Canary))?.HeadSlot >= slot);
        if (!answered || isBehind || majority is null)
        {
            return;
        }

        lock (_lock)
        {
            _forkedSince = own == majority ? null : _forkedSince ?? time.GetUtcNow();
        }
    }

    private async Task CompareConfigAsync(Pod? canary, CancellationToken cancellationToken)
    {
        if (canary is null || _isConfigKnown || await reader.ConfigAsync(canary.Status!.PodIP!, cancellationToken) is not { } config)
        {
            return;
        }

        KeyValuePair<string, string>? other = Target.Config.Where(pair => config.TryGetValue(pair.Key, out string? value) && !Same(pair.Value, value)).Cast<KeyValuePair<string, string>?>().FirstOrDefault();
        lock (_lock)
        {
            _isConfigKnown = true;
            _configMismatch = other is { } pair ? $"{pair.Key} is {NodeQuestions.OneLine(config[pair.Key], 64)}, not {pair.Value}" : null;
        }
    }

    /// <summary>Values are the same text but for the case of hexadecimal digits and quotes.</summary>
    private static bool Same(string left, string right) => string.Equals(left.Trim('\'', '"'), right.Trim('\'', '"'), StringComparison.OrdinalIgnoreCase);

    /// <summary>Outside nodes that answer, with the addresses of their pods, which may be gone a moment later.</summary>
    private IEnumerable<(string Node, string Address)> Outside()
    {
        foreach (string node in Target.Outside)
        {
            if (findSnapshot(NodeKey(node)) is { IsReachable: true } && Running(node) is { } pod)
            {
                yield return (node, pod.Status!.PodIP!);
            }
        }
    }

    private ObjectKey NodeKey(string node) => new(Target.Namespace, node);
}
