namespace Fleet.Cli.Drill;

/// <summary>What drills leave on the machine of a fleet that is stopped: rules in the firewall. Processes are gone with the fleet, and clocks belong to its objects.</summary>
internal static class DrillLeftovers
{
    /// <summary>Removes it, so that the next fleet with these addresses is whole.</summary>
    /// <param name="directory">Data directory of the fleet.</param>
    /// <param name="machine">The machine.</param>
    /// <param name="time">The clock.</param>
    /// <param name="output">For what has to be done by hand.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task RemoveAsync(string directory, IMachine machine, TimeProvider time, TextWriter output, CancellationToken cancellationToken)
    {
        var book = new DrillBook(directory, time);
        foreach (DrillRecord record in book.Read().Where(record => record.Table is not null))
        {
            if (!machine.IsRoot)
            {
                await output.WriteLineAsync($"The rules of drill {record.Drill} stay in the firewall; remove them with 'sudo nft delete table ip {record.Table}'.");
                continue;
            }

            await machine.LoadRulesAsync(Firewall.Remove(record.Table!), cancellationToken);
            await book.RemoveAsync(record.Id, cancellationToken);
        }
    }
}
