using Fleet.Api;
using Fleet.Cli.Common;
using Fleet.Cli.Observation;
using Fleet.Kubernetes.Models;

namespace Fleet.Cli.Up;

/// <summary>Shows how testnets come up.</summary>
internal interface IUpProgress : IDisposable
{
    /// <summary>Called with every new observation.</summary>
    void Show(IReadOnlyDictionary<ObjectKey, Milestones> testnets, DateTimeOffset now);

    /// <summary>Called once at the goal.</summary>
    void Finish(IReadOnlyDictionary<ObjectKey, Milestones> testnets, bool detached);
}

/// <summary>Chooses the display: a live screen on a terminal, plain lines elsewhere; beside JSON on stdout the lines go to stderr.</summary>
internal static class UpProgress
{
    public static IUpProgress Create(bool json, DataDirectory directory, Uri apiServer)
    {
        if (json)
        {
            return new PlainUpProgress(Console.Error, directory, apiServer);
        }

        return Console.IsOutputRedirected
            ? new PlainUpProgress(Console.Out, directory, apiServer)
            : new LiveUpProgress(directory, apiServer);
    }
}

/// <summary>One line per thing that happened: for pipes, files and CI.</summary>
internal sealed class PlainUpProgress : IUpProgress
{
    private readonly TextWriter _output;
    private readonly DataDirectory _directory;
    private readonly Dictionary<ObjectKey, string> _last = [];

    public PlainUpProgress(TextWriter output, DataDirectory directory, Uri apiServer)
    {
        _output = output;
        _directory = directory;
        _output.WriteLine($"API server {apiServer.ToString().TrimEnd('/')}");
        _output.WriteLine($"export KUBECONFIG={directory.Kubeconfig}");
    }

    public void Show(IReadOnlyDictionary<ObjectKey, Milestones> testnets, DateTimeOffset now)
    {
        foreach ((ObjectKey key, Milestones milestones) in testnets)
        {
            string line = UpSummary.Of(milestones, now, everySlot: false);
            if (_last.GetValueOrDefault(key) != line)
            {
                _last[key] = line;
                _output.WriteLine($"{(now - milestones.AppliedAt).TotalSeconds,6:F1} s  {key.Name}: {line}");
            }
        }
    }

    public void Finish(IReadOnlyDictionary<ObjectKey, Milestones> testnets, bool detached)
    {
        foreach ((ObjectKey key, Milestones milestones) in testnets)
        {
            if (UpSummary.Finality(milestones) is { } finality)
            {
                _output.WriteLine($"          {key.Name}: {finality}");
            }
        }

        if (detached)
        {
            _output.WriteLine($"The fleet runs on. See it with 'fleet status -w', end it with 'fleet down' (data: {_directory.Path}).");
        }
    }

    public void Dispose()
    {
    }
}

/// <summary>A testnet's way up in one phrase.</summary>
internal static class UpSummary
{
    /// <param name="milestones">What has been observed.</param>
    /// <param name="now">For the countdown.</param>
    /// <param name="everySlot">False: the phrase changes with the epoch and with finality only.</param>
    public static string Of(Milestones milestones, DateTimeOffset now, bool everySlot)
    {
        if (milestones.View is not { } view)
        {
            return "waiting for the API server to show it";
        }

        if (view.Condition(ConditionTypes.Accepted) is { Status: "False" } refused)
        {
            return $"not accepted: {refused.Message}";
        }

        int pods = view.Nodes.Count(node => node.Pod is not null);
        int ready = view.Nodes.Count(node => node.Ready);
        if (pods < view.DesiredPods)
        {
            return $"{pods}/{view.DesiredPods} pods";
        }

        if (view.Testnet.Status?.GenesisTime is not { } genesis)
        {
            return $"{pods}/{view.DesiredPods} pods, waiting for three quarters of the stake to run";
        }

        if (genesis > now)
        {
            // The time is fixed first, and the genesis is made for it.
            string root = view.Testnet.Status.GenesisRoot is { } made ? ", root " + made : "";
            return everySlot ? $"genesis in {(genesis - now).TotalSeconds:F0} s" : $"genesis at {genesis:HH:mm:ss} UTC{root}";
        }

        List<LiveNode> live = [.. view.ChainNodes.Select(node => node.Live).OfType<LiveNode>()];
        if (live.Count == 0)
        {
            return $"{ready}/{view.DesiredPods} nodes ready, none answers yet";
        }

        long head = live.Max(node => node.HeadSlot);
        string chain = $"epoch {head / (milestones.Timing?.SlotsPerEpoch ?? 8)}, justified {live.Min(node => node.Justified)}, finalized {live.Min(node => node.Finalized)}";
        string nodes = $"{ready}/{view.DesiredPods} nodes ready, {live.Min(node => node.Peers)} peers or more each";
        return everySlot ? $"slot {head}, {chain}, {nodes}" : $"{chain}, {nodes}";
    }

    /// <summary>How long finality took, once it is there.</summary>
    public static string? Finality(Milestones milestones)
    {
        TimesReport times = TimesReport.From(milestones);
        if (milestones.FinalizedAt is null)
        {
            return null;
        }

        return times is { GenesisToFinalized: { } took, ProtocolFloor: { } floor }
            ? $"finalized, {took:F1} s after genesis (the protocol allows {floor:F1} s)"
            : "finalized";
    }
}
