using Beacon.Types;

namespace Beacon.Genesis.Tests;

public sealed class NetworkDirectoryTests : IDisposable
{
    private static readonly BeaconState State = GenesisBuilder.FromKeys(GenesisSamples.Spec, GenesisSamples.Keys, GenesisSamples.Identity, GenesisSamples.Time);

    private readonly string _path = Directory.CreateTempSubdirectory("network-directory-").FullName;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_path, recursive: true);

    [Theory]
    [InlineData(NetworkFiles.MaxShardSize, 1)]
    [InlineData(500, null)]
    public async Task What_was_written_is_read_back(int shardSize, int? shards)
    {
        NetworkFiles files = NetworkFiles.Build(GenesisSamples.Spec, State, 1, "/fleet/x/1", shardSize);
        await NetworkDirectory.WriteAsync(_path, files, Token);
        Assert.True(NetworkDirectory.IsComplete(_path));
        Network network = await NetworkDirectory.ReadAsync(_path, withGenesisState: true, Token);
        Assert.Equal(files.Manifest, network.Manifest);
        Assert.Equal(State.HashTreeRoot(), network.GenesisState!.HashTreeRoot());
        Assert.Equal(GenesisSamples.Spec.Config, network.Spec.Config);
        Assert.Equal(shards ?? files.GenesisShards.Length, network.Manifest.GenesisShards);
        Assert.Null((await NetworkDirectory.ReadAsync(_path, withGenesisState: false, Token)).GenesisState);
    }

    [Fact]
    public void The_files_are_named_as_the_contract_says_and_the_manifest_is_last()
    {
        Assert.Equal(["config.yaml", "genesis.ssz.gz", "manifest.json"], NetworkFiles.Build(GenesisSamples.Spec, State, 1, "/x/1").All().Select(static file => file.Key));
        string[] sharded = [.. NetworkFiles.Build(GenesisSamples.Spec, State, 1, "/x/1", 700).All().Select(static file => file.Key)];
        Assert.Equal("genesis.ssz.gz.00", sharded[1]);
        Assert.Equal("genesis.ssz.gz.01", sharded[2]);
        Assert.Equal("manifest.json", sharded[^1]);
    }

    [Fact]
    public void The_manifest_is_written_with_the_keys_of_the_contract()
    {
        NetworkManifest manifest = NetworkFiles.Build(GenesisSamples.Spec, State, 3, "/fleet/x/3").Manifest;
        string json = System.Text.Encoding.UTF8.GetString(manifest.ToJson());
        Assert.Equal(
            $$"""{"iteration":3,"genesisRoot":"{{manifest.GenesisRoot}}","genesisValidatorsRoot":"{{manifest.GenesisValidatorsRoot}}","genesisTime":1800000000,"protocolId":"/fleet/x/3","forkDigest":"{{manifest.ForkDigest}}","genesisShards":1}""",
            json);
        Assert.Equal(10, manifest.ForkDigest.Length);
        Assert.Equal(66, manifest.GenesisRoot.Length);
    }

    [Fact]
    public async Task A_second_network_is_not_written_over_the_first()
    {
        NetworkFiles files = NetworkFiles.Build(GenesisSamples.Spec, State, 1, "/fleet/x/1");
        await NetworkDirectory.WriteAsync(_path, files, Token);
        await Assert.ThrowsAsync<GenesisException>(() => NetworkDirectory.WriteAsync(_path, files, Token));
    }

    [Fact]
    public async Task Files_of_different_networks_are_refused()
    {
        await NetworkDirectory.WriteAsync(_path, NetworkFiles.Build(GenesisSamples.Spec, State, 1, "/fleet/x/1"), Token);
        BeaconState other = GenesisBuilder.FromKeys(GenesisSamples.Spec, GenesisSamples.Keys, GenesisSamples.Identity with { Iteration = 2 }, GenesisSamples.Time);
        byte[] genesis = NetworkFiles.Build(GenesisSamples.Spec, other, 1, "/fleet/x/1").GenesisShards[0];
        await File.WriteAllBytesAsync(Path.Combine(_path, "genesis.ssz.gz"), genesis, Token);
        GenesisException error = await Assert.ThrowsAsync<GenesisException>(() => NetworkDirectory.ReadAsync(_path, withGenesisState: true, Token));
        Assert.Contains("do not belong together", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("genesis.ssz.gz", "no gzip")]
    [InlineData("manifest.json", "{}")]
    [InlineData("manifest.json", "[")]
    public async Task Damaged_files_are_refused_by_name(string file, string content)
    {
        await NetworkDirectory.WriteAsync(_path, NetworkFiles.Build(GenesisSamples.Spec, State, 1, "/fleet/x/1"), Token);
        await File.WriteAllTextAsync(Path.Combine(_path, file), content, Token);
        GenesisException error = await Assert.ThrowsAsync<GenesisException>(() => NetworkDirectory.ReadAsync(_path, withGenesisState: true, Token));
        Assert.Contains(file, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_directory_without_manifest_is_not_complete()
    {
        Assert.False(NetworkDirectory.IsComplete(_path));
        GenesisException error = await Assert.ThrowsAsync<GenesisException>(() => NetworkDirectory.ReadAsync(_path, withGenesisState: true, Token));
        Assert.Contains("manifest.json", error.Message, StringComparison.Ordinal);
    }
}
