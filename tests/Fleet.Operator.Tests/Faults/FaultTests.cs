using System.Globalization;
using System.Text.Json.Nodes;
using Fleet.Api;
using Fleet.Kubernetes;
using Fleet.Kubernetes.Models;
using Fleet.Sweep;

namespace Fleet.Operator.Tests;

/// <summary>
/// The fault classes of the API server against a whole bring-up, in virtual time: after the last fault the end state is that of a run without, nothing
/// was deleted that should not have been, and then nothing more is written. FLEET_FAULT_SEEDS sets how many seeds each class runs with.
/// </summary>
public sealed class FaultTests
{
    private static readonly Lazy<Task<string>> Faultless = new(() => DumpAsync("none", 0));

    public static TheoryData<string, int> Plans
    {
        get
        {
            int seeds = int.Parse(Environment.GetEnvironmentVariable("FLEET_FAULT_SEEDS") ?? "1", CultureInfo.InvariantCulture);
            string[] kinds = ["F01", "F02", "F03", "F04", "F05", "F06", "F07", "F08", "F09", "F10", "F11", "F12", "F13", "F14", "F15", "F16"];
            return [.. kinds.SelectMany(kind => Enumerable.Range(1, seeds).Select(seed => new TheoryDataRow<string, int>(kind, seed)))];
        }
    }

    [Theory]
    [MemberData(nameof(Plans), DisableDiscoveryEnumeration = true)]
    public async Task After_the_last_fault_the_world_is_as_declared_and_stays_so(string kind, int seed) => Assert.Equal(await Faultless.Value, await DumpAsync(kind, seed));

    private static async Task<string> DumpAsync(string kind, int seed)
    {
        await using FaultRun run = await FaultRun.StartAsync(kind, seed, kind == "F03" ? TimeSpan.FromSeconds(3) : null);
        await run.ApplyAsync();
        await DisturbAsync(run, kind, new Random(seed));
        run.Script.Lift();
        await run.UntilDoneAsync($"{kind}, seed {seed}");
        string dump = await WorldDump.TakeAsync(run.User, FaultRun.Namespace);
        Assert.DoesNotContain(run.Script.Writes, write => write.StartsWith("delete", StringComparison.Ordinal) && !write.StartsWith("delete configmaps devnet-i1-time", StringComparison.Ordinal));

        int writes = run.Script.Writes.Count;
        for (int round = 0; round < 60; round++)
        {
            await run.RoundAsync(TimeSpan.FromSeconds(2));
        }

        Assert.Equal(writes, run.Script.Writes.Count);
        return dump;
    }

    /// <summary>What lasts for some rounds of the bring-up.</summary>
    private static async Task DisturbAsync(FaultRun run, string kind, Random random)
    {
        switch (kind)
        {
            case "none":
                break;
            case "F07":
                // Ten minutes without an API server, a third of the way in.
                for (int i = 0; i < 150; i++)
                {
                    await run.RoundAsync(TimeSpan.FromSeconds(4));
                }

                break;
            case "F08":
                for (int i = 0; i < 4; i++)
                {
                    run.SetToken("revoked");
                    await RoundsAsync(run, random.Next(10, 40));
                    run.SetToken(null);
                    await RoundsAsync(run, random.Next(10, 40));
                }

                break;
            case "F09":
                for (int i = 0; i < 3; i++)
                {
                    await RoundsAsync(run, random.Next(5, 40));
                    await run.RotateAuthorityAsync();
                    int written = run.Script.Writes.Count;
                    await RoundsAsync(run, random.Next(10, 40));
                    Assert.Equal(written, run.Script.Writes.Count);
                    run.TellOperator();
                }

                break;
            case "F10":
                await RoundsAsync(run, random.Next(5, 60));
                await run.BackupAsync();
                await RoundsAsync(run, random.Next(20, 80));
                await run.RestoreAsync();
                break;
            case "F14":
                await run.UntilDoneAsync("before the silence");
                int before = run.Script.Writes.Count;
                await SilenceAsync(run);
                Assert.Equal(before, run.Script.Writes.Count);
                break;
            case "F15":
                for (int i = 0; i < 100; i++)
                {
                    await TouchAsync(run, i);
                    await run.RoundAsync(TimeSpan.FromMilliseconds(20));
                }

                break;
            default:
                await RoundsAsync(run, 150);
                Assert.True(run.Script.Done > 0, $"{kind}: no fault happened");
                break;
        }
    }

    private static async Task RoundsAsync(FaultRun run, int rounds)
    {
        for (int i = 0; i < rounds; i++)
        {
            await run.RoundAsync();
        }
    }

    /// <summary>Ten minutes in which versions rise by objects of others only, so that watches see nothing but bookmarks.</summary>
    private static async Task SilenceAsync(FaultRun run)
    {
        for (int i = 0; i < 120; i++)
        {
            var foreign = new ConfigMap { Metadata = new ObjectMeta { Name = "foreign-" + i.ToString(CultureInfo.InvariantCulture), Namespace = FaultRun.Namespace } };
            await run.User.CreateAsync(foreign, null, CancellationToken.None);
            await run.RoundAsync(TimeSpan.FromSeconds(5));
            await run.User.DeleteAsync<ConfigMap>(ObjectKey.Of(foreign), null, CancellationToken.None);
        }
    }

    /// <summary>Somebody annotates the testnet all the time.</summary>
    private static Task TouchAsync(FaultRun run, int i) => run.User.PatchAsync<Testnet>(
        new ObjectKey(FaultRun.Namespace, "devnet"),
        Patch.Merge(new JsonObject { ["metadata"] = new JsonObject { ["annotations"] = new JsonObject { ["example.org/touched"] = i.ToString(CultureInfo.InvariantCulture) } } }),
        null,
        CancellationToken.None);
}
