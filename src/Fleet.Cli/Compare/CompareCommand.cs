using System.CommandLine;
using Fleet.Api;
using Fleet.Cli.Common;
using Fleet.Cli.Observation;
using Fleet.Kubernetes;
using Fleet.Kubernetes.Models;
using Fleet.Planning.Canary;
using Fleet.Planning.Canary.Report;

namespace Fleet.Cli.Compare;

/// <summary><c>fleet compare</c>: judges a node beside another one, as a canary is judged beside its baseline.</summary>
internal static class CompareCommand
{
    /// <summary>Epochs of a window by default; so many blocks are the most that a verdict is made of.</summary>
    private const int DefaultEpochs = 15;

    /// <summary>Fewest epochs; see <c>docs/canary.md</c>.</summary>
    private const int FewestEpochs = 12;

    public static Command Create()
    {
        Argument<string> baseline = new("baseline") { Description = "Node that is as it should be." };
        Argument<string> canary = new("canary") { Description = "Node that is judged." };
        Option<string?> duration = new("--duration") { Description = $"How long both are watched, such as 3m (default: {DefaultEpochs} epochs of their chain)." };
        Option<FileInfo?> report = new("--report") { Description = "File for the whole verdict with every metric drawn or listed: .html, .md or .json." };
        Command command = new("compare", "Watch two nodes side by side and judge the second as a canary of the first.")
        {
            baseline, canary, duration, report, CommonOptions.Namespace, CommonOptions.Context, CommonOptions.Kubeconfig, CommonOptions.DataDir, CommonOptions.Output,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            FileInfo? file = parsed.GetValue(report);
            ReportFile.Check(file);
            TimeSpan? wanted = DurationOf(parsed.GetValue(duration));
            using KubernetesClient client = Connection.Open(parsed);
            string @namespace = Connection.NamespaceOf(parsed, client);
            Pair pair = await Pair.FindAsync(client, @namespace, parsed.GetRequiredValue(baseline), parsed.GetRequiredValue(canary), cancellationToken);
            TimeSpan epoch = await EpochOfAsync(client, pair, cancellationToken);
            TimeSpan length = wanted ?? (epoch * DefaultEpochs);
            if (length < epoch * FewestEpochs)
            {
                throw new CliException(
                    $"--duration: {Duration.From(length)} is shorter than {FewestEpochs} epochs of this chain ({Duration.From(epoch * FewestEpochs)}), with less chance decides; give more.", ExitCodes.BadInput);
            }

            bool isText = parsed.GetValue(CommonOptions.Output) == OutputFormat.Text;
            var progress = new CompareProgress(isText ? Console.Error : TextWriter.Null);
            VerdictReport verdict = await new PairWatcher(new MetricsScraper(client, TimeProvider.System), pair, epoch, TimeProvider.System).WatchAsync(length, progress, cancellationToken);
            ReportFile.Write(file, verdict);
            if (isText)
            {
                VerdictTree.Write(verdict, Console.Out);
            }
            else
            {
                DataPrinter.Print(VerdictDocument.Of(verdict), CompareJson.Default.VerdictDocument, parsed.GetValue(CommonOptions.Output), Console.Out);
            }

            return verdict.Verdict.Outcome == CanaryOutcome.Approve ? ExitCodes.Ok : ExitCodes.Failed;
        });
        return command;
    }

    private static TimeSpan? DurationOf(string? text) =>
        text is null ? null
        : Duration.TryParse(text, out TimeSpan value) ? value
        : throw new CliException($"--duration: \"{text}\" is not a duration such as 3m or 90s.", ExitCodes.BadInput);

    private static async Task<TimeSpan> EpochOfAsync(KubernetesClient client, Pair pair, CancellationToken cancellationToken)
    {
        ChainTiming timing = await new BeaconApiReader(client).ReadTimingAsync(pair.Baseline, cancellationToken)
            ?? throw new CliException($"{pair.BaselineName} does not answer on its Beacon API; see 'fleet nodes' and 'fleet logs'.");
        return TimeSpan.FromSeconds(timing.SecondsPerSlot * timing.SlotsPerEpoch);
    }
}

/// <summary>Two nodes of one testnet, and one of neither side where there is one.</summary>
/// <param name="Baseline">Pod of the node that is as it should be.</param>
/// <param name="Canary">Pod of the node that is judged.</param>
/// <param name="Outside">Pod of a third node, whose word on the duties of both counts.</param>
internal sealed record Pair(Pod Baseline, Pod Canary, Pod? Outside)
{
    public string BaselineName => NameOf(Baseline);

    public string CanaryName => NameOf(Canary);

    /// <summary>Finds the pods.</summary>
    /// <exception cref="CliException">One of the nodes is not there or does not run, or they are of two testnets.</exception>
    public static async Task<Pair> FindAsync(KubernetesClient client, string @namespace, string baseline, string canary, CancellationToken cancellationToken)
    {
        if (baseline == canary)
        {
            throw new CliException($"{baseline} cannot be compared with itself; name two nodes.", ExitCodes.BadInput);
        }

        Pod first = await FindAsync(client, @namespace, baseline, cancellationToken);
        Pod second = await FindAsync(client, @namespace, canary, cancellationToken);
        string? testnet = first.Metadata.Labels?.GetValueOrDefault(Labels.Testnet);
        if (testnet is null || testnet != second.Metadata.Labels?.GetValueOrDefault(Labels.Testnet))
        {
            throw new CliException($"{baseline} and {canary} are nodes of different testnets; their chains have nothing to compare.", ExitCodes.BadInput);
        }

        var ofTestnet = new ListOptions { LabelSelector = $"{Labels.Testnet}={testnet}" };
        Pod? outside = (await client.ListAllAsync<Pod>(@namespace, ofTestnet, cancellationToken)).Items
            .Where(pod => NameOf(pod) is { Length: > 0 } name && name != baseline && name != canary && Planning.Steps.PodFacts.IsReady(pod))
            .OrderBy(pod => pod.Metadata.Name, NaturalOrder.Instance)
            .FirstOrDefault(pod => pod.Metadata.Labels?.GetValueOrDefault(Labels.Role) != NodeRoles.Bootnode);
        return new Pair(first, second, outside);
    }

    private static async Task<Pod> FindAsync(KubernetesClient client, string @namespace, string node, CancellationToken cancellationToken)
    {
        if (await client.FindAsync<BeaconNode>(new ObjectKey(@namespace, node), cancellationToken) is not { } found)
        {
            throw new CliException($"There is no node {node} in namespace {@namespace}; 'fleet nodes' lists them.");
        }

        if (found.Spec.Role == NodeRoles.Bootnode)
        {
            throw new CliException($"{node} is a bootnode and follows no chain; name nodes that do.", ExitCodes.BadInput);
        }

        return await client.FindAsync<Pod>(new ObjectKey(@namespace, Names.Pod(node)), cancellationToken) is { Status.PodIP.Length: > 0 } pod
            ? pod
            : throw new CliException($"{node} has no running pod; 'fleet status' says why.");
    }

    private static string NameOf(Pod pod) => pod.Metadata.Labels?.GetValueOrDefault(Labels.Node) ?? "";
}
