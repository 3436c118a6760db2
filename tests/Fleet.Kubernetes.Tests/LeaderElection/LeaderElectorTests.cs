using Fleet.Kubernetes.Models;
using Microsoft.Extensions.Time.Testing;

namespace Fleet.Kubernetes.Tests;

public sealed class LeaderElectorTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly Turns _turns = new();
    private readonly LeaseTable _table = new();
    private readonly KubernetesMetrics _metrics = new();
    private readonly List<Candidate> _candidates = [];

    public void Dispose()
    {
        foreach (Candidate candidate in _candidates)
        {
            candidate.Link.Continue();
            candidate.Clock.Resume();
            candidate.Dispose();
        }

        _metrics.Dispose();
    }

    [Fact]
    public void The_first_leads_and_hands_over_at_once_when_it_is_told_to_stop()
    {
        Candidate first = Start("a");
        Until(() => first.Leads);
        Candidate second = Start("b");
        Pass(TimeSpan.FromSeconds(30));
        Assert.True(first.Leads);
        Assert.False(second.Leads);
        Assert.Equal(1, first.Elector.Term);

        TimeSpan before = Elapsed;
        first.Stop();
        Assert.Equal("", _table.Holder);
        Until(() => second.Leads);

        // No lease had to run out.
        Assert.True(Elapsed - before < TimeSpan.FromSeconds(5), $"took {Elapsed - before}");
        Assert.Equal(2, second.Elector.Term);
    }

    [Fact]
    public void A_leader_that_is_cut_off_stops_before_its_lease_is_good_for_others()
    {
        Candidate first = Start("a");
        Until(() => first.Leads);
        Candidate second = Start("b");
        Pass(TimeSpan.FromSeconds(4));

        first.Link.Cut = true;
        TimeSpan cut = Elapsed;
        Until(() => !first.Leads, TimeSpan.FromMilliseconds(200));
        Assert.True(Elapsed - cut <= TimeSpan.FromSeconds(10.5), $"stopped after {Elapsed - cut}");
        Assert.False(second.Leads);

        Until(() => second.Leads, TimeSpan.FromMilliseconds(200));
        Assert.True(Elapsed - cut >= TimeSpan.FromSeconds(13), $"taken over after {Elapsed - cut}");
        Assert.Equal(2, second.Elector.Term);

        // The former one comes back as a candidate, and waits.
        first.Link.Cut = false;
        Pass(TimeSpan.FromSeconds(30));
        Assert.False(first.Leads);
        Assert.True(second.Leads);
    }

    [Fact]
    public async Task A_leader_that_was_paused_knows_at_once_that_its_time_is_over()
    {
        Candidate first = Start("a");
        Until(() => first.Leads);
        Candidate second = Start("b");
        Pass(TimeSpan.FromSeconds(4));
        var fenced = new FencedClient(first.Link, first.Elector);

        first.Clock.Pause();
        first.Link.Hang();
        Until(() => second.Leads);

        // Awake again, and no timer has fired yet: what it is about to write is refused here already.
        Assert.False(first.Elector.IsLeader);
        await Assert.ThrowsAsync<LeadershipLostException>(() => fenced.UpdateAsync(_table.Stored!, null, CancellationToken.None));
        first.Clock.Resume();
        first.Link.Continue();
        Until(() => !first.Works);
        Pass(TimeSpan.FromSeconds(20));
        Assert.Equal("b", _table.Holder);
        Assert.True(second.Leads);
    }

    [Theory]
    [InlineData(3600)]
    [InlineData(-3600)]
    public void A_wall_clock_that_steps_moves_no_lease(int seconds)
    {
        Candidate first = Start("a");
        Until(() => first.Leads);
        Candidate second = Start("b");
        Pass(TimeSpan.FromSeconds(6));

        second.Clock.Step = TimeSpan.FromSeconds(seconds);
        Pass(TimeSpan.FromSeconds(40));
        first.Clock.Step = TimeSpan.FromSeconds(-seconds);
        Pass(TimeSpan.FromSeconds(40));

        Assert.True(first.Leads);
        Assert.False(second.Leads);
        Assert.Equal(0, _table.Stored!.Spec!.LeaseTransitions);
    }

    [Fact]
    public void Of_many_that_race_one_leads_at_any_time()
    {
        // Five stand at once, twenty times the leader is cut off and the others race for what it held.
        Candidate[] all = [.. Enumerable.Range(0, 5).Select(i => Start("c" + i))];
        Until(() => all.Any(candidate => candidate.Leads));
        for (int round = 0; round < 20; round++)
        {
            Candidate leader = all.Single(candidate => candidate.Leads);
            long term = leader.Elector.Term;
            leader.Link.Cut = true;
            Until(() => all.Any(candidate => candidate != leader && candidate.Leads));
            leader.Link.Cut = false;
            Assert.Equal(term + 1, all.Single(candidate => candidate.Leads).Elector.Term);
        }
    }

    [Fact]
    public void A_renewal_whose_answer_is_lost_was_a_renewal()
    {
        Candidate first = Start("a");
        Until(() => first.Leads);
        for (int i = 0; i < 5; i++)
        {
            first.Link.LoseAnswer();
            Pass(TimeSpan.FromSeconds(5));
            Assert.True(first.Leads);
        }

        Assert.Equal(1, first.Elector.Term);
    }

    [Fact]
    public void A_request_that_hangs_leaves_time_for_another()
    {
        Candidate first = Start("a");
        Until(() => first.Leads);
        for (int i = 0; i < 5; i++)
        {
            // Given up after five seconds, and the next one gets through before the deadline of ten.
            first.Link.HangOne();
            Pass(TimeSpan.FromSeconds(12));
            Assert.True(first.Leads);
        }

        Assert.Equal(1, first.Elector.Term);
    }

    [Fact]
    public void A_lease_that_someone_deletes_ends_the_term_and_is_not_taken_before_its_time()
    {
        Candidate first = Start("a");
        Until(() => first.Leads);
        Candidate second = Start("b");
        Pass(TimeSpan.FromSeconds(6));

        first.Link.Hang();
        _table.Delete();
        Until(() => !first.Leads, TimeSpan.FromMilliseconds(200));
        Assert.False(second.Leads);
        first.Link.Continue();
        Until(() => first.Leads || second.Leads);
        Assert.Single(_candidates, candidate => candidate.Leads);
    }

    [Fact]
    public void Work_that_ends_gives_the_lease_back()
    {
        Candidate first = Start("a", (_, _) => Task.CompletedTask);
        Until(() => _table.Stored?.Spec is { HolderIdentity: "", LeaseTransitions: >= 2 });
        Assert.False(first.Leads);
    }

    [Fact]
    public async Task No_term_begins_before_the_work_of_the_last_one_has_ended()
    {
        var release = new TaskCompletionSource();
        int running = 0;
        Candidate first = Start("a", async (_, _) =>
        {
            Assert.Equal(1, Interlocked.Increment(ref running));
            await release.Task;
            Interlocked.Decrement(ref running);
        });
        Until(() => first.Leads);
        first.Link.Cut = true;
        Until(() => !first.Leads);
        first.Link.Cut = false;
        Pass(TimeSpan.FromSeconds(60));
        Assert.False(first.Leads);
        Assert.Equal(1, running);
        release.SetResult();
        Until(() => _table.Stored!.Spec!.LeaseTransitions >= 1);
    }

    [Fact]
    public async Task Leadership_is_confirmed_with_the_server()
    {
        Candidate first = Start("a");
        Until(() => first.Leads);
        await first.Elector.VerifyAsync(CancellationToken.None);

        Lease taken = _table.Stored!;
        taken.Spec!.HolderIdentity = "someone else";
        _table.Update(taken);
        await Assert.ThrowsAsync<LeadershipLostException>(() => first.Elector.VerifyAsync(CancellationToken.None));
        Assert.False(first.Elector.IsLeader);
    }

    [Theory]
    [InlineData(15, 10, 2, true)]
    [InlineData(15, 15, 2, false)]
    [InlineData(15, 10, 6, false)]
    [InlineData(15, 10, 0, false)]
    [InlineData(0.5, 0.3, 0.1, false)]
    public void Times_have_to_leave_room_for_each_other(double lease, double deadline, double retry, bool good)
    {
        var options = new LeaderElectionOptions
        {
            Namespace = "n",
            Name = "l",
            LeaseDuration = TimeSpan.FromSeconds(lease),
            RenewDeadline = TimeSpan.FromSeconds(deadline),
            RetryPeriod = TimeSpan.FromSeconds(retry),
        };
        Assert.Equal(good, options.Problem() is null);
    }

    private TimeSpan Elapsed => _time.GetUtcNow() - _time.Start;

    private Candidate Start(string name, Func<Candidate, CancellationToken, Task>? work = null)
    {
        var candidate = new Candidate(name, _table, _time, _turns, _metrics, work);
        _candidates.Add(candidate);
        candidate.Run();
        return candidate;
    }

    /// <summary>Lets time pass in small steps and checks at each that there is at most one leader.</summary>
    private void Pass(TimeSpan duration)
    {
        TimeSpan end = Elapsed + duration;
        while (Elapsed < end)
        {
            Step(TimeSpan.FromMilliseconds(500));
        }
    }

    private void Until(Func<bool> condition, TimeSpan? step = null)
    {
        for (int i = 0; i < 2000 && !condition(); i++)
        {
            Step(step ?? TimeSpan.FromMilliseconds(500));
        }

        Assert.True(condition(), "it did not come to it; held by " + _table.Holder);
    }

    private void Step(TimeSpan step)
    {
        _time.Advance(step);
        _turns.Run();
        Assert.True(_candidates.Count(candidate => candidate.Leads) <= 1, "two lead: " + string.Join(", ", _candidates.Where(candidate => candidate.Leads).Select(candidate => candidate.Elector.Identity)));
    }

    private sealed class Candidate : IDisposable
    {
        private readonly CancellationTokenSource _stop = new();
        private readonly Turns _turns;
        private readonly Func<Candidate, CancellationToken, Task> _work;
        private Task _run = Task.CompletedTask;
        private int _working;

        public Candidate(string name, LeaseTable table, FakeTimeProvider time, Turns turns, KubernetesMetrics metrics, Func<Candidate, CancellationToken, Task>? work)
        {
            _turns = turns;
            Clock = new CandidateClock(time);
            Link = new LeaseLink(table);
            _work = work ?? (async (_, token) => await new TaskCompletionSource().Task.WaitAsync(token));
            Elector = new LeaderElector(
                Link, new LeaderElectionOptions { Namespace = "n", Name = "l", Identity = name, Random = new Random(name[^1]) }, metrics, Clock);
        }

        public CandidateClock Clock { get; }

        public LeaseLink Link { get; }

        public LeaderElector Elector { get; }

        public bool Leads => Elector.IsLeader;

        public bool Works => Volatile.Read(ref _working) > 0;

        public void Run() => _run = _turns.Start(() => Elector.RunAsync(
            async token =>
            {
                Interlocked.Increment(ref _working);
                try
                {
                    await _work(this, token);
                }
                finally
                {
                    Interlocked.Decrement(ref _working);
                }
            },
            _stop.Token));

        public void Stop()
        {
            _stop.Cancel();
            _turns.Run();
            Assert.True(_run.IsCompletedSuccessfully, $"{Elector.Identity} is {_run.Status} after it was told to stop. {_run.Exception}");
        }

        public void Dispose()
        {
            Stop();
            Elector.Dispose();
            _stop.Dispose();
        }
    }
}
