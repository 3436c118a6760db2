using Fleet.Api.Manifests;
using Fleet.Cli.Common;
using Fleet.Kubernetes;
using Fleet.Kubernetes.Models;

namespace Fleet.Cli.Up;

/// <summary>Brings a local fleet up and follows it until the goal, the timeout, or Ctrl-C.</summary>
/// <remarks>
/// The order is the promise: input is checked before anything starts, and the fleet stops cleanly however the wait ends. Everything after the start
/// goes through the API server, as it would with a cluster.
/// </remarks>
internal static class UpVerb
{
    public static async Task<int> RunAsync(UpOptions options, TimeProvider time, CancellationToken cancellationToken)
    {
        IReadOnlyList<ManifestObject>? manifests = options.Files.Count > 0 ? ManifestFiles.Read(options.Files) : null;
        options = options with { Images = ImageMap.WithDefault(options.Images) };
        Preflight.Check();

        if (options.Detach)
        {
            await DetachedFleet.StartAsync(options, time, cancellationToken);
            return await FollowAsync(options, manifests, time, cancellationToken);
        }

        await using FileStream held = options.DataDirectory.Lock();
        await using LocalFleet fleet = await LocalFleet.StartAsync(options, time, cancellationToken);
        options.DataDirectory.WriteRecord(fleet.ApiServer);
        try
        {
            return await FollowAsync(options, manifests, time, cancellationToken);
        }
        finally
        {
            options.DataDirectory.RemoveRecord();
        }
    }

    /// <summary>Runs a fleet and nothing else, for <see cref="DetachedFleet"/>.</summary>
    public static async Task<int> ServeAsync(UpOptions options, TimeProvider time, CancellationToken cancellationToken)
    {
        await using FileStream held = options.DataDirectory.Lock();
        await using LocalFleet fleet = await LocalFleet.StartAsync(options, time, cancellationToken);
        options.DataDirectory.WriteRecord(fleet.ApiServer);
        try
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, time, cancellationToken);
            return ExitCodes.Ok;
        }
        catch (OperationCanceledException)
        {
            return ExitCodes.Ok;
        }
        finally
        {
            options.DataDirectory.RemoveRecord();
        }
    }

    private static async Task<int> FollowAsync(
        UpOptions options, IReadOnlyList<ManifestObject>? manifests, TimeProvider time, CancellationToken cancellationToken)
    {
        using KubernetesClient client = Connection.Open(options.DataDirectory.Kubeconfig, context: null);
        IReadOnlyList<ObjectKey> testnets = await ManifestApplier.ApplyAsync(client, manifests, cancellationToken);
        var follower = new UpFollower(client, options, testnets, time);
        return await follower.RunAsync(cancellationToken);
    }
}
