using System.Collections.Immutable;
using Fleet.Cli.Common;
using Fleet.Kubernetes.Models;

namespace Fleet.Cli.Drill.Drills;

/// <summary>Nodes with a share of the stake stand still, as if their machines hung.</summary>
/// <remarks>Their liveness probes have them started again after a minute and a half; while the command runs, what was started anew is stopped, too.</remarks>
internal sealed class StopStakeDrill : IDrill
{
    public string Name => "stop-stake";

    public string Arguments => "SHARE";

    public string Description => "Stop the processes of nodes with at least this share of the stake, such as 40%.";

    public bool CanBeUndone => true;

    public DrillRecord Plan(DrillTarget target, DrillRequest request) =>
        request.Record(this, target, StakeChoice.AtLeast(target, StakeChoice.ParseShare(DrillArguments.One(this, request, "a share of the stake such as 40%"))));

    public Task StartAsync(DrillRecord record, DrillTarget target, DrillTools tools, CancellationToken cancellationToken) => StopAsync(record, target, tools, cancellationToken);

    public async Task HoldAsync(DrillRecord record, DrillTarget target, DrillTools tools, CancellationToken cancellationToken) =>
        await StopAsync(record, await DrillTarget.ReadAsync(tools.Client, new ObjectKey(record.Namespace, record.Testnet), cancellationToken), tools, cancellationToken);

    public Task UndoAsync(DrillRecord record, DrillTools tools, CancellationToken cancellationToken)
    {
        foreach (ProcessMark process in record.Processes)
        {
            tools.Machine.Signal(process, Signals.Continue);
        }

        return Task.CompletedTask;
    }

    /// <summary>On record first: a process that is stopped and not on record would stand still for ever.</summary>
    private static async Task StopAsync(DrillRecord record, DrillTarget target, DrillTools tools, CancellationToken cancellationToken)
    {
        var book = new DrillBook(tools.DataDirectory, tools.Time);
        ImmutableArray<ProcessMark> running =
        [
            .. target.Nodes.Where(node => record.Nodes.Contains(node.Name)).SelectMany(node => node.Processes).Select(tools.Machine.Find).OfType<ProcessMark>(),
        ];
        if (await book.ReplaceAsync(record with { Processes = running }, cancellationToken))
        {
            foreach (ProcessMark process in running)
            {
                tools.Machine.Signal(process, Signals.Stop);
            }
        }
    }
}
