namespace Beacon.Node.Tests;

/// <summary>A chain of 35 slots that has finalized, for tests that only read. Slot 30 has no block.</summary>
public sealed class FinalizedChain : IAsyncLifetime
{
    /// <summary>The slot without a block.</summary>
    public const ulong Gap = 30;

    /// <summary>Slot of the head.</summary>
    public const ulong Last = 35;

    internal ApiHost Host { get; private set; } = null!;

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        Host = await ApiHost.StartAsync();
        await Host.Harness.RunSlotsAsync(1, Gap - 1);
        await Host.Harness.RunSlotsAsync(Gap + 1, Last);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => Host.DisposeAsync();
}
