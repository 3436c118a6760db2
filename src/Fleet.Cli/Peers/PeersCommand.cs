using System.CommandLine;
using Fleet.Cli.Common;
using Fleet.Cli.Nodes;
using Fleet.Cli.Observation;
using Fleet.Kubernetes;

namespace Fleet.Cli.Peers;

/// <summary><c>fleet peers</c>: who is connected to whom.</summary>
internal static class PeersCommand
{
    public static Command Create()
    {
        Argument<string?> name = new("testnet") { Description = "Testnet (default: all of the namespace).", Arity = ArgumentArity.ZeroOrOne };
        Command command = new("peers", "Show which nodes of a testnet are connected to which.")
        {
            name, CommonOptions.Namespace, CommonOptions.Context, CommonOptions.Kubeconfig, CommonOptions.DataDir, CommonOptions.Output,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using KubernetesClient client = Connection.Open(parsed);
            var selection = new TestnetSelection(client, Connection.NamespaceOf(parsed, client), parsed.GetValue(name));
            var reader = new BeaconApiReader(client);
            foreach (TestnetView view in await selection.ObserveAsync(cancellationToken))
            {
                PeerMatrix matrix = await PeerMatrix.ReadAsync(view, reader, cancellationToken);
                if (parsed.GetValue(CommonOptions.Output) == OutputFormat.Text)
                {
                    matrix.WriteTo(Console.Out);
                }
                else
                {
                    DataPrinter.Print(matrix.Rows, PeerMatrixJson.Default.IReadOnlyListPeerRow, parsed.GetValue(CommonOptions.Output), Console.Out);
                }
            }

            return ExitCodes.Ok;
        });
        return command;
    }
}
