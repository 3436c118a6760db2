using System.CommandLine;
using Fleet.Cli.Common;
using Fleet.Cli.Nodes;
using Fleet.Kubernetes;

namespace Fleet.Cli.Status;

/// <summary><c>fleet status</c>: how testnets are doing, what is wrong, and what comes next.</summary>
internal static class StatusCommand
{
    private static readonly TimeSpan WatchInterval = TimeSpan.FromSeconds(1);

    public static Command Create()
    {
        Argument<string?> name = new("testnet") { Description = "Testnet (default: all of the namespace).", Arity = ArgumentArity.ZeroOrOne };
        Option<bool> watch = new("--watch", "-w") { Description = "Show it again every second until Ctrl-C." };
        Option<bool> verbose = new("--verbose", "-v") { Description = "All conditions, not only those that stand out." };
        Command command = new("status", "Show the state of a testnet: chain, nodes, what is wrong and what happens next.")
        {
            name, watch, verbose, CommonOptions.Namespace, CommonOptions.Context, CommonOptions.Kubeconfig, CommonOptions.DataDir, CommonOptions.Output,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using KubernetesClient client = Connection.Open(parsed);
            var selection = new TestnetSelection(client, Connection.NamespaceOf(parsed, client), parsed.GetValue(name));
            var reader = new StatusReader(client, selection, parsed.GetValue(verbose), parsed.GetValue(CommonOptions.Output));
            do
            {
                string screen = await reader.ReadAsync(cancellationToken);
                if (parsed.GetValue(watch) && !Console.IsOutputRedirected)
                {
                    Console.Out.Write("\e[H\e[J");
                }

                await Console.Out.WriteAsync(screen);
                if (parsed.GetValue(watch))
                {
                    await Task.Delay(WatchInterval, TimeProvider.System, cancellationToken);
                }
            }
            while (parsed.GetValue(watch));
            return ExitCodes.Ok;
        });
        return command;
    }
}
