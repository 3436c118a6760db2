using Beacon.Chain.Pools;
using Beacon.Crypto;
using Beacon.Ssz;
using Beacon.Types;

namespace Beacon.Chain.Tests;

public sealed class AttestationPoolTests
{
    private const int Size = 8;

    private static readonly AttestationData Data = new()
    {
        Slot = new Slot(3),
        Index = new CommitteeIndex(0),
        BeaconBlockRoot = Root.Zero,
        Source = new Checkpoint { Epoch = new Epoch(0), Root = Root.Zero },
        Target = new Checkpoint { Epoch = new Epoch(0), Root = Root.Zero },
    };

    [Fact]
    public void Disjoint_attestations_become_one_whose_signature_is_valid()
    {
        var pool = new AttestationPool();
        Assert.Equal(AttestationPoolResult.Added, pool.Add(By(0, 1)));
        Assert.Equal(AttestationPoolResult.Added, pool.Add(By(2, 3)));
        Assert.Equal(AttestationPoolResult.Added, pool.Add(By(4)));
        AssertValid(Assert.Single(All(pool)), 0, 1, 2, 3, 4);
        Assert.Equal(0, pool.RefusedMerges);
    }

    [Fact]
    public void Overlapping_attestations_are_kept_apart_and_counted()
    {
        var pool = new AttestationPool();
        pool.Add(By(0, 1, 2));
        Assert.Equal(AttestationPoolResult.KeptApart, pool.Add(By(2, 3)));
        Assert.Equal(1, pool.RefusedMerges);
        pool.Add(By(7));
        IReadOnlyList<Attestation> all = All(pool);
        Assert.Equal(2, all.Count);
        AssertValid(all[0], 0, 1, 2, 7);
        AssertValid(all[1], 2, 3, 7);
        AssertValid(pool.GetAggregate(Data.Slot, Data.HashTreeRoot())!, 0, 1, 2, 7);
    }

    [Fact]
    public void What_is_known_is_never_added_again()
    {
        var pool = new AttestationPool();
        pool.Add(By(0, 1, 2));
        Assert.Equal(AttestationPoolResult.Known, pool.Add(By(0, 1, 2)));
        Assert.Equal(AttestationPoolResult.Known, pool.Add(By(1)));
        Assert.Equal(AttestationPoolResult.Known, pool.Add(By(0, 2)));
        AssertValid(Assert.Single(All(pool)), 0, 1, 2);
    }

    [Fact]
    public void A_larger_attestation_replaces_those_it_contains()
    {
        var pool = new AttestationPool();
        pool.Add(By(0, 1));
        pool.Add(By(0, 1, 2, 3));
        AssertValid(Assert.Single(All(pool)), 0, 1, 2, 3);
    }

    [Fact]
    public void Old_slots_are_dropped()
    {
        var pool = new AttestationPool();
        pool.Add(By(0));
        pool.PruneBefore(new Slot(3));
        Assert.Equal(1, pool.Count);
        pool.PruneBefore(new Slot(4));
        Assert.Equal(0, pool.Count);
        Assert.Null(pool.GetAggregate(Data.Slot, Data.HashTreeRoot()));
    }

    private static IReadOnlyList<Attestation> All(AttestationPool pool) => pool.GetAggregates(new Slot(0), new Slot(10));

    private static Attestation By(params int[] members)
    {
        Bitlist bits = members.Aggregate(Bitlist.Create(Size), static (bits, member) => bits.With(member, true));
        byte[] message = Data.HashTreeRoot().ToArray();
        Signature signature = Signature.Aggregate([.. members.Select(member => ChainHarness.Keys[member].Signing.Sign(message))]);
        return new Attestation { AggregationBits = bits, Data = Data, Signature = new BlsSignature(signature.ToBytes()) };
    }

    private static void AssertValid(Attestation attestation, params int[] members)
    {
        Assert.Equal(members, attestation.AggregationBits.SetIndices());
        PublicKey[] keys = [.. members.Select(static member => ChainHarness.Keys[member].Signing.ToPublicKey())];
        Assert.True(Bls.FastAggregateVerify(keys, Data.HashTreeRoot().ToArray(), Signature.FromBytes(attestation.Signature.AsSpan())));
    }
}
