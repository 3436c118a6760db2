using System.Globalization;
using Fleet.Cli.Common;

namespace Fleet.Cli.Drill.Drills;

/// <summary>A node's API tells the operator a finality that is not the node's.</summary>
/// <remarks>The node itself is as honest as ever: this command listens in its place for those who ask from outside the fleet's pods, and changes the answers.</remarks>
internal sealed class LyingNodeDrill : IDrill
{
    private const int ApiPort = 5052;

    public string Name => "lying-node";

    public string Arguments => "NODE [other|ancient|future]";

    public string Description => "Let the operator hear another, an ancient or a future finality from a node, until Ctrl-C, 'undo', or the end of --for.";

    public bool CanBeUndone => true;

    public bool NeedsHolder => true;

    public bool NeedsRoot => true;

    public DrillRecord Plan(DrillTarget target, DrillRequest request)
    {
        if (request.Arguments.Count is 0 or > 2)
        {
            throw DrillArguments.Wrong(this, "the name of a node, and other, ancient or future");
        }

        DrillNode node = target.Require(request.Arguments[0]);
        string word = request.Arguments.Count == 2 ? request.Arguments[1] : "other";
        if (!FinalityLie.Kinds.Contains(word))
        {
            throw DrillArguments.Wrong(this, "other, ancient or future as the lie");
        }

        return node.Address is null
            ? throw new CliException($"{node.Name} has no pod that could be asked; wait until 'fleet nodes {target.Name}' shows its address.")
            : request.Record(this, target, [node]) with { Table = string.Create(CultureInfo.InvariantCulture, $"{request.Tables}_{request.Id}"), Lie = word };
    }

    public async Task StartAsync(DrillRecord record, DrillTarget target, DrillTools tools, CancellationToken cancellationToken)
    {
        string address = target.Require(record.Nodes[0]).Address!;
        LyingProxy proxy = await LyingProxy.StartAsync(address, ApiPort, record.Lie!, cancellationToken);
        try
        {
            await tools.Machine.LoadRulesAsync(Firewall.Redirect(record.Table!, address, ApiPort, proxy.Port), cancellationToken);
        }
        catch
        {
            await proxy.DisposeAsync();
            throw;
        }

        // Ends with this process, or with the drill.
        tools.Keep(record.Id, proxy);
    }

    public async Task UndoAsync(DrillRecord record, DrillTools tools, CancellationToken cancellationToken)
    {
        await tools.Machine.LoadRulesAsync(Firewall.Remove(record.Table!), cancellationToken);
        await tools.ReleaseAsync(record.Id);
    }
}
