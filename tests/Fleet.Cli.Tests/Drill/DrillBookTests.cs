using Fleet.Cli.Common;
using Fleet.Cli.Drill;

namespace Fleet.Cli.Tests.Drill;

public sealed class DrillBookTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("fleet-drills-");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public async Task What_one_process_notes_another_reads()
    {
        await Open().AddAsync(Record(1) with { Processes = [new ProcessMark(12, 34)], Table = "t", Rules = "r", Offset = "1ms", Lie = "other" }, default);
        await Open().AddAsync(Record(2), default);
        Assert.Equal(3, Open().Next);
        Assert.Equal([1, 2], Open().Read().Select(record => record.Id));
        DrillRecord first = Open().Read()[0];
        Assert.Equal([new ProcessMark(12, 34)], first.Processes);
        Assert.Equal(("t", "r", "1ms", "other", "eu-0 (16 of 64 keys, 25 % of the stake)"), (first.Table, first.Rules, first.Offset, first.Lie, first.Whom));

        Assert.True(await Open().ReplaceAsync(Record(2) with { Processes = [new ProcessMark(5, 6)] }, default));
        await Open().RemoveAsync(1, default);
        Assert.Equal([new ProcessMark(5, 6)], Assert.Single(Open().Read()).Processes);
        Assert.False(await Open().ReplaceAsync(Record(1), default));
        Assert.Equal([2], Open().Read().Select(record => record.Id));

        // Numbers are not given twice: a table of the firewall may still bear the first.
        await Open().RemoveAsync(2, default);
        Assert.Equal(3, Open().Next);
    }

    [Fact]
    public async Task Two_at_once_lose_nothing()
    {
        await Task.WhenAll(Enumerable.Range(1, 20).Select(id => Task.Run(() => Open().AddAsync(Record(id), default))));
        Assert.Equal(Enumerable.Range(1, 20), Open().Read().Select(record => record.Id).Order());
    }

    [Fact]
    public async Task There_is_an_end_to_it()
    {
        for (int id = 1; id <= 100; id++)
        {
            await Open().AddAsync(Record(id), default);
        }

        Assert.Contains("undo", (await Assert.ThrowsAsync<CliException>(() => Open().AddAsync(Record(101), default))).Message);
        Assert.Equal(100, Open().Read().Length);
    }

    [Fact]
    public void A_damaged_record_is_not_taken_for_none()
    {
        File.WriteAllText(Path.Combine(_directory.FullName, "drills.json"), "{");
        Assert.Contains("drills.json", Assert.Throws<CliException>(() => Open().Read()).Message);
    }

    [Fact]
    public void Tables_of_two_fleets_have_different_names()
    {
        string here = Open().Tables;
        Assert.Matches("^fleet_drill_[0-9a-f]{8}$", here);
        Assert.Equal(here, new DrillBook(_directory.FullName + "/./", TimeProvider.System).Tables);
        Assert.NotEqual(here, new DrillBook(_directory.FullName + "2", TimeProvider.System).Tables);
    }

    private static DrillRecord Record(int id) => new()
    {
        Id = id,
        Drill = "partition",
        Testnet = "devnet",
        Namespace = "default",
        StartedAt = DrillTargets.Now,
        Nodes = ["eu-0"],
        Keys = 16,
        TotalKeys = 64,
    };

    private DrillBook Open() => new(_directory.FullName, TimeProvider.System);
}
