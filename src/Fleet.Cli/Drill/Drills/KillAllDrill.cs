using Fleet.Cli.Common;

namespace Fleet.Cli.Drill.Drills;

/// <summary>Every process of the testnet ends at once, as when a machine loses its power.</summary>
internal sealed class KillAllDrill : IDrill
{
    public string Name => "kill-all";

    public string Arguments => "";

    public string Description => "Kill every beacon node and validator client at once; the fleet starts them again.";

    public bool CanBeUndone => false;

    public DrillRecord Plan(DrillTarget target, DrillRequest request)
    {
        DrillArguments.None(this, request);
        return request.Record(this, target, target.Nodes.Where(node => node.Processes.Any()));
    }

    public Task StartAsync(DrillRecord record, DrillTarget target, DrillTools tools, CancellationToken cancellationToken)
    {
        foreach (ProcessMark process in target.Nodes.SelectMany(node => node.Processes).Select(tools.Machine.Find).OfType<ProcessMark>())
        {
            tools.Machine.Signal(process, Signals.Kill);
        }

        return Task.CompletedTask;
    }

    public Task UndoAsync(DrillRecord record, DrillTools tools, CancellationToken cancellationToken) => Task.CompletedTask;
}
