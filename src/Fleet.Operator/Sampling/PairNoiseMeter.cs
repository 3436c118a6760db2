using System.Collections.Concurrent;
using Fleet.Kubernetes.Models;
using Fleet.Planning;
using Fleet.Planning.Canary;
using Fleet.Planning.Rollouts;

namespace Fleet.Operator.Sampling;

/// <summary>Measures what the pairs of testnets differ by while both sides run one image, once after every start of a side, and tells the judge.</summary>
/// <remarks>
/// A side is left alone for as long as a window of a verdict first, for one may be older than the other; then one window is sampled. The rest of the time nothing is. What is known
/// is kept in memory: an operator that is new knows nothing, and the judge assumes.
/// </remarks>
/// <param name="sampler">Watches the pairs that are measured; nobody else's.</param>
/// <param name="targets">What there is to watch of them.</param>
/// <param name="time">The clock.</param>
internal sealed class PairNoiseMeter(PairSampler sampler, PairTargets targets, TimeProvider time)
{
    private readonly ConcurrentDictionary<ObjectKey, Known> _testnets = new();

    /// <summary>Testnets of whose pair something is known or being measured.</summary>
    public int Count => _testnets.Count;

    /// <summary>Takes note of how a testnet is now, and goes on from there. Called for one testnet at a time by one thread.</summary>
    public void Look(TestnetObservation world)
    {
        var key = new ObjectKey(world.Namespace, world.Name);
        Known known = _testnets.GetValueOrDefault(key) ?? Known.Nothing;
        RestingPair? pair = RestingPair.Of(world);
        if (pair is null || pair.Processes == known.Measured || pair.Processes != known.Watched)
        {
            // What was sampled of other processes is no part of this window.
            sampler.Release(key);
        }

        if (pair is null || pair.Processes == known.Measured)
        {
            return;
        }

        PairTarget target = targets.Of(world);
        DateTimeOffset now = time.GetUtcNow();
        if (now - pair.Since < target.Timing.Window || (known == Known.Nothing && _testnets.Count >= PairSampler.Capacity))
        {
            return;
        }

        sampler.Watch(key, target);
        known = known with { Watched = pair.Processes };
        if (sampler.Find(key) is { } facts && now - facts.Since >= target.Timing.Window)
        {
            known = known with { History = known.History.With(facts.Window(facts.Since, now)), Measured = pair.Processes };
            sampler.Release(key);
        }

        _testnets[key] = known;
    }

    /// <summary>What was seen of a pair in a roll-out, its windows with what is known of its noise.</summary>
    public PairFacts WithNoise(ObjectKey testnet, PairFacts facts) => _testnets.TryGetValue(testnet, out Known? known)
        ? facts with { Window = (start, end) => known.History.Applied(facts.Window(start, end)) }
        : facts;

    /// <summary>A testnet is gone.</summary>
    public void Forget(ObjectKey testnet)
    {
        sampler.Release(testnet);
        _testnets.TryRemove(testnet, out _);
    }

    /// <summary>Ends all measuring; what is known stays.</summary>
    public void Pause() => sampler.ReleaseAll();

    /// <param name="History">What was measured.</param>
    /// <param name="Watched">The processes that are being measured.</param>
    /// <param name="Measured">The processes that were measured last.</param>
    private sealed record Known(NoiseHistory History, string? Watched, string? Measured)
    {
        public static Known Nothing { get; } = new(NoiseHistory.Empty, null, null);
    }
}
