using Fleet.Api;
using Fleet.Cli.Common;
using Fleet.Kubernetes;
using Fleet.Kubernetes.Models;

namespace Fleet.Cli.Logs;

/// <summary>Reads the logs of many containers side by side and writes whole lines, each with where it comes from.</summary>
internal sealed class LogMerger(IKubernetesClient client, TextWriter output)
{
    private readonly Lock _writing = new();

    /// <param name="namespace">Namespace of the testnet.</param>
    /// <param name="name">Name of a testnet or of a node; null: all.</param>
    /// <param name="container">Only the containers of this name; null: all.</param>
    /// <param name="options">Which part of each log.</param>
    /// <param name="cancellationToken">Ends following.</param>
    public async Task RunAsync(string @namespace, string? name, string? container, LogOptions options, CancellationToken cancellationToken)
    {
        KubernetesList<Pod> pods = await client.ListAllAsync<Pod>(@namespace, new ListOptions { LabelSelector = Labels.Testnet }, cancellationToken);
        List<Pod> selected = [.. pods.Items.Where(pod => name is null || Label(pod, Labels.Testnet) == name || Label(pod, Labels.Node) == name)];
        if (selected.Count == 0)
        {
            throw new CliException(name is null
                ? $"No testnet has pods in namespace {@namespace}."
                : $"Neither a testnet nor a node called {name} has pods in namespace {@namespace}.");
        }

        IEnumerable<Task> readers =
            from pod in selected
            from item in pod.Spec?.Containers ?? []
            where container is null || item.Name == container
            select CopyAsync(pod, item.Name!, options, cancellationToken);
        await Task.WhenAll(readers);
    }

    private static string? Label(Pod pod, string label) => pod.Metadata.Labels?.GetValueOrDefault(label);

    private async Task CopyAsync(Pod pod, string container, LogOptions options, CancellationToken cancellationToken)
    {
        string prefix = $"{Label(pod, Labels.Node)}/{container}  ";
        try
        {
            await using Stream log = await client.ReadLogAsync(ObjectKey.Of(pod), options with { Container = container }, cancellationToken);
            using var reader = new StreamReader(log);
            while (await reader.ReadLineAsync(cancellationToken) is { } line)
            {
                string safe = SafeText.Neutralise(line);
                lock (_writing)
                {
                    output.WriteLine(prefix + safe);
                }
            }
        }
        catch (KubernetesException e)
        {
            lock (_writing)
            {
                output.WriteLine(prefix + SafeText.Neutralise($"(no log: {e.Message})"));
            }
        }
    }
}
