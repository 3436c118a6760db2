using System.Globalization;
using System.Text.Json.Nodes;
using Fleet.Api;
using Fleet.Cli.Common;
using Fleet.Kubernetes;
using Fleet.Kubernetes.Models;

namespace Fleet.Cli.Drill.Drills;

/// <summary>The clocks of some nodes are wrong.</summary>
/// <remarks>
/// The nodes are told by an environment variable of their BeaconNodes, which this drill owns as a field manager of its own, so that the operator's applies
/// leave it alone; their pods are replaced as for any other change of a template.
/// </remarks>
internal sealed class ClockSkewDrill : IDrill
{
    private const string Variable = "FLEET_CLOCK_OFFSET";
    private const string Manager = "fleet-drill";

    private static readonly TimeSpan Limit = TimeSpan.FromHours(24);
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    public string Name => AllDrills.WithOffset;

    public string Arguments => "[NODE...] --offset 4h";

    public string Description => "Set the clocks of the named nodes, or of a third of all, ahead by --offset (negative: back); their pods are replaced.";

    public bool CanBeUndone => true;

    public DrillRecord Plan(DrillTarget target, DrillRequest request)
    {
        TimeSpan offset = request.Offset ?? throw new CliException("clock-skew needs --offset, such as --offset 4h.", ExitCodes.BadInput);
        if (offset == TimeSpan.Zero || offset.Duration() > Limit)
        {
            throw new CliException($"--offset must be another time than now and at most {Limit.TotalHours:F0}h away, such as 4h or -90s.", ExitCodes.BadInput);
        }

        IEnumerable<DrillNode> nodes = request.Arguments.Count > 0
            ? request.Arguments.Distinct(StringComparer.Ordinal).Select(target.Require)
            : StakeChoice.Third(target);
        return request.Record(this, target, [.. nodes]) with { Offset = string.Create(CultureInfo.InvariantCulture, $"{(long)offset.TotalMilliseconds}ms") };
    }

    public async Task StartAsync(DrillRecord record, DrillTarget target, DrillTools tools, CancellationToken cancellationToken)
    {
        foreach (string node in record.Nodes)
        {
            await SetAsync(record, node, record.Offset, tools, cancellationToken);
        }

        await WaitAsync(record, record.Offset, tools, cancellationToken);
    }

    public async Task UndoAsync(DrillRecord record, DrillTools tools, CancellationToken cancellationToken)
    {
        foreach (string node in record.Nodes)
        {
            if (await tools.Client.FindAsync<BeaconNode>(new ObjectKey(record.Namespace, node), cancellationToken) is not null)
            {
                await SetAsync(record, node, null, tools, cancellationToken);
            }
        }

        await WaitAsync(record, null, tools, cancellationToken);
    }

    private static Task SetAsync(DrillRecord record, string node, string? offset, DrillTools tools, CancellationToken cancellationToken)
    {
        var body = new JsonObject
        {
            ["apiVersion"] = $"{BeaconNode.Resource.Group}/{BeaconNode.Resource.Version}",
            ["kind"] = BeaconNode.Resource.Kind,
            ["metadata"] = new JsonObject { ["name"] = node },
            ["spec"] = offset is null ? [] : new JsonObject { ["env"] = new JsonArray(new JsonObject { ["name"] = Variable, ["value"] = offset }) },
        };
        return tools.Client.PatchAsync<BeaconNode>(new ObjectKey(record.Namespace, node), Patch.Apply(body), new WriteOptions { FieldManager = Manager, Force = true }, cancellationToken);
    }

    /// <summary>Until the pod of every node that is still there runs with that offset.</summary>
    private static async Task WaitAsync(DrillRecord record, string? offset, DrillTools tools, CancellationToken cancellationToken)
    {
        long began = tools.Time.GetTimestamp();
        foreach (string node in record.Nodes)
        {
            while (!await HasAsync(record, node, offset, tools, cancellationToken))
            {
                if (tools.Time.GetElapsedTime(began) > Patience)
                {
                    throw new CliException($"The pod of {node} was not replaced within {Patience.TotalMinutes:F0} min; 'kubectl describe testnet {record.Testnet}' says what the operator waits for.", ExitCodes.TimedOut);
                }

                await Task.Delay(Pause, tools.Time, cancellationToken);
            }
        }
    }

    private static async Task<bool> HasAsync(DrillRecord record, string node, string? offset, DrillTools tools, CancellationToken cancellationToken)
    {
        if (await tools.Client.FindAsync<BeaconNode>(new ObjectKey(record.Namespace, node), cancellationToken) is null)
        {
            return true;
        }

        Pod? pod = await tools.Client.FindAsync<Pod>(new ObjectKey(record.Namespace, Names.Pod(node)), cancellationToken);
        return pod is { Metadata.DeletionTimestamp: null, Status.Phase: "Running" }
            && pod.Spec?.Containers.TrueForAll(container => container.Env?.Find(variable => variable.Name == Variable)?.Value == offset) == true;
    }
}
