using Beacon.Networking.Peers;
using Beacon.Networking.ReqResp;
using Libp2p.Crypto;
using Libp2p.Multiformats;
using Microsoft.Extensions.Time.Testing;

namespace Beacon.Networking.Tests;

/// <summary>Scores, bans and quotas, in fake time.</summary>
public sealed class PeerLimitTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly PeerId _peer = Identity.New().PeerId;

    [Fact]
    public void A_stranger_is_disconnected_at_minus_20_and_may_return_after_ten_minutes()
    {
        var scores = new PeerScoreBook(_time, static _ => false);
        Assert.False(scores.Record(_peer, PeerOffence.Serious));
        Assert.False(scores.IsAway(_peer));
        Assert.True(scores.Record(_peer, PeerOffence.Serious));
        Assert.Equal(PeerScoreBook.DisconnectAt, scores.Score(_peer));
        _time.Advance(TimeSpan.FromMinutes(9.9));
        Assert.True(scores.IsAway(_peer));
        _time.Advance(TimeSpan.FromMinutes(0.2));
        Assert.False(scores.IsAway(_peer));
        Assert.Equal(-10, scores.Score(_peer), 0.2);
    }

    [Fact]
    public void A_score_halves_every_ten_minutes()
    {
        var scores = new PeerScoreBook(_time, static _ => false);
        scores.Record(_peer, PeerOffence.Serious);
        _time.Advance(TimeSpan.FromMinutes(10));
        Assert.Equal(-5, scores.Score(_peer), 0.001);
        scores.Record(_peer, PeerOffence.Notable);
        _time.Advance(TimeSpan.FromMinutes(20));
        Assert.Equal(-2.5, scores.Score(_peer), 0.001);
    }

    [Fact]
    public void Below_minus_50_a_stranger_is_banned_for_hours_whatever_its_score_becomes()
    {
        var scores = new PeerScoreBook(_time, static _ => false);
        Assert.True(scores.Record(_peer, PeerOffence.Fatal));
        Assert.True(scores.Score(_peer) < PeerScoreBook.BanAt);
        _time.Advance(TimeSpan.FromHours(11.9));
        Assert.True(scores.IsAway(_peer));
        _time.Advance(TimeSpan.FromHours(0.2));
        Assert.False(scores.IsAway(_peer));
    }

    [Fact]
    public void A_listed_peer_is_away_for_a_minute_at_most_and_returns_with_a_score_that_lets_it_stay()
    {
        var scores = new PeerScoreBook(_time, static _ => true);
        for (int i = 0; i < 5; i++)
        {
            Assert.True(scores.Record(_peer, PeerOffence.Fatal));
            _time.Advance(TimeSpan.FromSeconds(59));
            Assert.True(scores.IsAway(_peer));
            _time.Advance(TimeSpan.FromSeconds(2));
            Assert.False(scores.IsAway(_peer));
            Assert.True(scores.Score(_peer) > PeerScoreBook.DisconnectAt);
        }
    }

    [Fact]
    public void Bans_outlive_a_flood_of_other_peers()
    {
        var scores = new PeerScoreBook(_time, static _ => false);
        scores.Record(_peer, PeerOffence.Fatal);
        for (int i = 0; i < 6000; i++)
        {
            scores.Record(NewPeer(i), PeerOffence.Slight);
        }

        Assert.True(scores.IsAway(_peer));
    }

    [Fact]
    public void A_quota_refills_with_time_and_is_not_renewed_by_connecting_again()
    {
        var limiter = new RateLimiter(_time);
        TimeSpan period = TimeSpan.FromSeconds(15);
        for (int i = 0; i < 5; i++)
        {
            Assert.True(limiter.TryTake(_peer, "status", 5, period, 1));
        }

        Assert.False(limiter.TryTake(_peer, "status", 5, period, 1));
        Assert.True(limiter.TryTake(_peer, "ping", 5, period, 1));
        Assert.True(limiter.TryTake(Identity.New().PeerId, "status", 5, period, 1));
        _time.Advance(TimeSpan.FromSeconds(3));
        Assert.True(limiter.TryTake(_peer, "status", 5, period, 1));
        Assert.False(limiter.TryTake(_peer, "status", 5, period, 1));
        _time.Advance(TimeSpan.FromHours(1));
        Assert.False(limiter.TryTake(_peer, "status", 5, period, 6));
        Assert.True(limiter.TryTake(_peer, "status", 5, period, 5));
    }

    [Fact]
    public void Quotas_of_a_bounded_number_of_peers_are_kept_the_latest_ones()
    {
        var limiter = new RateLimiter(_time);
        for (int i = 0; i < RateLimiter.MaxPeers + 100; i++)
        {
            Assert.True(limiter.TryTake(NewPeer(i), "status", 1, TimeSpan.FromHours(1), 1));
            _time.Advance(TimeSpan.FromMilliseconds(1));
        }

        Assert.Equal(RateLimiter.MaxPeers, limiter.PeerCount);
        Assert.False(limiter.TryTake(NewPeer(RateLimiter.MaxPeers + 99), "status", 1, TimeSpan.FromHours(1), 1));
    }

    /// <summary>A peer ID by number; no key belongs to it.</summary>
    private static PeerId NewPeer(int number)
    {
        byte[] multihash = [0x12, 0x20, .. System.Security.Cryptography.SHA256.HashData(BitConverter.GetBytes(number))];
        Assert.True(PeerId.TryFromBytes(multihash, out PeerId? peer));
        return peer;
    }
}
