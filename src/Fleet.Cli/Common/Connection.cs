using System.CommandLine;
using Fleet.Kubernetes;

namespace Fleet.Cli.Common;

/// <summary>Which API server a verb talks to.</summary>
/// <remarks>
/// What is named wins: --kubeconfig or --context, then --data-dir. Otherwise a local fleet that runs in the default directory, otherwise the
/// user's own kubeconfig, so that the same verbs serve a laptop and a cluster.
/// </remarks>
internal static class Connection
{
    public static KubernetesClient Open(ParseResult parsed)
    {
        string? kubeconfig = parsed.GetValue(CommonOptions.Kubeconfig);
        string? context = parsed.GetValue(CommonOptions.Context);
        string? dataDir = parsed.GetValue(CommonOptions.DataDir);
        if (kubeconfig is null && context is null)
        {
            var directory = new DataDirectory(dataDir ?? DataDirectory.DefaultPath);
            using System.Diagnostics.Process? running = directory.RunningProcess();
            if (running is not null)
            {
                return Open(directory.Kubeconfig, context: null);
            }

            if (dataDir is not null)
            {
                throw new CliException($"No fleet runs in {directory.Path}; start it with 'fleet up --data-dir {dataDir}'.");
            }
        }

        return Open(kubeconfig, context);
    }

    /// <summary>A client of the server that a kubeconfig names; null: the user's own.</summary>
    public static KubernetesClient Open(string? kubeconfig, string? context)
    {
        try
        {
            return new KubernetesClient(Kubeconfig.Load(new KubeconfigOptions { Path = kubeconfig, Context = context }));
        }
        catch (KubeconfigException e)
        {
            throw new CliException(e.Message, ExitCodes.Failed, e);
        }
    }

    /// <summary>The namespace a verb means.</summary>
    public static string NamespaceOf(ParseResult parsed, IKubernetesClient client) =>
        parsed.GetValue(CommonOptions.Namespace) ?? client.DefaultNamespace;
}
