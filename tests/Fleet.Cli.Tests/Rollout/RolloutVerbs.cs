using System.CommandLine;
using Fleet.Api;
using Fleet.Cli.Common;
using Fleet.Cli.Rollout;
using Fleet.Kubernetes;
using Fleet.Kubernetes.Models;
using Fleet.Planning.Canary.Report;
using Microsoft.Extensions.Time.Testing;
using TestKit;

namespace Fleet.Cli.Tests;

/// <summary>What the verbs of <c>fleet rollout</c> do to objects of an API server, and what they say: the server, the words, and the objects.</summary>
public abstract class RolloutVerbs(ClusterFixture cluster) : IClassFixture<ClusterFixture>, IAsyncLifetime
{
    private protected static CancellationToken Token => TestContext.Current.CancellationToken;

    private protected ClusterFixture Cluster { get; } = cluster;

    private protected FakeTimeProvider Time { get; } = new(RolloutCases.Now);

    private protected SharedText Output { get; } = new();

    private protected string Namespace { get; private set; } = "";

    public async ValueTask InitializeAsync() => Namespace = await Cluster.NamespaceAsync();

    public async ValueTask DisposeAsync()
    {
        await Output.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    private protected RolloutSession Session(OutputFormat format = OutputFormat.Text, TimeSpan? limit = null) =>
        new(Cluster.Client, Namespace, format, limit, Time, Output);

    private protected Task<int> RunAsync(params string[] words)
    {
        ParseResult parsed = RolloutCommand.Create().Parse([.. words, "--kubeconfig", Cluster.KubeconfigPath, "-n", Namespace]);
        Assert.Empty(parsed.Errors);
        return parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null }, Token);
    }

    private protected static async Task FailsAsync(string sentence, Func<Task<int>> verb)
    {
        CliException failure = await Assert.ThrowsAsync<CliException>(verb);
        Assert.Equal((ExitCodes.Failed, sentence), (failure.ExitCode, failure.Message));
    }

    private protected Task SaidAsync(string text) => Eventually.TrueAsync(() => Output.ToString().Contains(text, StringComparison.Ordinal), () => $"\"{text}\" is printed, but: {Output}", TimeSpan.FromSeconds(30), Token);

    private protected async Task<CanaryRollout> CreateAsync(string phase, int number = 3)
    {
        CanaryRollout sample = RolloutCases.Phases[phase];
        var rollout = new CanaryRollout
        {
            Metadata = new ObjectMeta { Name = Names.Rollout("devnet", number), Namespace = Namespace, Labels = new Dictionary<string, string> { [Labels.Testnet] = "devnet" } },
            Spec = new CanaryRolloutSpec { Testnet = "devnet", From = sample.Spec.From, To = sample.Spec.To, Iteration = 1, Number = number, Decision = phase is "promoting" ? null : sample.Spec.Decision },
        };
        rollout = await Cluster.Client.CreateAsync(rollout, null, Token);
        rollout.Status = sample.Status;
        return await Cluster.Client.UpdateStatusAsync(rollout, null, Token);
    }

    private protected async Task ChangeAsync(CanaryRolloutStatus status)
    {
        CanaryRollout rollout = await GetAsync();
        rollout.Status = status;
        await Cluster.Client.UpdateStatusAsync(rollout, null, Token);
    }

    private protected async Task KeepEvidenceAsync(CanaryRollout rollout)
    {
        rollout.Status!.Evidence = Names.RolloutEvidence(rollout.Metadata.Name!);
        await Cluster.Client.UpdateStatusAsync(rollout, null, Token);
        await CreateEvidenceAsync(VerdictEvidence.Write(RolloutCases.Verdict()), rollout.Status.Evidence);
    }

    private protected Task CreateEvidenceAsync(byte[] data, string name = "devnet-r3-evidence") => Cluster.Client.CreateAsync(
        new ConfigMap
        {
            Metadata = new ObjectMeta { Name = name, Namespace = Namespace },
            BinaryData = new Dictionary<string, byte[]> { [VerdictEvidence.Key] = data },
            Immutable = true,
        },
        null,
        Token);

    private protected Task<CanaryRollout> GetAsync() => Cluster.Client.GetAsync<CanaryRollout>(new ObjectKey(Namespace, "devnet-r3"), Token);

    private protected Task<Testnet> GetTestnetAsync() => Cluster.Client.GetAsync<Testnet>(new ObjectKey(Namespace, "devnet"), Token);

    private protected async Task CreateTestnetAsync(params RejectedImage[] rejected)
    {
        Testnet testnet = await Cluster.Client.CreateAsync(
            new Testnet
            {
                Metadata = new ObjectMeta { Name = "devnet", Namespace = Namespace },
                Spec = new TestnetSpec { Image = RolloutCases.Newer, Pools = [new PoolSpec { Name = "eu", Replicas = 2 }] },
            },
            null,
            Token);
        testnet.Status = new TestnetStatus { Images = new ImageStatus { Stable = RolloutCases.Stable, Rejected = [.. rejected] } };
        await Cluster.Client.UpdateStatusAsync(testnet, null, Token);
    }

    private protected static string Words(string line) => string.Join(' ', line.Split(' ', StringSplitOptions.RemoveEmptyEntries));
}
