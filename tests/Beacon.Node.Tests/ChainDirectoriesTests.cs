using Beacon.Ssz;

namespace Beacon.Node.Tests;

public sealed class ChainDirectoriesTests : IDisposable
{
    private readonly string _data = Directory.CreateTempSubdirectory("beacon-node-").FullName;

    public void Dispose() => Directory.Delete(_data, recursive: true);

    [Fact]
    public void The_name_has_iteration_genesis_and_suffix()
    {
        Root root = Root.Parse("0x0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef");
        Assert.Equal("7-01234567", ChainDirectories.NameOf(7, root, ""));
        Assert.Equal("7-01234567-canary", ChainDirectories.NameOf(7, root, "canary"));
    }

    [Fact]
    public void Chains_that_are_neither_used_nor_kept_are_removed_and_nothing_else()
    {
        foreach (string name in new[] { "chain/1-aaaaaaaa", "chain/2-bbbbbbbb", "chain/3-cccccccc", "slashing/0x00" })
        {
            Directory.CreateDirectory(Path.Combine(_data, name));
        }

        (string path, IReadOnlyList<string> removed) = ChainDirectories.Prepare(_data, "3-cccccccc", ["1-aaaaaaaa"]);
        Assert.Equal(Path.Combine(_data, "chain", "3-cccccccc"), path);
        Assert.Equal(["2-bbbbbbbb"], removed);
        Assert.Equal(["1-aaaaaaaa", "3-cccccccc"], Directory.GetDirectories(Path.Combine(_data, "chain")).Select(Path.GetFileName).Order());
        Assert.True(Directory.Exists(Path.Combine(_data, "slashing/0x00")));
    }

    [Fact]
    public void A_data_directory_that_is_a_file_is_said_plainly()
    {
        string file = Path.Combine(_data, "file");
        File.WriteAllText(file, "");
        NodeException exception = Assert.Throws<NodeException>(() => ChainDirectories.Prepare(file, "1-aaaaaaaa", []));
        Assert.Contains(file, exception.Message);
        Assert.Equal(ExitCodes.BadConfiguration, exception.ExitCode);
    }
}
