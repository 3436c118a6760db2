using System.Globalization;
using System.Net;
using System.Text;
using Fleet.LocalCluster.Tests.Support;
using Microsoft.Extensions.Time.Testing;
using TestKit;

namespace Fleet.LocalCluster.Tests;

/// <summary>What happens by the clock alone.</summary>
public sealed class ClockTests : IAsyncLifetime
{
    private const string Events = "/api/v1/namespaces/default/events";
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private readonly FakeTimeProvider _time = new(TimeProvider.System.GetUtcNow());
    private TestCluster _cluster = null!;
    private HttpClient _client = null!;

    public async ValueTask InitializeAsync()
    {
        _cluster = await TestCluster.StartAsync(cluster => (cluster.Alive, cluster.Time) = (false, _time));
        _client = _cluster.NewHttpClient();
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _cluster.DisposeAsync();
    }

    [Fact]
    public async Task A_watch_in_which_nothing_happens_tells_each_minute_how_far_it_is()
    {
        using HttpResponseMessage response = await _client.GetAsync(
            new Uri("/api/v1/configmaps?watch=true&allowWatchBookmarks=true&resourceVersion=1", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
        for (int minute = 0; minute < 2; minute++)
        {
            Task<string?> line = reader.ReadLineAsync();
            await Eventually.TrueAsync(
                () =>
                {
                    _time.Advance(TimeSpan.FromSeconds(61));
                    return line.IsCompleted;
                },
                () => "a bookmark",
                Limit);
            Assert.StartsWith("{\"type\":\"BOOKMARK\",\"object\":{\"kind\":\"ConfigMap\"", await line, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task An_event_is_forgotten_an_hour_after_it_was_seen_last()
    {
        string now = _time.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        using var body = new StringContent(
            """{"metadata":{"name":"e"},"involvedObject":{"kind":"Pod","namespace":"default","name":"p"},"reason":"Started","message":"m","lastTimestamp":"NOW"}""".Replace("NOW", now, StringComparison.Ordinal),
            Encoding.UTF8,
            "application/json");
        using HttpResponseMessage created = await _client.PostAsync(new Uri(Events, UriKind.Relative), body);
        Assert.Equal(HttpStatusCode.Created, created.StatusCode);
        _time.Advance(TimeSpan.FromMinutes(59));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync());
        await Eventually.TrueAsync(
            async () =>
            {
                _time.Advance(TimeSpan.FromMinutes(1));
                return await StatusAsync() == HttpStatusCode.NotFound;
            },
            () => "the event is gone",
            Limit);
    }

    private async Task<HttpStatusCode> StatusAsync()
    {
        using HttpResponseMessage response = await _client.GetAsync(new Uri(Events + "/e", UriKind.Relative));
        return response.StatusCode;
    }
}
