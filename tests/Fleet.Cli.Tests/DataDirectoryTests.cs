using System.Diagnostics;
using Fleet.Cli.Common;

namespace Fleet.Cli.Tests;

public sealed class DataDirectoryTests : IDisposable
{
    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("fleet-cli-");

    public void Dispose() => _root.Delete(recursive: true);

    [Fact]
    public void A_directory_belongs_to_one_process_at_a_time()
    {
        var directory = new DataDirectory(_root.FullName);
        using (directory.Lock())
        {
            CliException error = Assert.Throws<CliException>(() => directory.Lock());
            Assert.Contains("fleet down", error.Message);
        }

        directory.Lock().Dispose();
    }

    [Theory]
    [InlineData("/proc/fleet")]
    [InlineData("/dev/null/fleet")]
    public void A_directory_that_cannot_be_made_is_not_taken_for_a_running_fleet(string path)
    {
        CliException error = Assert.Throws<CliException>(() => new DataDirectory(path).Lock());
        Assert.Contains($"The data directory {path} cannot be written", error.Message);
        Assert.Contains("--data-dir", error.Message);
    }

    [Fact]
    public void The_recorded_process_is_found_while_it_runs()
    {
        var directory = new DataDirectory(_root.FullName);
        Assert.Null(directory.RunningProcess());

        directory.WriteRecord("https://127.0.0.1:6443");
        using (Process? running = directory.RunningProcess())
        {
            Assert.Equal(Environment.ProcessId, running?.Id);
        }

        directory.RemoveRecord();
        Assert.Null(directory.RunningProcess());
    }

    [Fact]
    public void A_later_process_with_the_same_id_is_not_the_fleet()
    {
        var directory = new DataDirectory(_root.FullName);
        File.WriteAllText(Path.Combine(_root.FullName, "fleet.json"), $$"""{"pid":{{Environment.ProcessId}},"startTicks":1,"apiServer":"x"}""");
        Assert.Null(directory.RunningProcess());
    }

    [Fact]
    public void A_damaged_record_means_that_no_fleet_runs()
    {
        File.WriteAllText(Path.Combine(_root.FullName, "fleet.json"), "{");
        Assert.Null(new DataDirectory(_root.FullName).RunningProcess());
    }
}
