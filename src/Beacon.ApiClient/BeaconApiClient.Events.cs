using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace Beacon.ApiClient;

/// <content>The stream of events.</content>
public sealed partial class BeaconApiClient
{
    /// <summary>Listens to events until cancelled. The sequence ends when the node closes the stream.</summary>
    /// <param name="topics">From <see cref="EventTopics"/>.</param>
    /// <param name="cancellationToken">Ends the stream.</param>
    /// <exception cref="BeaconApiException">The stream cannot be opened, breaks, or carries something unexpected.</exception>
    public async IAsyncEnumerable<BeaconEvent> ListenAsync(IReadOnlyCollection<string> topics, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string path = Query(Routes.Events, Each("topics", topics));
        using HttpResponseMessage response = await SendForResponseAsync(
            HttpMethod.Get, path, null, "text/event-stream", HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        if (!response.IsSuccessStatusCode)
        {
            // Throws with what the node said.
            await ReadAsync(path, response, cancellationToken);
        }

        await using Stream stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        IAsyncEnumerator<SseItem<BeaconEvent?>> items = SseParser.Create(stream, (topic, data) => BeaconEvent.Read(topic, data))
            .EnumerateAsync(cancellationToken).GetAsyncEnumerator(cancellationToken);
        try
        {
            while (await NextAsync(items, path))
            {
                if (items.Current.Data is { } happened)
                {
                    yield return happened;
                }
            }
        }
        finally
        {
            await items.DisposeAsync();
        }
    }

    private async ValueTask<bool> NextAsync(IAsyncEnumerator<SseItem<BeaconEvent?>> items, string path)
    {
        try
        {
            return await items.MoveNextAsync();
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            throw Unreachable(path, exception);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or FormatException)
        {
            throw new BeaconApiException($"{_baseUrl}{path.TrimStart('/')} sent an event that cannot be read: {exception.Message}", null, null, exception);
        }
    }
}
