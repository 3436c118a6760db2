namespace Fleet.E2E.Tests;

/// <summary>What a user gets wrong is said in one sentence with the field path, exit code 2, and nothing is started.</summary>
public sealed class BadInputTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("fleet-e2e-");

    public void Dispose() => _directory.Delete(recursive: true);

    [Theory]
    [InlineData("kind: Testnet", "kind: Testnett", "Testnett")]
    [InlineData("replicas: 4", "replicas: 4, colour: red", "spec.pools[0].colour")]
    [InlineData("replicas: 4", "replicas: 4, replicas: 5", "replicas")]
    [InlineData("replicas: 4", "replicas: -1", "spec.pools[0].replicas")]
    [InlineData("replicas: 4", "replicas: 0", "spec.pools[0].replicas")]
    [InlineData("validators: 64}\n", "validators: 63}\n", "validators")]
    [InlineData("SLOT_DURATION_MS: 1000", "SLOT_DURATION_MS: 99", "spec.network.config.SLOT_DURATION_MS")]
    public async Task A_bad_manifest_starts_nothing(string good, string bad, string named)
    {
        const string Good = "apiVersion: beaconfleet.dev/v1alpha1\nkind: Testnet\nmetadata: {name: bad}\nspec:\n"
            + "  network: {preset: minimal, config: {SLOT_DURATION_MS: 1000}}\n  genesis: {delay: 5s, validators: 64}\n"
            + "  rollout: {strategy: AllAtOnce}\n  pools:\n  - {name: eu, replicas: 4, validators: 64}\n";
        int at = Good.LastIndexOf(good, StringComparison.Ordinal);
        string manifest = Path.Combine(_directory.FullName, "bad.yaml");
        await File.WriteAllTextAsync(manifest, Good.Remove(at, good.Length).Insert(at, bad));
        string data = Path.Combine(_directory.FullName, "data");

        CommandResult result = await FleetCommand.RunAsync("up", manifest, "--data-dir", data);

        Assert.True(result.ExitCode == 2, result.ToString());
        Assert.Contains(named, result.Error);
        Assert.Single(result.Error.TrimEnd().Split('\n'));
        Assert.False(Directory.Exists(data));
    }

    [Theory]
    [InlineData(2, "up", "--no-such-flag")]
    [InlineData(2, "up", "/does/not/exist.yaml")]
    [InlineData(2, "status", "--no-such-flag")]
    [InlineData(2, "reset", "devnet", "--no-such-flag")]
    [InlineData(2, "up", "--timeout", "soon")]
    [InlineData(2, "up", "--image", "nothing")]
    [InlineData(1, "down", "--data-dir", "/does/not/exist")]
    [InlineData(1, "status", "--data-dir", "/does/not/exist")]
    public async Task Bad_usage_is_one_sentence_with_the_right_exit_code(int exitCode, params string[] arguments)
    {
        CommandResult result = await FleetCommand.RunAsync(arguments);
        Assert.True(result.ExitCode == exitCode, result.ToString());
        Assert.StartsWith("fleet: ", result.Error);
        Assert.Single(result.Error.TrimEnd().Split('\n'));
    }
}
