using Fleet.Api;
using Fleet.Cli.Common;
using Fleet.Kubernetes.Models;

namespace Fleet.Cli.Drill.Drills;

/// <summary>Nodes with a share of the stake lose volume and keys for good.</summary>
/// <remarks>The mnemonic goes first: the operator would derive the keys again.</remarks>
internal sealed class DestroyStakeDrill : IDrill
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    public string Name => "destroy-stake";

    public string Arguments => "SHARE";

    public string Description => "Delete volumes and keys of nodes with at least this share of the stake, such as 50%, and the mnemonic the keys came from.";

    public bool CanBeUndone => false;

    public bool DestroysForEver => true;

    public DrillRecord Plan(DrillTarget target, DrillRequest request) => target.OwnMnemonic is { } own
        ? throw new CliException($"The keys of testnet {target.Name} come from your own Secret {own}, which is not the drill's to delete, and the operator would derive them again; use a testnet whose mnemonic is generated.")
        : request.Record(this, target, StakeChoice.AtLeast(target, StakeChoice.ParseShare(DrillArguments.One(this, request, "a share of the stake such as 50%"))));

    public async Task StartAsync(DrillRecord record, DrillTarget target, DrillTools tools, CancellationToken cancellationToken)
    {
        await DeleteAsync<Secret>(Names.Mnemonic(target.Name));
        foreach (string node in record.Nodes)
        {
            await DeleteAsync<Secret>(Names.KeysSecret(node, target.Iteration));
            await DeleteAsync<PersistentVolumeClaim>(Names.DataClaim(node));
        }

        // The pods hold the volumes; what the StatefulSets make in their place finds neither these nor the keys.
        Dictionary<string, string?> pods = [];
        foreach (string pod in record.Nodes.Select(Names.Pod))
        {
            pods[pod] = (await tools.Client.FindAsync<Pod>(Key(pod), cancellationToken))?.Metadata.Uid;
            await DeleteAsync<Pod>(pod);
        }

        long began = tools.Time.GetTimestamp();
        foreach ((string pod, string? uid) in pods.Where(pod => pod.Value is not null))
        {
            while ((await tools.Client.FindAsync<Pod>(Key(pod), cancellationToken))?.Metadata.Uid == uid)
            {
                if (tools.Time.GetElapsedTime(began) > Patience)
                {
                    throw new CliException($"Pod {pod} did not end within {Patience.TotalSeconds:F0} s; see 'kubectl describe pod {pod}'. Its keys and its volume are deleted.", ExitCodes.TimedOut);
                }

                await Task.Delay(Pause, tools.Time, cancellationToken);
            }
        }

        ObjectKey Key(string name) => new(record.Namespace, name);

        Task DeleteAsync<T>(string name)
            where T : class, IKubernetesObject<T> => tools.Client.DeleteAsync<T>(Key(name), null, cancellationToken);
    }

    public Task UndoAsync(DrillRecord record, DrillTools tools, CancellationToken cancellationToken) => Task.CompletedTask;
}
