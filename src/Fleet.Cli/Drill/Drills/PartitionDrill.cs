using System.Globalization;
using Fleet.Cli.Common;

namespace Fleet.Cli.Drill.Drills;

/// <summary>No packet goes between two groups of nodes.</summary>
internal sealed class PartitionDrill : IDrill
{
    public string Name => "partition";

    public string Arguments => "[NODE...]";

    public string Description => "Cut the network between the named nodes and all others; without names, between two halves of the stake.";

    public bool CanBeUndone => true;

    public bool NeedsRoot => true;

    public DrillRecord Plan(DrillTarget target, DrillRequest request)
    {
        DrillNode[] one = request.Arguments.Count > 0
            ? [.. request.Arguments.Distinct(StringComparer.Ordinal).Select(name => target.Nodes.FirstOrDefault(node => node.Name == name) ?? target.Require(name))]
            : [.. StakeChoice.AtLeast(target, 0.5)];
        DrillNode[] other = [.. target.Nodes.Except(one)];
        string[] left = [.. one.Select(node => node.Address).OfType<string>()];
        string[] right = [.. other.Select(node => node.Address).OfType<string>()];
        if (left.Length == 0 || right.Length == 0)
        {
            throw new CliException($"Testnet {target.Name} has no nodes with pods on both sides of this cut; name some of its nodes, and not all.", ExitCodes.BadInput);
        }

        string table = string.Create(CultureInfo.InvariantCulture, $"{request.Tables}_{request.Id}");
        return request.Record(this, target, one) with { Table = table, Rules = Firewall.Cut(table, left, right) };
    }

    public Task StartAsync(DrillRecord record, DrillTarget target, DrillTools tools, CancellationToken cancellationToken) =>
        tools.Machine.LoadRulesAsync(record.Rules!, cancellationToken);

    public Task UndoAsync(DrillRecord record, DrillTools tools, CancellationToken cancellationToken) =>
        tools.Machine.LoadRulesAsync(Firewall.Remove(record.Table!), cancellationToken);
}
