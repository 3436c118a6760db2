using Microsoft.Extensions.Time.Testing;

namespace Fleet.Kubernetes.Tests;

public sealed class WorkQueueTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly KubernetesMetrics _metrics = new();
    private readonly WorkQueue<string> _queue;

    public WorkQueueTests() => _queue = New(capacity: 100);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _queue.Dispose();
        _metrics.Dispose();
    }

    [Fact]
    public async Task A_key_that_waits_is_not_added_twice()
    {
        _queue.Add("a");
        _queue.Add("b");
        _queue.Add("a");

        Assert.Equal(2, _queue.Count);
        Assert.Equal("a", await _queue.TakeAsync(Token));
        Assert.Equal("b", await _queue.TakeAsync(Token));
        Assert.Equal(0, _queue.Count);
    }

    [Fact]
    public async Task A_key_added_while_it_is_worked_on_comes_once_more_afterwards_and_never_at_the_same_time()
    {
        _queue.Add("a");
        await _queue.TakeAsync(Token);
        _queue.Add("a");
        _queue.Add("a");
        Task<string> second = _queue.TakeAsync(Token).AsTask();
        Assert.False(second.IsCompleted);

        _queue.Done("a");

        Assert.Equal("a", await second);
        _queue.Done("a");
        Assert.Equal(0, _queue.Count);
    }

    [Fact]
    public async Task A_delayed_key_comes_when_its_time_is_there_and_the_shortest_delay_counts()
    {
        _queue.AddAfter("a", TimeSpan.FromSeconds(10));
        _queue.AddAfter("a", TimeSpan.FromSeconds(3));
        _queue.AddAfter("a", TimeSpan.FromSeconds(5));
        Assert.Equal((1, TimeSpan.FromSeconds(3)), (_queue.DelayedCount, _queue.NextDelay));

        _time.Advance(TimeSpan.FromSeconds(2.9));
        Assert.Equal(0, _queue.Count);
        _time.Advance(TimeSpan.FromSeconds(0.1));

        Assert.Equal("a", await _queue.TakeAsync(Token));
        _queue.Done("a");
        _time.Advance(TimeSpan.FromSeconds(60));
        Assert.Equal((0, 0), (_queue.Count, _queue.DelayedCount));
    }

    [Fact]
    public async Task An_immediate_add_overtakes_a_delay()
    {
        _queue.AddAfter("a", TimeSpan.FromSeconds(10));
        _queue.Add("a");

        Assert.Equal("a", await _queue.TakeAsync(Token));
        _queue.Done("a");
        _time.Advance(TimeSpan.FromSeconds(20));
        Assert.Equal(0, _queue.Count);
    }

    [Fact]
    public void Failures_double_the_delay_up_to_its_limit_and_are_forgotten_on_success()
    {
        double[] delays = [.. Enumerable.Range(0, 14).Select(_ => _queue.AddRateLimited("a").TotalMilliseconds)];

        for (int i = 0; i < delays.Length; i++)
        {
            double expected = Math.Min(100 * Math.Pow(2, i), 120_000);
            Assert.InRange(delays[i], expected * 0.8, expected * 1.2);
        }

        Assert.Equal(14, _queue.Failures("a"));
        Assert.InRange(_queue.AddRateLimited("b").TotalMilliseconds, 80, 120);
        _queue.Forget("a");
        Assert.InRange(_queue.AddRateLimited("a").TotalMilliseconds, 80, 120);
    }

    [Fact]
    public async Task A_full_queue_drops_new_keys_and_keeps_what_it_has()
    {
        using WorkQueue<string> small = New(capacity: 2);
        small.Add("a");
        small.AddAfter("b", TimeSpan.FromSeconds(1));
        small.Add("c");
        small.AddAfter("d", TimeSpan.FromSeconds(1));
        small.Add("b");

        Assert.Equal((2, 0), (small.Count, small.DelayedCount));
        Assert.Equal("a", await small.TakeAsync(Token));
        Assert.Equal("b", await small.TakeAsync(Token));
    }

    [Fact]
    public async Task Closing_ends_every_wait()
    {
        Task<string>[] waits = [.. Enumerable.Range(0, 3).Select(_ => _queue.TakeAsync(Token).AsTask())];

        _queue.Dispose();

        foreach (Task<string> wait in waits)
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => wait);
        }
    }

    [Fact]
    public async Task Many_workers_never_hold_the_same_key()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        int[] held = new int[7];
        int taken = 0;
        bool clash = false;
        Task[] workers = [.. Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            while (true)
            {
                string key = await _queue.TakeAsync(stop.Token);
                int index = key[0] - 'a';
                clash |= Interlocked.Increment(ref held[index]) != 1;
                Interlocked.Increment(ref taken);
                await Task.Yield();
                Interlocked.Decrement(ref held[index]);
                _queue.Done(key);
            }
        }))];

        for (int i = 0; i < 20_000; i++)
        {
            _queue.Add(((char)('a' + (i % 7))).ToString());
        }

        await TestKit.Eventually.TrueAsync(() => _queue.Count == 0 && _queue.ProcessingCount == 0, () => "an empty queue", TimeSpan.FromSeconds(60), Token);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Task.WhenAll(workers));
        Assert.False(clash);
        Assert.True(taken >= 7);
    }

    private WorkQueue<string> New(int capacity) =>
        new(new WorkQueueOptions { Name = "test", Capacity = capacity, Random = new Random(1) }, _metrics, _time);
}
