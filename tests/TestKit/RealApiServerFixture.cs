namespace TestKit;

/// <summary>The real API servers shared by the tests of one assembly; each is started by the first test that asks for it.</summary>
/// <remarks>
/// Where it cannot run the asking test is skipped. In continuous integration (<c>CI=true</c>) it fails instead when there is none at all; a newer one
/// is tested where there is one.
/// </remarks>
public sealed class RealApiServerFixture : IAsyncDisposable
{
    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly Dictionary<ApiServerEdition, RealApiServer> _servers = [];

    /// <summary>The running server.</summary>
    public async Task<RealApiServer> GetAsync(ApiServerEdition edition = ApiServerEdition.Any)
    {
        if (RealApiServer.WhyNotOf(edition) is { } reason)
        {
            Xunit.Assert.SkipUnless(edition == ApiServerEdition.Any && Environment.GetEnvironmentVariable("CI") == "true", reason);
            Xunit.Assert.Fail("There is no kube-apiserver, and with CI=true there must be: run 'make envtest' before the tests.");
        }

        await _gate.WaitAsync();
        try
        {
            if (!_servers.TryGetValue(edition, out RealApiServer? server))
            {
                server = await RealApiServer.StartAsync(edition: edition);
                _servers[edition] = server;
            }

            return server;
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (RealApiServer server in _servers.Values)
        {
            await server.DisposeAsync();
        }

        _gate.Dispose();
    }
}
