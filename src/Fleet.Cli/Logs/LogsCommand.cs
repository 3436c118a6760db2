using System.CommandLine;
using Fleet.Cli.Common;
using Fleet.Kubernetes;

namespace Fleet.Cli.Logs;

/// <summary><c>fleet logs</c>: the logs of a testnet's nodes, merged.</summary>
internal static class LogsCommand
{
    public static Command Create()
    {
        Argument<string?> name = new("testnet") { Description = "Testnet or node (default: all of the namespace).", Arity = ArgumentArity.ZeroOrOne };
        Option<bool> follow = new("--follow", "-f") { Description = "Go on with what is written later." };
        Option<int> tail = new("--tail") { Description = "Last lines of each container; -1: all.", DefaultValueFactory = _ => 20 };
        Option<string?> container = new("--container", "-c") { Description = "Only this container: beacon or validator." };
        Command command = new("logs", "Show the logs of all nodes of a testnet, each line with its node.")
        {
            name, follow, tail, container, CommonOptions.Namespace, CommonOptions.Context, CommonOptions.Kubeconfig, CommonOptions.DataDir,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using KubernetesClient client = Connection.Open(parsed);
            var merger = new LogMerger(client, Console.Out);
            await merger.RunAsync(
                Connection.NamespaceOf(parsed, client),
                parsed.GetValue(name),
                parsed.GetValue(container),
                new LogOptions { Follow = parsed.GetValue(follow), TailLines = parsed.GetValue(tail) is >= 0 and int lines ? lines : null },
                cancellationToken);
            return ExitCodes.Ok;
        });
        return command;
    }
}
