using Fleet.Api;
using Fleet.Cli.Common;
using Fleet.Cli.Observation;
using Fleet.Kubernetes;
using Fleet.Kubernetes.Models;

namespace Fleet.Cli.Up;

/// <summary>Watches testnets on their way up, shows it, and ends at the goal.</summary>
internal sealed class UpFollower
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(250);

    private readonly IKubernetesClient _client;
    private readonly UpOptions _options;
    private readonly TimeProvider _time;
    private readonly FleetObserver _observer;
    private readonly Dictionary<ObjectKey, Milestones> _milestones;

    public UpFollower(IKubernetesClient client, UpOptions options, IReadOnlyList<ObjectKey> testnets, TimeProvider time)
    {
        _client = client;
        _options = options;
        _time = time;
        _observer = new FleetObserver(client);
        DateTimeOffset now = time.GetUtcNow();
        _milestones = testnets.ToDictionary(key => key, _ => new Milestones(now));
    }

    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        bool json = _options.Output == OutputFormat.Json;
        using IUpProgress progress = UpProgress.Create(json, _options.DataDirectory, _client.Server);
        long start = _time.GetTimestamp();
        while (true)
        {
            await ObserveAsync(cancellationToken);
            progress.Show(_milestones, _time.GetUtcNow());
            ThrowIfRefused();
            if (IsDone())
            {
                progress.Finish(_milestones, _options.Detach);
                await ReportAsync(json, cancellationToken);
                return ExitCodes.Ok;
            }

            if (_options.Until is { } goal && _time.GetElapsedTime(start) > _options.Timeout)
            {
                await ReportAsync(json, cancellationToken);
                throw new CliException($"Not {goal.ToString().ToLowerInvariant()} within {_options.Timeout.TotalSeconds:F0} s: {Missing(goal)}.", ExitCodes.TimedOut);
            }

            await Task.Delay(PollInterval, _time, cancellationToken);
        }
    }

    /// <summary>A detached fleet without a goal is done once it is there; a foreground one without a goal never is.</summary>
    private bool IsDone() => _options.Until is { } goal
        ? _milestones.Values.All(milestones => milestones.Reached(goal))
        : _options.Detach && _milestones.Values.All(milestones => milestones.IsThere);

    private async Task ObserveAsync(CancellationToken cancellationToken)
    {
        foreach ((ObjectKey key, Milestones milestones) in _milestones)
        {
            if (await _observer.ObserveAsync(key, live: true, cancellationToken) is not { } view)
            {
                continue;
            }

            milestones.Observe(view, _time.GetUtcNow());
            if (milestones.Timing is null && view.ChainNodes.FirstOrDefault(node => node.Live is not null)?.Pod is { } pod)
            {
                milestones.Timing = await _observer.Nodes.ReadTimingAsync(pod, cancellationToken);
            }
        }
    }

    /// <summary>What the operator refuses is bad input, however well-formed it was.</summary>
    private void ThrowIfRefused()
    {
        foreach ((ObjectKey key, Milestones milestones) in _milestones)
        {
            if (_options.Until is not null && milestones.View?.Condition(ConditionTypes.Accepted) is { Status: "False" } refused)
            {
                throw new CliException($"Testnet {key.Name} is not accepted: {refused.Message}", ExitCodes.BadInput);
            }
        }
    }

    private string Missing(UpGoal goal) =>
        string.Join("; ", _milestones.Where(entry => !entry.Value.Reached(goal)).Select(entry => $"{entry.Key.Name}: {entry.Value.Missing(goal)}"));

    private async Task ReportAsync(bool json, CancellationToken cancellationToken)
    {
        if (!json)
        {
            return;
        }

        var testnets = new List<TestnetReport>();
        foreach ((ObjectKey key, Milestones milestones) in _milestones)
        {
            var identities = new Dictionary<string, NodeIdentity>(StringComparer.Ordinal);
            foreach (NodeView node in milestones.View?.Nodes ?? [])
            {
                if (node.Pod is not null && await _observer.Nodes.ReadIdentityAsync(node.Pod, cancellationToken) is { } identity)
                {
                    identities[node.Name] = identity;
                }
            }

            string? missing = _options.Until is { } goal && !milestones.Reached(goal) ? milestones.Missing(goal) : null;
            testnets.Add(TestnetReport.From(key.Namespace, key.Name, milestones, identities, missing));
        }

        var report = new UpReport(_client.Server.ToString().TrimEnd('/'), _options.DataDirectory.Kubeconfig, testnets);
        await Console.Out.WriteLineAsync(report.ToJson());
    }
}
