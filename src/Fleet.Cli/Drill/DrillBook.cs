using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Fleet.Cli.Common;

namespace Fleet.Cli.Drill;

/// <summary>What was done to a fleet, in its data directory: written before it is done, so that another process can undo it after a crash.</summary>
internal sealed class DrillBook(string directory, TimeProvider time)
{
    private const int MostDrills = 100;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    private string File => Path.Combine(directory, "drills.json");

    /// <summary>What the names of this fleet's tables in the firewall begin with; no other fleet has it.</summary>
    public string Tables { get; } = "fleet_drill_" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Path.TrimEndingDirectorySeparator(Path.GetFullPath(directory)))))[..8];

    /// <summary>Drills that are not undone, the first begun first.</summary>
    public ImmutableArray<DrillRecord> Read() => Load().Drills;

    /// <summary>Number that the next drill gets.</summary>
    public int Next => Load().Next;

    /// <summary>Notes a drill that is about to begin.</summary>
    /// <exception cref="CliException">Too many were never undone, or the file cannot be written.</exception>
    public Task AddAsync(DrillRecord record, CancellationToken cancellationToken) => ChangeAsync(
        file => file.Drills.Length < MostDrills
            ? new DrillFile(Math.Max(file.Next, record.Id) + 1, file.Drills.Add(record))
            : throw new CliException($"{MostDrills} drills of this fleet were never undone; run 'fleet drill {record.Testnet} undo'."),
        cancellationToken);

    /// <summary>Notes more of what a drill has done.</summary>
    /// <returns>Whether the drill is still on record.</returns>
    public async Task<bool> ReplaceAsync(DrillRecord record, CancellationToken cancellationToken)
    {
        bool isThere = false;
        await ChangeAsync(
            file =>
            {
                isThere = file.Drills.Any(drill => drill.Id == record.Id);
                return file with { Drills = [.. file.Drills.Select(drill => drill.Id == record.Id ? record : drill)] };
            },
            cancellationToken);
        return isThere;
    }

    /// <summary>Forgets a drill that is undone.</summary>
    public Task RemoveAsync(int id, CancellationToken cancellationToken) =>
        ChangeAsync(file => file with { Drills = file.Drills.RemoveAll(drill => drill.Id == id) }, cancellationToken);

    private DrillFile Load()
    {
        try
        {
            return JsonSerializer.Deserialize(System.IO.File.ReadAllText(File), DrillJson.Default.DrillFile) ?? new DrillFile(1, []);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            return new DrillFile(1, []);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new CliException($"The record of drills {File} cannot be read ({error.Message.TrimEnd('.')}); undo by hand what it lists, then remove it.", ExitCodes.Failed, error);
        }
    }

    private async Task ChangeAsync(Func<DrillFile, DrillFile> change, CancellationToken cancellationToken)
    {
        using FileStream held = await LockAsync(cancellationToken);
        string temporary = File + ".new";
        try
        {
            await System.IO.File.WriteAllTextAsync(temporary, JsonSerializer.Serialize(change(Load()), DrillJson.Default.DrillFile), cancellationToken);
            System.IO.File.Move(temporary, File, overwrite: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CliException($"The record of drills {File} cannot be written ({error.Message.TrimEnd('.')}); nothing was done. Free some space, or run the command as the fleet's user.", ExitCodes.Failed, error);
        }
    }

    /// <summary>Commands that change the record at the same moment wait for each other.</summary>
    private async Task<FileStream> LockAsync(CancellationToken cancellationToken)
    {
        string path = Path.Combine(directory, "drills.lock");
        long began = time.GetTimestamp();
        while (true)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (time.GetElapsedTime(began) < Patience)
            {
                await Task.Delay(Pause, time, cancellationToken);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                throw new CliException($"{path} cannot be locked ({error.Message.TrimEnd('.')}); run the command as the fleet's user, and no other drill at the same moment.", ExitCodes.Failed, error);
            }
        }
    }
}
