using Fleet.Cli.Common;
using Fleet.Cli.Nodes;
using Fleet.Cli.Observation;
using Fleet.Kubernetes;
using Fleet.Kubernetes.Models;

namespace Fleet.Cli.Status;

/// <summary>Reads what <c>fleet status</c> shows and renders it as text or data.</summary>
internal sealed class StatusReader(IKubernetesClient client, TestnetSelection selection, bool verbose, OutputFormat format)
{
    /// <summary>Events shown per testnet.</summary>
    private const int LastEvents = 5;

    public async Task<string> ReadAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<TestnetView> views = await selection.ObserveAsync(cancellationToken);
        using var output = new StringWriter();
        foreach (TestnetView view in views)
        {
            if (format != OutputFormat.Text)
            {
                DataPrinter.Print(view.Testnet, Api.Testnet.JsonType, format, output);
                continue;
            }

            StatusScreen.Write(view, await RolloutAsync(view, cancellationToken), await EventsAsync(view, cancellationToken), verbose, output);
        }

        return output.ToString();
    }

    private async Task<Api.CanaryRollout?> RolloutAsync(TestnetView view, CancellationToken cancellationToken) =>
        view.Testnet.Status?.Rollout?.Name is { Length: > 0 } name
            ? await client.FindAsync<Api.CanaryRollout>(new ObjectKey(view.Testnet.Metadata.Namespace!, name), cancellationToken)
            : null;

    private async Task<IReadOnlyList<CoreEvent>> EventsAsync(TestnetView view, CancellationToken cancellationToken)
    {
        string @namespace = view.Testnet.Metadata.Namespace!;
        var ofTestnet = new ListOptions { FieldSelector = $"involvedObject.kind={nameof(Api.Testnet)},involvedObject.name={view.Testnet.Metadata.Name}" };
        KubernetesList<CoreEvent> events = await client.ListAllAsync<CoreEvent>(@namespace, ofTestnet, cancellationToken);
        return [.. events.Items.OrderBy(item => item.LastTimestamp ?? item.Metadata.CreationTimestamp).TakeLast(LastEvents)];
    }
}
