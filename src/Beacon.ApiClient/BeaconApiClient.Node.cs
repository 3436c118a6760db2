using Beacon.ApiClient.Json;

namespace Beacon.ApiClient;

/// <content>Routes under <c>/eth/v1/node</c> and <c>/eth/v1/config</c>.</content>
public sealed partial class BeaconApiClient
{
    /// <summary>Who the node is on the network.</summary>
    public async Task<NodeIdentity> GetIdentityAsync(CancellationToken cancellationToken) =>
        (await GetAsync(Routes.NodeIdentity, Dto(BeaconApiJson.Default.NodeIdentity), cancellationToken)).Data;

    /// <summary>Its peers.</summary>
    /// <param name="state">Only those in this state.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public async Task<IReadOnlyList<NodePeer>> GetPeersAsync(PeerState? state, CancellationToken cancellationToken) =>
        (await GetAsync(
            Query(Routes.NodePeers, ("state", state?.ToString().ToLowerInvariant())), Dto(BeaconApiJson.Default.NodePeerArray), cancellationToken)).Data;

    /// <summary>Numbers of its peers.</summary>
    public async Task<PeerCount> GetPeerCountAsync(CancellationToken cancellationToken) =>
        (await GetAsync(Routes.NodePeerCount, Dto(BeaconApiJson.Default.PeerCount), cancellationToken)).Data;

    /// <summary>Whether it keeps up with the chain.</summary>
    public async Task<SyncingStatus> GetSyncingAsync(CancellationToken cancellationToken) =>
        (await GetAsync(Routes.NodeSyncing, Dto(BeaconApiJson.Default.SyncingStatus), cancellationToken)).Data;

    /// <summary>What software it runs.</summary>
    public async Task<string> GetVersionAsync(CancellationToken cancellationToken) =>
        (await GetAsync(Routes.NodeVersion, Dto(BeaconApiJson.Default.NodeVersion), cancellationToken)).Data.Version;

    /// <summary>The status code of its health: 200 ready, 206 syncing, 503 not ready; other codes are possible.</summary>
    /// <exception cref="BeaconApiException">The node cannot be reached.</exception>
    public async Task<int> GetHealthAsync(CancellationToken cancellationToken)
    {
        using HttpResponseMessage response = await SendForResponseAsync(
            HttpMethod.Get, Routes.NodeHealth, null, null, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        return (int)response.StatusCode;
    }

    /// <summary>Preset and configuration: each key with its value as text.</summary>
    public async Task<IReadOnlyDictionary<string, string>> GetSpecAsync(CancellationToken cancellationToken) =>
        (await GetAsync(Routes.ConfigSpec, Dto(BeaconApiJson.Default.DictionaryStringString), cancellationToken)).Data;

    /// <summary>The forks, past and planned.</summary>
    public async Task<IReadOnlyList<Types.Fork>> GetForkScheduleAsync(CancellationToken cancellationToken) =>
        (await GetAsync(Routes.ConfigForkSchedule, Containers<Types.Fork>(), cancellationToken)).Data;

    /// <summary>Where deposits are made.</summary>
    public async Task<DepositContractInfo> GetDepositContractAsync(CancellationToken cancellationToken) =>
        (await GetAsync(Routes.ConfigDepositContract, Dto(BeaconApiJson.Default.DepositContractInfo), cancellationToken)).Data;
}
