using System.Globalization;
using Fleet.Kubernetes.Models;

namespace Fleet.Kubernetes;

/// <content>The order of versions.</content>
public sealed partial class Informer<T>
{
    /// <summary>Whether the server as a whole is behind what it told us before, as after a restore from a backup.</summary>
    private async Task<bool> HasGoneBackwardsAsync(CancellationToken cancellationToken)
    {
        KubernetesList<T> page = await _client.ListAsync<T>(_options.Namespace, new ListOptions { Limit = 1 }, cancellationToken);
        Heard();
        return IsOlder(page.Metadata.ResourceVersion, _lastVersion);
    }

    private static bool IsOlder(string? version, string? than) => version != than && IsOlderOrSame(version, than);

    private static bool IsOlderOrSame(string? version, string? than) =>
        ulong.TryParse(version, NumberStyles.None, CultureInfo.InvariantCulture, out ulong left)
        && ulong.TryParse(than, NumberStyles.None, CultureInfo.InvariantCulture, out ulong right)
        && left <= right;
}
