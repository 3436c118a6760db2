using Fleet.Api;
using Fleet.Cli.Common;

namespace Fleet.Cli.Drill.Drills;

/// <summary>A node's disk forgets: bytes of its chain database are overwritten, and the node is killed.</summary>
internal sealed class CorruptDatabaseDrill : IDrill
{
    private const int Step = 4096;
    private static readonly byte[] Garbage = [.. Enumerable.Repeat((byte)0xA5, 64)];

    public string Name => "corrupt-db";

    public string Arguments => "NODE";

    public string Description => "Overwrite bytes of a node's chain database and kill the node; its slashing protection is left alone.";

    public bool CanBeUndone => false;

    public DrillRecord Plan(DrillTarget target, DrillRequest request) => request.Record(this, target, [target.Require(DrillArguments.One(this, request, "the name of a node"))]);

    public Task StartAsync(DrillRecord record, DrillTarget target, DrillTools tools, CancellationToken cancellationToken)
    {
        DrillNode node = target.Require(record.Nodes[0]);
        string chains = Path.Combine(tools.DataDirectory, "claims", record.Namespace, Names.DataClaim(node.Name), "chain");
        string[] files = Directory.Exists(chains)
            ? [.. Directory.EnumerateFiles(chains, "*", SearchOption.AllDirectories).Where(IsContent)]
            : [];
        if (files.Length == 0)
        {
            throw new CliException($"{node.Name} has no chain database in {chains} yet; wait until it follows the chain.");
        }

        // It must neither write what is overwritten anew, nor end in order before all is.
        ProcessMark? process = node.Beacon is { } id ? tools.Machine.Find(id) : null;
        if (process is not null)
        {
            tools.Machine.Signal(process, Signals.Stop);
        }

        try
        {
            foreach (string file in files)
            {
                Overwrite(file);
            }
        }
        finally
        {
            if (process is not null)
            {
                tools.Machine.Signal(process, Signals.Kill);
            }
        }

        return Task.CompletedTask;
    }

    public Task UndoAsync(DrillRecord record, DrillTools tools, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Tables, the log of writes, and the list of both; not the texts that only people read.</summary>
    private static bool IsContent(string file)
    {
        string name = Path.GetFileName(file);
        return name.EndsWith(".sst", StringComparison.Ordinal) || name.EndsWith(".log", StringComparison.Ordinal) || name.StartsWith("MANIFEST-", StringComparison.Ordinal);
    }

    private static void Overwrite(string file)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
        for (long at = 0; at < stream.Length; at += Step)
        {
            stream.Position = at;
            stream.Write(Garbage.AsSpan(0, (int)Math.Min(Garbage.Length, stream.Length - at)));
        }

        stream.Flush(flushToDisk: true);
    }
}
