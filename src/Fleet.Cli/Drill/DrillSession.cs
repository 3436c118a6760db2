using System.Collections.Immutable;
using Fleet.Api;
using Fleet.Cli.Common;
using Fleet.Kubernetes.Models;

namespace Fleet.Cli.Drill;

/// <summary>How a drill is to be begun.</summary>
/// <param name="Arguments">Words after its name.</param>
/// <param name="Offset">Value of <c>--offset</c>.</param>
/// <param name="For">How long it is held; null: it is left as it is, or lasts until Ctrl-C.</param>
/// <param name="IsDryRun">Only say whom it would hit.</param>
/// <param name="IsConfirmed">Nobody is asked.</param>
internal sealed record DrillOptions(IReadOnlyList<string> Arguments, TimeSpan? Offset, TimeSpan? For, bool IsDryRun, bool IsConfirmed);

/// <summary>Begins, holds, lists and undoes the drills of one testnet.</summary>
/// <param name="tools">What drills work with.</param>
/// <param name="testnet">The testnet.</param>
/// <param name="output">For what is done.</param>
/// <param name="ask">Asks a person a question; null: nobody is there to answer.</param>
internal sealed class DrillSession(DrillTools tools, ObjectKey testnet, TextWriter output, Func<string, string?>? ask)
{
    private static readonly TimeSpan HoldInterval = TimeSpan.FromSeconds(1);

    private readonly DrillBook _book = new(tools.DataDirectory, tools.Time);

    /// <summary>Does a drill.</summary>
    /// <exception cref="CliException">It cannot be done, or could not be.</exception>
    public async Task<int> StartAsync(IDrill drill, DrillOptions options, CancellationToken cancellationToken)
    {
        if (options.For is not null && !drill.CanBeUndone)
        {
            throw new CliException($"--for undoes a drill after that time, and {drill.Name} cannot be undone; leave it out.", ExitCodes.BadInput);
        }

        DrillTarget target = await DrillTarget.ReadAsync(tools.Client, testnet, cancellationToken);
        DrillRecord record = drill.Plan(target, new DrillRequest(options.Arguments, options.Offset, _book.Next, _book.Tables, tools.Time.GetUtcNow()));
        if (options.IsDryRun)
        {
            Say($"{drill.Name} would hit {record.Whom}. Nothing was done.");
            return ExitCodes.Ok;
        }

        if (drill.NeedsRoot && !tools.Machine.IsRoot)
        {
            throw new CliException($"{drill.Name} changes the firewall of this machine, which only root may do; run the command with sudo and --data-dir {tools.DataDirectory}.");
        }

        Confirm(drill, record, options.IsConfirmed);
        await BeginAsync(drill, record, target, cancellationToken);
        Say($"{drill.Name} hits {record.Whom}.");
        if (!drill.CanBeUndone)
        {
            await _book.RemoveAsync(record.Id, cancellationToken);
            return ExitCodes.Ok;
        }

        if (options.For is null && !drill.NeedsHolder)
        {
            Say($"Undo it with 'fleet drill {testnet.Name} undo'.");
            return ExitCodes.Ok;
        }

        return await HoldAsync(drill, record, target, options.For, cancellationToken);
    }

    /// <summary>Prints the drills that are not undone.</summary>
    public int List()
    {
        ImmutableArray<DrillRecord> drills = Mine();
        if (drills.IsEmpty)
        {
            Say($"No drill of testnet {testnet.Name} is under way.");
            return ExitCodes.Ok;
        }

        var table = new TextTable("ID", "DRILL", "SINCE", "HITS");
        foreach (DrillRecord record in drills)
        {
            table.Add(record.Id.ToString(), record.Drill, Duration.From(TimeSpan.FromSeconds((long)(tools.Time.GetUtcNow() - record.StartedAt).TotalSeconds)).ToString(), record.Whom);
        }

        table.WriteTo(output);
        return ExitCodes.Ok;
    }

    /// <summary>Undoes all of them, the last begun first.</summary>
    /// <exception cref="CliException">One could not be undone; it and those before it stay on record.</exception>
    public async Task<int> UndoAsync(CancellationToken cancellationToken)
    {
        ImmutableArray<DrillRecord> drills = Mine();
        foreach (DrillRecord record in drills.Reverse())
        {
            IDrill drill = AllDrills.Of(record.Drill);
            if (drill.NeedsRoot && !tools.Machine.IsRoot)
            {
                throw new CliException($"Undoing {drill.Name} changes the firewall of this machine, which only root may do; run the command with sudo and --data-dir {tools.DataDirectory}.");
            }

            await EndAsync(drill, record, cancellationToken);
        }

        if (drills.IsEmpty)
        {
            Say($"No drill of testnet {testnet.Name} is under way; there is nothing to undo.");
        }

        return ExitCodes.Ok;
    }

    private ImmutableArray<DrillRecord> Mine() => [.. _book.Read().Where(record => record.Testnet == testnet.Name && record.Namespace == testnet.Namespace)];

    private void Say(string sentence) => output.WriteLine(SafeText.Neutralise(sentence));

    private void Confirm(IDrill drill, DrillRecord record, bool isConfirmed)
    {
        if (!drill.DestroysForEver || isConfirmed)
        {
            return;
        }

        string question = $"{drill.Name} deletes volumes and keys of {record.Whom} for ever. Type the name of the testnet to go on: ";
        if (ask is null)
        {
            throw new CliException($"{drill.Name} cannot be undone, and nobody is at a terminal to confirm it; give --yes if {record.Whom} may be lost.", ExitCodes.BadInput);
        }

        if (ask(question)?.Trim() != testnet.Name)
        {
            throw new CliException("That is not the testnet's name; nothing was done.");
        }
    }

    private async Task BeginAsync(IDrill drill, DrillRecord record, DrillTarget target, CancellationToken cancellationToken)
    {
        await _book.AddAsync(record, cancellationToken);
        try
        {
            await drill.StartAsync(record, target, tools, cancellationToken);
        }
        catch (Exception) when (!drill.CanBeUndone)
        {
            // What was done stays done, and nothing would undo it.
            await _book.RemoveAsync(record.Id, CancellationToken.None);
            throw;
        }
        catch
        {
            await EndAsync(drill, Latest(record), CancellationToken.None);
            throw;
        }
    }

    /// <summary>Until the time is over, a person interrupts, or the drill is undone elsewhere.</summary>
    private async Task<int> HoldAsync(IDrill drill, DrillRecord record, DrillTarget target, TimeSpan? length, CancellationToken cancellationToken)
    {
        Say($"It ends {(length is { } limit ? $"after {Duration.From(limit)}, " : "")}with Ctrl-C, or with 'fleet drill {testnet.Name} undo'.");
        long began = tools.Time.GetTimestamp();
        try
        {
            while (length is null || tools.Time.GetElapsedTime(began) < length)
            {
                TimeSpan left = length is null ? HoldInterval : length.Value - tools.Time.GetElapsedTime(began);
                await Task.Delay(left < HoldInterval ? left : HoldInterval, tools.Time, cancellationToken);
                if (!_book.Read().Any(drills => drills.Id == record.Id))
                {
                    await tools.ReleaseAsync(record.Id);
                    Say($"{drill.Name} was undone elsewhere.");
                    return ExitCodes.Ok;
                }

                await drill.HoldAsync(record, target, tools, cancellationToken);
            }
        }
        finally
        {
            if (_book.Read().Any(drills => drills.Id == record.Id))
            {
                await EndAsync(drill, Latest(record), CancellationToken.None);
            }
        }

        return ExitCodes.Ok;
    }

    private DrillRecord Latest(DrillRecord record) => _book.Read().FirstOrDefault(drill => drill.Id == record.Id) ?? record;

    private async Task EndAsync(IDrill drill, DrillRecord record, CancellationToken cancellationToken)
    {
        await drill.UndoAsync(record, tools, cancellationToken);
        await _book.RemoveAsync(record.Id, cancellationToken);
        Say(drill.CanBeUndone ? $"{drill.Name} of {string.Join(", ", record.Nodes)} is undone." : $"{drill.Name} cannot be undone; it is forgotten.");
    }
}
