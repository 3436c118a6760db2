using System.Text.Json;
using TestKit;

namespace Fleet.E2E.Tests;

/// <summary>Images that are rolled out on a living chain, each to the end that it deserves. Slots of a second, so that a verdict takes two minutes.</summary>
public sealed class RolloutTests
{
    private const string Manifest = """
        apiVersion: beaconfleet.dev/v1alpha1
        kind: Testnet
        metadata: {name: tried}
        spec:
          image: stable
          network: {preset: minimal, config: {SLOT_DURATION_MS: 1000}}
          genesis: {delay: 5s, validators: 56}
          bootnodes: {replicas: 1}
          pools:
          - {name: eu, replicas: 3, validators: 56}
          rollout:
            pairValidators: 4
            warmup: 5s
            interval: 20s
            duration: 104s
            bake: 30s
            waves: ["1", "100%"]
        """;

    private static readonly string Builds = Path.Combine(Repository.Root, "artifacts", "bin", "Beacon.Faulty", "release");

    [Fact]
    public async Task Every_image_comes_to_the_end_that_it_deserves()
    {
        await using RunningFleet fleet = await RunningFleet.StartAsync(
            Manifest,
            new Dictionary<string, string>
            {
                ["stable"] = Build("good"),
                ["next"] = Build("good"),
                ["crash"] = Build("crash"),
                ["wrong"] = Build("wrong-attestations"),
                ["late"] = Build("late-attestations"),
            });

        Rollout crash = await RollAsync(fleet, "crash");
        Assert.Equal(("Stopped", "CanaryRestarts"), (crash.Phase, crash.Reason));

        Rollout wrong = await RollAsync(fleet, "wrong");
        Assert.Equal(("Stopped", "DutiesFailed"), (wrong.Phase, wrong.Reason));
        await PairIsOnAsync(fleet, "stable");
        await fleet.FinalizedBeyondAsync("tried", await fleet.NumberAsync("testnet/tried", ".status.finalizedEpoch"));

        Rollout good = await RollAsync(fleet, "next");
        Assert.True(good is { Phase: "Succeeded", Score: >= 90 }, good.ToString());

        // The testnet learns of the end from the roll-out's status, so it tells of it a pass later.
        await Eventually.TrueAsync(
            async () => await fleet.KubectlAsync("get", "testnet", "tried", "-o", "jsonpath={.status.images.lastGood}") == "next",
            () => "the testnet does not take the image for good",
            TimeSpan.FromMinutes(1));
        await PairIsOnAsync(fleet, "next");

        Rollout taken = await RollAsync(fleet, "late");
        Assert.True(taken is { Phase: "RolledBack", Score: >= 90 }, taken.ToString());
        await PairIsOnAsync(fleet, "next");
        await AllAreOnAsync(fleet, "next");
        await fleet.FinalizedBeyondAsync("tried", await fleet.NumberAsync("testnet/tried", ".status.finalizedEpoch") + 1);

        // Those that went back are peers like any other again: each of the five has the other four, and perhaps the bootnode.
        await Eventually.TrueAsync(
            async () => (await fleet.KubectlAsync("get", "beaconnodes", "-l", "beaconfleet.dev/role!=bootnode", "-o", "jsonpath={range .items[*]}{.status.peers}{\"\\n\"}{end}"))
                .Split('\n', StringSplitOptions.RemoveEmptyEntries).All(peers => peers is "4" or "5"),
            () => "not every node has every other one as its peer",
            TimeSpan.FromMinutes(2));

        // Neither an image that harms its own node nor one that harmed them all was a reason to begin the chain anew.
        Assert.Empty(await fleet.KubectlAsync("get", "chainresets", "-o", "name"));
    }

    private static string Build(string name) => Path.Combine(Builds, "images", name);

    /// <summary>Rolls an image out and says how it ended.</summary>
    /// <remarks>Of a hundred like images a verdict of two minutes has seven looked at by a person. The person has it tried again.</remarks>
    private static async Task<Rollout> RollAsync(RunningFleet fleet, string image)
    {
        await fleet.KubectlAsync("patch", "testnet", "tried", "--type", "merge", "-p", $$$"""{"spec":{"image":"{{{image}}}"}}""");
        for (int attempt = 1; ; attempt++)
        {
            Rollout? rollout = null;
            await Eventually.TrueAsync(
                async () => (rollout = await LatestAsync(fleet)) is { HasEnded: true } or { Phase: "AwaitingApproval" } && rollout.To == image,
                () => $"the roll-out to {image} is still {rollout}",
                TimeSpan.FromMinutes(6));
            if (rollout!.HasEnded || attempt == 3)
            {
                return rollout;
            }

            await RunAsync(fleet, "rollout", "reject", rollout.Name);
            await Eventually.TrueAsync(async () => (await LatestAsync(fleet))?.HasEnded == true, () => $"{rollout.Name} was rejected and goes on", TimeSpan.FromMinutes(1));
            await Eventually.TrueAsync(
                async () => (await fleet.KubectlAsync("get", "testnet", "tried", "-o", "jsonpath={.status.images.rejected}")).Length > 0, () => "the image is not refused", TimeSpan.FromMinutes(1));
            await RunAsync(fleet, "rollout", "retry", "tried");
            await Eventually.TrueAsync(async () => (await LatestAsync(fleet))?.Name != rollout.Name, () => "nothing is tried again", TimeSpan.FromMinutes(1));
        }
    }

    private static async Task RunAsync(RunningFleet fleet, params string[] arguments)
    {
        CommandResult result = await FleetCommand.RunAsync([.. arguments, "--kubeconfig", fleet.Kubeconfig]);
        Assert.True(result.ExitCode == 0, result.ToString());
    }

    private static async Task<Rollout?> LatestAsync(RunningFleet fleet)
    {
        using JsonDocument list = JsonDocument.Parse(await fleet.KubectlAsync("get", "canaryrollouts", "-o", "json"));
        return list.RootElement.GetProperty("items").EnumerateArray()
            .OrderBy(item => item.GetProperty("spec").GetProperty("number").GetInt32())
            .Select(Rollout.Of)
            .LastOrDefault();
    }

    private static Task PairIsOnAsync(RunningFleet fleet, string image) => AreOnAsync(fleet, image, "-l", "beaconfleet.dev/role in (baseline,canary)");

    private static Task AllAreOnAsync(RunningFleet fleet, string image) => AreOnAsync(fleet, image, "-l", "beaconfleet.dev/testnet=tried");

    private static Task AreOnAsync(RunningFleet fleet, string image, params string[] which) => Eventually.TrueAsync(
        async () => (await fleet.KubectlAsync(["get", "pods", .. which, "-o", "jsonpath={range .items[*]}{.spec.containers[*].image} {.status.conditions[?(@.type==\"Ready\")].status}{\"\\n\"}{end}"]))
            .Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .All(pod => pod.Split(' ')[..^1].All(container => container == image) && pod.EndsWith("True", StringComparison.Ordinal)),
        () => $"not every pod of {string.Join(' ', which)} is ready on {image}",
        TimeSpan.FromMinutes(2));

    private sealed record Rollout(string Name, string To, string Phase, string Reason, double Score, string Message)
    {
        public bool HasEnded => Phase is "Succeeded" or "Stopped" or "RolledBack" or "Superseded";

        public static Rollout Of(JsonElement item)
        {
            JsonElement status = item.TryGetProperty("status", out JsonElement found) ? found : default;
            return new Rollout(
                item.GetProperty("metadata").GetProperty("name").GetString()!,
                item.GetProperty("spec").GetProperty("to").GetString()!,
                Text("phase"),
                Text("reason"),
                status.ValueKind == JsonValueKind.Object && status.TryGetProperty("score", out JsonElement score) ? score.GetDouble() : -1,
                Text("message"));

            string Text(string name) => status.ValueKind == JsonValueKind.Object && status.TryGetProperty(name, out JsonElement value) ? value.GetString()! : "";
        }
    }
}
