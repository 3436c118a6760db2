using System.CommandLine;
using Fleet.Cli.Common;
using Fleet.Cli.Observation;
using Fleet.Kubernetes;
using Fleet.Kubernetes.Models;

namespace Fleet.Cli.Nodes;

/// <summary><c>fleet nodes</c>: a row per node with what the node itself says.</summary>
internal static class NodesCommand
{
    public static Command Create()
    {
        Argument<string?> name = new("testnet") { Description = "Testnet (default: all of the namespace).", Arity = ArgumentArity.ZeroOrOne };
        Command command = new("nodes", "Show the nodes of a testnet with heads, finality and peers.")
        {
            name, CommonOptions.Namespace, CommonOptions.Context, CommonOptions.Kubeconfig, CommonOptions.DataDir, CommonOptions.Output,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using KubernetesClient client = Connection.Open(parsed);
            var selection = new TestnetSelection(client, Connection.NamespaceOf(parsed, client), parsed.GetValue(name));
            IReadOnlyList<TestnetView> views = await selection.ObserveAsync(cancellationToken);
            if (parsed.GetValue(CommonOptions.Output) != OutputFormat.Text)
            {
                DataPrinter.Print(views.SelectMany(NodeRow.Of).ToList(), NodeRowJson.Default.ListNodeRow, parsed.GetValue(CommonOptions.Output), Console.Out);
                return ExitCodes.Ok;
            }

            NodeTable.Write(views, Console.Out);
            return ExitCodes.Ok;
        });
        return command;
    }
}

/// <summary>The testnets a verb is about.</summary>
internal sealed class TestnetSelection(IKubernetesClient client, string @namespace, string? name)
{
    /// <exception cref="CliException">There is none, or none of that name.</exception>
    public async Task<IReadOnlyList<TestnetView>> ObserveAsync(CancellationToken cancellationToken)
    {
        var observer = new FleetObserver(client);
        var views = new List<TestnetView>();
        foreach (Api.Testnet testnet in await observer.ListAsync(@namespace, name, cancellationToken))
        {
            if (await observer.ObserveAsync(ObjectKey.Of(testnet), live: true, cancellationToken) is { } view)
            {
                views.Add(view);
            }
        }

        if (views.Count == 0)
        {
            throw new CliException(name is null
                ? $"There is no testnet in namespace {@namespace}; apply one, or name another namespace with -n."
                : $"There is no testnet {name} in namespace {@namespace}; 'kubectl get testnets -A' lists all.");
        }

        return views;
    }
}
