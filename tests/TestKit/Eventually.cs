using Xunit;

namespace TestKit;

/// <summary>Waiting for a condition of the outside world (a process, a socket, a server) in a test.</summary>
/// <remarks>The one place in test code that polls real time; everything else uses fake time or signals.</remarks>
public static class Eventually
{
    /// <summary>Polls <paramref name="condition"/> until it holds, and otherwise fails with what did not happen.</summary>
    public static async Task TrueAsync(Func<Task<bool>> condition, Func<string> describe, TimeSpan timeout, CancellationToken cancellationToken = default)
    {
        long start = TimeProvider.System.GetTimestamp();
        while (true)
        {
            if (await condition())
            {
                return;
            }

            if (TimeProvider.System.GetElapsedTime(start) > timeout)
            {
                Assert.Fail($"Did not happen within {timeout.TotalSeconds:F0} s: {describe()}");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, cancellationToken);
        }
    }

    /// <inheritdoc cref="TrueAsync(Func{Task{bool}}, Func{string}, TimeSpan, CancellationToken)"/>
    public static Task TrueAsync(Func<bool> condition, Func<string> describe, TimeSpan timeout, CancellationToken cancellationToken = default) =>
        TrueAsync(() => Task.FromResult(condition()), describe, timeout, cancellationToken);
}
