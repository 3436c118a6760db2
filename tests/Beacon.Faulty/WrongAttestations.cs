using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Beacon.Faulty;

/// <summary>Makes the validator client attest for a block from before the epoch that is not its right target: valid, never slashable, and wrong.</summary>
internal sealed class WrongAttestations(Trigger trigger, string networkDirectory) : DelegatingHandler
{
    private readonly Lazy<ulong> _slotsPerEpoch = new(() => File.ReadLines(Path.Combine(networkDirectory, "config.yaml")).Any(static line => line.Contains("minimal", StringComparison.Ordinal)) ? 8UL : 32UL);

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        HttpResponseMessage response = await base.SendAsync(request, cancellationToken);
        if (!trigger.IsActive || !response.IsSuccessStatusCode || request.RequestUri?.AbsolutePath.EndsWith("/validator/attestation_data", StringComparison.Ordinal) != true)
        {
            return response;
        }

        JsonNode answer = JsonNode.Parse(await response.Content.ReadAsByteArrayAsync(cancellationToken))!;
        JsonNode data = answer["data"]!;
        JsonNode target = data["target"]!;
        ulong boundary = ulong.Parse(target["epoch"]!.GetValue<string>(), CultureInfo.InvariantCulture) * _slotsPerEpoch.Value;
        if (await FindBlockBeforeAsync(request.RequestUri, boundary, target["root"]!.GetValue<string>(), cancellationToken) is { } root)
        {
            // A vote for an old block whose checkpoint is that block itself: gossip takes it and blocks include it.
            data["beacon_block_root"] = root;
            target["root"] = root;
        }

        response.Content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(answer)) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
        return response;
    }

    /// <summary>A block before the boundary that is not the right target.</summary>
    private async Task<string?> FindBlockBeforeAsync(Uri node, ulong boundary, string right, CancellationToken cancellationToken)
    {
        for (ulong slot = boundary; slot > 0 && slot + _slotsPerEpoch.Value > boundary; slot--)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(node, $"/eth/v1/beacon/blocks/{slot - 1}/root"));
            using HttpResponseMessage response = await base.SendAsync(request, cancellationToken);
            if (response.IsSuccessStatusCode)
            {
                JsonNode answer = JsonNode.Parse(await response.Content.ReadAsByteArrayAsync(cancellationToken))!;
                string root = answer["data"]!["root"]!.GetValue<string>();
                if (root != right)
                {
                    return root;
                }
            }
        }

        return null;
    }
}
